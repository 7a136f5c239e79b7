# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class SaleOrderLine(models.Model):
    """A line that sells a service contract is billed by the contract."""

    _inherit = "sale.order.line"

    service_contract_line_ids = fields.One2many(
        "service.contract.line", "sale_line_id", string="Service Contract Lines"
    )

    service_topup_id = fields.Many2one(
        "service.topup",
        string="Top-up",
        copy=False,
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )

    def _prepare_invoice_line(self, **optional_values):
        values = super()._prepare_invoice_line(**optional_values)
        topup_sudo = self.service_topup_id.sudo()  # who sells: no contract ACL
        if topup_sudo:
            values.update(topup_sudo._prepare_invoice_links())
        return values

    def _is_service_contract(self):
        """Whether this line sells a service contract."""
        self.ensure_one()
        return bool(self.product_id.service_contract_template_id)

    def _is_billed_by_contract(self):
        """Whether a service contract invoices what this line sells."""
        return self._is_service_contract() or bool(self.service_extra_line_id)

    def _has_service_contract(self):
        """Whether what this line sells was made, and not cancelled."""
        self.ensure_one()
        states = self.service_contract_line_ids.mapped("contract_state")
        return any(state != "cancelled" for state in states)

    def _prepare_service_contract_lines(self, template):
        """Return values of the contract lines that this order line buys.

        The template line with the sold product, else its first billed line, takes
        quantity, price, discount and description of the quotation; the others come
        as they are.
        """
        self.ensure_one()
        candidates = template.line_ids.filtered(
            lambda line: line.product_id == self.product_id
        ) or template.line_ids.filtered(lambda line: line.billing_unit != "never")
        sold = candidates[:1] or template.line_ids[:1]
        vals_list = []
        for template_line in template.line_ids:
            vals = template_line._prepare_contract_line(self.currency_id)
            vals["sale_line_id"] = self.id
            if template_line == sold:
                vals.update(self._prepare_sold_terms())
            vals_list.append(vals)
        return vals_list

    def _prepare_sold_terms(self):
        """Return the terms that the quotation decides."""
        self.ensure_one()
        terms = {
            "product_id": self.product_id.id,
            "name": self.name,
            "quantity": self.product_uom_qty,
            "price_unit": self.price_unit,
            "discount": self.discount,
        }
        if self.analytic_distribution:
            terms["analytic_distribution"] = self.analytic_distribution
        return terms

    @api.depends("product_id.service_contract_template_id", "service_extra_line_id")
    def _compute_qty_to_invoice(self):
        result = super()._compute_qty_to_invoice()
        for line in self:
            if line._is_billed_by_contract():
                line.qty_to_invoice = 0.0
        return result

    @api.depends("product_id.service_contract_template_id", "service_extra_line_id")
    def _compute_invoice_status(self):
        result = super()._compute_invoice_status()
        for line in self:
            if line._is_billed_by_contract() and line.state == "sale":
                line.invoice_status = "no"
        return result

    @api.depends("product_id.service_contract_template_id", "service_extra_line_id")
    def _compute_untaxed_amount_to_invoice(self):
        result = super()._compute_untaxed_amount_to_invoice()
        for line in self:
            if line._is_billed_by_contract():
                line.untaxed_amount_to_invoice = 0.0
        return result

    @api.depends("product_id.service_contract_template_id", "service_extra_line_id")
    def _compute_amount_to_invoice(self):
        result = super()._compute_amount_to_invoice()
        for line in self:
            if line._is_billed_by_contract():
                line.amount_to_invoice = 0.0
        return result
