# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..const import BASE_PER_SHOWN, UNITS


class ServiceExtraWork(models.TransientModel):
    """Offers extra work to the customer: makes a quotation to sign in the portal."""

    _name = "service.extra.work"
    _description = "Quote Extra Work"
    _inherit = "service.dialog.mixin"
    _about = ("ticket_id", "line_ids.approval_id", "line_ids.task_code_id")

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, ondelete="cascade")
    contract_line_id = fields.Many2one(related="ticket_id.service_contract_line_id")
    currency_id = fields.Many2one(related="contract_line_id.currency_id")
    partner_id = fields.Many2one(related="contract_line_id.contract_id.partner_id")
    line_ids = fields.One2many("service.extra.work.line", "wizard_id")
    validity_date = fields.Date(
        string="Valid Until",
        required=True,
        default=lambda self: self._get_default_validity(),
        help="The customer can sign until then.",
    )
    send = fields.Boolean(
        string="Send Now",
        default=True,
        help="The customer gets the quotation by mail, with the link to sign.",
    )
    amount = fields.Monetary(compute="_compute_amount", string="Untaxed Total")

    @api.model
    def _get_default_validity(self):
        today = self.env["service.contract"]._service_now().date()
        return today + timedelta(days=14)

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        model = self.env.context.get("active_model")
        records = self.env.context.get("active_ids") or []
        requests = self.env["service.approval"]
        if model == "service.approval":
            requests = requests.browse(records)
            ticket = requests.ticket_id[:1]
        else:
            ticket = self.env["helpdesk.ticket"].browse(records[:1])
            requests = ticket.service_approval_ids
        open_requests = requests.filtered(
            lambda request: (
                request.state == "pending"
                and request.usage_id
                and request.ticket_id == ticket
                and not request.is_with_customer
            )
        )
        defaults["ticket_id"] = ticket.id
        defaults["line_ids"] = [
            Command.create({"approval_id": request.id}) for request in open_requests
        ] or [Command.create({})]
        return defaults

    @api.depends("line_ids.subtotal")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = sum(wizard.line_ids.mapped("subtotal"))

    def action_apply(self):
        """Make the quotation, send it if wanted, and open it."""
        self.ensure_one()
        self.ticket_id.check_access("write")
        line = self.contract_line_id.sudo()  # who works on the ticket: no contract ACL
        if not line:
            raise UserError(self.env._("Choose the contract line of the ticket first."))
        if not self.line_ids:
            raise UserError(self.env._("Say what is offered."))
        self._check_validity(line.contract_id)
        self.line_ids._check_offer(line.contract_id)
        order_sudo = self.env["service.approval"]._make_quotation(
            line.contract_id,
            self.ticket_id,
            [(own._prepare_order_line(), own.approval_id) for own in self.line_ids],
            self.validity_date,
        )
        if self.send:
            self._send(order_sudo)
        try:
            order_sudo.with_user(self.env.user).check_access("read")
        except AccessError:
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": order_sudo.id,
            "view_mode": "form",
        }

    def _check_validity(self, contract_sudo):
        """Refuse an offer that the customer could not sign any more.

        :raises UserError: for a day before today, in the contract's time zone
        """
        today = contract_sudo._local_day(contract_sudo._service_now())
        if self.validity_date < today:
            raise UserError(
                self.env._(
                    "%(day)s is over: the customer could not sign any more. Choose "
                    "%(today)s (today) or later in “Valid Until”.",
                    day=format_date(self.env, self.validity_date),
                    today=format_date(self.env, today),
                )
            )

    def _send(self, order_sudo):
        """Send the quotation as sale does, with the link to sign."""
        order_sudo.action_quotation_sent()
        order_sudo._send_order_notification_mail(
            self.env.ref("sale.email_template_edi_sale", False)
        )


