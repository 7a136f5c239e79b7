# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Algebra of half-open pieces of time in whole seconds, and the offsets of zones."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from operator import itemgetter
from zoneinfo import ZoneInfo

DAY = 86400
Piece = tuple[int, int]
# First and last second (half-open) in UTC, and the seconds that local time is ahead.
Segment = tuple[int, int, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FIRST_YEAR, _LAST_YEAR = 2, 9998


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces ascending; those that touch or overlap as one, empty ones
    left out."""
    found: list[Piece] = []
    for start, end in sorted(pieces):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            if end > found[-1][1]:
                found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def subtracted(pieces: list[Piece], holes: list[Piece]) -> list[Piece]:
    """Return what is left of the pieces, in their order, outside the holes.

    :param holes: ascending and apart, as :func:`joined` returns them
    """
    if not holes:
        return pieces
    left = []
    for start, end in pieces:
        position = max(bisect_right(holes, start, key=itemgetter(0)) - 1, 0)
        while start < end and position < len(holes) and holes[position][0] < end:
            hole_start, hole_end = holes[position]
            if start < hole_start:
                left.append((start, hole_start))
            start = max(start, hole_end)
            position += 1
        if start < end:
            left.append((start, end))
    return left


def zone_segments(name: str, low: int, high: int) -> list[Segment]:
    """Return the stretches of ``[low, high)`` with one offset each, ascending.

    :param low, high: epoch seconds
    """
    zone = ZoneInfo(name)
    first = max((_EPOCH + timedelta(seconds=low)).year, _FIRST_YEAR)
    last = min((_EPOCH + timedelta(seconds=high)).year, _LAST_YEAR)
    segments = []
    begin, offset = low, _offset(zone, low)
    for year in range(first, last + 1):
        for change, following in _changes(name, year):
            if begin < change < high:
                segments.append((begin, change, offset))
                begin, offset = change, following
    segments.append((begin, high, offset))
    return segments


@lru_cache(maxsize=8192)
def _changes(name: str, year: int) -> tuple[tuple[int, int], ...]:
    """Return the changes of offset in a year of UTC: (instant, offset from it on)."""
    zone = ZoneInfo(name)
    start, stop = (
        (datetime(number, 1, 1, tzinfo=timezone.utc) - _EPOCH) // timedelta(seconds=1)
        for number in (year, year + 1)
    )
    found = []
    previous = _offset(zone, start)
    # Daily steps: no zone has changed twice within a day.
    for day in range(start, stop, DAY):
        following = _offset(zone, day + DAY)
        if following != previous:
            low, high = day, day + DAY
            while high - low > 1:
                middle = (low + high) // 2
                if _offset(zone, middle) == previous:
                    low = middle
                else:
                    high = middle
            found.append((high, following))
            previous = following
    return tuple(found)


def _offset(zone: ZoneInfo, at: int) -> int:
    moment = (_EPOCH + timedelta(seconds=at)).astimezone(zone)
    return moment.utcoffset() // timedelta(seconds=1)
