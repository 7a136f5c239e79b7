# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.tools import format_date


class ServiceContractTerminate(models.TransientModel):
    """Asks from when and why a contract, or one line of it, is cancelled."""

    _name = "service.contract.terminate"
    _description = "Cancel a Service Contract"
    _inherit = "service.dialog.mixin"
    _about = ("contract_id", "line_id")

    contract_id = fields.Many2one(
        "service.contract",
        required=True,
        ondelete="cascade",
        compute="_compute_contract_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    line_id = fields.Many2one(
        "service.contract.line",
        string="Only This Line",
        ondelete="cascade",
        domain="[('contract_id', '=', contract_id), ('date_cancelled', '=', False)]",
        help="Empty: the whole contract.",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
        help="First day without service.",
    )
    reason = fields.Text()
    is_reason_required = fields.Boolean(compute="_compute_is_reason_required")
    preview = fields.Text(compute="_compute_preview", string="What Will Happen")

    @api.depends("line_id")
    def _compute_contract_id(self):
        active = self.env["service.contract"]
        if self.env.context.get("active_model") == "service.contract":
            active = active.browse(self.env.context.get("active_id"))
        for wizard in self:
            wizard.contract_id = wizard.line_id.contract_id or active

    @api.depends("contract_id")
    def _compute_date_from(self):
        for wizard in self:
            if wizard.contract_id:
                wizard.date_from = wizard.contract_id._today()

    @api.depends("contract_id.state")
    def _compute_is_reason_required(self):
        for wizard in self:
            wizard.is_reason_required = wizard.contract_id.state != "draft"

    @api.depends("contract_id", "line_id", "date_from")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = wizard.date_from and wizard._get_preview()

    def _get_preview(self):
        """Return in words what the cancellation does."""
        self.ensure_one()
        start = format_date(self.env, self.date_from)
        if self.line_id:
            return self.env._(
                "%(line)s covers nothing from %(start)s on and is no longer billed. "
                "The other lines go on. This can't be undone; add a line instead.",
                line=self.line_id.name,
                start=start,
            )
        return self.env._(
            "%(contract)s gives no service from %(start)s on and is no longer billed. "
            "This can't be undone.",
            contract=self.contract_id.name,
            start=start,
        )

    def action_apply(self):
        """Cancel the contract or the line."""
        self.ensure_one()
        self.contract_id.check_access("write")
        if self.line_id:
            self.line_id.action_cancel_line(self.date_from, self.reason)
        else:
            self.contract_id.action_cancel(self.date_from, self.reason)
        return {"type": "ir.actions.act_window_close"}
