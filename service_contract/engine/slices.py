# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Cutting work at every instant at which its price may change.

That is local midnight, a change of the zone's offset, an edge of the open hours, one of
a window, and the end of regular hours; and at instants at which another lot becomes
valid. Instants are naive datetimes in UTC.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from .clock import Clock
from .openings import DAY, joined, subtracted, zone_segments

_EPOCH = datetime(1970, 1, 1)
_EPOCH_ORDINAL = _EPOCH.toordinal()


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of work within which nothing that prices depend on changes.

    :param quantity: base units
    :param day: local day
    :param start: naive UTC; None where only the day is known
    :param second: of the local day at which it begins; None where only the day is known
    :param is_open: within open hours; work without a time of day counts as open
    :param worked: seconds that its worker had worked that day before it
    """

    quantity: int
    day: date
    start: datetime | None = None
    second: int | None = None
    is_open: bool = True
    is_holiday: bool = False
    worked: int = 0

    @property
    def end(self) -> datetime | None:
        return self.start and self.start + timedelta(seconds=self.quantity)


def cut(
    clock: Clock,
    start: datetime,
    seconds: int,
    has_hours: bool = True,
    edges: tuple[int, ...] = (),
    is_holiday: Callable[[int], bool] | None = None,
) -> list[Slice]:
    """Cut work that took so many seconds from a start.

    :param clock: open hours, in the zone of the site
    :param has_hours: whether the clock says when the office is open
    :param edges: seconds after local midnight at which windows begin or end
    :param is_holiday: tells by the ordinal of a local day; else :func:`closes_day` does
    """
    is_holiday = is_holiday or (lambda ordinal: closes_day(clock, ordinal))
    first = _seconds(start)
    last = first + seconds
    opened = clock.open_pieces(first, last) if has_hours else [(first, last)]
    if len(opened) == 1 and opened[0] == (first, last):
        instants: list[int] = []
    else:
        instants = [edge for piece in opened for edge in piece]
    slices = []
    for begin, end, offset in _days(clock.hours.timezone, first, last):
        midnight = (begin + offset) // DAY * DAY - offset
        cuts = [edge for edge in instants if begin < edge < end]
        cuts += [midnight + e for e in edges if begin < midnight + e < end]
        bounds = [begin, *sorted(set(cuts)), end] if cuts else [begin, end]
        ordinal = (begin + offset) // DAY + _EPOCH_ORDINAL
        day = date.fromordinal(ordinal)
        holiday = is_holiday(ordinal)
        for low, high in pairwise(bounds):
            slices.append(
                Slice(
                    quantity=high - low,
                    day=day,
                    start=_EPOCH + timedelta(seconds=low),
                    second=low - midnight,
                    is_open=_holds(opened, low),
                    is_holiday=holiday,
                )
            )
    return slices


def with_overtime(
    slices: Iterable[Slice], thresholds: tuple[int, ...], worked: dict[date, int]
) -> list[Slice]:
    """Cut time where a worker's day passes a threshold, and note what went before.

    :param thresholds: seconds a day, ascending
    :param worked: seconds that the worker had worked before, by local day
    """
    done = dict(worked)
    found = []
    for piece in slices:
        before = done.get(piece.day, 0)
        after = before + piece.quantity
        done[piece.day] = after
        bounds = [before, *(t for t in thresholds if before < t < after), after]
        for low, high in pairwise(bounds):
            begin = low - before
            found.append(
                Slice(
                    quantity=high - low,
                    day=piece.day,
                    start=piece.start and piece.start + timedelta(seconds=begin),
                    second=None if piece.second is None else piece.second + begin,
                    is_open=piece.is_open,
                    is_holiday=piece.is_holiday,
                    worked=low,
                )
            )
    return found


def cut_at(slices: Iterable[Slice], instants: Iterable[datetime]) -> list[Slice]:
    """Cut time at some instants too; all of it begins at a known one.

    :param instants: naive UTC
    """
    edges = sorted(set(instants))
    found = []
    for piece in slices:
        start = piece.start or _EPOCH
        end = start + timedelta(seconds=piece.quantity)
        for low, high in pairwise([start, *(e for e in edges if start < e < end), end]):
            begin = (low - start) // timedelta(seconds=1)
            found.append(
                replace(
                    piece,
                    quantity=(high - low) // timedelta(seconds=1),
                    start=low,
                    second=None if piece.second is None else piece.second + begin,
                    worked=piece.worked + begin,
                )
            )
    return found


def closes_day(clock: Clock, ordinal: int) -> bool:
    """Whether leaves close a local day from midnight to midnight.

    Whether the office would have been open does not matter: Christmas on a Sunday is a
    holiday too.
    """
    hours = clock.hours
    day = date.fromordinal(ordinal)
    if day in hours.closed_days or (day.month, day.day) in hours.yearly_closed_days:
        return True
    if not hours.closed:
        return False
    midnight = (ordinal - _EPOCH_ORDINAL) * DAY
    pieces = [
        (begin, end)
        for begin, end, offset in _days(
            hours.timezone, midnight - DAY, midnight + 2 * DAY
        )
        if (begin + offset) // DAY * DAY == midnight
    ]
    holes = joined((_seconds(start), _seconds(end)) for start, end in hours.closed)
    return not subtracted(joined(pieces), holes)


def _days(timezone: str, low: int, high: int) -> list[tuple[int, int, int]]:
    """Return the stretches of one local day and one offset each: (begin, end, offset).

    :param low, high: epoch seconds, half-open
    """
    found: list[tuple[int, int, int]] = []
    for number in range(low // DAY, -(-high // DAY)):
        for begin, end, offset in _utc_day(timezone, number):
            begin, end = max(begin, low), min(end, high)
            if begin >= end:
                continue
            if (
                found
                and found[-1][2] == offset
                and (found[-1][0] + offset) // DAY == (begin + offset) // DAY
            ):
                found[-1] = (found[-1][0], end, offset)
            else:
                found.append((begin, end, offset))
    return found


@lru_cache(maxsize=65536)
def _utc_day(timezone: str, number: int) -> tuple[tuple[int, int, int], ...]:
    """Return the stretches of a day of UTC, cut at local midnight too."""
    found = []
    for begin, end, offset in zone_segments(timezone, number * DAY, (number + 1) * DAY):
        while begin < end:
            midnight = ((begin + offset) // DAY + 1) * DAY - offset
            found.append((begin, min(midnight, end), offset))
            begin = midnight
    return tuple(found)


def _holds(pieces: list[tuple[int, int]], at: int) -> bool:
    position = bisect_right(pieces, (at, float("inf"))) - 1
    return position >= 0 and at < pieces[position][1]


def _seconds(at: datetime) -> int:
    since = at - _EPOCH
    return since.days * DAY + since.seconds
