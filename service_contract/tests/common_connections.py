# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Transactions beside the one of the test, over real connections.

What they commit stays: who uses this removes it again.
"""

from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.sql_db import Connection, ConnectionPool, connection_info_for
from odoo.tests import TransactionCase
from odoo.tools import SQL

from odoo.addons.base.models.ir_cron import IrCron


class ConnectionsCase(TransactionCase):
    """Has a pool of its own, since Odoo's may be smaller than the crowd."""

    connections = 5

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool = ConnectionPool(cls.connections)
        name = cls.env.cr.dbname
        cls.connection = Connection(cls.pool, name, connection_info_for(name)[1])
        cls.addClassCleanup(cls.pool.close_all)

    def environment(self, cr, now):
        """Return an environment at an instant (naive UTC)."""
        return api.Environment(cr, SUPERUSER_ID, {"service_contract_now": now})


class SlaConnectionsCase(ConnectionsCase):
    """All tickets have one policy, which is removed at the end with its versions."""

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

    def make_policy(self, env, targets):
        """Make the policy and remember its id."""
        policy = env["service.sla.policy"].create(
            {"name": "Race", "target_ids": [(0, 0, target) for target in targets]}
        )
        self.policy_id = policy.id

    def remove_policy(self, env):
        """Remove the policy; versions are append-only, so by SQL."""
        cr, table = env.cr, SQL.identifier("service_sla_version")
        cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", table))
        cr.execute(SQL("DELETE FROM %s WHERE policy_id = %s", table, self.policy_id))
        cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", table))
        env["service.sla.policy"].browse(self.policy_id).unlink()
        cr.execute("DELETE FROM ir_cron_trigger WHERE call_at < '2025-02-01'")
