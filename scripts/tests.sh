# shellcheck shell=bash
# "./dev test": the stages, and what each one proves.

STAGES="lint pure odoo live demo upgrade uninstall"

KNOWN=$ROOT/.ci/known_log_lines.txt
# Names the databases and the folder of logs of one run: two runs may go on at once.
SC_TEST=${SC_TEST:-sc_test_$$}
RUN_LOG=$LOG/$SC_TEST

# check_log FILE…: warnings and errors that are not known fail a stage.
check_log() {
  local known lines
  known=$(grep -vE '^(#|$)' "$KNOWN" || true)
  lines=$(grep -hE '^[0-9-]+ [0-9:,]+ [0-9]+ (WARNING|ERROR|CRITICAL) ' "$@" |
    grep -vE -f <(printf '%s\n' "${known:-^$}") | sort | uniq) || true
  [ -z "$lines" ] && return
  printf '  %s✗%s warnings and errors in the log:\n%s\n' "$RED" "$RESET" "$lines" >&2
  return 1
}

# batch TEXT LOGNAME OPTIONS…: one quiet run of Odoo whose log must be clean.
batch() {
  local text=$1 name=$2
  shift 2
  rm -f "$RUN_LOG/$name.log"
  step "$text" "$SC_TEST/$name" odoo_batch "$@" && check_log "$RUN_LOG/$name.log"
}

# Shows pytest's output as it comes, and keeps its closing line for the summary.
run_pytest() { # NAME ARGUMENTS…
  local name=$1 rc=0
  shift
  (cd "$ROOT" && "$PY" -m pytest --color="${PYTEST_COLOR:-auto}" "$@" 2>&1 </dev/null) |
    tee "$RUN_LOG/pytest-$name.txt" || rc=$?
  sed 's/\x1b\[[0-9;]*m//g' "$RUN_LOG/pytest-$name.txt" |
    grep -E '^(=+ )?([0-9]+ [a-z]+( [a-z]+)?,? ?)+ in [0-9.]+s' | tail -n 1 \
    >>"$RUN_LOG/counts.txt" || true
  return "$rc"
}

stage_lint() { lint; }

# Tests of pure Python: no database, so also the fastest loop while writing.
stage_pure() {
  local files
  mapfile -t files < <(cd "$ROOT" && compgen -G 'service_contract*/tests/test_engine_*.py')
  if [ -d "$ROOT/tests" ]; then files+=(tests); fi
  if [ "${#files[@]}" -eq 0 ]; then
    warn "there are no pure tests yet"
    return 0
  fi
  run_pytest pure -p no:odoo -m "not live" "${files[@]}" "$@"
}

