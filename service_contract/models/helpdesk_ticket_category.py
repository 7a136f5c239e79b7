# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class HelpdeskTicketCategory(models.Model):
    _inherit = "helpdesk.ticket.category"

    service_skill_ids = fields.Many2many(
        "service.skill",
        "service_skill_category_rel",
        "category_id",
        "skill_id",
        string="Needed Skills",
        help="What the person who works on a ticket of this category must be able to "
        "do. Empty: everybody can.",
    )
