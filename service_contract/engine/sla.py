# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Service levels: what the clock of a target says about a ticket.

A verdict is never counted up: it follows from the facts of the ticket, so that another
target is judged from the beginning, with every pause replayed. Instants are naive UTC
with whole seconds, quantities are seconds, stretches are half-open. Facts after the
instant of reading are not known then and change nothing.

See ``docs/decisions/sla.md`` for the choices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

from .clock import Clock
from .openings import subtracted
from .sla_facts import (
    FIRST_RESPONSE,
    FOREVER,
    NEXT_RESPONSE,
    RESOLVE,
    RESTORE,
    UPDATE,
    Facts,
    Pause,
    Target,
    clip,
    get_closings,
    get_pauses,
    get_spans,
)

__all__ = [
    "FIRST_RESPONSE",
    "NEXT_RESPONSE",
    "RESOLVE",
    "RESTORE",
    "UPDATE",
    "Day",
    "Facts",
    "Pause",
    "Reading",
    "Target",
    "explain",
    "read",
]

UNIT_SECONDS = {"minute": 60, "hour": 3600, "wall_hour": 3600}
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """One timer, read at an instant.

    ``counted_s + paused_s + gap_s + off_s`` is the time from the start to the stop, or
    to the reading. ``off_s`` is outside the opening hours, the others are inside.

    :param cycle: 0, 1, …: one per unanswered exchange, or per clock after a reopening
    :param state: running, paused, met, missed or void; a running one may be breached;
        void: closed in time, but nobody answered
    :param target_s: the target in seconds of open time
    :param due_at: None while paused without a limit; of a stopped timer, when it would
        have been due
    :param breached_at: instant from which more than the target is counted; what is due
        at a closing is breached at the next opening
    :param breaches_at: the same, when it lies ahead and nothing else happens
    :param warnings: percent and instant; without those that a pause holds back, and
        of a stopped timer only those that it reached
    :param resumes_at: when the limit of the pause ends it
    """

    cycle: int
    started_at: datetime
    stopped_at: datetime | None
    state: str
    target_s: int
    due_at: datetime | None
    breached_at: datetime | None
    breaches_at: datetime | None
    counted_s: int
    paused_s: int
    gap_s: int
    off_s: int
    warnings: tuple[tuple[int, datetime], ...]
    resumes_at: datetime | None

    @property
    def left_s(self) -> int:
        """Seconds of open time until the target is used up; negative after that."""
        return self.target_s - self.counted_s

    def next_alarm(self, percent: int = 0) -> tuple[int, datetime] | None:
        """Return the first alarm above a percentage; 100 is the breach.

        :return: percentage and instant, None when no further one is in sight
        """
        breach = self.breached_at or self.breaches_at
        alarms = (*self.warnings, (100, breach)) if breach else self.warnings
        return next((alarm for alarm in alarms if alarm[0] > percent), None)


@dataclass(frozen=True, slots=True)
class Day:
    """How one local day was counted.

    :param skipped_s: seconds that the weekly hours would have been open, but for
        holidays, leaves and other exceptions
    """

    day: date
    open_s: int
    counted_s: int
    paused_s: int
    gap_s: int
    skipped_s: int


def read(
    target: Target,
    clock: Clock,
    facts: Facts,
    as_of: datetime,
    *,
    reopen: str = "resume",
    reopen_window_s: int = 0,
) -> tuple[Reading, ...]:
    """Read every timer of a target.

    :param clock: of the opening hours that the target counts
    :param as_of: the instant of reading; before the opening, the opening is taken
    :param reopen: ``resume`` the clock, ``restart`` it, or a new one after a window
        (``new_after``)
    :param reopen_window_s: wall-clock seconds from closing to reopening within which
        ``new_after`` resumes
    :return: one reading per cycle, in time order; of first_response, restore and
        resolve at least one
    :raises NeverOpen: the opening hours leave no room for the target
    """
    as_of = max(as_of, facts.opened_at)
    hours = _get_hours(target, clock)
    closings = get_closings(target.metric, facts, as_of)
    pauses = get_pauses(target, facts, as_of)
    spans = get_spans(target, facts, as_of, closings, reopen, reopen_window_s)
    return tuple(
        _read_span(target, hours, pauses, as_of, cycle, span)
        for cycle, span in enumerate(spans)
    )


