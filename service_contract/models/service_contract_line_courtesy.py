# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from fractions import Fraction

from odoo import fields, models

from ..const import BASE_PER_SHOWN, COVERAGE_OF_UNIT, UNIT_OF_COVERAGE
from ..engine import billing
from ..tools import format_units


class ServiceContractLine(models.Model):
    """What is given on a line beside its allotment, and what of it invoices show."""

    _inherit = "service.contract.line"

    courtesy_ids = fields.One2many(
        "service.courtesy", "contract_line_id", string="Courtesies"
    )

    # === COMPUTE METHODS === #

    def _compute_coverage(self):
        """Mention goodwill beside the allotment; it is not part of it."""
        result = super()._compute_coverage()
        for line, lots in self._get_current_courtesies().items():
            for own in self.filtered(lambda record, line=line: record._origin == line):
                texts = [own.coverage_text] if own.coverage_text else []
                own.coverage_text = " + ".join(texts + [lots._get_left_text()])
        return result

    # === BUSINESS METHODS: BALANCE === #

    def _get_current_courtesies(self):
        """Return lots of goodwill that are valid now and not used up, by line."""
        now = self.env["service.contract"]._service_now()
        counters = self.env["service.coverage.counter"].search(
            [
                ("contract_line_id", "in", self._origin.ids),
                ("kind", "=", "courtesy"),
                ("remaining", ">", 0),
                ("valid_from", "<=", now),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">", now),
            ]
        )
        return counters.grouped("contract_line_id")

    def _get_portal_values(self, share):
        """Say what the customer has as a courtesy, apart from the allotment.

        Goodwill is a matter between us and the customer: nobody else is told.
        """
        given = {} if share else self._get_current_courtesies()
        lines_values = super()._get_portal_values(share)
        return [
            {**values, "courtesy": line in given and given[line]._get_left_text()}
            for line, values in zip(self, lines_values, strict=True)
        ]

    def _get_refusing_lots(self, tickets):
        """A line that refuses when it is used up goes on for goodwill of its unit."""
        return {
            line: counters.filtered(
                lambda counter, line=line: (
                    counter.unit == UNIT_OF_COVERAGE[line.coverage_type]
                )
            )
            for line, counters in super()._get_refusing_lots(tickets).items()
        }

    def _get_courtesy_units(self):
        """Return what may be given on the line: money, and what it counts."""
        self.ensure_one()
        if self.coverage_type == "none":
            return set()
        if self._is_counted():
            return {"minor", UNIT_OF_COVERAGE[self.coverage_type]}
        return {"minor", "second", "case", "visit"}

    def _shares_books(self):
        """Goodwill is used up in the order of events, whatever the line counts."""
        return super()._shares_books() or bool(self.courtesy_ids)

    # === BUSINESS METHODS: BILLING === #

    def _plan_courtesies(self, charges, billed):
        """Return what invoices show of charges that were given away.

        A row for each billing period with a line for each unit: the quantity, at 0,
        with its value in words.

        :param charges: of this line, oldest first
        :param billed: numbers of billed periods by line id and kind
        """
        self.ensure_one()
        number = max(billed.get((self.id, billing.COURTESY), ()), default=0)
        planned = []
        for period, group in charges.grouped(
            lambda charge: charge._get_billing_period()
        ).items():
            number += 1
            lines = tuple(
                self._plan_courtesy_line(period, of_unit)
                for of_unit in group.grouped("unit").values()
            )
            planned.append(
                billing.PlannedPeriod(
                    self.id, billing.COURTESY, number, period.start, period.end, lines
                )
            )
        return planned

    def _plan_courtesy_line(self, period, charges):
        """Return the invoice line of charges of one unit that cost nothing."""
        unit, total = charges[0].unit, sum(charges.mapped("quantity"))
        quantity = None
        if unit != "minor":
            quantity = billing.exact_quantity(
                Fraction(total, BASE_PER_SHOWN.get(unit, 1)),
                Fraction(0),
                0,
                self.env["decimal.precision"].precision_get("Product Unit"),
            )
        title = self.env._(
            "%(line)s: %(quantity)s as a courtesy, worth %(value)s",
            line=self.name.split("\n")[0],
            quantity=format_units(
                self.env, total, COVERAGE_OF_UNIT.get(unit), self.currency_id, unit=True
            ),
            value=self.currency_id.format(sum(charges.mapped("amount"))),
        )
        return billing.PlannedLine(
            (self.overage_product_id or self.product_id).id,
            self._get_period_label(title, period.start, period.end),
            1.0 if quantity is None else quantity,
            0.0,
            0.0,
            0,
            shown_ids=tuple(charges.ids),
        )

    def _serves_on(self, day):
        """Whether a day lies within the dates of the line."""
        self.ensure_one()
        end = self._get_end()
        return self.date_start <= day and (not end or day < end)
