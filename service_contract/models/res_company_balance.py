# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.balance import parse_percents


class ResCompany(models.Model):
    """What new contracts say about low balances, and how long plans hold units."""

    _inherit = "res.company"

    service_balance_thresholds = fields.Char(
        string="Low Balance Thresholds (% used)",
        default="80, 95",
        help="For new lines: shares of what is granted at which the responsible is "
        "told. Empty: nobody is told.",
    )
    service_low_balance_mail = fields.Boolean(
        string="Tell Customers of Low Balances",
        help="For new contracts: the customer gets a mail when a threshold is passed.",
    )
    service_reservation_days = fields.Integer(
        string="Release Planned Visits After (days)",
        default=14,
        help="What a planned visit holds is released so many days after it if nothing "
        "was delivered. 0: never.",
    )

    _reservation_days_positive = models.Constraint(
        "CHECK (service_reservation_days >= 0)",
        "The days after which planned visits are released can't be negative.",
    )

    @api.constrains("service_balance_thresholds")
    def _check_service_balance_thresholds(self):
        for company in self:
            try:
                parse_percents(company.service_balance_thresholds)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "Write the thresholds as percentages from 1 to 100, such as "
                        "80, 95, not as %(text)s.",
                        text=company.service_balance_thresholds,
                    )
                ) from error
