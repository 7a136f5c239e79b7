# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging
from datetime import timedelta
from time import sleep

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import MAX_BACKOFF_MINUTES
from ..engine import sla_plan
from ..transactions import RACE_LOST, each_alone
from .service_sla_timer import LIVE_STATES

_logger = logging.getLogger(__name__)

CRON = "service_contract.ir_cron_sla_alarms"
# Timers that are looked at and committed together.
CHUNK = 200
# So long before an alarm its cron is triggered: the workers of Odoo look for triggers
# each 60 to 69 seconds, an alarm is to come within 60, and a turn takes its time.
LEAD = timedelta(seconds=15)
# Seconds until another look at what is due and somebody else is working on.
BUSY_WAIT = 1
# When to look again at a timer whose calendar was emptied.
UNREADABLE_WAIT = timedelta(hours=1)
# After so many lost races in one turn the rest is left to the next.
MAX_LOST_RACES = 5


class ServiceSlaTimer(models.Model):
    """Alarms: thresholds are told when they are passed, each once."""

    _inherit = "service.sla.timer"

    # === WAKING === #

    @api.model
    def _wake_query(self):
        """Return the SQL that wakes the alarms for the first of the rows ``timer``.

        One trigger is enough: a run that has dealt with the first one sets the trigger
        for the next. It comes ``LEAD`` before the alarm, which the run waits for.
        """
        # Not env.ref, which asks the database each time whether it still exists.
        data = self.env["ir.model.data"]
        cron_id = data._xmlid_to_res_id(CRON, raise_if_not_found=False) or None
        return SQL(
            """
            INSERT INTO ir_cron_trigger (
                cron_id, call_at, create_uid, create_date, write_uid, write_date
            )
                 SELECT cron.id, first.at, %(uid)s, %(now)s, %(uid)s, %(now)s
                   FROM ir_cron AS cron
             CROSS JOIN (
                           SELECT MIN(next_alarm_at) - %(lead)s AS at FROM timer
                       ) AS first
                  WHERE cron.id = %(cron)s
                    AND first.at IS NOT NULL
            """,
            uid=self.env.uid,
            now=self.env.cr.now(),
            cron=cron_id,
            lead=LEAD,
        )

    @api.model
    def _wake_if_due(self, rows):
        """Wake the cron workers after the commit if an alarm is due in a moment."""
        # The time of the server, whose workers are to wake up
        soon = fields.Datetime.now() + LEAD
        if any(row["next_alarm_at"] and row["next_alarm_at"] <= soon for row in rows):
            cron_model = self.env["ir.cron"]
            self.env.cr.postcommit.add(cron_model._notifydb)

    @api.model
    def _recount_later(self, calendars):
        """Let the scheduled action read the live timers of calendars again, at once.

        Verdicts stand: who was on time by the hours of then stays on time.

        :param calendars: resource.calendar; none for all of them
        """
        now = self.env["service.contract"]._service_now()
        rows = self.env.execute_query(
            SQL(
                """
                WITH timer AS (
                    UPDATE service_sla_timer
                       SET next_alarm_at = %(now)s,
                           due_before = COALESCE(due_before, due_at),
                           hours_changed_by_id = %(uid)s
                     WHERE state IN ('running', 'paused')
                       AND %(chosen)s
                 RETURNING next_alarm_at
                ), wake AS (%(wake)s)
                SELECT MIN(next_alarm_at) FROM timer
                """,
                now=now,
                uid=self.env.uid,
                chosen=SQL("calendar_id IN %s", calendars._ids)
                if calendars
                else SQL("calendar_id IS NOT NULL"),
                wake=self._wake_query(),
            )
        )
        if rows[0][0]:
            self._wake_if_due([{"next_alarm_at": rows[0][0]}])
            self.invalidate_model(
                ["due_before", "hours_changed_by_id", "next_alarm_at"], flush=False
            )

    # === CRON === #

    @api.model
    def _cron_alarms(self, limit=CHUNK):
        """Tell what is due, in the order of its instants, and set the next trigger.

        Nothing is looked at before it is due; what is due within ``LEAD`` is waited
        for, once in a turn, so that other scheduled actions have theirs. Tickets that
        somebody else is working on are looked at once more, then in the next turn.
        """
        is_done = self._handle_all_due(limit)
        if is_done and self._await_next():
            is_done = self._handle_all_due(limit)
        self._trigger_next(is_done)

    @api.model
    def _handle_all_due(self, limit):
        """Tell what is due by now, in chunks that are committed each.

        :return: whether there was time for all of them
        """
        cron = self.env["ir.cron"]
        now = self.env["service.contract"]._service_now()
        seen, lost = [0], 0
        while lost < MAX_LOST_RACES:
            try:
                due = self._lock_due(now, limit, seen)
                if not due:
                    break
                due._handle_due()
                # None of them is due any more; this is for the case that one is.
                seen = due.ids
                if not cron._commit_progress(len(due), remaining=0):
                    return False
            except RACE_LOST as error:
                # Another transaction was faster; its result is read in a new one.
                _logger.info("Alarms that are due are tried again: %s", error)
                self.env.cr.rollback()
                lost += 1
        return True

    @api.model
    def _await_next(self):
        """Wait for the next alarm, if it is due within ``LEAD``, or for a busy one.

        :return: whether there was one to wait for
        """
        if "service_contract_now" in self.env.context:
            return False  # that time does not go by
        now = self.env["service.contract"]._service_now()
        ((next_at,),) = self.env.execute_query(
            SQL(
                """
                SELECT MIN(next_alarm_at)
                  FROM service_sla_timer
                 WHERE next_alarm_at <= %s
                """,
                now + LEAD,
            )
        )
        if not next_at:
            return False
        # Nobody waits in an open transaction, and what happens meanwhile is to be seen.
        self.env["ir.cron"]._commit_progress()
        sleep(max((next_at - now).total_seconds(), BUSY_WAIT))
        return True

    @api.model
    def _lock_due(self, now, limit, seen):
        """Return timers whose alarm is due; none whose ticket somebody else holds.

        Locks the tickets, as everybody does who moves a clock (``_claim_facts``): were
        it the timers, somebody who holds the ticket and we could wait for each other.
        SQL for the lock: at most ``limit`` rows of a partial index.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT timer.id
                  FROM service_sla_timer AS timer
                  JOIN helpdesk_ticket AS ticket ON ticket.id = timer.ticket_id
                 WHERE timer.next_alarm_at <= %s
                   AND timer.id NOT IN %s
              ORDER BY timer.next_alarm_at
                 LIMIT %s
                   FOR NO KEY UPDATE OF ticket SKIP LOCKED
                """,
                now,
                tuple(seen),
                limit,
            )
        )
        return self.browse(id_ for (id_,) in rows)

    @api.model
    def _trigger_next(self, is_done):
        """Set a trigger for the next alarm of all, unless there is one already.

        What is due but was busy is tried again in a moment.

        :param is_done: False if there was no time for all that is due: the next turn
            is at once
        """
        now = self.env["service.contract"]._service_now()
        # SQL: the first of the partial index, and whether something is due.
        rows = self.env.execute_query(
            SQL(
                """
                WITH timer AS (
                    SELECT MIN(next_alarm_at) AS next_alarm_at
                      FROM service_sla_timer
                     WHERE next_alarm_at > %(now)s
                     UNION ALL
                    SELECT %(again)s
                     WHERE EXISTS (
                               SELECT 1
                                 FROM service_sla_timer
                                WHERE next_alarm_at <= %(now)s
                           )
                ) %(wake)s
                    AND NOT EXISTS (
                            SELECT 1
                              FROM ir_cron_trigger AS known
                             WHERE known.cron_id = cron.id
                               AND known.call_at > %(now)s
                               AND known.call_at <= first.at
                        )
                RETURNING call_at
                """,
                again=now + (2 * LEAD if is_done else LEAD),
                wake=self._wake_query(),
                now=now,
            )
        )
        if any(call_at <= now for (call_at,) in rows):
            self.env.cr.postcommit.add(self.env["ir.cron"]._notifydb)

    def _handle_due(self):
        """Tell what is due on these timers; one that fails holds up none of the others.

        :raises OperationalError: a lost race, that only a new transaction can win
        """
        each_alone(
            self,
            lambda timers: timers._fire_due(),
            lambda timer, error: timer._postpone_alarm(error),
        )

    def _postpone_alarm(self, error):
        """Try a failing alarm again later: in 2, 4, 8 … minutes."""
        _logger.exception("Alarm of timer %s can't be told", self.id)
        attempts = self.alarm_attempts + 1
        wait = timedelta(minutes=min(2**attempts, MAX_BACKOFF_MINUTES))
        self.write(
            {
                "alarm_attempts": attempts,
                "alarm_error": str(error),
                "next_alarm_at": self.env["service.contract"]._service_now() + wait,
            }
        )
        self.flush_recordset()

    # === FIRING === #

    def _fire_due(self):
        """Read the clocks again and tell the thresholds that they have passed."""
        now = self.env["service.contract"]._service_now()
        readings = self.ticket_id._sync_sla()
        rows, told, next_alarms = [], [], []
        for timer in self:
            reading = readings.get(timer.id)
            if reading is None:  # stopped meanwhile, or its calendar never opens
                if timer.state in LIVE_STATES:
                    later = now + UNREADABLE_WAIT
                    next_alarms.append((timer.id, timer.alarm_percent, later))
                continue
            passed = [
                alarm
                for alarm in sla_plan.get_passed(reading, now)
                if alarm[0] > timer.alarm_percent
            ]
            if passed and timer._is_quiet(now):
                opens_at = timer._get_clock().next_open(now)
                next_alarms.append((timer.id, timer.alarm_percent, opens_at))
                continue
            rows += timer._prepare_alarms(passed, now)
            percent = max((p for p, _at in passed), default=timer.alarm_percent)
            upcoming = reading.next_alarm(percent)
            instants = [upcoming[1]] if upcoming else []
            instants += [reading.resumes_at] if reading.resumes_at else []
            next_alarms.append((timer.id, percent, min(instants, default=None)))
        told = self._record_alarms(rows)
        self._store_next_alarms(next_alarms)
        told._tell()

    def _is_quiet(self, now):
        """Whether the policy wants no alarm now, because it is night."""
        self.ensure_one()
        terms = self.version_id._get_terms()["policy"]
        return terms["alarm_in_hours_only"] and not self._get_clock().is_open(now)

    def _prepare_alarms(self, passed, now):
        """Return the rows of passed thresholds. Only the highest is told."""
        self.ensure_one()
        rows = []
        terms = self.version_id._get_terms()["policy"]
        for percent, at in passed:
            outcome = "told" if (percent, at) == passed[-1] else "void"
            if outcome == "told" and terms["alarm_in_hours_only"]:
                outcome = "told" if self._get_clock().is_open(at) else "quiet"
            if outcome != "void" and not self.ticket_id._get_sla_alarm_user():
                outcome = "nobody"
            rows.append((self.id, self.ticket_id.id, percent, at, now, outcome))
        return rows

    @api.model
    def _record_alarms(self, rows):
        """Insert alarms, each threshold of a timer once.

        :param rows: tuples of timer, ticket, percent, instant, told at, outcome
        :return: the alarms that are new
        """
        alarm_model = self.env["service.sla.alarm"]
        if not rows:
            return alarm_model
        magic = (self.env.uid, self.env.cr.now(), self.env.uid, self.env.cr.now())
        ids = self.env.execute_query(
            SQL(
                """
                INSERT INTO service_sla_alarm (
                    timer_id, ticket_id, percent, due_at, fired_at, outcome,
                    create_uid, create_date, write_uid, write_date
                ) VALUES %s
                ON CONFLICT (timer_id, percent) DO NOTHING
                RETURNING id
                """,
                SQL(", ").join(SQL("%s", (*row, *magic)) for row in rows),
            )
        )
        self.invalidate_model(["alarm_ids"], flush=False)
        return alarm_model.browse(id_ for (id_,) in ids)

    @api.model
    def _store_next_alarms(self, rows):
        """Store what was told and when to look again.

        :param rows: tuples of timer, highest percent told, instant or None
        """
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE service_sla_timer AS timer
                   SET alarm_percent = next.percent,
                       next_alarm_at = next.at::timestamp,
                       alarm_attempts = 0,
                       alarm_error = NULL
                  FROM (VALUES %s) AS next(id, percent, at)
                 WHERE timer.id = next.id
                """,
                SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )
        self.invalidate_model(flush=False)

    def _on_threshold(self, alarm):
        """Hook: a threshold of the timer was passed, and told if there was anybody.

        :param alarm: service.sla.alarm
        """
