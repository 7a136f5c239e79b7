# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Alarms that meet another transaction, over real connections."""

from datetime import datetime
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.sql_db import Connection, ConnectionPool, connection_info_for
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.base.models.ir_cron import IrCron

ASKED = datetime(2025, 1, 15, 9)
DUE = datetime(2025, 1, 15, 10)


@tagged("post_install", "-at_install")
class TestSlaAlarmConcurrency(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool = ConnectionPool(5)
        name = cls.env.cr.dbname
        cls.connection = Connection(cls.pool, name, connection_info_for(name)[1])
        cls.addClassCleanup(cls.pool.close_all)

    def setUp(self):
        super().setUp()
        # Nobody is to hear of what is committed here
        self.enterContext(patch.object(IrCron, "_notifydb", lambda self: None))
        self.enterContext(
            patch.object(
                type(self.env["service.sla.policy"]),
                "_find_for_tickets",
                lambda policies, tickets: dict.fromkeys(
                    tickets, policies.browse(self.policy_id)
                ),
            )
        )
        target = {"metric": "restore", "amount": 2, "unit": "wall_hour"}
        with self.connection.cursor() as cr:
            env = self.environment(cr, ASKED)
            policy = env["service.sla.policy"].create(
                {"name": "Race", "target_ids": [(0, 0, target)]}
            )
            self.policy_id = policy.id
            ticket = env["helpdesk.ticket"].create({"name": "x", "description": "x"})
            self.ticket_id = ticket.id
        self.addCleanup(self.clean_up)

    def clean_up(self):
        """Remove what was committed; versions are append-only, so by SQL."""
        table = SQL.identifier("service_sla_version")
        with self.connection.cursor() as cr:
            env = self.environment(cr, DUE)
            env["helpdesk.ticket"].browse(self.ticket_id).unlink()
            cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", table))
            cr.execute(
                SQL("DELETE FROM %s WHERE policy_id = %s", table, self.policy_id)
            )
            cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", table))
            env["service.sla.policy"].browse(self.policy_id).unlink()
            cr.execute("DELETE FROM ir_cron_trigger WHERE call_at < '2025-02-01'")

    def environment(self, cr, now):
        return api.Environment(cr, SUPERUSER_ID, {"service_contract_now": now})

    @mute_logger("odoo.sql_db")
    def test_lost_race_for_a_timer_stops_no_alarm(self):
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
                    "UPDATE service_sla_timer SET alarm_attempts = 0"
                    " WHERE ticket_id = %s",
                    [self.ticket_id],
                )
            with patch.object(type(timers), "_lock_due", lock_due):
                timers._cron_alarms()
        self.assertEqual(len(lost), 1)
        with self.connection.cursor() as cr:
            ticket = self.environment(cr, DUE)["helpdesk.ticket"].browse(self.ticket_id)
            self.assertEqual(
                [(a.percent, a.outcome) for a in ticket.sla_timer_ids.alarm_ids],
                [(50, "told")],
            )
