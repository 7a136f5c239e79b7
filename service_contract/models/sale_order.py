# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class SaleOrder(models.Model):
    """Confirming a quotation makes the service contracts that it sells."""

    _inherit = "sale.order"

    service_contract_ids = fields.One2many(
        "service.contract", "sale_order_id", string="Service Contracts"
    )
    service_contract_count = fields.Integer(
        compute="_compute_service_contract_count", compute_sudo=True
    )

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
            order_sudo = order.sudo()  # who may sell may make what was sold
            order_sudo._create_service_contracts()
        return result

    def _action_cancel(self):
        self.sudo()._cancel_service_contracts()  # who may sell: see _action_confirm
        return super()._action_cancel()

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
            lambda line: (
                line._is_service_contract()
                and not line._has_service_contract()
                and line.product_uom_qty > 0
            )
        )
        contract_model = self.env["service.contract"]
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

    def _cancel_service_contracts(self):
        """Cancel the contracts that nobody has used.

        :raises UserError: for a contract that something was charged to
        """
        for contract in self.service_contract_ids:
            if contract.state in ("expired", "cancelled"):
                continue
            if contract.charge_ids or contract._has_billing():
                raise UserError(
                    self.env._(
                        "%(contract)s is in use. Cancel it from a date first, then "
                        "cancel the order.",
                        contract=contract.display_name,
                    )
                )
            reason = self.env._(
                "Order %(order)s was cancelled.", order=contract.sale_order_id.name
            )
            contract.action_cancel(reason=reason)

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
        now = self.env["service.contract"]._service_now()
        return fields.Date.context_today(self, now)
