# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import defaultdict
from datetime import timedelta
from fractions import Fraction

from odoo import api, fields, models
from odoo.tools import format_date

from ..const import BASE_PER_SHOWN, COVERAGE_OF_UNIT
from ..engine import billing, periods
from ..tools import format_units


class ServiceContractLine(models.Model):
    """When a contract line is billed, and for which periods."""

    _inherit = "service.contract.line"

    billing_period_ids = fields.One2many(
        "service.billing.period", "contract_line_id", string="Billing Periods"
    )
    next_billing_period = fields.Integer(
        copy=False,
        readonly=True,
        help="Number of the first billing period that is not billed.",
    )
    next_bill_date = fields.Date(
        compute="_compute_next_bill_date",
        store=True,
        copy=False,
        index="btree_not_null",
        help="When the first period that is not billed is to be invoiced.",
    )

    @api.depends(
        "contract_id.confirmed_at",
        "contract_id.date_end",
        "contract_id.date_cancelled",
        "date_start",
        "date_end",
        "date_cancelled",
        "billing_unit",
        "billing_interval",
        "billing_timing",
        "billing_alignment",
        "billing_day",
        "next_billing_period",
    )
    def _compute_next_bill_date(self):
        for line in self:
            due = (
                line.contract_id.confirmed_at
                and line.date_start
                and line.billing_unit != "never"
            )
            line.next_bill_date = due and billing.next_invoice_date(
                line._get_schedule(), line.next_billing_period
            )

    def _get_schedule(self):
        """Return when the line is billed, for ``engine/billing.py``."""
        self.ensure_one()
        recurrence = None
        if self.billing_unit not in ("never", "once"):
            recurrence = self._get_billing_recurrence()
        return billing.Schedule(
            recurrence, self.billing_timing, self.date_start, self._get_end()
        )

    def _get_overage_period(self, day):
        """Return the period that overage of a day is billed for, in arrears.

        The billing period; where the price is not billed by periods, the coverage
        period; where that has no end, the month.

        :return: a period cut to the line; for a day that the line does not cover, the
            uncut period of its grid
        """
        self.ensure_one()
        end = self._get_end()
        if self.billing_unit not in ("never", "once"):
            recurrence = self._get_billing_recurrence()
        elif self.coverage_period != "term":
            recurrence = self._get_coverage_recurrence()
        elif end and self.date_start <= day < end:
            return periods.Period(0, self.date_start, end, self.date_start, end)
        else:
            recurrence = periods.recurrence_for(self.date_start, "month")
        return periods.period_of(
            recurrence, day, self.date_start, end
        ) or periods.period_at(recurrence, periods.period_number(recurrence, day))

    # === PLANNING === #

    def _plan_recurring(self, day, holds, billed):
        """Return the periods of the price that are due on a day.

        :param holds: pairs of dates (start, end) that are not billed
        :param billed: numbers of billed periods by line id and kind
        """
        self.ensure_one()
        kind = billing.ONCE if self.billing_unit == "once" else billing.RECURRING
        planned = []
        for period in billing.unbilled_periods(
            self._get_schedule(),
            day,
            self.next_billing_period,
            billed.get((self.id, kind), ()),
        ):
            amount = self._get_period_amount(period, holds, kind)
            lines = ()
            if amount is not None:
                lines = (self._plan_period_line(period, amount, holds, kind),)
            planned.append(
                billing.PlannedPeriod(
                    self.id, kind, period.number, period.start, period.end, lines
                )
            )
        return planned

    def _get_next_periods(self, periods, billed):
        """Return pairs (line id, first number that is not billed) after a plan.

        :param periods: planned ones of these lines
        :param billed: numbers of billed periods by line id and kind
        """
        planned = defaultdict(set)
        for period in periods:
            if period.kind in (billing.RECURRING, billing.ONCE):
                planned[period.contract_line_id, period.kind].add(period.number)
        return tuple(
            (
                line_id,
                billing.after_billing(
                    self.browse(line_id).next_billing_period,
                    numbers | billed.get((line_id, kind), set()),
                ),
            )
            for (line_id, kind), numbers in planned.items()
        )

    def _get_period_amount(self, period, holds, kind):
        """Return the amount of a period in minor units; None if it is wholly held."""
        price = self._get_price_minor()
        if kind == billing.ONCE:
            return price
        return billing.recurring_amount(price, period, holds, self.proration)

    def _get_price_minor(self):
        """Return the price of a full period in minor units of the currency."""
        return round(self.price_subtotal * 10**self.currency_id.decimal_places)

    def _plan_period_line(self, period, amount, holds, kind):
        """Return the invoice line of a period.

        A full price is shown as quantity and price; a share of it as its amount, with
        the days in words.
        """
        label = self.name
        if kind == billing.RECURRING:
            label = self._get_period_label(self.name, period.start, period.end)
        if amount == self._get_price_minor():
            return billing.PlannedLine(
                self.product_id.id,
                label,
                self.quantity,
                self.price_unit,
                self.discount,
                amount,
            )
        served = period.days - periods.held_days(period.start, period.end, holds)
        label += self.env._(
            " (%(days)s of %(all)s days)", days=served, all=period.full_days
        )
        price = amount / 10**self.currency_id.decimal_places
        return billing.PlannedLine(self.product_id.id, label, 1.0, price, 0.0, amount)

    def _plan_overage(self, charges, billed):
        """Return the overage periods of charges, and corrections of billed ones.

        :param charges: of this line, oldest first
        :param billed: numbers of billed periods by line id and kind
        """
        self.ensure_one()
        last_correction = max(billed.get((self.id, billing.CORRECTION), ()), default=0)
        planned = []
        for number, group in charges.grouped(
            lambda charge: charge._get_billing_period().number
        ).items():
            kind = billing.OVERAGE
            ranges = [charge._get_billing_period() for charge in group]
            start = min(period.start for period in ranges)
            end = max(period.end for period in ranges)
            if number in billed.get((self.id, billing.OVERAGE), ()):
                last_correction += 1
                kind, number = billing.CORRECTION, last_correction
                days = [charge._get_billing_day() for charge in group]
                start, end = min(days), max(days) + timedelta(days=1)
            lines = tuple(
                self._plan_overage_line(kind, start, end, charges_at_price)
                for charges_at_price in group.grouped(
                    lambda charge: (
                        charge.unit,
                        charge.unit_price,
                        charge.task_code_id,
                        charge.rate_rule_id.card_id,
                    )
                ).values()
            )
            planned.append(
                billing.PlannedPeriod(self.id, kind, number, start, end, lines)
            )
        return planned

    def _plan_overage_line(self, kind, start, end, charges):
        """Return the invoice line of charges of one unit, price and task."""
        unit, price = charges[0].unit, charges[0].unit_price
        scale = 10**self.currency_id.decimal_places
        amount = sum(round(charge.amount * scale) for charge in charges)
        total = sum(charges.mapped("charged_quantity"))
        shown = format_units(
            self.env, total, COVERAGE_OF_UNIT[unit], self.currency_id, unit=True
        )
        quantity = None
        if unit != "minor":
            quantity = billing.exact_quantity(
                Fraction(total, BASE_PER_SHOWN.get(unit, 1)),
                Fraction(str(price)) * scale,
                amount,
                self.env["decimal.precision"].precision_get("Product Unit"),
            )
        if quantity is None:
            quantity, price = 1.0, amount / scale
        task = charges[0].task_code_id
        product = task.product_id or self.overage_product_id or self.product_id
        return billing.PlannedLine(
            product.id,
            self._get_period_label(
                self._get_overage_title(kind, shown, task), start, end
            ),
            quantity,
            price,
            0.0,
            amount,
            tuple(charges.ids),
        )

    def _get_overage_title(self, kind, quantity, task):
        """Return what an invoice line for overage is called.

        :param quantity: in words
        :param task: service.task.code, may be empty
        """
        name = self.name.split("\n")[0]
        if task:
            name = self.env._("%(line)s: %(task)s", line=name, task=task.name)
        words = {"line": name, "quantity": quantity}
        if kind == billing.CORRECTION:
            return self.env._(
                "%(line)s: %(quantity)s, correction of an earlier period", **words
            )
        if self.coverage_type == "rates":
            return self.env._("%(line)s: %(quantity)s", **words)
        return self.env._("%(line)s: %(quantity)s beyond the allotment", **words)

    def _get_period_label(self, title, start, end):
        """Return a title and the days below it, the last one included."""
        return self.env._(
            "%(title)s\n%(start)s – %(end)s",
            title=title,
            start=format_date(self.env, start),
            end=format_date(self.env, end - timedelta(days=1)),
        )
