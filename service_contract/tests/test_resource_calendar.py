# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import random
from datetime import datetime, timedelta, timezone

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..engine.clock import NeverOpen, Window
from .common import TZ, ServiceContractCommon

HOUR = 3600
DAY = 24 * HOUR
# Monday, 00:00 in Rome, and a week later
MONDAY = datetime(2025, 1, 12, 23)
NEXT_MONDAY = MONDAY + timedelta(days=7)


@tagged("post_install", "-at_install")
class TestResourceCalendar(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.make_calendar([(0, 9, 17)])

    @classmethod
    def make_calendar(cls, rows, **values):
        """:param rows: (weekday, from, to[, week type or "lunch"]) in hours"""
        return cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "tz": TZ,
                "company_id": cls.company.id,
                "attendance_ids": [
                    Command.clear(),
                    *(Command.create(cls.attendance(*row)) for row in rows),
                ],
                **values,
            }
        )

    @staticmethod
    def attendance(weekday, start, end, kind=None):
        values = {"name": "Open", "dayofweek": str(weekday), "day_period": "morning"}
        values |= {"hour_from": start, "hour_to": end}
        if kind == "lunch":
            values["day_period"] = "lunch"
        elif kind:
            values["week_type"] = kind
        return values

    def make_leave(self, start, end, **values):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": self.calendar.id,
                "company_id": self.company.id,
                "date_from": start,
                "date_to": end,
                **values,
            }
        )

    def open_hours(self, calendar=None, start=MONDAY, end=NEXT_MONDAY, **arguments):
        clock = (calendar or self.calendar)._get_clock(**arguments)
        return clock.between(start, end) / HOUR

    # === ATTENDANCES === #

    def test_attendances_are_windows(self):
        for rows, values, expected in (
            ([(0, 9, 17)], {}, [Window(0, 9 * HOUR, 17 * HOUR)]),
            ([(6, 22, 24)], {}, [Window(6, 22 * HOUR, DAY)]),
            ([(0, 22, 26)], {}, [Window(0, 22 * HOUR, 26 * HOUR)]),
            ([(0, -3, 27)], {}, [Window(0, 0, 27 * HOUR)]),
            ([(0, 25, 26)], {}, []),
            ([(0, 8.33, 9.995)], {}, [Window(0, 8 * HOUR + 1200, 10 * HOUR)]),
            (
                [(0, 8, 12), (0, 12, 13, "lunch"), (0, 13, 17)],
                {},
                [Window(0, 8 * HOUR, 12 * HOUR), Window(0, 13 * HOUR, 17 * HOUR)],
            ),
            (
                [(0, 8, 12, "0"), (0, 8, 10, "1")],
                {"two_weeks_calendar": True},
                [Window(0, 8 * HOUR, 12 * HOUR, 0), Window(0, 8 * HOUR, 10 * HOUR, 1)],
            ),
        ):
            with self.subTest(rows=rows):
                calendar = self.make_calendar(rows, **values)
                self.assertEqual(list(calendar._get_open_windows()), expected)

    def test_24_is_sharp(self):
        """Odoo's own end of that day is a microsecond before."""
        calendar = self.make_calendar([(0, 22, 24), (1, 8, 16)])
        opened = datetime(2025, 1, 13, 21)
        end = calendar._get_clock().add(opened, 2 * HOUR)
        self.assertEqual(end, opened + timedelta(hours=2))
        around = self.make_calendar([(day, 0, 24) for day in range(7)])
        year = timedelta(days=400)
        self.assertEqual(self.open_hours(around, MONDAY, MONDAY + year), 400 * 24)

    def test_weeks_alternate_as_in_odoo(self):
        calendar = self.make_calendar(
            [(0, 8, 12, "0"), (0, 8, 10, "1")], two_weeks_calendar=True
        )
        get_week_type = self.env["resource.calendar.attendance"].get_week_type
        for week in range(60):
            start = MONDAY + timedelta(weeks=week)
            parity = get_week_type((start + timedelta(days=1)).date())
            with self.subTest(week=week):
                counted = self.open_hours(calendar, start, start + timedelta(days=2))
                self.assertEqual(counted, 2 if parity else 4)

    def test_sections_of_two_weeks_are_no_hours(self):
        calendar = self.make_calendar([(0, 9, 17)])
        calendar.switch_calendar_type()
        windows = calendar._get_open_windows()
        self.assertEqual(
            sorted((window.week, window.start) for window in windows),
            [(0, 9 * HOUR), (1, 9 * HOUR)],
        )

    def test_hours_by_duration_are_around_noon(self):
        calendar = self.make_calendar([(0, 9, 17)], duration_based=True)
        calendar.attendance_ids.day_period = "full_day"
        calendar.attendance_ids.duration_hours = 6
        self.assertEqual(
            calendar._get_open_windows(), (Window(0, 9 * HOUR, 15 * HOUR),)
        )

    def test_zone_of_the_contract_wins(self):
        for tz, opens in ((None, 8), ("Asia/Kolkata", 3.5), ("America/New_York", 14)):
            with self.subTest(tz=tz):
                found = self.calendar._get_clock(tz).next_open(
                    MONDAY + timedelta(hours=1)
                )
                expected = datetime(2025, 1, 13) + timedelta(hours=opens)
                self.assertEqual(found, expected)

    # === LEAVES === #

    def test_leaves_that_count(self):
        other_calendar = self.make_calendar([(0, 9, 17)])
        resource = self.env["resource.resource"].create(
            {"name": "One", "calendar_id": self.calendar.id}
        )
        start, end = datetime(2025, 1, 13, 11), datetime(2025, 1, 13, 13)
        for name, values, expected in (
            ("of this calendar", {}, 6),
            ("of the company", {"calendar_id": False}, 6),
            ("of another calendar", {"calendar_id": other_calendar.id}, 8),
            ("of one person", {"resource_id": resource.id}, 8),
            ("that is work", {"time_type": "other"}, 8),
        ):
            with self.subTest(name):
                leave = self.make_leave(start, end, **values)
                self.assertEqual(self.open_hours(), expected)
                leave.unlink()
                self.assertEqual(self.open_hours(), 8)

    def test_leaves_of_the_right_company_only(self):
        shared = self.make_calendar([(0, 9, 17)], company_id=False)
        self.make_leave(
            datetime(2025, 1, 13, 11), datetime(2025, 1, 13, 13), calendar_id=False
        )
        for company, expected in (
            (self.company, 6),
            (self.branch, 6),  # a holiday of the company holds for its branches
            (self.other_company, 8),
        ):
            with self.subTest(company.name):
                self.assertEqual(self.open_hours(shared, company=company), expected)

    def test_day_closed_to_its_last_second(self):
        """Screens propose 23:59:59 as the end."""
        self.calendar = self.make_calendar([(day, 0, 24) for day in range(7)])
        self.make_leave(MONDAY, MONDAY + timedelta(seconds=DAY - 1))
        self.assertEqual(self.open_hours(), 6 * 24)
        found = self.calendar._get_clock().next_open(MONDAY)
        self.assertEqual(found, MONDAY + timedelta(days=1))

    # === CACHE === #

    def test_clock_is_shared_until_something_changes(self):
        leave = self.make_leave(datetime(2025, 3, 3), datetime(2025, 3, 4))
        attendance = self.calendar.attendance_ids
        for name, change, expected in (
            ("hours", lambda: attendance.write({"hour_to": 16}), 7),
            (
                "another day",
                lambda: attendance.copy({"dayofweek": "2"}),
                14,
            ),
            ("one day less", lambda: self.calendar.attendance_ids[-1].unlink(), 7),
            (
                "leave moved",
                lambda: leave.write(
                    {
                        "date_from": datetime(2025, 1, 13, 8),
                        "date_to": datetime(2025, 1, 13, 10),
                    }
                ),
                5,
            ),
            ("leave deleted", lambda: leave.unlink(), 7),
            ("type", lambda: self.calendar.write({"schedule_type": "flexible"}), 0),
        ):
            with self.subTest(name):
                before = self.calendar._get_clock()
                self.assertIs(self.calendar._get_clock(), before)
                change()
                self.assertIsNot(self.calendar._get_clock(), before)
                self.assertEqual(self.open_hours(), expected)

    def test_holiday_of_one_person_forgets_nothing(self):
        resource = self.env["resource.resource"].create({"name": "One"})
        before = self.calendar._get_clock()
        leave = self.make_leave(MONDAY, NEXT_MONDAY, resource_id=resource.id)
        leave.name = "Sea"
        leave.unlink()
        self.assertIs(self.calendar._get_clock(), before)

    def test_leave_given_to_one_person_opens_the_calendar(self):
        resource = self.env["resource.resource"].create(
            {"name": "One", "calendar_id": self.calendar.id}
        )
        leave = self.make_leave(MONDAY, NEXT_MONDAY)
        self.assertEqual(self.open_hours(), 0)
        leave.resource_id = resource
        self.assertEqual(self.open_hours(), 8)

    def test_queries_do_not_grow(self):
        row = (0, 9, 17)
        for number in (1, 50):
            calendar = self.make_calendar([row])
            for day in range(number):
                start = datetime(2025, 6, 1) + timedelta(days=day)
                self.calendar = calendar
                self.make_leave(start, start + timedelta(hours=1))
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(number=number):
                with self.assertQueryCount(5):
                    calendar._get_clock(TZ, self.company)
                self.env.invalidate_all()
                with self.assertQueryCount(0):
                    calendar._get_clock(TZ, self.company)

    def test_any_user_gets_the_same_clock(self):
        self.assertIs(
            self.calendar.with_user(self.user_agent)._get_clock(TZ, self.company),
            self.calendar._get_clock(TZ, self.company),
        )

    # === CALENDARS THAT NEVER OPEN === #

    def test_calendars_that_never_open_are_refused(self):
        closed = self.make_calendar([(0, 9, 17)])
        self.calendar = closed
        self.make_leave(datetime(2000, 1, 1), datetime(2099, 1, 1))
        for calendar, message in (
            (self.make_calendar([]), "has no working hours.*Add"),
            (self.make_calendar([(0, 9, 17, "lunch")]), "has no working hours"),
            (self.make_calendar([], schedule_type="flexible"), "flexible.*Choose"),
            (closed, "closed by its time off.*Shorten"),
        ):
            with self.subTest(message):
                with self.assertRaisesRegex(ValidationError, message):
                    calendar._check_has_openings()
                with self.assertRaises(NeverOpen):
                    calendar._get_clock().add(MONDAY, 1)
        self.make_calendar([(0, 9, 17)])._check_has_openings()
        self.env["resource.calendar"]._check_has_openings()

    # === ODOO'S OWN ARITHMETIC === #

    def test_odoo_counts_the_same(self):
        """Within a second a day: Odoo's 24:00 is a microsecond short."""
        rand = random.Random(20250115)
        for number in range(30):
            calendar = self.random_calendar(rand)
            self.calendar = calendar
            for _each in range(rand.randrange(4)):
                start = MONDAY + timedelta(minutes=rand.randrange(40 * 24 * 60))
                length = timedelta(minutes=rand.randrange(1, 3 * 24 * 60))
                self.make_leave(start, start + length)
            for _each in range(5):
                start = MONDAY + timedelta(minutes=rand.randrange(100 * 24 * 60))
                end = start + timedelta(minutes=rand.randrange(1, 60 * 24 * 60))
                with self.subTest(number=number, start=start, end=end):
                    theirs = calendar.get_work_duration_data(
                        start.replace(tzinfo=timezone.utc),
                        end.replace(tzinfo=timezone.utc),
                    )
                    ours = calendar._get_clock().between(start, end)
                    days = (end - start).days + 1
                    self.assertAlmostEqual(ours, theirs["hours"] * HOUR, delta=days)

    def random_calendar(self, rand):
        """Edges are not in the hours that a zone skips or repeats: those are read
        otherwise by Odoo, once a year."""
        two_weeks = rand.random() < 0.4
        rows = []
        for week in ("0", "1") if two_weeks else (None,):
            for day in range(7):
                edges = [0, *sorted(rand.sample(range(4 * 60, 24 * 60), 3)), 24 * 60]
                first = rand.choice([0, 1])
                rows += [
                    (day, edges[i] / 60, edges[i + 1] / 60, week)
                    for i in (first, first + 2)
                    if rand.random() < 0.8
                ]
        return self.make_calendar(
            rows or [(0, 9, 17)],
            two_weeks_calendar=two_weeks and bool(rows),
            tz=rand.choice([TZ, "America/New_York", "Asia/Kolkata", "UTC"]),
        )
