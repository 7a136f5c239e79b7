# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models


class ServiceEmployeeLevel(models.Model):
    """How experienced somebody is: junior, senior, Bachelor with 8 years.

    Rate rules may ask for it. It stands on employees, and is kept with each usage.
    """

    _name = "service.employee.level"
    _description = "Service Level of an Employee"
    _inherit = ["service.employee.trait.mixin"]
    _employee_field = "service_level_id"

    _name_uniq = models.UniqueIndex(
        "((name->>'en_US'))", "There is a level of this name already."
    )
