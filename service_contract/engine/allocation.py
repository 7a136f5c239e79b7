# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which lots a delivered quantity draws from, and what is left over.

A lot is a coverage counter seen from outside: so much granted, valid from an
instant to another. All quantities are integers in base units: seconds, cases,
visits, or minor currency units.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot that can be drawn from.

    :param key: the counter's id
    :param priority: lower is drawn first
    :param valid_from: first instant (UTC)
    :param valid_to: first instant no longer covered (UTC); None for no expiry
    :param remaining: units left; below zero when overdrawn
    :param bottomless: may go below zero without limit
    :param kind: ``coverage``, or ``courtesy``: given on top, drawn last
    :param unit: of its units; needed of a courtesy alone
    """

    key: int
    priority: int
    valid_from: datetime
    valid_to: datetime | None
    remaining: int
    bottomless: bool = False
    kind: str = "coverage"
    unit: str | None = None

    def is_valid_at(self, instant: datetime) -> bool:
        return self.valid_from <= instant and (
            self.valid_to is None or instant < self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the usage.

    :param lot_key: the lot that covers it, or None for what no lot covers
    :param quantity: in the usage's unit
    :param drawn: in the lot's unit
    """

    lot_key: int | None
    quantity: int
    drawn: int


def drawing_order(lots: Iterable[Lot], at: datetime) -> list[Lot]:
    """Return the lots valid at an instant: priority, earliest expiry, oldest.

    The order is that of wallet products (Lago, Kong): what lapses first is used
    first; the key makes it stable.
    """
    return in_drawing_order(lot for lot in lots if lot.is_valid_at(at))


def in_drawing_order(lots: Iterable[Lot]) -> list[Lot]:
    """Return lots in the order in which those of them that are valid are drawn."""
    return sorted(
        lots,
        key=lambda lot: (
            lot.priority,
            lot.valid_to or datetime.max,
            lot.valid_from,
            lot.key,
        ),
    )


def allocate(
    quantity: int,
    lots: Iterable[Lot],
    at: datetime,
    rate: Fraction = Fraction(1),
) -> list[Part]:
    """Split a delivered quantity over the lots that are valid at its instant.

    The quantities of the parts always sum to ``quantity``; a lot that is not
    bottomless is never drawn below zero.

    :param quantity: delivered, in the usage's unit; not negative
    :param lots: in any order
    :param at: when it was delivered (UTC), however late it is recorded
    :param rate: lot units per usage unit, such as cents per second
    :raises ValueError: for a negative quantity or rate
    """
    if quantity < 0 or rate < 0:
        raise ValueError("A usage is not negative; reverse the earlier one instead.")
    parts: list[Part] = []
    left = quantity
    ordered = drawing_order(lots, at)
    for lot in ordered:
        if not left:
            break
        covered = min(left, _coverable(lot, rate))
        if covered:
            parts.append(Part(lot.key, covered, _drawn(covered, rate)))
            left -= covered
    bottomless = next((lot for lot in ordered if lot.bottomless), None)
    if left and bottomless:
        parts.append(Part(bottomless.key, left, _drawn(left, rate)))
        left = 0
    if left:
        parts.append(Part(None, left, 0))
    return parts


def _coverable(lot: Lot, rate: Fraction) -> int:
    """Return how many usage units the lot's remaining units pay for."""
    if lot.remaining <= 0:
        return 0
    if not rate:
        return 2**62
    return int(lot.remaining / rate)


def _drawn(quantity: int, rate: Fraction) -> int:
    """Return the lot units for a quantity, rounded half up once."""
    return int(quantity * rate + Fraction(1, 2))
