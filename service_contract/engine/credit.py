# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a missed promise is worth. Amounts are integers in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .proration import round_half_up

NONE = "none"
AMOUNT = "amount"
PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Promise:
    """The credit that a contract promises for each missed target.

    :param rule: none, amount or percent
    :param amount: for the rule amount, in minor units
    :param percent: for the rule percent, of the fee of the period
    :param cap_percent: all credits of a period together are at most this share of its
        fee; 0 for no cap
    """

    rule: str
    amount: int = 0
    percent: Fraction = Fraction(0)
    cap_percent: Fraction = Fraction(0)


def credit_amount(promise: Promise, fee: int, given: int = 0) -> tuple[int, bool]:
    """Return what one miss is worth, and whether the cap made it less.

    Rounded once, half up; the cap is rounded down, so that it always holds.

    :param fee: of the billing period of the miss, what the customer pays for it
    :param given: credits of the same period that stand already
    """
    if promise.rule == AMOUNT:
        amount = promise.amount
    elif promise.rule == PERCENT:
        amount = round_half_up(fee * promise.percent / 100)
    else:
        return 0, False
    amount = max(amount, 0)
    if not promise.cap_percent:
        return amount, False
    left = max(int(fee * promise.cap_percent / 100) - given, 0)
    return min(amount, left), amount > left
