# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.balance import parse_percents

# No promise to the customer, but how we look after the balance: may change any time.
BALANCE_FIELDS = (
    "balance_thresholds",
    "topup_auto",
    "topup_months",
    "topup_price",
    "topup_priority",
    "topup_product_id",
    "topup_quantity",
    "topup_usable",
)


class ServiceContractTermsMixin(models.AbstractModel):
    """When a balance is low, and what is offered then."""

    _inherit = "service.contract.terms.mixin"

    balance_thresholds = fields.Char(
        string="Warn At (% used)",
        default=lambda self: self.env.company.service_balance_thresholds,
        help="Shares of what is granted at which the responsible is told, such as "
        "80, 95. Empty: nobody is told.",
    )
    topup_product_id = fields.Many2one(
        "product.product",
        string="Top-up Product",
        domain="[('sale_ok', '=', True), ('service_contract_template_id', '=', False)]",
        ondelete="restrict",
        check_company=True,
        help="Sold when the allotment runs low: one of it is one pack.",
    )
    topup_quantity = fields.Float(
        string="Units in a Pack",
        help="How many cases, hours or visits, or which amount, one pack grants.",
    )
    topup_price = fields.Float(
        string="Price of a Pack",
        digits="Product Price",
        help="Without discount; taxes as on the product.",
    )
    topup_usable = fields.Selection(
        [
            ("posted", "When its invoice is posted"),
            ("paid", "When its invoice is paid"),
        ],
        string="Top-up Usable",
        default="posted",
        required=True,
        help="From when on tickets may draw from a pack.",
    )
    topup_months = fields.Integer(
        string="Top-up Valid For (months)",
        help="Counted from the day on which it becomes usable. 0: until the line ends.",
    )
    topup_priority = fields.Integer(
        string="Top-up Priority",
        default=10,
        help="Lots with a lower number are drawn first; allotments have 0.",
    )
    topup_auto = fields.Selection(
        [
            ("no", "By hand"),
            ("quotation", "Make a quotation"),
            ("invoice", "Make a draft invoice"),
        ],
        string="Top Up By Itself",
        default="no",
        required=True,
        help="What is made of one pack when the last threshold is passed. It is never "
        "sent or posted by itself.",
    )

    @api.constrains("balance_thresholds")
    def _check_balance_thresholds(self):
        for line in self:
            try:
                parse_percents(line.balance_thresholds)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(line)s: write the thresholds as percentages from 1 to 100, "
                        "such as 80, 95, not as %(text)s.",
                        line=line.name,
                        text=line.balance_thresholds,
                    )
                ) from error

    @api.constrains(
        "topup_auto",
        "topup_months",
        "topup_price",
        "topup_product_id",
        "topup_quantity",
    )
    def _check_topup(self):
        for line in self:
            if min(line.topup_quantity, line.topup_price, line.topup_months) < 0:
                raise ValidationError(
                    self.env._(
                        "%(line)s: units, price and months of a top-up can't be "
                        "negative.",
                        line=line.name,
                    )
                )
            is_offered = line.topup_product_id and line.topup_quantity
            if line.topup_auto != "no" and not is_offered:
                raise ValidationError(
                    self.env._(
                        "%(line)s: to top up by itself, choose the product of a pack "
                        "and how many units it has.",
                        line=line.name,
                    )
                )

    def _get_thresholds(self):
        """Return the percentages at which somebody is told, ascending."""
        self.ensure_one()
        return parse_percents(self.balance_thresholds) if self._is_counted() else ()

    @api.model
    def _get_terms_fields(self):
        return [*super()._get_terms_fields(), *BALANCE_FIELDS]
