# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rounding of work that is charged together: an entry, a day, a ticket."""

from __future__ import annotations

from .rates import Price
from .rating_facts import Books, Rating
from .slices import Slice


class Rounds:
    """The rounding groups that one usage has a part in.

    A group is charged for its sum: each part for what the sum then comes to beyond
    what its other parts were charged, in whatever order they are rated. So a step
    belongs to the part in which it began. Work that waits is told what it would cost
    if it was billed alone, and takes no step or minimum from what is billed.
    """

    __slots__ = ("books", "entry", "rating", "ticket", "waiting")

    def __init__(self, books: Books, rating: Rating, ticket: int | None) -> None:
        self.books = books
        self.rating = rating
        self.ticket = ticket
        # Quantity and what is charged for it, of groups that end with the usage, and
        # of work that waits.
        self.entry: dict[object, tuple[int, int]] = {}
        self.waiting: dict[object, tuple[int, int]] = {}

    def charged(
        self, piece: Slice, price: Price, quantity: int, waits: bool = False
    ) -> int:
        """Return what is charged for a quantity on top of what was charged before."""
        if price.rounding is None:
            return quantity
        key = self._get_group(piece, price)
        worked, before = self._before(key, price)
        if waits:
            others, valued = self.waiting.get(key or price.group, (0, 0))
            worked, before = worked + others, before + valued
        return max(price.rounding.charged(worked + quantity) - before, 0)

    def note(
        self,
        piece: Slice,
        price: Price,
        quantity: int,
        charged: int,
        waits: bool = False,
    ) -> str | None:
        """Put a quantity into its group.

        :param charged: for it
        :return: the group, if other usages share it
        """
        if price.rounding is None:
            return None
        key = self._get_group(piece, price)
        if waits or key is None:
            noted = self.waiting if waits else self.entry
            own = key or price.group
            worked, before = noted.get(own, (0, 0))
            noted[own] = worked + quantity, before + charged
            return None
        rating = self.rating
        rating.rounded[key] = rating.rounded.get(key, 0) + quantity
        rating.charged[key] = rating.charged.get(key, 0) + charged
        return key

    def _get_group(self, piece: Slice, price: Price) -> str | None:
        """Return the group that a slice shares with other usages, None for none."""
        scope = price.rounding and price.rounding.scope
        common: object = None
        if scope == "day":
            common = piece.day
        elif scope == "ticket":
            common = self.ticket
        if common is None:
            return None
        return ":".join(map(str, (scope, common, *price.group)))

    def _before(self, key: str | None, price: Price) -> tuple[int, int]:
        """Return the quantity that is in a group, and what was charged for it."""
        if key is None:
            return self.entry.get(price.group, (0, 0))
        books, rating = self.books, self.rating
        return (
            books.rounded.get(key, 0) + rating.rounded.get(key, 0),
            books.charged.get(key, 0) + rating.charged.get(key, 0),
        )
