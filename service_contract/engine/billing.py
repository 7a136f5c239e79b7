# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is to be billed: the plan that a preview shows and a billing run carries out.

Amounts are integers in minor units of the contract's currency. See
``docs/decisions/billing.md`` for the choices.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from .periods import (
    OpenRange,
    Period,
    Recurrence,
    due_periods,
    held_days,
    invoice_date,
    next_period,
)
from .proration import round_half_up, served_amount

RECURRING = "recurring"
ONCE = "once"
OVERAGE = "overage"
CORRECTION = "correction"
COURTESY = "courtesy"


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line of the invoice to be.

    :param amount: untaxed; what ``quantity × price_unit`` less ``discount`` rounds to
    :param charge_ids: the charges that it bills, none for a recurring price
    :param shown_ids: charges that were given away, which it shows for nothing
    """

    product_id: int
    label: str
    quantity: float
    price_unit: float
    discount: float
    amount: int
    charge_ids: tuple[int, ...] = ()
    shown_ids: tuple[int, ...] = ()

    def is_exact(self, minor: int) -> bool:
        """Whether quantity and price give the amount without being rounded.

        :param minor: minor units of the currency in one major unit: 100, 1 or 1000
        """
        quantity, price, discount = (
            Fraction(str(value))
            for value in (self.quantity, self.price_unit, self.discount)
        )
        return quantity * price * (1 - discount / 100) * minor == self.amount


@dataclass(frozen=True, slots=True)
class PlannedPeriod:
    """Days of a contract line that are billed, or skipped when there are no lines.

    ``[start, end)`` is half-open.
    """

    contract_line_id: int
    kind: str
    number: int
    start: date
    end: date
    lines: tuple[PlannedLine, ...] = ()

    @property
    def amount(self) -> int:
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class PlannedInvoice:
    """Everything that is due of one contract on a day.

    :param next_periods: pairs (line id, number of the first period not billed then)
    """

    contract_id: int
    date: date
    periods: tuple[PlannedPeriod, ...]
    next_periods: tuple[tuple[int, int], ...] = ()

    @property
    def amount(self) -> int:
        return sum(period.amount for period in self.periods)

    @property
    def lines_count(self) -> int:
        return sum(len(period.lines) for period in self.periods)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a contract line is billed.

    :param recurrence: grid of its billing periods; None for a one-off fee
    :param start: first day of the line
    :param end: first day without service, None for an open end
    """

    recurrence: Recurrence | None
    timing: str
    start: date
    end: date | None


# === PERIODS === #


def unbilled_periods(
    schedule: Schedule, as_of: date, first: int, billed: Collection[int]
) -> Iterator[Period]:
    """Yield the periods that are due on a day and were not billed, oldest first.

    :param first: all periods before this number are billed
    :param billed: numbers from ``first`` on that are billed all the same
    """
    if schedule.recurrence is None:
        period = _only_period(schedule)
        due = [period] if period and period.start <= as_of and first <= 0 else []
    else:
        due = due_periods(
            schedule.recurrence,
            schedule.start,
            schedule.end,
            schedule.timing,
            as_of,
            after=first - 1,
        )
    return (period for period in due if period.number not in billed)


def next_invoice_date(schedule: Schedule, first: int) -> date | None:
    """Return when the first unbilled period is to be billed; None when all are.

    :param first: its number
    """
    if schedule.recurrence is None:
        period = _only_period(schedule) if first <= 0 else None
        return period and period.start
    period = next_period(
        schedule.recurrence, schedule.start, schedule.end, after=first - 1
    )
    return period and invoice_date(period, schedule.timing)


def _only_period(schedule: Schedule) -> Period | None:
    """Return the day of a one-off fee; None when the line never came to be."""
    start, end = schedule.start, schedule.end
    if end is not None and end <= start:
        return None
    stop = date.fromordinal(start.toordinal() + 1)
    return Period(0, start, stop, start, stop)


def recurring_amount(
    price: int, period: Period, holds: Iterable[OpenRange], basis: str
) -> int | None:
    """Return the amount of a period; None when all its days are on hold.

    :param price: of a full period; a free period that is served costs 0
    """
    holds = list(holds)
    if held_days(period.start, period.end, holds) == period.days:
        return None
    return served_amount(price, period, holds, basis)


def after_billing(first: int, billed: Collection[int]) -> int:
    """Return the number of the first period that is not billed."""
    while first in billed:
        first += 1
    return first


# === OVERAGE === #


def affordable_credits(amount: int, credits: Iterable[tuple[int, int]]) -> set[int]:
    """Choose the credits that an invoice can take without becoming negative.

    The others are carried to the next one.

    :param amount: of the invoice without any credit
    :param credits: pairs (key, negative amount), the one to take first comes first
    :return: the keys of those that fit
    """
    taken = set()
    for key, credit in credits:
        if amount + credit >= 0:
            amount += credit
            taken.add(key)
    return taken


def exact_quantity(
    quantity: Fraction, price: Fraction, amount: int, decimals: int
) -> float | None:
    """Return a quantity that gives the amount exactly, or None.

    :param quantity: in shown units
    :param price: of one shown unit, in minor units of the currency
    :param decimals: digits that a quantity can have on an invoice
    """
    if (quantity * 10**decimals).denominator != 1:
        return None
    if round_half_up(quantity * price) != amount:
        return None
    return float(quantity)
