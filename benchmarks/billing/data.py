# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The same contracts, three lines each, for every contender."""

import sys
from datetime import date, timedelta

from benchmarks.odoo_env import environment

DAY = date(2025, 1, 1)
# Billed before the clock starts, so that nobody pays for cold caches.
WARM_UP = 40
WARM_UP_DAY = DAY - timedelta(days=1)
PRICES = (40.0, 12.5, 7.35)
QUANTITIES = (1.0, 3.0, 2.0)


def make(env, count, with_oca):
    """Make contracts of service_contract and of OCA contract for the same customers.

    :param count: contracts that are due on ``DAY``; ``WARM_UP`` more are due before
    """
    env = env(context={**env.context, "tracking_disable": True})
    products = make_products(env)
    number = count + WARM_UP
    partners = env["res.partner"].create(
        [{"name": f"Customer {n}", "is_company": True} for n in range(number)]
    )
    starts = [WARM_UP_DAY] * WARM_UP + [DAY] * count
    make_service_contracts(env, partners, products, starts)
    if with_oca:
        make_oca_contracts(env, partners, products, starts)
    # Running already, so that any number of workers can take part.
    env["service.billing.run"].create(
        [{"date": day, "state": "running"} for day in (WARM_UP_DAY, DAY)]
    )
    env.cr.commit()


def make_products(env):
    tax = env["account.tax"].search(
        [("type_tax_use", "=", "sale"), ("company_id", "=", env.company.id)], limit=1
    )
    return env["product.product"].create(
        [
            {"name": name, "type": "service", "taxes_id": [(6, 0, tax.ids)]}
            for name in ("Help desk", "Backup", "Licence")
        ]
    )


def make_service_contracts(env, partners, products, starts):
    contracts = env["service.contract"].create(
        [
            {
                "partner_id": partner.id,
                "date_start": start,
                "invoice_posting": "post",
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "quantity": quantity,
                            "price_unit": price,
                            "coverage_type": "none",
                        },
                    )
                    for product, quantity, price in lines_of(products)
                ],
            }
            for partner, start in zip(partners, starts, strict=True)
        ]
    )
    contracts.action_confirm()


def make_oca_contracts(env, partners, products, starts):
    env["contract.contract"].create(
        [
            {
                "name": f"Contract {partner.name}",
                "partner_id": partner.id,
                "line_recurrence": False,
                "recurring_rule_type": "monthly",
                "recurring_invoicing_type": "pre-paid",
                "date_start": start,
                "recurring_next_date": start,
                "contract_line_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "name": product.name,
                            "date_start": start,
                            "recurring_next_date": start,
                            "quantity": quantity,
                            "price_unit": price,
                        },
                    )
                    for product, quantity, price in lines_of(products)
                ],
            }
            for partner, start in zip(partners, starts, strict=True)
        ]
    )


def lines_of(products):
    return list(zip(products, QUANTITIES, PRICES, strict=True))


if __name__ == "__main__":
    with environment(sys.argv[1]) as environment_of_data:
        make(environment_of_data, int(sys.argv[2]), sys.argv[3] == "yes")
