# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ProductTemplate(models.Model):
    """A product that is sold as a service contract."""

    _inherit = "product.template"

    service_contract_template_id = fields.Many2one(
        "service.contract.template",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Confirming a quotation with this product makes a service contract from "
        "this template. The contract bills it, so the quotation does not.",
    )
