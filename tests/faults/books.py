# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a fault left in the database, and figures of how long callers waited."""

import os
import random
import statistics
import time
from datetime import date, datetime, timedelta, timezone

from psycopg2 import sql

from benchmarks.odoo_env import environment

START = date(2025, 1, 1)
FIRST_EVENT = datetime(2025, 2, 3, 9, tzinfo=timezone.utc)


def make_chance():
    """Return a source of chance whose seed is printed; SC_SEED repeats a run."""
    seed = int(os.environ.get("SC_SEED") or random.randrange(10**6))
    print(f"seed {seed}")
    return random.Random(seed)


def event_at(number):
    """Return the instant of one of many events that happen one after another."""
    return (FIRST_EVENT + timedelta(seconds=number)).isoformat()


def make_contracts(env, name, limits, **terms):
    """Make agreed contracts in euro that grant cases, one lot each.

    :param limits: how many cases each contract grants
    :param terms: other values of their lines
    :return: their lines, in the same order
    """
    euro = env.ref("base.EUR")
    euro.active = True
    partner = env["res.partner"].create({"name": name})
    product = env["product.product"].create({"name": name, "type": "service"})
    contracts = env["service.contract"].create(
        [
            {
                "partner_id": partner.id,
                "date_start": START,
                "tz": "Europe/Rome",
                "currency_id": euro.id,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "coverage_type": "cases",
                            "coverage_quantity": limit,
                            "coverage_period": "term",
                            "overage_price": 60.0,
                            **terms,
                        },
                    )
                ],
            }
            for limit in limits
        ]
    )
    contracts.action_confirm()
    return contracts.line_ids


def settle(database, line_ids, patience=90):
    """Let the scheduled action settle what the burst left pending, busy or not.

    The server does the same at the same time, and who is second waits for his turn.

    :param patience: seconds
    """
    end = time.monotonic() + patience
    with environment(database) as env:
        while time.monotonic() < end:
            env.cr.commit()  # see what others committed
            env.cr.execute(
                "SELECT count(*) FROM service_usage"
                " WHERE state = 'pending' AND contract_line_id = ANY(%s)",
                [line_ids],
            )
            [[pending]] = env.cr.fetchall()
            if not pending:
                return
            env["service.usage"]._cron_settle()
            time.sleep(0.2)
        raise AssertionError(f"{pending} usages are still pending")


def offenders(database):
    """Return what breaks a rule of the books, by plain SQL."""
    from odoo.addons.service_contract.invariants import INVARIANTS

    found = {}
    with environment(database) as env:
        for invariant in INVARIANTS:
            env.cr.execute(sql.SQL(invariant.query))
            if rows := env.cr.fetchall():
                found[invariant.code] = rows[:5]
    return found


def waits(answers):
    """Return in words how long the callers waited."""
    seconds = sorted(answer.seconds for answer in answers)
    p95 = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
    return (
        f"p50 {statistics.median(seconds):.3f} s, p95 {p95:.3f} s, "
        f"worst {seconds[-1]:.3f} s"
    )
