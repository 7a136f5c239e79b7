# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    service_contract_count = fields.Integer(
        compute="_compute_service_contract_count", groups="base.group_user"
    )

    def _compute_service_contract_count(self):
        self.service_contract_count = 0
        contract_model = self.env["service.contract"]
        if not contract_model.has_access("read"):
            return
        counts = dict(
            contract_model._read_group(
                [("commercial_partner_id", "in", self.commercial_partner_id.ids)],
                ["commercial_partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.service_contract_count = counts.get(
                partner.commercial_partner_id, 0
            )

    def action_view_service_contracts(self):
        """Open the service contracts of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_contract_action"
        )
        customer = self.commercial_partner_id
        action["domain"] = [
            "|",
            ("commercial_partner_id", "=", customer.id),
            ("beneficiary_ids", "=", customer.id),
        ]
        action["context"] = {"default_partner_id": customer.id}
        return action
