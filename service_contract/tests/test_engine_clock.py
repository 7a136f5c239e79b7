# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.clock import (
    ALWAYS_OPEN,
    HORIZON,
    Clock,
    NeverOpen,
    Window,
    WorkingHours,
)
from odoo.addons.service_contract.engine.openings import joined, subtracted

HOUR = 3600
DAY = 24 * HOUR
ONE_DAY = timedelta(days=1)
ONE_S = timedelta(seconds=1)
APIA_SKIPPED = (date(2011, 12, 30), 0, DAY)
# The same examples in every run: a failure of one run is a failure of all.
PROFILE = settings(deadline=None, database=None, derandomize=True, max_examples=150)
ZONES = [
    "America/New_York",
    "America/St_Johns",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Rome",
    "Pacific/Apia",
    "UTC",
]


def utc(text):
    """``"2026-03-29 01:00"`` or with seconds, as a naive instant in UTC."""
    return datetime.fromisoformat(text)


def week(*openings, days=range(5), number=None):
    """Openings in hours on each of the weekdays."""
    return tuple(
        Window(day, round(start * HOUR), round(end * HOUR), number)
        for day in days
        for start, end in openings
    )


def clock(zone="UTC", windows=None, **exceptions):
    office = week((9, 17))
    return Clock(
        WorkingHours(zone, office if windows is None else windows, **exceptions)
    )


def hours(a_clock, start, end):
    return a_clock.between(utc(start), utc(end)) / HOUR


