# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    service_project_id = fields.Many2one(
        "project.project",
        domain="[('allow_timesheets', '=', True)]",
        check_company=True,
        help="Time on tickets is recorded here, unless ticket or contract say "
        "otherwise.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._set_up_service_contracts()
        return companies

    def _set_up_service_contracts(self):
        """Give companies numbers of their own for contracts, and a project for the
        time on their tickets, where they have none."""
        companies = self.sudo()  # who makes a company may lack the rights for this
        sequences = self.env["ir.sequence"].sudo()  # as above
        numbered = sequences.search(
            [("code", "=", "service.contract"), ("company_id", "in", self.ids)]
        ).company_id
        general = self.env.ref("service_contract.ir_sequence_service_contract", False)
        for company in companies - numbered:
            if general:
                general_sudo = general.sudo()  # as above
                general_sudo.copy({"company_id": company.id, "number_next": 1})
        for company in companies.filtered(lambda c: not c.service_project_id):
            projects = self.env["project.project"].sudo()  # as above
            company.service_project_id = projects.with_company(company).create(
                {
                    "name": self.env._("Service"),
                    "company_id": company.id,
                    "allow_timesheets": True,
                }
            )
