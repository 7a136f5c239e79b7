# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime, timedelta

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .common import NOW
from .common_approval import ApprovalCommon
from .common_drawdown import HOUR

ACTIVITY = "service_contract.mail_activity_type_approval"


@tagged("post_install", "-at_install")
class TestApprovalRequests(ApprovalCommon):
    """Work that the contract leaves out asks by itself, once."""

    def test_work_out_of_scope_asks_by_itself(self):
        usage = self.work(2)
        self.assertEqual(self.kinds(usage), ["to_approve"])
        request = self.requests(usage)
        self.assertRecordValues(
            request,
            [
                {
                    "state": "pending",
                    "kind": "scope",
                    "asked": "bill",
                    "is_automatic": True,
                    "amount": 120,
                    "company_amount": 120,
                    "quantity": 2 * HOUR,
                    "quantity_text": "2:00 h",
                    "ticket_id": self.ticket.id,
                    "contract_id": self.contract.id,
                    "requested_by_id": self.user_agent.id,
                    "requested_at": NOW,
                    "valid_until": NOW + timedelta(days=7),
                }
            ],
        )
        self.assertIn("scope", request.why_text.lower() + request.kind)

    def test_covered_work_asks_nothing(self):
        self.assertFalse(self.requests(self.work(2, task=self.usual)))

    def test_used_up_allotment_asks_nothing_by_itself(self):
        self.use_up()
        usage = self.work(1, task=self.usual)
        self.assertEqual(usage.charge_ids.hold_reason, "used_up")
        self.assertFalse(self.requests(usage))

    def test_settling_again_asks_once(self):
        usage = self.work(2)
        for _again in range(3):
            usage._settle_again()
        self.assertEqual(len(self.requests(usage)), 1)
        self.assertEqual(self.requests(usage).state, "pending")

    def test_other_amount_is_another_question(self):
        usage = self.work(2)
        first = self.requests(usage)
        self.cr.execute(
            SQL(
                "UPDATE service_contract_line SET overage_price = 90 WHERE id = %s",
                self.line.id,
            )
        )
        self.line.invalidate_recordset()
        usage._settle_again()
        self.assertEqual(first.state, "withdrawn")
        second = self.requests(usage) - first
        self.assertEqual((second.state, second.amount), ("pending", 180))

    def test_withdrawn_with_the_usage(self):
        usage = self.work(2)
        request = self.requests(usage)
        usage.timesheet_id.unlink()
        self.assertEqual(request.state, "withdrawn")

    def test_withdrawn_when_the_contract_includes_it(self):
        usage = self.work(2)
        request = self.requests(usage)
        usage.timesheet_id.service_task_code_id = self.usual
        self.assertEqual(request.state, "withdrawn")
        self.assertFalse(request.activity_ids)

    def test_many_usages_take_no_more_queries(self):
        ticket = self.ticket.sudo()
        vals = {
            **ticket._prepare_service_usage(),
            "source": "manual",
            "unit": "second",
            "quantity": HOUR,
            "event_at": NOW,
            "task_code_id": self.extra.id,
        }
        usages = self.env["service.usage"].sudo()

        def capture(prefix, count):
            rows = [{**vals, "external_key": f"{prefix}{n}"} for n in range(count)]
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            found = usages._capture(rows)
            self.env.flush_all()
            return found, self.cr.sql_log_count - before

        capture("warm", 1)
        _found, one = capture("one", 1)
        found, many = capture("many", 50)
        self.assertEqual(len(self.requests(found)), 50)
        self.assertLessEqual(many, one + 3)

    def test_those_who_may_decide_are_told(self):
        request = self.ask(1)
        self.assertFalse(request.activity_ids)
        self.tell()
        self.assertLessEqual(len(request.activity_ids), 5)
        self.assertIn(self.user_lead, request.activity_ids.user_id)
        self.assertEqual(
            request.activity_ids[0].activity_type_id, self.env.ref(ACTIVITY)
        )
        mails = self.env["service.outbox"].search(
            [("res_model", "=", "service.approval"), ("res_id", "=", request.id)]
        )
        self.assertIn(self.user_lead.partner_id, mails.partner_id)
        self.assertEqual(set(mails.mapped("purpose")), {"approval"})
        for record in (self.ticket.sudo(), self.contract):
            self.assertIn("approval asked by", record.message_ids[0].body)

    def test_nobody_is_told_whose_limit_is_too_low(self):
        request = self.ask(5)
        self.tell()
        self.assertNotIn(self.user_lead, request.activity_ids.user_id)

    def test_mail_has_two_links_that_decide_nothing(self):
        request = self.ask(1)
        self.tell()
        self.run_cron("service.outbox", "_cron_send")
        mail = self.env["mail.mail"].search(
            [("model", "=", "service.approval"), ("res_id", "=", request.id)], limit=1
        )
        for choice in ("approve", "refuse"):
            self.assertIn(f"/service/approval/{request.id}?choice={choice}", mail.body)
        self.assertEqual(request.state, "pending")


