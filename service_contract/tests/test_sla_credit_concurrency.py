# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two people approve credits at the same time, over real connections.

Odoo runs in REPEATABLE READ: who decides after another one still sees what was before
it, unless the first one has *written* what the second one locks.
"""

from datetime import date, datetime

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common_connections import ConnectionsCase

NOW = datetime(2025, 1, 16, 9)


@tagged("post_install", "-at_install")
class TestSlaCreditConcurrency(ConnectionsCase):
    def setUp(self):
        super().setUp()
        with self.connection.cursor() as cr:
            env = self.environment(cr)
            partner = env["res.partner"].create({"name": "Two approvals"})
            product = env["product.product"].create(
                {"name": "Maintenance, twice approved", "type": "service"}
            )
            line = {"product_id": product.id, "price_unit": 100.0}
            contract = env["service.contract"].create(
                {
                    "partner_id": partner.id,
                    "date_start": date(2025, 1, 1),
                    "tz": "Europe/Rome",
                    "sla_credit_rule": "amount",
                    "sla_credit_amount": 10.0,
                    "sla_credit_cap": 10.0,
                    "line_ids": [(0, 0, line)],
                }
            )
            contract.action_confirm()
            credits = env["service.sla.credit"].create(
                [
                    {
                        "metric": "restore",
                        "breached_at": datetime(2025, 1, 15, 12),
                        "contract_line_id": contract.line_ids.id,
                        "period_from": date(2025, 1, 1),
                        "fee": 100.0,
                        "amount": 10.0,
                    }
                    for _number in range(2)
                ]
            )
            self.contract_id, self.credit_ids = contract.id, credits.ids
            self.addCleanup(self.clean_up, partner.id, product.id)

    def clean_up(self, partner_id, product_id):
        """Remove what was committed; the ledger is append-only, so by SQL."""
        with self.connection.cursor() as cr:
            for query in (
                """
                UPDATE service_sla_credit
                   SET decision = 'void', charge_id = NULL
                 WHERE contract_id = %s
                """,
                "DELETE FROM service_charge WHERE contract_id = %s",
                "DELETE FROM service_sla_credit WHERE contract_id = %s",
            ):
                cr.execute("ALTER TABLE service_charge DISABLE TRIGGER USER")
                cr.execute(SQL(query, self.contract_id))
                cr.execute("ALTER TABLE service_charge ENABLE TRIGGER USER")
            env = self.environment(cr)
            contract = env["service.contract"].browse(self.contract_id)
            contract.action_cancel(reason="The test is over")
            contract.unlink()
            env["product.product"].browse(product_id).product_tmpl_id.unlink()
            env["res.partner"].browse(partner_id).unlink()

    def environment(self, cr, now=NOW):
        return super().environment(cr, now)

    def approve(self, cr, credit_id):
        """Approve one credit and commit, without a retry."""
        credit = self.environment(cr)["service.sla.credit"].browse(credit_id)
        credit._lock()._approve()
        # A connection of its own, as a real user has.
        cr.commit()  # pylint: disable=invalid-commit

    def test_two_approvals_stay_within_the_cap(self):
        with self.connection.cursor() as one, self.connection.cursor() as two:
            for cr in (one, two):
                cr.execute("SELECT 1")
            self.approve(one, self.credit_ids[0])
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self.approve(two, self.credit_ids[1])
        with self.connection.cursor() as again:
            self.approve(again, self.credit_ids[1])
            credits = self.environment(again)["service.sla.credit"].browse(
                self.credit_ids
            )
            self.assertEqual(credits.mapped("state"), ["approved", "void"])
            self.assertEqual(sum(credits.mapped("amount")), 10.0)
