# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""No cent is made or lost between charges and invoices, in any currency.

Amounts are recomputed with ``decimal``, for currencies without decimals, with two and
with three, and for both ways in which a company rounds taxes. SC_SEED repeats a run.
"""

import os
import random
from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from odoo.tests import tagged

from .common_billing import BillingCommon

MINUTES = (1, 7, 11, 20, 35, 50, 59, 100, 125)


@tagged("post_install", "-at_install")
class TestBillingCents(BillingCommon):
    def test_invoices_tie_to_charges_cent_by_cent(self):
        seed = int(os.environ.get("SC_SEED") or random.randrange(10**6))
        chance = random.Random(seed)
        for name, digits in (("JPY", 0), ("EUR", 2), ("KWD", 3)):
            currency = self.env["res.currency"].with_context(active_test=False)
            currency = currency.search([("name", "=", name)])
            currency.sudo().active = True
            self.assertEqual(currency.decimal_places, digits)
            for method in ("round_per_line", "round_globally"):
                with self.subTest(seed=seed, currency=name, method=method):
                    self.company.sudo().tax_calculation_rounding_method = method
                    self.check(chance, currency)

    def check(self, chance, currency):
        cent = Decimal(1).scaleb(-currency.decimal_places)

        def rounded(value):
            return value.quantize(cent, ROUND_HALF_UP)

        def exact(value):
            """Read a float that the currency rounded."""
            return Decimal(str(round(value, currency.decimal_places))).quantize(cent)

        prices = [Decimal(chance.randrange(1000, 20000)) / 100 for _line in range(3)]
        discount = chance.choice((0, 7.5))
        contract = self.make_contract(
            [
                {
                    **self.line_values("hours", 0, overage_price=float(price)),
                    "price_unit": float(price),
                    "quantity": 1.5,
                    "discount": discount,
                    "sequence": place,
                }
                for place, price in enumerate(prices)
            ],
            currency_id=currency.id,
        )
        fees = [
            rounded(price * Decimal("1.5") * (100 - Decimal(str(discount))) / 100)
            for price in prices
        ]
        tax = self.company_data[self.company]["tax"]
        for line in contract.line_ids:
            ticket = self.make_ticket(
                service_contract_id=contract.id, service_contract_line_id=line.id
            )
            for _entry in range(chance.randrange(2, 9)):
                day = date(2025, 1, 1) + timedelta(days=chance.randrange(14))
                self.log_time(ticket, chance.choice(MINUTES) / 60, day)
        charges = self.env["service.charge"].search([("contract_id", "=", contract.id)])
        billable = charges.filtered(lambda charge: charge.kind == "billable")
        self.assertGreaterEqual(len(billable), 6)
        worth = Counter()
        for charge in billable:
            price = prices[contract.line_ids.ids.index(charge.contract_line_id.id)]
            amount = rounded(price * charge.quantity / 3600)
            self.assertEqual(exact(charge.amount), amount)
            worth[charge.contract_line_id] += amount

        self.bill("2025-02-01")
        invoice = self.invoices_of(contract)[-1]
        self.assertEqual(invoice.currency_id, currency)
        billed = Counter()
        for line in invoice.invoice_line_ids:
            if line.service_charge_ids:
                owner = line.service_charge_ids.contract_line_id
                billed[owner] += exact(line.price_subtotal)
            else:
                place = contract.line_ids.ids.index(line.service_contract_line_id.id)
                self.assertEqual(exact(line.price_subtotal), fees[place])
        self.assertEqual(billed, worth)
        subtotals = [exact(x.price_subtotal) for x in invoice.invoice_line_ids]
        rate = Decimal(str(tax.amount)) / 100
        per_line = sum((rounded(amount * rate) for amount in subtotals), Decimal(0))
        globally = rounded(sum(subtotals) * rate)
        is_global = self.company.tax_calculation_rounding_method == "round_globally"
        self.assertEqual(invoice.invoice_line_ids.tax_ids, tax)
        self.assertEqual(exact(invoice.amount_untaxed), sum(subtotals))
        self.assertEqual(exact(invoice.amount_tax), globally if is_global else per_line)
        self.assertFalse(
            self.company.currency_id.round(sum(invoice.line_ids.mapped("balance")))
        )
