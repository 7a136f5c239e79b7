# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime

from psycopg2 import errors

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .test_counters import HOUR
from .test_low_balance import BalanceCommon

TOPUP_ACTIVITY = "service_contract.mail_activity_type_topup"


class TopupCommon(BalanceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pack = cls.env["product.product"].create(
            {"name": "Pack of hours", "type": "service", "invoice_policy": "order"}
        )
        cls.pack.taxes_id = cls.company_data[cls.company]["tax"]

    def make_line(self, quantity=10, **values):
        return super().make_line(
            quantity,
            **{
                "topup_product_id": self.pack.id,
                "topup_quantity": 5,
                "topup_price": 400,
                **values,
            },
        )

    def order(self, line, document="invoice", user=None, **values):
        """Top up by the dialog; return the quotation or the invoice."""
        wizards = self.env["service.topup.order"].with_user(user or self.user_billing)
        wizard = wizards.with_context(allowed_company_ids=None).create(
            {"contract_line_id": line.id, "document": document, **values}
        )
        wizard.action_apply()
        topup = line.sudo().topup_ids.sorted("id")[-1:]
        return topup.sale_line_ids.order_id or topup.invoice_line_ids.move_id

    def lot(self, line):
        return self.lots(line, "topup")

    def state(self, line):
        return line.sudo().topup_ids.mapped("state")

    def pay(self, move):
        """Settle an invoice with an entry against its receivable line."""
        due = move.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.number = getattr(self, "number", 0) + 1
        journal = self.env["account.journal"].create(
            {"name": "Cash", "code": f"TU{self.number}", "type": "general"}
        )
        income = self.company_data[self.company]["income"]
        entry = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": move.invoice_date,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": due.account_id.id,
                            "partner_id": due.partner_id.id,
                            "credit": due.balance,
                        }
                    ),
                    Command.create({"account_id": income.id, "debit": due.balance}),
                ],
            }
        )
        entry.action_post()
        (due | entry.line_ids[0]).reconcile()