def _read_span(target, clock, pauses, as_of, cycle, span):
    """Read one clock: the stretches that it does not count, its marks, its figures."""
    start, stop, gaps, _is_unanswered = span
    if pauses:
        apart = subtracted(pauses, gaps) if gaps else pauses
        pauses = clip(apart, start, FOREVER if stop is None else stop)
    target_s, days_end = _get_length(target, clock, start)
    measure, find_marks, find_breach = _PAUSE_CLOCKS[target.pause_clock]
    marks = find_marks(target, clock, start, pauses, gaps, target_s)
    due = marks[-1]
    if days_end and due:
        # The same open time may end at a closing or at the next opening: a promise for
        # Tuesday, 08:00 is due then and not when Monday closes.
        due = max(due, days_end)
    breach = None
    if due and (stop is None or due < stop):
        breach = find_breach(clock, due, pauses, gaps)
    is_breached = bool(breach) and (breach < stop if stop else breach <= as_of)
    paused_to = None if stop else _get_pause_end(pauses, as_of)
    return Reading(
        cycle,
        start,
        stop,
        _get_state(span, is_breached, paused_to),
        target_s,
        None if paused_to and target.pause_clock == "hide_only" else due,
        breach if is_breached else None,
        None if stop or is_breached else breach,
        *measure(clock, start, stop or as_of, pauses, gaps),
        _get_warnings(target, marks, stop),
        None if paused_to is FOREVER else paused_to,
    )


def _get_pause_end(pauses, as_of):
    """Return when the pause at an instant ends, None if there is none."""
    return next((to for since, to in pauses if since <= as_of < to), None)


def _get_state(span, is_breached, paused_to):
    """Return the verdict of a clock that stopped, or how it stands."""
    if span.stop is None:
        return "paused" if paused_to else "running"
    if is_breached:
        return "missed"
    return "void" if span.is_unanswered else "met"


def _get_warnings(target, marks, stop):
    """Return percent and instant of the thresholds that are reached before the stop."""
    return tuple(
        (percent, at)
        for percent, at in zip(target.thresholds, marks, strict=False)
        if at is not None and (stop is None or at <= stop)
    )


def _get_length(target, clock, start) -> tuple[int, datetime | None]:
    """Return the target in seconds of open time, and the end of working days.

    Working days become the open time until their end, so that pauses move that end by
    their open seconds.
    """
    if target.unit != "working_day":
        return target.amount * UNIT_SECONDS[target.unit], None
    begin = clock.next_open(start) if target.from_opening else start
    end = clock.add_working_days(begin, target.amount, target.end_of_day)
    return clock.between(start, end), end


# === WHAT A PAUSE GIVES BACK === #
#
# Three functions each, with pauses and gaps ascending and apart from each other:
# the figures, the marks of thresholds and target, and the breach from the due instant.


def _measure(clock, start, until, pauses, gaps) -> tuple[int, int, int, int]:
    """Return the seconds counted, paused, in gaps and outside the opening hours."""
    between = clock.between
    open_s = between(start, until)
    paused_s = gap_s = 0
    for since, to in pauses:
        if since < until:
            paused_s += between(since, min(to, until))
    for since, to in gaps:
        gap_s += between(since, to)
    off_s = _seconds(start, until) - open_s
    return open_s - paused_s - gap_s, paused_s, gap_s, off_s


