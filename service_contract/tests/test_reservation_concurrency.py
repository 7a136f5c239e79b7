# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Dispatchers who promise the last visits at the same time, over real connections."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from unittest.mock import patch

from psycopg2 import OperationalError, errors

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from .common_connections import DELIVERED, CounterConnectionsCase

DISPATCHERS = 12
VISITS = 3
# As often as Odoo tries a request again; here more, since all of them collide.
TRIES = 40


@tagged("post_install", "-at_install")
class TestReservationConcurrency(CounterConnectionsCase):
    connections = DISPATCHERS + 5
    coverage = {
        "coverage_type": "visits",
        "coverage_quantity": VISITS,
        "exhaustion_policy": "block",
    }

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(IrCron, "_notifydb", lambda self: None))

    def plan(self, cr):
        """Promise one visit and commit; return what went wrong, or None."""
        try:
            self.environment(cr)["service.coverage.reservation"].create(
                {"contract_line_id": self.line_id, "planned_at": DELIVERED}
            )
            self.environment(cr).flush_all()
            # A connection of its own, as a real user has.
            cr.commit()  # pylint: disable=invalid-commit
        except (OperationalError, UserError) as error:
            cr.rollback()
            return error
        return None

    def plan_and_retry(self, cr):
        """Promise one visit as a request does: a lost race is tried again."""
        for _number in range(TRIES):
            error = self.plan(cr)
            if not isinstance(error, OperationalError):
                return error
        return error

    def count(self):
        """Return what the lots hold together: (granted, reserved, remaining)."""
        with self.connection.cursor() as cr:
            cr.execute(
                "SELECT SUM(granted)::int, SUM(reserved)::int, SUM(remaining)::int"
                "  FROM service_coverage_counter"
                " WHERE contract_id = %s AND valid_from > '2025-01-31 00:00'",
                [self.contract_id],
            )
            return cr.fetchone()

    @mute_logger("odoo.sql_db")
    def test_two_dispatchers_cannot_promise_the_last_visit(self):
        with ExitStack() as stack:
            first, *others = self.crowd(stack, VISITS + 1)
            self.assertIsNone(self.plan(first))
            for cr in others:
                # The snapshot is older than the promise before.
                self.assertIsInstance(self.plan(cr), errors.SerializationFailure)
            results = [self.plan(cr) for cr in others]
        self.assertEqual([bool(error) for error in results], [False, False, True])
        self.assertIn("0 visits of 1 visit", str(results[-1]))
        self.assertEqual(self.count(), (VISITS, VISITS, 0))
        self.assertBooksAreRight()

    @mute_logger("odoo.sql_db")
    def test_a_crowd_gets_what_there_is(self):
        barrier = Barrier(DISPATCHERS)

        def plan_with_the_others(cr):
            barrier.wait(timeout=20)
            return self.plan_and_retry(cr)

        with ExitStack() as stack:
            cursors = self.crowd(stack, DISPATCHERS)
            executor = stack.enter_context(ThreadPoolExecutor(DISPATCHERS))
            results = list(executor.map(plan_with_the_others, cursors))
        self.assertEqual(results.count(None), VISITS)
        self.assertEqual(
            {type(error) for error in results if error}, {UserError}, results
        )
        self.assertEqual(self.count(), (VISITS, VISITS, 0))
        self.assertBooksAreRight()

    @mute_logger("odoo.sql_db")
    def test_a_lock_without_a_write_would_promise_too_much(self):
        """The same case finds the defect: rows that are locked, but not written."""

        def lock_only(self, changes):
            ids = [change[0] for change in changes]
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM service_coverage_counter WHERE id IN %s FOR UPDATE",
                    tuple(ids),
                )
            )

        with self.connection.cursor() as cr:
            line = self.environment(cr)["service.contract.line"].browse(self.line_id)
            line._open_lots(DELIVERED)
        counter_model = type(self.env["service.coverage.counter"])
        with ExitStack() as stack:
            stack.enter_context(patch.object(counter_model, "_bump", lock_only))
            results = [self.plan(cr) for cr in self.crowd(stack, VISITS + 2)]
        self.assertEqual(results, [None] * (VISITS + 2))
