# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.holding import Plan, settle
from odoo.addons.service_contract.engine.rating import rate

from .common_engine_rating import HOUR, books, codes, counted, lot, told, work

PROFILE = settings(deadline=None, database=None, derandomize=True, max_examples=300)
DAY = datetime(2026, 3, 20, 9)


def plan(key, left, day=0, **held):
    return Plan(
        key, DAY + timedelta(days=day), left, {int(k[1:]): v for k, v in held.items()}
    )


def shown(*plans):
    return [(p.left, p.used, dict(p.held), p.is_over) for p in plans]


class TestSettle(BaseCase):
    """Plans give what was drawn from them, the earliest first, and never more."""

    def test_all_of_it(self):
        one = plan(1, 2, l7=2)
        settle([one], [1], 2, {7: 2})
        self.assertEqual(shown(one), [(0, 2, {7: 0}, True)])

    def test_a_part(self):
        one = plan(1, 3, l7=3)
        settle([one], [1], 1, {7: 1})
        self.assertEqual(shown(one), [(2, 1, {7: 2}, False)])

    def test_earliest_first(self):
        late, early = plan(1, 2, day=3, l7=2), plan(2, 2, l7=2)
        settle([late, early], [1, 2], 3, {7: 3})
        self.assertEqual(
            shown(early, late), [(0, 2, {7: 0}, True), (1, 1, {7: 1}, False)]
        )

    def test_what_is_held_elsewhere_is_let_go(self):
        """The work came out of another lot than the one that was held."""
        one = plan(1, 2, l7=2)
        settle([one], [1], 2, {})
        self.assertEqual(shown(one), [(0, 2, {7: 0}, True)])

    def test_plan_of_another_time_keeps_what_it_holds(self):
        one = plan(1, 2, l7=2)
        settle([one], [], 2, {})
        self.assertEqual(shown(one), [(2, 0, {7: 2}, False)])

    def test_nothing_held_is_over_with_the_first_work(self):
        one = plan(1, 3, l7=1)
        settle([one], [1], 2, {7: 1})
        self.assertEqual(shown(one), [(1, 2, {7: 0}, True)])

    @PROFILE
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 3),
                st.dictionaries(st.sampled_from([7, 8]), st.integers(0, 4)),
                st.integers(0, 3),
            ),
            max_size=4,
        ),
        st.dictionaries(st.sampled_from([7, 8]), st.integers(0, 6)),
        st.integers(0, 9),
        st.sets(st.integers(0, 3)),
    )
    def test_nothing_is_lost(self, given_plans, wanted, beyond, fits):
        plans = [
            Plan(key, DAY + timedelta(days=day), sum(held.values()) + extra, dict(held))
            for key, (day, held, extra) in enumerate(given_plans)
        ]
        held_before = {x: sum(p.held.get(x, 0) for p in plans) for x in (7, 8)}
        left_before = [p.left for p in plans]
        taken = {x: min(units, held_before[x]) for x, units in wanted.items()}
        delivered = sum(taken.values()) + beyond
        settle(plans, fits, delivered, taken)
        for p, left in zip(plans, left_before, strict=True):
            self.assertEqual(p.left + p.used, left)
            self.assertGreaterEqual(min([p.left, *p.held.values()]), 0)
            self.assertLessEqual(sum(p.held.values()), p.left)
        for x, units in taken.items():
            after = sum(p.held.get(x, 0) for p in plans)
            self.assertLessEqual(after, held_before[x] - units)
        self.assertLessEqual(sum(p.used for p in plans), delivered)


class TestHeldUnits(BaseCase):
    """Rating draws from what is held for the ticket, and from nobody else's."""

    def book(self, left, held, ticket=5):
        return books(lot(left, 7), held={(7, ticket): round(held * HOUR)})

    def test_held_units_cover_work_of_the_ticket(self):
        book = self.book(0, 2)
        rating = rate(work(2, plan=5), counted(), book)
        self.assertEqual(told(rating.charges), [("covered", 2, 2)])
        self.assertIn("planned", codes(rating.charges[0]))
        book.take(rating)
        self.assertEqual((book.left[7], book.held[7, 5]), (0, 0))

    def test_they_are_used_up_first(self):
        book = self.book(3, 2)
        rating = rate(work(4, plan=5), counted(), book)
        self.assertEqual(rating.held, {(7, 5): 2 * HOUR})
        book.take(rating)
        self.assertEqual((book.left[7], book.held[7, 5]), (HOUR, 0))

    def test_other_work_leaves_them_alone(self):
        for plan_of in (None, 6):
            book = self.book(1, 2)
            rating = rate(work(2, plan=plan_of), counted(), book)
            self.assertEqual(
                told(rating.charges), [("covered", 1, 1), ("billable", 1, 10000)]
            )
            book.take(rating)
            self.assertEqual((book.left[7], book.held[7, 5]), (0, 2 * HOUR))

    def test_all_of_them_over_several_slices_and_usages(self):
        book = self.book(0, 3)
        for hours, covered in ((2, 2), (2, 1), (1, 0)):
            rating = rate(work(hours, plan=5), counted(), book)
            self.assertEqual(sum(rating.drawn.values()), covered * HOUR)
            book.take(rating)
        self.assertEqual((book.left[7], book.held[7, 5]), (0, 0))
