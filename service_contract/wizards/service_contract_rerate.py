# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dataclasses import replace
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Command

from ..engine import billing
from ..engine.allocation import Lot, in_drawing_order
from ..engine.rating import rate
from ..engine.rating_facts import Books, event_order

# Fees of the future are worked out period by period, so for no longer than that.
LONGEST_VIEW = relativedelta(years=10)
# What a decision by hand about charges is of a usage as a whole.
RULING_OF_KIND = {"billable": "bill", "courtesy": "courtesy"}


class ServiceContractRerate(models.TransientModel):
    """What a past period would have cost on other terms; nothing is posted.

    The work of the contract is rated again, from its first day on and in the order of
    its events, by the lines of a template and by the code that rates it.
    """

    _name = "service.contract.rerate"
    _description = "Compare with Other Terms"
    _inherit = "service.dialog.mixin"
    _about = ("contract_id", "template_id")

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
            if wizard.template_id and not wizard._get_period_problem():
                rows = wizard._compare()
            wizard.line_ids = [
                Command.clear(),
                *(Command.create(row) for row in rows),
            ]
            paid = [row for row in rows if row["is_paid"]]
            wizard.difference = sum(
                row["other_amount"] - row["actual_amount"] for row in paid
            )

    @api.depends("contract_id", "template_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_note(self):
        for wizard in self:
            wizard.note = wizard._get_period_problem() or "\n".join(
                wizard._get_remarks()
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("contract_id", "template_id")
    def _check_may_read(self):
        """Refuse at once: the sums are worked out later, for whoever flushes."""
        for wizard in self:
            wizard._get_contract()

    # === BUSINESS METHODS === #

    def _get_period_problem(self):
        """Return in words why this period can not be compared, None if it can."""
        self.ensure_one()
        if not self.date_from or not self.date_to or self.date_to < self.date_from:
            return self.env._("The period ends before it begins.")
        now = self.contract_id._service_now()
        if self.date_to > fields.Date.context_today(self, now) + LONGEST_VIEW:
            return self.env._("The period ends in more than ten years.")
        return None

    def _get_contract(self):
        """Return the contract with all that was charged on it.

        :raises AccessError: for who may not read it, or the template
        """
        self.ensure_one()
        # Odoo computes stored fields as the superuser; the user is told.
        asked = self.sudo(False)
        asked.contract_id.check_access("read")
        asked.template_id.check_access("read")
        return self.contract_id.sudo()  # who compares sees amounts, no ledger

    def _get_remarks(self):
        """Return in sentences what the comparison leaves out, or takes as it was."""
        contract = self._get_contract()
        lots, usages = contract.line_ids.counter_ids, contract.usage_ids
        policies = self.template_id.line_ids.mapped("rollover_policy")
        remarks = [
            (
                any(policy != "none" for policy in policies),
                self.env._(
                    "Units that are carried over are left out of this comparison."
                ),
            ),
            (
                "topup" in lots.mapped("kind"),
                self.env._("Top-ups are left out, what they cost and what they cover."),
            ),
            (
                "courtesy" in lots.mapped("kind"),
                self.env._("Courtesy credits are left out."),
            ),
            (
                "adjust" in lots.entry_ids.mapped("kind"),
                self.env._("Adjustments of the balance are left out."),
            ),
            (
                any(usage.quote_line_id or usage.approved_price for usage in usages),
                self.env._(
                    "Signed quotations and approved prices count on all terms alike."
                ),
            ),
            (
                any(self._get_ruling(usage) for usage in usages),
                self.env._(
                    "What was decided by hand counts for all of that work that is not "
                    "covered."
                ),
            ),
        ]
        return [text for is_needed, text in remarks if is_needed]

    def _compare(self):
        """Return the values of the lines of the comparison."""
        self.ensure_one()
        contract = self._get_contract()
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
        usages = contract.usage_ids.filtered(lambda usage: not usage.is_void)
        quotes = self._get_quotes(usages)
        books = {line: self._open_books(line, quotes) for line in lines}
        facts = {usage: self._get_facts(usage) for usage in usages}
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

    def _get_facts(self, usage):
        """Return a usage as it is rated, by what was decided about it in any way.

        :rtype: service_contract.engine.rating_facts.Usage
        """
        holders = usage.contract_id.line_ids.quota_ids.partner_id
        facts = usage._get_engine_usage(holders.ids)
        return replace(facts, ruling=self._get_ruling(usage) or facts.ruling)

    def _get_ruling(self, usage):
        """Return what was decided by hand about charges of a usage, about the most of
        it if that differs; None for nothing."""
        decided = usage.charge_ids._get_standing().filtered("is_decided")
        by_kind = decided.grouped("kind")
        kind = max(
            by_kind,
            key=lambda kind: sum(by_kind[kind].mapped("quantity")),
            default=None,
        )
        return RULING_OF_KIND.get(kind)

    def _get_quotes(self, usages):
        """Return how much was signed or approved at a price of its own, by its key:
        all of it, since all the work is rated again."""
        books = Books([], {})
        usages.charge_ids._add_quoted(
            usages, dict.fromkeys(usages.contract_line_id, books)
        )
        return books.quotes

    def _open_books(self, line, quotes):
        """Return the books of a line in memory: all that it would have granted.

        :param quotes: see ``_get_quotes``; the books of all lines share it
        """
        if not line._is_counted():
            return Books([], {}, quotes=quotes)
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
        return Books(
            in_drawing_order(lots),
            {lot.key: lot.remaining for lot in lots},
            quotas=self._get_quotas(line, lots),
            quotes=quotes,
        )

    def _get_quotas(self, line, lots):
        """Return what sites may draw of lots, by (lot, partner): what the quotas of the
        contract come to on a line that counts the same."""
        quotas = line.contract_id.line_ids.quota_ids.filtered(
            lambda quota: quota.coverage_type == line.coverage_type
        )
        return {
            (lot.key, quota.partner_id.id): quota.base_quantity
            if quota.kind == "quantity"
            else lot.remaining * quota.percent // 100
            for lot in lots
            for quota in quotas
        }


class ServiceContractRerateLine(models.TransientModel):
    """One amount, as it was and as it would have been."""

    _name = "service.contract.rerate.line"
    _description = "Line of a Comparison"
    _inherit = "service.dialog.mixin"
    _about = ("rerate_id",)

    rerate_id = fields.Many2one(
        "service.contract.rerate", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="rerate_id.currency_id")
    name = fields.Char(string="What")
    actual_amount = fields.Monetary(string="As It Was")
    other_amount = fields.Monetary(string="As It Would Have Been")
    is_paid = fields.Boolean(string="Paid", help="Part of what the customer pays.")
