# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ServiceTaskCodeItem(models.Model):
    """One step of the checklist of a task code."""

    _name = "service.task.code.item"
    _description = "Checklist Item of a Task Code"
    _order = "task_code_id, sequence, id"

    task_code_id = fields.Many2one(
        "service.task.code", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="task_code_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    is_required = fields.Boolean(
        string="Required", help="The work is not complete without it."
    )
