# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import os
import time
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise, product
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine import periods
from odoo.addons.service_contract.engine.periods import (
    Period,
    Recurrence,
    due_periods,
    period_at,
    period_number,
    periods_between,
    recurrence_for,
)

from . import oracle_periods

ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)
UNITS = ["day", "week", "month", "quarter", "half_year", "year"]
ALIGNMENTS = ["anniversary", "calendar", "day", "last_day"]
ZONES = [
    "UTC",
    "Africa/Cairo",
    "America/Anchorage",
    "America/Bogota",
    "America/Havana",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Europe/London",
    "Europe/Rome",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
]
# The same examples in every run: a failure of one run is a failure of all.
PROFILE = settings(deadline=None, database=None, derandomize=True, max_examples=200)

days = st.dates(date(2015, 1, 1), date(2032, 12, 31))
timings = st.sampled_from(list(periods.Timing))
recurrences = st.builds(
    recurrence_for,
    days,
    st.sampled_from(UNITS),
    st.integers(1, 13),
    st.sampled_from(ALIGNMENTS),
    st.integers(1, 31),
)


@st.composite
def services(draw):
    """A line: its recurrence, first day, and first day without service or None."""
    start = draw(days)
    rec = recurrence_for(
        start,
        draw(st.sampled_from(UNITS)),
        draw(st.integers(1, 13)),
        draw(st.sampled_from(ALIGNMENTS)),
        draw(st.integers(1, 31)),
    )
    length = draw(st.none() | st.integers(0, 1500))
    return rec, start, None if length is None else start + timedelta(days=length)


def boundaries(rec, number):
    return [rec.boundary(index) for index in range(number)]


def spans(found):
    return [(period.start, period.end) for period in found]


