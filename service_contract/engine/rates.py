# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rate cards: which price applies to a piece of work, and what modifiers make of it.

Prices are exact fractions of minor currency units per base unit (cents per second),
quantities are whole base units. Nothing is rounded to money here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from .clock import Clock
from .slices import Slice, closes_day, cut

WEEKEND = frozenset({5, 6})
ONE = Fraction(1)
HIGHEST, ADD, MULTIPLY = "highest", "add", "multiply"
# Unit, task, zone, role and level of a price.
Group = tuple[str, int | None, int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Rounding:
    """How much of a worked quantity is charged.

    :param scope: what is added up before it is rounded: each ``entry``, all of a
        ``day``, all of a ``ticket``
    :param step: started steps count whole; base units, 1 or more
    :param minimum: at least so much is charged, once anything is
    :param maximum: at most so much is charged; None for no limit
    :raises ValueError: a step below 1, or a maximum below the minimum
    """

    scope: str = "entry"
    step: int = 1
    minimum: int = 0
    maximum: int | None = None

    def __post_init__(self) -> None:
        if self.step < 1 or self.minimum < 0:
            raise ValueError("A rounding step is at least 1, a minimum not negative.")
        if self.maximum is not None and self.maximum < self.minimum:
            raise ValueError("A maximum is not below the minimum.")

    def charged(self, quantity: int) -> int:
        """Return what is charged for all that was worked in the scope."""
        if quantity <= 0:
            return 0
        rounded = max(-(-quantity // self.step) * self.step, self.minimum)
        return rounded if self.maximum is None else min(rounded, self.maximum)


@dataclass(frozen=True, slots=True)
class Price:
    """A line of a rate card.

    :param key: the rule's id
    :param unit: of the usages that it prices
    :param per_unit: minor currency units per base unit; 0 is a price, None is one that
        is agreed each time anew
    :param overtime: price in overtime, in place of what modifiers of overtime say
    :param start, end: days of work, half-open; None for no limit
    """

    key: int
    unit: str
    per_unit: Fraction | None
    task: int | None = None
    zone: int | None = None
    role: int | None = None
    level: int | None = None
    start: date | None = None
    end: date | None = None
    rounding: Rounding | None = None
    overtime: Fraction | None = None

    @property
    def group(self) -> Group:
        """What is rounded together: the same work, whatever its price that day."""
        return (self.unit, self.task, self.zone, self.role, self.level)

    def holds_on(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (
            self.end is None or day < self.end
        )


@dataclass(frozen=True, slots=True)
class Modifier:
    """What changes the price of work at some times.

    :param kind: after_hours, weekend, holiday, overtime, season or window
    :param percent: of the price: 150 is one and a half times
    :param surcharge: minor currency units per base unit, added after the percentage
    :param draw_percent: of the time that is drawn from an allotment
    :param tasks: it changes; empty for all
    :param unit: whose prices it changes; None for all
    :param weekdays: of a window or a weekend, 0 is Monday; empty for all days, or for
        Saturday and Sunday
    :param window: (from, to) seconds after local midnight; to below from is over
        midnight, on the days on which it begins
    :param season: ((month, day), (month, day)), both included, may run over New Year
    :param threshold: seconds a day and worker after which overtime begins
    :param start, end: days of work, half-open
    """

    key: int
    name: str
    kind: str
    percent: int = 100
    surcharge: Fraction = Fraction(0)
    draw_percent: int = 100
    tasks: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    window: tuple[int, int] | None = None
    season: tuple[tuple[int, int], tuple[int, int]] | None = None
    threshold: int = 0
    start: date | None = None
    end: date | None = None
    unit: str | None = None

    def applies_to(self, task: int | None, piece: Slice) -> bool:
        """Whether the modifier changes the price of a slice of work."""
        if self.tasks and task not in self.tasks:
            return False
        day = piece.day
        if (self.start and day < self.start) or (self.end and day >= self.end):
            return False
        if self.kind == "weekend":
            return day.weekday() in (self.weekdays or WEEKEND)
        if self.kind == "holiday":
            return piece.is_holiday
        if self.kind == "after_hours":
            return not piece.is_open
        if self.kind == "overtime":
            return piece.worked >= self.threshold
        if self.kind == "season":
            return self._in_season((day.month, day.day))
        return self._in_window(piece)

    def _in_season(self, day: tuple[int, int]) -> bool:
        if self.season is None:
            return False
        first, last = self.season
        if first <= last:
            return first <= day <= last
        return day >= first or day <= last

    def _in_window(self, piece: Slice) -> bool:
        """A slice is cut at the edges of windows, so its first second decides."""
        if self.window is None or piece.second is None:
            return False
        first, last = self.window
        weekday = piece.day.weekday()
        if first < last:
            inside = first <= piece.second < last
        else:
            inside = piece.second >= first or piece.second < last
            if piece.second < last:
                weekday = (weekday - 1) % 7
        return inside and (not self.weekdays or weekday in self.weekdays)


class Rate(NamedTuple):
    """The price of a slice with all that changed it.

    :param price: None for one that is on no card
    :param per_unit: minor currency units per base unit
    :param draw: units drawn from an allotment per unit of work
    :param modifiers: that were taken into account
    """

    price: Price | None
    per_unit: Fraction
    draw: Fraction
    modifiers: tuple[Modifier, ...]


class Card:
    """A rate card as of all its dates, in the zone of a site.

    :param clock: open hours, in whose zone days and windows are meant
    :param has_hours: whether the clock says when the office is open; else no work is
        after hours
    :param combination: of overlapping modifiers: ``highest``, ``add``, ``multiply``
    :param draws_rounded: an allotment is drawn by the rounded time, not the worked one
    :raises ValueError: an unknown combination
    """

    def __init__(
        self,
        prices: Iterable[Price],
        clock: Clock,
        modifiers: Iterable[Modifier] = (),
        combination: str = HIGHEST,
        has_hours: bool = True,
        draws_rounded: bool = False,
    ) -> None:
        if combination not in (HIGHEST, ADD, MULTIPLY):
            raise ValueError(f"unknown combination of modifiers: {combination}")
        self.clock = clock
        self.has_hours = has_hours
        self.draws_rounded = draws_rounded
        self.modifiers = tuple(modifiers)
        self.combination = combination
        self.edges = tuple(
            sorted({edge for m in self.modifiers for edge in m.window or ()})
        )
        self.thresholds = tuple(
            sorted({m.threshold for m in self.modifiers if m.kind == "overtime"})
        )
        self.rounds_together = False
        self._holidays: dict[int, bool] = {}
        # What modifiers made of a price, with both, so that no other object can have
        # the address of one of them.
        self._modified: dict[
            tuple[int, ...], tuple[Price, tuple[Modifier, ...], Rate | None]
        ] = {}
        self._prices: dict[Group, list[Price]] = {}
        for price in prices:
            self._prices.setdefault(price.group, []).append(price)
            scope = price.rounding.scope if price.rounding else "entry"
            self.rounds_together = self.rounds_together or scope != "entry"
        for group in self._prices.values():
            # The latest start first: it is the one that replaced the others.
            group.sort(key=lambda p: (p.start or date.min, p.key), reverse=True)

    def find_price(
        self,
        unit: str,
        day: date,
        task: int | None = None,
        zone: int | None = None,
        role: int | None = None,
        level: int | None = None,
    ) -> Price | None:
        """Return the price of work on a day: the most specific one, or None.

        A named task outweighs zone, role and level together, a zone role and level, a
        role the level. A price that names what the work does not have never applies.
        """
        prices = self._prices
        for of_task in (task, None) if task is not None else (None,):
            for of_zone in (zone, None) if zone is not None else (None,):
                for of_role in (role, None) if role is not None else (None,):
                    for of_level in (level, None) if level is not None else (None,):
                        group = (unit, of_task, of_zone, of_role, of_level)
                        for price in prices.get(group, ()):
                            if price.holds_on(day):
                                return price
        return None

    def cut(self, start: datetime, seconds: int) -> list[Slice]:
        """Cut work at every instant at which this card may price it otherwise."""
        return cut(
            self.clock, start, seconds, self.has_hours, self.edges, self.is_holiday
        )

    def is_holiday(self, ordinal: int) -> bool:
        """Whether leaves close a local day as a whole."""
        if ordinal not in self._holidays:
            self._holidays[ordinal] = closes_day(self.clock, ordinal)
        return self._holidays[ordinal]

    def get_modifiers(
        self, task: int | None, piece: Slice, unit: str | None = None
    ) -> tuple[Modifier, ...]:
        """Return the modifiers that apply to a slice.

        :param unit: of the work; None for those of all units
        """
        if not self.modifiers:
            return ()
        return tuple(
            m
            for m in self.modifiers
            if (m.unit is None or unit in (None, m.unit)) and m.applies_to(task, piece)
        )

    def modified(self, price: Price, modifiers: tuple[Modifier, ...]) -> Rate | None:
        """Return what overlapping modifiers make of a price, by the card's rule; None
        for a price that is agreed each time anew."""
        key = (id(price), *map(id, modifiers))
        if key not in self._modified:
            rate = self._combined(price, modifiers)
            self._modified[key] = price, modifiers, rate
        return self._modified[key][2]

    def _combined(self, price: Price, modifiers: tuple[Modifier, ...]) -> Rate | None:
        base = price.per_unit
        if base is None:
            return None
        modifiers = tuple(m for m in modifiers if m.unit in (None, price.unit))
        draw = self.get_draw(modifiers)
        modifiers = _in_overtime(price, base, modifiers)
        if not modifiers:
            return Rate(price, base, draw, ())
        if self.combination == HIGHEST:
            best = max(modifiers, key=lambda m: (_alone(base, m), -m.key))
            return Rate(price, _alone(base, best), draw, (best,))
        if self.combination == ADD:
            percent = 100 + sum(m.percent - 100 for m in modifiers)
            factor = Fraction(max(percent, 0), 100)
        else:
            factor = Fraction(1)
            for modifier in modifiers:
                factor *= Fraction(modifier.percent, 100)
        per_unit = base * factor + sum(m.surcharge for m in modifiers)
        return Rate(price, max(per_unit, Fraction(0)), draw, modifiers)

    def get_draw(self, modifiers: tuple[Modifier, ...]) -> Fraction:
        """Return how much of an allotment a unit of work draws, by the card's rule."""
        percents = [m.draw_percent for m in modifiers]
        if all(percent == 100 for percent in percents):
            return ONE
        if self.combination == HIGHEST:
            return Fraction(max(percents), 100)
        if self.combination == ADD:
            return Fraction(max(100 + sum(p - 100 for p in percents), 0), 100)
        draw = Fraction(1)
        for percent in percents:
            draw *= Fraction(percent, 100)
        return draw


def _in_overtime(
    price: Price, base: Fraction, modifiers: tuple[Modifier, ...]
) -> tuple[Modifier, ...]:
    """Let a price of its own for overtime take the place of modifiers for overtime."""
    overtime = [m for m in modifiers if m.kind == "overtime"]
    if price.overtime is None or not overtime:
        return modifiers
    others = tuple(m for m in modifiers if m.kind != "overtime")
    more = price.overtime - base
    return (*others, replace(overtime[0], percent=100, surcharge=more))


def _alone(base: Fraction, modifier: Modifier) -> Fraction:
    """Return the price under one modifier; a negative surcharge ends at nothing."""
    return max(base * modifier.percent / 100 + modifier.surcharge, Fraction(0))
