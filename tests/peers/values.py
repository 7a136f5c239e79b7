# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From the words of the case files to those of the engine, and back."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from .engine import periods

ONE_DAY = timedelta(days=1)
TIMINGS = {
    "in_advance": periods.Timing.ADVANCE,
    "in_arrears": periods.Timing.ARREARS,
}


def day(data, key):
    """Return the date under ``key``, None when there is none."""
    value = data.get(key)
    return date.fromisoformat(value[:10]) if value else None


def after_inclusive(data, key):
    """Return the day after the inclusive last day under ``key``, None without one."""
    last = day(data, key)
    return last + ONE_DAY if last else None


def instant(data, key):
    """Return the aware instant under ``key``, None when there is none."""
    value = data.get(key)
    return datetime.fromisoformat(value.replace("Z", "+00:00")) if value else None


def timing(data):
    return TIMINGS[data.get("timing") or "in_advance"]


def recurrence(data, start, alignment="anniversary", anchor_day=None):
    """Return the recurrence of the case's ``rule`` for a service from ``start``."""
    rule = data.get("rule") or {}
    unit, interval = rule.get("unit", "month"), rule.get("interval") or 1
    if unit == "month_last_day":
        unit, alignment = "month", "last_day"
    elif anchor_day:
        alignment = "day"
    return periods.recurrence_for(start, unit, interval, alignment, anchor_day)


def iso(value):
    """Return a date or a UTC instant as the case files write it."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if value else None


def iso_last(end):
    """Return the inclusive last day before ``end``."""
    return iso(end - ONE_DAY) if end else None


def decimals(value, places=9):
    """Return a fraction as a decimal number rounded half-up."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return str(rounded)
