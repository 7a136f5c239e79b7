# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ServiceSkill(models.Model):
    """What somebody must be able to do to work on a ticket of some category."""

    _name = "service.skill"
    _description = "Service Skill"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    user_ids = fields.Many2many(
        "res.users",
        "service_skill_user_rel",
        "skill_id",
        "user_id",
        string="People",
        domain="[('share', '=', False)]",
        help="Who has this skill.",
    )
    category_ids = fields.Many2many(
        "helpdesk.ticket.category",
        "service_skill_category_rel",
        "skill_id",
        "category_id",
        string="Ticket Categories",
        help="Tickets of these categories need this skill.",
    )

    _name_uniq = models.UniqueIndex(
        "((name->>'en_US'))", "There is a skill of this name already."
    )