class TestOpenTime(BaseCase):
    """Weeks of 2026: 18 May is a Monday."""

    def test_weekly_openings(self):
        night = week((22, 30), days=[0, 4])
        cases = (
            ("office", clock(), "2026-05-18 00:00", "2026-05-25 00:00", 40),
            ("part of a day", clock(), "2026-05-18 16:30", "2026-05-19 09:15", 0.75),
            ("weekend", clock(), "2026-05-22 17:00", "2026-05-25 09:00", 0),
            (
                "lunch",
                clock(windows=week((8, 12), (13, 17))),
                "2026-05-18 11:00",
                "2026-05-18 14:00",
                2,
            ),
            (
                "touching and overlapping count once",
                clock(windows=week((8, 12), (12, 14), (13, 15))),
                "2026-05-18 00:00",
                "2026-05-19 00:00",
                7,
            ),
            (
                "to 24:00",
                clock(windows=week((22, 24))),
                "2026-05-18 22:00",
                "2026-05-19 22:30",
                2.5,
            ),
            (
                "over midnight",
                clock(windows=night),
                "2026-05-18 23:00",
                "2026-05-19 23:00",
                7,
            ),
            (
                "from Friday into the weekend",
                clock(windows=night),
                "2026-05-23 00:00",
                "2026-05-25 00:00",
                6,
            ),
            (
                "of two days",
                clock(windows=week((8, 48), days=[0])),
                "2026-05-18 00:00",
                "2026-05-21 00:00",
                40,
            ),
            (
                "backwards",
                clock(),
                "2026-05-19 00:00",
                "2026-05-18 00:00",
                0,
            ),
            (
                "no opening at all",
                clock(windows=()),
                "2026-05-18 00:00",
                "2026-05-25 00:00",
                0,
            ),
        )
        for name, a_clock, start, end, expected in cases:
            with self.subTest(name):
                self.assertEqual(hours(a_clock, start, end), expected)

    def test_24_x_7_never_drifts(self):
        start = utc("2025-01-01 00:00")
        for zone in ZONES:
            a_clock = Clock(ALWAYS_OPEN(zone))
            for days in (1, 31, 400, 3600):
                end = start + timedelta(days=days)
                with self.subTest(zone=zone, days=days):
                    self.assertEqual(a_clock.between(start, end), days * DAY)
                    self.assertEqual(a_clock.add(start, days * DAY - 1), end - ONE_S)
                    self.assertEqual(a_clock.subtract(end, days * DAY), start)

    def test_two_weeks_alternate_for_ever(self):
        windows = week((9, 17), days=[0], number=0) + week((9, 11), days=[0], number=1)
        a_clock = clock(windows=windows)
        # 53 ISO weeks in 2026 do not matter: weeks are counted since the year 1.
        for monday, expected in (
            ("2026-05-18", 2),
            ("2026-05-25", 8),
            ("2026-12-28", 2),
            ("2027-01-04", 8),
            ("2027-01-11", 2),
        ):
            with self.subTest(monday):
                start = utc(monday + " 00:00")
                counted = a_clock.between(start, start + ONE_DAY)
                self.assertEqual(counted, expected * HOUR)
                parity = (start.toordinal() - 1) // 7 % 2
                self.assertEqual(expected, 2 if parity else 8)

    def test_exceptions(self):
        monday, tuesday = date(2026, 5, 18), date(2026, 5, 19)
        leave = (utc("2026-05-18 12:00"), utc("2026-05-18 14:00"))
        later = (utc("2026-05-18 13:00"), utc("2026-05-19 10:00"))
        night = week((22, 30), days=[0])
        cases = (
            ("whole day", {"closed_days": frozenset({monday})}, 32),
            ("each year", {"yearly_closed_days": frozenset({(5, 18)})}, 32),
            ("another year", {"closed_days": frozenset({date(2025, 5, 18)})}, 40),
            ("29 February", {"yearly_closed_days": frozenset({(2, 29)})}, 40),
            ("part of a day", {"closed": (leave,)}, 38),
            ("overlapping leaves", {"closed": (leave, later)}, 34),
            ("empty leave", {"closed": ((leave[0], leave[0]),)}, 40),
            ("break", {"breaks": ((monday, 12 * HOUR, 13 * HOUR),)}, 39),
            ("break outside", {"breaks": ((monday, 18 * HOUR, 19 * HOUR),)}, 40),
            ("shift", {"shifts": ((monday, 8 * HOUR, 10 * HOUR),)}, 34),
            ("shift without hours", {"shifts": ((monday, 0, 0),)}, 32),
            (
                "closed shift",
                {
                    "shifts": ((monday, 8 * HOUR, 10 * HOUR),),
                    "closed_days": frozenset({monday}),
                },
                32,
            ),
            (
                "night shift, broken",
                {
                    "windows": night,
                    "breaks": ((tuesday, 0, HOUR), (monday, 23 * HOUR, 24 * HOUR)),
                },
                6,
            ),
            (
                "a closed day takes the night's end, not its begin",
                {"windows": night, "closed_days": frozenset({tuesday})},
                2,
            ),
            (
                "a closed day leaves the night's end of the next day",
                {"windows": night, "closed_days": frozenset({monday})},
                6,
            ),
        )
        for name, exceptions, expected in cases:
            with self.subTest(name):
                a_clock = clock(**exceptions)
                counted = hours(a_clock, "2026-05-18 00:00", "2026-05-25 00:00")
                self.assertEqual(counted, expected)

    def test_fractions_of_seconds_are_cut_off(self):
        start = utc("2026-05-18 10:00:00.999999")
        self.assertEqual(clock().between(start, utc("2026-05-18 10:00:01")), 1)
        self.assertEqual(clock().add(start, 1), utc("2026-05-18 10:00:01"))