# From nothing, without demo data; then every test of the addons, browser included.
# With pytest arguments (a loop on some tests) a cached installation is good enough.
stage_odoo() {
  local db=${SC_TEST}_odoo rc=0 addons options=()
  mapfile -t addons < <(our_addons)
  if [ $# -gt 0 ]; then
    make_db "$db" plain
  else
    # They have their own stage, and 90 seconds are 90 seconds.
    options=(--ignore-glob='*/tests/test_engine_*.py' --durations=15)
    dependencies_template plain
    clone_db "$TEMPLATE" "$db"
    batch "installing from scratch, without demo data" install \
      -d "$db" -i service_contract || return 1
  fi
  rm -f "$RUN_LOG/odoo.log"
  SC_FAIL_ON_SKIP=1 run_pytest odoo --odoo-config="$CONF" --odoo-database="$db" \
    --odoo-log-level=warn --odoo-http --odoo-extra=limit-memory-hard=0 \
    --odoo-extra=logfile="$RUN_LOG/odoo.log" --odoo-extra=screenshots="$RUN_LOG/screenshots" \
    --odoo-extra=db-filter="^$db\$" "${options[@]}" "${addons[@]}" "$@" || rc=$?
  if [ -e "$RUN_LOG/odoo.log" ]; then check_log "$RUN_LOG/odoo.log" || rc=1; fi
  return "$rc"
}

# Tests under tests/ that need a database or start Odoo themselves (pytest.mark.live).
stage_live() {
  local db=${SC_TEST}_live rc=0
  if ! grep -rqs --include='test_*.py' 'mark\.live' "$ROOT/tests"; then
    ok "there are no live tests yet"
    return 0
  fi
  make_db "$db" plain
  SC_FAIL_ON_SKIP=1 SC_DATABASE=$db run_pytest live -p no:odoo -m live tests "$@" || rc=$?
  return "$rc"
}

# The database that demo, upgrade and uninstall share; made when run alone.
demo_db() {
  DB=${SC_TEST}_demo
  db_exists "$DB" || make_db "$DB" demo
}

stage_demo() {
  local db=${SC_TEST}_demo
  dependencies_template demo
  clone_db "$TEMPLATE" "$db"
  batch "installing with demo data" demo -d "$db" -i service_contract --with-demo || {
    drop_db "$db" # the stages after this one must not take it for a good one
    return 1
  }
}

# pg_dump writes a random key into each dump; all else must stay the same.
schema() { pg_dump -s "$1" | grep -vE '^\\(un)?restrict '; }

stage_upgrade() {
  local before=$RUN_LOG/schema-before.sql after=$RUN_LOG/schema-after.sql round
  demo_db
  is_installed "$DB" || return 1
  schema "$DB" >"$before"
  for round in 1 2; do
    batch "update number $round" "upgrade-$round" -d "$DB" -u service_contract || return 1
    schema "$DB" >"$after"
    if ! diff -u "$before" "$after" >"$RUN_LOG/schema.diff"; then
      printf '  %s✗%s update number %s changed the schema:\n' "$RED" "$RESET" "$round" >&2
      head -n 60 "$RUN_LOG/schema.diff" >&2
      return 1
    fi
  done
  ok "the schema is the same before and after"
}

# Odoo takes "-u" of a module that is not installed for done.
is_installed() {
  [ "$(psql_value "select state from ir_module_module where name = 'service_contract'" "$1")" \
    = installed ] && return
  warn "service_contract is not installed in $1"
  return 1
}

# What must outlive the addon: every posted invoice with its lines and totals.
invoices() {
  psql_value "select m.id, m.name, m.state, m.move_type, m.partner_id, m.currency_id,
      m.invoice_date, m.amount_untaxed, m.amount_tax, m.amount_total, l.id, l.name,
      l.account_id, l.quantity, l.price_unit, l.price_subtotal, l.debit, l.credit, l.balance
    from account_move m join account_move_line l on l.move_id = m.id
    where m.state = 'posted' order by m.id, l.id" "$1"
}

uninstall_addon() { odoo module uninstall -c "$CONF" -d "$1" service_contract; }

stage_uninstall() {
  local before=$RUN_LOG/invoices-before.txt after=$RUN_LOG/invoices-after.txt
  demo_db
  step "making and posting an invoice from a contract" "$SC_TEST/uninstall-invoice" \
    post_an_invoice "$DB" || return 1
  invoices "$DB" >"$before"
  [ -s "$before" ] || {
    warn "there is no posted invoice, so this would prove nothing"
    return 1
  }
  rm -f "$RUN_LOG/uninstall.log"
  step "uninstalling service_contract" "$SC_TEST/uninstall" uninstall_addon "$DB" || return 1
  check_log "$RUN_LOG/uninstall.log" || return 1
  if is_installed "$DB" 2>/dev/null; then
    warn "service_contract is still installed"
    return 1
  fi
  invoices "$DB" >"$after"
  diff -u "$before" "$after" >&2 || {
    warn "posted invoices changed"
    return 1
  }
  ok "$(cut -d'|' -f1 "$after" | sort -u | wc -l) posted invoices are as they were, to the last column"
}

# scripts/post_invoice.py uses the addon's own way from a contract to a posted invoice.
post_an_invoice() {
  odoo shell -c "$CONF" --no-http -d "$1" <"$ROOT/scripts/post_invoice.py" 2>&1 |
    tee /dev/stderr | grep -q '^posted: [1-9]'
}

drop_test_dbs() {
  local name
  for name in $(psql_value "select datname from pg_database where datname like '$SC_TEST\_%'"); do
    drop_db "$name"
  done
}

# Keeps the logs of the last five runs.
drop_old_logs() {
  find "$LOG" -maxdepth 1 -name 'sc_test_*' -printf '%T@ %p\n' | sort -rn | tail -n +6 |
    cut -d' ' -f2- | xargs -r rm -rf
}

# Adds up pytest's closing lines into one of the same form.
closing_line() {
  touch "$RUN_LOG/counts.txt"
  awk -v seconds="$1" '
    { for (i = 1; i < NF; i++) if ($i ~ /^[0-9]+$/) { word = $(i + 1); sub(/,$/, "", word)
        if (word == "error") word = "errors"
        count[word] += $i } }
    END {
      split("failed passed skipped xfailed xpassed errors", order, " ")
      for (i = 1; i <= 6; i++) if (count[order[i]])
        text = text (text ? ", " : "") count[order[i]] " " order[i]
      printf "===== %s in %.2fs =====\n", text ? text : "no tests ran", seconds
    }' "$RUN_LOG/counts.txt"
}

# run_stage NAME ARGUMENTS…: in a shell of its own, with errexit, and timed.
run_stage() {
  local name=$1 start=$SECONDS rc=0 result=passed
  shift
  title "== $name"
  "$BASH" "$ROOT/scripts/step.sh" "stage_$name" "$@" || rc=$?
  if [ "$rc" -ne 0 ]; then
    result=FAILED
    FAILED+=("$name")
  fi
  TIMES+=("$(printf '%-10s %6d s  %s' "$name" "$((SECONDS - start))" "$result")")
}

cmd_test() {
  local stages=() name start=$SECONDS
  FAILED=() TIMES=()
  while [ $# -gt 0 ]; do
    if [ "$1" = -- ]; then
      shift
      break
    fi
    case " $STAGES " in
      *" $1 "*) stages+=("$1") ;;
      *) die "no stage '$1'; there are: $STAGES" ;;
    esac
    shift
  done
  # shellcheck disable=SC2206  # a list of words
  [ "${#stages[@]}" -gt 0 ] || stages=($STAGES)
  title "== set-up"
  setup
  TIMES+=("$(printf '%-10s %6d s' set-up "$((SECONDS - start))")")
  export SC_TEST
  mkdir -p "$RUN_LOG"
  drop_old_logs
  trap drop_test_dbs EXIT
  for name in "${stages[@]}"; do
    run_stage "$name" "$@"
  done
  title "== summary"
  {
    printf '%s\n' "${TIMES[@]}"
    printf '%-10s %6d s\n' total "$((SECONDS - start))"
    if [ "${#FAILED[@]}" -gt 0 ]; then printf 'failed: %s\n' "${FAILED[*]}"; fi
    closing_line "$((SECONDS - start))"
  } | tee "$LOG/test-summary.txt"
  [ "${#FAILED[@]}" -eq 0 ]
}
