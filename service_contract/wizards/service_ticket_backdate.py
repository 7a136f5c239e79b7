# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ServiceTicketBackdate(models.TransientModel):
    """Asks when and why a ticket really entered a stage: for what nobody typed in
    time. Only helpdesk managers may, and it is logged."""

    _name = "service.ticket.backdate"
    _description = "Change the Stage of a Ticket in the Past"
    _inherit = "service.dialog.mixin"
    _about = ("ticket_id",)

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

    def action_apply(self):
        """Change the stage as of the given instant and log who did it and why."""
        self.ensure_one()
        self.ticket_id._change_stage_in_past(self.stage_id, self.at, self.reason)
        return {"type": "ir.actions.act_window_close"}
