# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class ServiceCoveredItem(models.Model):
    """A product, or one piece of it by its serial number, that a line covers."""

    _name = "service.covered.item"
    _description = "Covered Item"
    _order = "line_id, product_id, serial, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    line_id = fields.Many2one(
        "service.contract.line", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    contract_id = fields.Many2one(related="line_id.contract_id")
    contract_state = fields.Selection(related="line_id.contract_id.state")
    partner_id = fields.Many2one(related="line_id.contract_id.partner_id")
    product_id = fields.Many2one(
        "product.product", required=True, ondelete="restrict", check_company=True
    )
    serial = fields.Char(
        string="Serial Number", help="Empty: every piece of the product."
    )

    # Warranty of its maker or seller
    date_warranty_end = fields.Date(
        string="Warranty Until", help="Last day. Empty: no warranty."
    )
    warranty_labour = fields.Boolean(
        string="Labour",
        default=True,
        help="The warranty includes hours, cases and visits.",
    )
    warranty_parts = fields.Boolean(
        string="Parts", default=True, help="The warranty includes parts and material."
    )
    warranty_travel = fields.Boolean(
        string="Travel", help="The warranty includes journeys."
    )

    _item_uniq = models.UniqueIndex(
        "(line_id, product_id, COALESCE(serial, ''))",
        "The line covers this product and serial number already.",
    )

    @api.depends("product_id", "serial")
    def _compute_display_name(self):
        for item in self:
            name = item.product_id.display_name
            item.display_name = f"{name} [{item.serial}]" if item.serial else name

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        items._check_unlocked()
        return items

    def write(self, vals):
        self._check_unlocked()
        result = super().write(vals)
        self._check_unlocked()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        self._check_unlocked()

    def _has_warranty(self, ticket, day):
        """Whether what a ticket is about is this item, under warranty on a day."""
        self.ensure_one()
        if not self.date_warranty_end or day > self.date_warranty_end:
            return False
        if self.serial and self.serial != ticket.product_serial:
            return False
        # A serial number is enough: people rarely choose the product as well.
        return self.product_id == ticket.product_id or bool(
            self.serial and not ticket.product_id
        )

    def _check_unlocked(self):
        """Refuse to change what an agreed line covers."""
        agreed = self.line_id.filtered(lambda line: line.contract_state != "draft")
        if agreed:
            agreed._check_unlocked({"covered_item_ids"})
