# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models

from ..const import UNITS


class ServiceRateRule(models.Model):
    """One price of a rate card, for a kind of work and a span of days.

    What is empty matches everything; of several rules that match, the most specific
    counts. A price of 0 is a price; work that no rule matches is unrated.
    """

    _name = "service.rate.rule"
    _description = "Rate"
    _inherit = ["service.terms.cache.mixin"]
    _order = "card_id, task_code_id, zone_id, role_id, level_id, unit, date_from, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    card_id = fields.Many2one(
        "service.rate.card",
        string="Rate Card",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="card_id.company_id", store=True)
    currency_id = fields.Many2one(related="card_id.currency_id", store=True)

    # What it is the price of
    task_code_id = fields.Many2one(
        "service.task.code",
        string="Task",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: any work.",
    )
    zone_id = fields.Many2one(
        "service.travel.zone",
        string="Travel Zone",
        ondelete="restrict",
        index="btree_not_null",
        help="Zone of the site. Empty: any.",
    )
    role_id = fields.Many2one(
        "service.employee.role",
        ondelete="restrict",
        index="btree_not_null",
        help="Role of who does the work. Empty: any.",
    )
    level_id = fields.Many2one(
        "service.employee.level",
        ondelete="restrict",
        index="btree_not_null",
        help="Level of who does the work. Empty: any.",
    )
    unit = fields.Selection(UNITS, default="second", required=True)
    date_from = fields.Date(
        string="From", help="First day of work at this price. Empty: always was."
    )
    date_to = fields.Date(
        string="To", help="Last day of work at this price. Empty: until further notice."
    )

    # The price
    price = fields.Float(
        digits=(16, 4), required=True, help="For one hour, case, visit, piece or km."
    )
    overtime_price = fields.Float(
        digits=(16, 4),
        help="For one hour of overtime, as the modifiers define it. 0: the modifiers "
        "say what overtime costs.",
    )
    on_request = fields.Boolean(
        help="There is no price yet: such work waits until somebody prices it."
    )
    rounding_scope = fields.Selection(
        [
            ("none", "Not rounded"),
            ("entry", "Each entry"),
            ("day", "All of a day"),
            ("ticket", "All of a ticket"),
        ],
        string="Rounded",
        default="none",
        required=True,
        help="What is rounded up to full steps, and has the minimum and the maximum.",
    )
    rounding_step = fields.Float(
        string="Step", help="0.25 hours: each begun quarter of an hour counts."
    )
    minimum = fields.Float(help="At least so much is charged. 0: no minimum.")
    maximum = fields.Float(help="At most so much is charged. 0: no maximum.")
