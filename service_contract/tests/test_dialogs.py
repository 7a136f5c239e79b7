# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import NOW, ServiceContractCommon


class TestDialogs(ServiceContractCommon):
    """The dialogs say what will happen and then do just that."""

    def open_dialog(self, model, record, user, **context):
        """Open a dialog on a record as a user, as its button does."""
        return Form(
            self.env[model]
            .with_user(user)
            .with_context(
                active_id=record.id,
                active_ids=record.ids,
                active_model=record._name,
                allowed_company_ids=self.company.ids,
                **context,
            )
        )

    def test_hold_starts_today_and_resumes_as_planned(self):
        contract = self.make_contract()
        form = self.open_dialog(
            "service.contract.suspend", contract, self.user_contract
        )
        self.assertEqual(form.date_from, date(2025, 1, 15))
        self.assertIn("until somebody resumes it", form.preview)
        form.date_to = date(2025, 2, 1)
        form.reason = "Kitchen rebuilt"
        self.assertIn("02/01/2025", form.preview)
        self.assertIn("not billed", form.preview)
        form.save().action_apply()
        self.assertEqual(contract.state, "on_hold")
        self.assertRecordValues(
            contract.hold_ids,
            [
                {
                    "date_from": date(2025, 1, 15),
                    "date_to": date(2025, 2, 1),
                    "reason": "Kitchen rebuilt",
                }
            ],
        )

    def test_cancel_of_an_agreed_contract_needs_a_reason(self):
        contract = self.make_contract()
        form = self.open_dialog(
            "service.contract.terminate", contract, self.user_contract
        )
        with self.assertRaises(AssertionError):
            form.save()
        form.reason = "Moved away"
        form.date_from = date(2025, 2, 1)
        self.assertIn("02/01/2025", form.preview)
        form.save().action_apply()
        self.assertEqual(contract.date_cancelled, date(2025, 2, 1))
        self.assertEqual(contract.state, "active")

    def test_cancel_of_one_line_leaves_the_others(self):
        contract = self.make_contract(
            [self.line_values(), self.line_values("hours", 3)]
        )
        first, second = contract.line_ids
        form = self.open_dialog(
            "service.contract.terminate",
            first,
            self.user_contract,
            default_line_id=first.id,
        )
        self.assertEqual(form.contract_id, contract)
        self.assertIn("The other lines go on", form.preview)
        form.reason = "Too many"
        form.save().action_apply()
        self.assertEqual(first.date_cancelled, date(2025, 1, 15))
        self.assertFalse(second.date_cancelled)
        self.assertEqual(contract.state, "active")

    def test_adjustment_adds_hours_with_its_reason(self):
        contract = self.make_contract([self.line_values("hours", 10)])
        counter = contract.counter_ids
        form = self.open_dialog("service.coverage.adjust", counter, self.user_manager)
        form.quantity = 2.5
        form.reason = "Goodwill"
        self.assertIn("12:30 h will be left", form.preview)
        form.save().action_apply()
        self.assertEqual(counter.remaining, 12.5 * 3600)
        entry = counter.entry_ids.filtered(lambda entry: entry.kind == "adjust")
        self.assertEqual(entry.reason, "Goodwill")

    def test_adjustment_of_nothing_is_refused(self):
        counter = self.make_contract().counter_ids
        form = self.open_dialog("service.coverage.adjust", counter, self.user_manager)
        form.reason = "None"
        with self.assertRaises(UserError):
            form.save().action_apply()

    def test_only_managers_adjust_counters(self):
        counter = self.make_contract().counter_ids
        for user in (self.user_contract, self.user_billing):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.open_dialog("service.coverage.adjust", counter, user)
        # The right is checked again where the dialog was made by somebody else.
        dialog = self.env["service.coverage.adjust"].create(
            {"counter_id": counter.id, "quantity": 1, "reason": "By the way"}
        )
        with self.assertRaises(AccessError):
            dialog.sudo().with_user(self.user_contract).sudo(False).action_apply()

    def make_overage(self, policy="warn"):
        contract = self.make_contract([self.line_values("cases", 1)])
        line = self.make_contract(
            [self.line_values("cases", 1, exhaustion_policy=policy)],
            partner_id=self.stranger.id,
        ).line_ids
        self.assertTrue(contract)
        for _number in range(2):
            self.make_ticket(partner=self.stranger)
        return self.env["service.charge"].search(
            [
                ("contract_line_id", "=", line.id),
                ("kind", "in", ("billable", "to_approve")),
            ]
        )

    def test_waiver_keeps_the_reason_and_bills_nothing(self):
        charge = self.make_overage("bill")
        form = self.open_dialog("service.charge.waive", charge, self.user_billing)
        self.assertIn("60.00", form.preview)
        form.reason = "First time"
        form.save().action_apply()
        self.assertTrue(charge.is_reversed)
        courtesy = charge.usage_id.charge_ids.filtered(
            lambda charge: charge.kind == "courtesy"
        )
        self.assertEqual(courtesy.reason, "First time")
        self.assertEqual(courtesy.billing_state, "no")

    def test_contract_users_do_not_waive(self):
        charge = self.make_overage("bill")
        with self.assertRaises(AccessError):
            self.open_dialog("service.charge.waive", charge, self.user_contract)

    def test_log_previews_the_split_and_then_draws_it(self):
        contract = self.make_contract(
            [self.line_values("visits", 2, exhaustion_policy="bill")]
        )
        ticket = self.make_ticket()
        self.assertEqual(ticket.service_contract_id, contract)
        form = self.open_dialog("service.usage.log", ticket, self.user_agent)
        form.quantity = 3
        form.description = "Three visits"
        self.assertEqual(
            form.preview.split("\n"),
            [
                "Covered: 2 visits. 2 visits drawn from the allotment, 0 visits left.",
                "Billable: 1 visit, 60.00\N{NO-BREAK SPACE}€. "
                + "The allotment valid at that time is used up. "
                + "Overage is billed at the line's overage price.",
            ],
        )
        self.assertEqual(contract.counter_ids.remaining, 2, "a preview draws nothing")
        dialog = form.save()
        dialog.action_apply()
        dialog.action_apply()
        usage = contract.sudo().usage_ids.filtered(lambda usage: usage.unit == "visit")
        self.assertRecordValues(
            usage,
            [
                {
                    "source": "manual",
                    "quantity": 3,
                    "event_at": NOW,
                    "description": "Three visits",
                }
            ],
        )
        kinds = usage.charge_ids.sorted("id").mapped("kind")
        self.assertEqual(kinds, ["covered", "billable"])

    def test_nothing_is_logged_without_a_contract(self):
        ticket = self.make_ticket(partner=self.stranger)
        form = self.open_dialog("service.usage.log", ticket, self.user_agent)
        self.assertIn("no contract line", form.preview)
        form.description = "A visit"
        with self.assertRaises(UserError):
            form.save().action_apply()

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_tickets_of_colleagues_are_shown_in_no_dialog(self):
        self.make_contract([self.line_values("hours", 10)])
        ticket = self.make_ticket(user_id=self.user_agent.id)
        user = self._make_user("sc_own", "helpdesk_mgmt.group_helpdesk_user_own")
        reason = self.env["service.sla.pause.reason"].create({"name": "Why not"})
        for name, vals in {
            "service.charge.why": {},
            "service.extra.work": {},
            "service.sla.reassign": {},
            "service.ticket.call": {"note": "Called"},
            "service.ticket.pause": {"reason_id": reason.id},
            "service.usage.log": {"description": "A visit"},
            "service.visit.plan": {"planned_at": "2025-01-20 09:00:00"},
        }.items():
            dialogs = self.env[name].with_user(user)
            vals = {**vals, "ticket_id": ticket.id}
            with self.subTest(name):
                self.env.invalidate_all()
                with self.assertRaises(AccessError), self.cr.savepoint():
                    dialogs.create(vals)
                ticket.sudo().user_id = user
                dialog = dialogs.create(vals)
                self.assertTrue(dialog.read())
                ticket.sudo().user_id = self.user_agent
                ticket.sudo().message_unsubscribe(user.partner_id.ids)
                self.env.invalidate_all()
                with self.assertRaises(AccessError):
                    dialog.read()

    def test_more_than_anybody_can_deliver_is_refused(self):
        self.make_contract([self.line_values("hours", 10)])
        ticket = self.make_ticket()
        hours = {"ticket_id": ticket.id, "unit": "second", "description": "Typo"}
        visit = {"ticket_id": ticket.id, "planned_at": "2025-01-20 09:00:00"}
        for model, vals, preview in (
            ("service.usage.log", hours, "preview"),
            ("service.visit.plan", visit, "warning"),
        ):
            dialogs = self.env[model].with_user(self.user_agent)
            for quantity in (1e10, 1e16, float("inf"), float("nan")):
                dialog = dialogs.create({**vals, "quantity": quantity})
                with self.subTest(model, quantity=quantity):
                    self.assertIn("at once", dialog[preview])
                    with self.assertRaisesRegex(UserError, "at once"):
                        dialog.action_apply()

    def test_most_that_can_be_delivered_is_taken(self):
        self.make_contract([self.line_values("hours", 10)])
        ticket = self.make_ticket()
        dialog = (
            self.env["service.usage.log"]
            .with_user(self.user_agent)
            .create(
                {
                    "ticket_id": ticket.id,
                    "unit": "second",
                    "quantity": 1e9,
                    "description": "Much",
                }
            )
        )
        self.assertIn("Covered: 10:00 h", dialog.preview)
        dialog.action_apply()
        self.assertEqual(self.env["service.contract"]._check_invariants(), {})
