# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Transactions beside the one of the test, over real connections.

What they commit stays: who uses this removes it again.
"""

from datetime import date, datetime
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.sql_db import Connection, ConnectionPool, connection_info_for
from odoo.tests import TransactionCase
from odoo.tools import SQL

from odoo.addons.base.models.ir_cron import IrCron

CONFIRMED = datetime(2025, 1, 15, 9)
# In the next period: nobody has opened its lot yet.
DELIVERED = datetime(2025, 2, 10, 9)
LEDGERS = ("service_charge", "service_coverage_entry", "service_usage")
# What they stand on, in the order in which it can be deleted.
GROUND = (
    "service_coverage_reservation",
    "service_coverage_counter",
    "service_contract_line",
)


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


class CounterConnectionsCase(ConnectionsCase):
    """A crowd on one contract line, which is removed at the end with its ledgers."""

    coverage = {"coverage_type": "cases", "coverage_quantity": 10}

    def setUp(self):
        super().setUp()
        with self.connection.cursor() as cr:
            env = self.environment(cr, CONFIRMED)
            partner = env["res.partner"].create({"name": "Crowd"})
            product = env["product.product"].create(
                {"name": "Maintenance of a crowd", "type": "service"}
            )
            line = {"product_id": product.id, "overage_price": 60.0, **self.coverage}
            contract = env["service.contract"].create(
                {
                    "partner_id": partner.id,
                    "date_start": date(2025, 1, 1),
                    "tz": "Europe/Rome",
                    "line_ids": [(0, 0, line)],
                }
            )
            contract.action_confirm()
            self.contract_id, self.line_id = contract.id, contract.line_ids.id
            self.company_id = contract.company_id.id
            self.addCleanup(self.clean_up, partner.id, product.id)

    def clean_up(self, partner_id, product_id):
        """Remove what was committed; the ledgers are append-only, so by SQL."""
        with self.connection.cursor() as cr:
            for table in LEDGERS:
                table = SQL.identifier(table)
                cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", table))
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE contract_id = %s", table, self.contract_id
                    )
                )
                cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", table))
            for table in GROUND:
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE contract_id = %s",
                        SQL.identifier(table),
                        self.contract_id,
                    )
                )
            env = self.environment(cr, CONFIRMED)
            contract = env["service.contract"].browse(self.contract_id)
            contract.action_cancel(reason="The test is over")
            contract.unlink()
            env["product.product"].browse(product_id).product_tmpl_id.unlink()
            env["res.partner"].browse(partner_id).unlink()

    def environment(self, cr, now=DELIVERED):
        return super().environment(cr, now)

    def crowd(self, stack, size):
        """Return cursors whose snapshots are all older than what the first one does."""
        cursors = [
            stack.enter_context(self.connection.cursor()) for _number in range(size)
        ]
        for cr in cursors:
            cr.execute("SELECT 1")
        return cursors

    def assertBooksAreRight(self):
        with self.connection.cursor() as cr:
            contracts = self.environment(cr)["service.contract"]
            self.assertEqual(contracts._check_invariants(), {})


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
