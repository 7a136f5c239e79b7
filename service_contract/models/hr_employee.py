# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    service_role_id = fields.Many2one(
        "service.employee.role",
        ondelete="restrict",
        index="btree_not_null",
        help="What the work is for customers. Rate cards may have a price for it.",
    )
    service_level_id = fields.Many2one(
        "service.employee.level",
        ondelete="restrict",
        index="btree_not_null",
        help="How experienced the employee is. Rate cards may have a price for it.",
    )
