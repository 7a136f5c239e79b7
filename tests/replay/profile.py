# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reading ``profile.json``; what can't be played is refused with the place it is at."""

import gzip
import json
import re
import zlib
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# What reading a damaged packed file raises
BROKEN_PACK = (EOFError, gzip.BadGzipFile, zlib.error)
_TIME = re.compile(r"(([01]?\d|2[0-3]):[0-5]\d|24:00)(:00)?")


@dataclass(frozen=True, slots=True)
class Tier:
    """Terms of one support level, as made up for the exercise.

    The targets are minutes of open time, the rate is for an hour of work; without one
    no effort is played.
    """

    name: str
    monthly_fee: float
    cases_per_month: int
    overage_price: float
    response_minutes: int | None = None
    restore_minutes: int | None = None
    hourly_rate: float | None = None


def open_text(path):
    """Open a file for reading, packed or not."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def read_json(path):
    """Return the object in a file, packed or not.

    :raises ValueError: naming the file, when there is none
    """
    try:
        with open_text(path) as file:
            data = json.load(file)
    except (*BROKEN_PACK, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
    return _check(isinstance(data, dict), data, path, "an object of JSON")


def get_zone(profile, place="timezone"):
    """Return the name of the zone of a profile or of a calendar."""
    name = _get(profile, "timezone", place)
    try:
        ZoneInfo(name)
    except (KeyError, OSError, TypeError, ValueError):
        raise ValueError(f"{place} is {name!r}, which is not known") from None
    return name


def get_states(profile):
    """Return the states by name: each with its role, and its flags if it has any."""
    states = _get_objects(profile, "states")
    for name, state in states.items():
        _get(state, "role", f"states: {name}: role")
    return states


def get_tiers(profile):
    """Return the tiers by name."""
    return {
        name: _get_tier(name, tier)
        for name, tier in _get_objects(profile, "tiers").items()
    }


def get_calendar(profile):
    """Return the calendar as it stands in the profile; empty without one."""
    calendar = profile.get("calendar") or {}
    _check(isinstance(calendar, dict), calendar, "calendar", "an object")
    if calendar.get("timezone"):
        get_zone(calendar, "calendar: timezone")
    for name, openings in _items(calendar, "weekly"):
        place = f"calendar: weekly: {name}"
        _check(name in WEEKDAYS, name, place, f"one of {', '.join(WEEKDAYS)}")
        _check_openings(openings, place)
    if calendar and not any(dict(_items(calendar, "weekly")).values()):
        raise ValueError("calendar: weekly has no opening, so no clock would ever run")
    for day, openings in _items(calendar, "breaks"):
        _check_day(day, "calendar: breaks")
        _check_openings(openings, f"calendar: breaks: {day}")
    for day in calendar.get("holidays") or ():
        _check_day(day, "calendar: holidays")
    for day in calendar.get("yearly_holidays") or ():
        # A leap year, so that 29 February is a day
        _check_day(f"2000-{day}", "calendar: yearly_holidays", day)
    if calendar.get("shifts"):
        raise ValueError("calendar: shifts of single days can't be played")
    return calendar


# === CHECKS === #


def _check(is_right, value, place, wanted):
    if not is_right:
        raise ValueError(f"{place} is {value!r}, not {wanted}")
    return value


def _get(data, key, place):
    if key not in data:
        raise ValueError(f"{place} is missing")
    return data[key]


def _get_objects(profile, key):
    """Return an object of objects."""
    objects = _get(profile, key, key)
    _check(isinstance(objects, dict), objects, key, "an object")
    for name, value in objects.items():
        _check(isinstance(value, dict), value, f"{key}: {name}", "an object")
    return objects


def _items(calendar, key):
    data = calendar.get(key) or {}
    return _check(isinstance(data, dict), data, f"calendar: {key}", "an object").items()


def _get_tier(name, tier):
    def read(key, *, is_whole=False, least=0, is_needed=True):
        place = f"tiers: {name}: {key}"
        value = _get(tier, key, place) if is_needed else tier.get(key)
        if value is None and not is_needed:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        wanted = f"a {'whole ' if is_whole else ''}number from {least} on"
        is_right = is_number and value >= least and (not is_whole or value % 1 == 0)
        _check(is_right, value, place, wanted)
        return int(value) if is_whole else value

    return Tier(
        name=name,
        monthly_fee=read("monthly_fee"),
        cases_per_month=read("cases_per_month", is_whole=True),
        overage_price=read("overage_price_per_case"),
        response_minutes=read(
            "response_minutes", is_whole=True, least=1, is_needed=False
        ),
        restore_minutes=read(
            "restore_minutes", is_whole=True, least=1, is_needed=False
        ),
        hourly_rate=read("hourly_rate", is_needed=False),
    )


def _check_openings(openings, place):
    wanted = "a list of openings such as ['08:30', '17:00']"
    _check(isinstance(openings, list), openings, place, wanted)
    for opening in openings:
        is_pair = isinstance(opening, list) and len(opening) == 2
        is_right = is_pair and all(_TIME.fullmatch(str(text)) for text in opening)
        _check(is_right and opening[0] != "24:00", opening, place, wanted)


def _check_day(text, place, shown=None):
    try:
        date.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError(f"{place}: {shown or text!r} is no day") from None
