# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class ServiceCourtesyWithdraw(models.TransientModel):
    """Asks why courtesy credits are taken back."""

    _name = "service.courtesy.withdraw"
    _description = "Withdraw Courtesies"
    _inherit = "service.dialog.mixin"
    _about = ("courtesy_ids",)

    courtesy_ids = fields.Many2many(
        "service.courtesy",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Char(required=True)
    preview = fields.Text(compute="_compute_preview", string="What Will Happen")

    @api.depends("courtesy_ids")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = "\n".join(
                self.env._(
                    "%(courtesy)s: what is unused is taken back. %(balance)s.",
                    courtesy=courtesy.display_name,
                    balance=courtesy.balance_text,
                )
                for courtesy in wizard.courtesy_ids
            )

    def action_apply(self):
        """Take them back; rights and states are checked by the credits."""
        self.ensure_one()
        self.courtesy_ids.action_withdraw(self.reason)
        return {"type": "ir.actions.act_window_close"}
