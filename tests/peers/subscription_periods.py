# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Periods of a subscription as instants in a time zone.

The cases give the last second of a period where we have the first instant after it.
"""

from datetime import timedelta

from .engine import periods
from .values import instant, iso, recurrence, timing

ONE_SECOND = timedelta(seconds=1)


def _zone(data):
    return data.get("timezone") or "UTC"


def _local(data, *keys):
    """Return the local day of the first instant that is there, None without one."""
    for key in keys:
        moment = instant(data, key)
        if moment:
            return periods.local_day(moment, _zone(data))
    return None


def _grid(data):
    anchor = _local(data, "anchor", "started_at")
    return recurrence(data, anchor, data.get("cycle") or "anniversary")


def _terminated_at(data):
    """Return the termination, when it is past on the day of billing."""
    ended, billed = instant(data, "terminated_at"), instant(data, "billed_at")
    return ended if ended and (billed is None or ended <= billed) else None


def _billed_number(data, rec):
    """Return the period to bill: the one cut by the termination; in advance the one
    that holds the day of billing; in arrears the one before it."""
    if _terminated_at(data):
        return periods.period_number(rec, _local(data, "terminated_at"))
    number = periods.period_number(rec, _local(data, "billed_at"))
    return number if timing(data) is periods.Timing.ADVANCE else number - 1


def _begin(data, on):
    return iso(periods.day_start_utc(on, _zone(data)))


def _last_second(data, end):
    return periods.day_start_utc(end, _zone(data)) - ONE_SECOND


def period_at(data):
    rec, start = _grid(data), _local(data, "started_at", "anchor")
    number = max(_billed_number(data, rec), periods.period_number(rec, start))
    period = periods.period_at(rec, number)
    last = _last_second(data, period.end)
    terminated = _terminated_at(data)
    return {
        "period_from": _begin(data, max(period.start, start)),
        "period_to": iso(min(last, terminated) if terminated else last),
    }


def period_bounds(data):
    rec = _grid(data)
    number = periods.period_number(rec, _local(data, "billed_at"))
    current = periods.period_at(rec, number)
    return {
        "next_end_of_period": iso(_last_second(data, current.end)),
        "current_period_from": _begin(data, current.start),
        "previous_period_from": _begin(data, rec.boundary(number - 1)),
    }


def days_in_period(data):
    rec = _grid(data)
    return {"days": periods.period_at(rec, _billed_number(data, rec)).days}


OPERATIONS = {
    ("billing_period", "period_at"): period_at,
    ("billing_period", "period_bounds"): period_bounds,
    ("proration", "days_in_period"): days_in_period,
}
