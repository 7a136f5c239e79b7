# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.tools import SQL


class ServiceSlaPause(models.Model):
    """A stretch of time in which the clock of a ticket stands still, and why.

    Begun by a stage or by a person; ended by whatever comes first: the stage, a person,
    the customer's answer, the limit of its reason or the end of the work.
    """

    _name = "service.sla.pause"
    _description = "SLA Pause"
    _inherit = ["service.insert.mixin"]
    _order = "start_at, id"
    _rec_name = "reason_id"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", index=True
    )
    start_at = fields.Datetime(string="From", required=True)
    end_at = fields.Datetime(string="To", help="Empty while the clock stands still.")
    limit_at = fields.Datetime(
        string="At Most Until",
        help="The maximum of the reason, or its budget, ends the pause here.",
    )
    reason_id = fields.Many2one(
        "service.sla.pause.reason", required=True, ondelete="restrict"
    )
    stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        ondelete="set null",
        help="The stage that paused it; empty for a pause by hand.",
    )
    is_by_stage = fields.Boolean(string="Paused by the Stage")
    user_id = fields.Many2one("res.users", string="Paused By", ondelete="set null")
    note = fields.Char()
    ended_by = fields.Selection(
        [
            ("stage", "Another stage"),
            ("reply", "The customer's answer"),
            ("limit", "The limit of the reason"),
            ("resolve", "The end of the work"),
            ("person", "A person"),
        ],
        readonly=True,
    )

    _order_of_time = models.Constraint(
        "CHECK (end_at >= start_at)", "A pause ends after it begins."
    )
    _open_idx = models.Index("(ticket_id) WHERE end_at IS NULL")

    # === BUSINESS METHODS === #

    def _filter_open(self):
        """Return the pauses that last: not ended, their limit ahead."""
        now = self.env["service.contract"]._service_now()
        return self.filtered(
            lambda pause: (
                not pause.end_at and (not pause.limit_at or pause.limit_at > now)
            )
        )

    @api.model
    def _get_by_ticket(self, ticket_ids):
        """Return the pauses as dicts by ticket id, in order of time."""
        found = {}
        for row in self.env.execute_query_dict(
            SQL(
                """
                SELECT id, ticket_id, start_at, end_at, limit_at, reason_id,
                       COALESCE(is_by_stage, FALSE) AS is_by_stage
                  FROM service_sla_pause
                 WHERE ticket_id IN %s
              ORDER BY start_at, id
                """,
                tuple(ticket_ids),
            )
        ):
            found.setdefault(row["ticket_id"], []).append(row)
        return found

    @api.model
    def _begin(self, rows):
        """Insert pauses, all with one query.

        :param rows: dicts of ticket_id, start_at and reason_id (required), limit_at,
            stage_id, is_by_stage, note
        """
        if not rows:
            return
        empty = {
            "ticket_id": None,
            "start_at": None,
            "end_at": None,
            "limit_at": None,
            "reason_id": None,
            "stage_id": None,
            "is_by_stage": False,
            "user_id": self.env.uid,
            "note": None,
            "ended_by": None,
        }
        self._insert_rows([{**empty, **row} for row in rows])
        self._forget_lists()

    @api.model
    def _end(self, rows):
        """End pauses, all with one query.

        :param rows: tuples of id, end (naive UTC) and what ended it
        """
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE service_sla_pause AS pause
                   SET end_at = GREATEST(ended.at::timestamp, pause.start_at),
                       ended_by = ended.ended_by,
                       write_uid = %s,
                       write_date = %s
                  FROM (VALUES %s) AS ended(id, at, ended_by)
                 WHERE pause.id = ended.id
                   AND pause.end_at IS NULL
                """,
                self.env.uid,
                self.env.cr.now(),
                SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )
        self.invalidate_model(flush=False)
        self._forget_lists()

    @api.model
    def _forget_lists(self):
        """Drop cached lists: rows written by SQL are not in them."""
        self.env["helpdesk.ticket"].invalidate_model(
            ["sla_pause_ids", "sla_is_paused"], flush=False
        )
