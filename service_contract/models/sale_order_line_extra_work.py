# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import float_compare

from ..const import BASE_PER_SHOWN, UNITS

# States of an order that the customer can still sign.
OPEN_STATES = ("draft", "sent")
# What the customer agrees to.
SIGNED_FIELDS = {
    "discount",
    "price_unit",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
}


class SaleOrderLine(models.Model):
    """Extra work that a customer is asked to agree to.

    What is delivered of it is a usage of the contract as any other, billed by the
    contract at the price of this line, up to its quantity.
    """

    _inherit = "sale.order.line"

    service_extra_line_id = fields.Many2one(
        "service.contract.line",
        string="Extra Work Of",
        copy=False,
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Contract line that this extra work is billed with.",
    )
    service_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Ticket",
        copy=False,
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    service_task_code_id = fields.Many2one(
        "service.task.code",
        string="Task Code",
        copy=False,
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    service_unit = fields.Selection(
        UNITS, string="Counted In", copy=False, readonly=True
    )
    service_approval_ids = fields.One2many(
        "service.approval", "order_line_id", string="Requests"
    )

    # === CRUD METHODS === #

    def write(self, vals):
        if vals.keys() & SIGNED_FIELDS and not self.env.su:
            signed = self.filtered(
                lambda line: line.service_extra_line_id and line.state == "sale"
            )
            if signed:
                raise UserError(
                    self.env._(
                        "The customer has agreed to %(line)s as it is. Quote the "
                        "difference, or cancel the order.",
                        line=signed[0].name,
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_withdraws_requests(self):
        extra = self.filtered("service_extra_line_id")
        lines_sudo = extra.sudo()  # who sells: no ACL on requests
        lines_sudo._end_deleted()

    # === GETTERS === #

    def _get_quoted_quantity(self):
        """Return how much was quoted, in base units: of something delivered exactly
        that, although an order shows 20 minutes as 0.33 hours."""
        self.ensure_one()
        if self.service_unit == "minor":
            scale = 10**self.currency_id.decimal_places
            return round(self.product_uom_qty * self.price_unit * scale)
        quantity = self.product_uom_qty
        if self.service_unit == "second":
            quantity = self._get_hours()
        scale = BASE_PER_SHOWN.get(self.service_unit, 1)
        delivered = self.service_approval_ids.filtered("usage_id")[:1].quantity
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        if not float_compare(quantity, delivered / scale, precision_digits=digits):
            return delivered
        return round(quantity * scale)

    def _get_hours(self):
        hour = self.env.ref("uom.product_uom_hour")
        unit = self.product_uom_id
        if not unit or not unit._has_common_reference(hour):
            return self.product_uom_qty
        return unit._compute_quantity(self.product_uom_qty, hour, round=False)

    def _get_quoted_price(self):
        """Return the price of a base unit, in minor currency units, exactly."""
        self.ensure_one()
        quantity = self._get_quoted_quantity()
        if not quantity:
            return Fraction(0)
        scale = 10**self.currency_id.decimal_places
        net = Fraction(str(self.price_unit)) * Fraction(str(self.product_uom_qty))
        net *= 1 - Fraction(str(self.discount)) / 100
        return net * scale / quantity

    # === BUSINESS METHODS === #

    @api.model
    def _get_extra_uom(self, product, unit):
        """Return in what extra work is sold: time in hours, if the product may be."""
        hour = self.env.ref("uom.product_uom_hour")
        uom = product.uom_id
        is_time = unit == "second" and uom._has_common_reference(hour)
        return hour if is_time else uom

    @api.model
    def _find_extra_work(self, tickets):
        """Return the lines that quote extra work on tickets: signed, or out.

        Those that were answered or have expired can't be signed, whatever their state.
        """
        is_out = Domain("state", "in", OPEN_STATES) & Domain(
            "service_approval_ids.state", "=", "pending"
        )
        return self.search(
            Domain("service_ticket_id", "in", tickets.ids)
            & Domain("service_extra_line_id", "!=", False)
            & (Domain("state", "=", "sale") | is_out),
            order="id",
        )

    def _is_for(self, usage):
        """Whether a usage is the extra work that this line quotes."""
        self.ensure_one()
        return (
            bool(self.service_task_code_id)
            and self.service_task_code_id == usage.task_code_id
            and self.service_unit == usage.unit
            and self.service_ticket_id == usage.ticket_id
            and self.service_extra_line_id == usage.contract_line_id
        )

    def _sign(self):
        """Let the customer's agreement count: requests and usages follow it."""
        for line in self:
            requests = line.service_approval_ids._filter_pending()
            if requests:
                requests._lock_pending()._close(
                    "approved",
                    decision="quote",
                    note=line._get_signature(),
                    **line._prepare_signer(),
                )
                requests._log_decision()
        self._go_on()
        self._get_usages()._settle_quoted()

    def _get_signature(self):
        """Return who agreed, in words."""
        order = self.order_id
        if order.signed_by:
            return self.env._(
                "%(order)s signed by %(who)s", order=order.name, who=order.signed_by
            )
        return self.env._("%(order)s confirmed", order=order.name)

    def _prepare_signer(self):
        """Return who agreed or declined: the customer, unless a colleague did it."""
        order = self.order_id
        if order.signed_by:
            return {"decided_by_id": False, "decided_by_name": order.signed_by}
        if self.service_approval_ids._get_decider():
            return {}
        return {"decided_by_name": order.partner_id.display_name}

    def _end(self, state, note):
        """End what the customer does not agree to; the work is ours to decide about.

        :param state: of the requests that are still open
        :raises UserError: for work that is on an invoice already
        """
        for line in self:
            requests = line.service_approval_ids._filter_pending()
            if requests:
                signer = line._prepare_signer() if state == "refused" else {}
                requests._lock_pending()._close(
                    state, decision=False, note=note, **signer
                )
                requests._log_end()
        self._go_on()
        usages = self._get_usages()
        usages.charge_ids.filtered(
            lambda charge: charge._get_quote() in self.ids
        )._check_not_invoiced()
        for usage in usages.filtered(lambda usage: usage.quote_line_id in self):
            usage.quote_line_id = usage._get_signed_lines()[-1:]
        usages.flush_recordset(["quote_line_id"])  # the line may be deleted next
        usages._settle_quoted()

    def _end_deleted(self):
        """End what the customer can't agree to any more."""
        # Still there, but not to be found any more.
        self.service_extra_line_id = False
        self._end("withdrawn", self.env._("The quotation was deleted."))

    def _go_on(self):
        """Let the clocks of tickets run again that waited for the customer."""
        for ticket in self.service_ticket_id:
            reason = ticket.company_id.service_quote_pause_reason_id
            if reason and ticket._resume_sla(reasons=reason):
                ticket._sync_sla()

    def _get_usages(self):
        """Return the usages that are billed by these lines, or wait for them.

        Also by others of the tickets: what is beyond one quotation is another's.
        """
        lines = self | self.service_ticket_id.service_extra_work_ids
        return self.env["service.usage"].search(
            [("quote_line_id", "in", lines.ids), ("is_void", "=", False)]
        )
