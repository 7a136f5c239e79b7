# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime, timedelta

from psycopg2 import errors

from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import NOW
from .common_approval import LATE, ApprovalCommon
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
class TestApprovalMatrix(ApprovalCommon):
    """Rights, amount, time and state: what does not count is refused and changes
    nothing."""

    ROLES = ("billing", "manager", "lead", "agent", "internal", "other", "portal")

    def user(self, role):
        users = {"portal": "portal_owner"}
        return getattr(self, users.get(role, f"user_{role}"))

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_everybody_with_every_amount_at_every_time(self):
        limits = {"billing": 500, "manager": 10**6, "lead": 100}
        for amount in (60, 300, 600):
            for instant in (NOW, LATE):
                for answer in ("approve", "refuse"):
                    for role in self.ROLES:
                        with self.subTest(
                            role=role, amount=amount, at=instant, answer=answer
                        ):
                            request = self.ask(amount / 60)
                            may = amount <= limits.get(role, 0)
                            self.check(request, role, instant, answer, may)

    def check(self, request, role, instant, answer, may):
        mine = self.at(request.with_user(self.user(role)), instant)
        verb = getattr(mine.with_context(allowed_company_ids=None), f"action_{answer}")
        if may and instant == NOW:
            verb()
            done = {"approve": "approved", "refuse": "refused"}[answer]
            self.assertEqual(request.state, done)
            self.assertEqual(request.decided_by_id, self.user(role))
            kinds = {"approve": ["billable"], "refuse": ["excluded"]}[answer]
            self.assertEqual(self.kinds(request.usage_id), kinds)
            return
        with self.assertRaises(UserError) as caught, self.cr.savepoint():
            verb()
        sees_it = role in ("billing", "manager", "lead", "agent")
        is_about_time = sees_it and instant != NOW
        self.assertEqual(isinstance(caught.exception, AccessError), not is_about_time)
        self.assertEqual(request.state, "pending")
        self.assertFalse(request.decided_by_id)
        self.assertEqual(self.kinds(request.usage_id), ["to_approve"])

    def test_who_may_decide_finds_it(self):
        small, large = self.ask(1), self.ask(10)
        for user, found in (
            (self.user_lead, small),
            (self.user_billing, small),
            (self.user_manager, small | large),
            (self.user_agent, small.browse()),
        ):
            model = small.with_user(user).with_context(allowed_company_ids=None)
            for instant, expected in ((NOW, found), (LATE, small.browse())):
                model = self.at(model, instant)
                self.env.invalidate_all()
                domain = [("id", "in", (small | large).ids), ("can_decide", "=", True)]
                self.assertEqual(model.search(domain).ids, expected.ids[::-1])
                seen = model.search([("id", "in", (small | large).ids)])
                self.assertEqual(seen.filtered("can_decide"), expected & seen)
        self.assertIn(self.user_lead, small.approver_ids)
        self.assertNotIn(self.user_agent, small.approver_ids)
        self.assertNotIn(self.user_billing, large.approver_ids)

    def test_closed_requests_stay_as_they_are(self):
        verbs = ("action_approve", "action_refuse", "action_withdraw")
        makers = {
            "approved": lambda r: r.with_user(self.user_billing).action_approve(),
            "refused": lambda r: r.with_user(self.user_billing).action_refuse(),
            "withdrawn": lambda r: r.with_user(self.user_billing).action_withdraw(),
            "expired": lambda r: self.expire(),
        }
        for state, make in makers.items():
            request = self.ask(1)
            make(request)
            self.assertEqual(request.state, state)
            before = request.read(["decided_by_id", "decided_at", "decision", "note"])
            for verb in verbs:
                with self.subTest(state=state, verb=verb):
                    with self.assertRaises(UserError):
                        getattr(request.with_user(self.user_manager), verb)()
                    after = request.read(
                        ["decided_by_id", "decided_at", "decision", "note"]
                    )
                    self.assertEqual(before, after)
                    self.assertEqual(request.state, state)

    def test_database_keeps_question_and_answer(self):
        request = self.ask(1)
        request.with_user(self.user_billing).action_approve(note="Yes")
        self.env.flush_all()
        for column, value in (
            ("state", "pending"),
            ("note", "No"),
            ("decided_by_id", self.user_agent.id),
            ("amount", 1),
            ("requested_by_id", self.user_billing.id),
        ):
            with (
                self.subTest(column),
                mute_logger("odoo.sql_db"),
                self.assertRaises(errors.RestrictViolation),
                self.cr.savepoint(),
            ):
                self.cr.execute(
                    SQL(
                        "UPDATE service_approval SET %s = %s WHERE id = %s",
                        SQL.identifier(column),
                        value,
                        request.id,
                    )
                )
        with self.assertRaises(UserError):
            request.unlink()

    def test_own_request_is_for_others(self):
        request = self.ask(1, employee_id=self.user_agent.employee_id.id)
        rule = self.env["service.approval.rule"].create(
            {
                "name": "Agents too",
                "kind": "scope",
                "user_ids": [Command.set(self.user_agent.ids)],
            }
        )
        own = request.with_user(self.user_agent).with_context(allowed_company_ids=None)
        self.assertFalse(own.can_decide)
        with self.assertRaisesRegex(AccessError, "yourself"):
            own.action_approve()
        self.assertNotIn(self.user_agent, request.approver_ids)
        self.company.service_approval_own = True
        self.env.invalidate_all()
        self.assertTrue(own.can_decide)
        self.assertEqual(own.search([("can_decide", "=", True)]), request)
        own.action_approve()
        self.assertEqual(request.state, "approved")
        self.assertTrue(rule.active)

    def test_managers_decide_what_they_asked_for(self):
        self.use_up()
        usage = self.work(1, task=self.usual)
        request = self.ask_by_hand(usage.charge_ids, user=self.user_manager)
        request.with_user(self.user_manager).action_approve()
        self.assertEqual(self.kinds(usage), ["courtesy"])

    def test_rules_of_a_contract_replace_the_general_ones(self):
        self.env["service.approval.rule"].create(
            {
                "name": "Only the lead",
                "kind": "scope",
                "contract_id": self.contract.id,
                "user_ids": [Command.set(self.user_lead.ids)],
                "valid_days": 2,
            }
        )
        request = self.ask(10)
        self.assertEqual(request.valid_until, NOW + timedelta(days=2))
        with self.assertRaises(AccessError):
            request.with_user(self.user_manager).action_approve()
        manager = request.with_user(self.user_manager)
        self.assertFalse(manager.search([("can_decide", "=", True)]) & request)
        request.with_user(self.user_lead).action_approve()
        self.assertEqual(request.state, "approved")

    def test_rules_name_somebody_who_sees_requests(self):
        rules = self.env["service.approval.rule"]
        with self.assertRaises(ValidationError):
            rules.create({"name": "Nobody", "kind": "scope"})
        with self.assertRaises(ValidationError):
            rules.create(
                {
                    "name": "Blind",
                    "kind": "scope",
                    "user_ids": [Command.set(self.user_internal.ids)],
                }
            )

    def test_limit_is_in_the_currency_of_the_company(self):
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.usd.id,
                "company_id": self.company.id,
                "name": "2025-01-01",
                "rate": 2.0,
            }
        )
        contract = self.make_contract(
            [
                self.line_values(
                    "hours", 10, task_excluded_ids=[Command.set(self.extra.ids)]
                )
            ],
            currency_id=self.usd.id,
        ).sudo()
        ticket = self.make_ticket(service_contract_line_id=contract.line_ids.id)
        request = self.ask(10, ticket=ticket)
        self.assertEqual((request.amount, request.company_amount), (600, 300))
        request.with_user(self.user_billing).action_approve()
        self.assertEqual(request.state, "approved")

    def test_expired_requests_tell_who_asked(self):
        request = self.ask(1)
        self.tell()
        self.expire()
        self.assertEqual(request.state, "expired")
        self.assertFalse(request.activity_ids)
        self.assertEqual(self.kinds(request.usage_id), ["to_approve"])
        message = request.message_ids.filtered("partner_ids")
        self.assertEqual(message.partner_ids, self.user_agent.partner_id)
        self.assertIn("expired", self.ticket.sudo().message_ids[0].body)

    def test_who_asked_may_withdraw_and_others_may_not(self):
        self.use_up()
        request = self.ask_by_hand(self.work(1, task=self.usual).charge_ids)
        stranger = self._make_user("sc_desk_2", "helpdesk_mgmt.group_helpdesk_user")
        with self.assertRaises(AccessError):
            request.with_user(stranger).action_withdraw()
        request.with_user(self.user_agent).action_withdraw()
        self.assertEqual(request.state, "withdrawn")

    def test_who_did_the_work_does_not_withdraw_what_asks_by_itself(self):
        request = self.ask(1)
        with self.assertRaisesRegex(AccessError, "by itself"):
            request.with_user(self.user_agent).action_withdraw()
        self.assertEqual(request.state, "pending")
        request.with_user(self.user_billing).action_withdraw()
        self.assertEqual(request.state, "withdrawn")


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


