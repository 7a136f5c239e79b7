# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Open time: how much of a span a calendar counts, and where a span of it ends.

One rule decides everything: an instant is open when the clock on the wall of the
calendar's zone shows a time inside an opening. A day of 08:00 to 16:00 is therefore
eight hours whatever happens at night, 24 x 7 has days of 23 and 25 hours, an hour
that the zone skips is never open, and one that it repeats is open twice or never.

Instants are naive datetimes in UTC with whole seconds (fractions are cut off), spans
are half-open: the opening instant is open, the closing instant is not. See
``docs/decisions/sla.md`` for the choices.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from .openings import DAY, Piece, Segment, joined, subtracted, zone_segments

# Nobody promises something later than this; a search that goes on is a calendar that
# never opens (again), not a deadline.
HORIZON = timedelta(days=3653)

_HORIZON = 3653 * DAY
_EPOCH = datetime(1970, 1, 1)
_EPOCH_ORDINAL = _EPOCH.toordinal()
# Room for a window of two days and the widest offsets on both sides of a span.
_MARGIN_DAYS = 4
# Nothing is open outside: local times of the first and last years do not all exist.
_FIRST = (date(2, 1, 1).toordinal() - _EPOCH_ORDINAL) * DAY
_LAST = (date(9998, 1, 1).toordinal() - _EPOCH_ORDINAL) * DAY
# How far the index goes beyond what was asked, so that it is rarely extended.
_AHEAD = 400 * DAY
_BEHIND = 200 * DAY


class NeverOpen(ValueError):
    """The calendar has no opening, or not enough open time, within ``HORIZON``."""


@dataclass(frozen=True, slots=True)
class Window:
    """A weekly opening, in local wall-clock time.

    :param weekday: 0 is Monday
    :param start: seconds after local midnight, below 24 h
    :param end: seconds after the same midnight, up to 48 h: above 24 h the window
        runs over midnight and still belongs to the day it began
    :param week: 0 or 1 in a two-week calendar: the parity of the number of weeks since
        1 January of the year 1, as in ``resource.calendar``; None is each week
    :raises ValueError: a value outside these limits, or an end not after the start
    """

    weekday: int
    start: int
    end: int
    week: int | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.weekday <= 6 and self.week in (None, 0, 1)):
            raise ValueError("A window needs a weekday of 0 to 6, a week of 0 or 1.")
        if not (0 <= self.start < DAY and self.start < self.end <= 2 * DAY):
            raise ValueError("A window begins within its day and ends within 48 h.")


@dataclass(frozen=True)
class WorkingHours:
    """All that a calendar says.

    :param timezone: name of the zone whose wall clock counts
    :param windows: weekly openings; they may touch and overlap; none is never open
    :param closed: pairs of instants (naive UTC), closed: leaves of whole or part days
    :param closed_days: local days that are closed from midnight to midnight
    :param yearly_closed_days: the same, as (month, day) of each year
    :param breaks: (day, start, end): a piece of a local day that is closed, in
        seconds after its midnight
    :param shifts: (day, start, end): the hours of that day, which has no weekly
        windows then; closed days and breaks still apply
    """

    timezone: str
    windows: tuple[Window, ...]
    closed: tuple[tuple[datetime, datetime], ...] = ()
    closed_days: frozenset[date] = frozenset()
    yearly_closed_days: frozenset[tuple[int, int]] = frozenset()
    breaks: tuple[tuple[date, int, int], ...] = ()
    shifts: tuple[tuple[date, int, int], ...] = ()


def ALWAYS_OPEN(timezone: str) -> WorkingHours:
    """Return the hours of 24 x 7."""
    return WorkingHours(timezone, tuple(Window(day, 0, DAY) for day in range(7)))


@dataclass(frozen=True, slots=True)
class _Index:
    """The openings of ``[low, high)``, in epoch seconds, ascending and apart.

    ``before[i]`` is the open time of the span before opening ``i``. An index is never
    changed once it is built: it is replaced, so that threads share a clock without a
    lock.
    """

    low: int
    high: int
    starts: list[int]
    ends: list[int]
    before: list[int]

    @property
    def total(self) -> int:
        """Open time before ``high``."""
        return self.before[-1] + self.ends[-1] - self.starts[-1] if self.starts else 0

    def counted(self, at: int) -> int:
        """Return the open time before an instant inside the span."""
        position = bisect_right(self.starts, at) - 1
        if position < 0:
            return self.before[0] if self.before else 0
        begin = self.starts[position]
        return self.before[position] + min(at, self.ends[position]) - begin


