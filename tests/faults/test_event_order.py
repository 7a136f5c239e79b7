# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""F17: the same events end with the same money, in whatever order they are recorded.

Work on two lines, with scarce allotments, prices by task, role and time of day, steps
and minimums by entry, day and ticket, and overtime, is recorded in many permutations,
a few events at a time, as it drops in late from phones and imports. Each permutation
must leave the charges of the run in order, event by event.

SC_PERMUTATIONS (50), SC_PERMUTED_EVENTS (500) and SC_SEED make other runs; the nightly
one has 1,000 permutations of 5,000 events.
"""

import os
import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from benchmarks.odoo_env import environment

pytestmark = pytest.mark.live

PERMUTATIONS = int(os.environ.get("SC_PERMUTATIONS", "50"))
EVENTS = int(os.environ.get("SC_PERMUTED_EVENTS", "500"))
# Events that come in together.
LARGEST_CHUNK = 200
DAYS = 59


@pytest.fixture
def database():
    name = os.environ.get("SC_DATABASE")
    if not name:
        pytest.skip("SC_DATABASE names no database")
    return name


def test_order_of_recording_does_not_matter(database):
    seed = int(os.environ.get("SC_SEED", random.randrange(10**6)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    with environment(database) as env:
        env = env(context={**env.context, "tracking_disable": True})
        events = make_events(env, make_lines(env), chance)
        expected = play(env, [events])
        assert len({kind for _key, kind, *_rest in expected}) > 1
        for _permutation in range(PERMUTATIONS):
            chance.shuffle(events)
            found = play(env, cut(events, chance))
            assert found == expected, (found - expected, expected - found)
        env.cr.rollback()  # nothing of it stays in the database


def cut(events, chance):
    """Yield the events in chunks of random sizes."""
    start = 0
    while start < len(events):
        size = chance.randint(1, LARGEST_CHUNK)
        yield events[start : start + size]
        start += size


def play(env, chunks):
    """Record events and return what stands of their charges; then forget it all."""
    usage_model = env["service.usage"]
    savepoint = env.cr.savepoint(flush=True)
    for chunk in chunks:
        usage_model._capture(chunk)
    env.flush_all()
    assert env["service.contract"]._check_invariants() == {}
    charges = env["service.charge"].search(
        [("is_reversed", "=", False), ("reversed_charge_id", "=", False)]
    )
    found = Counter(
        (
            charge.usage_id.external_key,
            charge.kind,
            charge.quantity,
            charge.charged_quantity,
            charge.amount,
            charge.entry_id.counter_id.id,
            charge.entry_id.quantity,
        )
        for charge in charges
        if charge.usage_id.source == "import"
    )
    env.flush_all()
    savepoint.close(rollback=True)
    env.invalidate_all()
    return found


def make_lines(env):
    """Make two lines of hours with a card on which all depends on the order."""
    card = env["service.rate.card"].create(make_card(env))
    product = env["product.product"].create({"name": "Work", "type": "service"})
    contract = env["service.contract"].create(
        {
            "partner_id": env["res.partner"].create({"name": "Permuted"}).id,
            "tz": "Europe/Rome",
            "date_start": "2025-01-01",
            "rate_card_id": card.id,
            "line_ids": [
                (
                    0,
                    0,
                    {
                        "product_id": product.id,
                        "coverage_type": "hours",
                        "coverage_quantity": hours,
                        "exhaustion_policy": "bill",
                        "rollover_policy": rollover,
                        "draw_multiplier": multiplier,
                    },
                )
                for hours, rollover, multiplier in ((60, "none", 100), (40, "all", 150))
            ],
        }
    )
    contract = contract.with_context(service_contract_now=datetime(2025, 1, 1))
    contract.action_confirm()
    contract.line_ids._open_lots(datetime(2025, 3, 31))
    return contract.line_ids


def make_card(env):
    calendar = env.company.resource_calendar_id
    tasks = env["service.task.code"].create(
        [
            {"name": f"Task {code}", "code": code, "unit": "second"}
            for code in ("F17A", "F17B", "F17C")
        ]
    )
    roundings = (
        {"rounding_scope": "entry", "rounding_step": 0.25},
        {"rounding_scope": "day", "rounding_step": 0.5, "minimum": 1},
        {"rounding_scope": "ticket", "rounding_step": 0.25, "maximum": 4},
    )
    rules = [
        {
            "unit": "second",
            "task_code_id": task.id,
            "price": 60 + 7 * number,
            **rounding,
        }
        for number, (task, rounding) in enumerate(zip(tasks, roundings, strict=True))
    ]
    modifiers = [
        {"name": "Nights", "kind": "after_hours", "percent": 150, "draw_percent": 150},
        {"name": "Weekend", "kind": "weekend", "percent": 200},
        {"name": "Overtime", "kind": "overtime", "percent": 125, "overtime_after": 3},
    ]
    return {
        "name": "Permuted",
        "combination": "add",
        "calendar_id": calendar.id,
        "rule_ids": [(0, 0, rule) for rule in rules],
        "modifier_ids": [(0, 0, modifier) for modifier in modifiers],
    }


def make_events(env, lines, chance):
    """Return values of usages, in the order in which they happened."""
    tasks = env["service.task.code"].search([("code", "=like", "F17%")]).ids
    employees = env["hr.employee"].create([{"name": f"F17 {n}"} for n in range(3)]).ids
    tickets = env["helpdesk.ticket"].create(
        [{"name": f"F17 {n}", "description": "-"} for n in range(EVENTS // 10)]
    )
    events = []
    for number in range(EVENTS):
        start = datetime(2025, 1, 1) + timedelta(
            minutes=chance.randrange(DAYS * 24 * 60 // 5) * 5
        )
        seconds = chance.randint(1, 40) * 300
        is_timed = chance.random() < 0.7
        if not is_timed:
            start = start.replace(hour=11, minute=0)
        events.append(
            {
                "company_id": env.company.id,
                "source": "import",
                "external_key": f"f17-{number}",
                "unit": "second",
                "quantity": seconds,
                "event_at": start,
                "ended_at": is_timed and start + timedelta(seconds=seconds),
                "contract_line_id": chance.choice(lines.ids),
                "task_code_id": chance.choice([*tasks, False]),
                "employee_id": chance.choice(employees),
                "ticket_id": chance.choice(tickets.ids),
            }
        )
    return sorted(events, key=lambda event: event["event_at"])
