# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW
from .common_sla import SlaCommon, utc


@tagged("post_install", "-at_install")
class TestSlaGuards(SlaCommon):
    """What an agent can't do to the clocks, whatever he sends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_head = cls._make_user(
            "sc_head", "helpdesk_mgmt.group_helpdesk_manager"
        )

    # === CONTEXT KEYS === #

    def test_no_context_key_keeps_the_clock_from_a_change(self):
        ticket = self.make_ticket()
        keys = ("routing", "given", "silent_board", "batch", "sla_change", "verb")
        hostile = {f"service_contract_{key}": True for key in keys}
        with self.subTest("stage"):
            self.move(ticket.with_context(**hostile), self.stage_done, utc("15 10:00"))
            timer = self.timer(ticket)
            self.assertEqual((timer.state, timer.stopped_at), ("met", utc("15 10:00")))
        with self.subTest("priority"):
            ticket = self.make_ticket()
            ticket.with_context(**hostile).write({"priority": "2"})
            self.assertEqual(self.timer(ticket).target_text, "4 h")

    def test_no_context_key_keeps_a_new_ticket_from_its_timers(self):
        ticket = (
            self.env["helpdesk.ticket"]
            .with_user(self.user_agent)
            .with_context(service_contract_routing=True, service_contract_given=[])
            .create({"name": "x", "description": "x", "partner_id": self.contact.id})
        )
        self.assertEqual(self.timer(ticket).state, "running")

    def test_no_context_key_hides_a_move_from_the_boards(self):
        ticket = self.make_ticket()
        self.env.cr.precommit.run()
        ticket.with_context(service_contract_silent_board=True).priority = "2"
        channel = "service_contract.sla_board"
        self.assertEqual(
            self.env.cr.precommit.data[channel], {self.company.id: set(ticket.ids)}
        )

    def test_no_context_key_makes_a_note_a_call_or_a_reply_automatic(self):
        ticket = self.make_ticket().with_context(
            service_contract_channel="call", service_contract_mail="auto_reply"
        )
        ticket.message_post(
            body="Later", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self.assertFalse(ticket.sudo().sla_event_ids.filtered("counts"))
        ticket.message_post(
            body="We are on it", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        event = ticket.sudo().sla_event_ids.filtered("counts")
        self.assertEqual(event.kind, "answer")

    # === CHANGES THAT FOLLOW === #

    def test_stage_that_follows_from_an_assignee_is_a_fact(self):
        day, night = self.env["helpdesk.ticket.team"].create(
            [
                {"name": "Day"},
                {"name": "Night", "user_ids": [Command.set(self.user_agent.ids)]},
            ]
        )
        by_day, at_night = self.env["helpdesk.ticket.stage"].create(
            [
                {"name": "By day", "team_ids": [Command.set(day.ids)]},
                {
                    "name": "At night",
                    "sequence": -100,
                    "team_ids": [Command.set(night.ids)],
                    "sla_pause_reason_id": self.reason_customer.id,
                },
            ]
        )
        ticket = self.make_ticket(user_id=False, stage_id=by_day.id)
        self.at(ticket, utc("15 10:00")).write({"user_id": self.user_agent.id})
        self.env.flush_all()
        self.assertEqual((ticket.team_id, ticket.stage_id), (night, at_night))
        event = ticket.sudo().sla_event_ids
        self.assertEqual((event.stage_id, event.at), (at_night, utc("15 10:00")))
        self.assertEqual(self.timer(ticket).state, "paused")

    # === WHEN THE CUSTOMER ASKED === #

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_agent_does_not_undo_a_breach_by_another_request_instant(self):
        ticket = self.make_ticket()
        later = self.at(ticket, utc("16 16:00"))
        later._sync_sla()
        self.assertTrue(self.timer(ticket).breached_at)
        for at in (utc("16 15:00"), "2025-01-16 15:00:00", False):
            with self.assertRaisesRegex(AccessError, "Only helpdesk managers"):
                later.write({"requested_at": at})
        later.write({"requested_at": NOW})  # as it is
        self.assertTrue(self.timer(ticket).breached_at)

    def test_helpdesk_manager_corrects_when_the_customer_asked_and_it_is_logged(self):
        ticket = self.make_ticket()
        later = self.at(ticket, utc("15 16:00")).with_user(self.user_head)
        later.requested_at = utc("15 08:00")
        self.assertEqual(self.timer(ticket).started_at, utc("15 08:00"))
        self.env.flush_all()
        self.cr.precommit.run()
        tracked = ticket.sudo().message_ids.tracking_value_ids
        self.assertIn("requested_at", tracked.field_id.mapped("name"))

    def test_agent_corrects_when_the_customer_asked_while_no_clock_runs(self):
        ticket = self.make_ticket(self.stranger)
        self.assertFalse(ticket.sudo().sla_timer_ids)
        ticket.requested_at = utc("15 08:00")

    def test_nobody_asked_in_the_future(self):
        for ticket in (self.make_ticket(), self.make_ticket(self.stranger)):
            with self.assertRaisesRegex(UserError, "in the future"):
                ticket.with_user(self.user_head).requested_at = utc("15 09:02")
        with self.assertRaisesRegex(UserError, "in the future"):
            self.make_ticket(requested_at=utc("16 09:00"))
        with self.assertRaisesRegex(UserError, "in the future"):
            self.env["helpdesk.ticket"].with_user(self.user_agent).with_context(
                default_requested_at="2025-01-16 09:00:00"
            ).create({"name": "x", "description": "x"})
        self.make_ticket(requested_at=utc("15 09:01"))  # a clock that is a bit fast

    # === WHAT THE CLOCKS SAY === #

    def test_nobody_states_how_a_clock_stands(self):
        ticket = self.make_ticket()
        for vals in (
            {"sla_state": "met"},
            {"sla_due_at": "2025-02-01 09:00:00"},
            {"sla_due_at": False},
        ):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "clocks say so"):
                ticket.write(vals)
            with self.subTest(vals), self.assertRaisesRegex(UserError, "clocks say so"):
                self.make_ticket(**vals)

    def test_no_default_states_how_a_clock_stands(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.user_agent)
        self.env["ir.default"].set("helpdesk.ticket", "sla_state", "missed")
        ticket = tickets.with_context(
            default_sla_state="met", default_sla_due_at="2025-02-01 09:00:00"
        ).create({"name": "x", "description": "x", "partner_id": self.stranger.id})
        self.assertEqual((ticket.sla_state, ticket.sla_due_at), ("none", False))

    # === CHANGES IN THE PAST === #

    def test_no_context_dates_a_change_back(self):
        change = {"at": utc("15 09:10"), "why": ""}
        for user in (self.user_agent, self.user_head):
            ticket = self.at(self.make_ticket(), utc("15 16:00")).with_user(user)
            ticket.with_context(service_contract_sla_change=change).write(
                {"stage_id": self.stage_done.id}
            )
            self.assertEqual(self.timer(ticket).stopped_at, utc("15 16:00"))

    def test_change_in_the_past_needs_a_reason(self):
        ticket = self.at(self.make_ticket(), utc("15 16:00")).with_user(self.user_head)
        with self.assertRaisesRegex(UserError, "Say why"):
            ticket._change_stage_in_past(self.stage_done, utc("15 10:00"), " ")

    # === WHO READS === #

    def test_who_does_not_see_a_ticket_does_not_see_its_clocks(self):
        own = self._make_user("sc_own", "helpdesk_mgmt.group_helpdesk_user_own")
        of_team = self._make_user("sc_team", "helpdesk_mgmt.group_helpdesk_user_team")
        teams = self.env["helpdesk.ticket.team"].create(
            [
                {"name": "Theirs", "user_ids": [Command.set((own + of_team).ids)]},
                {"name": "Others", "user_ids": [Command.set(self.user_agent.ids)]},
            ]
        )
        stranger = {"user_id": self.user_agent.id, "team_id": teams[1].id}
        tickets = {
            "assigned": self.make_ticket(user_id=own.id, team_id=teams[0].id),
            "of the team": self.make_ticket(user_id=False, team_id=teams[0].id),
            "of a colleague": self.make_ticket(user_id=of_team.id, team_id=teams[0].id),
            "of others": self.make_ticket(**stranger),
            "followed": self.make_ticket(**stranger),
        }
        tickets["followed"].message_subscribe((own + of_team).partner_id.ids)
        for ticket in tickets.values():
            self.make_sla_records(ticket)
        self.env.flush_all()
        for user in (own, of_team, self.user_agent, self.user_head, self.user_contract):
            for model in ("timer", "event", "pause", "alarm", "rescue"):
                records = self.env[f"service.sla.{model}"].with_user(user)
                for name, ticket in tickets.items():
                    is_seen = user == self.user_contract or bool(
                        ticket.with_user(user).search([("id", "=", ticket.id)])
                    )
                    found = records.search_count([("ticket_id", "=", ticket.id)])
                    with self.subTest(name, user=user.login, model=model):
                        self.assertEqual(bool(found), is_seen)

    def make_sla_records(self, ticket):
        """Give a ticket one record of each kind, besides its timers."""
        timer = ticket.sudo().sla_timer_ids[0]
        values = {"ticket_id": ticket.id, "timer_id": timer.id}
        self.move(ticket, self.stage_waiting, utc("15 10:00"))
        self.env["service.sla.alarm"].create(
            {**values, "percent": 50, "due_at": NOW, "fired_at": NOW, "outcome": "told"}
        )
        self.env["service.sla.rescue"].create(
            {
                **values,
                "step_name": "Call",
                "kind": "call",
                "user_id": self.env.uid,
                "done_at": NOW,
            }
        )
