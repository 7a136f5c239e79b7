# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.fields import Command
from odoo.tests import tagged

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
