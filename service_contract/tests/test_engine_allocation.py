# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.allocation import (
    Lot,
    allocate,
    drawing_order,
)

PROFILE = settings(deadline=None, database=None, derandomize=True, max_examples=300)
NOW = datetime(2025, 6, 15, 12)
EARLIER = NOW - timedelta(days=10)
LATER = NOW + timedelta(days=10)


def lot(key, remaining, **values):
    defaults = {"priority": 0, "valid_from": EARLIER, "valid_to": LATER}
    return Lot(key=key, remaining=remaining, **{**defaults, **values})


def parts(quantity, *lots, rate=1, at=NOW):
    return [
        (part.lot_key, part.quantity, part.drawn)
        for part in allocate(quantity, lots, at, Fraction(rate))
    ]


@st.composite
def lots(draw, bottomless=False):
    """Up to six lots, most of them valid at ``NOW``."""
    made = []
    for key in range(draw(st.integers(0, 6))):
        first = draw(st.integers(-20, 5))
        days = draw(st.none() | st.integers(1, 40))
        start = NOW + timedelta(days=first)
        made.append(
            Lot(
                key=key,
                priority=draw(st.integers(0, 1)),
                valid_from=start,
                valid_to=None if days is None else start + timedelta(days=days),
                remaining=draw(st.integers(-3, 12)),
                bottomless=bottomless and draw(st.booleans()),
            )
        )
    return made


def unit_by_unit(quantity, lots, at):
    """Independent answer for whole units: hand out one after the other."""
    usable = [
        lot
        for lot in lots
        if lot.valid_from <= at and not (lot.valid_to and lot.valid_to <= at)
    ]
    left = {lot.key: lot.remaining for lot in usable}
    drawn = {}
    for _unit in range(quantity):
        best = None
        for lot in usable:
            if left[lot.key] <= 0:
                continue
            rank = (lot.priority, lot.valid_to or datetime.max, lot.valid_from, lot.key)
            if best is None or rank < best[0]:
                best = (rank, lot.key)
        key = best and best[1]
        drawn[key] = drawn.get(key, 0) + 1
        if key is not None:
            left[key] -= 1
    return drawn


