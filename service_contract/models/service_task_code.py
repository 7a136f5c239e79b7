# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from ..const import UNITS


class ServiceTaskCode(models.Model):
    """A kind of work that is delivered: the library that scopes are made of.

    Contract lines name the codes that they include and exclude; rate cards have
    prices for them.
    """

    _name = "service.task.code"
    _description = "Task Code"
    _order = "sequence, code, id"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, copy=False, help="Short name, used in imports. Unique."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for all companies."
    )
    unit = fields.Selection(
        UNITS, default="second", required=True, help="What the work is counted in."
    )
    default_quantity = fields.Float(
        help="Proposed when somebody records such work. 0: nothing is proposed."
    )
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        ondelete="restrict",
        help="Gives the account and the taxes of such work on the invoice. Empty: the "
        "product of the contract line.",
    )
    charging = fields.Selection(
        [("rated", "By coverage and rate card"), ("never", "Never")],
        string="Charged",
        default="rated",
        required=True,
        help="Never: such work is recorded, draws nothing and costs nothing.",
    )
    is_travel = fields.Boolean(
        help="There and back: charged once per visit, at the zone of the site.",
    )
    checklist_ids = fields.One2many("service.task.code.item", "task_code_id", copy=True)
    description = fields.Text(
        translate=True, help="What belongs to the work, for who does it."
    )

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "Another task has this code already."
    )

    _default_not_negative = models.Constraint(
        "CHECK (default_quantity BETWEEN 0 AND 1000000)",
        "The default quantity is a number from 0 to 1,000,000.",
    )

    # === COMPUTE METHODS === #

    @api.depends("code", "name")
    def _compute_display_name(self):
        for task in self:
            task.display_name = f"[{task.code}] {task.name}" if task.code else task.name

    # === CRUD METHODS === #

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for task, vals in zip(self, vals_list, strict=True):
            vals.setdefault("code", self.env._("%(code)s (copy)", code=task.code))
        return vals_list