class TestClockChanges(BaseCase):
    """Local days in which the zone changes its offset."""

    def test_elapsed_time_counts(self):
        always = week((0, 24), days=range(7))
        early = week((1, 4), days=range(7))
        office = week((8, 16), days=range(7))
        for zone, day, whole_day, from_one_to_four in (
            ("Europe/Rome", "2026-03-29", 23, 2),
            ("Europe/Rome", "2026-10-25", 25, 4),
            ("America/New_York", "2026-03-08", 23, 2),
            ("America/New_York", "2026-11-01", 25, 4),
            ("Australia/Lord_Howe", "2026-04-05", 24.5, 3.5),
            ("Australia/Lord_Howe", "2026-10-04", 23.5, 2.5),
            ("Asia/Kolkata", "2026-03-29", 24, 3),
            ("Pacific/Apia", "2011-12-30", 0, 0),  # the zone skipped that day
            ("Pacific/Apia", "2011-12-31", 24, 3),
            ("America/Havana", "2026-03-08", 23, 3),  # changes at midnight
            ("America/Havana", "2026-11-01", 25, 3),
        ):
            wanted = date.fromisoformat(day)
            for windows, expected in (
                (always, whole_day),
                (early, from_one_to_four),
                (office, 8 if whole_day else 0),
            ):
                with self.subTest(zone=zone, day=day, windows=windows[0]):
                    a_clock = clock(zone, windows)
                    around = utc(day + " 00:00")
                    periods = [
                        (max(start, _midnight(a_clock, wanted)), end)
                        for start, end in _daily(a_clock, wanted, around)
                    ]
                    counted = sum(
                        (end - start).total_seconds() for start, end in periods
                    )
                    self.assertEqual(counted / HOUR, expected)

    def test_skipped_hour_is_never_open(self):
        a_clock = clock("Europe/Rome", week((2.25, 2.75), days=[6]))
        self.assertEqual(hours(a_clock, "2026-03-28 00:00", "2026-03-30 00:00"), 0)
        half = clock("Europe/Rome", week((2.5, 10), days=[6]))
        self.assertEqual(
            half.next_open(utc("2026-03-28 12:00")), utc("2026-03-29 01:00")
        )

    def test_repeated_hour_is_open_twice(self):
        a_clock = clock("Europe/Rome", week((2.25, 2.75), days=[6]))
        self.assertEqual(
            list(
                a_clock.open_periods(utc("2026-10-25 00:00"), utc("2026-10-26 00:00"))
            ),
            [
                (utc("2026-10-25 00:15"), utc("2026-10-25 00:45")),
                (utc("2026-10-25 01:15"), utc("2026-10-25 01:45")),
            ],
        )

    def test_deadline_across_the_change_keeps_the_offset_of_its_day(self):
        """History is counted with the offset of then, never with today's."""
        for day, expected in (
            ("2026-03-27", "2026-03-30 07:00"),
            ("2026-10-23", "2026-10-26 08:00"),
        ):
            a_clock = clock("Europe/Rome")
            friday = a_clock.next_open(utc(day + " 00:00"))
            with self.subTest(day):
                self.assertEqual(
                    a_clock.add(friday, 8 * HOUR + 1), utc(expected) + ONE_S
                )

    def test_local_shows_the_offset(self):
        local = clock("Europe/Rome").local(utc("2026-10-25 00:30"))
        self.assertEqual(local.isoformat(), "2026-10-25T02:30:00+02:00")
        local = clock("Europe/Rome").local(utc("2026-10-25 01:30"))
        self.assertEqual(local.isoformat(), "2026-10-25T02:30:00+01:00")


def _midnight(a_clock, day):
    """First instant of a local day, found by halving; for zones with any change."""
    low = datetime(day.year, day.month, day.day) - 2 * ONE_DAY
    high = low + 4 * ONE_DAY
    while high - low > ONE_S:
        middle = low + (high - low) // (2 * ONE_S) * ONE_S
        if a_clock.local(middle).date() < day:
            low = middle
        else:
            high = middle
    return high


def _daily(a_clock, day, around):
    last = _midnight(a_clock, day + ONE_DAY)
    for start, end in a_clock.open_periods(around - 2 * ONE_DAY, around + 3 * ONE_DAY):
        if end > _midnight(a_clock, day) and start < last:
            yield start, min(end, last)


