# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Work is cut where its price may change: on the clock of the site."""

from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.clock import Clock, Window, WorkingHours
from odoo.addons.service_contract.engine.slices import (
    Slice,
    closes_day,
    cut,
    with_overtime,
)

from .common_engine_rating import HOUR, moment, office


def cuts(begin, hours, zone="Europe/Rome", clock=None, **values):
    """Return (begin, end, state) of the slices of work, by the clock on the wall.

    The state is ``open``, ``closed`` or ``holiday``.
    """
    clock = clock or office(zone)
    pieces = cut(clock, moment(begin, zone), round(hours * HOUR), **values)
    return [(wall(p.start, zone), wall(p.end, zone), state(p)) for p in pieces]


def wall(instant, zone):
    local = instant.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone))
    return f"{local:%a %H:%M}"


def state(piece):
    if piece.is_holiday:
        return "holiday"
    return "open" if piece.is_open else "closed"


class TestCuts(BaseCase):
    def test_inside_office_hours_is_one_slice(self):
        self.assertEqual(
            cuts("2026-03-20 09:00", 8), [("Fri 09:00", "Fri 17:00", "open")]
        )

    def test_work_to_the_closing_minute_is_one_slice(self):
        self.assertEqual(
            cuts("2026-03-20 08:00", 10), [("Fri 08:00", "Fri 18:00", "open")]
        )

    def test_closing_time(self):
        self.assertEqual(
            cuts("2026-03-20 17:30", 1),
            [("Fri 17:30", "Fri 18:00", "open"), ("Fri 18:00", "Fri 18:30", "closed")],
        )

    def test_midnight_into_the_weekend_and_out_of_it(self):
        self.assertEqual(
            cuts("2026-03-20 23:00", 2),
            [
                ("Fri 23:00", "Sat 00:00", "closed"),
                ("Sat 00:00", "Sat 01:00", "closed"),
            ],
        )
        self.assertEqual(
            cuts("2026-03-22 23:00", 10),
            [
                ("Sun 23:00", "Mon 00:00", "closed"),
                ("Mon 00:00", "Mon 08:00", "closed"),
                ("Mon 08:00", "Mon 09:00", "open"),
            ],
        )

    def test_holiday(self):
        self.assertEqual(
            cuts("2026-03-24 17:00", 40),
            [
                ("Tue 17:00", "Tue 18:00", "open"),
                ("Tue 18:00", "Wed 00:00", "closed"),
                ("Wed 00:00", "Thu 00:00", "holiday"),
                ("Thu 00:00", "Thu 08:00", "closed"),
                ("Thu 08:00", "Thu 09:00", "open"),
            ],
        )

    def test_clocks_that_go_forward(self):
        """From 1:30 to 4:00 on the wall is an hour and a half."""
        self.assertEqual(
            cuts("2026-03-29 01:30", 1.5),
            [
                ("Sun 01:30", "Sun 03:00", "closed"),
                ("Sun 03:00", "Sun 04:00", "closed"),
            ],
        )

    def test_clocks_that_go_back(self):
        """The hour from 2:00 to 3:00 is there twice."""
        [first, second] = cut(
            office(), moment("2026-10-25 01:30"), 3 * HOUR, has_hours=False
        )
        self.assertEqual((first.quantity, second.quantity), (1.5 * HOUR, 1.5 * HOUR))
        self.assertEqual((first.second, second.second), (1.5 * HOUR, 2 * HOUR))

    def test_zones_that_are_half_an_hour_off(self):
        for zone in ("Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham"):
            with self.subTest(zone=zone):
                self.assertEqual(
                    cuts("2026-03-19 17:45", 6.5, zone),
                    [
                        ("Thu 17:45", "Thu 18:00", "open"),
                        ("Thu 18:00", "Fri 00:00", "closed"),
                        ("Fri 00:00", "Fri 00:15", "closed"),
                    ],
                )

    def test_clocks_that_go_half_an_hour(self):
        self.assertEqual(
            cuts("2026-10-04 01:00", 2, "Australia/Lord_Howe"),
            [
                ("Sun 01:00", "Sun 02:30", "closed"),
                ("Sun 02:30", "Sun 03:30", "closed"),
            ],
        )

    def test_clocks_that_change_at_midnight(self):
        """In Havana the day begins at 1:00, and in autumn 0:00 to 1:00 comes twice."""
        self.assertEqual(
            cuts("2026-03-07 23:00", 2, "America/Havana"),
            [
                ("Sat 23:00", "Sun 01:00", "closed"),
                ("Sun 01:00", "Sun 02:00", "closed"),
            ],
        )
        pieces = cut(
            office("America/Havana"),
            moment("2026-10-31 23:00", "America/Havana"),
            14400,
        )
        self.assertEqual(
            [(p.day.day, p.quantity / HOUR, p.second / HOUR) for p in pieces],
            [(31, 1, 23), (1, 1, 0), (1, 2, 0)],
        )

    def test_clocks_that_go_back_into_the_day_before(self):
        """In Beirut Saturday ends twice."""
        pieces = cut(
            office("Asia/Beirut"), moment("2026-10-24 22:30", "Asia/Beirut"), 4 * HOUR
        )
        self.assertEqual(
            [(p.day.day, p.quantity / HOUR, p.second / HOUR) for p in pieces],
            [(24, 1.5, 22.5), (24, 1, 23), (25, 1.5, 0)],
        )

    def test_edges_of_windows(self):
        self.assertEqual(
            cuts("2026-03-20 21:00", 10, has_hours=False, edges=(6 * HOUR, 22 * HOUR)),
            [
                ("Fri 21:00", "Fri 22:00", "open"),
                ("Fri 22:00", "Sat 00:00", "open"),
                ("Sat 00:00", "Sat 06:00", "open"),
                ("Sat 06:00", "Sat 07:00", "open"),
            ],
        )

    def test_edge_that_the_clocks_skip(self):
        self.assertEqual(
            cuts("2026-03-29 01:00", 2, has_hours=False, edges=(9000,)),
            [("Sun 01:00", "Sun 03:00", "open"), ("Sun 03:00", "Sun 04:00", "open")],
        )

    def test_edge_that_comes_twice(self):
        self.assertEqual(
            cuts("2026-10-25 02:00", 2, has_hours=False, edges=(9000,)),
            [
                ("Sun 02:00", "Sun 02:30", "open"),
                ("Sun 02:30", "Sun 02:00", "open"),
                ("Sun 02:00", "Sun 02:30", "open"),
                ("Sun 02:30", "Sun 03:00", "open"),
            ],
        )

    def test_lunch_closes_the_office(self):
        windows = tuple(
            Window(4, start * HOUR, end * HOUR) for start, end in ((8, 12), (13, 18))
        )
        clock = Clock(WorkingHours("Europe/Rome", windows))
        self.assertEqual(
            [state for *_times, state in cuts("2026-03-20 11:00", 3, clock=clock)],
            ["open", "closed", "open"],
        )

    def test_nothing_takes_no_time(self):
        self.assertEqual(cuts("2026-03-20 09:00", 0), [])

    def test_office_that_is_always_open(self):
        always = Clock(
            WorkingHours("UTC", tuple(Window(day, 0, 24 * HOUR) for day in range(7)))
        )
        self.assertEqual(
            cuts("2026-03-20 23:00", 2, "UTC", always),
            [("Fri 23:00", "Sat 00:00", "open"), ("Sat 00:00", "Sat 01:00", "open")],
        )


