# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reading a folder in the canonical form: ``events.csv(.gz)`` and ``profile.json``."""

import csv
import gzip
import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

CLOSING_ROLES = ("resolved", "closed")
# A ticket has no priority above this one.
HIGHEST_PRIORITY = 3


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log.

    :param at: naive UTC
    :param is_open: the ticket is made; else it enters ``state``
    """

    case: str
    at: datetime
    is_open: bool
    state: str
    agent: str
    team: str
    customer: str
    product: str
    tier: str
    priority: str


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


@dataclass(frozen=True, slots=True)
class Log:
    """A log with the part of its profile that is needed to play it.

    :param roles: what each state means: new, working, waiting, resolved or closed
    :param tiers: by name
    :param pausing: states that pause the clock
    :param responding: states that are a first response
    :param calendar: weekly opening hours and holidays, as the profile has them
    """

    name: str
    timezone: str
    roles: dict[str, str]
    tiers: dict[str, Tier]
    events: tuple[Event, ...]
    pausing: frozenset[str] = frozenset()
    responding: frozenset[str] = frozenset()
    calendar: dict = field(default_factory=dict)

    def local_day(self, instant: datetime) -> date:
        """Return the day of a naive UTC instant in the log's zone."""
        aware = instant.replace(tzinfo=timezone.utc)
        return aware.astimezone(ZoneInfo(self.timezone)).date()

    def day_start(self, day: date) -> datetime:
        """Return the naive UTC instant at which a day of the log's zone begins."""
        # fold=0: where midnight comes twice, the day begins with the first one
        local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.timezone))
        start = local.astimezone(timezone.utc).replace(tzinfo=None)
        # Where midnight is skipped, the day begins after the gap.
        while self.local_day(start) < day:
            start += timedelta(minutes=15)
        return start

    def openings(self) -> list[Event]:
        """Return the events that make the tickets, in time order."""
        return [event for event in self.events if event.is_open]


def read_log(folder, customers=None, months=None) -> Log:
    """Read a folder.

    :param customers: keep only the first so many customers to appear
    :param months: keep only the first so many calendar months of the log's zone
    :raises OSError: for a folder that lacks a file
    :raises ValueError: for a file that can't be read, saying what is wrong
    """
    folder = Path(folder)
    profile = json.loads((folder / "profile.json").read_text(encoding="utf-8"))
    try:
        log = Log(
            name=profile.get("name") or folder.resolve().name,
            timezone=_check_zone(profile["timezone"]),
            roles={name: state["role"] for name, state in profile["states"].items()},
            tiers={
                name: Tier(
                    name=name,
                    monthly_fee=tier["monthly_fee"],
                    cases_per_month=_check_whole(name, tier["cases_per_month"]),
                    overage_price=tier["overage_price_per_case"],
                    response_minutes=tier.get("response_minutes"),
                    restore_minutes=tier.get("restore_minutes"),
                    hourly_rate=tier.get("hourly_rate"),
                )
                for name, tier in profile["tiers"].items()
            },
            events=_read_events(folder),
            pausing=_get_states(profile, "pauses"),
            responding=_get_states(profile, "first_response"),
            calendar=profile.get("calendar") or {},
        )
    except KeyError as error:
        raise ValueError(f"{folder}: {error} is missing") from None
    return _limit(log, customers, months)


def _check_zone(name):
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(f"timezone {name!r} is not known") from None
    return name


def _check_whole(tier, cases):
    if cases != int(cases) or cases < 0:
        raise ValueError(f"tier {tier!r}: cases_per_month is {cases}, no whole number")
    return int(cases)


def _get_states(profile, flag):
    """Return the names of the states with a flag."""
    states = profile["states"].items()
    return frozenset(name for name, state in states if state.get(flag))


def open_text(path):
    """Open a file for reading, packed or not."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def find_file(folder, name):
    """Return the file of that name, packed or not; None where there is neither."""
    paths = (Path(folder) / name, Path(folder) / f"{name}.gz")
    return next((path for path in paths if path.exists()), None)


def _read_events(folder):
    path = find_file(folder, "events.csv")
    if path is None:
        raise FileNotFoundError(f"{folder}: there is no events.csv(.gz)")
    with open_text(path) as file:
        rows = csv.DictReader(file)
        try:
            events = [_parse(row) for row in rows]
        except KeyError as error:
            raise ValueError(f"{path}: column {error} is missing") from None
        except ValueError as error:
            raise ValueError(f"{path}, line {rows.line_num}: {error}") from None
    # Stable: what happened in the same second stays in the order of the file.
    return tuple(_mark_openings(sorted(events, key=lambda event: event.at)))


def _parse(row):
    at = datetime.fromisoformat((row["at"] or "").replace("Z", "+00:00"))
    if at.tzinfo:
        at = at.astimezone(timezone.utc).replace(tzinfo=None)
    return Event(
        case=row["case"],
        at=at.replace(microsecond=0),
        is_open=row["event"] == "open",
        state=row["state"] or "",
        agent=row.get("agent") or "",
        team=row.get("team") or "",
        customer=row.get("customer") or "",
        product=row.get("product") or "",
        tier=row.get("tier") or "",
        priority=_clamp_priority(row.get("priority")),
    )


def _clamp_priority(text):
    """Return a ticket's priority; empty where the log names none."""
    try:
        return str(min(max(int(text), 0), HIGHEST_PRIORITY))
    except (TypeError, ValueError):
        return ""


def _mark_openings(events):
    """A case is made by its first event, whatever the log calls it."""
    seen = set()
    for event in events:
        is_first = event.case not in seen
        seen.add(event.case)
        yield replace(event, is_open=is_first)


def _limit(log, customers, months):
    events = log.events
    if customers is not None:
        names = list(dict.fromkeys(event.customer for event in events))
        kept = set(names[:customers])
        events = [event for event in events if event.customer in kept]
    if months is not None and events:
        first = log.local_day(events[0].at)
        end = add_months(first.replace(day=1), months)
        events = [event for event in events if log.local_day(event.at) < end]
    return replace(log, events=tuple(events))


def add_months(first_of_month: date, months: int) -> date:
    """Return the first day of a later month."""
    number = first_of_month.year * 12 + first_of_month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
