# shellcheck shell=bash
# Set-up: everything the project needs, in .dev/, installed only where it is missing.

# The first Python between 3.10 and 3.13 (what Odoo 19.0 runs on). Debian's own comes
# first because its headers (python3-dev) are what compiling psycopg2 needs.
find_python() {
  local candidate
  for candidate in ${SC_PYTHON:+"$SC_PYTHON"} /usr/bin/python3 \
    python3 python3.13 python3.12 python3.11 python3.10; do
    if "$candidate" -c 'import sys, venv, ensurepip
sys.exit(not (3, 10) <= sys.version_info < (3, 14))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

# The directory of PostgreSQL's server programs; Debian keeps it out of PATH.
find_pg_bin() {
  local dir
  for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) \
    "$(dirname "$(command -v initdb 2>/dev/null || echo /nonexistent/x)")"; do
    if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then
      printf '%s\n' "$dir"
      return
    fi
  done
  return 1
}

# True when the person brings a PostgreSQL server through libpq's own variables.
own_server() {
  [ "${SC_PRIVATE_PG:-}" != "$DEV" ] &&
    [ -n "${PGHOST:-}${PGHOSTADDR:-}${PGPORT:-}${PGSERVICE:-}" ]
}

find_browser() {
  local name
  for name in google-chrome chromium chromium-browser google-chrome-stable; do
    command -v "$name" && return
  done
  return 1
}

has_file() { compgen -G "$1" >/dev/null; }

