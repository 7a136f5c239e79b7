# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ServiceContract(models.Model):
    """Other customers who may draw from a contract.

    The contract stays its customer's: invoices, prices and papers are his alone.
    """

    _inherit = "service.contract"

    beneficiary_ids = fields.Many2many(
        "res.partner",
        "service_contract_beneficiary_rel",
        string="Shared With",
        check_company=True,
        domain="['|', ('is_company', '=', True), ('parent_id', '=', False), "
        "('id', '!=', commercial_partner_id)]",
        help="Other customers whose tickets this contract covers as well, such as "
        "companies of the same group. They see the balance and what they drew; the "
        "customer gets the invoices.",
    )

    @api.constrains("beneficiary_ids", "partner_id")
    def _check_beneficiaries(self):
        for contract in self:
            for partner in contract.beneficiary_ids:
                if partner.commercial_partner_id != partner:
                    raise ValidationError(
                        self.env._(
                            "%(partner)s belongs to %(company)s. Share the contract "
                            "with the company as a whole.",
                            partner=partner.display_name,
                            company=partner.commercial_partner_id.display_name,
                        )
                    )
            if contract.commercial_partner_id in contract.beneficiary_ids:
                raise ValidationError(
                    self.env._(
                        "%(partner)s is the customer, and needs no share of it.",
                        partner=contract.commercial_partner_id.display_name,
                    )
                )

    def action_view_sites(self):
        """Open what each site and customer has drawn, and what its quota leaves."""
        return self._view_related("service_contract.service_coverage_site_action")

    def _get_customers(self):
        """Return whose tickets the contracts cover: customers and beneficiaries."""
        return self.commercial_partner_id | self.beneficiary_ids

    def _is_shared_with(self, partner):
        """Whether the contract covers a partner's company without being its own."""
        self.ensure_one()
        return partner.commercial_partner_id in self.beneficiary_ids

    # === PORTAL === #

    def _get_portal_shares(self, viewer):
        """Return for which company people look who may not read the contract itself.

        They are shown the balance and what their company drew: no papers, no prices,
        nothing of the customer or of other beneficiaries.

        :param viewer: res.users who looks
        :return: by contract: the beneficiary, empty for everybody else
        """
        viewer_sudo = viewer.sudo()  # portal users may not read users
        company = viewer_sudo.commercial_partner_id
        readable_ids = set(self.with_user(viewer)._filtered_access("read").ids)
        return {
            contract: company
            if contract.id not in readable_ids and contract._is_shared_with(company)
            else company.browse()
            for contract in self
        }
