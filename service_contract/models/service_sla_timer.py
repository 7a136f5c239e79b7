# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from functools import lru_cache

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.clock import ALWAYS_OPEN, Clock
from ..fields import BigInteger

TIMER_STATES = [
    ("running", "Running"),
    ("paused", "Paused"),
    ("met", "Met"),
    ("missed", "Missed"),
    ("void", "No verdict"),
    ("superseded", "Superseded"),
    ("merged", "Merged"),
]
# States in which the verdict is open.
LIVE_STATES = ("running", "paused")
# Columns of a reading and what follows from it, with their types in the database.
READING_COLUMNS = {
    "state": "varchar",
    "started_at": "timestamp",
    "stopped_at": "timestamp",
    "evaluated_at": "timestamp",
    "due_at": "timestamp",
    "breached_at": "timestamp",
    "resumes_at": "timestamp",
    "counted_s": "int8",
    "paused_s": "int8",
    "gap_s": "int8",
    "off_s": "int8",
    "target_seconds": "int8",
    "next_alarm_at": "timestamp",
    "alarm_percent": "int4",
    "merged_into_id": "int4",
}
# Columns that say what is measured; they never change.
TARGET_COLUMNS = (
    "ticket_id",
    "company_id",
    "policy_id",
    "version_id",
    "target_key",
    "metric",
    "cycle",
    "calendar_id",
    "tz",
    "target_text",
)


@lru_cache(maxsize=256)
def always_open_clock(tz):
    """Return the clock of a calendar that never closes."""
    return Clock(ALWAYS_OPEN(tz))


