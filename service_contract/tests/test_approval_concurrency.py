# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two people decide about the same request, over real connections."""

from datetime import date, datetime

from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common_connections import ConnectionsCase

NOW = datetime(2025, 1, 15, 9)


@tagged("post_install", "-at_install")
class TestApprovalConcurrency(ConnectionsCase):
    def setUp(self):
        super().setUp()
        with self.connection.cursor() as cr:
            env = self.environment(cr)
            partner = env["res.partner"].create({"name": "Two decisions"})
            product = env["product.product"].create(
                {"name": "Maintenance, twice decided", "type": "service"}
            )
            task = env["service.task.code"].create(
                {"name": "Cabling, twice decided", "code": "TWICE"}
            )
            contract = env["service.contract"].create(
                {
                    "partner_id": partner.id,
                    "date_start": date(2025, 1, 1),
                    "tz": "Europe/Rome",
                    "line_ids": [
                        (
                            0,
                            0,
                            {
                                "product_id": product.id,
                                "price_unit": 100.0,
                                "coverage_type": "unlimited",
                                "overage_price": 60.0,
                                "task_excluded_ids": [(6, 0, task.ids)],
                            },
                        )
                    ],
                }
            )
            contract.action_confirm()
            usage = env["service.usage"]._capture(
                [
                    {
                        "company_id": contract.company_id.id,
                        "source": "manual",
                        "external_key": "twice",
                        "unit": "second",
                        "quantity": 3600,
                        "event_at": NOW,
                        "contract_line_id": contract.line_ids.id,
                        "task_code_id": task.id,
                    }
                ]
            )
            self.usage_id, self.contract_id = usage.id, contract.id
            self.approval_id = usage.approval_ids.id
            self.addCleanup(self.clean_up, partner.id, product.id, task.id)

    def environment(self, cr, now=NOW):
        return super().environment(cr, now)

    def clean_up(self, partner_id, product_id, task_id):
        """Remove what was committed; it is append-only, so by SQL."""
        tables = ("service_approval", "service_charge", "service_usage")
        with self.connection.cursor() as cr:
            for table in map(SQL.identifier, tables):
                cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", table))
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE contract_id = %s", table, self.contract_id
                    )
                )
                cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", table))
            env = self.environment(cr)
            contract = env["service.contract"].browse(self.contract_id)
            contract.action_cancel(reason="The test is over")
            contract.unlink()
            env["service.task.code"].browse(task_id).unlink()
            env["product.product"].browse(product_id).product_tmpl_id.unlink()
            env["res.partner"].browse(partner_id).unlink()

    def decide(self, cr, verb, note):
        """Decide and commit, without a retry."""
        approval = self.environment(cr)["service.approval"].browse(self.approval_id)
        getattr(approval, verb)(note=note)
        # A connection of its own, as a real user has.
        cr.commit()  # pylint: disable=invalid-commit

    def test_one_wins_and_the_other_is_told(self):
        with self.connection.cursor() as one, self.connection.cursor() as two:
            for cr in (one, two):
                cr.execute("SELECT 1")
            self.decide(one, "action_approve", "first")
            # Odoo tries again, in a new transaction.
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self.decide(two, "action_refuse", "second")
        with (
            self.connection.cursor() as again,
            self.assertRaisesRegex(UserError, "approved .* already"),
        ):
            self.decide(again, "action_refuse", "second")
        with self.connection.cursor() as cr:
            approval = self.environment(cr)["service.approval"].browse(self.approval_id)
            self.assertEqual((approval.state, approval.note), ("approved", "first"))
            usage = approval.usage_id
            self.assertEqual(usage.ruling, "bill")
            standing = usage.charge_ids.filtered(
                lambda c: not c.is_reversed and not c.reversed_charge_id
            )
            self.assertEqual(standing.mapped("kind"), ["billable"])
