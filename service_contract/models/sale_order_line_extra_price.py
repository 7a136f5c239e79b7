# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class SaleOrderLine(models.Model):
    """The price of extra work: another one than the rate takes the right to it."""

    _inherit = "sale.order.line"

    service_rated_price = fields.Float(
        string="Price by the Rates",
        copy=False,
        readonly=True,
        digits="Product Price",
        help="What the rates said of a unit of this extra work when it was offered.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"price_unit", "discount", "product_uom_qty"}:
            self._check_extra_price()
        return result

    def _check_extra_price(self):
        """Refuse another price than the rate without the right to.

        :raises AccessError: if no approval rule lets the user offer it
        """
        approvals = self.env["service.approval"]
        for line in self.filtered("service_rated_price"):
            contract_sudo = line.service_extra_line_id.sudo().contract_id  # who sells
            net = line.price_unit * (1 - line.discount / 100)
            difference = abs(net - line.service_rated_price) * line.product_uom_qty
            approvals._check_may_quote(
                contract_sudo, contract_sudo.currency_id.round(difference)
            )
