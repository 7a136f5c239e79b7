# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Open time by looking at the clock on the wall, minute by minute.

It shares no code with the engine, and is far too slow to be of use elsewhere. A
calendar is a dict: ``zone``; ``weekly`` {(week or None, weekday): [(from, to)]} and
``shifts`` {date: [(from, to)]} in minutes after local midnight, up to 2880; ``days``
closed local dates; ``yearly`` closed (month, day); ``breaks`` {date: [(from, to)]};
``leaves`` [(from, to)] in epoch minutes.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = 24 * 60


def openings_that_begin(calendar, day):
    """The hours of a local day, before anything is closed."""
    if day in calendar["shifts"]:
        return calendar["shifts"][day]
    weeks_since_year_1 = (day - date(1, 1, 1)).days // 7
    return [
        *calendar["weekly"].get((None, day.weekday()), []),
        *calendar["weekly"].get((weeks_since_year_1 % 2, day.weekday()), []),
    ]


def wall(calendar, day):
    """For each minute of a local day: is a shop with these hours open?"""
    minutes = [False] * DAY
    if day in calendar["days"] or (day.month, day.day) in calendar["yearly"]:
        return minutes
    for ago in (0, 1):
        for begin, end in openings_that_begin(calendar, day - timedelta(days=ago)):
            for minute in range(begin, end):
                if 0 <= minute - ago * DAY < DAY:
                    minutes[minute - ago * DAY] = True
    for begin, end in calendar["breaks"].get(day, []):
        for minute in range(begin, min(end, DAY)):
            minutes[minute] = False
    return minutes


class Stepper:
    """What a calendar says about each minute from ``first`` to ``last`` (epoch)."""

    def __init__(self, calendar, first, last):
        self.first = first
        zone, days = ZoneInfo(calendar["zone"]), {}
        self.open = bytearray()
        for minute in range(first, last):
            local = datetime.fromtimestamp(minute * 60, zone)
            key = local.year, local.month, local.day
            if key not in days:
                days[key] = wall(calendar, date(*key))
            self.open.append(days[key][local.hour * 60 + local.minute])
        for begin, end in calendar["leaves"]:
            for minute in range(max(begin, first), min(end, last)):
                self.open[minute - first] = False

    def is_open(self, second):
        return bool(self.open[second // 60 - self.first])

    def between(self, start, end, paused=()):
        """Open seconds outside the pauses, and inside them.

        :param start, end: epoch seconds
        :param paused: pauses [(from, to)] in epoch minutes; they may overlap
        """
        marked = bytearray(len(self.open))
        for begin, stop in paused:
            marked[begin - self.first : stop - self.first] = b"x" * (stop - begin)
        seconds = [0, 0]
        first, last = start // 60, -(-end // 60)
        for minute in range(first, last):
            position = minute - self.first
            if self.open[position]:
                seconds[bool(marked[position])] += 60
                if minute == first:
                    seconds[bool(marked[position])] -= start % 60
                if minute == last - 1:
                    seconds[bool(marked[position])] -= -end % 60
        return tuple(seconds)

    def add(self, start, seconds):
        """The instant at which the open time is up; None when it is not in here."""
        passed = start % 60  # of the minute that is looked at
        for position in range(start // 60 - self.first, len(self.open)):
            if self.open[position]:
                if seconds <= 60 - passed:
                    return (self.first + position) * 60 + passed + seconds
                seconds -= 60 - passed
            passed = 0
        return None

    def subtract(self, end, seconds):
        left = end % 60 or 60  # of the minute that is looked at
        for position in range((end - 1) // 60 - self.first, -1, -1):
            if self.open[position]:
                if seconds <= left:
                    return (self.first + position) * 60 + left - seconds
                seconds -= left
            left = 60
        return None

    def next_open(self, at):
        if self.is_open(at):
            return at
        for position in range(at // 60 - self.first, len(self.open)):
            if self.open[position]:
                return (self.first + position) * 60
        return None

    def previous_close(self, at):
        if self.is_open(at):
            return at
        for position in range((at - 1) // 60 - self.first, -1, -1):
            if self.open[position]:
                return (self.first + position) * 60 + 60
        return None
