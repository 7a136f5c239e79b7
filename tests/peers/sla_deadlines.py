# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Deadlines of tickets, answered by the engine's reading of their facts."""

from dataclasses import replace
from datetime import timedelta

from .business_time import utc
from .calendars import clock_of
from .engine import sla
from .values import iso

# Our metrics by the names of the cases.
METRICS = {
    "first_response": sla.FIRST_RESPONSE,
    "next_response": sla.NEXT_RESPONSE,
    "update": sla.UPDATE,
    "solution": sla.RESOLVE,
}
UNITS = {
    "minute": "minute",
    "hour": "hour",
    "working_day": "working_day",
    "wall_clock_hour": "wall_hour",
}
UNIT_S = {"second": 1, "minute": 60, "hour": 3600, "wall_clock_hour": 3600}
# An offset without a unit is in minutes, unless that would be a day and more.
SECONDS_FROM = 1800


class Ticket:
    """A case as the engine sees it: its facts, its targets and their readings."""

    def __init__(self, data):
        self.data = data
        self.clock = clock_of(data)
        self.events = sorted(
            data.get("events") or [], key=lambda event: utc(event, "at")
        )
        self.opened_at = utc(data, "created_at")
        self.as_of = self._get_as_of()
        self.facts = self._get_facts()
        self.targets = {
            metric: target
            for metric in METRICS
            if (target := get_target(data, metric)) is not None
        }
        self.readings = {
            metric: self.read(metric, target) for metric, target in self.targets.items()
        }

    def _get_as_of(self):
        """Return the instant of reading: that of the case, else its last event."""
        if self.data.get("as_of"):
            return utc(self.data, "as_of")
        return max([self.opened_at, *(utc(event, "at") for event in self.events)])

    def _get_facts(self):
        """Return the facts; what a case writes into the record itself is added."""
        found = {"message": {}, "contact": {}, "first_response": {}}
        for event in self.events:
            if event["type"] in found:
                by = found[event["type"]].setdefault(event.get("by"), [])
                by.append(utc(event, "at"))
        told = found["message"].get("agent", [])
        answered = self._get_entries(self.data.get("first_response_states"))
        responses = sorted(
            told
            + answered
            + [at for by in found["first_response"].values() for at in by]
        )
        asked, replied = (
            tuple(sorted(found["message"].get(by, []) + found["contact"].get(by, [])))
            for by in ("customer", "agent")
        )
        return sla.Facts(
            self.opened_at,
            tuple(responses),
            asked,
            replied,
            tuple(
                sla.Pause(start, end)
                for start, end in self._get_stretches(self.data.get("pause_states"))
            ),
            resolved=tuple(self._get_stretches(self.data.get("closed_states"))),
        )

    def _get_states(self):
        """Yield each state with its first instant and the one after its last."""
        entries = [(self.opened_at, self.data.get("initial_state"))]
        entries += [
            (utc(event, "at"), event.get("to"))
            for event in self.events
            if event["type"] == "state"
        ]
        ends = [at for at, _state in entries[1:]] + [None]
        for (start, state), end in zip(entries, ends, strict=True):
            yield state, start, end

    def _get_entries(self, states):
        return [
            start
            for state, start, _end in self._get_states()
            if state in (states or ())
        ]

    def _get_stretches(self, states):
        return [
            (start, end)
            for state, start, end in self._get_states()
            if state in (states or ())
        ]

    def read(self, metric, target):
        """Return the readings of a metric."""
        facts = self.facts
        if metric == "update":
            # A contact written into the record is no message.
            told = [
                e
                for e in self.events
                if (e["type"], e.get("by")) == ("message", "agent")
            ]
            facts = replace(facts, agent_messages=tuple(utc(e, "at") for e in told))
        if metric == "solution":
            closed = [e for e in self.events if e["type"] == "closed_fact"]
            ends = tuple((utc(event, "at"), None) for event in closed)
            facts = replace(facts, resolved=facts.resolved + ends)
        return sla.read(target, self.clock, facts, self.as_of)

    def get_solution(self):
        """Return the reading of the solution, also of a case that promises none."""
        if "solution" in self.readings:
            return self.readings["solution"][-1]
        plain = sla.Target("", sla.RESOLVE, 0, "minute")
        plain = replace(plain, pause_clock=self.data.get("pause_clock") or "business")
        return self.read("solution", plain)[-1]


def get_target(data, metric):
    """Return the engine's target for a metric of the case, None without one."""
    targets = data.get("targets") or {}
    given = targets.get(metric)
    if given is None:
        given = {"value": targets.get(f"{metric}_min"), "unit": "minute"}
    if given["value"] is None:
        return None
    paused = data.get("paused_metrics")
    return sla.Target(
        metric,
        METRICS[metric],
        given["value"],
        UNITS[given.get("unit") or "minute"],
        end_of_day=bool(given.get("end_of_working_day")),
        pauses=None if paused is None or metric in paused else frozenset(),
        pause_clock=data.get("pause_clock") or "business",
    )


