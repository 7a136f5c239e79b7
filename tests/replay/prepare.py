# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Makes what the log presupposes: stages, teams, customers, templates, contracts.

How the parts of a log become records:

- A state is a stage; resolved and closed states are closed stages.
- A team, a customer and a product are what they are called. A case without a team goes
  to one team with the name of the log.
- A tier is a ticket category. The line of a contract lists the category of its tier,
  so that a ticket of a customer with several contracts finds the right one by itself.
- A tier's terms are one template with one line. The fees in a profile are net, so the
  products carry no taxes.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from odoo import SUPERUSER_ID
from odoo.fields import Command

from .log import CLOSING_ROLES
from .plan import derive_contracts

# Records made in one transaction.
CHUNK = 100


@dataclass
class Records:
    """Ids of the records made for a log, by their names in the log."""

    company: int
    agent: int
    stages: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    contracts: dict[tuple[str, str], int] = field(default_factory=dict)


class AlreadyPlayed(Exception):
    """The database holds contracts of this log already."""


def prepare(env, log, advance):
    """Make the records and confirm the contracts the day before the first one starts.

    :param env: of a superuser
    :param advance: called with a number of contracts when they are made
    :raises AlreadyPlayed: when the log was played on this database before
    """
    keys = [_get_key(log, plan) for plan in derive_contracts(log)]
    if env["service.contract"].search_count([("external_key", "in", keys)], limit=1):
        raise AlreadyPlayed(f"{log.name} was played on this database before")
    records = Records(company=env.company.id, agent=_make_agent(env, log).id)
    _make_helpdesk(env, log, records)
    _make_customers(env, log, records)
    templates = _make_templates(env, log, records)
    env.cr.commit()
    _make_contracts(env, log, records, templates, advance)
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
    names = dict.fromkeys([*log.roles, *(event.state for event in log.events)])
    team_names = dict.fromkeys(event.team or log.name for event in log.events)
    records.teams = _create_named(
        env["helpdesk.ticket.team"],
        [{"name": name} for name in team_names],
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
            }
            for number, name in enumerate(names)
        ],
    )
    records.categories = _create_named(
        env["helpdesk.ticket.category"],
        [{"name": name} for name in _names(log, "tier", log.tiers)],
    )
    records.products = _create_named(
        env["product.product"],
        [
            {"name": name, "type": "service", "sale_ok": False}
            for name in _names(log, "product")
        ],
    )


def _make_customers(env, log, records):
    records.customers = _create_named(
        env["res.partner"],
        [
            {"name": name, "is_company": True, "tz": log.timezone}
            for name in _names(log, "customer")
        ],
    )


def _make_templates(env, log, records):
    """Return the template of each tier: one line, a fee and an allotment a month."""
    overage = _make_service(env, "Case above the allotment", 0.0)
    return {
        tier.name: env["service.contract.template"].create(
            {
                "name": f"{log.name}: {tier.name}",
                "term_unit": "open",
                "tz": log.timezone,
                "invoice_posting": "post",
                "line_ids": [
                    Command.create(_prepare_line(env, records, tier, overage))
                ],
            }
        )
        for tier in log.tiers.values()
    }


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


def _make_contracts(env, log, records, templates, advance):
    """Make and confirm the contracts; they start by themselves."""
    plans = derive_contracts(log)
    if not plans:
        return
    signed = log.day_start(min(plan.start for plan in plans)) - timedelta(days=1)
    contract_model = env["service.contract"].with_context(service_contract_now=signed)
    for start in range(0, len(plans), CHUNK):
        chunk = plans[start : start + CHUNK]
        contracts = contract_model.create(
            [
                {
                    "template_id": templates[plan.tier].id,
                    "partner_id": records.customers[plan.customer],
                    "external_key": _get_key(log, plan),
                    "date_start": plan.start,
                    "date_end": plan.end,
                }
                for plan in chunk
            ]
        )
        contracts.action_confirm()
        for plan, contract in zip(chunk, contracts, strict=True):
            records.contracts[plan.customer, plan.tier] = contract.id
        env.cr.commit()
        advance(len(chunk))


def _get_key(log, plan):
    return f"{log.name}/{plan.customer}/{plan.tier}"


def _names(log, attribute, first=()):
    """Return the names of a kind in the log, in order of appearance."""
    found = (getattr(event, attribute) for event in log.events)
    return [name for name in dict.fromkeys([*first, *found]) if name]


def _create_named(model, vals_list):
    """Create records and return their ids by name."""
    records = model.with_user(SUPERUSER_ID).create(vals_list)
    return {
        vals["name"]: record.id for vals, record in zip(vals_list, records, strict=True)
    }