class TestHolidays(BaseCase):
    """A day is a holiday if leaves close all of it."""

    def closes(self, day, *leaves, zone="Europe/Rome", **values):
        closed = tuple((moment(a, zone), moment(b, zone)) for a, b in leaves)
        hours = WorkingHours(zone, (), closed=closed, **values)
        return closes_day(Clock(hours), date.fromisoformat(day).toordinal())

    def test_leaves_from_midnight_to_midnight(self):
        whole = ("2026-05-01 00:00", "2026-05-02 00:00")
        halves = (
            ("2026-05-01 00:00", "2026-05-01 12:00"),
            ("2026-05-01 12:00", "2026-05-02 00:00"),
        )
        long = ("2026-04-20 09:00", "2026-05-10 00:00")
        for leaves in ([whole], halves, [long]):
            self.assertTrue(self.closes("2026-05-01", *leaves))
        self.assertFalse(self.closes("2026-05-01", halves[0]))
        self.assertFalse(self.closes("2026-05-02", whole))
        self.assertFalse(self.closes("2026-04-20", long))

    def test_leaves_of_another_zone_do_not_fill_the_day(self):
        hours = WorkingHours(
            "America/New_York",
            (),
            closed=((moment("2026-05-01 00:00"), moment("2026-05-02 00:00")),),
        )
        self.assertFalse(closes_day(Clock(hours), date(2026, 5, 1).toordinal()))

    def test_days_that_the_clocks_change(self):
        for day, after in (("2026-03-29", "2026-03-30"), ("2026-10-25", "2026-10-26")):
            self.assertTrue(self.closes(day, (f"{day} 00:00", f"{after} 00:00")))
            self.assertFalse(self.closes(day, (f"{day} 00:00", f"{day} 23:59")))

    def test_named_days_and_days_of_each_year(self):
        christmas = frozenset({(12, 25)})
        self.assertTrue(self.closes("2027-12-25", yearly_closed_days=christmas))
        self.assertFalse(self.closes("2027-12-26", yearly_closed_days=christmas))
        named = frozenset({date(2026, 5, 1)})
        self.assertTrue(self.closes("2026-05-01", closed_days=named))
        self.assertFalse(self.closes("2027-05-01", closed_days=named))

    def test_sunday_off_is_no_holiday(self):
        self.assertFalse(self.closes("2026-03-22"))


