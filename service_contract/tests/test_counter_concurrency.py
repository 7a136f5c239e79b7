# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""F25: forty draws at once on an allotment of ten, over real connections.

Odoo runs in REPEATABLE READ: who waits for a lock goes on with an old snapshot. The
case fails as soon as a draw does not *write* the counter it read (see
``docs/decisions/counters.md``); the last test proves that it would. SC_DRAW_THREADS
sets another number of draws; the nightly one is 200, see docs/decisions/faults.md.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from threading import Barrier
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from .common_connections import DELIVERED, CounterConnectionsCase

DRAWS = int(os.environ.get("SC_DRAW_THREADS", "40"))
LIMIT = 10


@tagged("post_install", "-at_install")
class TestCounterConcurrency(CounterConnectionsCase):
    connections = DRAWS + 5

    coverage = {"coverage_type": "cases", "coverage_quantity": LIMIT}

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

    def draw_one_after_another(self):
        """Draw with snapshots that are all from before the first draw."""
        with ExitStack() as stack:
            for number, cr in enumerate(self.crowd(stack, DRAWS)):
                self.draw(cr, number)

    @mute_logger("odoo.sql_db")
    def test_parallel_draws_on_a_limit_of_ten(self):
        barrier = Barrier(DRAWS)

        def draw_with_the_others(number_cr):
            barrier.wait(timeout=60)
            self.draw(number_cr[1], number_cr[0])

        with ExitStack() as stack:
            stack.enter_context(patch.object(IrCron, "_notifydb", lambda self: None))
            cursors = self.crowd(stack, DRAWS)
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
