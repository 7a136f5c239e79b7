# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import tagged

from .common_sla import SlaCommon, utc


@tagged("post_install", "-at_install")
class TestSlaArchive(SlaCommon):
    """The clocks of a ticket that is archived stop."""

    def archive(self, ticket, instant, active=False):
        self.at(ticket.sudo(), utc(instant)).write({"active": active})
        self.env.flush_all()
        self.env.invalidate_all()

    def run_alarms(self, instant):
        self.run_cron("service.sla.timer", "_cron_alarms", utc(instant))
        self.env.invalidate_all()

    def test_archived_ticket_ends_without_a_verdict(self):
        ticket = self.make_ticket(user_id=self.user_agent.id)
        self.archive(ticket, "15 09:30")
        timer = self.timer(ticket)
        self.assertEqual((timer.state, timer.stopped_at), ("void", utc("15 09:30")))
        self.assertEqual(ticket.sudo().sla_state, "void")
        self.assertFalse(ticket.sudo().sla_due_at)
        self.run_alarms("20 10:00")
        self.assertFalse(self.timer(ticket).alarm_ids)
        self.assertFalse(ticket.sudo().activity_ids)
        self.assert_sums(ticket)
        self.assertFalse(self.env["service.contract"]._check_invariants())

    def test_what_was_missed_stays_missed(self):
        ticket = self.make_ticket(user_id=self.user_agent.id)
        self.run_alarms("15 13:00")
        self.archive(ticket, "15 13:30")
        response, restore = self.timer(ticket, "first_response"), self.timer(ticket)
        self.assertEqual((response.state, restore.state), ("missed", "void"))
        self.assertEqual(response.breached_at, utc("15 12:00"))
        self.assertEqual(ticket.sudo().sla_state, "missed")
        self.assertFalse(ticket.sudo().activity_ids)
        self.assertFalse(self.env["service.contract"]._check_invariants())

    def test_brought_back_it_goes_on(self):
        ticket = self.make_ticket(user_id=self.user_agent.id)
        due_at = self.timer(ticket).due_at
        self.archive(ticket, "15 09:30")
        self.archive(ticket, "15 10:10", active=True)
        timer = self.timer(ticket)
        self.assertEqual((timer.state, timer.due_at), ("running", due_at))
        self.assertEqual(len(ticket.sudo().sla_timer_ids), 2)
        self.run_alarms("15 10:10")
        self.assertTrue(self.timer(ticket, "first_response").alarm_ids)

    def test_timer_that_ran_on_an_archived_ticket_ends_at_its_alarm(self):
        ticket = self.make_ticket()
        # As a version did that knew nothing of it
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET active = FALSE WHERE id = %s", [ticket.id]
        )
        self.env.invalidate_all()
        self.run_alarms("15 14:00")
        self.assertEqual(self.timer(ticket).state, "void")
        self.assertFalse(self.timer(ticket).alarm_ids)

    def test_message_to_an_archived_ticket_starts_no_clock(self):
        self.policy.target_ids = [(0, 0, self.target_values("next_response", 1))]
        ticket = self.make_ticket()
        self.archive(ticket, "15 09:30")
        self.at(ticket.sudo(), utc("15 09:40")).message_post(
            body="Hello",
            author_id=self.contact.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertFalse(self.timer(ticket, "next_response"))
        self.assertEqual(self.timer(ticket).state, "void")
