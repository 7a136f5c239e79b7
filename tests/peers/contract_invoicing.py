# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Invoice dates of a contract: what is invoiced next, and when.

The cases give last days inclusive and count the offset in arrears from the last day.
"""

from datetime import date

from .engine import periods
from .values import (
    ONE_DAY,
    after_inclusive,
    day,
    iso,
    iso_last,
    recurrence,
    timing,
)


def _base_offset(rec, when):
    """Days from the first (advance) or last (arrears) day to our invoice date."""
    period = periods.period_at(rec, 0)
    base = period.start if when is periods.Timing.ADVANCE else period.end - ONE_DAY
    return (periods.invoice_date(period, when) - base).days


def default_offset(data):
    # The same for every start: any will do.
    rec = recurrence(data, day(data, "period_start") or date(2018, 1, 1))
    return {"invoice_offset": _base_offset(rec, timing(data))}


def invoice_date(data):
    start, when = day(data, "period_start"), timing(data)
    rec = recurrence(data, start)
    period = periods.next_period(rec, start, after_inclusive(data, "contract_end"))
    if period is None:
        return {"invoice_date": None}
    base = _base_offset(rec, when)
    extra = data.get("invoice_offset", base) - base
    return {"invoice_date": iso(periods.invoice_date(period, when, extra))}


def next_period(data):
    start = after_inclusive(data, "last_date_invoiced") or day(data, "contract_start")
    rec = recurrence(data, day(data, "contract_start"))
    state = rec, start
    return _next_answer(
        data, state, _contract_end(data), day(data, "next_invoice_date")
    )


def after_invoices(data):
    """Invoice a number of times, the next date perhaps set by hand before one."""
    start = day(data, "contract_start")
    state, end = (recurrence(data, start), start), _contract_end(data)
    override = data.get("next_invoice_date_override") or {}
    done = data.get("invoices_created", 0)
    for turn in range(1, done + 1):
        rec, period = _turn(data, state, end, _by_hand(override, turn))
        if period is None:
            break
        state = rec, period.end
    billed_until = state[1]
    return {
        "contract_end": iso_last(end),
        "last_date_invoiced": iso_last(billed_until) if billed_until > start else None,
        **_next_answer(data, state, end, _by_hand(override, done + 1)),
    }


def _contract_end(data):
    """Return the first day without service: the earlier of end and stop."""
    ends = after_inclusive(data, "contract_end"), after_inclusive(data, "stopped_on")
    return min((end for end in ends if end), default=None)


def _by_hand(override, turn):
    return day(override, "date") if override.get("before_invoice") == turn else None


def _turn(data, state, end, by_hand):
    rec, billed_until = state
    if by_hand:
        return periods.realigned_period(rec, billed_until, end, timing(data), by_hand)
    return rec, periods.next_period(rec, billed_until, end)


def _next_answer(data, state, end, by_hand):
    _rec, period = _turn(data, state, end, by_hand)
    if period is None:
        return dict.fromkeys(("next_invoice_date", "period_start", "period_end"))
    return {
        "next_invoice_date": iso(by_hand or periods.invoice_date(period, timing(data))),
        "period_start": iso(period.start),
        "period_end": iso_last(period.end),
    }


OPERATIONS = {
    ("billing_period", "default_offset"): default_offset,
    ("billing_period", "invoice_date"): invoice_date,
    ("billing_period", "next_period"): next_period,
    ("billing_period", "after_invoices"): after_invoices,
    ("billing_period", "after_stop"): after_invoices,
}
