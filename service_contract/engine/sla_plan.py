# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From the readings of a ticket to its timers: what to keep, change, end and start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from .sla import Reading

LIVE = ("running", "paused")


class Aim(NamedTuple):
    """What a timer counts to, and with which clock.

    :param version: id of the version of the policy
    :param key: of the target in that version
    :param calendar: id of the open hours, None for around the clock
    :param tz: zone, None for that of the open hours
    """

    version: int
    key: str
    calendar: int | None
    tz: str | None


@dataclass(slots=True)
class Situation:
    """What decides about the timers of one ticket beside the readings.

    :param as_of: the instant of the readings
    :param merged_into: id of the ticket that goes on, for a duplicate
    :param is_archived: nobody works on the ticket any more, so nothing is waited for
    :param tells_late: thresholds that are passed when a timer starts are told too
    :param restarts: a reopening starts a new clock, which supersedes the old one
    :param pause_ends_at: when the limit of an open pause ends it
    """

    as_of: datetime
    merged_into: int | None = None
    is_archived: bool = False
    tells_late: bool = False
    restarts: bool = False
    pause_ends_at: datetime | None = None


@dataclass(slots=True)
class Plan:
    """What to do with the timers of one ticket.

    :param updates: rows with their new values
    :param inserts: (metric, aim, values) of timers to start
    :param replaced: index in ``inserts`` of the successor, by id of a superseded timer
    :param states: (state, due, breached) of all timers afterwards
    :param live: reading by id of the known timers that go on
    :param is_calmed: a timer that has had an alarm has ended
    """

    updates: list[dict[str, Any]] = field(default_factory=list)
    inserts: list[tuple[str, Aim, dict[str, Any]]] = field(default_factory=list)
    replaced: dict[int, int] = field(default_factory=dict)
    states: list[tuple[str, datetime | None, Any]] = field(default_factory=list)
    live: dict[int, Reading] = field(default_factory=dict)
    is_calmed: bool = False


def make_plan(
    rows: Iterable[Mapping[str, Any]],
    wanted: Mapping[str, Aim],
    readings: Mapping[tuple[str, Aim], Iterable[Reading]],
    situation: Situation,
) -> Plan:
    """Compare the timers of a ticket with what the facts say.

    A verdict that stands is left alone, whatever became of calendar or target since.

    :param rows: timers that are not superseded, as columns and values
    :param wanted: the aim of each metric that applies now
    :param readings: by metric and aim, of the wanted aims and of those of the rows
    """
    plan = Plan()
    known = {(row["metric"], row["cycle"]): row for row in rows}
    for slot, row in known.items():
        _plan_known(plan, row, slot, wanted, readings, situation)
    if situation.merged_into is None and not situation.is_archived:
        for metric, aim in wanted.items():
            found = readings[metric, aim]
            last = found[-1].cycle if found else None
            for reading in found:
                if (metric, reading.cycle) in known:
                    continue
                # Clocks before a restart are history; they are not started again.
                if not situation.restarts or reading.cycle == last:
                    _insert(plan, metric, aim, reading, situation)
    _link_restarts(plan, known, situation)
    return plan


def _plan_known(plan, row, slot, wanted, readings, situation):
    """Keep, change or supersede one timer."""
    metric, cycle = slot
    own = get_aim(row)
    reading = _get_cycle(readings[metric, own], cycle)
    is_final = row["state"] not in LIVE and row["state"] != "merged"
    if is_final and reading and reading.stopped_at == row["stopped_at"]:
        _keep(plan, row)
        return
    if row["state"] == "merged" and situation.merged_into is not None:
        _keep(plan, row)
        return
    if situation.is_archived and row["state"] not in LIVE:
        _keep(plan, row)  # ended with the archiving, or as the duplicate it was
        return
    aim = wanted.get(metric)
    successor = aim and _get_cycle(readings[metric, aim], cycle)
    is_same = aim == own and successor and _started_alike(successor, row)
    if situation.merged_into is not None and reading:
        _update(plan, row, _end_merged(reading, situation), situation)
    elif situation.is_archived and reading:
        _update(plan, row, _end_archived(reading, situation), situation)
    elif is_same:
        _update(plan, row, _get_values(successor), situation)
    else:
        _update(plan, row, _end_superseded(row, reading, situation), situation)
        if successor:
            plan.replaced[row["id"]] = len(plan.inserts)
            _insert(plan, metric, aim, successor, situation)


def _started_alike(reading, row):
    return reading.started_at == row["started_at"] or row["cycle"] > 0


def get_aim(row) -> Aim:
    """Return what a timer counts to."""
    return Aim(row["version_id"], row["target_key"], row["calendar_id"], row["tz"])


def _get_cycle(readings, cycle) -> Reading | None:
    return next((r for r in readings if r.cycle == cycle), None)


def _get_values(reading: Reading) -> dict[str, Any]:
    """Return the columns that a reading decides."""
    return {
        "state": reading.state,
        "started_at": reading.started_at,
        "stopped_at": reading.stopped_at,
        "due_at": reading.due_at,
        "breached_at": reading.breached_at,
        "resumes_at": reading.resumes_at,
        "counted_s": reading.counted_s,
        "paused_s": reading.paused_s,
        "gap_s": reading.gap_s,
        "off_s": reading.off_s,
        "target_seconds": reading.target_s,
        "merged_into_id": None,
        "reading": reading,
    }


