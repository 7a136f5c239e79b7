# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models


class ServiceEmployeeRole(models.Model):
    """What somebody does when he works for a customer: engineer, consultant, driver.

    Rate rules may ask for it. It stands on employees, and is kept with each usage.
    """

    _name = "service.employee.role"
    _description = "Service Role"
    _inherit = ["service.employee.trait.mixin"]
    _employee_field = "service_role_id"

    _name_uniq = models.UniqueIndex(
        "((name->>'en_US'))", "There is a role of this name already."
    )
