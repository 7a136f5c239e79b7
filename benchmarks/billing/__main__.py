# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Draft and post the invoices of N contracts with three lines each, side by side.

Contenders: this addon with one worker and with two, OCA "contract" and a bare
account.move.create and action_post of the same lines in one batch. All of them start
from copies of one database, warmed up, and must make the same invoices. The bars are
those of issue 2: at least 1.25 and 2.4 times the contracts per second of OCA
"contract" with one and two workers, at most 1.15 times the time of the bare create,
at most 1.15 times the time per contract at the largest size as at the smallest, less
than 600 MB.
"""

import sys

from benchmarks.bars import print_bars
from benchmarks.command import make_parser, write_report
from benchmarks.databases import clone, drop, install

from .databases import make_data
from .measure import measure

SIZES = (200, 1000, 5000)
# Beyond this size only this addon runs, unless all are asked for: hours for little.
SHARED_SIZE = 1000
BARS = {
    "vs_oca_1_worker": (">=", 1.25),
    "vs_oca_2_workers": (">=", 2.4),
    "vs_bare": ("<=", 1.15),
    "growth": ("<=", 1.15),
    "peak_mb": ("<", 600),
}


def parse_arguments(arguments):
    parser = make_parser("billing", __doc__)
    parser.add_argument(
        "--sizes",
        type=lambda text: [int(size) for size in text.split(",")],
        default=list(SIZES),
        metavar="N,N",
        help="numbers of contracts, default: 200,1000,5000",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help=f"also run OCA and the bare create beyond {SHARED_SIZE} contracts",
    )
    return parser.parse_args(arguments)


def run(database, sizes, everybody):
    """Measure all contenders at all sizes.

    :return: dict by size of dicts by contender: seconds, per_second, peak_mb
    """
    install(database, "contract")
    results = {}
    for size in sorted(sizes):
        shared = everybody or size <= SHARED_SIZE or size == min(sizes)
        data = f"{database}_data"
        clone(database, data)
        make_data(data, size, with_oca=shared)
        names = ["ours", "ours_2"]
        if shared:
            names += ["oca", "bare"]
        if size == min(sizes):
            names.append("bare_single")
        results[size] = {}
        for name in names:
            copy = f"{database}_{name}"
            clone(data, copy)
            results[size][name] = measure(copy, name, size)
            drop(copy)
            print_row(size, name, results[size][name])
        drop(data)
    return results


def summarize(results):
    """Return the ratios; those to others are at the largest size that all ran."""
    shared = max(size for size, row in results.items() if "oca" in row)
    row = results[shared]
    oca = row["oca"]["per_second"]
    first, last = min(results), max(results)

    def time_per_contract(size):
        return results[size]["ours"]["seconds"] / size

    return {
        "vs_oca_1_worker": ratio(row["ours"]["per_second"], oca),
        "vs_oca_2_workers": ratio(
            row["ours_2"]["per_second"], row["oca"]["per_second"]
        ),
        "vs_bare": ratio(row["ours"]["seconds"], row["bare"]["seconds"]),
        "growth": ratio(time_per_contract(last), time_per_contract(first)),
        "peak_mb": max(row["ours"]["peak_mb"] for row in results.values()),
        "compared_at": shared,
        "sizes": results,
    }


def ratio(one, other):
    return round(one / other, 3)


def print_row(size, name, result):
    print(
        f"{size:>6} {name:<12} {result['seconds']:>8.1f} s "
        f"{result['per_second']:>7.1f} contracts/s {result['peak_mb']:>5.0f} MB",
        flush=True,
    )


def print_summary(summary):
    print_bars(summary, BARS)
    print(f"\nRatios to others at {summary['compared_at']} contracts.")


def main(arguments):
    options = parse_arguments(arguments)
    summary = summarize(run(options.database, options.sizes, options.all))
    print_summary(summary)
    write_report(options.json, summary)


if __name__ == "__main__":
    main(sys.argv[1:])