def _end_merged(reading, situation):
    """End a live timer of a duplicate; a verdict that was reached stays."""
    values = _get_values(reading)
    if reading.state in LIVE:
        values.update(
            state="merged",
            stopped_at=max(situation.as_of, reading.started_at),
            resumes_at=None,
            merged_into_id=situation.merged_into,
        )
    return values


def _end_archived(reading, situation):
    """End a live timer of an archived ticket: missed if it was, else no verdict."""
    values = _get_values(reading)
    if reading.state in LIVE:
        stop = max(situation.as_of, reading.started_at)
        is_missed = reading.breached_at is not None and reading.breached_at < stop
        values.update(
            state="missed" if is_missed else "void",
            breached_at=reading.breached_at if is_missed else None,
            stopped_at=stop,
            resumes_at=None,
        )
    return values


def _end_superseded(row, reading, situation):
    """End a timer whose target applies no longer: neither met nor missed."""
    if reading is None:  # its exchange is gone; the last figures stand
        values = {name: row[name] for name in _FIGURES}
        values["stopped_at"] = row["stopped_at"] or row["evaluated_at"]
    else:
        values = _get_values(reading)
        if reading.stopped_at is None:
            values["stopped_at"] = max(situation.as_of, reading.started_at)
    values.update(state="superseded", resumes_at=None, reading=None)
    return values


_FIGURES = (
    "started_at",
    "due_at",
    "breached_at",
    "counted_s",
    "paused_s",
    "gap_s",
    "off_s",
    "target_seconds",
    "merged_into_id",
)
# Changes that are worth a write; the others follow from the later instant alone.
_TELLING = (
    "state",
    "started_at",
    "stopped_at",
    "due_at",
    "breached_at",
    "resumes_at",
    "paused_s",
    "gap_s",
    "target_seconds",
    "next_alarm_at",
    "alarm_percent",
    "merged_into_id",
)


def _update(plan, row, values, situation):
    """Plan a change, unless nothing but the instant of reading has changed."""
    reading = values.pop("reading")
    values["alarm_percent"] = row["alarm_percent"] or 0
    values["next_alarm_at"] = _get_next_alarm(
        values["state"], reading, values["alarm_percent"], situation
    )
    plan.states.append((values["state"], values["due_at"], values["breached_at"]))
    if values["state"] in LIVE:
        plan.live[row["id"]] = reading
    elif row["state"] in LIVE and row["alarm_percent"]:
        plan.is_calmed = True
    if all(values[name] == row[name] for name in _TELLING):
        return
    values["evaluated_at"] = max(situation.as_of, values["started_at"])
    plan.updates.append({**row, **values})


def _insert(plan, metric, aim, reading, situation):
    """Plan a new timer; what is passed already is not told, unless the policy says."""
    values = _get_values(reading)
    del values["reading"]
    passed = [] if situation.tells_late else get_passed(reading, situation.as_of)
    values["alarm_percent"] = max((percent for percent, _at in passed), default=0)
    values["next_alarm_at"] = _get_next_alarm(
        values["state"], reading, values["alarm_percent"], situation
    )
    values["evaluated_at"] = max(situation.as_of, reading.started_at)
    values["late"] = passed if reading.state in LIVE else []
    values["cycle"] = reading.cycle
    plan.states.append((values["state"], values["due_at"], values["breached_at"]))
    plan.inserts.append((metric, aim, values))


def _keep(plan, row):
    plan.states.append((row["state"], row["due_at"], row["breached_at"]))


def _link_restarts(plan, known, situation):
    """Let the clock before a restart end superseded by the one after it."""
    if not situation.restarts:
        return
    starts = {
        (metric, values["cycle"]): index
        for index, (metric, _aim, values) in enumerate(plan.inserts)
    }
    for (metric, cycle), row in known.items():
        index = starts.get((metric, cycle + 1))
        if index is None or row["id"] in plan.replaced:
            continue
        plan.updates = [u for u in plan.updates if u["id"] != row["id"]]
        changed = {"state": "superseded", "resumes_at": None, "next_alarm_at": None}
        plan.updates.append({**row, **changed})
        plan.replaced[row["id"]] = index


def get_passed(reading: Reading, as_of: datetime) -> list[tuple[int, datetime]]:
    """Return the thresholds that are passed, with their instants; 100 is the breach."""
    passed = [(percent, at) for percent, at in reading.warnings if at <= as_of]
    if reading.breached_at:
        passed.append((100, reading.breached_at))
    return passed


def _get_next_alarm(state, reading, percent, situation) -> datetime | None:
    """Return when somebody has to look at the timer again, if ever."""
    if state not in LIVE:
        return None
    alarm = reading.next_alarm(percent)
    instants = [alarm[1]] if alarm else []
    if situation.pause_ends_at:
        instants.append(situation.pause_ends_at)
    return min(instants, default=None)


def summarize(
    states: Iterable[tuple[str, datetime | None, Any]],
) -> tuple[str, datetime | None]:
    """Return the state of a ticket and the earliest due instant of running timers.

    :param states: (state, due, breached) of its timers
    """
    states = list(states)
    running = [(due, breached) for state, due, breached in states if state == "running"]
    due_at = min((due for due, _breached in running if due), default=None)
    if any(state in LIVE and breached for state, _due, breached in states):
        return "breached", due_at
    if running:
        return "running", due_at
    names = {state for state, _due, _breached in states}
    for state in ("paused", "missed", "met", "void"):
        if state in names:
            return state, due_at
    return "none", due_at
