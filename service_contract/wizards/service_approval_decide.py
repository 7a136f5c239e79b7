# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.service_approval import DECISIONS, RULINGS


class ServiceApprovalDecide(models.TransientModel):
    """Decides otherwise than asked, or with a note."""

    _name = "service.approval.decide"
    _description = "Decide About Requests"
    _inherit = "service.dialog.mixin"
    _about = ("approval_ids",)

    approval_ids = fields.Many2many(
        "service.approval",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    decision = fields.Selection(
        [("asked", "Approve as asked"), *RULINGS, ("refuse", "Refuse")],
        default="asked",
        required=True,
    )
    note = fields.Char(help="What the decision rests on, for the record.")
    preview = fields.Text(compute="_compute_preview", string="What Will Happen")

    @api.depends("approval_ids", "decision")
    @api.depends_context("lang")
    def _compute_preview(self):
        names = dict(DECISIONS)
        for wizard in self:
            lines = []
            for approval in wizard.approval_ids:
                if wizard.decision == "refuse":
                    effect = approval.refuse_text
                elif wizard.decision == "asked":
                    effect = approval.approve_text
                else:
                    effect = names[wizard.decision]
                lines.append(
                    self.env._(
                        "%(what)s, %(amount)s: %(effect)s",
                        what=approval.name,
                        amount=approval.currency_id.format(approval.amount),
                        effect=effect,
                    )
                )
            wizard.preview = "\n".join(lines)

    def action_apply(self):
        """Decide; rights and states are checked by the requests."""
        self.ensure_one()
        if not self.approval_ids:
            raise UserError(self.env._("Choose the requests to decide about."))
        if self.decision == "refuse":
            self.approval_ids.action_refuse(self.note)
        else:
            decision = None if self.decision == "asked" else self.decision
            self.approval_ids.action_approve(decision, self.note)
        return {"type": "ir.actions.act_window_close"}
