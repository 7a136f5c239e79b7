# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError


class ServiceContractHold(models.Model):
    """Days on which a contract gives no service. Made by Hold, ended by Resume."""

    _name = "service.contract.hold"
    _description = "Service Contract Hold"
    _order = "date_from, id"
    _rec_name = "date_from"

    contract_id = fields.Many2one(
        "service.contract", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    date_from = fields.Date(required=True, help="First day without service.")
    date_to = fields.Date(
        string="Resume On", help="First day with service again. Empty: not planned."
    )
    reason = fields.Text()

    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The service can't resume before the hold begins.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        for hold in self:
            if hold.date_from < hold.contract_id._today():
                raise UserError(
                    self.env._("A hold that has begun can't be deleted; end it.")
                )
