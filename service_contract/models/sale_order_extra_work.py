# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models


class SaleOrder(models.Model):
    """The customer's answer to a quotation of extra work."""

    _inherit = "sale.order"

    def _get_extra_work(self):
        """Return the lines that sell extra work of a service contract."""
        return self.order_line.filtered("service_extra_line_id")

    def write(self, vals):
        result = super().write(vals)
        if "validity_date" in vals:
            orders_sudo = self.sudo()  # who sells: no ACL on requests
            orders_sudo._follow_validity()
        return result

    def _follow_validity(self):
        """Let requests expire with the quotation that the customer has."""
        for order in self:
            requests = order._get_extra_work().service_approval_ids
            requests._filter_pending()._extend_to(order.validity_date)

    @api.ondelete(at_uninstall=False)
    def _unlink_withdraws_requests(self):
        lines_sudo = self.sudo()._get_extra_work()  # who sells: no ACL on requests
        # The database deletes the lines with the order, without asking them.
        lines_sudo._end_deleted()

    def _confirmation_error_message(self):
        message = super()._confirmation_error_message()
        requests = self.sudo()._get_extra_work().service_approval_ids  # who sells
        closed = requests.filtered(lambda approval: approval.state != "pending")
        if not message and closed:
            return self.env._(
                "“%(what)s” was answered or has expired already. Make a new quotation.",
                what=closed[0].name,
            )
        return message or self._get_signature_obstacle()

    def _get_signature_obstacle(self):
        """Return why the user can't agree in place of the customer; None if he can.

        Who may approve work out of scope may: the request then says that he did.
        """
        lines = self._get_extra_work()
        if self.env.su or self.signed_by or not lines:
            return None
        approvals = self.env["service.approval"]
        contract_sudo = lines.service_extra_line_id.sudo().contract_id  # who sells
        amount = approvals._to_company_amount(
            sum(lines.mapped("price_subtotal")), contract_sudo
        )
        obstacle = approvals._get_rule_obstacle("scope", contract_sudo, amount)
        return obstacle and self.env._(
            "%(order)s is not signed. Send it to the customer, who signs it in the "
            "portal. %(why)s",
            order=self.name,
            why=obstacle,
        )

    def _action_confirm(self):
        result = super()._action_confirm()
        lines_sudo = self.sudo()._get_extra_work()  # customers sign: no ACL
        lines_sudo._sign()
        return result

    def _action_cancel(self):
        lines_sudo = self.sudo()._get_extra_work()  # customers decline: no ACL
        result = super()._action_cancel()
        for order, lines in lines_sudo.grouped("order_id").items():
            text = self.env._(
                "Quotation %(order)s was declined or cancelled.", order=order.name
            )
            lines._end("refused", text)
        return result
