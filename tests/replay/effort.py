# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Effort: how long agents worked, as far as a log tells, and what it is worth.

- Each stay of a case in a working state that an agent put it in is work: as much of it
  as is open time of the profile's calendar, at most two hours. Each opening that it
  touches is a timesheet with its start, on the ticket, by one employee.
- A tier with an hourly rate has a second line for it: so many hours a month as cases,
  each an hour, and a rate card with that rate and half as much again after hours. What
  is beyond is billed.
- Each contract begins with a courtesy credit of one hour at that rate: it pays for the
  first overage, and is what was given away.
"""

from dataclasses import dataclass

from odoo.fields import Command

WORKING = "working"
LONGEST_STAY = 2 * 3600
HOURS_PER_CASE = 1
AFTER_HOURS_PERCENT = 150
COURTESY_HOURS = 1


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay in a state.

    :param since: naive UTC
    :param is_work: whether an agent works meanwhile
    """

    since: object
    is_work: bool


def make_rates(env, log, promises):
    """Make what rates effort: a card for each tier with an hourly rate.

    :param promises: see ``promises``; None where nothing is known of open hours
    :return: ids of the cards by tier
    """
    if not promises:
        return {}
    return {
        tier.name: env["service.rate.card"].create(_prepare_card(tier, promises)).id
        for tier in log.tiers.values()
        if tier.hourly_rate
    }


def _prepare_card(tier, promises):
    return {
        "name": f"Effort {tier.name}",
        "calendar_id": promises.calendar,
        "rule_ids": [Command.create({"unit": "second", "price": tier.hourly_rate})],
        "modifier_ids": [
            Command.create(
                {
                    "name": "After hours",
                    "kind": "after_hours",
                    "percent": AFTER_HOURS_PERCENT,
                }
            )
        ],
    }


def prepare_effort_line(tier, product, card):
    """Return the values of the template line that effort is charged to."""
    return {
        "product_id": product.id,
        "name": f"Effort {tier.name}",
        "sequence": 20,
        "billing_unit": "never",
        "billing_alignment": "calendar",
        "coverage_type": "hours",
        "coverage_quantity": tier.cases_per_month * HOURS_PER_CASE,
        "coverage_period": "month",
        "takes_time": True,
        "exhaustion_policy": "bill",
        "rate_card_id": card,
        "rollover_policy": "none",
        "priority": 99,
    }


def make_courtesies(env, log, records):
    """Grant each contract its courtesy credit, from its first day on.

    :param records: see ``prepare``
    """
    if not records.rates:
        return
    reason = env["service.courtesy.reason"].create({"name": f"Welcome ({log.name})"})
    for (_customer, tier), id_ in records.contracts.items():
        rate = log.tiers[tier].hourly_rate
        line = env["service.contract"].browse(id_).line_ids.filtered("takes_time")
        if not (rate and line):
            continue
        courtesy = env["service.courtesy"].create(
            {
                "contract_id": id_,
                "contract_line_id": line.id,
                "reason_id": reason.id,
                "note": "The first hour beyond the allotment",
                "amount": rate * COURTESY_HOURS,
                "date_from": line.date_start,
                "date_to": line.contract_id.date_end,
            }
        )
        courtesy.action_grant()


def make_employee(env, log, agent):
    """Make the employee whose timesheets they are."""
    return env["hr.employee"].create(
        {"name": agent.name, "user_id": agent.id, "company_id": env.company.id}
    )


def enter(log, event):
    """Return the stay that an event begins."""
    return Stay(event.at, log.roles.get(event.state) == WORKING and bool(event.agent))


def get_work(clock, stay, until):
    """Return the work of a stay that ends: pairs of its start and seconds.

    :param clock: open hours of the log
    """
    if not stay.is_work or until <= stay.since:
        return []
    left = LONGEST_STAY
    work = []
    for start, end in clock.open_periods(stay.since, until):
        seconds = min((end - start).seconds + (end - start).days * 86400, left)
        work.append((start, seconds))
        left -= seconds
        if not left:
            break
    return work
