# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models
from odoo.fields import Command


class ServiceContractTemplateLine(models.Model):
    """The terms that a line of a new contract starts with."""

    _name = "service.contract.template.line"
    _description = "Service Contract Template Line"
    _inherit = ["service.contract.terms.mixin"]
    _order = "template_id, sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    template_id = fields.Many2one(
        "service.contract.template", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    currency_id = fields.Many2one(related="template_id.currency_id", store=True)
    use_pricelist = fields.Boolean(
        string="Price from Pricelist",
        help="Take the price from the contract's pricelist instead of this line.",
    )
    covered_product_ids = fields.Many2many(
        "product.product",
        "service_contract_template_line_covered_product_rel",
        string="Covered Products",
        help="Products whose tickets are covered. Empty: all.",
    )

    def _prepare_contract_line(self, currency=None):
        """Return values of the contract line made from this template line.

        :param currency: the contract's, if it is not the template's: prices are
            converted at today's rate
        """
        self.ensure_one()
        vals = {}
        for name in self._get_terms_fields():
            field = self._fields[name]
            if field.type == "many2many":
                vals[name] = [Command.set(self[name].ids)]
            else:
                vals[name] = field.convert_to_write(self[name], self)
        if currency and currency != self.currency_id:
            company = self.company_id or self.env.company
            now = self.env["service.contract"]._service_now()
            today = fields.Date.context_today(self, now)
            for name in ("price_unit", "overage_price", "topup_price"):
                vals[name] = self.currency_id._convert(
                    self[name], currency, company, today, round=False
                )
        if self.use_pricelist:
            del vals["price_unit"]
        vals["template_line_id"] = self.id
        vals["covered_item_ids"] = [
            Command.create({"product_id": product.id})
            for product in self.covered_product_ids
        ]
        return vals
