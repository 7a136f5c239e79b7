# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The same customers, team, working hours and promises for every contender."""

import subprocess
import sys
from datetime import date, datetime, timedelta

from benchmarks.odoo_env import environment

CUSTOMERS = 50
# What both promise: a first answer and the end, in open hours.
RESPONSE_HOURS = 4
RESTORE_HOURS = 16
HOLIDAYS = 12
AGENT = "bench_agent"
TEAM = "Benchmark"


def make(env, contender):
    """Make everything that tickets need.

    :param contender: ``peer`` (helpdesk_mgmt_sla), ``ours``, or ``plain``: our addon
        with the same contracts and no policy
    """
    env = env(context={**env.context, "tracking_disable": True})
    env.company.partner_id.tz = "Europe/Rome"
    calendar = make_calendar(env)
    make_team(env)
    contacts = make_customers(env)
    if contender == "peer":
        make_peer_policies(env, calendar)
    else:
        policy = make_policy(env, calendar) if contender == "ours" else None
        make_contracts(env, contacts.commercial_partner_id, policy)
    env.cr.commit()


def make_calendar(env):
    calendar = env.company.resource_calendar_id
    calendar.tz = "Europe/Rome"
    start = datetime.combine(date.today(), datetime.min.time())
    env["resource.calendar.leaves"].create(
        [
            {
                "name": f"Holiday {number}",
                "calendar_id": calendar.id,
                "company_id": env.company.id,
                "date_from": start + timedelta(days=30 * number + 10),
                "date_to": start + timedelta(days=30 * number + 11),
            }
            for number in range(HOLIDAYS)
        ]
    )
    return calendar


def make_team(env):
    groups = ["helpdesk_mgmt.group_helpdesk_user"]
    agent = env["res.users"].create(
        {
            "name": "Agent",
            "login": AGENT,
            "email": "agent@example.com",
            # Mail is not what is measured.
            "notification_type": "inbox",
            "group_ids": [(4, env.ref(group).id) for group in groups],
        }
    )
    env["helpdesk.ticket.team"].create(
        {
            "name": TEAM,
            "user_id": agent.id,
            "user_ids": [(6, 0, agent.ids)],
            "company_id": env.company.id,
        }
    )


def make_customers(env):
    companies = env["res.partner"].create(
        [{"name": f"Customer {n}", "is_company": True} for n in range(CUSTOMERS)]
    )
    return env["res.partner"].create(
        [{"name": f"Contact of {it.name}", "parent_id": it.id} for it in companies]
    )


def make_peer_policies(env, calendar):
    stage = "helpdesk_mgmt.helpdesk_ticket_stage_"
    env["helpdesk.ticket.team"].search([("name", "=", TEAM)]).write(
        {"use_sla": True, "resource_calendar_id": calendar.id}
    )
    env["helpdesk.sla"].create(
        [
            {
                "name": name,
                "hours": hours,
                "stage_id": env.ref(stage + until).id,
                "ignore_stage_ids": [(4, env.ref(stage + "awaiting").id)],
            }
            for name, hours, until in (
                ("Response", RESPONSE_HOURS, "in_progress"),
                ("Restore", RESTORE_HOURS, "done"),
            )
        ]
    )


def make_policy(env, calendar):
    stage = "helpdesk_mgmt.helpdesk_ticket_stage_"
    reason = env["service.sla.pause.reason"].search([], limit=1)
    if not reason:
        reason = reason.create({"name": "Waiting for customer", "code": "customer"})
    env.ref(stage + "in_progress").sla_is_response = True
    env.ref(stage + "awaiting").sla_pause_reason_id = reason
    return env["service.sla.policy"].create(
        {
            "name": "Benchmark",
            "calendar_id": calendar.id,
            "timezone_source": "calendar",
            "response_by": "message_or_stage",
            "target_ids": [
                (0, 0, {"metric": metric, "amount": amount, "unit": "hour"})
                for metric, amount in (
                    ("first_response", RESPONSE_HOURS),
                    ("restore", RESTORE_HOURS),
                )
            ],
        }
    )


def make_contracts(env, customers, policy):
    product = env["product.product"].create({"name": "Support", "type": "service"})
    line = {
        "product_id": product.id,
        "name": "Support",
        "price_unit": 100.0,
        "coverage_type": "unlimited",
    }
    if policy:
        line["sla_policy_id"] = policy.id
    contracts = env["service.contract"].create(
        [
            {
                "partner_id": customer.id,
                "date_start": date.today().replace(month=1, day=1),
                "line_ids": [(0, 0, line)],
            }
            for customer in customers
        ]
    )
    contracts.action_confirm()


def make_apart(database, contender):
    """Make it in a process of its own: one process knows one database's addons."""
    subprocess.run(
        [sys.executable, "-m", "benchmarks.sla.data", database, contender], check=True
    )


if __name__ == "__main__":
    with environment(sys.argv[1]) as environment_of_data:
        make(environment_of_data, sys.argv[2])
