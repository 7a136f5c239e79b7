# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.tools import format_datetime


class ServiceTicketPause(models.TransientModel):
    """Asks why the clocks of a ticket are to stand still."""

    _name = "service.ticket.pause"
    _description = "Pause the Clocks of a Ticket"
    _inherit = "service.dialog.mixin"
    _about = ("ticket_id",)

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    reason_id = fields.Many2one(
        "service.sla.pause.reason",
        required=True,
        ondelete="cascade",
        help="It decides how long the pause may last and which targets stand still.",
    )
    note = fields.Char(help="For the record: what you are waiting for.")
    preview = fields.Text(compute="_compute_preview", string="What Will Happen")

    @api.depends("ticket_id", "reason_id")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = bool(wizard.reason_id) and wizard._get_preview()

    def _get_preview(self):
        """Return in words when the pause ends by itself."""
        self.ensure_one()
        limit = self.ticket_id._get_pause_limit(self.reason_id)
        texts = [
            self.env._(
                "The clocks stand still until %(limit)s at most.",
                limit=format_datetime(self.env, limit),
            )
            if limit
            else self.env._("The clocks stand still until somebody resumes them.")
        ]
        if self.reason_id.ends_on_reply:
            texts.append(self.env._("They run again when the customer answers."))
        return "\n".join(texts)

    def action_apply(self):
        """Pause the clocks."""
        self.ensure_one()
        self.ticket_id.check_access("write")
        self.ticket_id._pause_sla(self.reason_id, self.note)
        return {"type": "ir.actions.act_window_close"}
