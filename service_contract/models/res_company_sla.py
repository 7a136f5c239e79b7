# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ResCompany(models.Model):
    """The policy for customers without one, chosen in the settings."""

    _inherit = "res.company"

    service_sla_policy_id = fields.Many2one(
        "service.sla.policy",
        string="SLA Policy for Everybody Else",
        compute="_compute_service_sla_policy_id",
        inverse="_inverse_service_sla_policy_id",
        domain="[('company_id', 'in', (False, id))]",
        help="Measures tickets whose contract names no policy, and those of customers "
        "without a contract. Empty: such tickets are not measured.",
    )

    def _compute_service_sla_policy_id(self):
        policies = self.env["service.sla.policy"]
        for company in self:
            company.service_sla_policy_id = policies.browse(
                policies._get_default_id(company.id)
            )

    def _inverse_service_sla_policy_id(self):
        policies = self.env["service.sla.policy"]
        for company in self:
            chosen = company.service_sla_policy_id
            # A policy of all companies stays the others' unless it is replaced.
            scopes = [company.id, *(policy.company_id.id for policy in chosen)]
            others = policies.search(
                [("is_default", "=", True), ("company_id", "in", scopes)]
            )
            (others - chosen).is_default = False
            others.flush_recordset()  # one at a time, says the index
            chosen.is_default = True
