# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Command line: ``python -m tests.peers FILE… [--json FILE] [--kinds …]``."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from .runner import KINDS, run_file


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="file of cases (JSON)")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the outcome to this file"
    )
    parser.add_argument(
        "--kinds",
        default=",".join(sorted(KINDS)),
        help="kinds of cases to run, separated by commas (default: %(default)s)",
    )
    return parser.parse_args(arguments)


def main(arguments=None):
    """Run the files; return 0, 1 when a case failed, 2 when a file is unreadable."""
    options = parse_arguments(arguments)
    results = {}
    for path in options.files:
        try:
            result = run_file(path, options.kinds.split(","))
        except (OSError, ValueError) as error:
            print(f"{path}: cannot be read: {error}", file=sys.stderr)
            return 2
        results[Path(path).name] = result
        print("\n".join(describe(Path(path).name, result)))
    if options.json:
        outcome = {name: result.as_json() for name, result in results.items()}
        options.json.write_text(json.dumps(outcome, indent=2) + "\n", encoding="utf-8")
    return int(any(result.failed for result in results.values()))


def describe(name, result):
    """Return the lines that tell a person about one file."""
    counts = (
        f"{result.passed} passed, {len(result.failed)} failed, "
        f"{len(result.other_side)} other side, {len(result.skipped)} skipped"
    )
    lines = [f"{name}: {counts}"]
    lines += [f"  failed {case}: {why}" for case, why in result.failed.items()]
    lines += [f"  other side {case}: {why}" for case, why in result.other_side.items()]
    lines += [f"  {count} with {name}" for name, count in result.options.most_common()]
    skipped = Counter(result.skipped.values())
    return lines + [f"  skipped {count}: {why}" for why, count in skipped.items()]


if __name__ == "__main__":
    sys.exit(main())