class TestOvertime(BaseCase):
    FRIDAY = date(2026, 3, 20)

    def pieces(self, *hours, before=0.0, thresholds=(8,)):
        """Return (hours, hours worked before) of the slices of a day."""
        start = datetime(2026, 3, 20, 7)
        slices = [Slice(round(h * HOUR), self.FRIDAY, start, 0) for h in hours]
        found = with_overtime(
            slices,
            tuple(limit * HOUR for limit in thresholds),
            {self.FRIDAY: round(before * HOUR)},
        )
        return [(piece.quantity / HOUR, piece.worked / HOUR) for piece in found]

    def test_threshold_inside_an_entry(self):
        self.assertEqual(self.pieces(10), [(8, 0), (2, 8)])

    def test_threshold_across_entries(self):
        self.assertEqual(self.pieces(3, before=6), [(2, 6), (1, 8)])
        self.assertEqual(self.pieces(3, before=8), [(3, 8)])
        self.assertEqual(self.pieces(2, before=6), [(2, 6)])

    def test_several_thresholds_in_several_slices(self):
        self.assertEqual(
            self.pieces(7, 6, thresholds=(8, 10, 12)),
            [(7, 0), (1, 7), (2, 8), (2, 10), (1, 12)],
        )

    def test_each_day_by_itself(self):
        days = [self.FRIDAY, date(2026, 3, 21)]
        slices = [Slice(6 * HOUR, day) for day in days]
        found = with_overtime(slices, (8 * HOUR,), {})
        self.assertEqual([piece.worked for piece in found], [0, 0])

    def test_parts_begin_where_the_last_one_ended(self):
        [slice_] = [Slice(10 * HOUR, self.FRIDAY, datetime(2026, 3, 20, 7), 8 * HOUR)]
        [first, second] = with_overtime([slice_], (8 * HOUR,), {})
        self.assertEqual(first.end, second.start)
        self.assertEqual(second.second, 16 * HOUR)
        [_first, untimed] = with_overtime([Slice(36000, self.FRIDAY)], (28800,), {})
        self.assertEqual((untimed.start, untimed.second), (None, None))
