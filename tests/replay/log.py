# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reading a folder in the canonical form: ``events.csv(.gz)`` and ``profile.json``."""

import csv
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from .profile import (
    BROKEN_PACK,
    Tier,
    get_calendar,
    get_states,
    get_tiers,
    get_zone,
    open_text,
    read_json,
)

CLOSING_ROLES = ("resolved", "closed")
ROLES = ("new", "working", "waiting", *CLOSING_ROLES)
# A ticket has no priority above this one.
HIGHEST_PRIORITY = 3
# What a contract can be about; an instant elsewhere is a slip
FIRST_YEAR, LAST_YEAR = 1981, 2199
EVENTS = ("open", "state")
# Columns that a log must have, and those that it may have beside the priority
NEEDED = ("case", "at", "event", "state")
DETAILS = ("agent", "team", "customer", "product", "tier")


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
        return local_day(instant, self.timezone)

    def day_start(self, day: date) -> datetime:
        """Return the naive UTC instant at which a day of the log's zone begins."""
        return day_start(day, self.timezone)

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
    path = folder / "profile.json"
    profile = read_json(path)
    try:
        states = get_states(profile)
        log = Log(
            name=str(profile.get("name") or folder.resolve().name),
            timezone=get_zone(profile),
            roles={name: state["role"] for name, state in states.items()},
            tiers=get_tiers(profile),
            events=(),
            pausing=_get_names(states, "pauses"),
            responding=_get_names(states, "first_response"),
            calendar=get_calendar(profile),
        )
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return _limit(replace(log, events=_read_events(folder)), customers, months)


def find_unknown(log) -> list[str]:
    """Return a sentence for each kind of thing that the profile does not tell about."""
    found = {
        "roles that are not known, so states neither new, working nor closed": {
            f"{name} ({role})" for name, role in log.roles.items() if role not in ROLES
        },
        "states that are not in the profile, so they mean nothing to the clocks": {
            event.state for event in log.events if event.state not in log.roles
        },
        "tiers that are not in the profile, so their cases have no contract": {
            event.tier for event in log.events if event.tier not in log.tiers
        },
    }
    return [
        f"{kind}: {', '.join(sorted(filter(None, names)))}"
        for kind, names in found.items()
        if any(names)
    ]


def _get_names(states, flag):
    """Return the names of the states with a flag."""
    return frozenset(name for name, state in states.items() if state.get(flag))


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
            _check_header(rows.fieldnames or ())
            events = [_parse(row) for row in rows if any(row.values())]
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is not in UTF-8: {error}") from None
        except BROKEN_PACK as error:
            raise ValueError(f"{path} can't be unpacked: {error}") from None
        except (csv.Error, ValueError) as error:
            line = max(rows.line_num, 1)
            raise ValueError(f"{path}, line {line}: {error}") from None
    # Stable: what happened in the same second stays in the order of the file.
    return tuple(_mark_openings(sorted(events, key=lambda event: event.at)))


def _check_header(names):
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise ValueError(
            f"there is no column {', '.join(missing)}; there are: "
            f"{', '.join(names) or 'none'}"
        )


def _parse(row):
    # What a line does not reach is None, what it has beyond the header is under None.
    surplus = row.pop(None, ())
    if any(text.strip() for text in surplus):
        raise ValueError(f"there are more cells than columns: {', '.join(surplus)}")
    cells = {name: text if text and text.strip() else "" for name, text in row.items()}
    if not cells["case"]:
        raise ValueError("case is empty")
    if cells["event"] not in EVENTS:
        raise ValueError(f"event is {cells['event']!r}, not {' or '.join(EVENTS)}")
    return Event(
        case=cells["case"],
        at=_parse_instant(cells["at"]),
        is_open=cells["event"] == "open",
        state=cells["state"],
        priority=_clamp_priority(cells.get("priority")),
        **{name: cells.get(name, "") for name in DETAILS},
    )


def _parse_instant(text):
    """Return an instant as naive UTC; without a zone it is that already."""
    try:
        at = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(
            f"at is {text!r}, not an instant such as 2025-01-31T08:30:00Z"
        ) from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"at is {text!r}, not between {FIRST_YEAR} and {LAST_YEAR}")
    if at.tzinfo:
        at = at.astimezone(timezone.utc).replace(tzinfo=None)
    return at.replace(microsecond=0)


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


def local_day(instant: datetime, zone: str) -> date:
    """Return the day of a naive UTC instant in a zone."""
    aware = instant.replace(tzinfo=timezone.utc)
    return aware.astimezone(ZoneInfo(zone)).date()


def day_start(day: date, zone: str) -> datetime:
    """Return the naive UTC instant at which a day of a zone begins."""
    # fold=0: where midnight comes twice, the day begins with the first one
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    start = local.astimezone(timezone.utc).replace(tzinfo=None)
    # Where midnight is skipped, the day begins after the gap.
    while local_day(start, zone) < day:
        start += timedelta(minutes=15)
    return start


def add_months(first_of_month: date, months: int) -> date:
    """Return the first day of a later month."""
    number = first_of_month.year * 12 + first_of_month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
