# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    service_project_id = fields.Many2one(
        "project.project",
        string="Service Project",
        domain="[('allow_timesheets', '=', True)]",
        check_company=True,
        help="Time on tickets is recorded here, unless ticket or contract say otherwise.",
    )