@tagged("post_install", "-at_install")
class TestTopup(TopupCommon):
    """A top-up adds a lot when its invoice says so, and never moves a draw."""

    def test_posted_invoice_grants_a_lot(self):
        line = self.make_line()
        move = self.order(line, packs=2)
        self.assertEqual((move.state, move.amount_untaxed), ("draft", 800))
        self.assertFalse(self.lot(line))
        self.assertEqual(self.state(line), ["waiting"])
        move.action_post()
        lot = self.lot(line)
        self.assertEqual((lot.granted, lot.remaining), (10 * HOUR, 10 * HOUR))
        self.assertEqual(lot.valid_from, datetime(2025, 1, 14, 23))
        self.assertEqual(lot.valid_to, datetime(2025, 12, 31, 23))
        self.assertEqual(lot.invoice_line_id, move.invoice_line_ids)
        self.assertEqual(lot.entry_ids.mapped("kind"), ["grant"])
        self.assertEqual(self.state(line), ["usable"])

    def test_earlier_draws_stay_where_they_are(self):
        line = self.make_line()
        self.work(line, 12)
        charges = line.contract_id.sudo().charge_ids
        before = charges.read(["kind", "quantity", "entry_id", "is_reversed"])
        self.order(line).action_post()
        self.assertEqual(charges, line.contract_id.sudo().charge_ids)
        self.assertEqual(
            charges.read(["kind", "quantity", "entry_id", "is_reversed"]), before
        )
        self.work(line, 1)
        self.assertEqual(self.lot(line).drawn, HOUR)

    def test_allotment_is_drawn_first_unless_the_line_says_otherwise(self):
        for priority, drawn in ((10, 0), (-1, HOUR)):
            with self.subTest(priority=priority):
                line = self.make_line(topup_priority=priority)
                self.order(line).action_post()
                self.work(line, 1)
                self.assertEqual(self.lot(line).drawn, drawn)

    def test_lapses_after_its_months(self):
        line = self.make_line(topup_months=3)
        self.order(line).action_post()
        self.assertEqual(self.lot(line).valid_to, datetime(2025, 4, 14, 22))

    def test_is_not_carried_over(self):
        line = self.make_line(topup_months=1, rollover_policy="all")
        self.order(line).action_post()
        self.open_lots(line, "2025-03-15 00:00:00")
        self.assertEqual(self.lot(line).remaining, 5 * HOUR)

    def test_posting_again_grants_once(self):
        line = self.make_line()
        move = self.order(line)
        for _again in range(2):
            move.action_post()
            self.assertEqual(self.lot(line).remaining, 5 * HOUR)
            move._sync_service_topups()
            move.button_draft()
            self.assertEqual(self.lot(line).remaining, 0)
        move.action_post()
        self.assertEqual(len(self.lot(line)), 1)
        self.assertEqual(self.lot(line).remaining, 5 * HOUR)

    def test_cancelled_invoice_withdraws_what_is_unused(self):
        line = self.make_line()
        move = self.order(line)
        move.action_post()
        self.work(line, 12)
        move.button_cancel()
        lot = self.lot(line)
        self.assertEqual(
            (lot.granted, lot.drawn, lot.remaining), (2 * HOUR,) * 2 + (0,)
        )
        activity = line.contract_id.sudo().activity_search([TOPUP_ACTIVITY])
        self.assertIn("2:00 h", activity.note)

    def test_used_up_top_up_is_told_once_when_credited(self):
        line = self.make_line(quantity=0)
        move = self.order(line)
        move.action_post()
        self.work(line, 5)
        move.button_cancel()
        move._sync_service_topups()
        activity = line.contract_id.sudo().activity_search([TOPUP_ACTIVITY])
        self.assertEqual(len(activity), 1)

    def test_credit_note_withdraws_what_it_takes_back(self):
        line = self.make_line()
        move = self.order(line, packs=3)
        move.action_post()
        refund = move._reverse_moves([{"invoice_date": move.invoice_date}])
        refund.invoice_line_ids.quantity = 1
        self.assertEqual(self.lot(line).remaining, 15 * HOUR)
        refund.action_post()
        self.assertEqual(self.lot(line).remaining, 10 * HOUR)
        refund.button_draft()
        self.assertEqual(self.lot(line).remaining, 15 * HOUR)
        whole = move._reverse_moves([{"invoice_date": move.invoice_date}], cancel=True)
        self.assertEqual(whole.state, "posted")
        self.assertEqual(self.lot(line).remaining, 0)
        self.assertEqual(self.state(line), ["withdrawn"])

    def test_usable_when_paid(self):
        line = self.make_line(topup_usable="paid")
        move = self.order(line)
        move.action_post()
        self.assertFalse(self.lot(line))
        self.pay(move)
        self.assertIn(move.payment_state, ("in_payment", "paid"))
        self.assertEqual(self.lot(line).remaining, 5 * HOUR)

    def test_payment_taken_back_withdraws_it(self):
        line = self.make_line(topup_usable="paid")
        move = self.order(line)
        move.action_post()
        self.pay(move)
        move.line_ids.remove_move_reconcile()
        self.run_cron("service.topup", "_cron_sync")
        self.env.invalidate_all()
        self.assertEqual(self.lot(line).remaining, 0)
        self.pay(move)
        self.assertEqual(self.lot(line).remaining, 5 * HOUR)

    def test_copy_of_an_invoice_sells_nothing(self):
        line = self.make_line()
        move = self.order(line)
        move.action_post()
        move.copy().action_post()
        self.assertEqual(len(self.lot(line)), 1)

    def test_quotation_sells_it_too(self):
        line = self.make_line()
        order = self.order(line, "quotation", user=self.user_contract)
        self.assertEqual((order.state, order.amount_untaxed), ("draft", 400))
        order.action_confirm()
        self.assertFalse(order.service_contract_ids)
        move = order._create_invoices()
        self.assertEqual(move.invoice_line_ids.service_contract_line_id, line.sudo())
        self.assertFalse(self.lot(line))
        move.action_post()
        self.assertEqual(self.lot(line).remaining, 5 * HOUR)

    def test_an_invoice_line_has_one_lot(self):
        line = self.make_line()
        self.order(line).action_post()
        lot = self.lot(line)
        with (
            self.assertRaises(errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            lot.copy()

    def test_whoever_posts_the_invoice_grants_it(self):
        clerk = self._make_user("tu_clerk", "account.group_account_invoice")
        line = self.make_line()
        move = self.order(line).with_user(clerk)
        move.with_context(allowed_company_ids=self.company.ids).action_post()
        self.assertEqual(self.lot(line).remaining, 5 * HOUR)

    def test_invoice_of_another_company_grants_nothing(self):
        line = self.make_line()
        self.order(line, "quotation")
        moves = self.env["account.move"].with_company(self.other_company)
        move = moves.create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": "2025-01-15",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Not theirs to sell",
                            "price_unit": 1,
                            "service_topup_id": line.sudo().topup_ids.id,
                        }
                    )
                ],
            }
        )
        move.action_post()
        self.assertEqual(move.company_id, self.other_company)
        self.assertFalse(self.lot(line))

    def test_line_that_has_ended_is_granted_nothing(self):
        line = self.make_line()
        move = self.order(line)
        line.with_user(self.user_manager).action_cancel_line("2025-01-15", "Enough")
        move.action_post()
        self.assertFalse(self.lot(line))
        activity = line.contract_id.sudo().activity_search([TOPUP_ACTIVITY])
        self.assertIn("has ended", activity.note)

    def test_new_lot_lets_the_threshold_be_told_again(self):
        line = self.make_line()
        self.work(line, 9)
        self.warn()
        self.order(line, packs=2).action_post()
        self.warn()
        self.assertEqual(self.told(line), [80])
        self.work(line, 8)
        self.warn()
        self.assertEqual(self.told(line), [80, 80])

    def test_no_query_grows_with_the_lines_of_an_invoice(self):
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_line_ids": [
                        Command.create({"name": "Work", "price_unit": 1})
                    ]
                    * count,
                }
                for count in (1, 50)
            ]
        )
        for move in moves:
            move._sync_service_topups()  # warm
            self.env.invalidate_all()
            with self.assertQueryCount(3):
                move._sync_service_topups()


