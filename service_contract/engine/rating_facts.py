# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What rating works on: terms, usages, charges, and the books of what is left.

Amounts are whole minor currency units, quantities whole base units, instants naive
datetimes in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

from .allocation import Lot
from .rates import Card

COVERED, BILLABLE, COURTESY = "covered", "billable", "courtesy"
WARRANTY, EXCLUDED, TO_APPROVE = "warranty", "excluded", "to_approve"
# Work that nobody counts where the contract counts something else, unless it is priced:
# a call on a contract of hours, a visit on a contract of cases.
EVENTS = ("case", "visit")

Rule = dict[str, object]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract line says about work on it.

    :param coverage: ``counted`` (lots are drawn), ``unlimited``, or ``rates`` (nothing
        is covered, all is billed)
    :param unit: that its lots are counted in
    :param policy: what is not covered is a matter of ``bill`` or ``ask``
    :param multiplier: per cent of its time that an hour draws
    :param card: prices; None for the fallback alone
    :param fallback: minor units per base unit, by unit of the usage, where the card has
        no price; what is missing has none
    :param included: tasks; empty for all
    :param excluded: tasks
    :param warranty: whether a warranty comes ``before``, ``after`` or ``instead`` of
        the contract; None where it is of no account
    :param start, end: when the line begins and ends (naive UTC), half-open
    """

    coverage: str
    unit: str | None
    policy: str
    start: datetime
    end: datetime | None = None
    is_agreed: bool = True
    multiplier: int = 100
    card: Card | None = None
    fallback: Mapping[str, Fraction] = field(default_factory=dict)
    included: frozenset[int] = frozenset()
    excluded: frozenset[int] = frozenset()
    warranty: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Something delivered.

    :param unit: second, case, visit, minor, piece or metre
    :param quantity: base units, not negative
    :param at: when (naive UTC); if the hour is not known, about the middle of the day
    :param day: local day in the contract's zone
    :param is_timed: work that began at ``at``, to the second
    :param site: whose quota it uses
    :param is_free: its task is never charged to customers
    :param exempt: somebody decided beforehand that it draws nothing
    :param ruling: what was decided: ``bill``, ``cover``, ``courtesy`` or ``exclude``
    :param quotes: (key, price per base unit) of what the customer signed, as signed
    :param awaits_quote: the customer was asked and has not answered
    :param quoted_in_part: he was asked about a part of it; the rest goes its usual way
    :param warranty: whether a warranty that was valid then covers this kind of work;
        None where none was valid
    :param plan: ticket whose planned visits it fulfils, see ``Books.held``
    """

    unit: str
    quantity: int
    at: datetime
    day: date
    is_timed: bool = False
    task: int | None = None
    zone: int | None = None
    role: int | None = None
    level: int | None = None
    site: int | None = None
    employee: int | None = None
    ticket: int | None = None
    is_free: bool = False
    exempt: bool = False
    ruling: str | None = None
    quotes: tuple[tuple[int, Fraction], ...] = ()
    awaits_quote: bool = False
    quoted_in_part: bool = False
    warranty: bool | None = None
    plan: int | None = None


class Charge(NamedTuple):
    """A part of a usage and what becomes of it.

    :param quantity: delivered base units
    :param charged: base units after rounding, which the amount is for
    :param per_unit: minor units per base unit, modifiers included; None for no price
    :param amount: minor units; of what is not billed, what it would have cost
    :param hold: why it waits for a decision
    :param lot: that was drawn, and how much of it
    :param price: key of the rate rule
    :param group: that it was rounded in together with other usages, see ``Books``
    """

    kind: str
    quantity: int
    rules: tuple[Rule, ...]
    charged: int = 0
    per_unit: Fraction | None = None
    amount: int = 0
    hold: str | None = None
    lot: int | None = None
    drawn: int = 0
    price: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    group: str | None = None


@dataclass(slots=True)
class Books:
    """What is left, and what was charged before, of one contract line.

    :param lots: in the order in which they are drawn, see ``allocation.drawing_order``
    :param left: by key of the lot, without what is held
    :param quotas: units that a site may still draw, by (lot, site)
    :param quotes: units left of a quotation, by its key
    :param worked: seconds by (worker, local day)
    :param rounded: base units that were put into a rounding group, by its key
    :param charged: base units that were charged for them
    :param held: units that planned visits of a ticket hold, by (lot, ticket)
    """

    lots: list[Lot]
    left: dict[int, int]
    quotas: dict[tuple[int, int | None], int] = field(default_factory=dict)
    quotes: dict[int, int] = field(default_factory=dict)
    worked: dict[tuple[int | None, date], int] = field(default_factory=dict)
    rounded: dict[str, int] = field(default_factory=dict)
    charged: dict[str, int] = field(default_factory=dict)
    held: dict[tuple[int, int], int] = field(default_factory=dict)

    def take(self, rating: Rating) -> None:
        """Note what a usage took."""
        _move(self.left, rating.drawn, -1)
        _move(self.held, rating.held, -1)
        for (lot, _ticket), units in rating.held.items():
            # It was drawn from what was held, and that was not part of what is left.
            add_to(self.left, lot, units)
        _move(self.quotas, rating.quotas, -1)
        _move(self.quotes, rating.quotes, -1)
        _move(self.worked, rating.worked, 1)
        _move(self.rounded, rating.rounded, 1)
        _move(self.charged, rating.charged, 1)


@dataclass(slots=True)
class Rating:
    """The charges of a usage, and what they took from the books, by the same keys."""

    charges: list[Charge] = field(default_factory=list)
    drawn: dict[int, int] = field(default_factory=dict)
    held: dict[tuple[int, int], int] = field(default_factory=dict)
    quotas: dict[tuple[int, int | None], int] = field(default_factory=dict)
    quotes: dict[int, int] = field(default_factory=dict)
    worked: dict[tuple[int | None, date], int] = field(default_factory=dict)
    rounded: dict[str, int] = field(default_factory=dict)
    charged: dict[str, int] = field(default_factory=dict)


def add_to(books: dict[Key, int], key: Key, quantity: int) -> None:
    books[key] = books.get(key, 0) + quantity


def _move(books: dict[Key, int], taken: dict[Key, int], sign: int) -> None:
    for key, quantity in taken.items():
        add_to(books, key, sign * quantity)


def quote_of(rules: Iterable[Rule]) -> Any:
    """Return the key of the quotation that work is billed by, or the rule by which it
    waits for one; None for other work."""
    for rule in rules:
        if rule["code"] in ("awaiting_quote", "beyond_quote"):
            return rule["code"]
        if "quote" in rule:
            return rule["quote"]
    return None


def event_order(usage: Usage) -> tuple[Any, ...]:
    """Return by what the usages of a contract line are sorted before they are rated.

    By when they happened, however they came in. Ties are broken by what the usages are,
    so that the same events end with the same money in whatever order they are recorded.
    """
    return (
        usage.at,
        usage.unit,
        usage.task or 0,
        usage.zone or 0,
        usage.role or 0,
        usage.level or 0,
        usage.employee or 0,
        usage.site or 0,
        -usage.quantity,
        usage.ticket or 0,
        usage.day,
        usage.is_timed,
        usage.is_free,
        usage.exempt,
        usage.ruling or "",
        usage.quotes,
        usage.awaits_quote,
        usage.quoted_in_part,
        str(usage.warranty),
    )
