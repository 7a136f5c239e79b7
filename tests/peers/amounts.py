# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Amounts for a part of a period; the cases give last days inclusive."""

import re
from fractions import Fraction

from .engine import periods, proration
from .values import after_inclusive, day

TAX = re.compile(r"tax_(\d+)_percent_cents")
# The day of a termination is still served, the day of a change is at the new price:
# what a key with such a word tells about the days that were paid and are not used.
FIRST_UNSERVED = re.compile(r"chang|unused_(start|from)|credit_(start|from)")
LAST_SERVED = re.compile(r"^used_end|terminat|stop|cancel|ended")


def _cut_period(data, start=None, end=None):
    full = day(data, "period_start"), after_inclusive(data, "period_end_inclusive")
    return periods.Period(0, start or full[0], end or full[1], *full)


def _used(data):
    return _cut_period(
        data, day(data, "used_start"), after_inclusive(data, "used_end_inclusive")
    )


def _price(data):
    """Return the price under ``amount_cents``, else the only one that is there."""
    if "amount_cents" in data:
        return data["amount_cents"]
    (price,) = (value for key, value in data.items() if key.endswith("_cents"))
    return price


def _first_unused(data):
    """Return the first day that was paid and is not served at that price."""
    for key, value in data.items():
        if value and FIRST_UNSERVED.search(key):
            return day(data, key)
        if value and LAST_SERVED.search(key):
            return after_inclusive(data, key)
    raise ValueError("The case does not say which days are unused.")


def _answer(data, net):
    """Return an amount under the names in use, with the taxes the case asks for."""
    taxes = {
        key: proration.round_half_up(Fraction(net * int(match[1]), 100))
        for key in data.get("asked", ())
        if (match := TAX.fullmatch(key))
    }
    total = net + sum(taxes.values())
    return {"amount_cents": net, "credit_cents": net, "total_cents": total, **taxes}


def amount(data):
    net = proration.period_amount(_price(data), _used(data))
    return _answer(data, net)


def credit(data):
    whole = _cut_period(data)
    net = proration.prorated_amount(_price(data), whole, _first_unused(data), whole.end)
    return _answer(data, net)


def amount_change(data):
    """What is due for the period: the new price for the rest, less the credit of the
    old one when it was paid, else with its days until the change."""
    whole, changed_on = _cut_period(data), day(data, "changed_on")
    old = data["old_amount_cents"]
    change = proration.price_change(old, data["new_amount_cents"], whole, changed_on)
    if data.get("old_paid_in_advance"):
        answer = _answer(data, change.net)
    else:
        used = proration.prorated_amount(old, whole, whole.start, changed_on)
        answer = _answer(data, used + change.charge)
    return {**answer, "credit_cents": change.credit, "charge_cents": change.charge}


def coefficient(data):
    return {"coefficient": float(proration.fraction(_used(data)))}


OPERATIONS = {
    ("proration", "amount"): amount,
    ("proration", "credit"): credit,
    ("proration", "amount_change"): amount_change,
    ("proration", "coefficient"): coefficient,
}
