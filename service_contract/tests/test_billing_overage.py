# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from .common_billing import BillingCommon


class TestBillingOverage(BillingCommon):
    """Five cases a month are included, each further one costs 60."""

    def test_overage_is_billed_on_the_day_after_its_period(self):
        contract = self.make_contract()
        self.use_cases(contract, 7, "2025-01-20")
        self.bill("2025-01-31")
        self.assertFalse(self.billed(contract, "overage"))
        self.bill("2025-02-01")
        self.assertEqual(
            self.billed(contract, "overage"), [(*self.month(2025, 1), 120.0)]
        )

    def test_charges_carry_the_line_that_bills_them(self):
        contract = self.make_contract()
        self.use_cases(contract, 7, "2025-01-20")
        self.bill("2025-02-01")
        line = self.lines_of(contract)[-1]
        charges = line.service_charge_ids.sudo()
        self.assertEqual(len(charges), 2)
        self.assertEqual(set(charges.mapped("billing_state")), {"invoiced"})
        self.assertRecordValues(
            line,
            [
                {
                    "product_id": self.product_overage.id,
                    "quantity": 2.0,
                    "price_unit": 60.0,
                    "price_subtotal": 120.0,
                    "service_period_start": date(2025, 1, 1),
                    "service_period_end": date(2025, 1, 31),
                }
            ],
        )

    def test_overage_and_the_next_period_share_an_invoice(self):
        contract = self.make_contract()
        self.bill("2025-01-01")
        self.use_cases(contract, 6, "2025-01-20")
        self.bill("2025-02-01")
        self.assertEqual(
            self.invoices_of(contract).mapped("amount_untaxed"), [100.0, 160.0]
        )

    def test_overage_makes_a_contract_due_by_itself(self):
        contract = self.make_contract([self.line_values(billing_unit="never")])
        self.assertFalse(contract.next_bill_date)
        self.use_cases(contract, 6, "2025-01-20")
        self.assertEqual(contract.next_bill_date, date(2025, 2, 1))
        self.bill("2025-02-01")
        self.assertFalse(contract.next_bill_date)
        self.assertEqual(self.invoices_of(contract).amount_untaxed, 60.0)

    def test_overage_of_a_term_is_billed_at_its_end(self):
        contract = self.make_contract(
            [self.line_values(billing_unit="once", coverage_period="term")]
        )
        self.use_cases(contract, 6, "2025-03-20")
        self.assertEqual(contract.sudo().charge_ids[0].bill_date, date(2026, 1, 1))

    def test_a_late_charge_is_billed_as_a_correction_with_its_day(self):
        contract = self.make_contract()
        self.use_cases(contract, 6, "2025-01-20")
        self.bill("2025-02-01")
        self.use_cases(contract, 1, "2025-01-25")
        self.bill("2025-02-02")
        self.assertEqual(
            self.billed(contract, "correction"),
            [(date(2025, 1, 25), date(2025, 1, 26), 60.0)],
        )
        self.use_cases(contract, 1, "2025-01-26")
        self.bill("2025-02-03")
        self.assertEqual(len(self.billed(contract, "correction")), 2)

    def test_a_credit_is_taken_off_the_next_invoice(self):
        contract = self.make_contract()
        usages = self.use_cases(contract, 6, "2025-01-20")
        self.bill("2025-02-01")
        usages[-1]._redirect(None)
        usages[-1]._settle_or_defer()
        self.bill("2025-03-01")
        self.assertEqual(self.invoices_of(contract)[-1].amount_untaxed, 40.0)

    def test_credits_beyond_an_invoice_are_carried_forward(self):
        contract = self.make_contract([self.line_values(price_unit=10.0)])
        usages = self.use_cases(contract, 8, "2025-01-20")
        self.bill("2025-02-01")
        for usage in usages[-3:]:
            usage._redirect(None)
            usage._settle_or_defer()
        self.bill("2025-03-01")
        self.use_cases(contract, 6, "2025-03-20")
        self.bill("2025-04-01")
        # March is too small for a credit of 60; April has a case to set off.
        self.assertEqual(
            self.invoices_of(contract).mapped("amount_untaxed"), [200.0, 10.0, 10.0]
        )

    def test_a_contract_with_credits_alone_is_not_due(self):
        contract = self.make_contract([self.line_values(billing_unit="never")])
        usages = self.use_cases(contract, 6, "2025-01-20")
        self.bill("2025-02-01")
        usages[-1]._redirect(None)
        usages[-1]._settle_or_defer()
        self.assertFalse(contract.next_bill_date)

    def test_the_last_overage_is_billed_when_the_contract_is_cancelled(self):
        contract = self.make_contract()
        self.bill("2025-01-01")
        self.use_cases(contract, 7, "2025-01-05")
        contract.action_cancel(day=date(2025, 1, 15), reason="Moved away")
        self.assertEqual(contract.next_bill_date, date(2025, 1, 15))
        self.bill("2025-01-15")
        self.assertEqual(
            self.billed(contract, "overage"),
            [(date(2025, 1, 1), date(2025, 1, 15), 120.0)],
        )
        self.assertFalse(contract.next_bill_date)

    def test_hours_are_billed_to_the_cent(self):
        contract = self.make_contract(
            [self.line_values("hours", 0, overage_price=47.0)]
        )
        ticket = self.make_ticket(service_contract_id=contract.id)
        for minutes in (7, 11, 50):
            self.log_time(ticket, minutes / 60)
        charges = self.env["service.charge"].search([("contract_id", "=", contract.id)])
        self.bill("2025-02-01")
        line = self.lines_of(contract)[-1]
        self.assertEqual(line.price_subtotal, round(sum(charges.mapped("amount")), 2))
        self.assertIn("1:08", line.name)

    def test_free_work_is_shown_on_the_next_invoice(self):
        contract = self.make_contract([self.line_values(overage_price=0.0)])
        self.use_cases(contract, 6, "2025-01-20")
        self.bill("2025-02-01")
        self.assertEqual(self.invoices_of(contract).amount_untaxed, 200.0)