class TestInstants(BaseCase):
    def test_add_ends_at_a_closing(self):
        for start, spent, expected in (
            ("2026-05-18 09:00", 8, "2026-05-18 17:00"),
            ("2026-05-18 09:00", 16, "2026-05-19 17:00"),
            ("2026-05-18 12:00", 6, "2026-05-19 10:00"),
            ("2026-05-22 16:00", 2, "2026-05-25 10:00"),
            ("2026-05-17 03:00", 1, "2026-05-18 10:00"),  # begun outside of hours
            ("2026-05-18 17:00", 1, "2026-05-19 10:00"),
            ("2026-05-17 03:00", 0, "2026-05-17 03:00"),
            ("2026-05-18 12:00", 400, "2026-07-27 12:00"),
        ):
            with self.subTest(start=start, spent=spent):
                self.assertEqual(clock().add(utc(start), spent * HOUR), utc(expected))

    def test_two_hours_of_a_shift_to_24_are_over_at_midnight(self):
        a_clock = clock(windows=week((22, 24)))
        end = a_clock.add(utc("2026-05-18 22:00"), 2 * HOUR)
        self.assertEqual(end, utc("2026-05-19 00:00"))

    def test_subtract_ends_at_an_opening(self):
        for end, spent, expected in (
            ("2026-05-18 17:00", 8, "2026-05-18 09:00"),
            ("2026-05-18 10:00", 2, "2026-05-15 16:00"),
            ("2026-05-17 10:00", 1, "2026-05-15 16:00"),
            ("2026-05-17 10:00", 0, "2026-05-17 10:00"),
        ):
            with self.subTest(end=end, spent=spent):
                self.assertEqual(
                    clock().subtract(utc(end), spent * HOUR), utc(expected)
                )

    def test_edges(self):
        for at, is_open, next_open, previous_close in (
            ("2026-05-18 08:59:59", False, "2026-05-18 09:00", "2026-05-15 17:00"),
            ("2026-05-18 09:00", True, "2026-05-18 09:00", "2026-05-18 09:00"),
            ("2026-05-18 16:59:59", True, "2026-05-18 16:59:59", "2026-05-18 16:59:59"),
            ("2026-05-18 17:00", False, "2026-05-19 09:00", "2026-05-18 17:00"),
            ("2026-05-23 12:00", False, "2026-05-25 09:00", "2026-05-22 17:00"),
        ):
            with self.subTest(at):
                self.assertEqual(clock().is_open(utc(at)), is_open)
                self.assertEqual(clock().next_open(utc(at)), utc(next_open))
                self.assertEqual(clock().previous_close(utc(at)), utc(previous_close))

    def test_open_periods_are_cut_and_touching_ones_are_one(self):
        a_clock = clock(windows=week((8, 12), (12, 16), (20, 24)) + week((0, 2)))
        self.assertEqual(
            list(
                a_clock.open_periods(utc("2026-05-18 10:00"), utc("2026-05-19 01:00"))
            ),
            [
                (utc("2026-05-18 10:00"), utc("2026-05-18 16:00")),
                (utc("2026-05-18 20:00"), utc("2026-05-19 01:00")),
            ],
        )
        self.assertFalse(
            list(a_clock.open_periods(utc("2026-05-19 01:00"), utc("2026-05-18 10:00")))
        )

    def test_batch_is_the_same_as_one_by_one(self):
        a_clock, epoch = clock("Europe/Rome"), datetime(1970, 1, 1)
        starts = [
            utc("2026-01-01 00:00") + timedelta(minutes=997 * n) for n in range(500)
        ]
        as_numbers = [int((start - epoch).total_seconds()) for start in starts]
        for spent in (0, 1, 4 * HOUR, 100 * HOUR):
            ends = [
                int((a_clock.add(start, spent) - epoch).total_seconds())
                for start in starts
            ]
            self.assertEqual(clock("Europe/Rome").add_epochs(as_numbers, spent), ends)
        self.assertEqual(a_clock.add_epochs([], 5), [])


