# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from fractions import Fraction

from odoo import fields, models

from ..engine.credit import Promise


class ServiceSlaCreditMixin(models.AbstractModel):
    """What a missed target is worth; contract templates and contracts promise it.

    The inheriting model says more about its ``currency_id``.
    """

    _name = "service.sla.credit.mixin"
    _description = "SLA Credit Promise"

    currency_id = fields.Many2one("res.currency")
    sla_credit_rule = fields.Selection(
        [
            ("none", "No credit"),
            ("amount", "Amount"),
            ("percent", "Share of the fee"),
        ],
        string="Credit per Miss",
        default="none",
        required=True,
        help="What the customer gets back for each target that is missed. It is "
        "proposed by itself, billing approves it, and it is on the next invoice.",
    )
    sla_credit_amount = fields.Monetary(
        string="Credit Amount", help="For each missed target."
    )
    sla_credit_percent = fields.Float(
        string="Credit (% of Fee)",
        help="Share of the price of the covering contract line, for the billing period "
        "of the miss.",
    )
    sla_credit_cap = fields.Float(
        string="Credit Cap (% of Fee)",
        default=100.0,
        help="All credits of a billing period together are at most this share of its "
        "fee. 0: no cap.",
    )

    _sla_credit_amount_positive = models.Constraint(
        "CHECK (sla_credit_amount >= 0)", "An SLA credit can't be negative."
    )
    _sla_credit_percent_range = models.Constraint(
        "CHECK (sla_credit_percent BETWEEN 0 AND 100)",
        "The credit must be from 0 to 100 % of the fee.",
    )
    _sla_credit_cap_range = models.Constraint(
        "CHECK (sla_credit_cap BETWEEN 0 AND 100)",
        "The cap of credits must be from 0 to 100 % of the fee.",
    )

    def _get_credit_promise(self):
        """Return the promise as ``engine.credit.Promise``."""
        self.ensure_one()
        return Promise(
            self.sla_credit_rule,
            round(self.sla_credit_amount * 10**self.currency_id.decimal_places),
            Fraction(str(self.sla_credit_percent)),
            Fraction(str(self.sla_credit_cap)),
        )
