# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Alarms that meet another transaction, over real connections."""

from datetime import datetime
from unittest.mock import patch

from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_connections import SlaConnectionsCase

ASKED = datetime(2025, 1, 15, 9)
DUE = datetime(2025, 1, 15, 10)


@tagged("post_install", "-at_install")
class TestSlaAlarmConcurrency(SlaConnectionsCase):
    def setUp(self):
        super().setUp()
        target = {"metric": "restore", "amount": 2, "unit": "wall_hour"}
        with self.connection.cursor() as cr:
            env = self.environment(cr, ASKED)
            self.make_policy(env, [target])
            ticket = env["helpdesk.ticket"].create({"name": "x", "description": "x"})
            self.ticket_id = ticket.id
        self.addCleanup(self.clean_up)

    def clean_up(self):
        with self.connection.cursor() as cr:
            env = self.environment(cr, DUE)
            env["helpdesk.ticket"].browse(self.ticket_id).unlink()
            self.remove_policy(env)

    @mute_logger("odoo.sql_db")
    def test_lost_race_for_a_ticket_stops_no_alarm(self):
        take, lost = type(self.env["service.sla.timer"])._lock_due, []

        def lock_due(timers, *args):
            try:
                return take(timers, *args)
            except SerializationFailure as error:
                lost.append(error)
                raise

        with self.connection.cursor() as cr:
            timers = self.environment(cr, DUE)["service.sla.timer"]
            cr.execute("SELECT 1")  # the snapshot is older than the other's write
            with self.connection.cursor() as other:
                other.execute(
                    "UPDATE helpdesk_ticket SET sla_state = sla_state WHERE id = %s",
                    [self.ticket_id],
                )
            with patch.object(type(timers), "_lock_due", lock_due):
                timers._cron_alarms()
        self.assertEqual(len(lost), 1)
        with self.connection.cursor() as cr:
            ticket = self.environment(cr, DUE)["helpdesk.ticket"].browse(self.ticket_id)
            self.assertEqual(
                [(a.percent, a.outcome) for a in ticket.sla_timer_ids.alarm_ids],
                [(50, "nobody")],
            )

    # === ONE ORDER OF LOCKS === #
    #
    # Everybody locks the ticket first, so nobody holds a timer while waiting for it.

    def ticket(self, cr):
        return self.environment(cr, DUE)["helpdesk.ticket"].browse(self.ticket_id)

    def touch_timers(self, cr):
        cr.execute(
            "UPDATE service_sla_timer SET alarm_attempts = 0 WHERE ticket_id = %s",
            [self.ticket_id],
        )

    def outcomes(self):
        with self.connection.cursor() as cr:
            return self.ticket(cr).sla_timer_ids.alarm_ids.mapped("outcome")

    def test_ticket_that_somebody_works_on_is_left_and_nothing_of_it_is_held(self):
        with self.connection.cursor() as person, self.connection.cursor() as cron:
            for cr in (person, cron):
                cr.execute("SET LOCAL lock_timeout = '2s'")
            self.ticket(person)._claim_facts()
            timers = self.environment(cron, DUE)["service.sla.timer"]
            self.assertFalse(timers._lock_due(DUE, 200, [0]))
            self.touch_timers(person)  # would wait for a timer that the other holds
            person.commit()
        with self.connection.cursor() as cr:
            self.environment(cr, DUE)["service.sla.timer"]._cron_alarms()
        self.assertEqual(self.outcomes(), ["nobody"])

    @mute_logger("odoo.sql_db")
    def test_who_comes_while_an_alarm_is_told_waits_with_empty_hands(self):
        with self.connection.cursor() as cron:
            cron.execute("SET LOCAL lock_timeout = '2s'")
            due = self.environment(cron, DUE)["service.sla.timer"]._lock_due(
                DUE, 200, [0]
            )
            self.assertEqual(due.ticket_id.id, self.ticket_id)
            with self.connection.cursor() as person:
                person.execute("SET LOCAL lock_timeout = '50ms'")
                with self.assertRaises(LockNotAvailable):
                    self.ticket(person)._claim_facts()
                person.rollback()
            due._handle_due()
        self.assertEqual(self.outcomes(), ["nobody"])