class TestGrid(BaseCase):
    def test_month_end_returns_to_the_anchor_day(self):
        for anchor, expected in (
            (31, [31, 28, 31, 30, 31]),
            (30, [30, 28, 30, 30, 30]),
            (29, [29, 28, 29, 29, 29]),
            (28, [28, 28, 28, 28, 28]),
        ):
            with self.subTest(anchor=anchor):
                rec = recurrence_for(date(2018, 1, anchor), "month")
                self.assertEqual([d.day for d in boundaries(rec, 5)], expected)

    def test_leap_day_yearly_is_28_february_in_common_years(self):
        rec = recurrence_for(date(2020, 2, 29), "year")
        self.assertEqual(
            boundaries(rec, 5),
            [
                date(2020, 2, 29),
                date(2021, 2, 28),
                date(2022, 2, 28),
                date(2023, 2, 28),
                date(2024, 2, 29),
            ],
        )

    def test_last_day_of_month_is_not_the_31st(self):
        last_day = recurrence_for(date(2018, 1, 5), "month", 1, "last_day")
        the_31st = recurrence_for(date(2018, 1, 5), "month", 1, "day", 31)
        self.assertEqual(
            spans(periods_between(last_day, date(2018, 1, 5), date(2018, 3, 1))),
            [
                (date(2018, 1, 5), date(2018, 2, 1)),
                (date(2018, 2, 1), date(2018, 3, 1)),
            ],
        )
        self.assertEqual(
            spans(periods_between(the_31st, date(2018, 1, 5), date(2018, 3, 1))),
            [
                (date(2018, 1, 5), date(2018, 1, 31)),
                (date(2018, 1, 31), date(2018, 2, 28)),
                (date(2018, 2, 28), date(2018, 3, 1)),
            ],
        )

    def test_calendar_alignment_is_the_natural_period(self):
        start = date(2024, 5, 16)  # a Thursday
        for unit, interval, first, following in (
            ("day", 1, date(2024, 5, 16), date(2024, 5, 17)),
            ("week", 1, date(2024, 5, 13), date(2024, 5, 20)),
            ("week", 2, date(2024, 5, 13), date(2024, 5, 27)),
            ("month", 1, date(2024, 5, 1), date(2024, 6, 1)),
            ("month", 3, date(2024, 4, 1), date(2024, 7, 1)),
            ("month", 5, date(2024, 5, 1), date(2024, 10, 1)),
            ("quarter", 1, date(2024, 4, 1), date(2024, 7, 1)),
            ("half_year", 1, date(2024, 1, 1), date(2024, 7, 1)),
            ("year", 1, date(2024, 1, 1), date(2025, 1, 1)),
            ("year", 2, date(2024, 1, 1), date(2026, 1, 1)),
        ):
            with self.subTest(unit=unit, interval=interval):
                rec = recurrence_for(start, unit, interval, "calendar")
                self.assertEqual(boundaries(rec, 2), [first, following])

    def test_given_day_cuts_the_first_period(self):
        start = date(2011, 2, 14)
        rec = recurrence_for(start, "quarter", 1, "day", 31)
        first = periods.period_of(rec, start, start)
        self.assertEqual(
            first,
            Period(0, start, date(2011, 2, 28), date(2010, 11, 30), date(2011, 2, 28)),
        )
        self.assertTrue(first.is_partial)
        self.assertEqual((first.days, first.full_days), (14, 90))
        self.assertEqual(rec.boundary(2), date(2011, 5, 31))

    def test_days_and_weeks_have_no_day_of_the_month(self):
        for unit, alignment in product(("day", "week"), ("day", "last_day")):
            rec = recurrence_for(date(2012, 1, 31), unit, 1, alignment, 14)
            self.assertEqual(rec, recurrence_for(date(2012, 1, 31), unit))

    def test_impossible_recurrences_are_refused(self):
        start = date(2024, 1, 1)
        for arguments in (
            ("month", 0, start),
            ("fortnight", 1, start),
            ("week", 1, start, True),
            ("day", 1, start, False, 15),
            ("month", 1, start, False, 32),
        ):
            with self.subTest(arguments=arguments), self.assertRaises(ValueError):
                Recurrence(*arguments)
        with self.assertRaises(ValueError):
            recurrence_for(start, "month", 1, "day")

    def test_two_lines_with_the_same_terms_share_one_grid(self):
        terms = (date(2023, 1, 31), "month", 1, "day", 30)
        self.assertEqual(recurrence_for(*terms), recurrence_for(*terms))

    def test_periods_are_those_of_the_oracle(self):
        """Anchors 28 to 31, every unit and alignment, over 48 months."""
        starts = [
            date(year, month, day)
            for year, month in ((2023, 1), (2024, 1), (2023, 12), (2023, 8))
            for day in (28, 29, 30, 31)
        ] + [date(2024, 2, 29), date(2023, 2, 28), date(2024, 4, 30), date(2024, 5, 1)]
        for start, unit, interval, alignment in product(
            starts, UNITS, (1, 2, 3, 5), ALIGNMENTS
        ):
            wanted = (28, 29, 30, 31, 1, 15)[start.toordinal() % 6]
            terms = (start, unit, interval, alignment, wanted)
            expected = oracle_periods.tiles(
                *terms, date(start.year + 4, start.month, 1)
            )
            until = expected[-1][1] if expected else start
            found = periods_between(recurrence_for(*terms), start, None, until)
            self.assertEqual(spans(found), expected, terms)

    @PROFILE
    @given(recurrences, st.integers(-60, 60))
    def test_number_is_the_inverse_of_period(self, rec, index):
        period = period_at(rec, index)
        self.assertEqual(period_number(rec, period.start), index)
        self.assertEqual(period_number(rec, period.end - ONE_DAY), index)
        self.assertEqual(period_number(rec, period.end), index + 1)
        self.assertFalse(period.is_partial)

    @PROFILE
    @given(recurrences, days, days)
    def test_number_grows_with_the_day(self, rec, one, other):
        one, other = sorted((one, other))
        self.assertLessEqual(period_number(rec, one), period_number(rec, other))

    @PROFILE
    @given(services())
    def test_the_first_period_is_number_0(self, service):
        rec, start, _end = service
        self.assertEqual(period_number(rec, start), 0)

    @PROFILE
    @given(services(), days)
    def test_periods_tile_the_service(self, service, until):
        rec, start, end = service
        found = list(periods_between(rec, start, end, until))
        stop = until if end is None else min(end, until)
        self.assertEqual(bool(found), start < stop)
        if not found:
            return
        self.assertEqual(found[0].start, start)
        self.assertGreaterEqual(found[-1].end, stop)
        for before, after in pairwise(found):
            self.assertEqual(before.end, after.start)
            self.assertEqual(before.number + 1, after.number)
        for period in found:
            self.assertGreater(period.days, 0)
            self.assertLessEqual(period.full_start, period.start)
            self.assertLessEqual(period.end, period.full_end)
            self.assertTrue(end is None or period.end <= end)
            self.assertEqual(periods.period_of(rec, period.start, start, end), period)

    def test_endless_service_needs_a_limit(self):
        start = date(2024, 1, 1)
        with self.assertRaises(ValueError):
            periods_between(recurrence_for(start, "month"), start, None)

    def test_no_period_outside_the_service(self):
        start, end = date(2024, 1, 10), date(2024, 3, 1)
        rec = recurrence_for(start, "month")
        self.assertIsNone(periods.period_of(rec, start - ONE_DAY, start, end))
        self.assertIsNone(periods.period_of(rec, end, start, end))

    def test_service_inside_one_period_is_cut_at_both_ends(self):
        start, end = date(2024, 5, 20), date(2024, 6, 21)
        rec = recurrence_for(date(2024, 1, 15), "quarter")
        (period,) = periods_between(rec, start, end)
        self.assertEqual((period.start, period.end), (start, end))
        self.assertEqual((period.days, period.full_days), (32, 91))


