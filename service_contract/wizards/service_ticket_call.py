# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ServiceTicketCall(models.TransientModel):
    """Asks what was said in a call with the customer: an answer that nobody reads."""

    _name = "service.ticket.call"
    _description = "Log a Call"
    _inherit = "service.dialog.mixin"
    _about = ("ticket_id",)

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    note = fields.Text(required=True, help="What was said. Customers do not see it.")

    def action_apply(self):
        """Log the call; it counts as an answer."""
        self.ensure_one()
        self.ticket_id.check_access("write")
        self.ticket_id._log_call(self.note)
        return {"type": "ir.actions.act_window_close"}
