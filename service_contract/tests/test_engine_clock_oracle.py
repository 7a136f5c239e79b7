# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The clock against a stepper that looks at the wall clock minute by minute.

5,000 random cases; SC_SLA_ORACLE_CASES sets another number, SC_SEED the seed, which
is in the message of a failure.
"""

import os
import random
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.clock import Clock, Window, WorkingHours
from odoo.addons.service_contract.engine.openings import joined

from .oracle_clock import DAY, Stepper

ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Anchorage",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/London",
    "Europe/Rome",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "UTC",
]
CASES_PER_CALENDAR = 10
CASES = int(os.environ.get("SC_SLA_ORACLE_CASES", "5000"))
SEED = int(os.environ.get("SC_SEED") or random.randrange(10**6))
EPOCH = datetime(1970, 1, 1)
FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2032, 12, 31)


def offset(zone, day):
    return datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()


def clock_changes():
    """Each (zone, local day) of the years whose offset is not the next day's."""
    found = []
    for name in ZONES:
        zone, day = ZoneInfo(name), FIRST_DAY
        while day <= LAST_DAY:
            after = day + timedelta(days=1)
            if offset(zone, day) != offset(zone, after):
                found.append((name, day))
            day = after
    return found


def some_pieces(rand, number, longest=DAY, latest=DAY):
    """Windows in minutes: the edges are often full hours, midnight, or 24:00."""
    pieces = []
    for _each in range(number):
        begin = rand.choice([0, 60, 120, 150, 8 * 60, 22 * 60, rand.randrange(DAY)])
        end = rand.choice([DAY, begin + rand.randrange(1, longest), begin + 60])
        pieces.append((begin, min(max(end, begin + 1), latest)))
    return pieces


def random_calendar(rand, zone, around):
    """A calendar whose exceptions are near a day."""
    weeks = rand.choice([(None,), (None,), (0, 1)])
    if rand.random() < 0.1:
        weekly = {(None, weekday): [(0, DAY)] for weekday in range(7)}
    else:
        weekly = {
            (week, weekday): some_pieces(
                rand, rand.choice([0, 1, 1, 2, 3]), DAY, rand.choice([DAY, 2 * DAY])
            )
            for week in weeks
            for weekday in range(7)
        }
    near = [around + timedelta(days=days) for days in range(-4, 5)]
    middle = (around - EPOCH.date()).days * DAY
    starts = [middle + rand.randrange(-5 * DAY, 5 * DAY) for _each in range(3)]
    return {
        "zone": zone,
        "weekly": weekly,
        "shifts": {
            day: some_pieces(rand, rand.randrange(3), DAY, 2 * DAY)
            for day in rand.sample(near, rand.choice([0, 0, 1, 2]))
        },
        "days": set(rand.sample(near, rand.choice([0, 0, 1, 2]))),
        "yearly": {(d.month, d.day) for d in rand.sample(near, rand.choice([0, 0, 1]))},
        "breaks": {
            day: some_pieces(rand, 2, 300)
            for day in rand.sample(near, rand.choice([0, 1, 2]))
        },
        "leaves": [
            (start, start + rand.choice([30, DAY, rand.randrange(1, 3 * DAY)]))
            for start in rand.sample(starts, rand.choice([0, 1, 2, 3]))
        ],
    }


def hours_of(calendar):
    """The same calendar in the words of the engine."""
    return WorkingHours(
        calendar["zone"],
        tuple(
            Window(weekday, begin * 60, end * 60, week)
            for (week, weekday), pieces in calendar["weekly"].items()
            for begin, end in pieces
        ),
        closed=tuple((at(a * 60), at(b * 60)) for a, b in calendar["leaves"]),
        closed_days=frozenset(calendar["days"]),
        yearly_closed_days=frozenset(calendar["yearly"]),
        breaks=dated(calendar["breaks"]),
        shifts=dated(calendar["shifts"]),
    )


def dated(by_day):
    return tuple(
        (day, begin * 60, end * 60)
        for day, pieces in by_day.items()
        for begin, end in pieces or [(0, 0)]
    )


def at(second):
    return EPOCH + timedelta(seconds=second)


def seconds(instant):
    return (instant - EPOCH) // timedelta(seconds=1)


