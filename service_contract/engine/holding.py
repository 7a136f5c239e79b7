# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What becomes of units that planned visits hold when work is delivered.

Rating draws from them for work on their ticket (``rating_facts.Books.held``); here the
plans are settled with. All quantities are whole base units of the lots.
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

    def use(self, units: int) -> int:
        """Note that so many units were delivered; return how many."""
        self.left -= units
        self.used += units
        return units

    def let_go(self, units: int) -> None:
        """Hold so many units less, of whichever lots."""
        for lot, held in self.held.items():
            part = min(held, max(units, 0))
            self.held[lot] -= part
            units -= part

    @property
    def is_over(self) -> bool:
        """Whether work has used it up, or all that was held for it."""
        return self.used > 0 and not (self.left and any(self.held.values()))


def settle(
    plans: Iterable[Plan],
    fits: Iterable[int],
    delivered: int,
    taken: Mapping[int, int],
) -> None:
    """Take from the plans what work has used.

    What was drawn from units that they hold is theirs, the earliest plan's first. What
    the work came to beyond that counts for the plans that it fits, and what they still
    hold for it elsewhere is let go.

    :param plans: of a ticket and line; changed in place
    :param fits: keys of the plans of the time of the work
    :param delivered: what the work came to, in units of the plans
    :param taken: what it drew from units that were held, by lot
    """
    ordered = sorted(plans, key=lambda plan: (plan.at, plan.key))
    for lot, units in taken.items():
        rest = units
        for plan in ordered:
            part = min(plan.held.get(lot, 0), rest)
            if part:
                plan.held[lot] -= part
                plan.use(part)
                rest -= part
        delivered -= units
    fits = set(fits)
    for plan in ordered:
        if plan.key in fits and delivered > 0:
            delivered -= plan.use(min(plan.left, delivered))
        plan.let_go(sum(plan.held.values()) - plan.left)
