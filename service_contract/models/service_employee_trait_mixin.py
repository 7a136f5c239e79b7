# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import AccessError


class ServiceEmployeeTraitMixin(models.AbstractModel):
    """Something about an employee that prices may depend on: role or level.

    Whoever writes rate cards says here who has it, without being an HR officer.
    """

    _name = "service.employee.trait.mixin"
    _description = "Trait of Employees"
    _order = "sequence, name, id"

    # Field of hr.employee that holds it
    _employee_field = ""

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    employee_ids = fields.Many2many(
        "hr.employee.public",
        string="People",
        compute="_compute_employee_ids",
        inverse="_inverse_employee_ids",
        help="Who has it. Each employee has one at most.",
    )

    # === COMPUTE METHODS === #

    def _compute_employee_ids(self):
        profiles = self.env["hr.employee.public"]
        employees_sudo = self._get_employees_sudo()
        by_trait = employees_sudo.grouped(self._employee_field)
        for trait in self:
            found = by_trait.get(trait._origin, ())
            trait.employee_ids = profiles.browse(employee.id for employee in found)

    def _inverse_employee_ids(self):
        if not self.has_access("write"):
            raise AccessError(
                self.env._("Contract managers say who has which role and level.")
            )
        for trait in self:
            before_sudo = trait._get_employees_sudo()
            chosen_sudo = before_sudo.browse(trait.employee_ids.ids)
            (before_sudo - chosen_sudo).write({self._employee_field: False})
            (chosen_sudo - before_sudo).write({self._employee_field: trait.id})

    def _get_employees_sudo(self):
        employees_sudo = self.env["hr.employee"].sudo()  # who rates: no HR rights
        return employees_sudo.search(
            [
                (self._employee_field, "in", self.ids),
                ("company_id", "in", self.env.companies.ids),
            ]
        )

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_clear_employees(self):
        """Nobody has what is deleted."""
        self.employee_ids = False
