# shellcheck shell=bash
# Paths, messages and small helpers that every other script here uses.

# shellcheck disable=SC2034  # used by the scripts that source this file
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
DEV=$ROOT/.dev
LOG=$DEV/log
CONF=$DEV/odoo.conf
VENV=$DEV/venv
PY=$VENV/bin/python
DEMO_DB=service_contract_demo
# Installed when the addon's manifest cannot be read yet.
BASE_MODULES=sale_management,account,hr_timesheet,resource,portal,helpdesk_mgmt

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
  BOLD=$'\e[1m' GREEN=$'\e[32m' RED=$'\e[31m' YELLOW=$'\e[33m' RESET=$'\e[0m'
else
  BOLD='' GREEN='' RED='' YELLOW='' RESET=''
fi

# Messages go to stderr: stdout belongs to the command that was asked for.
say() { printf '%s\n' "$*" >&2; }
title() { printf '%s%s%s\n' "$BOLD" "$*" "$RESET" >&2; }
ok() { printf '  %s✓%s %s\n' "$GREEN" "$RESET" "$*" >&2; }
warn() { printf '  %s!%s %s\n' "$YELLOW" "$RESET" "$*" >&2; }
die() {
  printf '%serror:%s %s\n' "$RED" "$RESET" "$*" >&2
  exit 1
}

# Counts seconds behind a running step, so that a long one is seen to be alive.
_ticker() {
  local text=$1 start=$SECONDS
  while sleep 1; do
    printf '\r  … %s (%d s) ' "$text" "$((SECONDS - start))" >&2
  done
}

# step TEXT LOGNAME COMMAND…: run a command with its output in .dev/log/LOGNAME.log,
# show what is going on and how long it took; on failure show the end of the log.
step() {
  local text=$1 log=$LOG/$2.log start=$SECONDS ticker='' rc=0
  shift 2
  mkdir -p "${log%/*}"
  printf '=== %s  %s\n' "$(date '+%F %T')" "$text" >"$log"
  if [ -t 2 ]; then
    printf '  … %s ' "$text" >&2
    _ticker "$text" &
    ticker=$!
  else
    say "  … $text"
  fi
  "$BASH" "$ROOT/scripts/step.sh" "$@" >>"$log" 2>&1 </dev/null || rc=$?
  if [ -n "$ticker" ]; then
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    printf '\r\e[K' >&2
  fi
  if [ "$rc" -ne 0 ]; then
    printf '  %s✗%s %s: failed after %d s; from %s:\n' \
      "$RED" "$RESET" "$text" "$((SECONDS - start))" "${log#"$ROOT"/}" >&2
    show_failure "$log" >&2
    return "$rc"
  fi
  ok "$text ($((SECONDS - start)) s)"
}

# The lines of a log that name errors, then its end: a view that Odoo refuses fills the
# end of the log with the view itself.
show_failure() {
  {
    grep -nE '(Error|Exception)\b.*:|^E:| (ERROR|CRITICAL) ' "$1" | tail -n 8 || true
    echo '…'
    tail -n 12 "$1"
  } | sed 's/^/      /'
}

# with_lock NAME COMMAND…: several people and tests may use one checkout at once.
# The descriptor must not reach servers started inside, or they would keep the lock:
# those are started with 9>&-.
with_lock() {
  local name=$1 rc=0
  shift
  mkdir -p "$DEV"
  exec 9>"$DEV/$name.lock"
  if ! flock -n 9; then
    say "  … waiting for another ./dev that holds the lock '$name'"
    flock 9
  fi
  "$@" || rc=$?
  exec 9>&-
  return "$rc"
}

# Prints the SHA-256 of stdin, short enough for a database's name.
short_hash() { sha256sum | cut -c1-12; }

# A TCP port on this host that nobody listens to, counting up from the one given.
free_port() {
  local port=$1
  while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  printf '%s\n' "$port"
}

is_root() { [ "$(id -u)" -eq 0 ]; }

# Runs a command as root where that is possible, else fails.
as_root() {
  if is_root; then
    "$@"
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    sudo "$@"
  else
    return 126
  fi
}
