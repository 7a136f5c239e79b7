# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Billing periods: which stretch of service is billed, and on which date.

All ranges of dates are half-open: ``[start, end)`` holds ``start`` and not ``end``.
The last day of a contract that a customer reads as "until 31 December" is therefore
``end = 1 January``. See ``docs/decisions/billing-periods.md`` for the choices.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from itertools import count
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
DateRange = tuple[date, date]
OpenRange = tuple[date, "date | None"]


class Unit(str, Enum):
    """Unit of the length of a billing period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class Timing(str, Enum):
    """Bill a period when it begins (advance) or when it is over (arrears)."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class Alignment(str, Enum):
    """Where the periods of a line begin.

    ``anniversary``: on the day the line starts, and the same day of later months.
    ``calendar``: on Monday, the first of the month, quarter, half-year or year.
    ``day``: on a given day of the month.
    ``last_day``: such that each period ends with the last day of a month, which is
    also the invoice date in arrears.
    """

    ANNIVERSARY = "anniversary"
    CALENDAR = "calendar"
    DAY = "day"
    LAST_DAY = "last_day"


_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.HALF_YEAR: 6, Unit.YEAR: 12}
_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}


@dataclass(frozen=True)
class Recurrence:
    """The grid of period boundaries, endless in both directions.

    :param unit: a :class:`Unit` or its value
    :param interval: number of units in a period, at least 1
    :param anchor: the boundary number 0; any day of its month when ``last_day`` or
        ``day`` tell the day
    :param last_day: periods end with the last day of a month: the boundaries are the
        first days of months
    :param day: day of the month wanted for the boundaries, when it is not the one of
        ``anchor`` (the 31st, anchored in a month of 30 days)
    :raises ValueError: interval below 1, day outside 1 to 31, or a day of the month
        with a unit of days or weeks
    """

    unit: Unit
    interval: int
    anchor: date
    last_day: bool = False
    day: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", Unit(self.unit))
        if self.interval < 1:
            raise ValueError("The interval of a recurrence must be at least 1.")
        if self.day is not None and not 1 <= self.day <= 31:
            raise ValueError("The day of the month must be between 1 and 31.")
        if not self.months and (self.last_day or self.day is not None):
            raise ValueError("Periods of days or weeks have no day of the month.")

    @property
    def months(self) -> int:
        """Length of a period in months; 0 for units of days and weeks."""
        return _MONTHS.get(self.unit, 0) * self.interval

    @property
    def step_days(self) -> int:
        """Length of a period in days; 0 for units of months."""
        return _DAYS.get(self.unit, 0) * self.interval

    @property
    def month_day(self) -> int:
        """Day of the month of the boundaries, before clamping to short months."""
        return 1 if self.last_day else self.day or self.anchor.day

    def boundary(self, index: int) -> date:
        """Return the first day of period ``index``, counted from the anchor.

        Never computed from the period before: 31 January, 28 February, 31 March.
        """
        if self.step_days:
            return self.anchor + timedelta(days=self.step_days * index)
        return _month_date(
            _month_index(self.anchor) + self.months * index, self.month_day
        )


@dataclass(frozen=True)
class Period:
    """One billing period, perhaps cut by the start or the end of the service.

    ``number`` is the index on the grid; ``[start, end)`` is what is billed and
    ``[full_start, full_end)`` the uncut period whose price is known. ``last_day`` is
    that of the recurrence: it decides the invoice date in arrears.
    """

    number: int
    start: date
    end: date
    full_start: date
    full_end: date
    last_day: bool = False

    @property
    def is_partial(self) -> bool:
        return (self.start, self.end) != (self.full_start, self.full_end)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def full_days(self) -> int:
        return (self.full_end - self.full_start).days


# === GRID === #


def recurrence_for(
    start: date,
    unit: Unit | str,
    interval: int = 1,
    alignment: Alignment | str = Alignment.ANNIVERSARY,
    day: int | None = None,
) -> Recurrence:
    """Return the recurrence of a line; the period that holds ``start`` is number 0.

    Periods of days and weeks have no day of the month: with the alignments ``day``
    and ``last_day`` they begin at ``start``.

    :param start: first day of service
    :param day: day of the month for the alignment ``day``, 31 = last day of shorter
        months
    :raises ValueError: alignment ``day`` without a day between 1 and 31
    """
    alignment = Alignment(alignment)
    rec = Recurrence(unit, interval, start)
    if alignment is Alignment.CALENDAR:
        rec = _calendar_recurrence(rec)
    elif alignment is Alignment.DAY and rec.months:
        if not day:
            raise ValueError("The day of the month is missing.")
        rec = replace(rec, day=day)
    elif alignment is Alignment.LAST_DAY and rec.months:
        rec = replace(rec, last_day=True)
    return replace(rec, anchor=rec.boundary(period_number(rec, start)))


