# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ServiceEmployeeLevel(models.Model):
    """How experienced somebody is: junior, senior, Bachelor with 8 years.

    Rate rules may ask for it. It stands on employees, and is kept with each usage.
    """

    _name = "service.employee.level"
    _description = "Service Level of an Employee"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex(
        "((name->>'en_US'))", "There is a level of this name already."
    )
