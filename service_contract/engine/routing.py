# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who should have a ticket: the rule that routes it, and the person who can take it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who could be given a ticket.

    :param name: breaks ties, so that the same facts always give the same order
    :param in_team: whether the person belongs to the ticket's team; a ticket without
        a team has everybody in it
    :param has_skill: None if the ticket asks for no skill
    :param open_tickets: how many are assigned to the person and not closed
    :param works_now: whether the person's working hours are open; None if unknown
    :param on_leave: whether the person is away now
    :param works_from: naive UTC, when the working hours open next; None if they are
        open or unknown
    """

    key: int
    name: str
    in_team: bool = True
    has_skill: bool | None = None
    open_tickets: int = 0
    works_now: bool | None = None
    on_leave: bool = False
    works_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact that speaks for a candidate, or against.

    :param code: on_leave, back, skill, no_skill, works_now, off_now, hours_unknown,
        team, other_team, load
    """

    code: str
    speaks_for: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A candidate with the reasons, the weightiest one first.

    :param is_able: nothing forbids it: not on leave, has the skill, works now or at
        hours that nobody has written down
    """

    candidate: Candidate
    reasons: tuple[Reason, ...]
    is_able: bool


def suggest(candidates: Iterable[Candidate]) -> list[Suggestion]:
    """Rank people for a ticket, the best one first.

    Who is away comes last; then the skill counts, then working now, then the team,
    then the fewest open tickets.
    """
    return [_explain(candidate) for candidate in sorted(candidates, key=_rank)]


def _rank(candidate: Candidate) -> tuple:
    return (
        candidate.on_leave,
        candidate.has_skill is False,
        candidate.works_now is False,
        not candidate.in_team,
        candidate.open_tickets,
        candidate.works_from or datetime.min,
        candidate.name,
        candidate.key,
    )


def _explain(candidate: Candidate) -> Suggestion:
    """Return what speaks for and against somebody, and whether he can do it now."""
    reasons = []
    if candidate.on_leave:
        reasons.append(Reason("on_leave", False))
    if candidate.has_skill is not None:
        code = "skill" if candidate.has_skill else "no_skill"
        reasons.append(Reason(code, candidate.has_skill))
    if candidate.works_now is None:
        reasons.append(Reason("hours_unknown", True))
    elif not candidate.on_leave:
        code = "works_now" if candidate.works_now else "off_now"
        reasons.append(Reason(code, candidate.works_now))
    reasons.append(
        Reason("team" if candidate.in_team else "other_team", candidate.in_team)
    )
    reasons.append(Reason("load", True))
    is_able = (
        not candidate.on_leave
        and candidate.has_skill is not False
        and candidate.works_now is not False
    )
    return Suggestion(candidate, tuple(reasons), is_able)


@dataclass(frozen=True, slots=True)
class Rule:
    """Which tickets a routing rule is for; an empty set means any.

    :param skills: for a ticket that needs one of them
    """

    key: int
    tiers: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    skills: frozenset[int] = frozenset()


def first_match(
    rules: Iterable[Rule],
    tier: int | None,
    categories: frozenset[int],
    skills: frozenset[int],
) -> int | None:
    """Return the key of the first rule that is for such a ticket, None if none is.

    A rule that names tiers, categories or skills is never for a ticket without.

    :param categories: the ticket's category and those above it
    :param skills: those that the ticket needs
    """
    tiers = frozenset() if tier is None else frozenset({tier})
    for rule in rules:
        pairs = (
            (rule.tiers, tiers),
            (rule.categories, categories),
            (rule.skills, skills),
        )
        if all(not wanted or wanted & actual for wanted, actual in pairs):
            return rule.key
    return None