class TestWorkingDays(BaseCase):
    def test_same_time_of_day_moved_into_open_time(self):
        for start, days, expected in (
            ("2026-05-18 12:00", 2, "2026-05-20 12:00"),
            ("2026-05-22 12:00", 1, "2026-05-25 12:00"),
            ("2026-05-18 07:00", 1, "2026-05-19 09:00"),
            ("2026-05-18 20:00", 1, "2026-05-20 09:00"),
            ("2026-05-23 12:00", 1, "2026-05-25 12:00"),
            ("2026-05-18 12:00", -1, "2026-05-15 12:00"),
            ("2026-05-18 07:00", -1, "2026-05-14 17:00"),
            ("2026-05-18 12:00", 0, "2026-05-18 12:00"),
            ("2026-05-23 12:00", 0, "2026-05-25 09:00"),
        ):
            with self.subTest(start=start, days=days):
                found = clock().add_working_days(utc(start), days)
                self.assertEqual(found, utc(expected))

    def test_end_of_day(self):
        for start, days, expected in (
            ("2026-05-18 12:00", 0, "2026-05-18 17:00"),
            ("2026-05-18 12:00", 2, "2026-05-20 17:00"),
            ("2026-05-23 12:00", 0, "2026-05-25 17:00"),
            ("2026-05-23 12:00", 1, "2026-05-25 17:00"),
            ("2026-05-18 12:00", -1, "2026-05-15 17:00"),
        ):
            with self.subTest(start=start, days=days):
                found = clock().add_working_days(utc(start), days, end_of_day=True)
                self.assertEqual(found, utc(expected))

    def test_closed_days_are_none(self):
        closed = ((utc("2026-05-19 00:00"), utc("2026-05-20 00:00")),)
        for exceptions in (
            {"closed": closed},
            {"closed_days": frozenset({date(2026, 5, 19)})},
            {"shifts": ((date(2026, 5, 19), 0, 0),)},
        ):
            found = clock(**exceptions).add_working_days(utc("2026-05-18 12:00"), 1)
            self.assertEqual(found, utc("2026-05-20 12:00"))

    def test_a_night_belongs_to_the_day_it_began(self):
        a_clock = clock(windows=week((22, 30), days=[0, 4]))
        found = a_clock.add_working_days(utc("2026-05-18 23:00"), 1, end_of_day=True)
        self.assertEqual(found, utc("2026-05-23 06:00"))

    def test_local_days_and_times_count(self):
        a_clock = clock("America/New_York")
        # Friday 20:00 in New York is Saturday in UTC
        found = a_clock.add_working_days(utc("2026-03-07 01:00"), 1)
        self.assertEqual(found, utc("2026-03-10 13:00"))
        always = Clock(ALWAYS_OPEN("Europe/Rome"))
        for start, expected in (
            ("2026-03-28 01:30", "2026-03-29 01:00"),  # 02:30 is skipped: the next
            ("2026-10-24 00:30", "2026-10-25 00:30"),  # 02:30 is there twice: the first
        ):
            self.assertEqual(always.add_working_days(utc(start), 1), utc(expected))


