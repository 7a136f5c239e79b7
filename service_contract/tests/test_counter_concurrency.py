# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Forty draws at the same time on an allotment of ten, over real connections.

Odoo runs in REPEATABLE READ: who waits for a lock goes on with an old snapshot. The
case fails as soon as a draw does not *write* the counter it read (see
``docs/decisions/counters.md``); the last test proves that it would.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime
from threading import Barrier
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from .common_connections import ConnectionsCase

DRAWS = 40
LIMIT = 10
CONFIRMED = datetime(2025, 1, 15, 9)
# In the next period: nobody has opened its lot yet.
DELIVERED = datetime(2025, 2, 10, 9)
LEDGERS = ("service_charge", "service_coverage_entry", "service_usage")


@tagged("post_install", "-at_install")
class TestCounterConcurrency(ConnectionsCase):
    connections = DRAWS + 5

    def setUp(self):
        super().setUp()
        with self.connection.cursor() as cr:
            env = self.environment(cr, CONFIRMED)
            partner = env["res.partner"].create({"name": "Crowd"})
            product = env["product.product"].create(
                {"name": "Maintenance of a crowd", "type": "service"}
            )
            line = {
                "product_id": product.id,
                "coverage_type": "cases",
                "coverage_quantity": LIMIT,
                "overage_price": 60.0,
            }
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
            for table in ("service_coverage_counter", "service_contract_line"):
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

    def draw(self, cr, number):
        """Record one case through the public path and commit, without a retry."""
        self.environment(cr)["service.usage"]._capture(
            [
                {
                    "company_id": self.company_id,
                    "source": "api",
                    "external_key": f"crowd {self.contract_id} {number}",
                    "unit": "case",
                    "quantity": 1,
                    "event_at": DELIVERED,
                    "contract_line_id": self.line_id,
                }
            ]
        )
        # A connection of its own, as a real user has.
        cr.commit()  # pylint: disable=invalid-commit

    def settle(self):
        """Run the scheduled action that settles what was left pending."""
        with self.connection.cursor() as cr:
            self.environment(cr)["service.usage"]._cron_settle()

    def count(self):
        """Return how many cases are covered and billable, and what is pending."""
        with self.connection.cursor() as cr:
            cr.execute(
                """
                SELECT COALESCE(SUM(quantity) FILTER (WHERE kind = 'covered'), 0),
                       COALESCE(SUM(quantity) FILTER (WHERE kind = 'billable'), 0)
                  FROM service_charge
                 WHERE contract_id = %s
                """,
                [self.contract_id],
            )
            covered, billable = cr.fetchone()
            cr.execute(
                "SELECT count(*) FROM service_usage"
                " WHERE contract_id = %s AND state = 'pending'",
                [self.contract_id],
            )
            return int(covered), int(billable), cr.fetchone()[0]

    def crowd(self, stack):
        """Return cursors whose snapshots are all older than the first draw."""
        cursors = [
            stack.enter_context(self.connection.cursor()) for _number in range(DRAWS)
        ]
        for cr in cursors:
            cr.execute("SELECT 1")
        return cursors

    def draw_one_after_another(self):
        """Draw with snapshots that are all from before the first draw."""
        with ExitStack() as stack:
            for number, cr in enumerate(self.crowd(stack)):
                self.draw(cr, number)

    @mute_logger("odoo.sql_db")
    def test_forty_parallel_draws_on_a_limit_of_ten(self):
        barrier = Barrier(DRAWS)

        def draw_with_the_others(number_cr):
            barrier.wait(timeout=20)
            self.draw(number_cr[1], number_cr[0])

        with ExitStack() as stack:
            stack.enter_context(patch.object(IrCron, "_notifydb", lambda self: None))
            cursors = self.crowd(stack)
            executor = stack.enter_context(ThreadPoolExecutor(DRAWS))
            # An error of any caller is raised here.
            list(executor.map(draw_with_the_others, enumerate(cursors)))
        covered, billable, pending = self.count()
        self.assertLessEqual(covered, LIMIT)
        self.assertEqual(covered + billable + pending, DRAWS)
        self.settle()
        self.assertEqual(self.count(), (LIMIT, DRAWS - LIMIT, 0))
        self.assertBooksAreRight()

    @mute_logger("odoo.sql_db")
    def test_draws_with_old_snapshots_on_a_limit_of_ten(self):
        with patch.object(IrCron, "_notifydb", lambda self: None):
            self.draw_one_after_another()
            self.assertEqual(self.count(), (1, 0, DRAWS - 1))
            self.settle()
        self.assertEqual(self.count(), (LIMIT, DRAWS - LIMIT, 0))
        self.assertBooksAreRight()

    @mute_logger("odoo.sql_db")
    def test_a_lock_without_a_write_would_draw_too_much(self):
        """The same case finds the defect: lock the counter, insert into the ledger,
        and sum up the ledger, but do not write the counter."""
        self.open_lot()
        counter_model = type(self.env["service.coverage.counter"])
        get_lot = counter_model._get_lot

        def lock_only(self, changes):
            ids = [change[0] for change in changes]
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM service_coverage_counter WHERE id IN %s FOR UPDATE",
                    tuple(ids),
                )
            )

        def sum_of_ledger(self):
            return replace(
                get_lot(self), remaining=sum(self.entry_ids.mapped("quantity"))
            )

        with (
            patch.object(IrCron, "_notifydb", lambda self: None),
            patch.object(counter_model, "_bump", lock_only),
            patch.object(counter_model, "_get_lot", sum_of_ledger),
            patch.object(counter_model, "_check_balance", lambda self, change: None),
        ):
            self.draw_one_after_another()
            self.settle()
        covered, _billable, pending = self.count()
        self.assertEqual(pending, 0)
        self.assertGreater(covered, LIMIT)

    def open_lot(self):
        """Open the lot of the period, so that only the draws compete."""
        with self.connection.cursor() as cr:
            line = self.environment(cr)["service.contract.line"].browse(self.line_id)
            line._open_lots(DELIVERED)

    def assertBooksAreRight(self):
        with self.connection.cursor() as cr:
            contracts = self.environment(cr)["service.contract"]
            self.assertEqual(contracts._check_invariants(), {})
