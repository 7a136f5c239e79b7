# shellcheck shell=bash
# What people run on databases: demo, replay, bench, peers, clean.

# Finds --database and --keep among arguments: sets DB, KEEP and ARGS (all but --keep).
# Without --database a fresh database is made, and dropped in the end unless --keep.
with_fresh_db() { # PREFIX KIND ARGUMENTS… ; then use ARGS
  local prefix=$1 kind=$2
  shift 2
  DB='' KEEP='' ARGS=()
  while [ $# -gt 0 ]; do
    case $1 in
      --database) DB=$2 && shift ;;
      --database=*) DB=${1#*=} ;;
      --keep) KEEP=yes ;;
      *) ARGS+=("$1") ;;
    esac
    shift
  done
  if [ -n "$DB" ]; then
    KEEP=yes
    db_exists "$DB" || make_db "$DB" "$kind"
  else
    DB=${prefix}_$$
    make_db "$DB" "$kind"
    if [ -z "$KEEP" ]; then trap 'drop_db "$DB"' EXIT; fi
  fi
}

cmd_replay() {
  [ $# -ge 1 ] || die "usage: ./dev replay FOLDER [--json FILE] [--database NAME] [--keep]"
  setup
  with_fresh_db sc_replay plain "$@"
  "$PY" -m tests.replay --database "$DB" "${ARGS[@]}"
  if [ -n "$KEEP" ]; then say "kept: database $DB"; fi
}

cmd_bench() {
  local name=${1:-}
  case $name in
    '' | -*) die "usage: ./dev bench NAME [--json FILE] [--database NAME] [--keep]; NAME: $(benchmarks)" ;;
  esac
  case " $(benchmarks) " in
    *" $name "*) ;;
    *) die "no benchmark '$name'; there are: $(benchmarks)" ;;
  esac
  shift
  setup
  with_fresh_db sc_bench plain "$@"
  # Where a peer's addon is installed alone, it starts from the same dependencies.
  dependencies_template plain
  export SC_DEPENDENCIES_DB=$TEMPLATE
  "$PY" -m "benchmarks.$name" --database "$DB" "${ARGS[@]}"
  if [ -n "$KEEP" ]; then say "kept: database $DB"; fi
}

# The names that "bench" takes, on one line.
benchmarks() {
  local path names=()
  for path in "$ROOT"/benchmarks/*.py "$ROOT"/benchmarks/*/__main__.py; do
    # A module that is not meant to be run is a helper of those that are.
    case $path in
      */__main__.py) path=${path%/__main__.py} ;;
      *) grep -qs '__name__ == "__main__"' "$path" || continue ;;
    esac
    [ -e "$path" ] && names+=("$(basename "$path" .py)")
  done
  printf '%s\n' "${names[*]}"
}

cmd_peers() {
  [ $# -ge 1 ] || die "usage: ./dev peers FILE… [--json FILE]"
  setup
  exec "$PY" -m tests.peers "$@"
}

cmd_demo() {
  local start=$SECONDS
  title "Setting up"
  setup
  title "Making the database $DEMO_DB"
  make_db "$DEMO_DB" demo
  ok "$DEMO_DB has the demo data"
  title "Running the demo log: tickets in, coverage, overage and invoices out"
  if [ -d "$ROOT/demo/log" ]; then
    (cd "$ROOT" && "$PY" -m tests.replay --database "$DEMO_DB" --short demo/log "$@")
  else
    warn "demo/log is not there: nothing was run"
  fi
  title "Done in $((SECONDS - start)) s. To look around in the web client:"
  say "  ./dev serve        then open the address it prints; user admin, password admin"
}

cmd_clean() {
  local name
  case ${1:-} in
    '') ;;
    --all)
      export_pg
      own_server || stop_pg
      rm -rf "$DEV"
      ok "removed .dev/"
      return
      ;;
    *) die "usage: ./dev clean [--all]" ;;
  esac
  setup
  # Only names that this script gives: on your own server there may be other databases.
  for name in $(psql_value "select datname from pg_database where datname ~
      '^sc_((deps|addon)(plain|demo)|test|replay|bench)_|^service_contract_(demo|dev)$'"); do
    drop_db "$name"
    ok "dropped $name"
  done
  rm -rf "$DEV/tmp" "$DEV/log"
  mkdir -p "$LOG"
}

# Pins what requirements.in asks for, in an environment of its own.
make_lock() {
  local work=$DEV/tmp/lock
  rm -rf "$work"
  "$(find_python)" -m venv "$work"
  echo "$ODOO_SRC" >"$("$work/bin/python" -c \
    'import sysconfig; print(sysconfig.get_path("purelib"))')/odoo.pth"
  "$work/bin/pip" install --no-input --disable-pip-version-check -r "$ROOT/requirements.in"
  {
    echo "# Written by './dev lock' from requirements.in; do not edit."
    "$work/bin/pip" freeze | grep -v '^odoo=='
  } >"$work/lock"
  mv "$work/lock" "$ROOT/requirements.lock"
  rm -rf "$work"
}

cmd_lock() {
  setup
  step "resolving requirements.in" lock make_lock || die "requirements.lock is as it was"
  ok "requirements.lock is written; the next ./dev command installs it"
}