class TestNeverOpen(BaseCase):
    def test_it_is_said_and_never_looped_for(self):
        at = utc("2026-05-18 12:00")
        ever = ((datetime.min, datetime.max),)
        for name, a_clock in (
            ("no window", clock(windows=())),
            ("always on leave", clock(closed=ever)),
            (
                "only in the past",
                clock(windows=(), shifts=((date(2010, 1, 1), 0, 60),)),
            ),
            ("one day far off", clock(windows=(), shifts=((date(2050, 1, 1), 0, 60),))),
            ("skipped time", clock("Pacific/Apia", (), shifts=(APIA_SKIPPED,))),
        ):
            with self.subTest(name):
                for question in (
                    lambda c: c.add(at, 1),
                    lambda c: c.subtract(at, 1),
                    lambda c: c.next_open(at),
                    lambda c: c.previous_close(at),
                    lambda c: c.add_working_days(at, 1),
                    lambda c: c.add_working_days(at, -1),
                    lambda c: c.add_working_days(at, 0),
                    lambda c: c.add_epochs([0, 1779105600], 1),
                ):
                    with self.assertRaises(NeverOpen):
                        question(a_clock)
                self.assertFalse(a_clock.is_open(at))
                self.assertEqual(a_clock.add(at, 0), at)
                self.assertEqual(a_clock.between(at, at + ONE_DAY), 0)
                self.assertFalse(list(a_clock.open_periods(at, at + ONE_DAY)))

    def test_the_horizon_does_not_depend_on_what_was_asked_before(self):
        at = utc("2026-05-18 12:00")
        seldom = (date(2037, 1, 1), 0, HOUR)
        fresh, used = (clock(windows=(), shifts=(seldom,)) for _each in range(2))
        used.between(utc("2000-01-01 00:00"), utc("2050-01-01 00:00"))
        for a_clock in (fresh, used):
            with self.assertRaises(NeverOpen):
                a_clock.next_open(at)
            with self.assertRaises(NeverOpen):
                a_clock.subtract(utc("2050-01-01 00:00"), 1)
            self.assertEqual(
                a_clock.next_open(utc("2030-01-01 00:00")), utc("2037-01-01 00:00")
            )
        with self.assertRaises(NeverOpen):
            Clock(ALWAYS_OPEN("UTC")).add(at, HORIZON // ONE_S + 1)

    def test_ends_of_the_calendar_of_years(self):
        a_clock = clock("Pacific/Kiritimati")
        for at in (datetime.min, datetime.max):
            self.assertFalse(a_clock.between(at, at + ONE_S if at.year == 1 else at))
        with self.assertRaises(NeverOpen):
            a_clock.add(datetime.max, 1)
        with self.assertRaises(NeverOpen):
            a_clock.subtract(datetime.min, 1)

    def test_impossible_arguments_are_refused(self):
        for arguments in (
            (7, 0, 1),
            (0, -1, 1),
            (0, DAY, DAY + 1),
            (0, 5, 5),
            (0, 0, 2 * DAY + 1),
            (0, 0, 1, 2),
        ):
            with self.subTest(arguments), self.assertRaises(ValueError):
                Window(*arguments)
        with self.assertRaises(ValueError):
            clock().add(utc("2026-05-18 12:00"), -1)
        with self.assertRaises(ValueError):
            clock().subtract(utc("2026-05-18 12:00"), -1)
        with self.assertRaises(KeyError):  # no zone of that name
            clock("Europe/Atlantis")


instants = st.datetimes(datetime(2008, 1, 1), datetime(2034, 1, 1)).map(
    lambda at: at.replace(microsecond=0)
)
# 12 days of the shortest week, two hours in a fortnight, are within the horizon
spans = st.integers(0, 12 * DAY)


@st.composite
def windows(draw):
    start = draw(st.integers(0, DAY - 1))
    end = draw(st.integers(start + 2 * HOUR, start + DAY))
    return Window(
        draw(st.integers(0, 6)), start, end, draw(st.sampled_from([None, 0, 1]))
    )


@st.composite
def clocks(draw):
    leaves = draw(st.lists(st.tuples(instants, spans), max_size=5))
    return Clock(
        WorkingHours(
            draw(st.sampled_from(ZONES)),
            tuple(draw(st.lists(windows(), min_size=1, max_size=8))),
            closed=tuple((at, at + timedelta(seconds=s)) for at, s in leaves),
            yearly_closed_days=frozenset({(1, 1), (12, 25)}),
        )
    )


class TestProperties(BaseCase):
    @PROFILE
    @given(clocks(), instants, spans)
    def test_add_and_between_are_inverse(self, a_clock, start, spent):
        end = a_clock.add(start, spent)
        self.assertEqual(a_clock.between(start, end), spent)
        if spent:
            self.assertEqual(a_clock.between(start, end - ONE_S), spent - 1)
            self.assertTrue(a_clock.is_open(end - ONE_S))

    @PROFILE
    @given(clocks(), instants, spans)
    def test_subtract_and_between_are_inverse(self, a_clock, end, spent):
        start = a_clock.subtract(end, spent)
        self.assertEqual(a_clock.between(start, end), spent)
        if spent:
            self.assertEqual(a_clock.between(start + ONE_S, end), spent - 1)
            self.assertTrue(a_clock.is_open(start))

    @PROFILE
    @given(clocks(), instants, st.integers(1, 6 * DAY), st.integers(1, 6 * DAY))
    def test_spans_add_up(self, a_clock, start, first, second):
        middle = start + timedelta(seconds=first)
        end = middle + timedelta(seconds=second)
        self.assertEqual(
            a_clock.between(start, end),
            a_clock.between(start, middle) + a_clock.between(middle, end),
        )
        self.assertEqual(
            a_clock.add(a_clock.add(start, first), second),
            a_clock.add(start, first + second),
        )

    @PROFILE
    @given(clocks(), instants, instants, spans)
    def test_later_start_is_never_due_earlier(self, a_clock, one, other, spent):
        first, last = sorted((one, other))
        self.assertLessEqual(a_clock.add(first, spent), a_clock.add(last, spent))
        self.assertLessEqual(a_clock.between(first, last), (last - first) // ONE_S)

    @PROFILE
    @given(clocks(), instants, spans)
    def test_open_periods_are_the_open_time(self, a_clock, start, span):
        end = start + timedelta(seconds=span)
        periods = list(a_clock.open_periods(start, end))
        lengths = sum((stop - begin) // ONE_S for begin, stop in periods)
        self.assertEqual(lengths, a_clock.between(start, end))
        edges = [edge for period in periods for edge in period]
        self.assertEqual(edges, sorted(set(edges)))
        for begin, stop in periods:
            self.assertTrue(a_clock.is_open(begin))
            self.assertTrue(stop == end or not a_clock.is_open(stop))

    @PROFILE
    @given(clocks(), st.lists(st.tuples(instants, spans), min_size=1, max_size=8))
    def test_answers_do_not_depend_on_what_was_asked_before(self, a_clock, questions):
        for start, span in questions:
            end = start + timedelta(seconds=span)
            fresh = Clock(a_clock.hours)
            self.assertEqual(a_clock.between(start, end), fresh.between(start, end))
            self.assertEqual(a_clock.next_open(start), fresh.next_open(start))

    @PROFILE
    @given(clocks(), instants, st.integers(1, 30))
    def test_working_days_go_forward_one_at_a_time(self, a_clock, start, days):
        ends = [
            a_clock.add_working_days(start, number, end_of_day=True)
            for number in range(1, days + 1)
        ]
        for end in ends:
            self.assertGreater(end, start)
            self.assertTrue(a_clock.is_open(end - ONE_S))
        local = [a_clock.local(end - ONE_S).date() for end in ends]
        self.assertEqual(local, sorted(local))


class TestPieces(BaseCase):
    def test_joined(self):
        for pieces, expected in (
            ([], []),
            ([(3, 4), (1, 2)], [(1, 2), (3, 4)]),
            ([(1, 2), (2, 3)], [(1, 3)]),
            ([(1, 9), (2, 3), (4, 10)], [(1, 10)]),
            ([(5, 5), (7, 6)], []),
        ):
            self.assertEqual(joined(pieces), expected)

    def test_subtracted(self):
        for pieces, holes, expected in (
            ([(1, 5)], [], [(1, 5)]),
            ([(1, 5)], [(5, 6)], [(1, 5)]),
            ([(1, 5)], [(0, 1)], [(1, 5)]),
            ([(1, 5)], [(0, 9)], []),
            ([(1, 5)], [(2, 3)], [(1, 2), (3, 5)]),
            ([(1, 5), (7, 9)], [(0, 2), (4, 8)], [(2, 4), (8, 9)]),
            ([(1, 9)], [(2, 3), (4, 5), (8, 12)], [(1, 2), (3, 4), (5, 8)]),
        ):
            self.assertEqual(subtracted(pieces, holes), expected)
