# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Proration: the share of a period's price that belongs to a part of the period.

Amounts are integers in minor units of the currency (cents). Shares are exact
fractions and are rounded once, half-up, away from zero, so that a credit mirrors its
charge. See ``docs/decisions/billing-periods.md`` for the choices.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction

from .periods import OpenRange, Period, without_holds

DAYS_PER_MONTH = 30
SHORTEST_MONTH = 28


class Basis(str, Enum):
    """How a part of a period is measured.

    ``whole``: not at all; who has one day of the period pays all of it.
    ``actual``: days of the part over days of the full period.
    ``thirty``: the same, with every month taken as 30 days.
    """

    WHOLE = "whole"
    ACTUAL = "actual"
    THIRTY = "thirty"


@dataclass(frozen=True)
class PriceChange:
    """Amounts of a price change inside a period, in minor units.

    ``credit`` is the old price for the rest of the period, ``charge`` the new price
    for the same days.
    """

    credit: int
    charge: int

    @property
    def net(self) -> int:
        """What the customer pays when the old price was billed already."""
        return self.charge - self.credit


# === SHARES === #


def fixed_month_days(
    start: date, end: date, days_per_month: int = DAYS_PER_MONTH
) -> int:
    """Return the days of ``[start, end)`` with every month of the same length.

    The days after the last one of such a month count for nothing; the days that a
    shorter month lacks count with its last day.
    """
    return _fixed_day(end, days_per_month) - _fixed_day(start, days_per_month)


def _fixed_day(day: date, days_per_month: int) -> int:
    months = day.year * 12 + day.month
    return months * days_per_month + min(day.day - 1, days_per_month)


def fraction(
    period: Period,
    basis: Basis | str = Basis.ACTUAL,
    start: date | None = None,
    end: date | None = None,
) -> Fraction:
    """Return the share of the full period's price, from 0 to 1.

    :param start: first day of the part, None for that of the period
    :param end: first day after the part, None for that of the period; days outside
        the period count for nothing
    """
    begin = period.start if start is None else max(start, period.start)
    stop = period.end if end is None else min(end, period.end)
    if begin >= stop:
        return Fraction(0)
    if Basis(basis) is Basis.WHOLE:
        # The price is due with the first day, so that parts still sum to it.
        return Fraction(begin == period.start)
    # A period shorter than a month holds no month that could be taken as 30 days.
    if Basis(basis) is Basis.THIRTY and period.full_days >= SHORTEST_MONTH:
        full = fixed_month_days(period.full_start, period.full_end)
        return Fraction(fixed_month_days(begin, stop), full)
    return Fraction((stop - begin).days, period.full_days)


def cycles(periods: Iterable[Period], basis: Basis | str = Basis.ACTUAL) -> Fraction:
    """Return how many full periods the given ones amount to."""
    return sum((fraction(period, basis) for period in periods), Fraction(0))


# === AMOUNTS === #


def round_half_up(value: Fraction) -> int:
    """Round to the nearest integer, halves away from zero."""
    return round_product(1, value)


def round_product(quantity: int, factor: Fraction) -> int:
    """Return a product rounded half up, away from zero.

    Without the fraction in between, which costs more than the rest of it.
    """
    product, of = quantity * factor.numerator, factor.denominator
    magnitude = (2 * abs(product) + of) // (2 * of)
    return magnitude if product >= 0 else -magnitude


def prorated_amount(
    price_minor: int,
    period: Period,
    part_start: date,
    part_end: date,
    basis: Basis | str = Basis.ACTUAL,
) -> int:
    """Return the amount for the days ``[part_start, part_end)`` of a period.

    It is the difference of two rounded amounts, "from the part's start on" and "from
    its end on": parts that cover the period without overlap therefore sum to its
    amount exactly, and the rest of a period is its fair share rounded half-up.

    :param price_minor: price of the full period
    :param period: days outside it count for nothing; when it is cut itself, its parts
        sum to its own share of the price
    """
    if part_start >= part_end:
        return 0
    return round_half_up(
        price_minor * fraction(period, basis, part_start)
    ) - round_half_up(price_minor * fraction(period, basis, part_end))


def period_amount(
    price_minor: int, period: Period, basis: Basis | str = Basis.ACTUAL
) -> int:
    """Return the amount of a period, prorated when it is cut."""
    return prorated_amount(price_minor, period, period.start, period.end, basis)


def served_amount(
    price_minor: int,
    period: Period,
    holds: Iterable[OpenRange],
    basis: Basis | str = Basis.ACTUAL,
) -> int:
    """Return the amount of a period without the days on hold.

    The credit for a hold in a billed period is :func:`period_amount` less this.

    :param holds: half-open ranges of dates, they may overlap; end None while open
    """
    pieces = without_holds(period.start, period.end, holds)
    if Basis(basis) is Basis.WHOLE:
        return price_minor if pieces else 0
    return sum(prorated_amount(price_minor, period, *piece, basis) for piece in pieces)


def price_change(
    old_minor: int,
    new_minor: int,
    period: Period,
    changed_on: date,
    basis: Basis | str = Basis.ACTUAL,
) -> PriceChange:
    """Return credit and charge of a price change inside a period.

    :param changed_on: first day at the new price
    """
    return PriceChange(
        credit=prorated_amount(old_minor, period, changed_on, period.end, basis),
        charge=prorated_amount(new_minor, period, changed_on, period.end, basis),
    )
