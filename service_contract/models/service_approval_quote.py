# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

# Later days end with it: the next one has to be an instant in every time zone.
LAST_DAY = date.max - timedelta(days=7)


class ServiceApproval(models.Model):
    """Requests that the customer answers, by signing a quotation in the portal."""

    _inherit = "service.approval"

    order_line_id = fields.Many2one(
        "sale.order.line",
        string="Quoted By",
        ondelete="set null",
        index="btree_not_null",
    )
    order_id = fields.Many2one(related="order_line_id.order_id", string="Quotation")
    is_with_customer = fields.Boolean(
        string="With the Customer",
        compute="_compute_is_with_customer",
    )
    who_text = fields.Char(compute="_compute_who_text", string="Who Decides")

    @api.depends("order_line_id", "state")
    def _compute_is_with_customer(self):
        for approval in self:
            approval.is_with_customer = approval.state == "pending" and bool(
                approval.order_line_id
            )

    @api.depends("approver_ids", "is_with_customer")
    @api.depends_context("lang")
    def _compute_who_text(self):
        for approval in self:
            if approval.is_with_customer:
                approval.who_text = self.env._("The customer")
            else:
                names = approval.sudo().approver_ids.mapped("name")  # names only
                approval.who_text = ", ".join(names[:3]) or False

    # === BUSINESS METHODS === #

    def _extend_to(self, day):
        """Let requests expire with the quotation.

        :param day: last day on which the customer can sign; False for no such day
        """
        for approval in self:
            approval.valid_until = day and approval.contract_id._day_start(
                min(day, LAST_DAY) + timedelta(days=1)
            )

    @api.model
    def _check_may_quote(self, contract_sudo, difference):
        """Refuse to offer another price than the rate without the right to.

        :param difference: between what is offered and what the rates say
        """
        if self.env.su or not difference:
            return
        obstacle = self._get_rule_obstacle(
            "rate", contract_sudo, self._to_company_amount(difference, contract_sudo)
        )
        if obstacle:
            raise AccessError(
                self.env._(
                    "The price is not the rate. %(why)s Or offer it at the rate.",
                    why=obstacle,
                )
            )

    def _check_not_with_customer(self):
        """Refuse to decide or offer again what the customer is asked.

        :raises UserError: that names the quotation
        """
        for approval in self.filtered("is_with_customer"):
            raise UserError(
                self.env._(
                    "The customer has quotation %(order)s for this. Cancel it first.",
                    order=approval.sudo().order_id.name,  # who can't sell
                )
            )

    @api.model
    def _make_quotation(self, contract, ticket, lines, validity_date):
        """Make the quotation of extra work, and let it wait for the customer.

        Whether the user may is checked before.

        :param lines: pairs of the values of an order line and the requests that it
            answers; for planned work there are none, so one is made
        :return: the sale.order
        """
        orders = self.env["sale.order"].sudo()  # who works on the ticket may offer
        order = orders.with_company(contract.company_id).create(
            {
                **contract.sudo()._prepare_quotation(),  # agents: no contract ACL
                "validity_date": validity_date,
                "require_signature": True,
                "require_payment": False,
                "order_line": [Command.create(vals) for vals, _requests in lines],
            }
        )
        if order.currency_id != contract.currency_id:
            raise UserError(
                self.env._(
                    "The quotation would be in %(order)s, but the contract is in "
                    "%(contract)s. Give the contract a pricelist in its currency.",
                    order=order.currency_id.name,
                    contract=contract.currency_id.name,
                )
            )
        contract.sudo().has_extra_work = True  # a mark, whoever offers
        for order_line, (_vals, requests) in zip(order.order_line, lines, strict=True):
            requests_sudo = requests.sudo()  # written by verbs only: no ACL
            answered = requests_sudo or self._request_planned(order_line)
            answered._hand_to_customer(order_line)
        order._follow_validity()
        ticket._wait_for_customer(order)
        return order

    @api.model
    def _request_planned(self, order_line):
        """Make the request for work that is only planned yet."""
        quantity = order_line._get_quoted_quantity()
        return self._request(
            [
                {
                    "name": order_line.name.split("\n")[0],
                    "kind": "scope",
                    "asked": "quote",
                    "contract_line_id": order_line.service_extra_line_id.id,
                    "ticket_id": order_line.service_ticket_id.id,
                    "unit": order_line.service_unit,
                    "quantity": quantity,
                    "amount": order_line.price_subtotal,
                }
            ]
        )

    def _hand_to_customer(self, order_line):
        """Let the customer decide: our own people have nothing to do meanwhile."""
        now = self.env["service.contract"]._service_now()
        self.write({"order_line_id": order_line.id, "told_at": now})
        self.activity_unlink(["service_contract.mail_activity_type_approval"])
        for approval in self:
            approval._log_around(
                self.env._(
                    "%(link)s: offered to the customer with %(order)s by %(who)s, "
                    "%(amount)s.",
                    link=approval._get_html_link(),
                    order=order_line.order_id._get_html_link(),
                    who=self.env.user.name,
                    amount=order_line.currency_id.format(order_line.price_subtotal),
                )
            )
        usages = self.usage_id
        usages.quote_line_id = order_line
        usages._settle_again()

    def _withdraw(self, note):
        """End what the customer has with the request: he could not sign it any more."""
        self.order_line_id._end("withdrawn", note)
        unquoted = self.filtered(lambda approval: not approval.order_line_id)
        return super(ServiceApproval, unquoted)._withdraw(note)

    def _log_end(self):
        """Put on record that the customer does not agree."""
        for approval in self:
            approval._log_around(
                self.env._(
                    "%(link)s: not agreed by the customer. %(note)s",
                    link=approval._get_html_link(),
                    note=approval.note,
                )
            )
