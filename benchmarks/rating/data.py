# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Contracts of hours with a rate card, and work on them."""

import random
from datetime import datetime, timedelta

YEAR = 2025
ZONE = "Europe/Rome"
HOURS_PER_MONTH = 8


def make_contracts(env, card, count):
    """Make agreed contracts of hours that share one card, and return their lines."""
    env = env(context={**env.context, "tracking_disable": True})
    product = env["product.product"].create({"name": "Support", "type": "service"})
    partners = env["res.partner"].create(
        [{"name": f"Customer {number}", "tz": ZONE} for number in range(count)]
    )
    contracts = env["service.contract"].create(
        [
            {
                "partner_id": partner.id,
                "tz": ZONE,
                "date_start": f"{YEAR}-01-01",
                "date_end": f"{YEAR}-12-31",
                "rate_card_id": card.id,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "coverage_type": "hours",
                            "coverage_quantity": HOURS_PER_MONTH,
                            "exhaustion_policy": "bill",
                        },
                    )
                ],
            }
            for partner in partners
        ]
    )
    now = datetime(YEAR, 1, 1)
    contracts = contracts.with_context(service_contract_now=now)
    contracts.action_confirm()
    env.cr.commit()
    return contracts.line_ids


def make_card(env):
    """Make a card with a price per level of detail and the usual modifiers."""
    calendar = env.company.resource_calendar_id
    calendar.tz = ZONE
    tasks = env["service.task.code"].create(
        [
            {"name": f"Task {code}", "code": code, "unit": "second"}
            for code in ("A", "B", "C")
        ]
    )
    rounded = {"rounding_scope": "entry", "rounding_step": 0.25, "minimum": 0.25}
    return env["service.rate.card"].create(
        {
            "name": "Benchmark",
            "currency_id": env.company.currency_id.id,
            "calendar_id": calendar.id,
            "rule_ids": [
                (0, 0, {"unit": "second", "price": 90, **rounded}),
                *(
                    (
                        0,
                        0,
                        {
                            "unit": "second",
                            "price": 80 + 10 * number,
                            "task_code_id": task.id,
                            **rounded,
                        },
                    )
                    for number, task in enumerate(tasks)
                ),
            ],
            "modifier_ids": [
                (0, 0, {"name": "After hours", "kind": "after_hours", "percent": 150}),
                (0, 0, {"name": "Weekend", "kind": "weekend", "percent": 200}),
            ],
        }
    )


def make_events(env, lines, per_line, seed):
    """Return values of usages, contract by contract in the order of their events."""
    chance = random.Random(seed)
    tasks = [*env["service.task.code"].search([("unit", "=", "second")]).ids, None]
    minutes = 365 * 24 * 60 - 600
    events = []
    for line in lines:
        partner_id = line.partner_id.id
        for number in range(per_line):
            start = datetime(YEAR, 1, 1, 6) + timedelta(
                minutes=minutes * number // per_line
            )
            seconds = chance.randint(5, 150) * 60
            events.append(
                {
                    "company_id": line.company_id.id,
                    "source": "api",
                    "external_key": f"{line.id}.{per_line}.{number}",
                    "description": f"Work {number}",
                    "unit": "second",
                    "quantity": seconds,
                    "event_at": start,
                    "ended_at": start + timedelta(seconds=seconds),
                    "partner_id": partner_id,
                    "contract_line_id": line.id,
                    "task_code_id": chance.choice(tasks),
                }
            )
    return events