class Clock:
    """Counts the open time of a calendar.

    The openings are indexed once around the instants asked for and the index grows
    on demand, so that a question costs two binary searches.

    :param hours: what the calendar says
    :raises zoneinfo.ZoneInfoNotFoundError: no zone of that name
    """

    def __init__(self, hours: WorkingHours) -> None:
        self.hours = hours
        self.zone = ZoneInfo(hours.timezone)
        self._weekly = _weekly(hours.windows)
        self._shifts = _by_day(hours.shifts)
        self._breaks = joined(
            (_midnight(day) + start, _midnight(day) + end)
            for day, start, end in hours.breaks
        )
        self._closed = joined((_seconds(a), _seconds(b)) for a, b in hours.closed)
        self._index: _Index | None = None

    # ------------------------------------------------------------------
    # Questions
    # ------------------------------------------------------------------

    def between(self, start: datetime, end: datetime) -> int:
        """Return the open seconds of a span; 0 when it ends before it begins."""
        first, last = _seconds(start), _seconds(end)
        if last <= first:
            return 0
        index = self._covering(first, last)
        return index.counted(last) - index.counted(first)

    def add(self, start: datetime, seconds: int) -> datetime:
        """Return the earliest instant at which ``seconds`` of open time have passed.

        It is a closing instant, not the next opening, when the time is up there; and
        the start itself for 0 seconds.

        :raises NeverOpen: not within ``HORIZON``
        :raises ValueError: negative seconds
        """
        return _instant(self.add_epochs([_seconds(start)], seconds)[0])

    def add_epochs(self, starts: Iterable[int], seconds: int) -> list[int]:
        """Return :meth:`add` of many starts, all as seconds since 1970 in UTC.

        :raises NeverOpen, ValueError: as in :meth:`add`, for any of the starts
        """
        starts = list(starts)
        if seconds < 0:
            raise ValueError("Open time to add cannot be negative: use subtract.")
        if not seconds or not starts:
            return starts
        index = self._reaching(min(starts), max(starts), seconds)
        opening, closing, before = index.starts, index.ends, index.before
        found = []
        for start in starts:
            position = bisect_right(opening, start) - 1
            if position < 0:
                target = before[0] + seconds
            else:
                stop = closing[position]
                target = before[position] + seconds - opening[position]
                target += min(stop, start)
            position = bisect_left(before, target) - 1
            end = opening[position] + target - before[position]
            if end - start > _HORIZON:
                raise NeverOpen(self._never(seconds))
            found.append(end)
        return found

    def subtract(self, end: datetime, seconds: int) -> datetime:
        """Return the latest instant from which ``seconds`` of open time pass until
        ``end``: an opening instant, not the previous closing, when it falls there.

        :raises NeverOpen: not within ``HORIZON``
        :raises ValueError: negative seconds
        """
        if seconds < 0:
            raise ValueError("Open time to subtract cannot be negative: use add.")
        last = _seconds(end)
        if not seconds:
            return _instant(last)
        limit = last - _HORIZON
        index = self._covering(last, last)
        while not index.starts or index.counted(last) - index.before[0] < seconds:
            if index.low <= max(limit, _FIRST) or not self._can_open:
                raise NeverOpen(self._never(seconds))
            index = self._covering(max(limit, index.low - _AHEAD), last)
        target = index.counted(last) - seconds
        position = bisect_right(index.before, target) - 1
        start = index.starts[position] + target - index.before[position]
        if start < limit:
            raise NeverOpen(self._never(seconds))
        return _instant(start)

    def is_open(self, at: datetime) -> bool:
        """Tell whether an instant is open: an opening instant is, a closing one not."""
        moment = _seconds(at)
        index = self._covering(moment, moment)
        position = bisect_right(index.starts, moment) - 1
        return position >= 0 and moment < index.ends[position]

    def next_open(self, at: datetime) -> datetime:
        """Return the first open instant at or after ``at``.

        :raises NeverOpen: none within ``HORIZON``
        """
        moment = _seconds(at)
        index = self._reaching(moment, moment, 1)
        position = bisect_right(index.ends, moment)
        found = max(moment, index.starts[position])
        if found - moment > _HORIZON:
            raise NeverOpen(self._never(1))
        return _instant(found)

    def previous_close(self, at: datetime) -> datetime:
        """Return ``at`` when it is open, else the last closing instant up to it.

        :raises NeverOpen: none within ``HORIZON``
        """
        if self.is_open(at):
            return _instant(_seconds(at))
        before = _seconds(self.subtract(at, 1))
        return _instant(before + 1)

    def open_periods(
        self, start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        """Yield the openings of a span in order, cut at its ends, those that touch as
        one."""
        for begin, stop in self.open_pieces(_seconds(start), _seconds(end)):
            yield _instant(begin), _instant(stop)

    def open_pieces(self, first: int, last: int) -> list[Piece]:
        """Return :meth:`open_periods` of a span, all in seconds since 1970 in UTC."""
        if last <= first:
            return []
        index = self._covering(first, last)
        pieces = []
        for position in range(bisect_right(index.ends, first), len(index.starts)):
            begin = index.starts[position]
            if begin >= last:
                break
            pieces.append((max(begin, first), min(index.ends[position], last)))
        return pieces

    def add_working_days(
        self, start: datetime, days: int, end_of_day: bool = False
    ) -> datetime:
        """Return the instant that is a number of working days away.

        A working day is a local day on which an opening begins that is not wholly
        closed. The result is on the N-th such day after (before, when negative) the
        local day of the start, at the same local time, moved into open time: to the
        next opening, or to the previous closing when ``days`` is negative. For 0 days
        only the move is left.

        :param end_of_day: return the close of that day instead; for 0 days that of
            the first working day from the start's on
        :raises NeverOpen: no such day within ``HORIZON``
        """
        local = self.local(start)
        ordinal = local.toordinal()
        step = -1 if days < 0 else 1
        left = abs(days)
        if not left and end_of_day and not self._day(ordinal):
            left = 1
        limit = ordinal + step * HORIZON.days
        while left:
            ordinal += step
            if ordinal == limit or not self._can_open:
                raise NeverOpen(self._never(1))
            left -= bool(self._day(ordinal))
        if end_of_day:
            return _instant(max(stop for _start, stop in self._day(ordinal)))
        of_day = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        wanted = start if not days else self._at_local(ordinal, of_day)
        return self.previous_close(wanted) if days < 0 else self.next_open(wanted)

    def local(self, at: datetime) -> datetime:
        """Return the instant as an aware datetime in the calendar's zone."""
        return at.replace(tzinfo=timezone.utc, microsecond=0).astimezone(self.zone)

    # ------------------------------------------------------------------
    # Index
    # ------------------------------------------------------------------

    @property
    def _can_open(self) -> bool:
        return bool(self._weekly or self._shifts)

    def _never(self, seconds: int) -> str:
        return (
            f"The calendar ({self.hours.timezone}) has no {seconds} open seconds "
            f"within {HORIZON.days} days."
        )

    def _reaching(self, first: int, last: int, seconds: int) -> _Index:
        """Return an index that holds ``seconds`` of open time after ``last``."""
        index = self._covering(first, last)
        limit = min(last + _HORIZON, _LAST)
        while not index.starts or index.total - index.counted(last) < seconds:
            if index.high >= limit or not self._can_open:
                raise NeverOpen(self._never(seconds))
            index = self._covering(first, index.high + 1)
        return index

    def _covering(self, first: int, last: int) -> _Index:
        """Return an index of a span that holds ``[first, last]``, growing it."""
        first, last = max(first, _FIRST), min(last, _LAST - 1)
        index = self._index
        if index and index.low <= first and last < index.high:
            return index
        low = max(first - _BEHIND, _FIRST)
        high = min(last + _AHEAD, _LAST)
        if index:
            low = index.low if index.low <= first else low
            high = index.high if last < index.high else high
            # Growing by the half keeps the cost of many small steps linear.
            grown = (index.high - index.low) // 2
            if low < index.low:
                low = max(min(low, index.low - grown), _FIRST)
            if high > index.high:
                high = min(max(high, index.high + grown), _LAST)
        self._index = index = self._built(low, high, index)
        return index

    def _built(self, low: int, high: int, known: _Index | None) -> _Index:
        """Return the index of ``[low, high)``; what is known is not read again."""
        if known is None:
            pieces = self._openings(low, high)
        else:
            pieces = joined(
                [
                    *self._openings(low, known.low),
                    *zip(known.starts, known.ends, strict=True),
                    *self._openings(known.high, high),
                ]
            )
        starts = [start for start, _end in pieces]
        ends = [end for _start, end in pieces]
        before, total = [], 0
        for start, end in pieces:
            before.append(total)
            total += end - start
        return _Index(low, high, starts, ends, before)

    def _openings(self, low: int, high: int) -> list[Piece]:
        """Return the openings of ``[low, high)``, joined and cut at its ends."""
        if low >= high:
            return []
        segments = self._segments(low, high)
        first = low // DAY + _EPOCH_ORDINAL - _MARGIN_DAYS + 1
        last = high // DAY + _EPOCH_ORDINAL + _MARGIN_DAYS - 1
        found = []
        for ordinal in range(first, last):
            found += self._wall_pieces(ordinal, segments)
        cut = [(max(start, low), min(end, high)) for start, end in joined(found)]
        return subtracted([p for p in cut if p[0] < p[1]], self._closed)

    def _segments(self, low: int, high: int) -> list[Segment]:
        """Return the stretches of one offset around a span."""
        room = _MARGIN_DAYS * DAY
        return zone_segments(self.hours.timezone, low - room, high + room)

    def _day(self, ordinal: int) -> list[Piece]:
        """Return the open pieces of the windows that begin on a local day."""
        midnight = (ordinal - _EPOCH_ORDINAL) * DAY
        segments = self._segments(midnight, midnight + DAY)
        return subtracted(joined(self._wall_pieces(ordinal, segments)), self._closed)

    def _wall_pieces(self, ordinal: int, segments: list[Segment]) -> list[Piece]:
        """Return the pieces of a local day's windows as epoch seconds, before leaves.

        Local times are mapped stretch by stretch of constant offset: what a zone skips
        falls out, and what it repeats is there twice.
        """
        pieces = []
        for start, end in self._local_pieces(ordinal):
            for begin, stop, offset in segments:
                first = max(begin, start - offset)
                last = min(stop, end - offset)
                if first < last:
                    pieces.append((first, last))
        return pieces

    def _local_pieces(self, ordinal: int) -> list[Piece]:
        """Return the windows of a local day without what is closed by local days, as
        seconds of the wall clock since 1970."""
        windows = self._shifts.get(ordinal)
        if windows is None:
            week = (ordinal - 1) // 7 % 2
            windows = self._weekly.get((week, (ordinal - 1) % 7), ())
        if not windows:
            return []
        midnight = (ordinal - _EPOCH_ORDINAL) * DAY
        pieces = [(midnight + start, midnight + end) for start, end in windows]
        days = 1 + max(end for _start, end in windows) // DAY
        closed = [
            (midnight + DAY * day, midnight + DAY * (day + 1))
            for day in range(days)
            if self._is_closed_day(ordinal + day)
        ]
        return subtracted(subtracted(pieces, closed), self._breaks)

    def _is_closed_day(self, ordinal: int) -> bool:
        hours = self.hours
        if not (hours.closed_days or hours.yearly_closed_days):
            return False
        day = date.fromordinal(ordinal)
        return (
            day in hours.closed_days or (day.month, day.day) in hours.yearly_closed_days
        )

    def _at_local(self, ordinal: int, of_day: timedelta) -> datetime:
        """Return the first instant of a local day at which its clock shows the time of
        day or later (a skipped hour)."""
        midnight = (ordinal - _EPOCH_ORDINAL) * DAY
        wall = midnight + of_day // timedelta(seconds=1)
        for begin, stop, offset in self._segments(midnight, midnight + DAY):
            if wall < stop + offset:
                return _instant(max(wall - offset, begin))
        raise NeverOpen(self._never(1))


def _weekly(windows: Iterable[Window]) -> dict[tuple[int, int], list[Piece]]:
    """Return the windows by (week, weekday), as seconds after midnight."""
    found: dict[tuple[int, int], list[Piece]] = {}
    for window in windows:
        for week in (0, 1) if window.week is None else (window.week,):
            found.setdefault((week, window.weekday), []).append(
                (window.start, window.end)
            )
    return {key: joined(pieces) for key, pieces in found.items()}


def _by_day(pieces: Iterable[tuple[date, int, int]]) -> dict[int, list[Piece]]:
    found: dict[int, list[Piece]] = {}
    for day, start, end in pieces:
        found.setdefault(day.toordinal(), []).append((start, end))
    return {ordinal: joined(day_pieces) for ordinal, day_pieces in found.items()}


def _midnight(day: date) -> int:
    """Return the local midnight of a day in seconds of the wall clock since 1970."""
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY


def _seconds(at: datetime) -> int:
    """Return a naive instant in UTC as epoch seconds."""
    since = at - _EPOCH
    return since.days * DAY + since.seconds


def _instant(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)
