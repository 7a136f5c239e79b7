# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..const import UNIT_OF_COVERAGE
from ..fields import BigInteger

PAID = ("in_payment", "paid")


class ServiceTopup(models.Model):
    """Units sold beside the allotment of a line, with the terms of that day.

    Each invoice line that sells packs of it makes one lot, as soon as the invoice is
    posted or paid. The lot is what the invoice says, less what was credited: a
    cancelled or refunded invoice withdraws what is unused, posting it again gives it
    back to the same lot. Nothing that was drawn before moves to the new lot.
    """

    _name = "service.topup"
    _description = "Top-up"
    _order = "id desc"
    _check_company_auto = True

    contract_line_id = fields.Many2one(
        "service.contract.line", required=True, ondelete="restrict", index=True
    )
    contract_id = fields.Many2one(
        related="contract_line_id.contract_id", store=True, index=True
    )
    company_id = fields.Many2one(related="contract_line_id.company_id", store=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True)
    currency_id = fields.Many2one(related="contract_line_id.currency_id")
    product_id = fields.Many2one("product.product", required=True, ondelete="restrict")
    quantity = fields.Float(string="Packs", required=True, aggregator=None)
    pack_units = BigInteger(
        string="Units in a Pack", required=True, help="In base units.", aggregator=None
    )
    price_unit = fields.Float(string="Price of a Pack", digits="Product Price")
    usable = fields.Selection(
        [
            ("posted", "When its invoice is posted"),
            ("paid", "When its invoice is paid"),
        ],
        required=True,
    )
    months = fields.Integer(string="Valid For (months)", aggregator=None)
    priority = fields.Integer(aggregator=None)
    sale_line_ids = fields.One2many("sale.order.line", "service_topup_id")
    invoice_line_ids = fields.One2many("account.move.line", "service_topup_id")
    counter_ids = fields.One2many("service.coverage.counter", "topup_id")
    state = fields.Selection(
        [
            ("waiting", "Waiting for its invoice"),
            ("usable", "Usable"),
            ("withdrawn", "Withdrawn"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        compute_sudo=True,
    )

    @api.depends(
        "counter_ids.granted", "invoice_line_ids.parent_state", "sale_line_ids.state"
    )
    def _compute_state(self):
        for topup in self:
            states = topup.invoice_line_ids.mapped("parent_state")
            states += topup.sale_line_ids.mapped("state")
            if any(topup.counter_ids.mapped("granted")):
                topup.state = "usable"
            elif topup.counter_ids:
                topup.state = "withdrawn"
            elif any(state != "cancel" for state in states):
                topup.state = "waiting"
            else:
                topup.state = "cancelled"

    @api.depends("contract_line_id.display_name", "quantity", "pack_units")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for topup in self:
            topup.display_name = self.env._(
                "%(line)s: %(units)s",
                line=topup.contract_line_id.display_name,
                units=topup._format_units(round(topup.quantity * topup.pack_units)),
            )

    def _format_units(self, units):
        return self.contract_line_id._format_units(units)

    # === SELLING === #

    def _make_document(self, document):
        """Make the quotation or the draft invoice that sells the packs.

        :param document: quotation or invoice
        :return: the sale.order or account.move
        """
        self.ensure_one()
        if document not in ("quotation", "invoice"):
            raise UserError(
                self.env._("A top-up is sold by a quotation or an invoice.")
            )
        if document == "invoice":
            return self._create_invoice()
        return self._create_quotation()

    def _create_quotation(self):
        """Make the quotation that sells the packs, in the currency of the contract."""
        self.ensure_one()
        contract = self.contract_id
        orders = self.env["sale.order"].sudo()  # who may write the contract may offer
        order = orders.with_company(contract.company_id).create(
            {
                **contract._prepare_quotation(),
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product_id.id,
                            "name": self._get_description(),
                            "product_uom_qty": self.quantity,
                            "price_unit": self.price_unit,
                            "service_topup_id": self.id,
                        }
                    )
                ],
            }
        )
        if order.currency_id != contract.currency_id:
            raise UserError(
                self.env._(
                    "The quotation would be in %(order)s, but the contract is in "
                    "%(contract)s. Give the contract a pricelist in its currency, or "
                    "make the invoice.",
                    order=order.currency_id.name,
                    contract=contract.currency_id.name,
                )
            )
        return order

    def _create_invoice(self):
        """Make the draft invoice that sells the packs; for billing only."""
        self.ensure_one()
        if not self.env.su and not self.env.user.has_group(
            "service_contract.service_contract_group_billing"
        ):
            raise AccessError(
                self.env._("Only billing makes invoices. Make a quotation instead.")
            )
        line = self.contract_line_id
        contract = self.contract_id.with_company(self.company_id)
        return contract.env["account.move"].create(
            {
                **contract._prepare_invoice_header(contract._today()),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product_id.id,
                            "name": self._get_description(),
                            "quantity": self.quantity,
                            "price_unit": self.price_unit,
                            "analytic_distribution": line.analytic_distribution,
                            **self._prepare_invoice_links(),
                        }
                    )
                ],
            }
        )

    def _get_description(self):
        """Return what the customer reads, in his language."""
        topup = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return topup.env._(
            "%(product)s: %(units)s for %(line)s",
            product=topup.product_id.name,
            units=topup._format_units(topup.pack_units),
            line=topup.contract_line_id.name.split("\n")[0],
        )

    def _prepare_invoice_links(self):
        """Return values of an invoice line that say what it sells."""
        self.ensure_one()
        return {
            "service_topup_id": self.id,
            "service_contract_id": self.contract_id.id,
            "service_contract_line_id": self.contract_line_id.id,
        }

    # === LOTS === #

    def _sync_lots(self):
        """Make the lots what the invoices say now: posted, paid, credited or not."""
        for topup in self:
            lines = topup.invoice_line_ids
            refunds = lines.filtered(
                lambda line: (
                    line.move_id.move_type == "out_refund"
                    and line.parent_state == "posted"
                )
            )
            refunded = sum(refunds.mapped("quantity"))
            credited = refunds.move_id.reversed_entry_id
            # What a credit note names is withdrawn first.
            for line in (lines - refunds).sorted(
                lambda line, credited=credited: (line.move_id not in credited, line.id)
            ):
                if (
                    line.move_id.move_type != "out_invoice"
                    or line.quantity <= 0
                    or line.company_id != topup.company_id
                ):
                    continue
                packs = line.quantity if topup._is_usable(line.move_id) else 0
                given_back = min(refunded, packs)
                refunded -= given_back
                units = round((packs - given_back) * topup.pack_units)
                topup._set_lot(line, units)

    def _is_usable(self, move):
        """Whether what an invoice sells may be drawn from."""
        self.ensure_one()
        if move.state != "posted":
            return False
        return self.usable == "posted" or move.payment_state in (*PAID, "reversed")

    def _set_lot(self, invoice_line, units):
        """Let the lot of an invoice line grant so many base units, if it can.

        What was drawn already stays drawn.
        """
        move = invoice_line.move_id
        counter = self.counter_ids.filtered(
            lambda counter: counter.invoice_line_id == invoice_line
        )
        if not counter:
            if units > 0:
                self._create_lot(invoice_line, units)
            return
        kept = counter.drawn + counter.reserved
        if units < kept and move.state != "draft":
            self._tell_used(move, kept - units)
        change = max(units, kept) - counter.granted
        if not change:
            return
        if change > 0:
            text = self.env._(
                "%(invoice)s: %(units)s of the top-up are usable again.",
                invoice=move._get_html_link(),
                units=self._format_units(change),
            )
        else:
            text = self.env._(
                "%(invoice)s: %(units)s of the top-up are withdrawn.",
                invoice=move._get_html_link(),
                units=self._format_units(-change),
            )
        counter._post("adjust", change, reason=move.display_name)
        self.contract_id.message_post(body=text)

    def _tell_used(self, move, units):
        """Tell once that a top-up was taken back that had been used."""
        xmlid = "service_contract.mail_activity_type_topup"
        summary = self.env._("Used before %(invoice)s", invoice=move.display_name)
        if self.contract_id.activity_search(
            [xmlid], additional_domain=[("summary", "=", summary)]
        ):
            return
        self.contract_id.activity_schedule(
            xmlid,
            summary=summary,
            note=self.env._(
                "%(invoice)s is credited, cancelled or unpaid, but %(units)s of its "
                "top-up were used before. Agree with the customer who pays for them.",
                invoice=move._get_html_link(),
                units=self._format_units(units),
            ),
            user_id=(self.contract_id.user_id or self.env.user).id,
        )

    def _create_lot(self, invoice_line, units):
        """Grant the units of an invoice line, from the beginning of this day on.

        Timesheets have a day and no hour, so the lot covers the whole first day.
        """
        line, contract = self.contract_line_id, self.contract_id
        first = max(contract._today(), line.date_start)
        end = line._get_end()
        if self.months:
            lapse = first + relativedelta(months=self.months)
            end = min(end, lapse) if end else lapse
        move = invoice_line.move_id
        if end and end <= first:
            contract.activity_schedule(
                "service_contract.mail_activity_type_topup",
                note=self.env._(
                    "%(invoice)s sells a top-up of a line that has ended, so nothing "
                    "is granted. Credit it, or agree on another line.",
                    invoice=move._get_html_link(),
                ),
                user_id=(contract.user_id or self.env.user).id,
            )
            return
        counter = self.env["service.coverage.counter"].create(
            {
                "contract_line_id": line.id,
                "unit": UNIT_OF_COVERAGE[line.coverage_type],
                "kind": "topup",
                "period_no": 0,
                "valid_from": contract._day_start(first),
                "valid_to": end and contract._day_start(end),
                "priority": self.priority,
                "topup_id": self.id,
                "invoice_line_id": invoice_line.id,
                "can_overdraw": False,
            }
        )
        counter._post("grant", units, event_at=counter.valid_from)
        contract.message_post(
            body=self.env._(
                "%(invoice)s: %(units)s topped up.",
                invoice=move._get_html_link(),
                units=self._format_units(units),
            )
        )

    @api.model
    def _cron_sync(self, limit=100):
        """Withdraw what is unused of top-ups whose payment was taken back."""
        cron = self.env["ir.cron"]
        counters = self.env["service.coverage.counter"].search(
            [
                ("kind", "=", "topup"),
                ("topup_id.usable", "=", "paid"),
                ("remaining", ">", 0),
                (
                    "invoice_line_id.move_id.payment_state",
                    "not in",
                    [*PAID, "reversed"],
                ),
            ],
            limit=limit,
        )
        topups = counters.topup_id
        cron._commit_progress(remaining=len(topups))
        for topup in topups:
            topup._sync_lots()
            if not cron._commit_progress(1):
                break
