# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ResCompany(models.Model):
    """What is looked for as given away, and what it is worth."""

    _inherit = "res.company"

    service_giveaway_digest = fields.Boolean(
        string="Weekly Mail of Giveaways",
        help="Each week, team leaders get a mail with what their team gave away "
        "without saying so.",
    )
    service_giveaway_user_id = fields.Many2one(
        "res.users",
        string="Told of the Rest",
        domain="[('share', '=', False)]",
        help="Gets the weekly mail of what no team did: sales and invoices at 0, and "
        "teams without a leader.",
    )
    service_giveaway_days = fields.Integer(
        string="Look Back (days)",
        default=60,
        help="How far back work is looked at that was given away without saying so: by "
        "its day, or by when it was recorded, if that is later.",
    )
    service_undecided_days = fields.Integer(
        string="Decide Within (days)",
        default=7,
        help="Work that nobody has decided about for longer is on the list.",
    )
    service_answer_minutes = fields.Integer(
        string="Time of an Answer (minutes)",
        default=15,
        help="What an answer or a note counts that nobody recorded time for.",
    )
    service_hour_value = fields.Monetary(
        string="Value of an Hour",
        help="Where no contract names a price.",
    )
    service_change_product_id = fields.Many2one(
        "product.product",
        string="Product for Extra Work",
        domain="[('sale_ok', '=', True)]",
        help="On quotations of work that was found, where the contract names no "
        "product.",
    )

    _service_giveaway_days = models.Constraint(
        "CHECK (service_giveaway_days BETWEEN 1 AND 3660"
        " AND service_undecided_days >= 0 AND service_answer_minutes >= 0)",
        "Look back at least a day and at most ten years; the other numbers can't be "
        "negative.",
    )
