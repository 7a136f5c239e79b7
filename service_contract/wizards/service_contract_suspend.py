# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.tools import format_date


class ServiceContractSuspend(models.TransientModel):
    """Asks from when, until when and why a contract goes on hold."""

    _name = "service.contract.suspend"
    _description = "Hold a Service Contract"
    _inherit = "service.dialog.mixin"
    _about = ("contract_id",)

    contract_id = fields.Many2one(
        "service.contract",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
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
    date_to = fields.Date(
        string="Resume On",
        help="First day with service again. Empty: until somebody resumes it.",
    )
    reason = fields.Text()
    preview = fields.Text(compute="_compute_preview", string="What Will Happen")

    @api.depends("contract_id")
    def _compute_date_from(self):
        for wizard in self:
            if wizard.contract_id:
                wizard.date_from = wizard.contract_id._today()

    @api.depends("contract_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = wizard.date_from and wizard._get_preview()

    def _get_preview(self):
        """Return in words what the hold does."""
        self.ensure_one()
        contract = self.contract_id
        values = {
            "contract": contract.name,
            "start": format_date(self.env, self.date_from),
            "end": self.date_to and format_date(self.env, self.date_to),
        }
        if self.date_to:
            text = self.env._(
                "%(contract)s gives no service from %(start)s on and resumes by itself "
                "on %(end)s.",
                **values,
            )
        else:
            text = self.env._(
                "%(contract)s gives no service from %(start)s on, until somebody "
                "resumes it.",
                **values,
            )
        if contract.hold_billing == "skip":
            billing = self.env._("Held days that are not invoiced yet are not billed.")
        else:
            billing = self.env._("It is billed as usual.")
        if contract.ticket_policy == "refuse":
            tickets = self.env._("It takes no tickets.")
        else:
            tickets = self.env._("Tickets are accepted with a warning.")
        return f"{text}\n{tickets}\n{billing}"

    def action_apply(self):
        """Put the contract on hold."""
        self.ensure_one()
        self.contract_id.check_access("write")
        self.contract_id.action_hold(self.date_from, self.date_to, self.reason)
        return {"type": "ir.actions.act_window_close"}
