# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Billing cycles on a given day of the month, and how many of them are billed."""

from fractions import Fraction

from .engine import periods, proration
from .values import day, decimals, instant, iso, recurrence, timing


def _service(data):
    start = day(data, "start")
    rec = recurrence(data, start, anchor_day=data.get("anchor_day"))
    return rec, start, day(data, "end")


def _due(data):
    rec, start, end = _service(data)
    return periods.due_periods(rec, start, end, timing(data), day(data, "as_of"))


def items(data):
    return {"periods": [[iso(due.start), iso(due.end)] for due in _due(data)]}


def billed_cycles(data):
    return {"cycles": decimals(proration.cycles(_due(data)))}


def cycle_dates(data):
    rec, start, end = _service(data)
    first = _on_or_after(rec, start)
    answer = {"first_cycle_date": iso(first)}
    as_of = day(data, "as_of")
    if as_of is None:
        return answer
    until = periods.billable_until(rec, start, end, timing(data), as_of)
    last = following = None
    if until is not None:
        number = max(_number(rec, until), _number(rec, first))
        last, following = rec.boundary(number), rec.boundary(number + 1)
    return {
        **answer,
        "billed_until": iso(until),
        "something_to_bill": until is not None,
        "last_cycle_date": iso(last),
        "next_cycle_date": iso(following or first),
    }


def _number(rec, on):
    return periods.period_number(rec, on)


def _on_or_after(rec, on):
    """Return the first boundary of the grid on or after a day."""
    number = _number(rec, on)
    boundary = rec.boundary(number)
    return boundary if boundary == on else rec.boundary(number + 1)


def advance(data):
    rec = recurrence(data, day(data, "date"))
    return {"date": iso(rec.boundary(data.get("n", 1)))}


def whole_periods(data):
    rec = recurrence(data, day(data, "start"))
    return {"count": _number(rec, day(data, "end"))}


def align_same_month(data):
    on = day(data, "date")
    rec = recurrence(data, on, anchor_day=data.get("anchor_day"))
    # Days and weeks know no day of the month.
    aligned = periods.clamp_day(on, rec.month_day) if rec.months else on
    return {"date": iso(aligned)}


def align_next(data):
    on = day(data, "date")
    first = day(data, "first_date") or on
    rec = recurrence(data, first, anchor_day=data.get("anchor_day"))
    return {"date": iso(_on_or_after(rec, on))}


def anchor_day(data):
    start = instant(data, "start_instant")
    return {"anchor_day": periods.local_day(start, data.get("timezone") or "UTC").day}


def fraction(data):
    """The share of a part at the beginning or at the end of the service."""
    start, end = day(data, "start"), day(data, "end")
    if data.get("position") == "leading":
        full = recurrence(data, end).boundary(-1), end
    else:
        full = start, recurrence(data, start).boundary(1)
    month = data.get("fixed_days_per_month")
    if month in (None, proration.DAYS_PER_MONTH):
        basis = proration.Basis.THIRTY if month else proration.Basis.ACTUAL
        share = proration.fraction(periods.Period(0, start, end, *full), basis)
    else:
        share = Fraction(
            proration.fixed_month_days(start, end, month),
            proration.fixed_month_days(*full, month),
        )
    return {"fraction": decimals(share)}


def days_fixed_month(data):
    length = data.get("fixed_days_per_month") or proration.DAYS_PER_MONTH
    span = day(data, "start"), day(data, "end")
    return {"days": proration.fixed_month_days(*span, length)}


OPERATIONS = {
    ("billing_period", "items"): items,
    ("billing_period", "cycle_dates"): cycle_dates,
    ("billing_period", "advance"): advance,
    ("billing_period", "whole_periods"): whole_periods,
    ("billing_period", "align_same_month"): align_same_month,
    ("billing_period", "align_next"): align_next,
    ("billing_period", "anchor_day"): anchor_day,
    ("proration", "billed_cycles"): billed_cycles,
    ("proration", "fraction"): fraction,
    ("proration", "days_fixed_month"): days_fixed_month,
}