class TestAgainstTheStepper(BaseCase):
    def test_random_calendars_agree_to_the_second(self):
        rand = random.Random(SEED)
        changes = clock_changes()
        rand.shuffle(changes)
        number = max(CASES // CASES_PER_CALENDAR, 1)
        for round_number in range(number):
            if round_number % 8 < 7:
                zone, day = changes[round_number % len(changes)]
                span = rand.choice([4, 5, 6])
            else:
                zone = rand.choice(ZONES)
                day = FIRST_DAY + timedelta(days=rand.randrange(9 * 365))
                span = rand.choice([8, 15, 22])
            with self.subTest(seed=SEED, round=round_number, zone=zone, day=day):
                self.compare(rand, zone, day, span)

    def compare(self, rand, zone, day, span):
        calendar = random_calendar(rand, zone, day)
        clock = Clock(hours_of(calendar))
        middle = (day - EPOCH.date()).days * DAY
        first, last = middle - span * DAY // 2, middle + span * DAY // 2
        stepper = Stepper(calendar, first, last)
        for _each in range(CASES_PER_CALENDAR):
            start, end = sorted(
                rand.randrange(first * 60, last * 60) // unit * unit
                for unit in rand.choice([(1, 1), (60, 60), (3600, 3600)])
            )
            self.compare_span(rand, clock, stepper, start, end)
            self.compare_points(rand, clock, stepper, start, end)

    def compare_span(self, rand, clock, stepper, start, end):
        pauses = []
        for _each in range(rand.choice([0, 0, 1, 2, 5, 40])):
            low, high = start // 60 + 1, max(end // 60, start // 60 + 2)
            pauses.append(sorted(rand.randrange(low, high) for _edge in range(2)))
        counted, inside = stepper.between(start, end, pauses)
        paused = joined(
            (min(a * 60, end), min(b * 60, end)) for a, b in map(tuple, pauses)
        )
        self.assertEqual(clock.between(at(start), at(end)), counted + inside)
        self.assertEqual(sum(clock.between(at(a), at(b)) for a, b in paused), inside)

    def compare_points(self, rand, clock, stepper, start, end):
        target = rand.choice([60, 3600, 8 * 3600, 86400, rand.randrange(1, 300000)])
        self.assertEqual(clock.is_open(at(start)), stepper.is_open(start))
        for question, arguments in (
            ("add", (start, target)),
            ("subtract", (end, target)),
            ("next_open", (start,)),
            ("previous_close", (end,)),
        ):
            expected = getattr(stepper, question)(*arguments)
            if expected is not None:  # None is outside of what was stepped through
                found = getattr(clock, question)(at(arguments[0]), *arguments[1:])
                self.assertEqual(seconds(found), expected, question)


class TestTheStepper(BaseCase):
    """Wrong oracles agree with anything: a few answers that are known."""

    def calendar(self, zone, weekly):
        empty = {"shifts": {}, "days": set(), "yearly": set(), "breaks": {}}
        return {"zone": zone, "weekly": weekly, "leaves": [], **empty}

    def test_known_answers(self):
        always = {(None, weekday): [(0, DAY)] for weekday in range(7)}
        office = {(None, weekday): [(9 * 60, 17 * 60)] for weekday in range(5)}
        for zone, weekly, start, end, expected in (
            ("Europe/Rome", always, (2026, 3, 28, 23), (2026, 3, 29, 22), 23),
            ("Europe/Rome", always, (2026, 10, 24, 22), (2026, 10, 25, 23), 25),
            ("Europe/Rome", office, (2026, 10, 23, 0), (2026, 10, 27, 0), 16),
            ("Asia/Kolkata", office, (2026, 5, 11, 3), (2026, 5, 11, 5), 1.5),
        ):
            first, last = (
                seconds(datetime(*moment, tzinfo=timezone.utc).replace(tzinfo=None))
                for moment in (start, end)
            )
            stepper = Stepper(self.calendar(zone, weekly), first // 60, last // 60)
            self.assertEqual(stepper.between(first, last)[0], expected * 3600)

    def test_all_clock_changes_are_there(self):
        zones = {zone for zone, _day in clock_changes()}
        self.assertEqual(len(ZONES), 25)
        self.assertEqual(len(zones), 19)
