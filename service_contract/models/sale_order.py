# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models
from odoo.fields import Command


class SaleOrder(models.Model):
    """Confirming a quotation makes the service contracts that it sells."""

    _inherit = "sale.order"

    service_contract_ids = fields.One2many(
        "service.contract", "sale_order_id", string="Service Contracts"
    )
    service_contract_count = fields.Integer(compute="_compute_service_contract_count")

    def _compute_service_contract_count(self):
        counts = dict(
            self.env["service.contract"]._read_group(
                [("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"]
            )
        )
        for order in self:
            order.service_contract_count = counts.get(order, 0)

    def _action_confirm(self):
        result = super()._action_confirm()
        for order in self:
            order._create_service_contracts()
        return result

    def action_view_service_contracts(self):
        """Open the service contracts made from this order."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_contract_action"
        )
        if self.service_contract_count == 1:
            return {
                **action,
                "views": [(False, "form")],
                "res_id": self.service_contract_ids.id,
            }
        return {**action, "domain": [("sale_order_id", "=", self.id)]}

    def _create_service_contracts(self):
        """Make and confirm one contract per template sold, once per order line."""
        self.ensure_one()
        sold = self.order_line.filtered(
            lambda line: line._is_service_contract()
            and not line.service_contract_line_ids
            and line.product_uom_qty > 0
        )
        # sudo: who may sell may make what was sold, whatever the contract rights
        contract_model = self.env["service.contract"].sudo()
        for template, lines in sold.grouped(
            lambda line: line.product_id.service_contract_template_id
        ).items():
            contract = contract_model.with_company(self.company_id).create(
                self._prepare_service_contract(template, lines)
            )
            contract.action_confirm()
            contract.message_post_with_source(
                "mail.message_origin_link",
                render_values={"self": contract, "origin": self},
                subtype_xmlid="mail.mt_note",
            )

    def _prepare_service_contract(self, template, lines):
        """Return values of the contract that sells these order lines."""
        self.ensure_one()
        return {
            "template_id": template.id,
            "company_id": self.company_id.id,
            "sale_order_id": self.id,
            "partner_id": self.partner_id.id,
            "invoice_partner_id": self.partner_invoice_id.id,
            "user_id": self.user_id.id,
            "reference": self.client_order_ref,
            "date_start": self._get_service_start(),
            "pricelist_id": self.pricelist_id.id,
            "currency_id": self.currency_id.id,
            "payment_term_id": self.payment_term_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "journal_id": self.journal_id.id,
            "note": self.note or template.note,
            "line_ids": [
                Command.create(vals)
                for line in lines
                for vals in line._prepare_service_contract_lines(template)
            ],
        }

    def _get_service_start(self):
        """Return the first day of service: the promised one, or today."""
        self.ensure_one()
        if self.commitment_date:
            return fields.Datetime.context_timestamp(self, self.commitment_date).date()
        return fields.Date.context_today(self)
