# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ServiceRateCard(models.Model):
    """What work costs: prices by task, role, level and zone, and what modifies them.

    A contract or one of its lines names a card. The price of a usage is that of the
    day on which the work was done; prices are ended and followed by others, not
    changed.
    """

    _name = "service.rate.card"
    _description = "Rate Card"
    _inherit = ["mail.thread", "service.terms.cache.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of
    _uncached_fields = frozenset({"name", "sequence", "active"})

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: for all companies.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Currency of all prices. Contracts that use the card are in it as well.",
    )
    combination = fields.Selection(
        [
            ("highest", "The highest counts"),
            ("add", "Added"),
            ("multiply", "Multiplied"),
        ],
        string="Modifiers Together",
        default="highest",
        required=True,
        tracking=True,
        help="When several modifiers apply at once, such as after hours on a holiday. "
        "150 and 200 %: the highest is 200 %, added they are 250 %, multiplied 300 %.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Office Hours",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Working hours and holidays. Work outside them is after hours. They are "
        "read in the time zone of the customer's site.",
    )
    draws_rounded = fields.Boolean(
        string="Draw the Rounded Quantity",
        help="Rounding steps and minimums count for what is drawn from an allotment as "
        "well. Otherwise for what is charged only.",
    )
    rule_ids = fields.One2many(
        "service.rate.rule", "card_id", string="Prices", copy=True
    )
    modifier_ids = fields.One2many(
        "service.rate.modifier", "card_id", string="Modifiers", copy=True
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("calendar_id")
    def _check_office_hours(self):
        """Refuse modifiers that ask for hours that the card does not have."""
        for card in self:
            asking = card.modifier_ids.filtered(
                lambda modifier: modifier.kind in ("after_hours", "holiday")
            )
            if asking and not card.calendar_id:
                raise ValidationError(
                    self.env._(
                        "%(modifier)s is about office hours. Choose those of %(card)s "
                        "first.",
                        modifier=asking[0].name,
                        card=card.name,
                    )
                )
        self.calendar_id._check_has_openings()

    # === CRUD METHODS === #

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for card, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%(card)s (copy)", card=card.name)
        return vals_list
