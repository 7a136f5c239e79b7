# shellcheck shell=bash
# Databases. Installing takes a minute or two, cloning a second, so two kinds of template
# databases are kept: one with the dependencies, one with the addon on top of it, each
# with and without demo data. A template's name carries a hash of what it was made from.

odoo() { "$PY" -m odoo "$@"; }

psql_value() { psql -X -q -A -t -d "${2:-postgres}" -c "$1"; }

db_exists() { [ "$(psql_value "select 1 from pg_database where datname = '$1'")" = 1 ]; }

filestore() { printf '%s\n' "$DEV/data/filestore/$1"; }

drop_db() {
  if db_exists "$1"; then
    # Templates refuse connections, and only an ordinary database can be dropped by force.
    psql -X -q -d postgres -c "drop database \"$1\" with (force)" >/dev/null
  fi
  rm -rf "$(filestore "$1")"
}

# clone_db SOURCE TARGET: attachments are never changed in place, so links are enough.
clone_db() {
  drop_db "$2"
  psql -X -q -d postgres -c "create database \"$2\" template \"$1\" strategy file_copy" >/dev/null
  if [ -d "$(filestore "$1")" ]; then
    mkdir -p "$(filestore "$2")"
    cp -al "$(filestore "$1")/." "$(filestore "$2")/"
  fi
}

# Makes the finished database $1 the template $2. No one can connect to a template, or
# a stray connection (a cron worker of another Odoo, say) would block cloning it.
seal_template() {
  drop_db "$2"
  psql -X -q -d postgres >/dev/null <<SQL
select pg_terminate_backend(pid) from pg_stat_activity where datname = '$1';
alter database "$1" rename to "$2";
alter database "$2" allow_connections false;
SQL
  if [ -d "$(filestore "$1")" ]; then mv "$(filestore "$1")" "$(filestore "$2")"; fi
}

# The modules that service_contract depends on, comma-separated.
dependencies() {
  local manifest=$ROOT/service_contract/__manifest__.py found=''
  if [ -e "$manifest" ]; then
    found=$(python3_any -c 'import ast, sys
print(",".join(sorted(ast.literal_eval(open(sys.argv[1]).read())["depends"])))' "$manifest" 2>/dev/null) || true
  fi
  printf '%s\n' "${found:-$BASE_MODULES}"
}

python3_any() { if [ -x "$PY" ]; then "$PY" "$@"; else python3 "$@"; fi; }

addon_exists() { [ -e "$ROOT/service_contract/__manifest__.py" ]; }

# What a template of the dependencies is made from.
dependencies_key() {
  {
    cat "$ROOT/requirements.lock" "$ROOT/scripts/prepare_template.py"
    cat "$DEV/odoo/VERSION" 2>/dev/null || echo "$ODOO_SRC"
    dependencies
  } | short_hash
}

# What a template of the addon is made from: that, and each of its files but the tests.
addon_key() {
  {
    dependencies_key
    cd "$ROOT" && find service_contract -type f ! -path '*/tests/*' ! -path '*/__pycache__/*' \
      ! -path '*/readme/*' ! -path '*/static/description/*' ! -name '*.po*' -print0 |
      LC_ALL=C sort -z | xargs -0 sha256sum
  } | short_hash
}

# Options that every install and update here has in common.
odoo_batch() {
  odoo -c "$CONF" --no-http --max-cron-threads=0 --stop-after-init "$@"
}

build_dependencies() { # NAME [--with-demo]
  local name=$1 work=$1_new
  shift
  drop_db "$work"
  odoo_batch -d "$work" -i "$(dependencies)" "$@"
  odoo shell -c "$CONF" --no-http -d "$work" <"$ROOT/scripts/prepare_template.py"
  seal_template "$work" "$name"
}

build_addon() { # NAME SOURCE [--with-demo]
  local name=$1 source=$2 work=$1_new
  shift 2
  clone_db "$source" "$work"
  odoo_batch -d "$work" -i service_contract "$@"
  seal_template "$work" "$name"
}

# Drops templates of one kind that were made from something else.
drop_old_templates() { # KIND KEEP
  local name
  for name in $(psql_value "select datname from pg_database where datname like 'sc\_$1\_%'
      and datname not in ('$2', '$2_new')"); do
    drop_db "$name" || true
  done
}

# Sets TEMPLATE to the template of the dependencies, built when it is not there.
dependencies_template() { # plain|demo
  local kind=$1 options=()
  if [ "$kind" = demo ]; then options=(--with-demo); fi
  TEMPLATE=sc_deps${kind}_$(dependencies_key)
  db_exists "$TEMPLATE" && return
  with_lock "deps$kind" _dependencies_template "$TEMPLATE" "$kind" "${options[@]}"
}

_dependencies_template() {
  local name=$1 kind=$2
  shift 2
  db_exists "$name" && return # someone else made it while we waited
  step "installing the dependencies (${kind/plain/no demo} data), about 1 to 2 minutes" \
    "template-deps$kind" build_dependencies "$name" "$@" ||
    die "could not build the template database of the dependencies"
  drop_old_templates "deps$kind" "$name"
}

# Sets TEMPLATE to the template of the addon in its present state.
addon_template() { # plain|demo
  local kind=$1 options=() source
  dependencies_template "$kind"
  addon_exists || return 0
  source=$TEMPLATE
  if [ "$kind" = demo ]; then options=(--with-demo); fi
  TEMPLATE=sc_addon${kind}_$(addon_key)
  db_exists "$TEMPLATE" && return
  with_lock "addon$kind" _addon_template "$TEMPLATE" "$kind" "$source" "${options[@]}"
}

_addon_template() {
  local name=$1 kind=$2 source=$3
  shift 3
  db_exists "$name" && return
  step "installing service_contract (${kind/plain/no demo} data)" "template-addon$kind" \
    build_addon "$name" "$source" "$@" || die "service_contract could not be installed"
  drop_old_templates "addon$kind" "$name"
}

# make_db NAME plain|demo: a fresh database with the addon as it is now.
make_db() {
  addon_template "$2"
  clone_db "$TEMPLATE" "$1"
}
