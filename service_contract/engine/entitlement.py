# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which contract line covers a request, and why the others do not.

The caller fetches the candidate lines of the customer and hands them over as
facts; the answer lists each condition of each line, passed or failed, so that an
agent can read why.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

# Weight of a condition that the line states and the request meets. Powers of two:
# one more specific condition outweighs all less specific ones together.
SPECIFICITY = {
    "serial": 32,
    "product": 16,
    "site": 8,
    "contact": 4,
    "category": 2,
    "channel": 1,
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: a ticket's facts. Ids, None where unknown.

    :param day: the day of the request in the contract's time zone is resolved by
        the caller, for each candidate (see ``Candidate.day``)
    """

    contact: int | None = None
    site: int | None = None
    product: int | None = None
    serial: str | None = None
    category: int | None = None
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contract line of the customer.

    :param key: the line's id
    :param state: the contract's state on ``day``
    :param day: the request's day in the contract's time zone
    :param start: first day of the line
    :param end: day after its last day; None for an open end
    :param age_rank: creation order, smaller is older
    :param priority: lower wins
    :param refuses: its allotment is used up and its policy refuses new requests
    :param serials: (product id, serial or None) of each covered item; empty covers all
    :param is_shared: the contract is another customer's, who shares it
    """

    key: int
    state: str
    day: date
    start: date
    end: date | None
    priority: int
    age_rank: int
    refuses: bool = False
    contacts: frozenset[int] = frozenset()
    sites: frozenset[int] = frozenset()
    items: frozenset[tuple[int, str | None]] = frozenset()
    categories: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One checked rule. ``weight`` is 0 where the line says nothing about it."""

    code: str
    passed: bool
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One candidate with its conditions, in the order they were checked."""

    candidate: Candidate
    conditions: tuple[Condition, ...] = field(default_factory=tuple)

    @property
    def covers(self) -> bool:
        return all(condition.passed for condition in self.conditions)

    @property
    def specificity(self) -> int:
        return sum(condition.weight for condition in self.conditions)


def judge(request: Request, candidate: Candidate) -> Verdict:
    """Check each condition of a line; all of them, so that each can be shown."""
    return Verdict(
        candidate,
        (
            Condition("state", candidate.state == "active"),
            Condition("dates", _within(candidate)),
            _listed("contact", request.contact, candidate.contacts),
            _listed("site", request.site, candidate.sites),
            *_item(request, candidate),
            _listed("category", request.category, candidate.categories),
            _listed("channel", request.channel, candidate.channels),
            Condition("balance", not candidate.refuses),
        ),
    )


def rank(request: Request, candidates: Iterable[Candidate]) -> list[Verdict]:
    """Return the verdicts, the line to use first.

    Covering lines come first: the most specific, then priority, the customer's own
    before one that is shared with him, earliest expiry, oldest. A line that covers
    nothing stays in the list with its failed conditions.
    """
    return sorted(
        (judge(request, candidate) for candidate in candidates),
        key=lambda verdict: (
            not verdict.covers,
            -verdict.specificity,
            verdict.candidate.priority,
            verdict.candidate.is_shared,
            verdict.candidate.end or date.max,
            verdict.candidate.age_rank,
            verdict.candidate.key,
        ),
    )


def _within(candidate: Candidate) -> bool:
    return candidate.start <= candidate.day and (
        candidate.end is None or candidate.day < candidate.end
    )


def _listed(code: str, value: int | None, allowed: frozenset[int]) -> Condition:
    """A line that lists nothing covers everything and is not specific about it."""
    if not allowed:
        return Condition(code, True)
    passed = value in allowed
    return Condition(code, passed, SPECIFICITY[code] if passed else 0)


def _item(request: Request, candidate: Candidate) -> tuple[Condition, Condition]:
    """Covered items: an item without a serial covers every piece of its product."""
    if not candidate.items:
        return Condition("product", True), Condition("serial", True)
    serials = {
        serial for product, serial in candidate.items if product == request.product
    }
    product = Condition(
        "product", bool(serials), SPECIFICITY["product"] if serials else 0
    )
    if None in serials and request.serial not in serials - {None}:
        return product, Condition("serial", True)
    named = request.serial is not None and request.serial in serials
    return product, Condition("serial", named, SPECIFICITY["serial"] if named else 0)