class ServiceExtraWorkLine(models.TransientModel):
    """One kind of work that is offered."""

    _name = "service.extra.work.line"
    _description = "Extra Work"
    _inherit = "service.dialog.mixin"
    _about = ("wizard_id", "approval_id", "task_code_id")

    wizard_id = fields.Many2one("service.extra.work", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    approval_id = fields.Many2one(
        "service.approval",
        string="Request",
        ondelete="cascade",
        help="Delivered work that waits; empty for work that is only planned.",
    )
    task_code_id = fields.Many2one(
        "service.task.code",
        compute="_compute_from_request",
        store=True,
        readonly=False,
        ondelete="cascade",
        help="Work of this kind on the ticket belongs to the offer.",
    )
    unit = fields.Selection(
        UNITS,
        compute="_compute_unit",
        store=True,
        readonly=False,
    )
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_product",
        store=True,
        readonly=False,
        ondelete="cascade",
    )
    name = fields.Char(
        string="Description",
        compute="_compute_name",
        store=True,
        readonly=False,
    )
    quantity = fields.Float(
        compute="_compute_quantity",
        store=True,
        readonly=False,
        help="Hours, pieces, kilometres or visits. More than that waits again.",
    )
    rate = fields.Float(
        compute="_compute_rate", digits="Product Price", help="What the rates say."
    )
    price_unit = fields.Float(
        string="Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        digits="Product Price",
        help="Proposed from the rates. Another price takes the right to decide it.",
    )
    subtotal = fields.Monetary(compute="_compute_subtotal")

    # === COMPUTE METHODS === #

    @api.depends("approval_id")
    def _compute_from_request(self):
        for line in self:
            usage = line.approval_id.sudo().usage_id  # who offers: no ledger
            line.task_code_id = usage.task_code_id or line.task_code_id

    @api.depends("approval_id", "task_code_id")
    def _compute_unit(self):
        for line in self:
            line.unit = line.approval_id.unit or line.task_code_id.unit or "second"

    @api.depends("task_code_id", "wizard_id.ticket_id")
    def _compute_product(self):
        for line in self:
            terms = line._get_terms()
            line.product_id = (
                line.task_code_id.product_id
                or terms.overage_product_id
                or terms.product_id
            )

    @api.depends("approval_id", "task_code_id")
    def _compute_name(self):
        for line in self:
            line.name = line.approval_id.name or line.task_code_id.name

    @api.depends("approval_id", "task_code_id")
    def _compute_quantity(self):
        for line in self:
            scale = line._get_scale()
            line.quantity = (
                line.approval_id.quantity / scale
                or line.task_code_id.default_quantity
                or 1.0
            )

    @api.depends("approval_id", "task_code_id", "unit", "wizard_id.ticket_id")
    def _compute_rate(self):
        for line in self:
            line.rate = line._get_rate()

    @api.depends("rate")
    def _compute_price_unit(self):
        for line in self:
            line.price_unit = line.rate

    @api.depends("quantity", "price_unit")
    def _compute_subtotal(self):
        for line in self:
            line.subtotal = line.quantity * line.price_unit

    # === GETTERS === #

    def _get_terms(self):
        """Return the contract line that the work is billed with."""
        return self.wizard_id.ticket_id.service_contract_line_id.sudo()  # no ACL

    def _get_scale(self):
        """Return how many base units one shown unit has."""
        return 1 if self.unit == "minor" else BASE_PER_SHOWN.get(self.unit, 1)

    def _get_rate(self):
        """Return the price of one shown unit by the rates: of the work that waits, else
        as of now."""
        self.ensure_one()
        ticket = self.wizard_id.ticket_id
        if not self._get_terms() or not self.unit or self.unit == "minor":
            return 1.0 if self.unit == "minor" else 0.0
        usage = self.approval_id.sudo().usage_id  # who offers: no ledger
        waiting = usage._get_undecided().get(usage)
        if waiting and (worth := sum(waiting.mapped("amount"))):
            return worth / (sum(waiting.mapped("quantity")) / self._get_scale())
        usages = self.env["service.usage"].sudo()  # only rated, in memory
        usage = usages.new(
            {
                **ticket.sudo()._prepare_service_usage(),  # as above
                "source": "manual",
                "external_key": "-",
                "unit": self.unit,
                "quantity": self._get_scale(),
                "event_at": self.env["service.contract"]._service_now(),
                "task_code_id": self.task_code_id.id,
                "ruling": "bill",
            }
        )
        charges = usages.env["service.charge"]._preview(usage)
        return max((charge.unit_price for charge in charges), default=0.0)

    # === BUSINESS METHODS === #

    def _check_offer(self, contract_sudo):
        """Refuse an offer that makes no sense, or another price without the right."""
        difference = 0.0
        for line in self:
            if line.quantity <= 0 or not line.product_id or not line.name:
                raise UserError(
                    self.env._("Say what is offered: product, description, quantity.")
                )
            if line.price_unit < 0:
                raise UserError(self.env._("The price can't be negative."))
            if not line.approval_id and not line.task_code_id:
                raise UserError(
                    self.env._(
                        "Choose the task code of planned work, so that time on it is "
                        "known to belong to the offer."
                    )
                )
            if line.approval_id:
                line.approval_id._lock_pending()._check_not_with_customer()
            if line.unit != "minor":
                difference += abs(line.price_unit - line.rate) * line.quantity
        self.env["service.approval"]._check_may_quote(contract_sudo, difference)

    def _get_description(self, is_in_hours):
        """Return what the customer reads, in his language: also what is counted."""
        line = self.with_context(lang=self.wizard_id.partner_id.lang or self.env.lang)
        if self.unit == "second" and not is_in_hours:
            return line.env._("%(what)s (price of an hour)", what=self.name)
        if self.unit == "metre":
            return line.env._("%(what)s (price of a kilometre)", what=self.name)
        return self.name

    def _prepare_order_line(self):
        """Return values of the order line, with what it is for."""
        self.ensure_one()
        ticket = self.wizard_id.ticket_id
        uom = self.env["sale.order.line"]._get_extra_uom(self.product_id, self.unit)
        hour = self.env.ref("uom.product_uom_hour")
        return {
            "product_id": self.product_id.id,
            "name": self._get_description(uom == hour),
            "product_uom_qty": self.quantity,
            "product_uom_id": uom.id,
            "price_unit": self.price_unit,
            # Set by hand, as sale sees it: another quantity leaves the price alone.
            "technical_price_unit": -1.0,
            # Of an amount, the price is the amount itself.
            "service_rated_price": self.unit != "minor" and self.rate,
            "service_extra_line_id": ticket.service_contract_line_id.id,
            "service_ticket_id": ticket.id,
            "service_task_code_id": self.task_code_id.id,
            "service_unit": self.unit,
        }
