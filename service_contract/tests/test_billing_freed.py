# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common_billing import BillingCommon


class TestBillingFreed(BillingCommon):
    """An invoice that is cancelled or deleted makes what it billed due again."""

    def setUp(self):
        super().setUp()
        self.contract = self.make_contract(invoice_posting="draft")
        self.use_cases(self.contract, 6, "2025-01-20")
        self.bill("2025-01-01")
        self.bill("2025-02-01")
        self.bill("2025-03-01")
        self.invoice = self.invoices_of(self.contract)[1]
        self.charges = self.env["service.charge"].search(
            [("contract_id", "=", self.contract.id), ("kind", "=", "billable")]
        )

    def assert_billed_again(self):
        self.assertEqual(self.contract.next_bill_date, date(2025, 2, 1))
        self.assertEqual(self.charges.billing_state, "to_invoice")
        self.assertFalse(self.charges.invoice_line_id)
        self.bill("2025-03-02")
        again = self.invoices_of(self.contract)[-1]
        self.assertEqual(again.amount_untaxed, 160.0)
        self.assertEqual(again.invoice_line_ids.service_charge_ids, self.charges)
        self.assertEqual(
            self.billed(self.contract),
            [(*self.month(2025, month), 100.0) for month in (1, 2, 3)],
        )
        self.assertEqual(self.contract.next_bill_date, date(2025, 4, 1))

    def test_deleting_a_draft_frees_its_periods_and_charges(self):
        self.invoice.with_user(self.user_billing).unlink()
        self.assert_billed_again()

    def test_cancelling_a_draft_frees_its_periods_and_charges(self):
        self.invoice.with_user(self.user_billing).button_cancel()
        self.assert_billed_again()

    def test_cancelling_a_posted_invoice_frees_its_periods_and_charges(self):
        self.invoice.action_post()
        self.invoice.with_user(self.user_billing).button_cancel()
        self.assert_billed_again()

    def test_removing_a_line_frees_what_it_billed_alone(self):
        line = self.invoice.invoice_line_ids.filtered("service_charge_ids")
        line.with_user(self.user_billing).unlink()
        self.assertEqual(self.charges.billing_state, "to_invoice")
        self.assertEqual(self.contract.next_bill_date, date(2025, 2, 1))
        self.bill("2025-03-02")
        again = self.invoices_of(self.contract)[-1]
        self.assertEqual(again.amount_untaxed, 60.0)

    def test_resetting_to_draft_keeps_what_is_billed(self):
        self.invoice.action_post()
        self.invoice.button_draft()
        self.assertEqual(self.charges.billing_state, "invoiced")
        self.bill("2025-03-02")
        self.assertEqual(len(self.invoices_of(self.contract)), 3)

    def test_a_cancelled_invoice_stays_cancelled(self):
        self.invoice.button_cancel()
        with self.assertRaises(UserError):
            self.invoice.button_draft()

    def test_a_credit_note_frees_nothing(self):
        self.invoice.action_post()
        self.invoice._reverse_moves(cancel=True)
        self.assertEqual(self.charges.billing_state, "invoiced")
        self.assertEqual(self.contract.next_bill_date, date(2025, 4, 1))

    def test_a_copy_of_an_invoice_bills_nothing(self):
        copy = self.invoice.copy()
        self.assertFalse(copy.invoice_line_ids.service_billing_period_id)
        self.assertFalse(copy.invoice_line_ids.service_contract_id)

    def test_a_charge_reversed_after_its_invoice_was_cancelled_is_done_with(self):
        usage = self.charges.usage_id
        usage._redirect(None)
        usage._settle_or_defer()
        self.invoice.button_cancel()
        self.assertEqual(self.charges.billing_state, "cancelled")
        self.bill("2025-03-02")
        self.assertEqual(self.invoices_of(self.contract)[-1].amount_untaxed, 100.0)

    # === DATABASE === #

    def copy_period(self, **values):
        period = self.contract.sudo().billing_period_ids.filtered(
            lambda p: p.kind == "recurring"
        )[:1]
        with mute_logger("odoo.sql_db"), self.cr.savepoint():
            period.copy(values)
            self.env.flush_all()

    def test_the_database_holds_each_period_once(self):
        with self.assertRaises(IntegrityError):
            self.copy_period()

    def test_the_database_refuses_overlapping_periods(self):
        with self.assertRaises(IntegrityError):
            self.copy_period(period_no=99)

    def test_a_period_may_be_billed_again_when_freed(self):
        self.copy_period(state="freed")

    def test_billing_periods_are_never_deleted(self):
        with self.assertRaises(UserError):
            self.contract.sudo().billing_period_ids.unlink()

    def test_the_trigger_refuses_overlaps_where_ranges_cannot_be_excluded(self):
        period_model = self.env["service.billing.period"]
        self.cr.execute(
            "ALTER TABLE service_billing_period "
            "DROP CONSTRAINT service_billing_period_overlap"
        )
        period_model._add_overlap_trigger()
        with self.assertRaises(IntegrityError):
            self.copy_period(period_no=99)
        self.copy_period(period_no=99, state="freed")
