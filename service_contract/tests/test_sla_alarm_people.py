# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import tagged

from .common_sla import SlaCommon, utc


@tagged("post_install", "-at_install")
class TestSlaAlarmPeople(SlaCommon):
    """Who hears of an alarm, and when it is over. Two targets: a first response until
    12:00 in Rome (11:00 UTC), and a restoration with 50 % used at 14:00 UTC."""

    def run_alarms(self, instant):
        self.run_cron("service.sla.timer", "_cron_alarms", utc(instant))
        self.env.invalidate_all()

    def outcomes(self, ticket, metric="restore"):
        return self.timer(ticket, metric).alarm_ids.mapped("outcome")

    def activity(self, ticket):
        return ticket.sudo().activity_ids

    def answer(self, ticket, instant):
        self.at(ticket, utc(instant)).with_user(self.user_agent).message_post(
            body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.env.flush_all()
        self.env.invalidate_all()

    # === NOBODY === #

    def test_alarm_without_anybody_to_tell_says_so(self):
        ticket = self.make_ticket(user_id=False, team_id=False)
        self.run_alarms("15 10:00")
        self.assertEqual(self.outcomes(ticket, "first_response"), ["nobody"])
        self.assertFalse(self.activity(ticket))
        response, restore = self.at(ticket, utc("15 10:00")).sla_panel
        self.assertEqual((response["untold"], restore["untold"]), (True, False))
        domain = self.env.ref("service_contract.helpdesk_ticket_view_search_board").arch
        self.assertIn("alarm_ids.outcome", domain)
        found = self.env["helpdesk.ticket"].search(
            [("sla_timer_ids.alarm_ids.outcome", "=", "nobody")]
        )
        self.assertIn(ticket, found)

    def test_who_takes_the_ticket_ends_the_mark_and_hears_the_next(self):
        ticket = self.make_ticket(user_id=False, team_id=False)
        self.run_alarms("15 10:00")
        self.at(ticket, utc("15 10:05")).user_id = self.user_agent
        response = self.at(ticket, utc("15 10:05")).sla_panel[0]
        self.assertFalse(response["untold"])
        self.run_alarms("15 10:30")
        self.assertEqual(self.outcomes(ticket, "first_response"), ["told", "nobody"])
        self.assertEqual(self.activity(ticket).user_id, self.user_agent)

    def test_who_has_left_is_not_told(self):
        left = self._make_user("sc_left", "helpdesk_mgmt.group_helpdesk_user")
        ticket = self.make_ticket(user_id=left.id, team_id=False)
        left.active = False
        self.run_alarms("15 10:00")
        self.assertEqual(self.outcomes(ticket, "first_response"), ["nobody"])

    # === OVER === #

    def test_met_target_takes_its_activity_along(self):
        ticket = self.make_ticket(user_id=self.user_agent.id)
        self.run_alarms("15 10:00")
        self.assertTrue(self.activity(ticket))
        self.answer(ticket, "15 10:10")
        self.assertFalse(self.activity(ticket))

    def test_what_is_still_in_danger_stays(self):
        ticket = self.make_ticket(user_id=self.user_agent.id)
        self.run_alarms("15 14:00")
        self.assertIn("First response is missed", self.activity(ticket).summary)
        self.answer(ticket, "15 14:10")
        self.assertEqual(
            self.activity(ticket).summary, "Restore: 50 % of the time is used"
        )
        self.move(ticket, self.stage_done, utc("15 14:20"))
        self.assertFalse(self.activity(ticket))

    def test_own_activities_of_people_stay(self):
        ticket = self.make_ticket(user_id=self.user_agent.id)
        kind = self.env.ref("service_contract.mail_activity_type_sla")
        own = ticket.sudo().activity_schedule(
            activity_type_id=kind.id, user_id=self.user_agent.id, automated=False
        )
        self.run_alarms("15 10:00")
        self.answer(ticket, "15 10:10")
        self.assertEqual(self.activity(ticket), own)

    # === MANY === #

    def make_many(self, size):
        tickets = self.env["helpdesk.ticket"].create(
            [
                {
                    "name": f"Oven {number}",
                    "description": "x",
                    "partner_id": self.contact.id,
                    "user_id": self.user_agent.id,
                }
                for number in range(size)
            ]
        )
        self.env.flush_all()
        return tickets

    def mails(self):
        """Return the messages to the agent that alarms have made."""
        return self.env["mail.message"].search(
            [
                ("partner_ids", "in", self.user_agent.partner_id.ids),
                ("message_type", "=", "user_notification"),
                "|",
                ("subject", "ilike", "at risk"),
                ("subject", "ilike", "of the time is used"),
            ]
        )

    def test_one_alarm_is_told_as_odoo_tells_of_an_activity(self):
        ticket = self.make_many(1)
        self.run_alarms("15 10:00")
        mail = self.mails()
        self.assertEqual((mail.model, mail.res_id), ("helpdesk.ticket", ticket.id))

    def test_several_alarms_are_told_in_one_mail(self):
        tickets = self.make_many(3)
        self.run_alarms("15 10:00")
        self.assertEqual(self.activity(tickets).user_id, self.user_agent)
        self.assertEqual(len(self.activity(tickets)), 3)
        mail = self.mails()
        self.assertEqual(mail.subject, "3 tickets at risk")
        for ticket in tickets:
            self.assertIn(ticket.number, mail.body)
            self.assertIn(f"res_id={ticket.id}", mail.body)
        self.assertIn(self.user_agent.partner_id, tickets[0].message_partner_ids)

    def test_queries_of_an_alarm_do_not_grow_with_the_alarms(self):
        counts = {}
        for size in (5, 5, 50):
            tickets = self.make_many(size)
            timers = self.at(tickets, utc("15 10:00")).sla_timer_ids
            timers = timers.filtered(lambda timer: timer.metric == "first_response")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            timers._fire_due()
            self.env.flush_all()
            counts[size] = self.env.cr.sql_log_count - before
            self.assertEqual(len(timers.alarm_ids), size)
        # Links of a mail are made one by one
        self.assertLess(counts[50] - counts[5], 10, counts)
