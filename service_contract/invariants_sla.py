# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What must always be true of the SLA timers, as plain SQL: see ``invariants``."""

TIMER_IS_ITS_TIME = """
    SELECT id,
           format(
               'counted %s + paused %s + closed %s + off %s, started %s, read until %s',
               counted_s, paused_s, gap_s, off_s,
               started_at, COALESCE(stopped_at, evaluated_at)
           )
      FROM service_sla_timer
     WHERE LEAST(counted_s, paused_s, gap_s, off_s) < 0
        OR (counted_s + paused_s + gap_s + off_s) IS DISTINCT FROM
           EXTRACT(
               EPOCH FROM COALESCE(stopped_at, evaluated_at) - started_at
           )::bigint
"""

VERDICT_IS_ITS_TIME = """
    SELECT id,
           format('%s, stopped %s, breached %s', state, stopped_at, breached_at)
      FROM service_sla_timer
     WHERE (state IN ('running', 'paused')) = (stopped_at IS NOT NULL)
        OR (state = 'missed' AND breached_at IS NULL)
        OR (state IN ('met', 'void') AND breached_at IS NOT NULL)
        OR (
               state IN ('met', 'missed')
           AND target_seconds IS NOT NULL
           AND (state = 'met') <> (counted_s <= target_seconds)
           )
"""

# Pauses that overlap are one, so their sum is the most that can have been paused.
PAUSE_IS_A_FACT = """
    SELECT timer.id,
           format('paused %s, pauses %s', timer.paused_s, COALESCE(SUM(held.s), 0))
      FROM service_sla_timer AS timer
 LEFT JOIN LATERAL (
               SELECT EXTRACT(
                          EPOCH FROM LEAST(
                              pause.end_at,
                              pause.limit_at,
                              timer.stopped_at,
                              timer.evaluated_at
                          ) - GREATEST(pause.start_at, timer.started_at)
                      )::bigint AS s
                 FROM service_sla_pause AS pause
                WHERE pause.ticket_id = timer.ticket_id
           ) AS held ON held.s > 0
     WHERE timer.paused_s > 0
  GROUP BY timer.id
    HAVING timer.paused_s > COALESCE(SUM(held.s), 0)
"""

TICKET_SHOWS_ITS_TIMERS = """
    SELECT ticket.id, format('due %s, timers %s', ticket.sla_due_at, timer.due_at)
      FROM helpdesk_ticket AS ticket
 LEFT JOIN (
               SELECT ticket_id, MIN(due_at) AS due_at
                 FROM service_sla_timer
                WHERE state = 'running'
             GROUP BY ticket_id
           ) AS timer ON timer.ticket_id = ticket.id
     WHERE ticket.sla_due_at IS DISTINCT FROM timer.due_at
"""
