# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Usages from the report to the charge: captured, allocated and rated.

1,000 contracts of hours share a rate card; 100,000 pieces of work of a year are
recorded on them in batches, and settled in batches of contracts by the scheduled
action. Beside it, in the same run, plain analytic lines are made through the ORM.

The bars are those of issue 4: at least 0.8 times the rate of plain analytic lines, at
least 20,000 usages a second in the engine on one core, at most 3 queries per contract
and batch, and a usage that costs at most 1.15 times as much among 100,000 as among
10,000.
"""

import sys
import time

from benchmarks.bars import print_bars
from benchmarks.command import make_parser, write_report
from benchmarks.odoo_env import environment

BATCH = 1000
CONTRACTS = 1000
SMALL, LARGE = 10, 100
ENGINE_USAGES = 100_000
SEED = 20261127
BARS = {
    "capture_vs_plain": (">=", 0.8),
    "engine_per_s": (">=", 20_000),
    "queries_per_contract_batch": ("<=", 3),
    "growth": ("<=", 1.15),
}


def parse_arguments(arguments):
    parser = make_parser("rating", __doc__)
    parser.add_argument(
        "--contracts", type=int, default=CONTRACTS, metavar="N", help="default: 1,000"
    )
    parser.add_argument("--seed", type=int, default=SEED, metavar="N")
    return parser.parse_args(arguments)


def batches(items):
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def timed(env, work, items):
    """Do work with items batch by batch, each committed; return what it took."""
    before = env.cr.sql_log_count
    start = time.perf_counter()
    for batch in batches(items):
        work(batch)
        env.flush_all()
        env.cr.commit()
        env.invalidate_all()
    seconds = time.perf_counter() - start
    return {
        "count": len(items),
        "seconds": round(seconds, 3),
        "per_second": round(len(items) / seconds, 1),
        "queries": env.cr.sql_log_count - before,
    }


def make_plain(env, count):
    """Make plain analytic lines through the ORM."""
    plan = env["account.analytic.plan"].create({"name": "Benchmark"})
    account = env["account.analytic.account"].create(
        {"name": "Benchmark", "plan_id": plan.id}
    )
    vals_list = [
        {
            "name": f"Work {number}",
            "account_id": account.id,
            "unit_amount": 1.5,
            "date": "2025-06-02",
        }
        for number in range(count)
    ]
    return timed(env, env["account.analytic.line"].create, vals_list)


def settle(env):
    """Settle all that is pending, as the scheduled action does."""
    usage_model = env["service.usage"]
    contracts = len(
        usage_model._read_group([("state", "=", "pending")], ["contract_id"])
    )
    pending = usage_model.search_count([("state", "=", "pending")])
    before = env.cr.sql_log_count
    start = time.perf_counter()
    usage_model._cron_settle()
    seconds = time.perf_counter() - start
    if left := usage_model.search_count([("state", "=", "pending")]):
        raise SystemExit(f"{left} usages are still pending")
    return {
        "usages": pending,
        "contracts": contracts,
        "seconds": round(seconds, 3),
        "per_second": round(pending / seconds, 1),
        "queries_per_contract": round((env.cr.sql_log_count - before) / contracts, 3),
    }


def run_addon(env, contracts, seed):
    from . import data

    card = data.make_card(env)
    sizes = {}
    usage_model = env["service.usage"]
    for per_line in (SMALL, LARGE):
        lines = data.make_contracts(env, card, contracts)
        events = data.make_events(env, lines, per_line, seed)
        capture = timed(env, usage_model._record, events)
        sizes[len(events)] = {"capture": capture, "settle": settle(env)}
        print_size(len(events), sizes[len(events)])
    plain = make_plain(env, min(contracts * SMALL, 10_000))
    print(f"plain analytic lines: {plain['per_second']:,.0f} a second")
    return {"sizes": sizes, "plain": plain}


def print_size(count, size):
    capture, settled = size["capture"], size["settle"]
    print(
        f"{count:>8,} usages: captured {capture['per_second']:,.0f} a second,"
        f" settled {settled['per_second']:,.0f} a second,"
        f" {settled['queries_per_contract']} queries per contract and batch",
        flush=True,
    )


def cost(size):
    """Return seconds per usage, from the report to the charge."""
    return (size["capture"]["seconds"] + size["settle"]["seconds"]) / (
        size["capture"]["count"]
    )


def summarize(addon, engine):
    small, large = addon["sizes"].values()
    return {
        "capture_vs_plain": round(
            large["capture"]["per_second"] / addon["plain"]["per_second"], 3
        ),
        "engine_per_s": engine["per_second"],
        "queries_per_contract_batch": max(
            size["settle"]["queries_per_contract"] for size in (small, large)
        ),
        "growth": round(cost(large) / cost(small), 3),
        "addon": addon,
        "engine": engine,
    }


def main(arguments):
    start = time.monotonic()
    options = parse_arguments(arguments)
    with environment(options.database) as env:
        from . import engine

        rated = engine.run(ENGINE_USAGES, LARGE, options.seed)
        print(f"engine: {rated['per_second']:,} usages a second", flush=True)
        addon = run_addon(env, options.contracts, options.seed)
    summary = summarize(addon, rated)
    print_bars(summary, BARS)
    print(f"\nSeed {options.seed}; {time.monotonic() - start:.0f} s in all.")
    write_report(options.json, summary)


if __name__ == "__main__":
    main(sys.argv[1:])