def _calendar_recurrence(rec: Recurrence) -> Recurrence:
    """Put the anchor on the natural beginning of the calendar unit.

    Months are counted from January when they divide a year, or fill years, so that
    three months are the quarters of the calendar; else from the month of the anchor.
    """
    if rec.months:
        first = rec.anchor.replace(day=1)
        if 12 % rec.months == 0 or rec.months % 12 == 0:
            first = first.replace(month=1)
        return replace(rec, anchor=first)
    if rec.unit is Unit.WEEK:
        return replace(rec, anchor=rec.anchor - timedelta(days=rec.anchor.weekday()))
    return rec


def clamp_day(month: date, day: int) -> date:
    """Return the date with that day of the month, or the last day of the month."""
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))


def _month_index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month_date(index: int, day: int) -> date:
    return clamp_day(date(index // 12, index % 12 + 1, 1), day)


def period_number(rec: Recurrence, day: date) -> int:
    """Return the index of the period that holds ``day``, without stepping to it."""
    if rec.step_days:
        return (day - rec.anchor).days // rec.step_days
    number = (_month_index(day) - _month_index(rec.anchor)) // rec.months
    # The boundary lies in the month of the day or before; only in the month itself
    # can it still be to come.
    return number - 1 if rec.boundary(number) > day else number


def period_at(rec: Recurrence, index: int) -> Period:
    """Return the uncut period number ``index`` (negative before the anchor)."""
    start, end = rec.boundary(index), rec.boundary(index + 1)
    return Period(index, start, end, start, end, rec.last_day)


def period_of(
    rec: Recurrence, day: date, start: date, end: date | None = None
) -> Period | None:
    """Return the period that holds ``day``, cut to the service ``[start, end)``.

    :return: None when the day is outside the service
    """
    if day < start or (end is not None and day >= end):
        return None
    return _clip(period_at(rec, period_number(rec, day)), start, end)


def _clip(period: Period, start: date, end: date | None) -> Period:
    return replace(
        period,
        start=max(period.start, start),
        end=period.end if end is None else min(period.end, end),
    )


def periods_between(
    rec: Recurrence,
    start: date,
    end: date | None,
    until: date | None = None,
    after: int | None = None,
) -> Iterator[Period]:
    """Yield the periods of the service ``[start, end)`` in order, cut to it.

    :param end: first day without service, None when there is no end
    :param until: stop before the first period that starts on or after this date;
        None only with an ``end``
    :param after: begin after the period with this number
    :raises ValueError: neither an end nor a limit
    """
    if end is None and until is None:
        raise ValueError("Endless periods need a date to stop at.")
    stop = min(limit for limit in (end, until) if limit is not None)
    return _service_periods(rec, start, end, stop, after)


def _service_periods(
    rec: Recurrence, start: date, end: date | None, stop: date, after: int | None
) -> Iterator[Period]:
    first = period_number(rec, start)
    if after is not None:
        first = max(first, after + 1)
    for index in count(first):
        if max(rec.boundary(index), start) >= stop:
            return
        yield _clip(period_at(rec, index), start, end)


# === INVOICE DATES === #


def invoice_date(period: Period, timing: Timing | str, offset_days: int = 0) -> date:
    """Return the date on which the period is to be invoiced.

    In advance: the day it starts. In arrears: the day after its last day, as the day
    itself is still being served; with the rule ``last_day`` the last day itself,
    which is what the rule is named after.

    :param offset_days: days added to that date (negative: earlier)
    """
    if Timing(timing) is Timing.ADVANCE:
        base = period.start
    else:
        base = period.end - ONE_DAY if period.last_day else period.end
    return base + timedelta(days=offset_days)


def due_periods(
    rec: Recurrence,
    start: date,
    end: date | None,
    timing: Timing | str,
    as_of: date,
    offset_days: int = 0,
    after: int | None = None,
) -> list[Period]:
    """Return all periods whose invoice date is ``as_of`` or before, oldest first.

    Missed days lose nothing: every period since the last billed one is there, once.

    :param start: first day of service
    :param end: first day without service, None when there is no end; nothing on or
        after it is billed
    :param as_of: today in the time zone of the contract
    :param after: number of the last billed period, None when nothing is billed yet
    """
    due = []
    # No rule dates an invoice before the period starts, but for the offset.
    until = as_of + ONE_DAY - timedelta(days=offset_days)
    for period in periods_between(rec, start, end, until, after):
        if invoice_date(period, timing, offset_days) > as_of:
            break
        due.append(period)
    return due


def next_period(
    rec: Recurrence, start: date, end: date | None, after: int | None = None
) -> Period | None:
    """Return the first period after the last billed one, None when all are billed."""
    first = period_number(rec, start)
    index = first if after is None else max(first, after + 1)
    begin = max(rec.boundary(index), start)
    if end is not None and begin >= end:
        return None
    return _clip(period_at(rec, index), start, end)


def billable_until(
    rec: Recurrence, start: date, end: date | None, timing: Timing | str, as_of: date
) -> date | None:
    """Return the day up to which (exclusive) service may be billed on ``as_of``.

    Equal to ``start`` in arrears while the first full period is running: billing has
    begun but nothing is used up. None before that.
    """
    if as_of < start:
        return None
    if end is not None and end <= as_of:
        return end
    period = period_at(rec, period_number(rec, as_of))
    if Timing(timing) is Timing.ADVANCE:
        return period.end if end is None else min(period.end, end)
    return period.start if period.start >= start else None


def realigned_period(
    rec: Recurrence,
    billed_until: date,
    end: date | None,
    timing: Timing | str,
    invoice_on: date,
) -> tuple[Recurrence, Period | None]:
    """Move the grid to an invoice date set by hand.

    What was not billed before joins the period of that invoice, so nothing is lost:
    in arrears it reaches to the invoice date, in advance to one period after it.

    :param billed_until: first day that is not billed yet
    :return: the recurrence from now on, and the longer or shorter next period as a
        period of its own right, None when everything is billed
    """
    arrears = Timing(timing) is Timing.ARREARS
    cut = invoice_on + ONE_DAY if arrears and rec.last_day else invoice_on
    rec = replace(rec, anchor=cut, day=None)
    stop = cut if arrears else rec.boundary(1)
    if billed_until >= (stop if end is None else min(stop, end)):
        return rec, next_period(rec, billed_until, end)
    number = period_number(rec, stop - ONE_DAY)
    period = Period(number, billed_until, stop, billed_until, stop, rec.last_day)
    return rec, _clip(period, billed_until, end)


# === HOLDS === #


def merge_ranges(ranges: Iterable[OpenRange]) -> list[DateRange]:
    """Return the union of date ranges, in order, without overlap or empty ranges.

    :param ranges: pairs ``(start, end)``, end None for a hold that is still open
    """
    merged: list[DateRange] = []
    for start, stop in sorted((s, e or date.max) for s, e in ranges):
        if start >= stop:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def without_holds(
    start: date, end: date, holds: Iterable[OpenRange]
) -> list[DateRange]:
    """Return the pieces of ``[start, end)`` that no hold covers."""
    pieces, cursor = [], start
    for hold_start, hold_end in merge_ranges(holds):
        if cursor < min(hold_start, end):
            pieces.append((cursor, min(hold_start, end)))
        cursor = max(cursor, hold_end)
    if cursor < end:
        pieces.append((cursor, end))
    return pieces


def held_days(start: date, end: date, holds: Iterable[OpenRange]) -> int:
    """Return how many days of ``[start, end)`` are on hold, each counted once."""
    served = sum(
        (stop - begin).days for begin, stop in without_holds(start, end, holds)
    )
    return max((end - start).days, 0) - served


# === INSTANTS === #


def local_day(instant: datetime, tz_name: str) -> date:
    """Return the calendar day at ``instant`` in a time zone.

    :param instant: aware, or naive and then read as UTC, as Odoo stores it
    :param tz_name: IANA name
    :raises zoneinfo.ZoneInfoNotFoundError: unknown time zone
    """
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=timezone.utc)
    return instant.astimezone(ZoneInfo(tz_name)).date()


def day_start_utc(day: date, tz_name: str) -> datetime:
    """Return the first instant of a local day, as aware UTC.

    Where the clock is put forward over midnight, the day begins at the change. Where
    midnight comes twice, it begins with the first one.

    :raises zoneinfo.ZoneInfoNotFoundError: unknown time zone
    """
    midnight = datetime.combine(day, time.min, ZoneInfo(tz_name))
    instant = midnight.astimezone(timezone.utc)
    if instant.astimezone(midnight.tzinfo) == midnight:
        return instant
    # Midnight is skipped: the change lies between the two readings of it.
    return _first_instant(
        day, tz_name, midnight.replace(fold=1).astimezone(timezone.utc), instant
    )


def _first_instant(
    day: date, tz_name: str, before: datetime, after: datetime
) -> datetime:
    """Search the first second of ``day`` in the range ``(before, after]``."""
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if local_day(before + timedelta(seconds=middle), tz_name) < day:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)
