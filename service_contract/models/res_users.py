# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    service_skill_ids = fields.Many2many(
        "service.skill",
        "service_skill_user_rel",
        "user_id",
        "skill_id",
        string="Service Skills",
        help="Which tickets this person can be asked to work on.",
    )