class TestAllocation(BaseCase):
    """Delivered units are drawn from the lots valid then; the rest is uncovered."""

    def test_enough_left(self):
        self.assertEqual(parts(3, lot(1, 5)), [(1, 3, 3)])

    def test_split_into_covered_and_uncovered(self):
        self.assertEqual(parts(7, lot(1, 5)), [(1, 5, 5), (None, 2, 0)])

    def test_nothing_valid(self):
        late = lot(1, 5, valid_from=NOW + timedelta(seconds=1))
        self.assertEqual(parts(2, late), [(None, 2, 0)])
        self.assertEqual(parts(2), [(None, 2, 0)])

    def test_validity_is_half_open(self):
        self.assertEqual(parts(1, lot(1, 5, valid_from=NOW)), [(1, 1, 1)])
        self.assertEqual(parts(1, lot(1, 5, valid_to=NOW)), [(None, 1, 0)])

    def test_nothing_delivered_draws_nothing(self):
        self.assertEqual(parts(0, lot(1, 5)), [])

    def test_order_is_priority_then_expiry_then_age(self):
        first = lot(9, 1, priority=0, valid_to=None)
        second = lot(8, 1, priority=1, valid_to=NOW + timedelta(days=1))
        third = lot(7, 1, priority=1, valid_from=EARLIER - timedelta(days=1))
        fourth, fifth = lot(1, 1, priority=1), lot(2, 1, priority=1)
        lots = [fifth, fourth, third, second, first]
        self.assertEqual(
            drawing_order(lots, NOW), [first, second, third, fourth, fifth]
        )

    def test_bottomless_lot_takes_the_rest(self):
        """Other lots are used up first, even if they lapse later."""
        bottomless = lot(1, 2, bottomless=True, valid_to=NOW + timedelta(days=1))
        self.assertEqual(
            parts(10, bottomless, lot(2, 3)), [(1, 2, 2), (2, 3, 3), (1, 5, 5)]
        )

    def test_overdrawn_lot_covers_nothing(self):
        self.assertEqual(parts(1, lot(1, -4)), [(None, 1, 0)])

    def test_rate_converts_to_units_of_the_lot(self):
        """An hour worth 60.00 draws 6,000 cents: one second and two thirds each."""
        rate = Fraction(6000, 3600)
        self.assertEqual(parts(3600, lot(1, 10_000), rate=rate), [(1, 3600, 6000)])
        self.assertEqual(
            parts(3600, lot(1, 1000), rate=rate), [(1, 600, 1000), (None, 3000, 0)]
        )

    def test_multiplier_draws_more_than_was_worked(self):
        """Twice the time: half an hour left covers a quarter of an hour."""
        half_hour, quarter, hour = 1800, 900, 3600
        for rate, worked, left, expected in (
            (Fraction(2), hour, half_hour, [(1, quarter, half_hour), (None, 2700, 0)]),
            (Fraction(3, 2), hour, 2 * hour, [(1, hour, 5400)]),
            (Fraction(3, 2), 1, hour, [(1, 1, 2)]),
            (Fraction(1, 2), hour, half_hour, [(1, hour, half_hour)]),
            (
                Fraction(1, 2),
                2 * hour,
                half_hour,
                [(1, hour, half_hour), (None, hour, 0)],
            ),
            (Fraction(2), hour, 1, [(None, hour, 0)]),
            (Fraction(10), 1, 9, [(None, 1, 0)]),
        ):
            with self.subTest(rate=rate, worked=worked, left=left):
                self.assertEqual(parts(worked, lot(1, left), rate=rate), expected)

    def test_multiplier_goes_through_lots_in_order(self):
        lots = lot(1, 900, priority=0), lot(2, 3600, priority=1)
        self.assertEqual(
            parts(3600, *lots, rate=Fraction(3, 2)),
            [(1, 600, 900), (2, 2400, 3600), (None, 600, 0)],
        )

    def test_work_of_no_value_is_covered_and_draws_nothing(self):
        self.assertEqual(parts(3600, lot(1, 5), rate=0), [(1, 3600, 0)])

    def test_empty_lot_covers_not_even_work_of_no_value(self):
        self.assertEqual(parts(3600, lot(1, 0), rate=0), [(None, 3600, 0)])

    def test_negative_quantity_is_refused(self):
        for quantity, rate in ((-1, 1), (1, -1)):
            with self.subTest(quantity=quantity), self.assertRaises(ValueError):
                allocate(quantity, [lot(1, 5)], NOW, Fraction(rate))

    @PROFILE
    @given(st.integers(0, 40), lots())
    def test_equals_handing_out_unit_by_unit(self, quantity, lots):
        drawn = {}
        for part in allocate(quantity, lots, NOW):
            drawn[part.lot_key] = drawn.get(part.lot_key, 0) + part.quantity
        self.assertEqual(drawn, unit_by_unit(quantity, lots, NOW))

    @PROFILE
    @given(
        st.integers(0, 100_000),
        lots(bottomless=True),
        st.fractions(0, 50, max_denominator=3600),
    )
    def test_nothing_is_lost_and_no_lot_is_overdrawn(self, quantity, lots, rate):
        made = allocate(quantity, lots, NOW, rate)
        self.assertEqual(sum(part.quantity for part in made), quantity)
        self.assertTrue(all(part.quantity > 0 for part in made))
        for lot in lots:
            drawn = [part for part in made if part.lot_key == lot.key]
            total = sum(part.drawn for part in drawn)
            exact = sum(part.quantity for part in drawn) * rate
            self.assertLessEqual(abs(total - exact), Fraction(len(drawn), 2))
            if not lot.is_valid_at(NOW):
                self.assertFalse(drawn)
            if not lot.bottomless:
                self.assertLessEqual(total, max(lot.remaining, 0))

    @PROFILE
    @given(st.integers(0, 200_000), st.integers(0, 200_000), st.integers(1, 1000))
    def test_any_percentage_covers_all_that_the_lot_pays_for(
        self, worked, left, percent
    ):
        rate = Fraction(percent, 100)
        made = allocate(worked, [lot(1, left)], NOW, rate)
        covered = sum(part.quantity for part in made if part.lot_key)
        drawn = sum(part.drawn for part in made)
        self.assertEqual(sum(part.quantity for part in made), worked)
        self.assertLessEqual(drawn, left)
        self.assertLessEqual(abs(drawn - covered * rate), Fraction(1, 2))
        if covered < worked:
            self.assertGreater((covered + 1) * rate, left)

    @PROFILE
    @given(st.integers(1, 1000), lots(), st.fractions("1/3600", 50))
    def test_nothing_stays_uncovered_while_a_lot_could_pay_for_it(
        self, quantity, lots, rate
    ):
        made = allocate(quantity, lots, NOW, rate)
        if not any(part.lot_key is None for part in made):
            return
        for lot in drawing_order(lots, NOW):
            drawn = sum(part.quantity for part in made if part.lot_key == lot.key)
            self.assertGreater((drawn + 1) * rate, lot.remaining)
