# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from ..tools import format_sums


class ServiceSlaCreditDecide(models.TransientModel):
    """Asks before SLA credits are approved or refused, with their number and sum."""

    _name = "service.sla.credit.decide"
    _description = "Decide About SLA Credits"
    _inherit = "service.dialog.mixin"
    _about = ("credit_ids",)

    decision = fields.Selection(
        [("approve", "Approve"), ("refuse", "Refuse")], default="approve", required=True
    )
    credit_ids = fields.Many2many(
        "service.sla.credit",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Char(help="Why they are refused, for the record.")
    preview = fields.Text(compute="_compute_preview", string="What Will Happen")

    @api.depends("credit_ids", "decision")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            credits = wizard.credit_ids
            words = {
                "count": len(credits),
                "amount": format_sums(credits, "amount"),
                "contracts": len(credits.contract_id),
            }
            if wizard.decision == "approve":
                wizard.preview = self.env._(
                    "%(count)s credits of %(amount)s go on the next invoice of their "
                    "contract. Contracts: %(contracts)s.",
                    **words,
                )
            else:
                wizard.preview = self.env._(
                    "%(count)s credits of %(amount)s are refused. They stay on record "
                    "with your name and the reason.",
                    **words,
                )

    def action_apply(self):
        """Decide; rights and states are checked by the credits."""
        self.ensure_one()
        if self.decision == "approve":
            self.credit_ids.action_approve()
        else:
            self.credit_ids.action_refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
