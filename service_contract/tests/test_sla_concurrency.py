# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two things that happen to a ticket at the same time, over real connections.

Odoo runs in REPEATABLE READ: each transaction reads the facts of its beginning. Who
comes second has to fail with a serialization error, which Odoo answers by trying the
whole request again; a verdict from old facts, or an error that is not tried again,
would lose a message.
"""

from datetime import datetime

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_connections import SlaConnectionsCase

MAIL = """From: race@example.com
To: helpdesk@example.com
Subject: Re: x
Message-Id: <sla-race@example.com>
Content-Type: text/plain; charset="utf-8"

Hello
"""
ASKED = datetime(2025, 1, 15, 9)
LATER = datetime(2025, 1, 15, 10)


@tagged("post_install", "-at_install")
class TestSlaConcurrency(SlaConnectionsCase):
    def setUp(self):
        super().setUp()
        targets = [
            {"metric": metric, "amount": 8, "unit": "wall_hour"}
            for metric in ("next_response", "restore")
        ]
        with self.connection.cursor() as cr:
            env = self.environment(cr, ASKED)
            self.make_policy(env, targets)
            partner = env["res.partner"].create(
                {"name": "Race", "email": "race@example.com"}
            )
            reason = env["service.sla.pause.reason"].create({"name": "Race"})
            self.partner_id, self.reason_id = partner.id, reason.id
            self.ticket_id = self.make_ticket(env).id
            self.other_id = self.make_ticket(env).id
        self.addCleanup(self.clean_up)

    def make_ticket(self, env):
        return env["helpdesk.ticket"].create(
            {"name": "x", "description": "x", "partner_id": self.partner_id}
        )

    def clean_up(self):
        with self.connection.cursor() as cr:
            env = self.environment(cr, LATER)
            env["helpdesk.ticket"].browse([self.ticket_id, self.other_id]).unlink()
            self.remove_policy(env)
            env["service.sla.pause.reason"].browse(self.reason_id).unlink()
            env["res.partner"].browse(self.partner_id).unlink()

    def environment(self, cr, now=LATER):
        return super().environment(cr, now)

    def ticket(self, cr, ticket_id=None):
        return self.environment(cr)["helpdesk.ticket"].browse(
            ticket_id or self.ticket_id
        )

    def write_message(self, cr, ticket_id=None):
        """The customer writes."""
        self.ticket(cr, ticket_id).message_post(
            body="Hello",
            author_id=self.partner_id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        cr.flush()

    def pause(self, cr):
        """Somebody waits for the customer."""
        reason = self.environment(cr)["service.sla.pause.reason"].browse(self.reason_id)
        self.ticket(cr)._pause_sla(reason)
        cr.flush()

    def race(self, first, second):
        """Let two things happen whose transactions begin before either is committed;
        the second is to lose, and happens then once more."""
        with self.connection.cursor() as other:
            other.execute("SELECT 1")  # the snapshot
            with self.connection.cursor() as cr:
                first(cr)
            with self.assertRaises(SerializationFailure):
                second(other)
            other.rollback()
        with self.connection.cursor() as other:
            second(other)

    @mute_logger("odoo.sql_db")
    def test_two_messages_at_once_are_both_kept(self):
        self.race(self.write_message, self.write_message)
        with self.connection.cursor() as cr:
            ticket = self.ticket(cr)
            kinds = ticket.sla_event_ids.mapped("kind")
            self.assertEqual(kinds, ["customer", "customer"])
            waiting = ticket.sla_timer_ids.filtered(
                lambda timer: timer.metric == "next_response"
            )
            self.assertEqual(waiting.mapped("state"), ["running"])

    @mute_logger("odoo.sql_db")
    def test_answer_during_the_pause_that_waits_for_it_ends_it(self):
        self.race(self.pause, self.write_message)
        with self.connection.cursor() as cr:
            self.assertEqual(self.ticket(cr).sla_pause_ids.ended_by, "reply")
            self.assertNotIn("paused", self.ticket(cr).sla_timer_ids.mapped("state"))

    @mute_logger("odoo.sql_db")
    def test_message_and_change_of_priority_do_not_miss_each_other(self):
        def raise_priority(cr):
            self.ticket(cr).priority = "3"
            cr.flush()

        self.race(raise_priority, self.write_message)
        self.race(self.write_message, raise_priority)

    @mute_logger("odoo.sql_db")
    def test_fetched_mail_that_loses_is_tried_again(self):
        with self.connection.cursor() as other:
            other.execute("SELECT 1")  # the snapshot
            with self.connection.cursor() as cr:
                self.write_message(cr)
            threads = self.environment(other)["mail.thread"].with_context(
                default_fetchmail_server_id=1
            )
            threads.message_process(
                model="helpdesk.ticket", message=MAIL, thread_id=self.ticket_id
            )
        with self.connection.cursor() as cr:
            kinds = self.ticket(cr).sla_event_ids.mapped("kind")
            self.assertEqual(kinds, ["customer", "customer"])

    def test_messages_on_different_tickets_do_not_disturb_each_other(self):
        with self.connection.cursor() as other:
            other.execute("SELECT 1")  # the snapshot
            with self.connection.cursor() as cr:
                self.write_message(cr)
            self.write_message(other, self.other_id)
