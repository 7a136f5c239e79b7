# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Makes what the log presupposes: stages, teams, customers, templates, contracts.

How the parts of a log become records:

- A state is a stage; resolved and closed states are closed stages.
- A team, a customer and a product are what they are called. A case without a team goes
  to one team with the name of the log.
- A tier is a ticket category. The line of a contract lists the category of its tier,
  so that a ticket of a customer with several contracts finds the right one by itself.
- States that pause, answer or close do so as stages (see ``promises``).
- A tier's terms are one template with one line. The fees in a profile are net, so the
  products carry no taxes.
- The contracts are a CSV file that goes through the import: customers by reference,
  templates by code.
"""

import base64
import csv
import io
from dataclasses import dataclass, field
from datetime import timedelta

from odoo.fields import Command

from . import effort
from .log import CLOSING_ROLES
from .plan import derive_contracts
from .promises import Promises, make_promises


@dataclass
class Records:
    """Ids of the records made for a log, by their names in the log.

    The player adds the tickets.
    """

    company: int
    agent: int
    employee: int
    stages: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    contracts: dict[tuple[str, str], int] = field(default_factory=dict)
    tickets: dict[str, int] = field(default_factory=dict)
    promises: Promises | None = None
    rates: dict[str, int] = field(default_factory=dict)


class AlreadyPlayed(Exception):
    """The database holds contracts of this log already."""


def prepare(env, log):
    """Make the records; the contracts are confirmed the day before the first starts.

    :param env: of a superuser
    :raises AlreadyPlayed: when the log was played on this database before
    """
    plans = derive_contracts(log)
    if _find_contracts(env, log, plans):
        raise AlreadyPlayed(f"{log.name} was played on this database before")
    agent = _make_agent(env, log)
    employee = effort.make_employee(env, log, agent)
    records = Records(env.company.id, agent.id, employee.id)
    _make_helpdesk(env, log, records)
    records.rates = effort.make_rates(env, log, records.promises)
    _make_customers(env, log, records)
    _make_templates(env, log, records)
    env.cr.commit()
    _import_contracts(env, log, records, plans)
    return records


def _make_agent(env, log):
    """All tickets are handled by one agent with the rights of the help desk only."""
    group = env.ref("helpdesk_mgmt.group_helpdesk_user")
    return env["res.users"].create(
        {
            "name": f"Agent of {log.name}",
            "login": f"replay-{log.name}",
            "tz": log.timezone,
            "group_ids": [Command.set(group.ids)],
        }
    )


def _make_helpdesk(env, log, records):
    """Make stages in the order of the profile, teams, categories and products."""
    records.categories = _create_named(
        env["helpdesk.ticket.category"],
        [{"name": name} for name in _names(log, "tier", log.tiers)],
    )
    records.promises = make_promises(env, log, records.categories)
    default = [] if all(event.team for event in log.openings()) else [log.name]
    records.teams = _create_named(
        env["helpdesk.ticket.team"],
        [{"name": name} for name in _names(log, "team", default)],
    )
    records.stages = _create_named(
        env["helpdesk.ticket.stage"],
        [
            {
                "name": name,
                "sequence": 100 + number,
                "closed": log.roles.get(name) in CLOSING_ROLES,
                "fold": log.roles.get(name) in CLOSING_ROLES,
                "unattended": log.roles.get(name) == "new",
                "team_ids": [Command.set(list(records.teams.values()))],
                **_prepare_promise_of_stage(log, records, name),
            }
            for number, name in enumerate(_names(log, "state", log.roles))
        ],
    )
    records.products = _create_named(
        env["product.product"],
        [
            {"name": name, "type": "service", "sale_ok": False}
            for name in _names(log, "product")
        ],
    )


def _prepare_promise_of_stage(log, records, name):
    """Return what entering a stage means for the clocks."""
    if not records.promises:
        return {}
    return {
        "sla_is_response": name in log.responding,
        "sla_pause_reason_id": name in log.pausing and records.promises.reason,
    }


def _make_customers(env, log, records):
    references = _get_references(log)
    records.customers = _create_named(
        env["res.partner"],
        [
            {"name": name, "ref": reference, "is_company": True, "tz": log.timezone}
            for name, reference in references.items()
        ],
    )


def _make_templates(env, log, records):
    """Make the template of each tier: a fee and an allotment a month, and effort."""
    overage = _make_service(env, "Case above the allotment", 0.0)
    codes = _get_codes(log)
    env["service.contract.template"].create(
        [
            {
                "name": f"{log.name}: {tier.name}",
                "code": codes[tier.name],
                "term_unit": "open",
                "tz": log.timezone,
                "invoice_posting": "post",
                "line_ids": [
                    Command.create(values)
                    for values in _prepare_lines(env, records, tier, overage)
                ],
                **_prepare_promise_of_tier(records, tier),
            }
            for tier in log.tiers.values()
        ]
    )


def _prepare_promise_of_tier(records, tier):
    promises = records.promises
    if not promises:
        return {}
    return {"tier_id": promises.tiers[tier.name], "sla_policy_id": promises.policy}


def _prepare_lines(env, records, tier, overage):
    """Yield the values of the lines of a tier's template."""
    yield _prepare_line(env, records, tier, overage)
    if tier.name in records.rates:
        product = _make_service(env, f"Effort {tier.name}", tier.hourly_rate)
        yield effort.prepare_effort_line(tier, product, records.rates[tier.name])


