# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Units of lots that planned visits hold, and what becomes of them when work comes.

Whoever rates work on a ticket lends it what the plans of that ticket hold, draws, and
settles with the plans. All quantities are whole base units of the lots.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Plan:
    """A planned visit or planned work.

    :param key: the reservation's id
    :param at: when it is planned (UTC)
    :param left: planned and not used yet
    :param held: units by lot; together not more than ``left``
    :param used: what the settlement has used of it
    """

    key: int
    at: datetime
    left: int
    held: dict[int, int] = field(default_factory=dict)
    used: int = 0

    @property
    def is_over(self) -> bool:
        """Whether work has used it up, or all that was held for it."""
        return self.used > 0 and not (self.left and any(self.held.values()))


def lent(plans: Iterable[Plan]) -> dict[int, int]:
    """Return what the plans hold, by lot."""
    units: dict[int, int] = {}
    for plan in plans:
        for lot, quantity in plan.held.items():
            units[lot] = units.get(lot, 0) + quantity
    return units


def settle(
    plans: Iterable[Plan],
    due: Iterable[int],
    delivered: int,
    drawn: Mapping[int, int],
    remaining: Mapping[int, int],
) -> None:
    """Take from the plans what work has drawn.

    Work uses up the plans that were due, the earliest first. What it drew is let go
    where it was drawn. A plan that is still to come keeps what it holds, unless the
    work needed that as well: then the last plan gives way.

    :param plans: of the ticket and line; changed in place
    :param due: keys of the plans that this work fulfils
    :param delivered: what the work drew of the line
    :param drawn: the same by lot
    :param remaining: what is left of the lots after that, held units included
    """
    ordered = sorted(plans, key=lambda plan: (plan.at, plan.key))
    due = set(due)
    for plan in ordered:
        if plan.key not in due:
            continue
        taken = min(plan.left, delivered)
        delivered -= taken
        plan.left -= taken
        plan.used += taken
        _let_go(plan, sum(plan.held.values()) - plan.left, [*drawn, *plan.held])
    for lot in drawn:
        excess = sum(plan.held.get(lot, 0) for plan in ordered) - max(remaining[lot], 0)
        for plan in reversed(ordered):
            if excess > 0:
                excess -= _let_go(plan, excess, [lot])


def _let_go(plan: Plan, quantity: int, lots: Iterable[int]) -> int:
    """Let a plan hold so many units less, from some lots in order; return how many."""
    gone = 0
    for lot in lots:
        part = min(plan.held.get(lot, 0), quantity - gone)
        if part > 0:
            plan.held[lot] -= part
            gone += part
    return gone
