# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The SLA clock, side by side with helpdesk_mgmt_sla 19.0.

Contenders: "ours", tickets with a contract line whose policy starts two timers;
"peer", helpdesk_mgmt_sla in a database of its own, with two SLAs for the same team,
hours and stages; "plain", this addon with the same contracts and no policy. They take
turns, warmed up; each call is a transaction of its own, flushed and committed, of a
helpdesk agent.

The bars are those of issue 3: at least 3 times the tickets per second of the peer, at
most 1.8 times the time of tickets without SLA, at most 2 queries more at any size of a
batch, at least 5 times the peer's changes of stage per second, at least 200 times the
deadlines per second of Odoo's plan_hours, at most 0.2 s for a scan of 100,000 running
timers of which none is due.
"""

import os
import sys
import time

from benchmarks.bars import print_bars
from benchmarks.command import make_parser, write_report
from benchmarks.databases import clone, drop, install

from . import alarms, data, deadlines, measure

CONTENDERS = ("ours", "peer", "plain")
SIZES = (1, 10, 100, 1000)
ROUNDS = {1: 15, 10: 7, 100: 5, 1000: 2}
# Ratios are of batches of this size; those of the others are beside them.
COMPARED_AT = 100
BARS = {
    "create_vs_peer": (">=", 3),
    "create_vs_plain": ("<=", 1.8),
    "stage_vs_peer": (">=", 5),
    "extra_queries": ("<=", 2),
    "deadline_vs_plan_hours": (">=", 200),
    "due_scan_s": ("<=", 0.2),
}


def parse_arguments(arguments):
    parser = make_parser("sla", __doc__)
    parser.add_argument(
        "--timers",
        type=int,
        default=alarms.TIMERS,
        metavar="N",
        help=f"running timers of the scan, default: {alarms.TIMERS}",
    )
    return parser.parse_args(arguments)


def make_databases(database):
    """Make a database for each contender and return their names."""
    databases = {name: f"{database}_{name}" for name in CONTENDERS}
    for name, copy in databases.items():
        # The peer's has the same dependencies, and not this addon.
        clone(os.environ["SC_DEPENDENCIES_DB"] if name == "peer" else database, copy)
    install(databases["peer"], "helpdesk_mgmt_sla")
    for name, copy in databases.items():
        data.make_apart(copy, name)
    return databases


def run_tickets(databases):
    """Measure creations and changes of stage at all sizes."""
    results = {"create": {}, "stage": {}}
    with measure.workers(databases) as contenders:
        for action in ("create", "move"):
            for worker in contenders.values():
                for _warm_up in range(3):
                    worker("create", 20)
                    worker(action, 1)
                    worker(action, 10)
        for size in SIZES:
            rounds = ROUNDS[size]
            results["create"][size] = measure.take_turns(
                contenders, "create", size, rounds
            )
            print_row("create", size, results["create"][size])
            results["stage"][size] = measure.take_turns(
                contenders, "move", size, rounds
            )
            print_row("stage", size, results["stage"][size])
    return results


def run_alarms(database, timers):
    """Measure the scan when nothing, 100 and 1,000 timers of many are due."""
    with measure.workers({"ours": database}) as contenders:
        worker = contenders["ours"]
        for _batch in range(2):
            worker("create", 1000)
        alarms.fill(database, timers)
        worker("alarms", None)
        runs = [worker("alarms", None) for _run in range(9)]
        result = {
            "timers": timers,
            "nothing_due": measure.summarize(runs, 1),
            "due": {},
        }
        for due in (100, 1000):
            instant = alarms.make_due(database, due)
            before = alarms.count_alarms(database)
            result["due"][due] = measure.summarize([worker("alarms", instant)], due)
            fired = alarms.count_alarms(database) - before
            if fired != due:
                raise measure.NotTheSame(f"{fired} alarms, not {due}")
    print_scan(result)
    return result


def ratios(results, size):
    """Return the ratios of one size of a batch."""
    create, stage = results["create"][size], results["stage"][size]
    return {
        "create_vs_peer": ratio(create["peer"], create["ours"]),
        "create_vs_plain": ratio(create["ours"], create["plain"]),
        "stage_vs_peer": ratio(stage["peer"], stage["ours"]),
        "extra_queries": create["ours"]["queries"] - create["plain"]["queries"],
    }


def ratio(one, other):
    return round(one["seconds"] / other["seconds"], 3)


def summarize(tickets, scan, clock):
    by_size = {size: ratios(tickets, size) for size in SIZES}
    compared = by_size[COMPARED_AT]
    return {
        **compared,
        "extra_queries": max(row["extra_queries"] for row in by_size.values()),
        "deadline_vs_plan_hours": clock["ratio"],
        "due_scan_s": scan["nothing_due"]["seconds"],
        "compared_at": COMPARED_AT,
        "by_size": by_size,
        "tickets": tickets,
        "scan": scan,
        "deadlines": clock,
    }


def print_row(action, size, row):
    figures = "   ".join(
        f"{name} {found['seconds'] / size * 1000:7.2f} ms {found['queries']:5d} q"
        for name, found in row.items()
    )
    print(f"{action:<7}{size:>5} at once, a ticket: {figures}", flush=True)


def print_scan(scan):
    print(f"scan of {scan['timers']:,} timers, {scan['nothing_due']['seconds']:.4f} s")
    for due, found in scan["due"].items():
        print(f"  {due:>5} due: {found['seconds']:.3f} s, {found['queries']} queries")


def print_summary(summary, seconds):
    print_bars(summary, BARS)
    print(f"\nRatios at {COMPARED_AT} tickets at once; {seconds:.0f} s in all.")


def main(arguments):
    start = time.monotonic()
    options = parse_arguments(arguments)
    databases = make_databases(options.database)
    try:
        tickets = run_tickets(databases)
        scan = run_alarms(databases["ours"], options.timers)
        clock = deadlines.run(options.database)
    finally:
        for database in databases.values():
            drop(database)
    summary = summarize(tickets, scan, clock)
    print_summary(summary, time.monotonic() - start)
    write_report(options.json, summary)


if __name__ == "__main__":
    main(sys.argv[1:])
