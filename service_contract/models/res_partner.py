# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models

from odoo.addons.base.models.res_partner import _tz_get


class ResPartner(models.Model):
    _inherit = "res.partner"

    service_contract_count = fields.Integer(
        compute="_compute_service_contract_count", groups="base.group_user"
    )
    # Not ``tz``: nobody sees it, and by default it is that of who typed the address.
    service_tz = fields.Selection(
        _tz_get,
        string="Service Time Zone",
        groups="base.group_user",
        help="Zone in which days and hours of work at this address are meant. Empty: "
        "the customer's, else the contract's.",
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

    def _get_service_tz(self):
        """Return the zone of work at this address; False for that of the contract."""
        return self.service_tz or self.commercial_partner_id.service_tz

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
