# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the clocks of each case say after the replay.

Verdicts and seconds are those of ``service.sla.timer``, what happened is read from
``service.sla.event`` and ``service.sla.pause``: plain SQL, no look at the log.
"""

from itertools import groupby, pairwise
from operator import itemgetter

from .log import CLOSING_ROLES

CASES_QUERY = """
    SELECT ticket.id,
           ticket.requested_at,
           response.state AS response_state,
           response.stopped_at AS responded,
           response.counted_s AS response_s,
           timer.id AS timer_id,
           timer.state,
           timer.stopped_at AS restored,
           timer.counted_s,
           timer.paused_s,
           timer.gap_s,
           COALESCE(pause.wall_s, 0) AS paused_wall_s
      FROM helpdesk_ticket AS ticket
 LEFT JOIN service_sla_timer AS response
        ON response.ticket_id = ticket.id
       AND response.metric = 'first_response'
       AND response.state NOT IN ('superseded', 'merged')
 LEFT JOIN service_sla_timer AS timer
        ON timer.ticket_id = ticket.id
       AND timer.metric = 'restore'
       AND timer.state NOT IN ('superseded', 'merged')
 LEFT JOIN LATERAL (
               SELECT MAX(at) AS last_at
                 FROM service_sla_event
                WHERE ticket_id = ticket.id
           ) AS event ON TRUE
 LEFT JOIN LATERAL (
               SELECT EXTRACT(EPOCH FROM SUM(
                          COALESCE(
                              pause.end_at,
                              GREATEST(timer.evaluated_at, event.last_at)
                          )
                              AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s
                          - pause.start_at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s
                      ))::integer AS wall_s
                 FROM service_sla_pause AS pause
                WHERE pause.ticket_id = ticket.id
           ) AS pause ON TRUE
     WHERE ticket.id IN %(tickets)s
"""
STAGES_QUERY = """
    SELECT ticket_id, at, is_response, is_closed
      FROM service_sla_event
     WHERE ticket_id IN %(tickets)s AND kind = 'stage'
  ORDER BY ticket_id, at, id
"""
# Keys of a case that are the evaluator's.
CASE_KEYS = (
    "opened",
    "responded",
    "restored",
    "response_s",
    "restore_s",
    "paused_s",
    "paused_wall_s",
    "closed_gap_s",
    "reopened",
    "response_met",
    "restore_met",
)
# Cases that are read otherwise, in which key, and the rule.
CLOSED_AGAIN = (
    "closed_gap_s",
    (
        "a closed ticket that enters the stage it is in already has not changed: the "
        "gap before its reopening begins with the closing before that"
    ),
)


def read_cases(env, records) -> dict[str, dict]:
    """Return each case by name, with the keys of ``expected.json`` and ``gap_s``.

    ``paused_wall_s`` is what the clock on the wall shows: a pause over a change of the
    clocks is an hour longer or shorter there, as the evaluator has it.
    ``closed_gap_s`` begins with the last closing before a reopening, as the evaluator
    has it; ``gap_s`` of the timer with the first one, from which on nothing counts.
    """
    if not (records.tickets and records.promises):
        return {}
    tickets = {
        "tickets": tuple(records.tickets.values()),
        "tz": env["resource.calendar"].browse(records.promises.calendar).tz,
    }
    names = {id_: name for name, id_ in records.tickets.items()}
    env.cr.execute(STAGES_QUERY, tickets)
    stages = {
        ticket: list(rows)
        for ticket, rows in groupby(env.cr.dictfetchall(), itemgetter("ticket_id"))
    }
    env.cr.execute(CASES_QUERY, tickets)
    return {
        names[row["id"]]: _read_case(env, row, stages.get(row["id"], []))
        for row in env.cr.dictfetchall()
    }


def _read_case(env, row, stages):
    has_answer = any(stage["is_response"] for stage in stages)
    responded = row["responded"] if has_answer else None
    restored = row["restored"]
    reopenings = _get_reopenings(stages)
    return {
        "opened": _iso(row["requested_at"]),
        "responded": _iso(responded),
        "restored": _iso(restored),
        "response_s": row["response_s"] if responded else None,
        "restore_s": row["counted_s"] if restored else None,
        "paused_s": row["paused_s"] or 0,
        "paused_wall_s": row["paused_wall_s"],
        "closed_gap_s": _count_gaps(env, row["timer_id"], reopenings),
        "reopened": len(reopenings),
        "response_met": row["response_state"] == "met" if responded else None,
        "restore_met": row["state"] == "met" if restored else None,
        "gap_s": row["gap_s"] or 0,
    }


def _get_reopenings(stages):
    """Return the last closing before each reopening, and the reopening."""
    return [
        (one["at"], other["at"])
        for one, other in pairwise(stages)
        if one["is_closed"] and not other["is_closed"]
    ]


def _count_gaps(env, timer_id, gaps):
    if not (gaps and timer_id):
        return 0
    clock = env["service.sla.timer"].browse(timer_id)._get_clock()
    return sum(clock.between(*gap) for gap in gaps)


def _iso(instant):
    return instant and f"{instant.isoformat()}+00:00"


def sum_up_cases(cases) -> dict[str, int]:
    """Return the totals of the cases that ``expected.json`` has."""

    def count(key):
        return sum(bool(case[key]) for case in cases.values())

    def add(key):
        return sum(case[key] or 0 for case in cases.values())

    totals = {
        "reopened_cases": count("reopened"),
        "paused_cases": count("paused_wall_s"),
        "paused_open_seconds": add("paused_s"),
    }
    for name, instant in (("response", "responded"), ("restore", "restored")):
        totals[f"{name}_stopped"] = count(instant)
        totals[f"{name}_met"] = count(f"{name}_met")
        totals[f"{name}_open_seconds"] = add(f"{name}_s")
    return totals if cases else {}


def find_read_otherwise(log) -> dict[str, tuple[str, str]]:
    """Return the cases that the product reads otherwise: key and rule by name."""
    found = {}
    by_case = {}
    for event in log.events:
        by_case.setdefault(event.case, []).append(event)
    for case, events in by_case.items():
        for before, event, after in zip(events, events[1:], events[2:], strict=False):
            is_again = event.state == before.state and _closes(log, event)
            if is_again and not _closes(log, after):
                found[case] = CLOSED_AGAIN
    return found


def _closes(log, event):
    return log.roles.get(event.state) in CLOSING_ROLES