@tagged("post_install", "-at_install")
class TestTopupDialog(TopupCommon):
    """The dialog proposes the pack of the line and says what will happen."""

    def test_proposes_the_pack_of_the_line(self):
        line = self.make_line(topup_usable="paid")
        wizards = self.env["service.topup.order"].with_user(self.user_billing)
        form = Form(wizards.with_context(default_contract_line_id=line.id))
        self.assertEqual(form.product_id, self.pack)
        self.assertEqual((form.pack_quantity, form.price_unit), (5, 400))
        form.packs = 2
        self.assertIn("10:00 h for", form.preview)
        self.assertIn("800.00", form.preview)
        self.assertIn("is paid", form.preview)
        wizard = form.save()
        wizard.document = "invoice"
        self.assertEqual(wizard.action_apply()["res_model"], "account.move")

    def test_refuses_what_makes_no_sense(self):
        line = self.make_line()
        for values in ({"packs": 0}, {"pack_quantity": 0}, {"product_id": False}):
            with self.subTest(values), self.assertRaises(UserError):
                self.order(line, **values)
        with self.assertRaisesRegex(UserError, "can't be negative"):
            self.order(line, price_unit=-1)
        cases = self.make_line(coverage="cases")
        with self.assertRaisesRegex(UserError, "whole numbers"):
            self.order(cases, pack_quantity=1.5)
        draft = self.make_contract(
            [self.line_values("hours", 5, topup_quantity=1)], confirm=False
        )
        with self.assertRaisesRegex(UserError, "not agreed"):
            self.order(draft.line_ids, product_id=self.pack.id)
        self.pack.service_contract_template_id = self.template_cases
        with self.assertRaisesRegex(UserError, "contract of its own"):
            self.order(line)
        self.assertFalse(line.sudo().topup_ids)

    def test_invoices_are_made_by_billing(self):
        line = self.make_line()
        with self.assertRaisesRegex(AccessError, "Make a quotation"):
            self.order(line, user=self.user_contract)

    def test_who_may_not_write_the_contract_tops_up_nothing(self):
        line = self.make_line()
        with self.assertRaises(AccessError):
            self.order(line, user=self.user_agent)


@tagged("post_install", "-at_install")
class TestTopupAtOnce(TopupCommon):
    """One click makes the quotation or the invoice of a pack."""

    def test_quotation_and_invoice(self):
        line = self.make_line()
        action = line.with_user(self.user_contract).action_top_up()
        self.assertEqual(line.topup_ids.state, "waiting")
        self.assertEqual(line.topup_ids.sale_line_ids.price_unit, line.topup_price)
        self.assertEqual(action["type"], "ir.actions.act_window_close")
        action = line.with_user(self.user_billing).action_top_up("invoice")
        invoice = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((invoice.move_type, invoice.state), ("out_invoice", "draft"))

    def test_line_without_packs_asks(self):
        line = self.make_line(topup_product_id=False)
        action = line.action_top_up()
        self.assertEqual(action["res_model"], "service.topup.order")
        self.assertFalse(line.topup_ids)

    def test_who_may_not(self):
        line = self.make_line()
        with self.assertRaises(AccessError):
            line.with_user(self.user_agent).action_top_up()
        with self.assertRaisesRegex(AccessError, "Make a quotation"):
            line.with_user(self.user_contract).action_top_up("invoice")
        with self.assertRaisesRegex(UserError, "quotation or an invoice"):
            line.action_top_up("gift")


@tagged("post_install", "-at_install")
class TestTopupByItself(TopupCommon):
    """A draft is made when the last threshold is passed, and never posted."""

    def test_draft_at_the_last_threshold(self):
        for document in ("quotation", "invoice"):
            with self.subTest(document):
                line = self.make_line(topup_auto=document)
                self.work(line, 8)
                self.warn()
                self.assertFalse(line.sudo().topup_ids)
                self.work(line, 2)
                self.warn()
                topup = line.sudo().topup_ids
                made = topup.sale_line_ids.order_id or topup.invoice_line_ids.move_id
                self.assertEqual(made.state, "draft")
                self.assertEqual(bool(topup.sale_line_ids), document == "quotation")
                activity = line.contract_id.sudo().activity_search([TOPUP_ACTIVITY])
                self.assertIn("Check and send it", activity.note)
                self.assertFalse(self.lot(line))

    def test_one_that_waits_is_enough(self):
        line = self.make_line(topup_auto="invoice")
        self.order(line)
        self.work(line, 10)
        self.warn()
        self.assertEqual(len(line.sudo().topup_ids), 1)

    def test_needs_a_pack(self):
        with self.assertRaisesRegex(ValidationError, "choose the product of a pack"):
            self.make_line(topup_auto="invoice", topup_product_id=False)
