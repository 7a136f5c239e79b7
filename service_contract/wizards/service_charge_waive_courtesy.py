# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class ServiceChargeWaive(models.TransientModel):
    """The reason of a waiver may be one of the common ones."""

    _inherit = "service.charge.waive"

    courtesy_reason_id = fields.Many2one(
        "service.courtesy.reason",
        string="Kind of Reason",
        help="Reports can be grouped by it.",
    )
    reason = fields.Char(
        compute="_compute_reason",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )

    @api.depends("courtesy_reason_id")
    def _compute_reason(self):
        for wizard in self:
            wizard.reason = wizard.reason or wizard.courtesy_reason_id.name

    def action_apply(self):
        return super(
            ServiceChargeWaive,
            self.with_context(
                service_contract_courtesy_reason_id=self.courtesy_reason_id.id
            ),
        ).action_apply()
