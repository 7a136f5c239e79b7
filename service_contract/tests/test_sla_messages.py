# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from itertools import product

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import NOW
from .common_sla import SlaCommon, utc

MAIL = """From: {sender}
To: {to}
Subject: Re: The oven is cold
Message-Id: <{id}@example.com>
In-Reply-To: {parent}
{headers}Content-Type: text/plain; charset="utf-8"

{body}
"""


@tagged("post_install", "-at_install")
class TestSlaMessages(SlaCommon):
    """Only a public answer of a person, or a call, is a first response."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact.email = "anna@aurora.example"
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Vendor", "email": "help@vendor.example"}
        )
        cls.policy.write(
            {"target_ids": [(0, 0, cls.target_values("next_response", 1))]}
        )

    def post(self, ticket, author, is_public, instant, **values):
        """Post a message on a ticket as a partner, at an instant."""
        user = author.user_ids[:1] or self.env["res.users"].browse(SUPERUSER_ID)
        subtype = "mail.mt_comment" if is_public else "mail.mt_note"
        return (
            self.at(ticket.with_user(user).sudo(), instant)
            .with_context(mail_notify_force_send=False)
            .message_post(
                body="Hello",
                author_id=author.id,
                subtype_xmlid=subtype,
                **{"message_type": "comment", **values},
            )
        )

    def mail(self, ticket, sender, instant, headers="", body="Hello"):
        """Receive a mail as an answer to the ticket, at an instant."""
        self.sent = getattr(self, "sent", 0) + 1
        parent = ticket.sudo().message_ids.sorted("id")[:1]
        if not parent:
            parent = ticket.sudo().message_post(body="First", message_type="comment")
        return self.at(self.env["mail.thread"], instant).message_process(
            "helpdesk.ticket",
            MAIL.format(
                sender=sender,
                to="helpdesk@example.com",
                id=f"sla-{ticket.id}-{self.sent}",
                parent=parent.message_id,
                headers=headers,
                body=body,
            ),
            thread_id=ticket.id,
        )

    # === MATRIX === #

    def test_channel_author_visibility(self):
        """Channel × author × visibility, with real messages."""
        authors = {
            "agent": self.user_agent.partner_id,
            "customer": self.contact,
            "portal": self.contact_2,
            "other": self.vendor,
            "system": self.env.ref("base.partner_root"),
        }
        types = ("comment", "email", "auto_comment", "out_of_office")
        for (name, author), type_, is_public in product(
            authors.items(), types, (True, False)
        ):
            ticket = self.make_ticket()
            self.post(ticket, author, is_public, utc("15 09:30"), message_type=type_)
            timer = self.timer(ticket, "first_response")
            counts = name == "agent" and is_public and type_ in ("comment", "email")
            with self.subTest(author=name, type=type_, public=is_public):
                self.assertEqual(timer.state, "met" if counts else "running")
                event = ticket.sudo().sla_event_ids
                self.assertEqual(event.counts, counts)
                self.assertTrue(event.why)
                self.assertEqual(event.at, utc("15 09:30"))
                self.assertEqual(event.message_id.author_id, author)

    def test_stage_alone_is_no_answer_unless_the_policy_says(self):
        self.stage_progress.sla_is_response = True
        ticket = self.make_ticket()
        self.move(ticket, self.stage_progress, utc("15 09:30"))
        self.assertEqual(self.timer(ticket, "first_response").state, "running")
        self.policy.response_by = "message_or_stage"
        ticket = self.make_ticket()
        self.move(ticket, self.stage_progress, utc("15 09:30"))
        self.assertEqual(self.timer(ticket, "first_response").state, "met")

    def test_mail_of_a_stage_is_no_answer(self):
        self.stage_progress.mail_template_id = self.env.ref(
            "helpdesk_mgmt.changed_stage_template"
        )
        ticket = self.make_ticket()
        self.move(ticket, self.stage_progress, utc("15 09:30"))
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual(self.timer(ticket, "first_response").state, "running")

    # === MAIL GATEWAY === #

    def test_mail_of_an_agent_is_an_answer(self):
        ticket = self.make_ticket()
        self.mail(ticket, self.user_agent.email, utc("15 09:30"))
        self.assertEqual(self.timer(ticket, "first_response").state, "met")

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_automatic_mails_count_for_nothing(self):
        headers = (
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: auto-generated",
            "X-Autoreply: yes",
            "X-Autorespond: yes",
            "Precedence: auto_reply",
            "Precedence: bulk",
            "X-Auto-Response-Suppress: All",
        )
        for header in headers:
            ticket = self.make_ticket(stage_id=self.stage_waiting.id)
            self.mail(ticket, self.user_agent.email, utc("15 09:20"), f"{header}\n")
            self.mail(ticket, self.contact.email, utc("15 09:30"), f"{header}\n")
            with self.subTest(header):
                events = ticket.sudo().sla_event_ids
                self.assertEqual(set(events.mapped("kind")), {"reply_auto"})
                self.assertEqual(len(events), 2)
                self.assertEqual(self.timer(ticket, "first_response").state, "running")
                # An out-of-office note does not end a pause: no loop of reminders
                self.assertTrue(ticket.sudo().sla_is_paused)

    def test_mail_that_makes_a_ticket_is_the_request(self):
        alias_mail = MAIL.format(
            sender=self.contact.email,
            to="helpdesk@example.com",
            id="sla-new",
            parent="",
            headers="",
            body="It is cold",
        )
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            ticket_id = self.at(
                self.env["mail.thread"], utc("15 09:30")
            ).message_process("helpdesk.ticket", alias_mail)
        ticket = self.env["helpdesk.ticket"].browse(ticket_id)
        self.assertEqual(ticket.requested_at, utc("15 09:30"))
        self.assertFalse(ticket.sla_event_ids)
        timers = self.timer(ticket) | self.timer(ticket, "first_response")
        self.assertEqual(timers.mapped("state"), ["running", "running"])
        self.assertFalse(self.timer(ticket, "next_response"))

    # === MAILS THAT WAITED === #

    def test_mail_of_the_customer_counts_from_when_it_was_sent(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_waiting, utc("15 09:10"))
        date = "Date: Wed, 15 Jan 2025 10:20:00 +0100\n"
        self.mail(ticket, self.contact.email, utc("15 11:30"), date)
        event = ticket.sudo().sla_event_ids.filtered(lambda e: e.kind == "customer")
        self.assertEqual(
            (event.at, event.recorded_at), (utc("15 09:20"), utc("15 11:30"))
        )
        self.assertEqual(ticket.sudo().sla_pause_ids.end_at, utc("15 09:20"))
        asked = self.timer(ticket, "next_response")
        self.assertEqual(
            (asked.started_at, asked.due_at), (utc("15 09:20"), utc("15 10:20"))
        )
        self.assert_sums(ticket)

    def test_mail_of_an_agent_counts_from_when_our_server_got_it(self):
        hops = (
            "Received: from mx by imap; Wed, 15 Jan 2025 09:40:00 +0000\n"
            "Received: from pc by mx; Wed, 15 Jan 2025 09:01:00 +0000\n"
        )
        date = "Date: Wed, 15 Jan 2025 09:01:00 +0000\n"
        for headers, at in ((date, "11:30"), (date + hops, "09:40")):
            ticket = self.make_ticket()
            self.mail(ticket, self.user_agent.email, utc("15 11:30"), headers)
            with self.subTest(headers):
                timer = self.timer(ticket, "first_response")
                self.assertEqual(timer.stopped_at, utc(f"15 {at}"))

    def test_instants_that_can_not_be_are_those_of_the_fetching(self):
        for date in (
            "Wed, 15 Jan 2025 08:59:00 +0000",  # before the request
            "Wed, 15 Jan 2025 09:15:00 +0000",  # before what is on record
            "Wed, 15 Jan 2025 09:31:00 +0000",  # in the future
            "Wed, 1 Jan 2025 09:10:00 +0000",
            "Wed, 15 Jan 2025 09:25:00 +9999999999",
            "tomorrow",
        ):
            ticket = self.make_ticket()
            self.post(ticket, self.user_agent.partner_id, True, utc("15 09:20"))
            self.mail(ticket, self.contact.email, utc("15 09:30"), f"Date: {date}\n")
            with self.subTest(date):
                event = ticket.sudo().sla_event_ids[-1]
                self.assertEqual((event.kind, event.at), ("customer", utc("15 09:30")))
                self.assertEqual(self.timer(ticket, "next_response").state, "running")

    def test_mail_that_waited_asked_when_it_was_sent(self):
        for date, at in (
            ("Date: Wed, 15 Jan 2025 08:00:00 +0000\n", "15 08:00"),
            ("Date: Wed, 15 Jan 2025 10:00:00 +0000\n", "15 09:30"),
            ("Date: Wed, 15 Jan 2020 10:00:00 +0000\n", "15 09:30"),
        ):
            self.sent = getattr(self, "sent", 0) + 1
            mail = MAIL.format(
                sender=self.contact.email,
                to="helpdesk@example.com",
                id=f"sla-waited-{self.sent}",
                parent="",
                headers=date,
                body="It is cold",
            )
            with mute_logger("odoo.addons.mail.models.mail_thread"):
                ticket_id = self.at(
                    self.env["mail.thread"], utc("15 09:30")
                ).message_process("helpdesk.ticket", mail)
            ticket = self.env["helpdesk.ticket"].browse(ticket_id)
            with self.subTest(date):
                self.assertEqual(ticket.requested_at, utc(at))
                self.assertEqual(self.timer(ticket).started_at, utc(at))

    # === EXCHANGES === #

    def test_each_unanswered_message_has_its_clock(self):
        ticket = self.make_ticket()
        agent = self.user_agent.partner_id
        self.post(ticket, agent, True, utc("15 09:10"))
        self.post(ticket, self.contact, True, utc("15 09:20"))
        self.post(ticket, self.contact, True, utc("15 09:40"))
        first = self.timer(ticket, "next_response")
        self.assertEqual(first.state, "running")
        self.assertEqual(first.due_at, utc("15 10:20"))
        self.post(ticket, agent, True, utc("15 10:00"))
        self.post(ticket, self.contact, True, utc("15 10:30"))
        timers = self.timer(ticket, "next_response")
        self.assertEqual(timers.mapped("state"), ["met", "running"])
        self.assertEqual(timers.mapped("cycle"), [0, 1])
        self.assert_sums(ticket)

    def test_reply_and_pause_in_one_save_keep_the_first_response(self):
        agent = self.user_agent.partner_id
        for reply_first in (True, False):
            ticket = self.make_ticket()
            if reply_first:
                self.post(ticket, agent, True, utc("15 09:30"))
            self.move(ticket, self.stage_waiting, utc("15 09:30"))
            if not reply_first:
                self.post(ticket, agent, True, utc("15 09:30"))
            with self.subTest(reply_first=reply_first):
                response = self.timer(ticket, "first_response")
                self.assertEqual(response.state, "met")
                self.assertEqual(response.stopped_at, utc("15 09:30"))
                self.assertEqual(self.timer(ticket).state, "paused")

    def test_answer_of_the_customer_ends_the_pause(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_waiting, utc("15 09:30"))
        self.post(ticket, self.user_agent.partner_id, True, utc("15 09:40"))
        self.assertTrue(ticket.sudo().sla_is_paused)
        self.post(ticket, self.contact, True, utc("15 10:30"))
        pause = ticket.sudo().sla_pause_ids
        self.assertEqual(pause.ended_by, "reply")
        self.assertEqual(pause.end_at, utc("15 10:30"))
        self.assertEqual(self.timer(ticket).state, "running")
        self.assertEqual(ticket.sudo().sla_state, "running")

    def test_some_pauses_outlast_the_answer(self):
        ticket = self.make_ticket()
        ticket._pause_sla(self.reason_part)
        self.post(ticket, self.contact, True, utc("15 10:30"))
        self.assertTrue(ticket.sudo().sla_is_paused)

    def test_logged_call_is_a_first_response(self):
        ticket = self.make_ticket()
        wizard = self.env["service.ticket.call"].with_user(self.user_agent)
        wizard = self.at(wizard, utc("15 09:30")).create(
            {"ticket_id": ticket.id, "note": "He will restart it."}
        )
        wizard.action_apply()
        timer = self.timer(ticket, "first_response")
        self.assertEqual((timer.state, timer.stopped_at), ("met", utc("15 09:30")))
        event = ticket.sudo().sla_event_ids
        self.assertEqual((event.kind, event.counts), ("call", True))
        # The note is not for the customer.
        self.assertTrue(event.message_id.subtype_id.internal)

    # === DUPLICATES === #

    def test_duplicate_ends_merged_and_the_survivor_goes_on(self):
        survivor, ticket = self.make_ticket(), self.make_ticket()
        self.at(ticket, utc("15 09:30")).write({"duplicate_id": survivor.id})
        timer = self.timer(ticket)
        self.assertEqual(timer.state, "merged")
        self.assertEqual(timer.stopped_at, utc("15 09:30"))
        self.assertEqual(timer.merged_into_id, survivor)
        self.assertFalse(timer.next_alarm_at)
        self.assertEqual(ticket.sudo().sla_state, "none")
        self.assertEqual(self.timer(survivor).state, "running")
        self.move(ticket, self.stage_done, utc("15 09:40"))
        self.assertEqual(self.timer(ticket).state, "merged")
        self.assert_sums(ticket)

    def test_mail_to_a_duplicate_counts_on_the_survivor(self):
        survivor, ticket = self.make_ticket(), self.make_ticket()
        self.move(survivor, self.stage_waiting, utc("15 09:15"))
        self.at(ticket, utc("15 09:20")).write({"duplicate_id": survivor.id})
        self.mail(ticket, self.contact.email, utc("15 09:30"))
        self.assertEqual(
            survivor.sudo().sla_event_ids.mapped("kind"), ["stage", "customer"]
        )
        self.assertFalse(survivor.sudo().sla_is_paused)
        self.assertFalse(ticket.sudo().sla_event_ids)

    def test_wrong_duplicate_can_be_taken_back(self):
        survivor, ticket = self.make_ticket(), self.make_ticket()
        self.at(ticket, utc("15 09:30")).write({"duplicate_id": survivor.id})
        self.at(ticket, utc("15 10:00")).write({"duplicate_id": False})
        timer = self.timer(ticket)
        self.assertEqual((timer.state, timer.started_at), ("running", NOW))
        self.assertFalse(timer.merged_into_id)


@tagged("post_install", "-at_install")
class TestSlaPauses(SlaCommon):
    """Pauses by hand, their limits, and stages that are dated back."""

    def pause(self, ticket, reason, instant):
        self.at(ticket, instant)._pause_sla(reason, "The fan")

    def test_pause_by_hand_says_who_and_why(self):
        ticket = self.make_ticket()
        wizard = Form(
            self.at(
                self.env["service.ticket.pause"].with_user(self.user_agent),
                utc("15 10:00"),
            ).with_context(active_id=ticket.id)
        )
        wizard.reason_id = self.reason_part
        wizard.note = "The fan"
        self.assertIn("at most", wizard.preview)
        wizard.save().action_apply()
        self.assertRecordValues(
            ticket.sudo().sla_pause_ids,
            [
                {
                    "start_at": utc("15 10:00"),
                    "end_at": False,
                    "limit_at": utc("17 10:00"),
                    "reason_id": self.reason_part.id,
                    "note": "The fan",
                    "user_id": self.user_agent.id,
                }
            ],
        )
        timer = self.timer(ticket)
        self.assertEqual((timer.state, timer.resumes_at), ("paused", utc("17 10:00")))
        self.assertEqual(timer.next_alarm_at, utc("17 10:00"))
        self.at(ticket, utc("15 12:00")).action_resume_sla()
        self.assertEqual(ticket.sudo().sla_pause_ids.ended_by, "person")
        self.assertEqual(self.timer(ticket).paused_s, 3600)
        with self.assertRaisesRegex(UserError, "run already"):
            ticket.action_resume_sla()

    def test_pause_ends_at_its_limit_by_itself(self):
        ticket = self.make_ticket()
        self.pause(ticket, self.reason_part, utc("15 10:00"))
        self.run_cron("service.sla.timer", "_cron_alarms", utc("17 10:00"))
        self.env.invalidate_all()
        pause = ticket.sudo().sla_pause_ids
        self.assertEqual((pause.ended_by, pause.end_at), ("limit", utc("17 10:00")))
        self.assertEqual(self.timer(ticket).state, "running")
        self.assertFalse(ticket.sudo().sla_is_paused)

    def test_budget_is_shared_by_the_pauses_of_a_reason(self):
        ticket = self.make_ticket()
        self.pause(ticket, self.reason_part, utc("15 10:00"))
        self.at(ticket, utc("17 08:00")).action_resume_sla()
        self.pause(ticket, self.reason_part, utc("17 10:00"))
        # 46 of 72 hours are used.
        self.assertEqual(ticket.sudo().sla_pause_ids[1].limit_at, utc("18 12:00"))
        with self.assertRaisesRegex(UserError, "budget"):
            self.pause(ticket, self.reason_part, utc("20 10:00"))
        self.assertEqual(len(ticket.sudo().sla_pause_ids), 2)

    def test_two_pausing_stages_are_one_pause_without_a_hole(self):
        other = self.stage_waiting.copy(
            {"name": "Vendor", "sla_pause_reason_id": self.reason_part.id}
        )
        ticket = self.make_ticket()
        self.move(ticket, self.stage_waiting, utc("15 10:00"))
        self.move(ticket, other, utc("15 12:30"))
        self.move(ticket, self.stage_progress, utc("15 13:30"))
        self.assertEqual(len(ticket.sudo().sla_pause_ids), 2)
        self.assertEqual(self.timer(ticket).paused_s, 2.5 * 3600)

    def test_closed_or_paused_ticket_cannot_be_paused(self):
        ticket = self.make_ticket()
        self.pause(ticket, self.reason_customer, utc("15 10:00"))
        with self.assertRaisesRegex(UserError, "paused already"):
            self.pause(ticket, self.reason_part, utc("15 10:30"))
        self.move(ticket, self.stage_done, utc("15 11:00"))
        with self.assertRaisesRegex(UserError, "is closed"):
            self.pause(ticket, self.reason_part, utc("15 11:30"))

    def test_target_may_ignore_a_reason(self):
        self.policy.target_ids[1:].write(
            {
                "pause_rule": "reasons",
                "pause_reason_ids": [(6, 0, self.reason_part.ids)],
            }
        )
        ticket = self.make_ticket()
        self.pause(ticket, self.reason_customer, utc("15 10:00"))
        self.assertEqual(self.timer(ticket).state, "running")

    # === BACKDATING === #

    def backdate(self, user, ticket, at):
        wizard = self.at(
            self.env["service.ticket.backdate"].with_user(user), utc("16 10:00")
        ).create(
            {
                "ticket_id": ticket.id,
                "stage_id": self.stage_done.id,
                "at": at,
                "reason": "The phone was dead",
            }
        )
        wizard.action_apply()

    def test_manager_dates_a_stage_back_and_it_is_logged(self):
        manager = self._make_user("sc_hd", "helpdesk_mgmt.group_helpdesk_manager")
        ticket = self.make_ticket()
        self.backdate(manager, ticket, utc("15 13:00"))
        timer = self.timer(ticket)
        self.assertEqual((timer.state, timer.stopped_at), ("met", utc("15 13:00")))
        event = ticket.sudo().sla_event_ids[0]
        self.assertEqual(event.at, utc("15 13:00"))
        self.assertEqual(event.recorded_at, utc("16 10:00"))
        self.assertEqual(event.why, "The phone was dead")
        self.assertEqual(event.user_id, manager)
        self.assertEqual(ticket.closed_date, utc("15 13:00"))
        self.assertIn("The phone was dead", ticket.sudo().message_ids[0].body)
        self.assert_sums(ticket)

    def test_stage_is_not_dated_before_the_one_before_it(self):
        manager = self._make_user("sc_hd", "helpdesk_mgmt.group_helpdesk_manager")
        ticket = self.make_ticket()
        self.move(ticket, self.stage_progress, utc("15 11:00"))
        for at in (utc("15 10:00"), utc("16 11:00")):
            with self.assertRaisesRegex(UserError, "Choose a time between"):
                self.backdate(manager, ticket, at)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_agents_cannot_date_back(self):
        ticket = self.make_ticket()
        with self.assertRaises(AccessError):
            self.backdate(self.user_agent, ticket, utc("15 13:00"))
        # Nor by a context of their own
        change = {"at": utc("15 09:10"), "why": "x"}
        self.at(ticket, utc("16 10:00")).with_context(
            service_contract_sla_change=change
        ).write({"stage_id": self.stage_done.id})
        self.assertEqual(self.timer(ticket).stopped_at, utc("16 10:00"))
