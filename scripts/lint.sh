# shellcheck shell=bash
# The linters. Each runs even when one before it complained, so that one look shows all.

# check TITLE COMMAND…: prints the output only of a linter that complains.
check() {
  local text=$1 output
  shift
  if output=$("$@" 2>&1); then
    ok "$text"
  else
    printf '  %s✗%s %s\n%s\n' "$RED" "$RESET" "$text" "$output" >&2
    LINT_FAILED=1
  fi
}

# The addons of this repository.
our_addons() {
  local manifest
  for manifest in "$ROOT"/service_contract*/__manifest__.py; do
    [ -e "$manifest" ] && basename "$(dirname "$manifest")"
  done
}

check_xml() {
  find "${ADDONS[@]}" -name '*.xml' -print0 | xargs -0 -r "$PY" -c '
import sys
from lxml import etree
bad = 0
for name in sys.argv[1:]:
    try:
        etree.parse(name)
    except etree.XMLSyntaxError as error:
        print(f"{name}: {error}")
        bad = 1
sys.exit(bad)'
}

check_po() {
  find "${ADDONS[@]}" \( -name '*.po' -o -name '*.pot' \) -print0 | xargs -0 -r oca-checks-po
}

# A registry's address or a path of somebody's machine must not get into the repository.
check_lock() { ! grep -nE '://|--(index|extra|find)|^-e|@ ' requirements.lock; }

lint() {
  local ADDONS LINT_FAILED=''
  cd "$ROOT" || return
  mapfile -t ADDONS < <(our_addons)
  check "ruff check" ruff check --output-format concise .
  check "ruff format" ruff format --check .
  check "shellcheck" shellcheck -x dev .ci/run scripts/*.sh
  check "requirements.lock" check_lock
  if [ "${#ADDONS[@]}" -gt 0 ]; then
    check "pylint-odoo (mandatory)" pylint -j 2 --rcfile=.pylintrc-mandatory "${ADDONS[@]}"
    check "XML is well-formed" check_xml
    check "OCA's checks of modules" oca-checks-odoo-module "${ADDONS[@]/%//__manifest__.py}"
    check "OCA's checks of translations" check_po
  fi
  [ -z "$LINT_FAILED" ]
}