@tagged("post_install", "-at_install")
class TestApprovalEffects(ApprovalCommon):
    """What a decision does to the charges, and what stays on record."""

    def test_each_decision(self):
        for decision, kind, drawn in (
            ("bill", "billable", 0),
            ("cover", "covered", HOUR),
            ("courtesy", "courtesy", 0),
        ):
            with self.subTest(decision):
                before = self.drawn(self.line)
                request = self.ask(1)
                request.with_user(self.user_billing).action_approve(decision, "Agreed")
                self.assertEqual(self.kinds(request.usage_id), [kind])
                self.assertEqual(self.drawn(self.line) - before, drawn)
                self.assertEqual(request.decision, decision)
                self.assertEqual(request.usage_id.ruling, decision)
                self.assertEqual(request.usage_id.ruling_reason, "Agreed")

    def test_bill_at_its_rate(self):
        request = self.ask(2)
        request.with_user(self.user_billing).action_approve()
        charge = request.usage_id.charge_ids.filtered(lambda c: c.kind == "billable")
        self.assertEqual((charge.amount, charge.billing_state), (120, "to_invoice"))

    def test_refused_work_is_not_charged(self):
        request = self.ask(2)
        request.with_user(self.user_billing).action_refuse("Our mistake")
        usage = request.usage_id
        self.assertEqual(self.kinds(usage), ["excluded"])
        charge = usage.charge_ids.filtered(lambda c: c.kind == "excluded")
        self.assertEqual(charge.reason, "Our mistake")
        self.assertEqual(charge.billing_state, "no")

    def test_courtesy_needs_a_reason(self):
        request = self.ask(2)
        with self.assertRaises(UserError):
            request.with_user(self.user_billing).action_approve("courtesy")
        self.assertEqual(request.state, "pending")

    def test_scope_right_gives_nothing_away(self):
        request = self.ask(1)
        with self.assertRaises(AccessError):
            request.with_user(self.user_lead).action_approve("courtesy", "Nice")
        request.with_user(self.user_lead).action_approve("cover")
        self.assertEqual(self.kinds(request.usage_id), ["covered"])

    def test_decision_stays_when_rated_again(self):
        request = self.ask(1)
        request.with_user(self.user_billing).action_refuse("No")
        request.usage_id._settle_again()
        self.assertEqual(self.kinds(request.usage_id), ["excluded"])
        self.assertEqual(len(self.requests(request.usage_id)), 1)

    def test_refused_courtesy_leaves_the_charge(self):
        self.use_up()
        usage = self.work(1, task=self.usual)
        request = self.ask_by_hand(usage.charge_ids)
        self.assertEqual((request.kind, request.asked), ("waiver", "courtesy"))
        request.with_user(self.user_billing).action_refuse()
        self.assertEqual(self.kinds(usage), ["to_approve"])

    def test_another_price(self):
        self.use_up()
        usage = self.work(2, task=self.usual)
        request = self.ask_by_hand(usage.charge_ids, "price", price=40)
        self.assertEqual((request.kind, request.company_amount), ("rate", 40))
        request.with_user(self.user_billing).action_approve()
        charge = usage.charge_ids.filtered(
            lambda c: c.kind == "billable" and not c.is_reversed
        )
        self.assertEqual((charge.unit_price, charge.amount), (40, 80))
        usage._settle_again()
        self.assertEqual(self.kinds(usage), ["billable"])

    def test_price_asked_for_gives_no_right_to_the_rest(self):
        self.work(10, task=self.usual, day=NOW.date() - timedelta(days=1))
        usage = self.work(90, task=self.usual)
        request = self.ask_by_hand(usage.charge_ids, "price", price=59)
        self.assertEqual(request.company_amount, 90)
        billing = request.with_user(self.user_billing)
        for decision in ("courtesy", "bill"):
            with (
                self.subTest(decision),
                self.assertRaisesRegex(AccessError, "5,400.00"),
                self.cr.savepoint(),
            ):
                billing.action_approve(decision, "Nice")
        self.assertEqual(self.kinds(usage), ["to_approve"])
        billing.action_approve()
        self.assertEqual(self.kinds(usage), ["billable"])

    def test_budget_counts_all_that_is_given_instead_of_a_price(self):
        self.env["service.courtesy.budget"].create(
            {"name": "Small", "company_id": self.company.id, "amount": 100}
        )
        self.use_up()
        usage = self.work(2, task=self.usual)
        request = self.ask_by_hand(usage.charge_ids, "price", price=50)
        with self.assertRaisesRegex(UserError, "Small"):
            request.with_user(self.user_billing).action_approve("courtesy", "Nice")

    def test_what_has_no_price_is_above_every_limit(self):
        excluded = [Command.set(self.extra.ids)]
        contract = self.make_contract(
            [self.line_values("hours", 10, overage_price=0, task_excluded_ids=excluded)]
        ).sudo()
        ticket = self.make_ticket(service_contract_line_id=contract.line_ids.id)
        request = self.ask(500, ticket=ticket)
        self.assertEqual((request.company_amount, request.is_unpriced), (0, True))
        self.assertNotIn(self.user_lead, request.approver_ids)
        lead = request.with_user(self.user_lead).with_context(allowed_company_ids=None)
        self.assertFalse(lead.can_decide)
        self.assertFalse(lead.search([("can_decide", "=", True)]) & request)
        for decide in (
            lambda: lead.action_approve("cover"),
            lambda: lead.action_refuse(),
            lambda: request.usage_id.charge_ids.with_user(self.user_lead).action_bill(),
        ):
            with (
                self.assertRaisesRegex((AccessError, RedirectWarning), "no price"),
                self.cr.savepoint(),
            ):
                decide()
        request.with_user(self.user_manager).action_approve("cover")
        self.assertEqual(request.state, "approved")

    def test_used_up_is_billed_or_given_away(self):
        self.use_up()
        usage = self.work(1, task=self.usual)
        with self.assertRaisesRegex(UserError, "no allotment is left"):
            self.ask_by_hand(usage.charge_ids, "cover")
        request = self.ask_by_hand(usage.charge_ids, "bill")
        self.assertEqual(request.kind, "coverage")
        with self.assertRaises(UserError):
            request.with_user(self.user_billing).action_approve("cover")
        request.with_user(self.user_billing).action_approve()
        self.assertEqual(self.kinds(usage), ["billable"])

    def test_everything_is_on_record(self):
        request = self.ask(1)
        self.tell()
        request.with_user(self.user_billing).action_approve(note="By phone")
        self.assertFalse(request.activity_ids)
        for record in (self.ticket.sudo(), self.contract):
            body = record.message_ids[0].body
            self.assertIn("sc_billing", body)
            self.assertIn("By phone", body)
        self.assertEqual(request.decided_at, NOW)
        self.assertEqual(request.hours_to_decide, 0)

    def test_time_to_decide(self):
        request = self.ask(1)
        later = self.at(request.with_user(self.user_billing), "2025-01-16 12:00:00")
        later.action_approve()
        self.assertEqual(request.hours_to_decide, 27)
        self.assertEqual(request.decided_at, datetime(2025, 1, 16, 12))

    def test_invoiced_work_is_decided_no_more(self):
        request = self.ask(1)
        request.with_user(self.user_billing).action_approve()
        usage = request.usage_id
        billed = usage.charge_ids.filtered(lambda charge: charge.kind == "billable")
        again = self.ask_by_hand(billed) - request
        self.mark_invoiced(billed)
        with self.assertRaisesRegex(UserError, "on invoice"):
            again.with_user(self.user_billing).action_approve()
