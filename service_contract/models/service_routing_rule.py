# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..engine.routing import Rule


class ServiceRoutingRule(models.Model):
    """Who gets new tickets of some tier, category or skill.

    Managers write them. The first rule that is for a ticket sets its team and its
    assignee, as far as nobody chose them; tickets that exist are left alone.
    """

    _name = "service.routing.rule"
    _description = "Ticket Routing Rule"
    _inherit = ["service.terms.cache.mixin"]
    _order = "sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first rule that fits is used.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: used in all companies.",
    )

    # Which tickets
    tier_ids = fields.Many2many(
        "service.tier",
        string="Tiers",
        help="Tickets whose contract has one of these tiers. Empty: any.",
    )
    category_ids = fields.Many2many(
        "helpdesk.ticket.category",
        string="Categories",
        help="Tickets of these categories, or below them. Empty: any.",
    )
    skill_ids = fields.Many2many(
        "service.skill",
        string="Skills",
        help="Tickets whose category needs one of these skills. Empty: any.",
    )

    # Who gets them
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: the team is left as it is.",
    )
    assign = fields.Selection(
        [
            ("none", "Nobody"),
            ("user", "A person"),
            ("suggested", "Who is free and able"),
        ],
        string="Assign To",
        default="none",
        required=True,
        help="Who is free and able: has the skills, works now, is not on leave and has "
        "the fewest open tickets.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        domain="[('share', '=', False)]",
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.constrains("team_id", "assign", "user_id")
    def _check_result(self):
        for rule in self:
            if not rule.team_id and rule.assign == "none":
                raise ValidationError(
                    self.env._(
                        "%(rule)s does nothing yet: choose a team, a person or both.",
                        rule=rule.name,
                    )
                )
            if rule.assign == "user" and not rule.user_id:
                raise ValidationError(
                    self.env._("%(rule)s: choose the person.", rule=rule.name)
                )
            members = rule.team_id.user_ids
            if rule.assign == "user" and rule.team_id and rule.user_id not in members:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: %(user)s is not a member of %(team)s. Add the "
                        "person to the team, or choose somebody else.",
                        rule=rule.name,
                        user=rule.user_id.name,
                        team=rule.team_id.display_name,
                    )
                )

    @api.model
    @ormcache("company_id")
    def _get_rules(self, company_id):
        """Return the rules of a company in order, ready for ``engine.routing``.

        :return: tuple of ``Rule``, whose keys are ids
        """
        model = self.sudo()  # the rules hold for whoever makes the ticket
        company = model.env["res.company"].browse(company_id)
        rules = model.search([("company_id", "in", [False, *company.parent_ids.ids])])
        return tuple(
            Rule(
                rule.id,
                frozenset(rule.tier_ids.ids),
                frozenset(rule.category_ids.ids),
                frozenset(rule.skill_ids.ids),
            )
            for rule in rules
        )