@tagged("post_install", "-at_install")
class TestApprovalDirect(ApprovalCommon):
    """Deciding on the charges takes the same rights, and answers the requests."""

    def test_bill_and_waive_answer_the_request(self):
        for verb, args, decision in (
            ("action_bill", (), "bill"),
            ("action_waive", ("Nice",), "courtesy"),
        ):
            request = self.ask(1)
            charge = request.usage_id.charge_ids.with_user(self.user_billing)
            getattr(charge, verb)(*args)
            self.assertEqual((request.state, request.decision), ("approved", decision))
            self.assertEqual(request.decided_by_id, self.user_billing)

    def test_more_than_the_limit_offers_to_ask(self):
        request = self.ask(10)
        charge = request.usage_id.charge_ids.with_user(self.user_billing)
        with self.assertRaises(RedirectWarning) as caught:
            charge.action_waive("Nice")
        _message, action, _button, context = caught.exception.args
        self.assertEqual(
            action, self.env.ref("service_contract.service_approval_ask_action").id
        )
        self.assertEqual(context["active_ids"], charge.ids)
        self.assertEqual(request.state, "pending")
        charge.with_user(self.user_manager).action_waive("Nice")
        self.assertEqual(request.state, "approved")

    def test_without_a_rule_nobody_decides(self):
        request = self.ask(1)
        charge = request.usage_id.charge_ids
        with self.assertRaisesRegex(AccessError, "Ask for approval"):
            charge.with_user(self.user_agent).action_bill()

    def test_somebody_named_decides_without_the_role(self):
        request = self.ask(1)
        request.usage_id.charge_ids.with_user(self.user_lead).action_bill()
        self.assertEqual(request.state, "approved")

    def work_of(self, user, task):
        """Return the usage of an hour that somebody worked himself."""
        employees = self.env["hr.employee"]
        owner = {"user_id": user.id, "company_id": self.company.id}
        domain = [(name, "=", value) for name, value in owner.items()]
        employee = employees.search(domain) or employees.create(owner)
        values = {
            "name": "Worked on it",
            "ticket_id": self.ticket.id,
            "unit_amount": 1,
            "date": NOW.date(),
            "employee_id": employee.id,
            "service_task_code_id": task.id,
        }
        return self.env["account.analytic.line"].create(values).service_usage_ids

    def test_own_work_is_for_others(self):
        usage = self.work_of(self.user_lead, self.extra)
        request = self.requests(usage)
        self.assertEqual(request.requested_by_id, self.user_lead)
        charges = usage.charge_ids.with_user(self.user_lead)
        with self.assertRaisesRegex(AccessError, "yourself"):
            charges.action_bill()
        self.assertEqual(request.state, "pending")
        self.company.service_approval_own = True
        charges.action_bill()
        self.assertEqual(request.state, "approved")

    def test_own_work_that_asks_nobody_offers_to_ask(self):
        self.work(10, task=self.usual, day=NOW.date() - timedelta(days=1))
        usage = self.work_of(self.user_billing, self.usual)
        charges = usage.charge_ids.with_user(self.user_billing)
        for decide in (charges.action_bill, lambda: charges.action_waive("Nice")):
            with self.assertRaises(RedirectWarning) as caught, self.cr.savepoint():
                decide()
            self.assertIn("yourself", caught.exception.args[0])
            self.assertEqual(caught.exception.args[3]["active_ids"], charges.ids)
        request = self.ask_by_hand(charges, "bill")
        charges.action_bill()
        self.assertEqual(request.state, "approved")

    def test_managers_decide_about_their_own_work(self):
        usage = self.work_of(self.user_manager, self.extra)
        usage.charge_ids.with_user(self.user_manager).action_bill()
        self.assertEqual(self.kinds(usage), ["billable"])

    def test_asking_twice_is_refused(self):
        request = self.ask(1)
        with self.assertRaisesRegex(UserError, "waits for a decision"):
            self.ask_by_hand(request.usage_id.charge_ids)

    def test_ask_from_the_ticket(self):
        self.use_up()
        usage = self.work(1, task=self.usual)
        self.ask_by_hand(self.ticket, "bill")
        request = self.requests(usage)
        self.assertEqual((request.kind, request.asked), ("coverage", "bill"))
        self.assertEqual(request.reason, "He is right")
        self.assertTrue(request.activity_ids)

    def test_proof_goes_with_the_request(self):
        self.use_up()
        usage = self.work(1, task=self.usual)
        proof = (
            self.env["ir.attachment"]
            .with_user(self.user_agent)
            .create({"name": "photo.txt", "raw": b"rust"})
        )
        request = self.ask_by_hand(
            usage.charge_ids, attachment_ids=[Command.set(proof.ids)]
        )
        self.assertEqual(request.attachment_ids.mapped("name"), ["photo.txt"])
        seen = request.attachment_ids.with_user(self.user_billing)
        self.assertEqual(seen.raw, b"rust")

    def test_nothing_to_decide(self):
        usage = self.work(1, task=self.usual)
        with self.assertRaises(UserError):
            self.ask_by_hand(usage.charge_ids)

    def test_decide_dialog(self):
        requests = self.ask(1) | self.ask(2)
        wizard = (
            self.env["service.approval.decide"]
            .with_user(self.user_billing)
            .create(
                {
                    "approval_ids": [Command.set(requests.ids)],
                    "decision": "courtesy",
                    "note": "Season's greetings",
                }
            )
        )
        self.assertIn("Give away", wizard.preview)
        wizard.action_apply()
        self.assertEqual(requests.mapped("state"), ["approved"] * 2)
        self.assertEqual(self.kinds(requests.usage_id), ["courtesy"] * 2)
