#!/usr/bin/env bash
# Runs one function of these scripts in a shell of its own. A function called in a
# condition ("step … || die") has errexit switched off all through; here it is on.
set -euo pipefail
# shellcheck source=scripts/all.sh
. "$(dirname "${BASH_SOURCE[0]}")/all.sh"
"$@"