# Prints the Debian packages behind whatever is missing, one a line.
missing_packages() {
  find_python >/dev/null || printf '%s\n' python3 python3-venv
  if ! venv_is_current; then # psycopg2 and a few others compile
    has_file '/usr/include/python3*/Python.h' || [ -n "${SC_PYTHON:-}" ] || echo python3-dev
    command -v pg_config >/dev/null || echo libpq-dev
    command -v gcc >/dev/null || printf '%s\n' gcc libc6-dev
  fi
  own_server || find_pg_bin >/dev/null || echo postgresql
  command -v pg_dump >/dev/null || echo postgresql-client
  find_browser >/dev/null || echo chromium
  command -v wkhtmltopdf >/dev/null || echo wkhtmltopdf
  command -v curl >/dev/null || echo curl # the examples of docs/api.md
  has_file '/usr/lib/*/libmagic.so.1' || echo libmagic1
  has_file '/usr/share/fonts/truetype/dejavu/*' || echo fonts-dejavu-core
  [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
  locate_odoo || true
  if [ -z "${ODOO_HOME:-}" ]; then # Debian's Odoo links into these packages
    [ -e /usr/share/javascript/jquery/jquery.js ] || echo libjs-jquery
    [ -e /usr/share/javascript/jquery-form/jquery.form.js ] || echo libjs-jquery-form
    [ -e /usr/share/javascript/underscore/underscore.js ] || echo libjs-underscore
    [ -d /usr/share/fonts-font-awesome ] || echo fonts-font-awesome
    [ -d /usr/share/fonts/truetype/roboto/unhinted ] || echo fonts-roboto-unhinted
  fi
}

# Installs Debian packages. The package lists are refreshed only when they do not know
# a package. Debian's postgresql would start a cluster of its own, which nobody here
# needs, so that is switched off while installing.
install_packages() {
  local no_cluster=/etc/postgresql-common/createcluster.d/service_contract.conf known=yes name
  for name in "$@"; do
    apt-cache show "$name" >/dev/null 2>&1 || known=no
  done
  [ "$known" = yes ] || as_root apt-get update
  if [ ! -d /etc/postgresql-common ]; then
    as_root mkdir -p "${no_cluster%/*}"
    echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null
  fi
  if ! apt_install "$@"; then # lists that are too old name files that are gone
    as_root apt-get update
    apt_install "$@"
  fi
  if [ -e "$no_cluster" ]; then as_root rm -f "$no_cluster"; fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

setup_packages() {
  local missing
  mapfile -t missing < <(missing_packages | sort -u)
  [ "${#missing[@]}" -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    warn "could not install (no apt-get here); please install what Debian calls: ${missing[*]}"
    return 0
  fi
  if ! as_root true 2>/dev/null; then
    warn "could not install (neither root nor sudo); please run as root:"
    warn "  apt-get install --no-install-recommends ${missing[*]}"
    return 0
  fi
  step "installing Debian packages: ${missing[*]}" apt install_packages "${missing[@]}"
}

# Sets ODOO_SRC (the folder to put on Python's path) and ODOO_ADDONS (its addons).
# ODOO_HOME may be a git checkout, an unpacked package or an installed one.
locate_odoo() {
  local home dir
  # An ODOO_HOME given once is remembered, so that later commands need not repeat it.
  if [ -z "${ODOO_HOME:-}" ] && [ -e "$DEV/odoo_home" ]; then
    ODOO_HOME=$(cat "$DEV/odoo_home")
  fi
  home=${ODOO_HOME:-$DEV/odoo}
  for dir in "$home" "$home/usr/lib/python3/dist-packages" "$home/dist-packages"; do
    if [ -e "$dir/odoo/release.py" ]; then
      export ODOO_SRC=$dir ODOO_ADDONS=$dir/odoo/addons
      # A git checkout keeps most addons beside the package; Debian has all inside.
      if [ ! -d "$ODOO_ADDONS/account" ]; then ODOO_ADDONS=$dir/addons,$ODOO_ADDONS; fi
      return 0
    fi
  done
  return 1
}

# Debian's odoo-19 lives in the suite "sid". A private apt state asks for it, so that the
# machine's own sources stay as they are; the mirror is the one the machine already uses.
download_odoo() {
  local work=$DEV/tmp/odoo mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg deb
  local options=()
  # shellcheck disable=SC2016  # apt's own placeholders
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' \
    'Created-By: Packages' | awk '$2 == "main" && $1 !~ /security/ { print $1; exit }')
  [ -n "$mirror" ] || {
    echo "no Debian mirror in this machine's apt configuration"
    return 1
  }
  rm -rf "$work"
  mkdir -p "$work"/{parts,lists/partial,cache/archives/partial,root}
  [ -e "$keyring" ] && options+=("signed-by=$keyring")
  echo "deb [${options[*]}] $mirror sid main" >"$work/parts/sid.list"
  local apt=(apt-get
    -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/parts"
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache"
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none)
  "${apt[@]}" update
  (cd "$work" && "${apt[@]}" download odoo-19)
  deb=$(compgen -G "$work/odoo-19_19.0*.deb") || {
    echo "the package odoo-19 is no longer version 19.0"
    return 1
  }
  dpkg -x "$deb" "$work/root"
  # Its links to fonts and JavaScript libraries are relative to the package's root.
  mkdir -p "$work/root/usr/share"
  ln -sfn /usr/share/javascript /usr/share/fonts-font-awesome /usr/share/fonts \
    "$work/root/usr/share/"
  basename "$deb" >"$work/root/VERSION"
  rm -rf "$DEV/odoo"
  mv "$work/root" "$DEV/odoo"
  rm -rf "$work"
}

# Debian leaves out a library that is not free (it blurs one's own video). Without the
# file the web client logs an error, and that fails each browser test: an empty one does.
stand_in_for_left_out_files() {
  local file=$DEV/odoo/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js
  if [ -d "$DEV/odoo" ] && [ ! -e "$file" ]; then
    mkdir -p "${file%/*}"
    : >"$file"
  fi
}

setup_odoo() {
  stand_in_for_left_out_files
  locate_odoo && [ -z "${ODOO_HOME:-}" ] && return
  if [ -n "${ODOO_HOME:-}" ]; then
    locate_odoo || die "ODOO_HOME=$ODOO_HOME holds no Odoo (no odoo/release.py in it)"
    grep -q '^version_info = (19, 0' "$ODOO_SRC/odoo/release.py" ||
      die "ODOO_HOME=$ODOO_HOME is not Odoo 19.0"
    printf '%s\n' "$ODOO_HOME" >"$DEV/odoo_home"
    return
  fi
  command -v apt-get >/dev/null ||
    die "Odoo 19.0 comes from Debian's package here; without apt, set ODOO_HOME to an Odoo 19.0"
  step "downloading Odoo 19.0 (Debian's package odoo-19, 123 MB)" odoo download_odoo ||
    die "could not download Odoo 19.0; set ODOO_HOME to an Odoo 19.0 that you have"
  stand_in_for_left_out_files
  locate_odoo || die "the downloaded package holds no Odoo"
}

venv_stamp() {
  { cat "$ROOT/requirements.lock" && echo "${ODOO_SRC:-}" && echo "${SC_PYTHON:-}"; } | short_hash
}

venv_is_current() {
  [ -x "$PY" ] && locate_odoo && [ "$(cat "$VENV/.stamp" 2>/dev/null)" = "$(venv_stamp)" ]
}

# The lock is complete, so pip need not resolve: --no-deps also lets a git checkout of
# Odoo, which has no package metadata, stand in for the distribution "odoo".
build_venv() {
  local python site
  python=$(find_python)
  rm -rf "$VENV"
  "$python" -m venv "$VENV"
  site=$("$PY" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  echo "$ODOO_SRC" >"$site/odoo.pth"
  "$PY" -m pip install --no-input --disable-pip-version-check --no-deps --progress-bar off \
    -r "$ROOT/requirements.lock"
  venv_stamp >"$VENV/.stamp"
}

setup_venv() {
  venv_is_current && return
  find_python >/dev/null || die "no Python 3.10 to 3.13 with venv here (Debian: python3-venv)"
  step "installing Python libraries from requirements.lock" pip build_venv ||
    die "could not install the Python libraries"
}

# PostgreSQL does not run as root: as root it runs as "postgres", else as oneself.
pg_owner() { if is_root; then echo postgres; else id -un; fi; }

# Runs one of PostgreSQL's server programs as its owner. A checkout below a folder that
# only root may enter is reached with root's capability to pass it, and nothing else.
as_pg_owner() {
  if ! is_root; then
    "$@"
  elif runuser -u postgres -- test -x "$DEV/pg"; then
    runuser -u postgres -- "$@"
  else
    setpriv --reuid postgres --regid postgres --init-groups \
      --inh-caps +dac_override,+dac_read_search --ambient-caps +dac_override,+dac_read_search "$@"
  fi
}

# A socket's path may not be longer than 107 bytes: a deep checkout gets a short one.
pg_socket_dir() {
  local dir=$DEV/pg/run
  if [ "${#dir}" -gt 85 ]; then
    dir=${TMPDIR:-/tmp}/service_contract-$(printf '%s' "$ROOT" | short_hash)
  fi
  printf '%s\n' "$dir"
}

# Sets PGHOST, PGPORT and PGUSER for everything that dev starts.
export_pg() {
  if ! own_server; then
    PGHOST=$(pg_socket_dir)
    export PGHOST PGPORT=5432 PGUSER=odoo SC_PRIVATE_PG=$DEV
    unset PGPASSWORD PGSERVICE PGHOSTADDR PGDATABASE
  fi
}

init_pg() {
  local bin
  bin=$(find_pg_bin)
  rm -rf "$DEV/pg"
  mkdir -p "$DEV/pg/data" "$DEV/pg/log"
  if is_root; then chown -R postgres: "$DEV/pg"; fi
  chmod 700 "$DEV/pg/data"
  (cd / && as_pg_owner "$bin/initdb" -D "$DEV/pg/data" -U odoo --encoding=UTF8 \
    --locale=C.UTF-8 --auth=peer --no-sync)
  # Development data can be made again, so nothing is flushed to disk (fsync off): faster,
  # and only a crash of the whole machine loses it. A killed Odoo worker, which is what the
  # fault tests do, loses nothing by this.
  cat >>"$DEV/pg/data/postgresql.conf" <<CONF
listen_addresses = ''
max_connections = 250
shared_buffers = 512MB
work_mem = 16MB
maintenance_work_mem = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
checkpoint_timeout = 30min
autovacuum_naptime = 30s
timezone = 'UTC'
log_timezone = 'UTC'
CONF
  touch "$DEV/pg/.complete"
}

# Who may connect: the person who runs dev and the cluster's owner, through the socket.
write_pg_access() {
  local data=$DEV/pg/data ident
  ident=$(printf 'dev %s odoo\n' "$(id -un)" "$(pg_owner)")
  if [ "$(cat "$data/pg_ident.conf" 2>/dev/null)" != "$ident" ]; then
    printf '%s\n' "$ident" >"$data/pg_ident.conf"
    echo 'local all all peer map=dev' >"$data/pg_hba.conf"
  fi
}

start_pg() {
  local bin socket
  bin=$(find_pg_bin)
  socket=$(pg_socket_dir)
  mkdir -p "$socket"
  if is_root; then chown postgres: "$socket"; fi
  write_pg_access
  # The server outlives this script: it must not hold its lock nor its output.
  (cd / && as_pg_owner "$bin/pg_ctl" -D "$DEV/pg/data" -l "$DEV/pg/log/postgresql.log" -w -t 60 \
    -o "-c unix_socket_directories='$socket'" start 9>&- </dev/null >"$LOG/pg_ctl.log" 2>&1) || {
    cat "$LOG/pg_ctl.log"
    tail -n 5 "$DEV/pg/log/postgresql.log"
    return 1
  }
}

stop_pg() {
  local bin
  [ -e "$DEV/pg/data/postmaster.pid" ] || return 0
  bin=$(find_pg_bin) || return 0
  (cd / && as_pg_owner "$bin/pg_ctl" -D "$DEV/pg/data" -m fast -w stop) >/dev/null 2>&1 || true
}

setup_pg() {
  export_pg
  if own_server; then
    psql -X -q -d postgres -c 'select 1' >/dev/null ||
      die "cannot connect to the PostgreSQL server that PGHOST, PGPORT… name"
    return
  fi
  pg_isready -q 2>/dev/null && return
  find_pg_bin >/dev/null ||
    die "no PostgreSQL server here (Debian: postgresql), and no PGHOST names another one"
  if [ ! -e "$DEV/pg/.complete" ]; then
    step "creating a private PostgreSQL cluster in .dev/pg" pg init_pg ||
      die "could not create the PostgreSQL cluster"
  fi
  step "starting PostgreSQL" pg start_pg || die "could not start PostgreSQL"
}

# Odoo's configuration; rewritten only when it would differ.
setup_conf() {
  local site addons=$ODOO_ADDONS text
  site=$(compgen -G "$VENV/lib/python3*/site-packages/odoo/addons" | head -n 1)
  addons=$addons,$site
  # Odoo refuses an addons folder in which there is no addon yet.
  if [ -e "$ROOT/service_contract/__manifest__.py" ]; then addons=$addons,$ROOT; fi
  mkdir -p "$DEV/data"
  text=$(
    cat <<CONF
[options]
addons_path = $addons
data_dir = $DEV/data
db_host = ${PGHOST:-False}
db_port = ${PGPORT:-5432}
db_user = ${PGUSER:-False}
db_maxconn = 32
http_interface = 127.0.0.1
limit_memory_hard = 0
limit_memory_soft = 0
limit_time_cpu = 600
limit_time_real = 1200
list_db = True
CONF
  )
  if [ "$(cat "$CONF" 2>/dev/null)" != "$text" ]; then printf '%s\n' "$text" >"$CONF"; fi
  export SC_ODOO_CONF=$CONF
}

_setup() {
  setup_packages
  setup_odoo
  setup_venv
  setup_pg
  setup_conf
}

# Makes everything ready; quick when it already is.
setup() {
  mkdir -p "$DEV" "$LOG"
  with_lock setup _setup
  export PATH=$VENV/bin:$PATH PYTHONPATH=$ROOT${PYTHONPATH:+:$PYTHONPATH}
}

# What "./dev setup" tells in the end.
setup_report() {
  local browser
  title "Ready"
  ok "Odoo 19.0        ${ODOO_SRC#"$ROOT"/} ${ODOO_HOME:+(ODOO_HOME)}"
  ok "Python           $("$PY" -V 2>&1), .dev/venv from requirements.lock"
  if own_server; then
    ok "PostgreSQL       your server (PGHOST=${PGHOST:-} PGPORT=${PGPORT:-})"
  else
    ok "PostgreSQL       private cluster in .dev/pg (socket only)"
  fi
  if browser=$(find_browser); then
    ok "browser          $browser"
  else
    warn "no Chromium: browser tests cannot run"
  fi
  if command -v wkhtmltopdf >/dev/null; then
    ok "PDF              $(command -v wkhtmltopdf)"
  else
    warn "no wkhtmltopdf: no PDF documents"
  fi
  ok "configuration    .dev/odoo.conf"
}
