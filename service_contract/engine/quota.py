# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A quantity that somebody may draw from several lots together."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

L = TypeVar("L")


def lots_by_group(
    lots: Iterable[L], group_of: Callable[[L], Hashable]
) -> dict[Hashable, list[L]]:
    """Return lots by what they belong to, in their order."""
    groups: dict[Hashable, list[L]] = {}
    for lot in lots:
        groups.setdefault(group_of(lot), []).append(lot)
    return groups


def share_out(units: int, remaining: Sequence[int]) -> list[int]:
    """Share units that may be drawn out over lots, in drawing order.

    Each gets what it can pay for; what none can pay for is the last one's. Together
    that is all of it, so nobody draws the same allowance from each of them.

    :param units: below zero where more was drawn already
    :param remaining: what is left of the lots
    """
    parts = []
    for left in remaining[:-1]:
        part = max(min(units, left), 0)
        parts.append(part)
        units -= part
    if remaining:
        parts.append(units)
    return parts
