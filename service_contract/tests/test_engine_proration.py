# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine import proration
from odoo.addons.service_contract.engine.periods import (
    Period,
    due_periods,
    period_of,
    recurrence_for,
)
from odoo.addons.service_contract.engine.proration import (
    Basis,
    fraction,
    period_amount,
    prorated_amount,
    served_amount,
)

# The same examples in every run: a failure of one run is a failure of all.
PROFILE = settings(deadline=None, database=None, derandomize=True, max_examples=200)
bases = st.sampled_from(list(Basis))
prices = st.integers(-10_000_000, 10_000_000)


def uncut(start, end):
    return Period(0, start, end, start, end)


@st.composite
def cut_periods(draw):
    """A period of a random line, perhaps cut at one end or both."""
    start = draw(st.dates(date(2019, 1, 1), date(2029, 1, 1)))
    unit = draw(st.sampled_from(["day", "week", "month", "quarter", "year"]))
    alignment = draw(st.sampled_from(["anniversary", "calendar", "day", "last_day"]))
    rec = recurrence_for(start, unit, draw(st.integers(1, 3)), alignment, 31)
    end = start + timedelta(days=draw(st.integers(1, 1200)))
    inside = start + timedelta(days=draw(st.integers(0, (end - start).days - 1)))
    return period_of(rec, inside, start, end)


@st.composite
def partitions(draw):
    """A cut period and the edges of a partition of it."""
    period = draw(cut_periods())
    offsets = draw(st.lists(st.integers(0, period.days), max_size=6))
    inner = [period.start + timedelta(days=offset) for offset in sorted(offsets)]
    return period, [period.start, *inner, period.end]


JULY = uncut(date(2023, 7, 1), date(2023, 8, 1))


class TestFraction(BaseCase):
    def test_bases(self):
        leading = Period(
            0,
            date(2024, 2, 23),
            date(2024, 3, 15),
            date(2024, 2, 15),
            date(2024, 3, 15),
        )
        for basis, expected in (
            ("whole", Fraction(1)),
            ("actual", Fraction(21, 29)),
            ("thirty", Fraction(22, 30)),
        ):
            with self.subTest(basis=basis):
                self.assertEqual(fraction(leading, basis), expected)

    def test_days_outside_the_period_count_for_nothing(self):
        early, late = date(2020, 1, 1), date(2030, 1, 1)
        for basis in Basis:
            self.assertEqual(fraction(JULY, basis, early, late), 1)
            self.assertEqual(fraction(JULY, basis, early, JULY.start), 0)
            self.assertEqual(fraction(JULY, basis, JULY.end, late), 0)
            self.assertEqual(fraction(JULY, basis, late, early), 0)

    def test_whole_price_is_due_with_the_first_day(self):
        second = JULY.start + timedelta(days=1)
        self.assertEqual(fraction(JULY, "whole", JULY.start, second), 1)
        self.assertEqual(fraction(JULY, "whole", second, JULY.end), 0)

    def test_months_of_fixed_length(self):
        for start, end, length, expected in (
            (date(2024, 2, 15), date(2024, 2, 23), 30, 8),
            (date(2024, 2, 23), date(2024, 3, 15), 30, 22),
            (date(2023, 5, 23), date(2023, 6, 15), 28, 20),
            (date(2023, 2, 1), date(2023, 3, 1), 30, 30),
            (date(2023, 2, 28), date(2023, 3, 1), 30, 3),
            (date(2023, 1, 31), date(2023, 2, 1), 30, 0),
            (date(2023, 1, 30), date(2023, 2, 1), 28, 0),
            (date(2023, 1, 1), date(2024, 1, 1), 30, 360),
        ):
            with self.subTest(start=start, end=end, length=length):
                found = proration.fixed_month_days(start, end, length)
                self.assertEqual(found, expected)

    def test_february_has_30_days_too(self):
        february = uncut(date(2023, 2, 1), date(2023, 3, 1))
        part = date(2023, 2, 1), date(2023, 2, 16)
        self.assertEqual(fraction(february, "thirty", *part), Fraction(1, 2))

    def test_a_week_is_never_measured_in_months(self):
        week = uncut(date(2023, 2, 27), date(2023, 3, 6))
        part = date(2023, 2, 27), date(2023, 3, 1)
        self.assertEqual(fraction(week, "thirty", *part), Fraction(2, 7))

    def test_cycles_of_a_service_cut_at_both_ends(self):
        start, end = date(2011, 1, 1), date(2012, 1, 27)
        rec = recurrence_for(start, "year", 1, "day", 15)
        due = due_periods(rec, start, end, "advance", date(2012, 3, 7))
        expected = Fraction(14, 365) + 1 + Fraction(12, 366)
        self.assertEqual(proration.cycles(due), expected)

    @PROFILE
    @given(cut_periods(), bases)
    def test_share_is_between_nothing_and_all(self, period, basis):
        share = fraction(period, basis)
        self.assertTrue(0 <= share <= 1)
        if not period.is_partial:
            self.assertEqual(share, 1)

    @PROFILE
    @given(partitions(), bases)
    def test_shares_of_the_parts_sum_to_that_of_the_period(self, partition, basis):
        period, edges = partition
        shares = [fraction(period, basis, *part) for part in pairwise(edges)]
        self.assertEqual(sum(shares), fraction(period, basis))


