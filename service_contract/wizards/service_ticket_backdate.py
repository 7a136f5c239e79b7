# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

GROUP = "helpdesk_mgmt.group_helpdesk_manager"


class ServiceTicketBackdate(models.TransientModel):
    """Asks when and why a ticket really entered a stage: for what nobody typed in
    time. Only helpdesk managers may, and it is logged."""

    _name = "service.ticket.backdate"
    _description = "Change the Stage of a Ticket in the Past"

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    team_id = fields.Many2one(related="ticket_id.team_id")
    stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        required=True,
        ondelete="cascade",
        domain="['|', ('team_ids', '=', team_id), ('team_ids', '=', False)]",
    )
    at = fields.Datetime(
        string="Since",
        required=True,
        default=lambda self: self.env["service.contract"]._service_now(),
        help="When the ticket really entered the stage.",
    )
    reason = fields.Char(required=True, help="Stays on the record of the ticket.")

    @api.model
    def _check_right(self):
        if not self.env.user.has_group(GROUP):
            raise AccessError(
                self.env._(
                    "Only helpdesk managers may date a change of stage back. Ask one "
                    "of them."
                )
            )

    def _check_order(self):
        """Refuse an instant that would turn the ticket's history around.

        :raises UserError: with the earliest and the latest that is possible
        """
        ticket = self.ticket_id.sudo()  # events: read by whoever may write the ticket
        stages = ticket.sla_event_ids.filtered(lambda event: event.kind == "stage")
        earliest = max([ticket.requested_at, *stages.mapped("at")])
        latest = self.env["service.contract"]._service_now()
        if not earliest <= self.at <= latest:
            raise UserError(
                self.env._(
                    "Choose a time between %(earliest)s, the last change of stage or "
                    "the request, and now.",
                    earliest=format_datetime(self.env, earliest),
                )
            )

    def action_apply(self):
        """Change the stage as of the given instant and log who did it and why."""
        self.ensure_one()
        self._check_right()
        ticket = self.ticket_id
        ticket.check_access("write")
        self._check_order()
        change = {"at": self.at, "why": self.reason}
        ticket.with_context(service_contract_sla_change=change).write(
            {"stage_id": self.stage_id.id}
        )
        ticket._write_found_line(
            {
                "last_stage_update": self.at,
                **({"closed_date": self.at} if self.stage_id.closed else {}),
            }
        )
        ticket.message_post(
            body=self.env._(
                "%(stage)s since %(at)s, recorded later: %(reason)s",
                stage=self.stage_id.name,
                at=format_datetime(self.env, self.at),
                reason=self.reason,
            ),
            subtype_xmlid="mail.mt_note",
        )
        return {"type": "ir.actions.act_window_close"}