class TestDue(BaseCase):
    def test_invoice_date(self):
        start, end = date(2018, 1, 1), date(2018, 2, 1)
        plain = Period(0, start, end, start, end)
        last_day = Period(0, start, end, start, end, last_day=True)
        for period, timing, offset, expected in (
            (plain, "advance", 0, start),
            (plain, "advance", -14, date(2017, 12, 18)),
            (plain, "arrears", 0, end),
            (plain, "arrears", 5, date(2018, 2, 6)),
            (last_day, "advance", 0, start),
            (last_day, "arrears", 0, date(2018, 1, 31)),
        ):
            with self.subTest(timing=timing, offset=offset, period=period):
                self.assertEqual(periods.invoice_date(period, timing, offset), expected)

    def test_backlog_gives_every_missed_period_once(self):
        start = date(2024, 1, 31)
        rec = recurrence_for(start, "month")
        due = due_periods(rec, start, None, "advance", date(2024, 7, 1), after=0)
        self.assertEqual([period.number for period in due], [1, 2, 3, 4, 5])
        self.assertEqual(due[-1].start, date(2024, 6, 30))

    def test_last_period_in_arrears_is_due_on_the_day_after_the_end(self):
        start, end = date(2018, 1, 1), date(2018, 3, 16)
        rec = recurrence_for(start, "month")
        due = due_periods(rec, start, end, "arrears", end - ONE_DAY)
        self.assertEqual(len(due), 2)
        due = due_periods(rec, start, end, "arrears", end)
        self.assertEqual(spans(due)[-1], (date(2018, 3, 1), end))

    def test_nothing_is_due_before_the_start(self):
        start = date(2024, 1, 1)
        rec = recurrence_for(start, "month")
        for timing in periods.Timing:
            self.assertEqual(due_periods(rec, start, None, timing, start - ONE_DAY), [])

    def test_next_period(self):
        start, end = date(2024, 1, 1), date(2024, 2, 16)
        rec = recurrence_for(start, "month")
        for after, expected in ((None, 0), (0, 1)):
            self.assertEqual(
                periods.next_period(rec, start, end, after).number, expected
            )
        self.assertIsNone(periods.next_period(rec, start, end, 1))
        self.assertIsNone(periods.next_period(rec, start, date(2024, 2, 1), 0))
        self.assertEqual(periods.next_period(rec, start, None, 1).number, 2)

    @PROFILE
    @given(services(), timings, days, st.integers(-60, 60))
    def test_due_are_the_periods_whose_invoice_date_has_come(
        self, service, timing, as_of, offset
    ):
        rec, start, end = service
        due = due_periods(rec, start, end, timing, as_of, offset)
        limit = as_of + timedelta(days=120)
        self.assertEqual(
            due,
            [
                period
                for period in periods_between(rec, start, end, limit)
                if periods.invoice_date(period, timing, offset) <= as_of
            ],
        )

    @PROFILE
    @given(services(), timings, st.lists(days, max_size=12))
    def test_runs_on_any_days_bill_each_period_once(self, service, timing, runs):
        rec, start, end = service
        billed, last = [], None
        for as_of in sorted(runs):
            due = due_periods(rec, start, end, timing, as_of, after=last)
            billed += due
            last = billed[-1].number if billed else None
        expected = due_periods(rec, start, end, timing, max(runs)) if runs else []
        self.assertEqual(billed, expected)

    @PROFILE
    @given(services(), timings, days)
    def test_next_period_follows_the_due_ones(self, service, timing, as_of):
        rec, start, end = service
        due = due_periods(rec, start, end, timing, as_of)
        following = periods.next_period(
            rec, start, end, due[-1].number if due else None
        )
        if following:
            self.assertGreater(periods.invoice_date(following, timing), as_of)
            self.assertEqual(following.start, due[-1].end if due else start)
        else:
            self.assertTrue(end <= start or due[-1].end == end)

    def test_billable_until(self):
        start, end = date(2012, 1, 16), date(2012, 3, 1)
        rec = recurrence_for(start, "month", 1, "day", 25)
        for timing, as_of, expected in (
            ("advance", date(2012, 1, 15), None),
            ("advance", start, date(2012, 1, 25)),
            ("advance", date(2012, 2, 25), end),
            ("advance", date(2012, 3, 5), end),
            ("arrears", start, None),
            ("arrears", date(2012, 1, 25), date(2012, 1, 25)),
            ("arrears", date(2012, 2, 29), date(2012, 2, 25)),
            ("arrears", end, end),
        ):
            with self.subTest(timing=timing, as_of=as_of):
                found = periods.billable_until(rec, start, end, timing, as_of)
                self.assertEqual(found, expected)
        rec = recurrence_for(start, "month")
        for as_of in (start, date(2012, 2, 15)):
            found = periods.billable_until(rec, start, end, "arrears", as_of)
            self.assertEqual(found, start)

    @PROFILE
    @given(services(), timings, days)
    def test_billable_until_is_the_end_of_what_is_due(self, service, timing, as_of):
        rec, start, end = service
        due = due_periods(rec, start, end, timing, as_of)
        # The rule last_day invoices in arrears a day before the period is over.
        if due and not rec.last_day:
            until = periods.billable_until(rec, start, end, timing, as_of)
            self.assertEqual(until, due[-1].end)


