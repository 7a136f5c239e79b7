# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run a recorded ticket log through the addon, on a real Odoo registry.

The log's tickets are made and change their stages in time order, contracts start and
end by themselves, each month is billed and posted. Then the database is asked what was
promised, covered, billed and left open, and the answer is compared with what an
independent evaluator expects (expected.json(.gz) in the folder, or --check): totals,
every contract, and every case to the second.

The configuration of Odoo is named by the variable SC_ODOO_CONF. "./dev replay" makes
the database, sets that variable and calls this.
"""

import argparse
import json
import sys
from pathlib import Path

from .cases import find_read_otherwise
from .compare import compare, compare_cases, read_expected
from .log import find_file, find_unknown, read_log
from .prepare import AlreadyPlayed
from .runner import peak_memory_mb, run
from .screen import (
    make_console,
    print_checks,
    print_comparison,
    print_effort,
    print_read_otherwise,
    print_summary,
    print_verdict,
)

NOT_COMPARED = {"compared": "nothing", "differences": [], "left_out": [], "cases": 0}


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m tests.replay",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the log")
    parser.add_argument(
        "--database", required=True, metavar="NAME", help="has the addon installed"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the report to this file"
    )
    parser.add_argument(
        "--customers",
        type=int,
        metavar="N",
        help="play the first N customers only, by first appearance",
    )
    parser.add_argument(
        "--months",
        type=int,
        metavar="N",
        help="play the first N calendar months only, of the log's time zone",
    )
    parser.add_argument(
        "--check",
        type=Path,
        metavar="FILE",
        help="what is expected (default: expected.json(.gz) of the folder)",
    )
    parser.add_argument(
        "--short", action="store_true", help="print the table and the verdict only"
    )
    return parser.parse_args(arguments)


def main(arguments=None):
    """Run it; return 0, 1 when something disagrees, 2 when it can't run."""
    options = parse_arguments(arguments)
    try:
        log = read_log(options.folder, options.customers, options.months)
        path = options.check or find_file(options.folder, "expected.json")
        expected = path and read_expected(path)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for sentence in find_unknown(log):
        print(f"note: {sentence}", file=sys.stderr)
    try:
        results, seconds = run(log, options.database)
    except AlreadyPlayed as error:
        print(f"error: {error}; take a fresh one", file=sys.stderr)
        return 2
    report = make_report(log, results, seconds)
    if expected:
        report["expected"] = check(options, log, results, expected)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    show(options, log, results, report)
    return 0 if report["sound"] and not report["expected"]["differences"] else 1


def check(options, log, results, expected):
    """Return the differences from what is expected, as far as they can be compared."""
    if options.months is not None:
        # The contracts end earlier than in the whole log.
        return dict(NOT_COMPARED)
    customers = None
    if options.customers is not None:
        customers = {event.customer for event in log.events}
    differences, left_out = compare(expected, results, customers)
    names = {event.case for event in log.events}
    otherwise = find_read_otherwise(log) if results.cases else {}
    differences += compare_cases(expected, results, names, otherwise)
    return {
        "compared": "all" if customers is None else "these customers",
        "differences": differences,
        "left_out": left_out,
        "cases": len(names & expected.get("cases", {}).keys()),
    }


def make_report(log, results, seconds):
    """Return the report: the keys of expected.json first."""
    return {
        "totals": results.totals,
        "contracts": results.contracts,
        "cases": results.cases,
        "effort": results.effort,
        "read_otherwise": {
            name: {"key": key, "rule": rule}
            for name, (key, rule) in find_read_otherwise(log).items()
            if name in results.cases
        },
        "log": log.name,
        "sound": results.is_sound,
        "reconciliation": {
            name: [float(left), float(right)]
            for name, (left, right) in results.reconciliation.items()
        },
        "invariants": {name: len(rows) for name, rows in results.invariants.items()},
        "expected": dict(NOT_COMPARED),
        "seconds": seconds,
        "peak_mb": peak_memory_mb(),
    }


def show(options, log, results, report):
    """Print the tables and the verdict."""
    console = make_console()
    print_summary(console, log, results)
    print_effort(console, results, options.short)
    if not options.short:
        print_checks(console, results)
    print_comparison(console, report["expected"])
    print_read_otherwise(console, report["read_otherwise"])
    print_verdict(console, results, report)


if __name__ == "__main__":
    sys.exit(main())
