# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ._append_only import protect_columns

# How instants are written into ``why``.
ISO = "%Y-%m-%dT%H:%M:%S"


class ServiceSlaEvent(models.Model):
    """What happened on a ticket, as far as its SLA is concerned.

    A change of stage, an answer, a call, a message of the customer. Written by the
    ticket when it happens; never changed. Timers are judged by these facts, again and
    again, so that a new target can be judged from the beginning.
    """

    _name = "service.sla.event"
    _description = "SLA Event"
    _inherit = ["service.insert.mixin"]
    _order = "at, id"
    _rec_name = "kind"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", index=True
    )
    at = fields.Datetime(string="When", required=True, help="When it happened.")
    kind = fields.Selection(
        [
            ("stage", "Stage"),
            ("customer", "Message of the customer"),
            ("answer", "Answer"),
            ("call", "Call"),
            ("reply_auto", "Automatic message"),
            ("note", "Note"),
            ("hours", "Open hours changed"),
        ],
        required=True,
    )
    counts = fields.Boolean(
        help="Whether it is an answer to the customer, or a change of stage."
    )
    why = fields.Char(
        help="The rule by which it counts or does not, or the reason that was given; "
        "of open hours the promise, and its deadline before and after (UTC)."
    )
    stage_id = fields.Many2one("helpdesk.ticket.stage", ondelete="set null")
    is_response = fields.Boolean(string="Stage Answers")
    is_restored = fields.Boolean(string="Service Works")
    is_closed = fields.Boolean(string="Stage Closes")
    user_id = fields.Many2one("res.users", string="Recorded By", ondelete="set null")
    partner_id = fields.Many2one("res.partner", string="Author", ondelete="set null")
    message_id = fields.Many2one("mail.message", ondelete="set null")
    recorded_at = fields.Datetime(
        required=True, help="When it was recorded; later than it happened if backdated."
    )

    def init(self):
        """Refuse changes in the database too: other addons may use SQL."""
        protect_columns(
            self.env.cr,
            self._table,
            [
                "ticket_id",
                "at",
                "kind",
                "counts",
                "why",
                "is_response",
                "is_restored",
                "is_closed",
                "recorded_at",
            ],
            goes_with_parent=True,
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("What happened on a ticket is kept as long as the ticket.")
        )

    # === BUSINESS METHODS === #

    @api.model
    def _record(self, rows):
        """Insert events, all with one query.

        :param rows: dicts of ticket_id, at and kind (required), counts, why, stage_id,
            is_response, is_restored, is_closed, user_id, partner_id, message_id
        """
        if not rows:
            return
        empty = {
            "ticket_id": None,
            "at": None,
            "kind": None,
            "counts": False,
            "why": None,
            "stage_id": None,
            "is_response": False,
            "is_restored": False,
            "is_closed": False,
            "user_id": self.env.uid,
            "partner_id": None,
            "message_id": None,
            "recorded_at": self.env["service.contract"]._service_now(),
        }
        self._insert_rows([{**empty, **row} for row in rows])
        self.env["helpdesk.ticket"].invalidate_model(["sla_event_ids"], flush=False)

    @api.model
    def _get_by_ticket(self, ticket_ids):
        """Return the events that move clocks by ticket id, in order of time.

        SQL, since this is asked at each change of stage: about five rows a ticket.
        """
        found = {}
        for row in self.env.execute_query_dict(
            SQL(
                """
                SELECT ticket_id, at, kind, is_response, is_restored, is_closed
                  FROM service_sla_event
                 WHERE ticket_id IN %s
                   AND (counts OR kind = 'customer')
              ORDER BY at, id
                """,
                tuple(ticket_ids),
            )
        ):
            found.setdefault(row["ticket_id"], []).append(row)
        return found
