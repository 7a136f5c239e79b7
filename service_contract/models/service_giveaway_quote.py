# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..const import BASE_PER_SHOWN
from .sale_order_line_extra_work import OPEN_STATES

USER = "service_contract.service_contract_group_user"


class ServiceGiveaway(models.Model):
    """One tap offers a finding to the customer: as extra work of a contract, that waits
    for his signature, or to be billed by sale."""

    _inherit = "service.giveaway"

    # === ACTIONS === #

    def action_make_change(self):
        """Offer it to the customer: quotations of the work, one for each customer."""
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(USER):
            raise AccessError(
                self.env._("Only who makes contracts may offer extra work.")
            )
        orders = self.env["sale.order"]
        for findings in (
            self._take_open()
            .grouped(lambda f: (f.company_id, f.partner_id, f._get_quoted_contract()))
            .values()
        ):
            order = findings._create_quotation()
            findings._decide("change", sale_order_id=order.id)
            orders |= order
        return orders._get_records_action(name=self.env._("Quotations"))

    # === QUOTATIONS === #

    def _create_quotation(self):
        """Offer findings of one customer and contract; return the draft order."""
        extra = self.filtered(lambda finding: finding._get_extra_line())
        order = extra._quote_extra_work() if extra else self._quote_for_sale()
        for finding in self - extra:
            order.order_line = [
                Command.create(finding._prepare_order_line(order.currency_id)),
            ]
        return order

    def _quote_for_sale(self):
        """Return a new order, by which sale bills what no contract has recorded."""
        contract, company = self._get_quoted_contract(), self.company_id
        vals = {
            "company_id": company.id,
            "partner_id": (contract.partner_id or self.partner_id).id,
            "origin": ", ".join(
                dict.fromkeys(f.ticket_id.number for f in self if f.ticket_id)
            ),
        }
        if contract:
            vals |= {
                "partner_invoice_id": contract.invoice_partner_id.id,
                "pricelist_id": contract.pricelist_id.id,
                "fiscal_position_id": contract.fiscal_position_id.id,
                "payment_term_id": contract.payment_term_id.id,
                "client_order_ref": contract.reference,
                "user_id": contract.user_id.id,
            }
        return self.env["sale.order"].with_company(company).create(vals)

    def _quote_extra_work(self):
        """Return a new order of work that is on a contract: that waits for the
        customer, and the contract bills it at the price that he signs."""
        contract = self._get_quoted_contract()
        offers = []
        for finding in self:
            finding._check_not_quoted()
            vals = finding._prepare_extra_line()
            offers.append((vals, finding._get_request(vals)))
        return self.env["service.approval"]._make_quotation(
            contract,
            self.ticket_id,
            offers,
            self.env["service.extra.work"]._get_default_validity(),
        )

    def _get_extra_line(self):
        """Return the contract line that bills the usage of a finding; none where that
        is done, or there is nothing to be billed by a contract."""
        self.ensure_one()
        if self.res_model != "service.usage":
            return self.env["service.contract.line"]
        usage = self.env["service.usage"].browse(self.res_id)
        if self.kind != "uncharged" and not self._get_open_charges(usage):
            return self.env["service.contract.line"]  # invoiced, even if at 0
        return usage.contract_line_id

    def _get_quoted_contract(self):
        """Return by whose terms findings are offered: of the usage, else of the line
        that was found."""
        lines = self.env["service.contract.line"].union(
            *(finding._get_extra_line() for finding in self)
        )
        return lines.contract_id or self.contract_id

    def _check_not_quoted(self):
        """Refuse to offer work a second time, or work that was invoiced in part.

        :raises UserError: with what to do
        """
        usage = self.env["service.usage"].browse(self.res_id)
        usage._check_not_invoiced()
        if usage.quote_line_id.state in (*OPEN_STATES, "sale"):
            raise UserError(
                self.env._(
                    "%(finding)s: quotation %(order)s is about this already. Cancel it "
                    "first, or decide yourself about what is beyond it.",
                    finding=self.display_name,
                    order=usage.quote_line_id.order_id.name,
                )
            )

    def _get_request(self, vals):
        """Return the request that a quotation answers: the open one about the usage,
        or a new one.

        :param vals: of the order line
        """
        usage = self.env["service.usage"].browse(self.res_id)
        # What was decided before ends with the offer: the customer decides now.
        usage.write({"ruling": False, "ruling_reason": False, "approved_price": 0})
        approvals = self.env["service.approval"]
        return usage.approval_ids._filter_pending() or approvals._request(
            [
                approvals._prepare_usage_request(
                    usage,
                    self._get_open_charges(usage),
                    "quote",
                    quantity=self.quantity,
                    amount=vals["product_uom_qty"] * vals["price_unit"],
                )
            ]
        )

    def _prepare_extra_line(self):
        """Return values of the line of a quotation that the contract bills."""
        line = self._get_extra_line()
        # Without a task code: no other work on the ticket belongs to it.
        return {
            **self._prepare_order_line(line.currency_id),
            "service_extra_line_id": line.id,
            "service_ticket_id": self.ticket_id.id,
            "service_unit": self.unit,
        }

    def _prepare_order_line(self, currency):
        """Return values of the line of a quotation that offers the work.

        :param currency: of the quotation
        """
        line = self._get_extra_line() or self.contract_line_id
        product = (
            self.product_id
            or line.overage_product_id
            or line.product_id
            or self.company_id.service_change_product_id
        )
        if not product:
            raise UserError(
                self.env._(
                    "%(finding)s: no contract says which product extra work is. Choose "
                    "one in the settings.",
                    finding=self.display_name,
                )
            )
        quantity = self._get_shown_quantity()
        worth = self.currency_id._convert(
            self.value, currency, self.company_id, self.day, False
        )
        uom = self.env["sale.order.line"]._get_extra_uom(product, self.unit)
        return {
            "product_id": product.id,
            "name": self.env._(
                "%(product)s: %(what)s",
                product=product.name,
                what=self.description or self.display_name,
            ),
            "product_uom_qty": quantity,
            "product_uom_id": uom.id,
            "price_unit": worth / quantity,
        }

    def _get_shown_quantity(self):
        """Return hours, cases, visits or pieces; 1 of an amount."""
        self.ensure_one()
        if self.unit == "minor" or not self.quantity:
            return 1.0
        return self.quantity / BASE_PER_SHOWN.get(self.unit, 1)
