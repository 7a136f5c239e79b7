# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from psycopg2 import errors

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import NOW
from .common_approval import LATE, ApprovalCommon

ACTIVITY = "service_contract.mail_activity_type_approval"


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
        self.set_currency_rate(self.usd, 2.0)
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
