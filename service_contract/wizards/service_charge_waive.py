# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from ..tools import format_sums


class ServiceChargeWaive(models.TransientModel):
    """Asks why charges are given away."""

    _name = "service.charge.waive"
    _description = "Waive Charges"
    _inherit = "service.dialog.mixin"
    _about = ("charge_ids",)

    charge_ids = fields.Many2many(
        "service.charge",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Char(required=True)
    preview = fields.Text(compute="_compute_preview", string="What Will Happen")

    @api.depends("charge_ids")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = self.env._(
                "%(count)s charges of %(amount)s are not billed. They stay on record "
                "as a courtesy, with your name and the reason.",
                count=len(wizard.charge_ids),
                amount=format_sums(wizard.charge_ids, "amount"),
            )

    def action_apply(self):
        """Give the charges away; rights and states are checked by the charges."""
        self.ensure_one()
        self.charge_ids.action_waive(self.reason)
        return {"type": "ir.actions.act_window_close"}