class TestRealigned(BaseCase):
    def test_date_set_by_hand_moves_the_grid(self):
        start = date(2018, 1, 1)
        by_hand = date(2018, 2, 22)
        for unit, alignment, timing, end, following in (
            ("week", "anniversary", "arrears", by_hand, date(2018, 3, 1)),
            ("week", "anniversary", "advance", date(2018, 3, 1), date(2018, 3, 8)),
            ("month", "anniversary", "advance", date(2018, 3, 22), date(2018, 4, 22)),
            ("month", "last_day", "arrears", date(2018, 2, 23), date(2018, 3, 1)),
            ("month", "last_day", "advance", date(2018, 3, 1), date(2018, 4, 1)),
        ):
            with self.subTest(unit=unit, alignment=alignment, timing=timing):
                rec = recurrence_for(start, unit, 1, alignment)
                rec, period = periods.realigned_period(
                    rec, start, None, timing, by_hand
                )
                self.assertEqual((period.start, period.end), (start, end))
                self.assertEqual(period.number, period_number(rec, end - ONE_DAY))
                if timing == "arrears":
                    self.assertEqual(periods.invoice_date(period, timing), by_hand)
                then = periods.next_period(rec, period.end, None)
                self.assertEqual(then.end, following)

    def test_end_of_service_cuts_the_joined_period(self):
        start, end = date(2019, 1, 1), date(2019, 1, 16)
        rec = recurrence_for(start, "month")
        _rec, period = periods.realigned_period(
            rec, start, end, "arrears", date(2019, 2, 1)
        )
        self.assertEqual((period.end, period.full_end), (end, date(2019, 2, 1)))

    @PROFILE
    @given(services(), timings, days)
    def test_nothing_is_lost_or_billed_twice(self, service, timing, by_hand):
        rec, start, end = service
        rec, period = periods.realigned_period(rec, start, end, timing, by_hand)
        if period is None:
            self.assertLessEqual(end, start)
            return
        self.assertEqual(period.start, start)
        self.assertGreater(period.days, 0)
        following = periods.next_period(rec, period.end, end)
        self.assertTrue(following is None or following.start == period.end)


