# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, formatLang

from ..tools import format_units


class ServiceTopupOrder(models.TransientModel):
    """Sells more units of a line: makes the quotation or the draft invoice."""

    _name = "service.topup.order"
    _description = "Top Up"
    _inherit = "service.dialog.mixin"
    _about = ("contract_line_id",)

    contract_line_id = fields.Many2one(
        "service.contract.line",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    currency_id = fields.Many2one(related="contract_line_id.currency_id")
    coverage_type = fields.Selection(related="contract_line_id.coverage_type")
    coverage_text = fields.Char(
        related="contract_line_id.coverage_text", string="Coverage"
    )
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_from_line",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('sale_ok', '=', True), ('service_contract_template_id', '=', False)]",
    )
    packs = fields.Float(default=1.0, required=True)
    pack_quantity = fields.Float(
        string="Units in a Pack",
        compute="_compute_from_line",
        store=True,
        readonly=False,
        precompute=True,
        help="Cases, hours, visits or amount that one pack grants.",
    )
    price_unit = fields.Float(
        string="Price of a Pack",
        digits="Product Price",
        compute="_compute_from_line",
        store=True,
        readonly=False,
        precompute=True,
    )
    usable = fields.Selection(
        [
            ("posted", "When its invoice is posted"),
            ("paid", "When its invoice is paid"),
        ],
        compute="_compute_from_line",
        store=True,
        readonly=False,
        precompute=True,
        help="From when on tickets may draw from it.",
    )
    document = fields.Selection(
        [("quotation", "A quotation"), ("invoice", "A draft invoice")],
        string="Make",
        default="quotation",
        required=True,
        help="Invoices are made by billing. Nothing is sent or posted by itself.",
    )
    preview = fields.Text(compute="_compute_preview", string="What Will Happen")

    @api.depends("contract_line_id")
    def _compute_from_line(self):
        for wizard in self:
            line = wizard.contract_line_id
            wizard.product_id = line.topup_product_id or line.overage_product_id
            wizard.pack_quantity = line.topup_quantity
            wizard.price_unit = line.topup_price
            wizard.usable = line.topup_usable or "posted"

    @api.depends(
        "contract_line_id", "packs", "pack_quantity", "price_unit", "usable", "document"
    )
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            units = wizard._get_units()
            if not wizard.contract_line_id or units <= 0:
                wizard.preview = False
                continue
            line = wizard.contract_line_id
            values = {
                "units": format_units(
                    self.env, units, line.coverage_type, line.currency_id, unit=True
                ),
                "price": formatLang(
                    self.env,
                    wizard.packs * wizard.price_unit,
                    currency_obj=line.currency_id,
                ),
            }
            if wizard.usable == "paid":
                wizard.preview = self.env._(
                    "%(units)s for %(price)s without taxes. Tickets draw from them "
                    "once the invoice is paid; what was delivered before stays as "
                    "it is.",
                    **values,
                )
            else:
                wizard.preview = self.env._(
                    "%(units)s for %(price)s without taxes. Tickets draw from them "
                    "once the invoice is posted; what was delivered before stays as "
                    "it is.",
                    **values,
                )

    def _get_pack_units(self):
        """Return the base units of a pack, rounded once."""
        self.ensure_one()
        line = self.contract_line_id
        return line._to_base_units(self.pack_quantity) if line else 0

    def _get_units(self):
        self.ensure_one()
        return round(self.packs * self._get_pack_units())

    def action_apply(self):
        """Make the quotation or the draft invoice and open it."""
        self.ensure_one()
        line = self.contract_line_id
        line.contract_id.check_access("write")
        if not self.product_id:
            raise UserError(self.env._("Choose the product that is sold."))
        is_whole = line.coverage_type not in ("cases", "visits") or not float_compare(
            self.pack_quantity, int(self.pack_quantity), precision_digits=6
        )
        if self.packs <= 0 or self._get_units() <= 0 or not is_whole:
            raise UserError(
                self.env._(
                    "Enter how many packs are sold and how many units one has; cases "
                    "and visits are whole numbers."
                )
            )
        if self.price_unit < 0:
            raise UserError(self.env._("The price can't be negative."))
        document = line._top_up(
            self.product_id,
            self.packs,
            self._get_pack_units(),
            self.price_unit,
            self.usable,
            self.document,
        )
        return line._view_document(document)
