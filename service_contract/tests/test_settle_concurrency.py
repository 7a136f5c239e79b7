# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is settled rests on what was settled before, also where no lot is drawn.

A day with a minimum costs that minimum once. Ten people report ten minutes each of the
same day, with snapshots from before the first of them; no counter is written that
would tell one of another.
"""

from contextlib import ExitStack
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from .common_connections import DELIVERED, CounterConnectionsCase

REPORTS = 10


@tagged("post_install", "-at_install")
class TestSettleConcurrency(CounterConnectionsCase):
    connections = REPORTS + 5

    def setUp(self):
        with self.connection.cursor() as cr:
            env = self.environment(cr)
            rule = {
                "unit": "second",
                "price": 60.0,
                "rounding_scope": "day",
                "minimum": 1.0,
            }
            card = env["service.rate.card"].create(
                {
                    "name": "Rates of a crowd",
                    "currency_id": env.company.currency_id.id,
                    "rule_ids": [(0, 0, rule)],
                }
            )
            self.coverage = {"coverage_type": "rates", "rate_card_id": card.id}
        self.addCleanup(self.remove_card, card.id)
        super().setUp()

    def remove_card(self, card_id):
        with self.connection.cursor() as cr:
            self.environment(cr)["service.rate.card"].browse(card_id).unlink()

    def report(self, cr, number):
        """Record ten minutes and commit, without a retry."""
        self.environment(cr)["service.usage"]._capture(
            [
                {
                    "company_id": self.company_id,
                    "source": "api",
                    "external_key": f"crowd {self.contract_id} {number}",
                    "unit": "second",
                    "quantity": 600,
                    "event_at": DELIVERED,
                    "contract_line_id": self.line_id,
                }
            ]
        )
        # A connection of its own, as a real user has.
        cr.commit()  # pylint: disable=invalid-commit

    @mute_logger("odoo.sql_db")
    def test_a_minimum_of_a_day_is_charged_once(self):
        with ExitStack() as stack:
            stack.enter_context(patch.object(IrCron, "_notifydb", lambda self: None))
            for number, cr in enumerate(self.crowd(stack, REPORTS)):
                self.report(cr, number)
            with self.connection.cursor() as cr:
                self.environment(cr)["service.usage"]._cron_settle()
        with self.connection.cursor() as cr:
            cr.execute(
                "SELECT SUM(quantity), SUM(charged_quantity), SUM(amount)"
                " FROM service_charge WHERE contract_id = %s",
                [self.contract_id],
            )
            delivered, charged, amount = cr.fetchone()
        self.assertEqual((delivered, charged, amount), (6000, 6000, 100))
        self.assertBooksAreRight()
