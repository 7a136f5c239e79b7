# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_billing import BillingCommon


@tagged("post_install", "-at_install")
class TestContractUnpaid(BillingCommon):
    def _make_billed(self, **values):
        contract = self.make_contract(
            invoice_posting="post",
            payment_term_id=self.env.ref("account.account_payment_term_immediate").id,
            **values,
        )
        self.bill("2025-01-15")
        invoice = self.invoices_of(contract)
        self.assertEqual(invoice.state, "posted")
        return contract, invoice

    def _sync(self, contract, instant):
        self.at(contract.sudo(), instant)._sync_unpaid_hold()

    def _pay(self, invoice):
        """Settle an invoice with an entry against its receivable line."""
        due = invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        data = self.company_data[self.company]
        entry = self.env["account.move"].create(
            {
                "journal_id": self.env["account.journal"]
                .create({"name": "Cash entries", "code": "SCC", "type": "general"})
                .id,
                "date": invoice.invoice_date,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": due.account_id.id,
                            "partner_id": due.partner_id.id,
                            "credit": due.balance,
                        }
                    ),
                    Command.create(
                        {"account_id": data["income"].id, "debit": due.balance}
                    ),
                ],
            }
        )
        entry.action_post()
        (due | entry.line_ids[0]).reconcile()
        self.assertEqual(invoice.payment_state, "paid")

    def test_overdue_contract_is_held_and_resumes_when_paid(self):
        contract, invoice = self._make_billed(unpaid_hold_days=10)
        due = invoice.invoice_date_due
        self._sync(contract, "2025-01-20 12:00:00")
        self.assertEqual(contract.state, "active", f"due {due}, ten days of grace")
        self._sync(contract, "2025-02-10 12:00:00")
        self.assertEqual(contract.state, "on_hold")
        self.assertIn(invoice.name, contract.hold_ids.reason)
        self._sync(contract, "2025-02-11 12:00:00")
        self.assertEqual(len(contract.hold_ids), 1, "held once")
        self._pay(invoice)
        self._sync(contract, "2025-02-12 12:00:00")
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.hold_ids.date_to, date(2025, 2, 12))

    def test_contract_without_the_policy_is_not_held(self):
        contract, _invoice = self._make_billed()
        self.env["service.contract"].with_context(
            service_contract_now=self.at(contract, "2025-06-01 12:00:00").env.context[
                "service_contract_now"
            ]
        )._cron_hold_unpaid()
        self.assertEqual(contract.state, "active")

    def test_hold_by_hand_outlives_the_payment(self):
        contract, invoice = self._make_billed(unpaid_hold_days=5)
        self.at(contract, "2025-01-25 12:00:00").action_hold(reason="Rebuilding")
        self._sync(contract, "2025-02-10 12:00:00")
        self._pay(invoice)
        self._sync(contract, "2025-02-12 12:00:00")
        self.assertEqual(contract.state, "on_hold")

    def test_negative_days_are_refused(self):
        with self.assertRaises(UserError):
            self.make_contract(unpaid_hold_days=-1)
