# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class HrEmployeePublic(models.Model):
    """What everybody may know of an employee: also what his work is for customers."""

    _inherit = "hr.employee.public"

    service_role_id = fields.Many2one(related="employee_id.service_role_id")
    service_level_id = fields.Many2one(related="employee_id.service_level_id")
