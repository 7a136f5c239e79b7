# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Makes the service levels that a log presupposes: open hours, reason, policy, tiers.

- The profile's calendar is one ``resource.calendar`` in the log's zone. Its holidays
  become leaves for each year of the log and some more: a target may end later. So do
  breaks, which close a part of one day.
- States that pause do so for one reason without a limit.
- One policy promises a first response and a restoration per tier. It is for everybody
  else too, so that a case without a contract is measured by the tier that it names.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo.fields import Command

from ..peers.engine import openings
from .log import day_start
from .profile import WEEKDAYS

MIDNIGHT = 24.0
# Holidays are made for so many years after the last event.
YEARS_AHEAD = 3


@dataclass
class Promises:
    """Ids of the records made for the service levels of a log.

    :param tiers: by name
    """

    calendar: int
    reason: int
    policy: int
    tiers: dict[str, int] = field(default_factory=dict)


def make_promises(env, log, categories):
    """Make them.

    :param categories: ids of the ticket categories by the name of the tier
    :return: :class:`Promises`; None where the profile has no calendar
    """
    if not (log.calendar and log.events):
        return None
    calendar = _make_calendar(env, log)
    policy = env["service.sla.policy"].create(
        {
            "name": log.name,
            "company_id": env.company.id,
            "calendar_id": calendar.id,
            "timezone_source": "calendar",
            "reopen": "resume",
            "response_by": "message_or_stage",
            "is_default": not _get_default(env),
            "target_ids": [
                Command.create(values)
                for tier in log.tiers.values()
                for values in _prepare_targets(tier, categories[tier.name])
            ],
        }
    )
    reason = env["service.sla.pause.reason"].create({"name": f"Waiting ({log.name})"})
    tiers = env["service.tier"].create(
        [
            {"name": f"{tier} ({log.name})", "code": f"{log.name}-{number}"}
            for number, tier in enumerate(log.tiers, 1)
        ]
    )
    by_name = dict(zip(log.tiers, tiers.ids, strict=True))
    return Promises(calendar.id, reason.id, policy.id, by_name)


def _get_default(env):
    return env["service.sla.policy"].search(
        [("is_default", "=", True), ("company_id", "=", env.company.id)], limit=1
    )


def _prepare_targets(tier, category):
    """Yield the targets of a tier: only the restoration pauses."""
    for metric, minutes, pause_rule in (
        ("first_response", tier.response_minutes, "none"),
        ("restore", tier.restore_minutes, "all"),
    ):
        if minutes is not None:
            yield {
                "metric": metric,
                "amount": minutes,
                "unit": "minute",
                "pause_rule": pause_rule,
                "category_ids": [Command.set([category])],
            }


def _make_calendar(env, log):
    calendar = env["resource.calendar"].create(
        {
            "name": f"Open hours of {log.name}",
            "tz": log.calendar.get("timezone") or log.timezone,
            "company_id": env.company.id,
            "attendance_ids": [
                Command.clear(),
                *(Command.create(values) for values in prepare_openings(log)),
            ],
        }
    )
    env["resource.calendar.leaves"].create(
        [
            {
                "name": name,
                "calendar_id": calendar.id,
                "company_id": env.company.id,
                "date_from": start,
                "date_to": end,
            }
            for name, start, end in get_closings(log)
        ]
    )
    return calendar


def prepare_openings(log):
    """Yield the weekly openings; one that runs over midnight is two.

    Those that overlap are one: Odoo has no hour of a weekday twice.
    """
    by_weekday = [[] for _name in WEEKDAYS]
    for number, name in enumerate(WEEKDAYS):
        for opening in (log.calendar.get("weekly") or {}).get(name) or ():
            for later, start, end in _split(opening):
                by_weekday[(number + later) % 7].append((start, end))
    for number, spans in enumerate(by_weekday):
        for start, end in openings.joined(spans):
            yield _prepare_opening(number, start, end)


def _split(opening):
    """Yield the parts of an opening: how many days later, from, to."""
    start, end = map(_get_hours, opening)
    if start < end:
        yield 0, start, end
        return
    yield 0, start, MIDNIGHT
    if end:
        yield 1, 0.0, end


def _prepare_opening(weekday, start, end):
    return {
        "name": f"{WEEKDAYS[weekday]} {start:g}-{end:g}",
        "dayofweek": str(weekday),
        "hour_from": start,
        "hour_to": end,
        "day_period": "morning" if end <= 12 else "afternoon",
    }


def get_closings(log):
    """Yield what is closed in the zone of the calendar: name, naive UTC from and to."""
    zone = log.calendar.get("timezone") or log.timezone
    for day in get_holidays(log):
        end = day_start(day + timedelta(days=1), zone)
        yield f"Holiday {day}", day_start(day, zone), end
    for text, pieces in (log.calendar.get("breaks") or {}).items():
        for piece in pieces:
            for later, start, end in _split(piece):
                day = date.fromisoformat(text) + timedelta(days=later)
                span = (_get_instant(day, hours, zone) for hours in (start, end))
                yield f"Break {day}", *span


def _get_instant(day, hours, zone):
    """Return the naive UTC instant of a time of day."""
    if hours == MIDNIGHT:
        return day_start(day + timedelta(days=1), zone)
    clock = time(*divmod(round(hours * 60), 60), tzinfo=ZoneInfo(zone))
    local = datetime.combine(day, clock)
    return local.astimezone(timezone.utc).replace(tzinfo=None)


def _get_hours(text):
    hours, minutes = map(int, text.split(":")[:2])
    return hours + minutes / 60


def get_holidays(log):
    """Return the days that are closed, in the years of the log and some after it."""
    first, last = (log.local_day(log.events[end].at).year for end in (0, -1))
    days = {date.fromisoformat(day) for day in log.calendar.get("holidays") or ()}
    for text in log.calendar.get("yearly_holidays") or ():
        month, day = map(int, text.split("-"))
        for year in range(first, last + YEARS_AHEAD + 1):
            try:
                days.add(date(year, month, day))
            except ValueError:
                continue  # 29 February
    return sorted(days)