def _prepare_line(env, records, tier, overage):
    product = _make_service(env, f"Support {tier.name}", tier.monthly_fee)
    return {
        "product_id": product.id,
        "name": f"Support {tier.name}",
        "price_unit": tier.monthly_fee,
        "billing_unit": "month",
        "billing_timing": "advance",
        "billing_alignment": "calendar",
        "coverage_type": "cases",
        "coverage_quantity": tier.cases_per_month,
        "coverage_period": "month",
        "draw_moment": "open",
        "exhaustion_policy": "bill",
        "overage_price": tier.overage_price,
        "overage_product_id": overage.id,
        "rollover_policy": "none",
        "category_ids": [Command.set([records.categories[tier.name]])],
    }


def _make_service(env, name, price):
    return env["product.product"].create(
        {
            "name": name,
            "type": "service",
            "list_price": price,
            "taxes_id": [Command.clear()],
        }
    )


def _import_contracts(env, log, records, plans):
    """Import the contracts from a file, confirmed; they start by themselves.

    :raises ValueError: when the import refuses a row; that is a defect, here or there
    """
    if not plans:
        return
    signed = log.day_start(min(plan.start for plan in plans)) - timedelta(days=1)
    wizard = (
        env["service.contract.import"]
        .with_context(service_contract_now=signed)
        .create(
            {
                "filename": f"{log.name}.csv",
                "data": base64.b64encode(_write_file(log, plans).encode()),
                "company_id": records.company,
            }
        )
    )
    while wizard.state != "done":  # one request imports for so long, then the next
        wizard.action_import()
        env.cr.commit()
        if wizard.error_count:
            raise ValueError(f"the import refused rows: {wizard.report}")
    records.contracts = _find_contracts(env, log, plans)
    signing = env(context={**env.context, "service_contract_now": signed})
    effort.make_courtesies(signing, log, records)
    env.cr.commit()


def _find_contracts(env, log, plans):
    """Return the ids of the contracts by customer and tier."""
    keys = _get_keys(log, plans)
    contracts = env["service.contract"].search([("external_key", "in", list(keys))])
    by_key = contracts.grouped("external_key")
    return {
        (plan.customer, plan.tier): by_key[key].id
        for key, plan in keys.items()
        if key in by_key
    }


def _write_file(log, plans):
    """Return the import file: customers by reference, templates by code."""
    references, codes = _get_references(log), _get_codes(log)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(
        ["external_key", "partner_id", "template_id", "date_start", "date_end", "state"]
    )
    for key, plan in _get_keys(log, plans).items():
        customer, template = references[plan.customer], codes[plan.tier]
        writer.writerow([key, customer, template, plan.start, plan.end, "active"])
    return file.getvalue()


def _get_keys(log, plans):
    """Return the plan of each contract by its key in the import file."""
    return {f"{log.name}-{number}": plan for number, plan in enumerate(plans, 1)}


def _get_references(log):
    """Return the reference of each customer by name."""
    names = _names(log, "customer")
    return {name: f"{log.name}-{number}" for number, name in enumerate(names, 1)}


def _get_codes(log):
    """Return the code of each tier's template by name."""
    return {name: f"{log.name}-{number}" for number, name in enumerate(log.tiers, 1)}


def _names(log, attribute, first=()):
    """Return the names of a kind in the log, in order of appearance."""
    found = (getattr(event, attribute) for event in log.events)
    return [name for name in dict.fromkeys([*first, *found]) if name]


def _create_named(model, vals_list):
    """Create records and return their ids by name."""
    records = model.create(vals_list)
    return {
        vals["name"]: record.id for vals, record in zip(vals_list, records, strict=True)
    }
