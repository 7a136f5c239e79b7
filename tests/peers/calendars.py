# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From the calendar of a case to the engine's working hours."""

from datetime import date
from functools import lru_cache

from .engine import clock

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_S = 86400


def working_hours(calendar):
    """Return the ``WorkingHours`` of a case's ``calendar``.

    An opening whose end is not after its start runs over midnight.
    """
    return clock.WorkingHours(
        timezone=calendar.get("timezone") or "UTC",
        windows=tuple(
            clock.Window(weekday, *seconds(opening))
            for weekday, name in enumerate(WEEKDAYS)
            for opening in (calendar.get("weekly") or {}).get(name) or []
        ),
        closed_days=frozenset(map(date.fromisoformat, calendar.get("holidays") or [])),
        yearly_closed_days=frozenset(
            tuple(map(int, day.split("-")))
            for day in calendar.get("yearly_holidays") or []
        ),
        breaks=dated(calendar.get("breaks") or {}),
        shifts=dated(calendar.get("shifts") or {}),
    )


def seconds(opening):
    """Return ``["09:00", "24:00"]`` as seconds after the midnight of its day."""
    start, end = map(of_day, opening)
    return start, end if start < end else end + DAY_S


def of_day(text):
    hours, minutes, *rest = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + (rest[0] if rest else 0)


def dated(by_day):
    """Return ``{day: openings}`` as (day, start, end); of an empty list one of no
    length remains, so that the day has shifts, but no hours."""
    return tuple(
        (date.fromisoformat(day), *piece)
        for day, openings in by_day.items()
        for piece in (map(seconds, openings) if openings else [(0, 0)])
    )


def clock_of(case):
    """Return the clock of a case's ``calendar``, one per distinct hours."""
    return _clock(working_hours(case.get("calendar") or {}))


@lru_cache(maxsize=256)
def _clock(hours):
    return clock.Clock(hours)