class TestHolds(BaseCase):
    def test_overlapping_holds_count_once(self):
        holds = [
            (date(2024, 1, 10), date(2024, 1, 20)),
            (date(2024, 1, 15), date(2024, 1, 25)),
            (date(2024, 1, 25), date(2024, 1, 26)),
            (date(2024, 1, 5), date(2024, 1, 5)),
            (date(2024, 3, 1), None),
        ]
        self.assertEqual(
            periods.merge_ranges(holds),
            [
                (date(2024, 1, 10), date(2024, 1, 26)),
                (date(2024, 3, 1), date.max),
            ],
        )
        span = date(2024, 1, 1), date(2024, 4, 1)
        self.assertEqual(
            periods.without_holds(*span, holds),
            [
                (date(2024, 1, 1), date(2024, 1, 10)),
                (date(2024, 1, 26), date(2024, 3, 1)),
            ],
        )
        self.assertEqual(periods.held_days(*span, holds), 16 + 31)

    def test_holds_at_the_edges_leave_no_empty_piece(self):
        start, end = date(2024, 1, 1), date(2024, 2, 1)
        first, last = date(2024, 1, 10), date(2024, 1, 20)
        holds = [(start, first), (last, end), (end, date(2024, 3, 1))]
        self.assertEqual(periods.without_holds(start, end, holds), [(first, last)])
        self.assertEqual(periods.without_holds(start, end, [(start, end)]), [])

    @PROFILE
    @given(days, st.integers(0, 60), st.lists(st.tuples(days, days), max_size=5))
    def test_held_days_are_those_that_a_hold_covers(self, start, length, holds):
        shifted = [(start + (a - b) / 700, start + (b - a) / 700) for a, b in holds]
        end = start + timedelta(days=length)
        expected = sum(
            any(begin <= start + timedelta(days=n) < stop for begin, stop in shifted)
            for n in range(length)
        )
        self.assertEqual(periods.held_days(start, end, shifted), expected)


class TestInstants(BaseCase):
    def test_day_start(self):
        for day, zone, expected in (
            (date(2025, 3, 30), "Europe/Rome", "2025-03-29T23:00"),
            (date(2025, 3, 31), "Europe/Rome", "2025-03-30T22:00"),
            (date(2025, 10, 27), "Europe/Rome", "2025-10-26T23:00"),
            (date(2022, 3, 14), "America/New_York", "2022-03-14T04:00"),
            # Put forward at midnight: the day begins at 01:00.
            (date(2018, 11, 4), "America/Sao_Paulo", "2018-11-04T03:00"),
            # Put forward at 23:30: the day begins at 00:30.
            (date(1919, 3, 31), "America/Toronto", "1919-03-31T04:30"),
            # Put back at 01:00: midnight comes twice, the first one counts.
            (date(2024, 11, 3), "America/Havana", "2024-11-03T04:00"),
            # A day that was left out is empty.
            (date(2011, 12, 30), "Pacific/Apia", "2011-12-30T10:00"),
            (date(2011, 12, 31), "Pacific/Apia", "2011-12-30T10:00"),
        ):
            with self.subTest(day=day, zone=zone):
                found = periods.day_start_utc(day, zone)
                self.assertEqual(found.utcoffset(), timedelta(0))
                self.assertEqual(found.isoformat()[:16], expected)

    def test_naive_instants_are_utc(self):
        naive = datetime(2012, 7, 16, 21, 17, 3)
        aware = naive.replace(tzinfo=timezone.utc)
        self.addCleanup(time.tzset)
        for server in ("UTC", "Pacific/Auckland"):
            with patch.dict(os.environ, TZ=server):
                time.tzset()
                for zone, expected in (("UTC", 16), ("Asia/Tokyo", 17)):
                    self.assertEqual(periods.local_day(naive, zone).day, expected)
                    self.assertEqual(periods.local_day(aware, zone).day, expected)

    def test_unknown_zone_is_an_error(self):
        with self.assertRaises(KeyError):
            periods.day_start_utc(date(2024, 1, 1), "Europe/Atlantis")

    @PROFILE
    @given(st.dates(date(2012, 1, 1), date(2037, 12, 31)), st.sampled_from(ZONES))
    def test_the_second_before_the_day_is_another_day(self, day, zone):
        begin = periods.day_start_utc(day, zone)
        self.assertEqual(periods.local_day(begin, zone), day)
        self.assertEqual(periods.local_day(begin - ONE_SECOND, zone), day - ONE_DAY)

    def test_billing_begins_at_local_midnight_in_every_zone(self):
        """Run each hour around the invoice date: due from its first hour on."""
        start = date(2024, 3, 31)
        rec = recurrence_for(start, "year")
        for zone in ZONES:
            begin = periods.day_start_utc(start, zone)
            for hours in range(-30, 30):
                instant = begin + timedelta(hours=hours)
                today = periods.local_day(instant, zone)
                due = due_periods(rec, start, None, "advance", today)
                self.assertEqual(bool(due), hours >= 0, (zone, hours))
