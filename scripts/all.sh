# shellcheck shell=bash
# Sources the other scripts; dev and step.sh start here.
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=scripts/common.sh
. "$SCRIPTS/common.sh"
# shellcheck source=scripts/setup.sh
. "$SCRIPTS/setup.sh"
# shellcheck source=scripts/database.sh
. "$SCRIPTS/database.sh"
