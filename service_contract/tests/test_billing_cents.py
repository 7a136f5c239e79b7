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


class Cents:
    """Amounts of a currency, exactly."""

    def __init__(self, currency):
        self.digits = currency.decimal_places
        self.cent = Decimal(1).scaleb(-self.digits)

    def rounded(self, value):
        return value.quantize(self.cent, ROUND_HALF_UP)

    def exact(self, value):
        """Read a float that the currency rounded."""
        return Decimal(str(round(value, self.digits))).quantize(self.cent)


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
        cents = Cents(currency)
        prices = [Decimal(chance.randrange(1000, 20000)) / 100 for _line in range(3)]
        discount = Decimal(chance.choice(("0", "7.5")))
        contract = self.make_hours(chance, currency, prices, discount)
        worth = self.get_worth(contract, prices, cents)
        fees = [
            cents.rounded(price * Decimal("1.5") * (100 - discount) / 100)
            for price in prices
        ]
        self.bill("2025-02-01")
        invoice = self.invoices_of(contract)[-1]
        self.assertEqual(invoice.currency_id, currency)
        self.assertEqual(self.get_billed(contract, invoice, fees, cents), worth)
        self.assertTaxed(invoice, cents)

    def make_hours(self, chance, currency, prices, discount):
        """Return a contract with a line for each price, and hours worked on them."""
        contract = self.make_contract(
            [
                {
                    **self.line_values("hours", 0, overage_price=float(price)),
                    "price_unit": float(price),
                    "quantity": 1.5,
                    "discount": float(discount),
                    "sequence": place,
                }
                for place, price in enumerate(prices)
            ],
            currency_id=currency.id,
        )
        for line in contract.line_ids:
            ticket = self.make_ticket(
                service_contract_id=contract.id, service_contract_line_id=line.id
            )
            for _entry in range(chance.randrange(2, 9)):
                day = date(2025, 1, 1) + timedelta(days=chance.randrange(14))
                self.log_time(ticket, chance.choice(MINUTES) / 60, day)
        return contract

    def get_worth(self, contract, prices, cents):
        """Return what the charges of each line are worth, each checked by itself."""
        charges = self.env["service.charge"].search([("contract_id", "=", contract.id)])
        billable = charges.filtered(lambda charge: charge.kind == "billable")
        self.assertGreaterEqual(len(billable), 6)
        worth = Counter()
        for charge in billable:
            price = prices[contract.line_ids.ids.index(charge.contract_line_id.id)]
            amount = cents.rounded(price * charge.quantity / 3600)
            self.assertEqual(cents.exact(charge.amount), amount)
            worth[charge.contract_line_id] += amount
        return worth

    def get_billed(self, contract, invoice, fees, cents):
        """Return what is billed for the charges of each line; fees are checked."""
        billed = Counter()
        for line in invoice.invoice_line_ids:
            subtotal = cents.exact(line.price_subtotal)
            if line.service_charge_ids:
                billed[line.service_charge_ids.contract_line_id] += subtotal
            else:
                place = contract.line_ids.ids.index(line.service_contract_line_id.id)
                self.assertEqual(subtotal, fees[place])
        return billed

    def assertTaxed(self, invoice, cents):
        """The taxes are rounded as the company says, and the entry balances."""
        tax = self.company_data[self.company]["tax"]
        subtotals = [cents.exact(x.price_subtotal) for x in invoice.invoice_line_ids]
        rate = Decimal(str(tax.amount)) / 100
        taxes = sum((cents.rounded(part * rate) for part in subtotals), Decimal(0))
        if self.company.tax_calculation_rounding_method == "round_globally":
            taxes = cents.rounded(sum(subtotals) * rate)
        self.assertEqual(invoice.invoice_line_ids.tax_ids, tax)
        self.assertEqual(cents.exact(invoice.amount_untaxed), sum(subtotals))
        self.assertEqual(cents.exact(invoice.amount_tax), taxes)
        self.assertFalse(
            self.company.currency_id.round(sum(invoice.line_ids.mapped("balance")))
        )
