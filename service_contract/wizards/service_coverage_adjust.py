# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import format_units


class ServiceCoverageAdjust(models.TransientModel):
    """Corrects the balance of a counter by an entry with a reason."""

    _name = "service.coverage.adjust"
    _description = "Adjust a Counter"
    _inherit = "service.dialog.mixin"
    _about = ("counter_id",)

    counter_id = fields.Many2one(
        "service.coverage.counter",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    coverage_type = fields.Selection(related="counter_id.coverage_type")
    balance_text = fields.Char(related="counter_id.balance_text")
    quantity = fields.Float(
        string="Change",
        required=True,
        help="Cases, hours, visits or amount to add. Below zero: to take away.",
    )
    reason = fields.Text(required=True)
    preview = fields.Text(compute="_compute_preview", string="What Will Happen")

    @api.depends("counter_id", "quantity")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            counter = wizard.counter_id
            after = counter.remaining + wizard._get_base_quantity()
            wizard.preview = counter and self.env._(
                "%(left)s will be left afterwards. The ledger keeps the reason.",
                left=format_units(
                    self.env,
                    after,
                    counter.coverage_type,
                    counter.currency_id,
                    unit=True,
                ),
            )

    def _get_base_quantity(self):
        """Return the change in base units."""
        self.ensure_one()
        line = self.counter_id.contract_line_id
        return line._to_base_units(self.quantity) if line else 0

    def action_apply(self):
        """Post the adjustment.

        :raises AccessError: for anybody but a manager
        """
        self.ensure_one()
        if not self.env.user.has_group(
            "service_contract.service_contract_group_manager"
        ):
            raise AccessError(self.env._("Only a manager adjusts counters."))
        self.counter_id.check_access("read")
        quantity = self._get_base_quantity()
        if not quantity:
            raise UserError(self.env._("Enter how much to add or to take away."))
        self.counter_id._adjust(quantity, self.reason)
        return {"type": "ir.actions.act_window_close"}
