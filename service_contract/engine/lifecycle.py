# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""State of a contract on a day, from its facts alone.

The stored state of a contract is a cache of this function, so a late scheduled
action never changes an answer: who asks "was it active on that day?" gets it here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

DRAFT = "draft"
INVOICED = "invoiced"
ACTIVE = "active"
ON_HOLD = "on_hold"
EXPIRED = "expired"
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Hold:
    """Days without service: from ``start`` up to, not including, ``end``.

    ``end`` is None while nobody has planned the resume.
    """

    start: date
    end: date | None = None

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Life:
    """What is known about a contract's dates, all in the contract's time zone.

    :param confirmed: the customer agreed; False while it is a draft
    :param start: first day of service
    :param end: day after the last day of service; None for an open end
    :param cancelled_from: first day that is no longer served
    :param holds: may overlap; their union counts
    """

    confirmed: bool
    start: date
    end: date | None = None
    cancelled_from: date | None = None
    holds: tuple[Hold, ...] = ()


def state_on(life: Life, day: date) -> str:
    """Return the state on a day, as Dynamics names them (see mission row 1)."""
    if life.cancelled_from is not None and life.cancelled_from <= day:
        return CANCELLED
    if not life.confirmed:
        return DRAFT
    if life.end is not None and life.end <= day:
        return EXPIRED
    if day < life.start:
        return INVOICED
    if any(hold.covers(day) for hold in life.holds):
        return ON_HOLD
    return ACTIVE


def next_change(life: Life, day: date) -> date | None:
    """Return the first day after ``day`` on which the state may differ."""
    return min((edge for edge in _edges(life) if edge > day), default=None)


def _edges(life: Life) -> Iterator[date]:
    if life.cancelled_from is not None:
        yield life.cancelled_from
    if not life.confirmed:
        return
    yield life.start
    if life.end is not None:
        yield life.end
    for hold in life.holds:
        yield hold.start
        if hold.end is not None:
            yield hold.end