class ServiceSlaTimer(models.Model):
    """One target of a ticket: its deadline, what was counted, and the verdict.

    Starts by itself with the ticket. All its figures are a reading of the ticket's
    facts by ``engine/sla.py`` at ``evaluated_at``; they are never counted up. A timer
    keeps the version of the policy that it started with. A change of contract or
    priority ends it as superseded and names its successor.
    """

    _name = "service.sla.timer"
    _description = "SLA Timer"
    _order = "ticket_id, id"
    _rec_name = "metric"

    # What is measured
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    policy_id = fields.Many2one(
        "service.sla.policy", required=True, ondelete="restrict", index=True
    )
    version_id = fields.Many2one(
        "service.sla.version",
        required=True,
        ondelete="restrict",
        index=True,
        help="Terms that the timer started with; it keeps them.",
    )
    target_key = fields.Char(required=True, help="Target within the version.")
    metric = fields.Selection(
        [
            ("first_response", "First response"),
            ("next_response", "Next response"),
            ("restore", "Restore"),
            ("resolve", "Resolve"),
        ],
        string="Promise",
        required=True,
    )
    cycle = fields.Integer(
        default=0,
        help="0 for the first clock of a target. A reopening or an unanswered message "
        "may start another.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Open Hours",
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: around the clock.",
    )
    tz = fields.Char(string="Time Zone", help="Empty: that of the open hours.")
    target_seconds = BigInteger(
        help="Open seconds; of working days, until their end as of the last reading."
    )
    target_text = fields.Char(string="Target")

    # Reading
    state = fields.Selection(
        TIMER_STATES,
        required=True,
        index=True,
        help="No verdict: closed in time without an answer, or archived in time.",
    )
    started_at = fields.Datetime(required=True)
    stopped_at = fields.Datetime()
    evaluated_at = fields.Datetime(
        required=True, help="Instant at which the figures hold."
    )
    due_at = fields.Datetime(
        string="Due", help="Empty while paused without an end in sight."
    )
    breached_at = fields.Datetime(
        help="When the time was used up, even if nobody looked at the ticket."
    )
    resumes_at = fields.Datetime(help="When the pause ends by itself.")
    counted_s = BigInteger(string="Counted (s)", help="Seconds that count.")
    paused_s = BigInteger(string="Paused (s)", help="Open seconds in pauses.")
    gap_s = BigInteger(
        string="Closed (s)", help="Open seconds between a closing and the reopening."
    )
    off_s = BigInteger(string="Off (s)", help="Seconds outside of the open hours.")

    # Alarms
    next_alarm_at = fields.Datetime(
        help="When the next warning, the breach or the end of a pause is due."
    )
    alarm_percent = fields.Integer(
        string="Highest Alarm (%)", help="Highest threshold that has had its alarm."
    )
    alarm_attempts = fields.Integer(
        default=0, help="Failures in a row; the next attempt waits longer each time."
    )
    alarm_error = fields.Char()
    alarm_ids = fields.One2many("service.sla.alarm", "timer_id", string="Alarms")

    # Until somebody has looked at a change of the open hours
    due_before = fields.Datetime(help="Deadline before the open hours changed.")
    hours_changed_by_id = fields.Many2one("res.users", ondelete="set null")

    # What came after
    successor_id = fields.Many2one(
        "service.sla.timer", ondelete="set null", index="btree_not_null"
    )
    merged_into_id = fields.Many2one(
        "helpdesk.ticket", string="Goes On At", ondelete="set null"
    )

    _one_live = models.UniqueIndex(
        "(ticket_id, metric, cycle) WHERE state NOT IN ('superseded', 'merged')",
        "This target of the ticket has its timer.",
    )
    _next_alarm_idx = models.Index("(next_alarm_at) WHERE next_alarm_at IS NOT NULL")
    _calendar_live_idx = models.Index(
        "(calendar_id) WHERE state IN ('running', 'paused')"
    )

    # === BUSINESS METHODS: ROWS === #

    @api.model
    def _get_clock_of(self, calendar_id, tz, company_id):
        """Return the clock that a timer counts with.

        :param calendar_id: id of the open hours; none for around the clock
        :param tz: zone, none for that of the open hours
        """
        if not calendar_id:
            return always_open_clock(tz or "UTC")
        calendar_model = self.env["resource.calendar"].sudo()  # agents may not read all
        calendar = calendar_model.browse(calendar_id)
        return calendar._get_clock(tz, self.env["res.company"].browse(company_id))

    def _get_clock(self):
        """Return the clock of this timer."""
        self.ensure_one()
        return self._get_clock_of(self.calendar_id.id, self.tz, self.company_id.id)

    @api.model
    def _get_rows_by_ticket(self, ticket_ids):
        """Return the rows of timers that may still change as dicts, by ticket id.

        SQL, since this is asked at each change of stage: two or three rows a ticket.
        """
        found = {}
        columns = (*TARGET_COLUMNS, *READING_COLUMNS, "due_before")
        for row in self.env.execute_query_dict(
            SQL(
                """
                SELECT id, %s
                  FROM service_sla_timer
                 WHERE ticket_id IN %s
                   AND state <> 'superseded'
              ORDER BY id
                """,
                SQL(", ").join(map(SQL.identifier, columns)),
                tuple(ticket_ids),
            )
        ):
            found.setdefault(row["ticket_id"], []).append(row)
        return found

    @api.model
    def _insert(self, rows):
        """Insert timers and wake the alarms for the first of them, with one query.

        :param rows: dicts with a value for each of the columns
        :return: ids, in the order of the rows
        """
        if not rows:
            return []
        now = self.env.cr.now()
        columns = (*TARGET_COLUMNS, *READING_COLUMNS)
        magic = (0, self.env.uid, now, self.env.uid, now)
        names = (*columns, "alarm_attempts")
        names += ("create_uid", "create_date", "write_uid", "write_date")
        values = [(*(row[name] for name in columns), *magic) for row in rows]
        ids = self.env.execute_query(
            SQL(
                """
                WITH timer AS (
                    INSERT INTO service_sla_timer (%(names)s) VALUES %(rows)s
                    RETURNING id, next_alarm_at
                ), wake AS (%(wake)s)
                SELECT id FROM timer ORDER BY id
                """,
                names=SQL(", ").join(map(SQL.identifier, names)),
                # One piece of SQL for all rows: this is the hot spot of a batch.
                rows=SQL(", ".join(["%s"] * len(values)), *values),
                wake=self._wake_query(),
            )
        )
        self._wake_if_due(rows)
        self._forget_lists()
        return [id_ for (id_,) in ids]

    @api.model
    def _update(self, rows):
        """Write readings and wake the alarms for the first of them, with one query.

        :param rows: dicts with id and a value for each of ``READING_COLUMNS``
        """
        if not rows:
            return
        names = ("id", *READING_COLUMNS)
        self.env.cr.execute(
            SQL(
                """
                WITH timer AS (
                    UPDATE service_sla_timer AS timer
                       SET %(assignments)s, write_uid = %(uid)s, write_date = %(now)s
                      FROM (VALUES %(rows)s) AS reading(%(names)s)
                     WHERE timer.id = reading.id
                 RETURNING timer.next_alarm_at
                )
                %(wake)s
                """,
                assignments=SQL(", ").join(
                    SQL(
                        "%s = reading.%s::%s",
                        SQL.identifier(name),
                        SQL.identifier(name),
                        SQL(type_),
                    )
                    for name, type_ in READING_COLUMNS.items()
                ),
                uid=self.env.uid,
                now=self.env.cr.now(),
                rows=SQL(", ").join(
                    SQL("%s", tuple(row[name] for name in names)) for row in rows
                ),
                names=SQL(", ").join(map(SQL.identifier, names)),
                wake=self._wake_query(),
            )
        )
        self._wake_if_due(rows)
        self._forget_lists()

    @api.model
    def _link_successors(self, pairs):
        """Name the successors of superseded timers, with one query.

        :param pairs: tuples of the id of a timer and that of its successor
        """
        if not pairs:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE service_sla_timer AS timer
                   SET successor_id = pair.successor
                  FROM (VALUES %s) AS pair(id, successor)
                 WHERE timer.id = pair.id
                """,
                SQL(", ").join(SQL("%s", pair) for pair in pairs),
            )
        )
        self._forget_lists()

    @api.model
    def _forget_lists(self):
        """Drop cached values: rows written by SQL are not in them."""
        self.invalidate_model(flush=False)
        self.env["helpdesk.ticket"].invalidate_model(
            ["sla_timer_ids", "sla_panel"], flush=False
        )
