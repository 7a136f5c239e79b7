# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Alarms that meet another transaction, over real connections."""

from datetime import datetime
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

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
