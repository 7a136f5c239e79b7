# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which lots pay for a piece of work, and how much of it, where sites have quotas."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from .allocation import Lot
from .proration import round_product


def hand_out(
    quantity: int,
    factor: Fraction,
    lots: Iterable[Lot],
    left_of: Callable[[int], int],
    quota_of: Callable[[int], int | None],
) -> tuple[list[tuple[Lot, int]], bool]:
    """Hand out work over lots in their order; a bottomless one takes what is left.

    Nothing is drawn beyond a quota, not even from a bottomless lot.

    :param factor: units drawn per unit of work
    :param lots: that can be drawn, in their order
    :param left_of: tells what is left of a lot by its key
    :param quota_of: tells what may still be drawn of it; None for no quota
    :return: pairs of lot and what it covers, and whether anything is left uncovered
        for want of a quota
    """
    takes: list[tuple[Lot, int]] = []
    bottomless: list[tuple[Lot, int | None]] = []
    rest, over_quota = quantity, False
    for lot in lots:
        if not rest:
            return takes, False
        covered = payable = min(rest, payable_by(left_of(lot.key), factor))
        quota = quota_of(lot.key)
        if quota is not None:
            covered = min(payable, payable_by(quota, factor))
            over_quota = over_quota or covered < payable
            quota -= round_product(covered, factor)
        if covered:
            takes.append((lot, covered))
            rest -= covered
        if lot.bottomless:
            bottomless.append((lot, quota))
    for lot, quota in bottomless:
        covered = rest if quota is None else min(rest, payable_by(quota, factor))
        over_quota = over_quota or covered < rest
        if covered:
            takes.append((lot, covered))
            rest -= covered
    return takes, over_quota and bool(rest)


def payable_by(units: int, factor: Fraction) -> int:
    """Return how much work some units pay for; none is paid for by none."""
    if units <= 0:
        return 0
    if not factor:
        return 2**62
    return units * factor.denominator // factor.numerator
