# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import NOW
from .common_approval import ApprovalCommon

ACTIVITY = "service_contract.mail_activity_type_approval"


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
