# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, timedelta

from .common_billing import BillingCommon


class TestBillingRecurring(BillingCommon):
    def make_line(self, **values):
        return self.line_values("unlimited", 0, **values)

    # === DATES === #

    def test_a_period_in_advance_is_billed_on_its_first_day(self):
        contract = self.make_contract()
        self.assertEqual(contract.next_bill_date, date(2025, 1, 1))
        self.bill("2025-01-01")
        self.assertEqual(self.billed(contract), [(*self.month(2025, 1), 100.0)])
        self.assertEqual(contract.next_bill_date, date(2025, 2, 1))

    def test_a_period_in_arrears_is_billed_on_the_day_after_it(self):
        contract = self.make_contract([self.make_line(billing_timing="arrears")])
        self.bill("2025-01-31")
        self.assertFalse(self.billed(contract))
        self.bill("2025-02-01")
        self.assertEqual(self.billed(contract), [(*self.month(2025, 1), 100.0)])

    def test_the_last_day_of_the_month_in_arrears_is_billed_on_that_day(self):
        contract = self.make_contract(
            [self.make_line(billing_timing="arrears", billing_alignment="last_day")]
        )
        self.bill("2025-01-30")
        self.assertFalse(self.billed(contract))
        self.bill("2025-01-31")
        self.assertEqual(self.billed(contract), [(*self.month(2025, 1), 100.0)])

    def test_an_anchor_of_the_31st_comes_back_after_february(self):
        contract = self.make_contract([self.make_line()], date_start=date(2025, 1, 31))
        for month in range(1, 6):
            first, _end = self.month(2025, month)
            for day in range(31):
                self.bill(first + timedelta(days=day)) if day in (0, 27, 30) else None
        self.bill("2025-05-31")
        self.assertEqual(
            [start for start, _end, _amount in self.billed(contract)],
            [
                date(2025, 1, 31),
                date(2025, 2, 28),
                date(2025, 3, 31),
                date(2025, 4, 30),
                date(2025, 5, 31),
            ],
        )

    def test_lines_of_one_contract_keep_their_own_frequency(self):
        contract = self.make_contract(
            [
                self.make_line(),
                self.make_line(billing_unit="quarter", price_unit=300.0),
                self.make_line(billing_unit="never"),
            ]
        )
        for month in range(1, 5):
            self.bill(date(2025, month, 1))
        totals = self.invoices_of(contract).mapped("amount_untaxed")
        self.assertEqual(totals, [400.0, 100.0, 100.0, 400.0])

    def test_running_many_times_a_day_makes_one_invoice(self):
        contract = self.make_contract()
        for _time in range(20):
            self.bill("2025-01-01")
        self.assertEqual(len(self.invoices_of(contract)), 1)

    def test_a_backlog_is_one_invoice_with_all_its_periods(self):
        contract = self.make_contract()
        self.bill("2025-06-10")
        self.assertEqual(len(self.invoices_of(contract)), 1)
        self.assertEqual(
            self.billed(contract),
            [(*self.month(2025, month), 100.0) for month in range(1, 7)],
        )
        self.assertEqual(self.invoices_of(contract).invoice_date, date(2025, 6, 10))

    # === PARTS OF PERIODS === #

    def test_first_and_last_parts_are_billed_by_days(self):
        contract = self.make_contract(
            [self.make_line(billing_alignment="calendar")],
            date_start=date(2025, 1, 11),
            date_end=date(2025, 3, 10),
        )
        self.bill("2025-04-01")
        self.assertEqual(
            self.billed(contract),
            [
                (date(2025, 1, 11), date(2025, 2, 1), 67.74),
                (date(2025, 2, 1), date(2025, 3, 1), 100.0),
                (date(2025, 3, 1), date(2025, 3, 11), 32.26),
            ],
        )
        self.assertEqual(
            self.lines_of(contract).mapped("price_subtotal"), [67.74, 100.0, 32.26]
        )
        self.assertIn("21 of 31 days", self.lines_of(contract)[0].name)

    def test_a_whole_price_is_billed_for_a_part_where_agreed(self):
        contract = self.make_contract(
            [self.make_line(billing_alignment="calendar", proration="whole")],
            date_start=date(2025, 1, 20),
        )
        self.bill("2025-01-20")
        self.assertEqual(self.lines_of(contract).price_subtotal, 100.0)

    def test_a_one_off_fee_is_billed_once_on_the_first_day(self):
        contract = self.make_contract([self.make_line(billing_unit="once")])
        self.bill("2025-01-01")
        self.bill("2025-03-01")
        self.assertEqual(
            self.billed(contract, "once"),
            [(date(2025, 1, 1), date(2025, 1, 2), 100.0)],
        )
        self.assertFalse(contract.next_bill_date)

    # === END, HOLD, STATE === #

    def test_nothing_is_billed_from_the_cancellation_on(self):
        contract = self.make_contract()
        self.bill("2025-01-01")
        contract.action_cancel(day=date(2025, 2, 15), reason="Moved away")
        self.bill("2025-06-01")
        self.assertEqual(
            self.billed(contract)[1:], [(date(2025, 2, 1), date(2025, 2, 15), 50.0)]
        )
        self.assertFalse(contract.next_bill_date)

    def test_a_draft_contract_is_not_billed(self):
        contract = self.make_contract(confirm=False)
        self.bill("2025-06-01")
        self.assertFalse(contract.sudo().billing_period_ids)
        self.assertFalse(contract.next_bill_date)

    def test_held_days_are_not_billed(self):
        contract = self.make_contract()
        contract.action_hold(date(2025, 2, 15), date(2025, 4, 1), "Renovation")
        self.bill("2025-04-01")
        self.assertEqual(
            self.billed(contract),
            [
                (*self.month(2025, 1), 100.0),
                (*self.month(2025, 2), 50.0),
                (*self.month(2025, 4), 100.0),
            ],
        )
        skipped = contract.sudo().billing_period_ids.filtered(
            lambda period: period.state == "skipped"
        )
        self.assertEqual(skipped.date_from, date(2025, 3, 1))
        self.assertFalse(skipped.move_id)

    def test_held_days_are_billed_where_agreed(self):
        contract = self.make_contract(hold_billing="continue")
        contract.action_hold(date(2025, 1, 10), date(2025, 3, 1), "Renovation")
        self.bill("2025-02-01")
        self.assertEqual(
            self.billed(contract),
            [(*self.month(2025, month), 100.0) for month in (1, 2)],
        )

    def test_a_free_contract_has_periods_and_no_invoice(self):
        contract = self.make_contract([self.make_line(price_unit=0.0)])
        self.bill("2025-03-01")
        self.assertEqual(
            contract.sudo().billing_period_ids.mapped("state"), ["skipped"] * 3
        )
        self.assertFalse(self.invoices_of(contract))

    def test_a_free_line_is_shown_beside_a_paid_one(self):
        contract = self.make_contract(
            [self.make_line(), self.make_line(price_unit=0.0)]
        )
        self.bill("2025-01-01")
        self.assertEqual(self.lines_of(contract).mapped("price_subtotal"), [100.0, 0.0])

    # === INVOICE === #

    def test_the_invoice_takes_its_terms_from_the_contract(self):
        term = self.env["account.payment.term"].create({"name": "30 days"})
        invoicing = self.env["res.partner"].create(
            {"name": "Office", "type": "invoice", "parent_id": self.customer.id}
        )
        analytic = self.env["account.analytic.account"].create(
            {
                "name": "Service",
                "plan_id": self.env["account.analytic.plan"].create({"name": "P"}).id,
                "company_id": self.company.id,
            }
        )
        contract = self.make_contract(
            [self.make_line(analytic_distribution={str(analytic.id): 100.0})],
            reference="Order 7",
            payment_term_id=term.id,
            invoice_posting="post",
        )
        self.bill("2025-01-01")
        invoice = self.invoices_of(contract)
        self.assertRecordValues(
            invoice,
            [
                {
                    "state": "posted",
                    "partner_id": invoicing.id,
                    "company_id": self.company.id,
                    "currency_id": self.eur.id,
                    "journal_id": self.company_data[self.company]["journal"].id,
                    "invoice_payment_term_id": term.id,
                    "invoice_user_id": contract.user_id.id,
                    "invoice_origin": contract.name,
                    "ref": "Order 7",
                    "invoice_date": date(2025, 1, 1),
                    "amount_untaxed": 100.0,
                    "amount_tax": 22.0,
                }
            ],
        )
        self.assertRecordValues(
            invoice.invoice_line_ids,
            [
                {
                    "product_id": self.product.id,
                    "quantity": 1.0,
                    "price_unit": 100.0,
                    "service_contract_id": contract.id,
                    "service_contract_line_id": contract.line_ids.id,
                    "service_period_start": date(2025, 1, 1),
                    "service_period_end": date(2025, 1, 31),
                    "analytic_distribution": {str(analytic.id): 100.0},
                    "account_id": self.company_data[self.company]["income"].id,
                }
            ],
        )
        self.assertIn("01/31/2025", invoice.invoice_line_ids.name)

    def test_an_invoice_stays_a_draft_by_default(self):
        contract = self.make_contract()
        self.bill("2025-01-01")
        self.assertEqual(self.invoices_of(contract).state, "draft")

    def test_a_contract_in_another_currency_is_billed_in_it(self):
        contract = self.make_contract(
            [self.make_line(price_unit=1000.0)], currency_id=self.jpy.id
        )
        self.set_currency_rate(self.jpy, 160.0)
        self.bill("2025-01-01")
        invoice = self.invoices_of(contract)
        self.assertEqual(invoice.currency_id, self.jpy)
        self.assertEqual(invoice.amount_untaxed, 1000.0)
        self.assertAlmostEqual(invoice.amount_untaxed_signed, 6.25)
