# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A second opinion on billing periods: walk day by day and ask each one in turn.

Slow and plain on purpose; it shares neither code nor method with the engine. A day
opens a period when it is the Nth *candidate* after the one before: every day, every
Monday, every first of the month, every 31st or else last day of a month.
"""

from datetime import date, timedelta
from itertools import pairwise

ONE_DAY = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
DAYS = {"day": 1, "week": 7}


def is_last_of_month(day):
    return (day + ONE_DAY).month != day.month


def is_month_candidate(day, wanted):
    return day.day == wanted or (day.day < wanted and is_last_of_month(day))


def is_calendar_opening(day, months):
    return day.day == 1 and (day.month - 1) % min(months, 12) == 0


def walk(first, is_candidate, step, until):
    """Yield every ``step``-th candidate from the first one on, before ``until``."""
    day, seen = first, 0
    while day < until:
        if is_candidate(day):
            if seen % step == 0:
                yield day
            seen += 1
        day += ONE_DAY


def openings(start, unit, interval, alignment, wanted, until):
    """Yield the days that open a period; some may lie before ``start``."""
    if unit in DAYS:
        first = start
        if unit == "week" and alignment == "calendar":
            while first.weekday() != 0:
                first -= ONE_DAY
        yield from walk(first, lambda day: True, DAYS[unit] * interval, until)
        return
    months = MONTHS[unit] * interval
    first = date(start.year, start.month, 1)
    if alignment == "anniversary":
        yield from walk(
            start, lambda d: is_month_candidate(d, start.day), months, until
        )
    elif alignment == "day":
        yield from walk(first, lambda d: is_month_candidate(d, wanted), months, until)
    elif alignment == "last_day":
        # Counted by their last days: the period opens on the day after each.
        lasts = walk(first, is_last_of_month, 1, until)
        closing = [last for number, last in enumerate(lasts, 1) if number % months == 0]
        yield from (last + ONE_DAY for last in closing)
    elif 12 % months == 0:
        yield from walk(first, lambda d: is_calendar_opening(d, months), 1, until)
    elif months % 12 == 0:
        january = date(start.year, 1, 1)
        years = months // 12
        yield from walk(january, lambda d: is_calendar_opening(d, 12), years, until)
    else:
        yield from walk(first, lambda d: d.day == 1, months, until)


def tiles(start, unit, interval, alignment, wanted, until):
    """Return the periods from ``start``, as pairs, that are over by ``until``."""
    cuts = openings(start, unit, interval, alignment, wanted, until)
    edges = [start] + [day for day in cuts if start < day < until]
    return list(pairwise(edges))