def deadline(data):
    ticket = Ticket(data)
    answer = {}
    for metric in METRICS:
        answer |= _answer_metric(metric, ticket.readings.get(metric, ()))
    live = [
        one.due_at
        for readings in ticket.readings.values()
        for one in readings
        if one.state == "running"
    ]
    solution = ticket.get_solution()
    responses = [at for at in ticket.facts.responses if at <= ticket.as_of]
    starts = {target.unit for target in ticket.targets.values()} - {"wall_hour"}
    return {
        **answer,
        **_answer_escalation(ticket),
        "next_due": iso(min(live, default=None)),
        "clock_starts": iso(
            ticket.clock.next_open(ticket.opened_at) if starts else ticket.opened_at
        ),
        "hold_seconds": solution.paused_s + solution.gap_s,
        "status": _get_status(ticket, responses, solution),
        "first_responded_at": iso(min(responses, default=None)),
        "resolved_at": iso(solution.stopped_at),
    }


def _answer_metric(metric, readings):
    """Return the keys of a metric: the live clock's, and the worst one's figures."""
    if not readings:
        return {f"{metric}_running": False, f"{metric}_due": None}
    last = readings[-1]
    stopped = [one for one in readings if one.stopped_at]
    worst = max(stopped or [last], key=lambda one: one.counted_s)
    elapsed = worst.counted_s // 60
    return {
        f"{metric}_due": iso(last.due_at),
        f"{metric}_running": last.state == "running",
        f"{metric}_elapsed_min": elapsed,
        f"{metric}_margin_min": worst.target_s // 60 - elapsed,
        f"{metric}_met": _is_met(last),
    }


def _is_met(reading):
    """Return the verdict, None while it is open."""
    if reading.breached_at:
        return False
    return True if reading.stopped_at else None


def _get_status(ticket, responses, solution):
    """Return the status of the agreement: a miss, then what it waits for."""
    # Whoever gives back whole pauses shows a waiting ticket as still due.
    shows_pause = ticket.data.get("pause_clock") != "wall"
    readings = [one for found in ticket.readings.values() for one in found]
    if shows_pause and any(one.state == "paused" for one in readings):
        return "paused"
    if any(one.breached_at for one in readings):
        return "failed"
    if solution.stopped_at:
        return "fulfilled"
    if "first_response" in ticket.targets and not responses:
        return "first_response_due"
    return "resolution_due" if "solution" in ticket.targets else "fulfilled"


def _answer_escalation(ticket):
    """Return when the level is reached: an offset of open time from the deadline."""
    offset = ticket.data.get("escalation_offset")
    metric = next((m for m in ("solution", *METRICS) if ticket.readings.get(m)), None)
    due = metric and ticket.readings[metric][-1].due_at
    if offset is None or not due:
        return {"escalation_at": None, "level_reached": False}
    at = _shift(ticket, ticket.targets[metric], due, offset)
    return {"escalation_at": iso(at), "level_reached": at <= ticket.as_of}


def _shift(ticket, target, due, offset):
    if not isinstance(offset, dict):
        unit = "second" if abs(offset) >= SECONDS_FROM else "minute"
        offset = {"value": offset, "unit": unit}
    value, unit = offset["value"], offset.get("unit") or "minute"
    if unit == "working_day":
        return ticket.clock.add_working_days(
            due, value, bool(offset.get("end_of_working_day"))
        )
    seconds = value * UNIT_S[unit]
    if unit == "wall_clock_hour" or target.unit == "wall_hour":
        return due + timedelta(seconds=seconds)
    if seconds < 0:
        return ticket.clock.subtract(due, -seconds)
    return ticket.clock.add(due, seconds)


def working_minutes(data):
    """Minutes of the ticket's life between two instants, without its pauses."""
    start, end = utc(data, "count_from"), utc(data, "count_to")
    ticket = Ticket(data)
    facts = replace(ticket.facts, opened_at=max(start, ticket.opened_at))
    target = sla.Target("", sla.RESOLVE, 0, "minute")
    (reading,) = sla.read(target, ticket.clock, facts, end)
    return {"working_min": reading.counted_s // 60}


def advance_running(data):
    """The instant at which so much running time has passed; closing stops nothing."""
    ticket = Ticket(data)
    start = utc(data, "from_at")
    facts = sla.Facts(start, pauses=ticket.facts.pauses)
    target = sla.Target("", sla.RESOLVE, data["span_min"], "minute")
    (reading,) = sla.read(target, ticket.clock, facts, max(start, ticket.as_of))
    return {"due": iso(reading.due_at)}


def options(case):
    """Yield the options of a policy that a case needs, besides our defaults."""
    data = case.get("input") or {}
    if data.get("pause_clock") in ("wall", "hide_only"):
        yield f"pause_clock {data['pause_clock']}"
    for metric in METRICS:
        target = get_target(data, metric)
        if target is None:
            continue
        if target.unit in ("working_day", "wall_hour"):
            yield f"unit {target.unit}"
        if target.end_of_day:
            yield "end of working day"
        pauses = target.pauses is None and data.get("pause_states")
        if metric == "first_response" and pauses:
            yield "first response pauses"
        if metric != "first_response" and not pauses and data.get("pause_states"):
            yield f"{metric} does not pause"


OPERATIONS = {
    ("sla_deadline", operation.__name__): operation
    for operation in (deadline, working_minutes, advance_running)
}