def _find_marks(target, clock, start, pauses, gaps, target_s):
    """Return when each threshold and, as the last, the target is reached.

    :return: instants; None where a pause without an end holds it back
    """
    amounts = [target_s * percent // 100 for percent in target.thresholds]
    amounts.append(target_s)
    marks: list[datetime | None] = []
    counted, at = 0, start
    for since, to in sorted([*pauses, *gaps]) if gaps else pauses:
        run = clock.between(at, since)
        while amounts[len(marks)] <= counted + run:
            marks.append(clock.add(at, amounts[len(marks)] - counted))
            if len(marks) == len(amounts):
                return marks
        counted += run
        at = to
        if to is FOREVER:
            return marks + [None] * (len(amounts) - len(marks))
    return marks + [clock.add(at, amount - counted) for amount in amounts[len(marks) :]]


def _find_breach(clock, due, pauses, gaps) -> datetime | None:
    """Return the first instant from ``due`` on at which the clock runs."""
    at = clock.next_open(due)
    for since, to in sorted([*pauses, *gaps]) if gaps else pauses:
        if since <= at < to:
            if to is FOREVER:
                return None
            at = clock.next_open(to)
    return at


def _measure_running(clock, start, until, _pauses, gaps):
    """As ``_measure``: a pause gives nothing back."""
    return _measure(clock, start, until, (), gaps)


def _find_marks_running(target, clock, start, _pauses, gaps, target_s):
    return _find_marks(target, clock, start, (), gaps, target_s)


def _find_breach_running(clock, due, _pauses, gaps):
    return _find_breach(clock, due, (), gaps)


def _measure_wall(clock, start, until, pauses, gaps):
    """As ``_measure``: pauses and gaps give back their whole length."""
    pauses = clip(pauses, start, until)
    counted_s = clock.between(start, until)
    counted_s -= sum(clock.between(*stretch) for stretch in [*pauses, *gaps])
    paused_s = sum(_seconds(*stretch) for stretch in pauses)
    gap_s = sum(_seconds(*stretch) for stretch in gaps)
    off_s = _seconds(start, until) - counted_s - paused_s - gap_s
    return counted_s, paused_s, gap_s, off_s


def _find_marks_wall(target, clock, start, pauses, gaps, target_s):
    marks = _find_marks(target, clock, start, (), (), target_s)
    for since, to in sorted([*pauses, *gaps]):
        for number, mark in enumerate(marks):
            # What begins after a mark comes too late to move it.
            if mark is not None and since < mark:
                marks[number] = None if to is FOREVER else mark + (to - since)
    return marks


def _find_breach_wall(_clock, due, _pauses, _gaps):
    return due


_PAUSE_CLOCKS = {
    "business": (_measure, _find_marks, _find_breach),
    "hide_only": (_measure_running, _find_marks_running, _find_breach_running),
    "wall": (_measure_wall, _find_marks_wall, _find_breach_wall),
}


class _WallClock:
    """A clock that never stands still, for targets in wall-clock hours."""

    @staticmethod
    def between(start, end):
        return max(_seconds(start, end), 0)

    @staticmethod
    def add(start, seconds):
        return start + timedelta(seconds=seconds)

    @staticmethod
    def next_open(at):
        return at


def _get_hours(target, clock):
    return _WallClock if target.unit == "wall_hour" else clock


def _seconds(start, end) -> int:
    span = end - start
    return span.days * 86400 + span.seconds


# === EXPLANATION === #


def explain(
    target: Target, clock: Clock, facts: Facts, reading: Reading, as_of: datetime
) -> list[Day]:
    """Tell day by day how a reading came about; the days sum up to its figures.

    :param reading: from ``read`` with the same arguments
    :return: each local day from the start to the stop, or to ``as_of``
    """
    start = reading.started_at
    until = reading.stopped_at or max(as_of, start)
    gaps = clip(get_closings(target.metric, facts, as_of), start, until)
    pauses = get_pauses(target, facts, as_of)
    pauses = subtracted(clip(pauses, start, until), gaps)
    return [
        _explain_day(target, clock, day, since, to, pauses, gaps)
        for day, since, to in _get_days(clock, start, until)
    ]


def _explain_day(target, clock, day, since, to, pauses, gaps):
    hours = _get_hours(target, clock)
    measure = _PAUSE_CLOCKS[target.pause_clock][0]
    counted_s, paused_s, gap_s, _off_s = measure(
        hours, since, to, clip(pauses, since, to), clip(gaps, since, to)
    )
    open_s = hours.between(since, to)
    skipped_s = 0
    if hours is clock:
        skipped_s = max(_usual(clock.hours).between(since, to) - open_s, 0)
    return Day(day, open_s, counted_s, paused_s, gap_s, skipped_s)


def _get_days(clock, start, until) -> Iterator[tuple[date, datetime, datetime]]:
    """Yield the local days of a span, each with its part of the span."""
    first = clock.local(start)
    zone, day = first.tzinfo, first.date()
    while True:
        # fold=0: where midnight comes twice, the day begins with the first one
        midnight = datetime.combine(day + ONE_DAY, time(), zone)
        end = midnight.astimezone(timezone.utc).replace(tzinfo=None)
        yield day, start, min(end, until)
        if end >= until:
            return
        start, day = end, day + ONE_DAY


@lru_cache(maxsize=64)
def _usual(hours) -> Clock:
    """Return the clock of the weekly hours, without holidays, leaves and breaks."""
    return Clock(
        replace(
            hours,
            closed=(),
            closed_days=frozenset(),
            yearly_closed_days=frozenset(),
            breaks=(),
            shifts=(),
        )
    )
