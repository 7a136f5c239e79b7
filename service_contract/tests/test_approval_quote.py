# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, datetime

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_approval_quote import QuoteCommon
from .common_drawdown import HOUR


@tagged("post_install", "-at_install")
class TestApprovalQuote(QuoteCommon):
    """Extra work that the customer is asked about waits for him."""

    def test_quotation_says_what_it_is_for(self):
        order = self.planned()
        self.assertRecordValues(
            order,
            [
                {
                    "partner_id": self.customer.id,
                    "origin": self.contract.name,
                    "require_signature": True,
                    "require_payment": False,
                    "currency_id": self.contract.currency_id.id,
                }
            ],
        )
        self.assertRecordValues(
            order.order_line,
            [
                {
                    "product_id": self.oven.id,
                    "name": "Cabling (price of an hour)",
                    "product_uom_qty": 3,
                    "price_unit": 60,
                    "service_ticket_id": self.ticket.id,
                    "service_extra_line_id": self.line.id,
                    "service_task_code_id": self.extra.id,
                    "service_unit": "second",
                }
            ],
        )
        request = order.order_line.service_approval_ids
        self.assertEqual((request.asked, request.state), ("quote", "pending"))
        self.assertTrue(request.is_with_customer)
        self.assertFalse(request.activity_ids)

    def test_ticket_says_that_it_waits(self):
        order = self.planned()
        self.assertIn(order.name, self.ticket.service_waits_text)
        self.assertEqual(self.ticket.service_approval_count, 1)
        order.action_confirm()
        self.ticket.invalidate_recordset()
        self.assertFalse(self.ticket.service_waits_text)

    def test_time_on_it_warns_and_waits(self):
        order = self.planned()
        line = self.env["account.analytic.line"].new(
            {"ticket_id": self.ticket.id, "service_task_code_id": self.extra.id}
        )
        warning = line._onchange_extra_work()["warning"]
        self.assertIn(order.name, warning["message"])
        usage = self.work(1)
        self.assertEqual(usage.charge_ids.hold_reason, "awaiting_quote")
        self.assertFalse(self.requests(usage))

    def test_other_work_on_the_ticket_goes_on(self):
        self.planned()
        self.assertEqual(self.kinds(self.work(1, task=self.usual)), ["covered"])

    def test_days_count_as_their_hours(self):
        """Two days at 480 are sixteen hours at 60."""
        order = self.planned()
        order.order_line.write(
            {
                "product_uom_id": self.env.ref("uom.product_uom_day").id,
                "product_uom_qty": 2,
                "price_unit": 480,
                "discount": 10,
            }
        )
        order.action_confirm()
        self.assertEqual(self.standing(self.work(13)), [("billable", 13.0, 702.0)])
        self.assertEqual(
            [row[:2] for row in self.standing(self.work(4))],
            [("billable", 3.0), ("to_approve", 1.0)],
        )

    def test_signed_price_wins(self):
        order = self.planned(user=self.user_head, price_unit=80)
        usage = self.work(2)
        order.action_confirm()
        self.assertEqual(self.standing(usage), [("billable", 2.0, 160.0)])
        later = self.work(1)
        self.assertEqual(self.standing(later), [("billable", 1.0, 80.0)])

    def told(self, hours=1, entry=None, task=None):
        """Return what the ticket and time that is being typed say of work, and why."""
        ticket = self.ticket.with_user(self.user_agent)
        ticket.service_task_code_id = task or self.extra
        self.env.invalidate_all()
        typed = self.env["account.analytic.line"].new(
            {
                "name": "Typed",
                "ticket_id": self.ticket.id,
                "unit_amount": hours,
                "date": date(2025, 1, 15),
                "employee_id": self.user_agent.employee_id.id,
                "service_task_code_id": ticket.service_task_code_id.id,
            },
            origin=entry,
        )
        wizard = self.env["service.charge.why"].with_user(self.user_agent)
        why = wizard.create({"ticket_id": self.ticket.id}).html
        verdict = ticket.service_verdict_state
        return verdict, ticket.service_verdict_text, typed.service_rating_text, why

    def test_verdict_before_work_that_is_quoted(self):
        for task in (self.extra, self.usual):
            with self.subTest(task.name):
                order = self.planned(
                    3, task_code_id=task.id, user=self.user_head, price_unit=80
                )
                state, *texts = self.told(task=task)
                self.assertEqual(state, "to_approve")
                for text in texts:
                    self.assertIn("Customer has not agreed", text)
                order.action_confirm()
                state, *texts = self.told(task=task)
                self.assertEqual(state, "billable")
                for text in texts:
                    self.assertIn("80.00", text)
                self.assertEqual(
                    self.standing(self.work(1, task=task)), [("billable", 1.0, 80.0)]
                )

    def test_verdict_on_time_that_is_edited(self):
        """It is rated as if the time as it was before was gone."""
        self.planned(3, user=self.user_head, price_unit=80).action_confirm()
        entry = self.work(3).timesheet_id
        _state, ticket, typed, _why = self.told(2.5, entry)
        self.assertIn("Customer has not agreed", ticket)
        self.assertIn("Billable 2:30 h", typed)
        entry.sudo().service_task_code_id = self.usual
        _state, _text, typed, _why = self.told(2.5, entry, task=self.usual)
        self.assertIn("Covered 2:30 h", typed)

    def test_verdict_on_time_whose_price_was_approved(self):
        """Other time is work that nobody has decided about."""
        self.use_up()
        usage = self.work(2, task=self.usual)
        request = self.ask_by_hand(usage.charge_ids, "price", price=40)
        request.with_user(self.user_manager).action_approve()
        _state, _text, typed, _why = self.told(1, usage.timesheet_id, self.usual)
        self.assertIn("To approve 1:00 h", typed)
        entry = usage.timesheet_id
        self.env.invalidate_all()
        renamed = entry.new({"name": "Other words"}, origin=entry)
        self.assertEqual(renamed.service_rating_text, "Billable 2:00 h")

    def test_telling_takes_no_turn_in_the_books(self):
        self.planned()
        books = self.env["service.contract.books"].search(
            [("contract_id", "=", self.contract.id)]
        )
        before = books.mapped("version")
        self.told()
        books.invalidate_recordset()
        self.assertEqual(books.mapped("version"), before)

    def test_more_than_quoted_waits_again(self):
        order = self.planned(3)
        order.action_confirm()
        self.work(2)
        usage = self.work(2)
        self.assertEqual(
            [part[:2] for part in self.standing(usage)],
            [("billable", 1.0), ("to_approve", 1.0)],
        )
        request = self.requests(usage)
        self.assertEqual((request.state, request.quantity), ("pending", HOUR))
        request.with_user(self.user_billing).action_approve()
        self.assertEqual(
            self.standing(usage), [("billable", 1.0, 60.0), ("billable", 1.0, 60.0)]
        )

    def test_quoting_the_difference_keeps_what_was_signed(self):
        self.planned(2).action_confirm()
        usage = self.work(3)
        signed, rest = ("billable", 2.0, 120.0), ("to_approve", 1.0, 60.0)
        more = self.quote(self.requests(usage))
        self.assertEqual(self.standing(usage), [signed, rest])
        more.action_confirm()
        self.assertEqual(self.standing(usage), [signed, ("billable", 1.0, 60.0)])

    def test_house_is_asked_again_about_a_declined_difference(self):
        self.planned(2).action_confirm()
        usage = self.work(3)
        request = self.requests(usage)
        self.quote(request)._action_cancel()
        self.assertEqual(
            self.standing(usage), [("billable", 2.0, 120.0), ("to_approve", 1.0, 60.0)]
        )
        again = self.requests(usage) - request
        self.assertEqual((again.state, again.quantity), ("pending", HOUR))

    def test_what_was_signed_first_is_used_up_first(self):
        self.planned(1).action_confirm()
        first = self.work(1.5, day=date(2025, 1, 14))
        more = self.planned(2, user=self.user_head, price_unit=80)
        later = self.work(2)
        self.assertEqual(later.quote_line_id, more.order_line)
        more.action_confirm()
        self.assertEqual(
            self.standing(first), [("billable", 1.0, 60.0), ("billable", 0.5, 40.0)]
        )
        self.assertEqual(
            self.standing(later), [("billable", 1.5, 120.0), ("to_approve", 0.5, 30.0)]
        )

    def test_cancelled_difference_leaves_the_rest_signed(self):
        self.planned(1).action_confirm()
        more = self.planned(2)
        more.action_confirm()
        usage = self.work(3)
        self.assertEqual(self.kinds(usage), ["billable", "billable"])
        more._action_cancel()
        self.assertEqual(
            self.standing(usage), [("billable", 1.0, 60.0), ("to_approve", 2.0, 120.0)]
        )

    def test_what_was_given_away_is_not_signed_anew(self):
        """A decision by hand stays when the customer signs for more."""
        self.planned(1).action_confirm()
        usage = self.work(1)
        usage.charge_ids.with_user(self.user_billing).action_waive("Nice")
        self.planned(1).action_confirm()
        self.assertEqual(self.standing(usage), [("courtesy", 1.0, 60.0)])

    def test_one_quotation_for_a_request(self):
        request = self.ask(2)
        order = self.quote(request)
        wizard = self.env["service.extra.work"].create(
            {
                "ticket_id": self.ticket.id,
                "line_ids": [Command.create({"approval_id": request.id})],
            }
        )
        with self.assertRaisesRegex(UserError, order.name):
            wizard.action_apply()

    def test_refusing_the_rest_keeps_what_was_signed(self):
        order = self.planned(1)
        order.action_confirm()
        usage = self.work(3)
        self.requests(usage).with_user(self.user_billing).action_refuse("Too slow")
        self.assertEqual(
            [part[:2] for part in self.standing(usage)],
            [("billable", 1.0), ("excluded", 2.0)],
        )

    def test_another_price_for_the_rest_keeps_what_was_signed(self):
        self.planned(2, user=self.user_head, price_unit=100).action_confirm()
        usage = self.work(3)
        request = self.requests(usage)
        request.sudo().action_withdraw()
        rest = usage.charge_ids.filtered(lambda c: c.kind == "to_approve")
        asked = self.ask_by_hand(rest, "price", price=40) - request
        asked.with_user(self.user_manager).action_approve()
        self.assertEqual(
            self.standing(usage), [("billable", 2.0, 200.0), ("billable", 1.0, 40.0)]
        )
        self.assertIn(
            "approved this price", usage.charge_ids.sorted("id")[-1].explanation_text
        )

    def test_another_price_for_all_replaces_what_was_signed(self):
        self.planned(2, user=self.user_head, price_unit=100).action_confirm()
        usage = self.work(2)
        asked = self.ask_by_hand(usage.charge_ids, "price", price=40)
        asked.with_user(self.user_manager).action_approve()
        self.assertEqual(self.standing(usage), [("billable", 2.0, 80.0)])

    def test_what_was_decided_beyond_a_quotation_does_not_use_it_up(self):
        self.planned(3).action_confirm()
        first = self.work(2, day=date(2025, 1, 13))
        more = self.work(3, day=date(2025, 1, 14))
        self.requests(more).with_user(self.user_billing).action_approve()
        first._settle_again()
        self.assertEqual(self.standing(first), [("billable", 2.0, 120.0)])

    def test_rest_is_decided_after_what_was_signed_is_invoiced(self):
        for verb, kind in (
            ("action_approve", "billable"),
            ("action_refuse", "excluded"),
        ):
            with self.subTest(verb), self.cr.savepoint() as savepoint:
                self.planned(1).action_confirm()
                usage = self.work(3)
                signed = usage.charge_ids.filtered(lambda c: c.kind == "billable")
                self.mark_invoiced(signed)
                request = self.requests(usage)
                getattr(request.with_user(self.user_billing), verb)()
                self.assertEqual(self.standing(usage)[1:], [(kind, 2.0, 120.0)])
                self.assertEqual(usage.charge_ids.filtered("invoice_line_id"), signed)
                self.assertFalse(signed.is_reversed)
                savepoint.rollback()

    def test_from_a_request(self):
        request = self.ask(2)
        self.tell()
        order = self.quote(request)
        self.assertEqual(order.order_line.product_uom_qty, 2)
        self.assertEqual(order.order_line.price_unit, 60)
        self.assertTrue(request.is_with_customer)
        self.assertFalse(request.activity_ids)
        self.assertEqual(request.usage_id.charge_ids[-1:].kind, "to_approve")
        for verb in ("action_approve", "action_refuse", "action_withdraw"):
            with self.assertRaises(UserError):
                getattr(request.with_user(self.user_manager), verb)()
        manager = request.with_user(self.user_manager)
        self.assertFalse(manager.search([("can_decide", "=", True)]) & request)
        order.action_confirm()
        self.assertEqual((request.state, request.decision), ("approved", "quote"))
        self.assertEqual(self.standing(request.usage_id), [("billable", 2.0, 120.0)])

    def test_nobody_decides_while_the_customer_has_it(self):
        request = self.ask(2)
        order = self.quote(request)
        self.assert_is_with_customer(request.usage_id)
        with self.assertRaisesRegex(UserError, "Cancel it first"):
            request.with_user(self.user_agent).action_withdraw()
        order.action_confirm()
        self.assertEqual(self.standing(request.usage_id), [("billable", 2.0, 120.0)])

    def test_nobody_decides_about_work_of_a_planned_quotation(self):
        order = self.planned(3)
        usage = self.work(2)
        self.assert_is_with_customer(usage)
        with self.assertRaisesRegex(UserError, "Cancel it first"):
            self.ask_by_hand(usage.charge_ids)
        order.action_confirm()
        self.assertEqual(self.standing(usage), [("billable", 2.0, 120.0)])

    def assert_is_with_customer(self, usage):
        charges = usage.charge_ids.filtered(
            lambda c: not c.is_reversed and not c.reversed_charge_id
        ).with_user(self.user_billing)
        for decide in (charges.action_bill, lambda: charges.action_waive("Nice")):
            with (
                self.assertRaisesRegex(UserError, "Cancel it first"),
                self.cr.savepoint(),
            ):
                decide()
        self.assertEqual([part[0] for part in self.standing(usage)], ["to_approve"])

    def test_declined_quotation_is_ours_to_decide_again(self):
        request = self.ask(2)
        order = self.quote(request)
        order._action_cancel()
        self.assertEqual(request.state, "refused")
        self.assertIn(order.name, request.note)
        again = self.requests(request.usage_id) - request
        self.assertEqual((again.state, again.kind), ("pending", "scope"))
        self.assertEqual(request.usage_id.charge_ids[-1:].hold_reason, "out_of_scope")
        with self.assertRaises(UserError):
            order.action_draft()
            order.action_confirm()

    def test_expired_quotation_ends_the_request(self):
        request = self.ask(2)
        order = self.quote(request)
        self.expire("2025-01-25 09:00:00")
        self.assertEqual(request.state, "pending")
        self.expire("2025-01-30 09:00:00")
        self.assertEqual(request.state, "expired")
        with self.assertRaises(UserError):
            order.action_confirm()

    def test_house_is_asked_about_what_expired(self):
        request = self.ask(2)
        self.quote(request)
        self.expire("2025-01-30 09:00:00")
        usage = request.usage_id
        again = self.requests(usage) - request
        self.assertEqual((again.state, again.asked), ("pending", "bill"))
        self.assertEqual(usage.charge_ids[-1:].hold_reason, "out_of_scope")
        self.assertFalse(self.ticket.service_waits_text)
        self.assertEqual(self.requests(self.work(1)).state, "pending")
        later = self.quote(again)
        later.with_context(service_contract_now=datetime(2025, 2, 1)).action_confirm()
        self.assertEqual(self.standing(usage), [("billable", 2.0, 120.0)])

    def test_withdrawn_quotation_leaves_nothing_waiting(self):
        """Time that moves away takes its quotation along, and others do not wait."""
        request = self.ask(2)
        self.quote(request)
        other = self.work(1)
        self.assertFalse(self.requests(other))
        request.timesheet_id.unlink()
        self.assertEqual(request.state, "withdrawn")
        self.assertEqual(self.requests(other).state, "pending")

    def test_quotation_that_can_t_be_signed_takes_no_more_work(self):
        order = self.planned()
        order._action_cancel()
        order.action_draft()
        self.assertEqual(self.requests(self.work(1)).state, "pending")

    def test_customer_can_sign_today_at_least(self):
        """By the contract's calendar: there it is the 16th already, in UTC not yet."""
        late = self.at(self.ticket, "2025-01-15 23:30:00")
        for day in (15, 14):
            with self.assertRaisesRegex(UserError, "01/16/2025.*or later"):
                self.planned(source=late, validity_date=date(2025, 1, day))
        self.assertFalse(self.ticket.sudo().service_approval_ids)
        order = self.planned(source=late, validity_date=date(2025, 1, 16))
        self.assertEqual(order.validity_date, date(2025, 1, 16))

    def test_longer_validity_is_longer_for_the_request(self):
        request = self.ask(2)
        order = self.quote(request)
        order.validity_date = date(2025, 2, 28)
        self.expire("2025-01-30 09:00:00")
        self.assertEqual(request.state, "pending")

    def test_quotation_without_a_last_day_does_not_expire(self):
        request = self.ask(2)
        order = self.quote(request)
        order.validity_date = False
        self.expire("2025-01-30 09:00:00")
        self.assertTrue(request.is_with_customer)
        order.action_confirm()
        self.assertEqual(request.state, "approved")

    def test_last_day_of_the_calendar(self):
        request = self.ask(2)
        order = self.quote(request)
        order.validity_date = date.max
        self.assertEqual(request.valid_until.year, date.max.year)

    def test_deleted_quotation_withdraws(self):
        request = self.ask(2)
        order = self.quote(request)
        order.order_line.unlink()
        self.assertEqual(request.state, "withdrawn")
        again = self.requests(request.usage_id) - request
        self.assertEqual(again.state, "pending")
        self.quote(again).unlink()
        self.assertEqual(again.state, "withdrawn")

    def test_sale_never_invoices_it(self):
        order = self.planned()
        order.action_confirm()
        line = order.order_line
        self.assertEqual(line.qty_to_invoice, 0)
        self.assertEqual(line.invoice_status, "no")
        self.assertEqual(order.invoice_status, "no")
        with self.assertRaises(UserError):
            order._create_invoices()

    def test_what_was_signed_stays(self):
        order = self.planned()
        order.action_confirm()
        seller = order.with_user(self.env.ref("base.user_admin"))
        for vals in ({"price_unit": 1}, {"product_uom_qty": 9}, {"discount": 50}):
            with self.subTest(vals), self.assertRaises(UserError):
                seller.order_line.write(vals)

    def test_another_price_takes_the_right(self):
        with self.assertRaises(AccessError):
            self.planned(price_unit=80)
        with self.assertRaises(AccessError):
            self.planned(quantity=30, user=self.user_clerk, price_unit=80)
        self.assertTrue(self.planned(user=self.user_head, price_unit=80))

    def make_seller(self):
        """Return a salesman who decides nothing by the approval rules."""
        return self._make_user("sc_seller", "sales_team.group_sale_salesman_all_leads")

    def test_another_price_on_the_quotation_takes_the_right_too(self):
        order = self.planned()
        line = order.order_line.with_user(self.make_seller())
        for vals in ({"price_unit": 1}, {"discount": 10}):
            with (
                self.subTest(vals),
                self.assertRaises(AccessError),
                self.cr.savepoint(),
            ):
                line.write(vals)
        line.write({"product_uom_qty": 4})
        line.with_user(self.user_head).write({"price_unit": 55})
        self.assertEqual(line.price_subtotal, 220)

    def test_a_colleague_signs_only_with_the_right_to(self):
        order = self.planned()
        with self.assertRaisesRegex(UserError, "is not signed"):
            order.with_user(self.make_seller()).action_confirm()
        seller = self._make_user(
            "sc_seller_head",
            "sales_team.group_sale_salesman_all_leads,"
            "service_contract.service_contract_group_manager",
        )
        order.with_user(seller).action_confirm()
        request = order.order_line.service_approval_ids
        self.assertEqual(request.decided_by_id, seller)

    def test_work_that_waits_is_offered_at_its_own_rate(self):
        """Its worker and its day may have had another rate than an hour of now."""
        card = self.env["service.rate.card"].create(
            {
                "name": "Cheaper since the 14th",
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "rule_ids": [
                    Command.create({"price": 120, "date_to": date(2025, 1, 13)}),
                    Command.create({"price": 60, "date_from": date(2025, 1, 14)}),
                ],
            }
        )
        line = self.line_values(
            "hours", 10, task_excluded_ids=[Command.set(self.extra.ids)]
        )
        contract = self.make_contract([line], rate_card_id=card.id)
        ticket = self.make_ticket(service_contract_line_id=contract.line_ids.id)
        request = self.ask(2, ticket=ticket, day=date(2025, 1, 10))
        order = self.quote(request)
        self.assertEqual(order.order_line.price_unit, 120)

    def test_nonsense_is_not_offered(self):
        for vals in ({"quantity": 0}, {"task_code_id": False}, {"price_unit": -1}):
            with self.subTest(vals), self.assertRaises(UserError), self.cr.savepoint():
                self.planned(**vals)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_who_may_not_write_the_ticket_may_not_offer(self):
        with self.assertRaises(AccessError):
            self.planned(user=self.user_contract)

    def test_clocks_pause_while_it_waits(self):
        reason = self.env["service.sla.pause.reason"].create({"name": "Quotation"})
        self.company.service_quote_pause_reason_id = reason
        order = self.planned()
        pause = self.ticket.sudo().sla_pause_ids
        self.assertEqual((pause.reason_id, pause.note), (reason, order.name))
        self.assertTrue(self.ticket.sla_is_paused)
        order.action_confirm()
        self.ticket.invalidate_recordset()
        self.assertFalse(self.ticket.sla_is_paused)

    def test_billed_through_the_contract(self):
        order = self.planned(3)
        order.action_confirm()
        usage = self.work(2)
        charge = usage.charge_ids.filtered(lambda c: c.kind == "billable")
        self.assertEqual(charge.billing_state, "to_invoice")
        self.assertEqual(charge.contract_line_id, self.line)
        self.assertEqual((charge.unit_price, charge.amount), (60, 120))
