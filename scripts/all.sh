# shellcheck shell=bash
# Sources the other scripts; dev and step.sh start here.
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=scripts/common.sh
. "$SCRIPTS/common.sh"
# shellcheck source=scripts/setup.sh
. "$SCRIPTS/setup.sh"
# shellcheck source=scripts/database.sh
. "$SCRIPTS/database.sh"
# shellcheck source=scripts/lint.sh
. "$SCRIPTS/lint.sh"
# shellcheck source=scripts/run.sh
. "$SCRIPTS/run.sh"
# shellcheck source=scripts/tests.sh
. "$SCRIPTS/tests.sh"
