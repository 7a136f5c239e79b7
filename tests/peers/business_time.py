# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Durations in open time, answered by the engine's clock."""

from datetime import timezone
from itertools import islice

from .calendars import clock_of
from .engine import clock
from .values import instant, iso


def utc(data, key):
    """Return the instant under ``key`` as the engine has it: naive, in UTC."""
    return instant(data, key).astimezone(timezone.utc).replace(tzinfo=None)


def add(data):
    return {"end": iso(clock_of(data).add(utc(data, "start"), data["seconds"]))}


def subtract(data):
    return {"end": iso(clock_of(data).subtract(utc(data, "start"), data["seconds"]))}


def between(data):
    return {"seconds": clock_of(data).between(utc(data, "start"), utc(data, "end"))}


def is_open(data):
    return {"open": clock_of(data).is_open(utc(data, "at"))}


def next_open(data):
    return {"at": iso(clock_of(data).next_open(utc(data, "at")))}


def previous_close(data):
    return {"at": iso(clock_of(data).previous_close(utc(data, "at")))}


def open_periods(data):
    start = utc(data, "from")
    found = clock_of(data).open_periods(start, start + clock.HORIZON)
    periods = [[iso(begin), iso(end)] for begin, end in islice(found, data["count"])]
    return {"periods": periods}


def add_working_days(data):
    end = clock_of(data).add_working_days(
        utc(data, "start"), data["days"], bool(data.get("end_of_working_day"))
    )
    return {"end": iso(end)}


OPERATIONS = {
    ("business_duration", operation.__name__): operation
    for operation in (
        add,
        subtract,
        between,
        is_open,
        next_open,
        previous_close,
        open_periods,
        add_working_days,
    )
}
