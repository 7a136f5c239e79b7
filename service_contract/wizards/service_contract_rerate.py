# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Command

from ..engine import billing
from ..engine.allocation import Lot, in_drawing_order
from ..engine.rating import rate
from ..engine.rating_facts import Books, event_order


class ServiceContractRerate(models.TransientModel):
    """What a past period would have cost on other terms; nothing is posted.

    The work of the contract is rated again, from its first day on and in the order of
    its events, by the lines of a template and by the code that rates it.
    """

    _name = "service.contract.rerate"
    _description = "Compare with Other Terms"

    contract_id = fields.Many2one(
        "service.contract",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    company_id = fields.Many2one(related="contract_id.company_id")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    template_id = fields.Many2one(
        "service.contract.template",
        string="On the Terms Of",
        domain="[('company_id', 'in', (False, company_id))]",
        help="Template whose lines the work is rated by.",
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._default_date_from()
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: self._default_date_to(),
        help="Last day of the period.",
    )
    line_ids = fields.One2many(
        "service.contract.rerate.line",
        "rerate_id",
        compute="_compute_line_ids",
        store=True,
    )
    difference = fields.Monetary(
        compute="_compute_line_ids",
        store=True,
        help="What the customer would have paid more; less, if it is negative.",
    )
    note = fields.Text(compute="_compute_note")

    # === DEFAULTS === #

    @api.model
    def _default_date_to(self):
        """Return the last day of the last whole month."""
        now = self.env["service.contract"]._service_now()
        return fields.Date.context_today(self, now) + relativedelta(day=1, days=-1)

    @api.model
    def _default_date_from(self):
        return self._default_date_to() + relativedelta(day=1, months=-11)

    # === COMPUTE METHODS === #

    @api.depends("contract_id", "template_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_line_ids(self):
        for wizard in self:
            rows = []
            if wizard.template_id and wizard._has_period():
                rows = wizard._compare()
            wizard.line_ids = [
                Command.clear(),
                *(Command.create(row) for row in rows),
            ]
            paid = [row for row in rows if row["is_paid"]]
            wizard.difference = sum(
                row["other_amount"] - row["actual_amount"] for row in paid
            )

    @api.depends("template_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_note(self):
        for wizard in self:
            if not wizard._has_period():
                wizard.note = self.env._("The period ends before it begins.")
                continue
            policies = wizard.template_id.line_ids.mapped("rollover_policy")
            carries = any(policy != "none" for policy in policies)
            wizard.note = carries and self.env._(
                "Units that are carried over are left out of this comparison."
            )

    # === BUSINESS METHODS === #

    def _has_period(self):
        self.ensure_one()
        return bool(self.date_from and self.date_to and self.date_from <= self.date_to)

    def _compare(self):
        """Return the values of the lines of the comparison."""
        self.ensure_one()
        contract = self.contract_id.sudo()  # who compares sees amounts, no ledger
        lines = self._make_lines(contract)
        actual, other = self._get_actual(contract), self._rate_again(contract, lines)
        names = {
            "fees": self.env._("Price of the period"),
            "billable": self.env._("Work billed"),
            "to_approve": self.env._("Work that waits for a decision"),
            "courtesy": self.env._("Given away"),
        }
        actual["fees"] = self._get_fees(contract.line_ids)
        other["fees"] = self._get_fees(lines)
        return [
            {
                "name": name,
                "actual_amount": actual.get(key, 0.0),
                "other_amount": other.get(key, 0.0),
                "is_paid": key in ("fees", "billable"),
            }
            for key, name in names.items()
        ]

    def _make_lines(self, contract):
        """Return the lines of the template as those of the contract, in memory."""
        line_model = self.env["service.contract.line"].sudo()  # as in _compare
        lines = line_model.browse()
        for template_line in self.template_id.line_ids:
            vals = template_line._prepare_contract_line(contract.currency_id)
            vals.update(contract_id=contract.id, date_start=contract.date_start)
            vals["rate_card_id"] = (
                vals.get("rate_card_id") or self.template_id.rate_card_id.id
            )
            lines += line_model.new(vals)
        return lines

    def _get_fees(self, lines):
        """Return what the periods that begin in the days of the wizard cost."""
        minor = 0
        for line in lines.filtered(lambda line: line.billing_unit != "never"):
            kind = billing.ONCE if line.billing_unit == "once" else billing.RECURRING
            periods = billing.unbilled_periods(
                line._get_schedule(), self._get_last_invoice_day(), 0, ()
            )
            minor += sum(
                line._get_period_amount(period, [], kind) or 0
                for period in periods
                if self.date_from <= period.start <= self.date_to
            )
        return minor / 10**self.currency_id.decimal_places

    def _get_last_invoice_day(self):
        """Return a day by which all periods of the wizard are invoiced, a year in
        arrears included."""
        return self.date_to + relativedelta(years=1, days=1)

    def _is_inside(self, instant):
        day = self.contract_id._local_day(instant)
        return self.date_from <= day <= self.date_to

    def _get_actual(self, contract):
        """Return the amounts of the charges that stand, by kind."""
        amounts = {}
        for charge in contract.charge_ids:
            if self._is_inside(charge.event_at):
                amounts[charge.kind] = amounts.get(charge.kind, 0.0) + charge.amount
        return amounts

    def _rate_again(self, contract, lines):
        """Return the amounts that the work comes to on other lines, by kind."""
        if not lines:
            return {}
        books = {line: self._open_books(line) for line in lines}
        usages = contract.usage_ids.filtered(lambda usage: not usage.is_void)
        facts = {usage: usage._get_engine_usage() for usage in usages}
        terms, minor = {}, {}
        for usage in sorted(
            usages, key=lambda usage: (*event_order(facts[usage]), usage.external_key)
        ):
            line, tz = self._choose_line(usage, lines), usage._get_site_tz()
            if (line, tz) not in terms:
                terms[line, tz] = line._get_rating_terms(tz)
            rating = rate(facts[usage], terms[line, tz], books[line])
            books[line].take(rating)
            for charge in rating.charges:
                if self._is_inside(charge.start or usage.event_at):
                    minor[charge.kind] = minor.get(charge.kind, 0) + charge.amount
        scale = 10**self.currency_id.decimal_places
        return {kind: amount / scale for kind, amount in minor.items()}

    def _choose_line(self, usage, lines):
        """Return the line that work would have been charged to."""
        category = usage.ticket_id.category_id
        fitting = lines.filtered(
            lambda line: (
                line.coverage_type != "none"
                and (not line.category_ids or category in line.category_ids)
            )
        )
        drawn = fitting.filtered(lambda line: line._draws(usage.unit))
        taking = fitting.filtered("takes_time") if usage.unit == "second" else drawn
        return (taking or drawn or fitting or lines)[0]

    def _open_books(self, line):
        """Return the books of a line in memory: all that it would have granted."""
        if not line._is_counted():
            return Books([], {})
        contract = line.contract_id
        lots = [
            Lot(
                key=period.number,
                priority=0,
                valid_from=contract._day_start(period.start),
                valid_to=period.end and contract._day_start(period.end),
                remaining=line.coverage_base_quantity,
                bottomless=line.exhaustion_policy == "negative",
            )
            for period in line._get_coverage_periods(self.date_to + timedelta(days=1))
        ]
        return Books(in_drawing_order(lots), {lot.key: lot.remaining for lot in lots})


class ServiceContractRerateLine(models.TransientModel):
    """One amount, as it was and as it would have been."""

    _name = "service.contract.rerate.line"
    _description = "Line of a Comparison"

    rerate_id = fields.Many2one(
        "service.contract.rerate", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="rerate_id.currency_id")
    name = fields.Char(string="What")
    actual_amount = fields.Monetary(string="As It Was")
    other_amount = fields.Monetary(string="As It Would Have Been")
    is_paid = fields.Boolean(string="Paid", help="Part of what the customer pays.")