class TestAmounts(BaseCase):
    def test_halves_are_rounded_away_from_zero(self):
        for value, expected in (
            (Fraction(5, 2), 3),
            (Fraction(-5, 2), -3),
            (Fraction(7, 3), 2),
            (Fraction(-7, 3), -2),
            (Fraction(0), 0),
        ):
            self.assertEqual(proration.round_half_up(value), expected)

    def test_rest_of_a_month(self):
        rest = date(2023, 7, 19), date(2023, 8, 1)
        self.assertEqual(prorated_amount(1500, JULY, *rest), 629)
        self.assertEqual(prorated_amount(1000, JULY, *rest), 419)
        self.assertEqual(prorated_amount(-1000, JULY, *rest), -419)
        self.assertEqual(prorated_amount(1000, JULY, *reversed(rest)), 0)

    def test_the_rest_gets_the_odd_cent(self):
        june = uncut(date(2023, 6, 1), date(2023, 7, 1))
        middle = date(2023, 6, 16)
        self.assertEqual(prorated_amount(5, june, june.start, middle), 2)
        self.assertEqual(prorated_amount(5, june, middle, june.end), 3)

    def test_cut_period_is_its_share_rounded_once(self):
        quarter = date(2024, 4, 15), date(2024, 7, 15)
        period = Period(0, date(2024, 5, 20), date(2024, 6, 21), *quarter)
        self.assertEqual(period_amount(91000, period), 32000)
        self.assertEqual(period_amount(91000, period, "whole"), 91000)

    def test_held_days_are_not_paid(self):
        holds = [
            (date(2023, 7, 10), date(2023, 7, 15)),
            (date(2023, 7, 12), date(2023, 7, 20)),
        ]
        self.assertEqual(served_amount(3100, JULY, holds), 2100)
        self.assertEqual(served_amount(3100, JULY, holds, "whole"), 3100)
        always = [(date(2023, 6, 1), None)]
        for basis in Basis:
            self.assertEqual(served_amount(3100, JULY, always, basis), 0)
            self.assertEqual(served_amount(3100, JULY, [], basis), 3100)

    def test_price_change_credits_the_old_and_charges_the_new_price(self):
        august = uncut(date(2023, 8, 1), date(2023, 9, 1))
        change = proration.price_change(1500, 10000, august, date(2023, 8, 21))
        self.assertEqual((change.credit, change.charge), (532, 3548))
        self.assertEqual(change.net, 3016)

    @PROFILE
    @given(partitions(), bases, prices)
    def test_parts_sum_to_the_amount_of_the_period(self, partition, basis, price):
        period, edges = partition
        parts = [
            prorated_amount(price, period, *part, basis) for part in pairwise(edges)
        ]
        self.assertEqual(sum(parts), period_amount(price, period, basis))
        exact = proration.round_half_up(price * fraction(period, basis))
        self.assertEqual(sum(parts), exact)
        if not period.is_partial:
            self.assertEqual(sum(parts), price)
        self.assertTrue(all(part * price >= 0 for part in parts))

    @PROFILE
    @given(partitions(), bases, st.integers(0, 1_000_000))
    def test_more_days_never_cost_less(self, partition, basis, price):
        period, edges = partition
        rests = [
            prorated_amount(price, period, edge, period.end, basis) for edge in edges
        ]
        self.assertEqual(rests, sorted(rests, reverse=True))

    @PROFILE
    @given(partitions(), prices)
    def test_served_and_held_days_sum_to_the_period(self, partition, price):
        period, edges = partition
        held = list(pairwise(edges))[::2]
        served = list(pairwise(edges))[1::2]
        self.assertEqual(
            served_amount(price, period, held) + served_amount(price, period, served),
            period_amount(price, period),
        )
