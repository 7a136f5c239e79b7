# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dataclasses import replace
from fractions import Fraction

from odoo import fields, models

from ..const import BASE_PER_SHOWN
from .sale_order_line_extra_work import OPEN_STATES


class ServiceUsage(models.Model):
    """What was decided about something delivered, and what waits for it."""

    _inherit = "service.usage"

    approval_ids = fields.One2many("service.approval", "usage_id", string="Requests")
    approved_price = fields.Float(
        digits="Product Price",
        aggregator=None,
        help="Price of one hour or piece that was approved instead of the rate.",
    )

    def _settle(self):
        """Stop asking about what was withdrawn; see also ``_after_rating``."""
        gone = self.filtered(
            lambda usage: (
                usage.charge_ids and (usage.is_void or not usage.contract_line_id)
            )
        )
        result = super()._settle()
        settled = gone.filtered(lambda usage: usage.state == "settled")
        if settled:
            self.env["service.approval"]._follow(settled, settled)
        return result

    def _before_rating(self):
        """Let work that was quoted wait for the customer, or be billed as he agreed."""
        result = super()._before_rating()
        loose = self.filtered(
            lambda usage: (
                usage.contract_id.has_extra_work
                and usage.task_code_id
                and usage.ticket_id
                and not usage.is_void
                and not usage.ruling
                and not usage.approved_price
                and usage.quote_line_id.state not in OPEN_STATES
            )
        )
        if loose:
            lines = self.env["sale.order.line"]._find_extra_work(loose.ticket_id)
            # What is beyond the signed ones waits for one that is out.
            lines = lines.sorted(lambda line: line.state == "sale")
            for usage in loose:
                usage.quote_line_id = next(
                    (o for o in lines if o._is_for(usage)), usage.quote_line_id
                )
        return result

    def _get_engine_usage(self, *args, **kwargs):
        """Bill at the price that was approved, as if the customer had signed it after
        what he did sign."""
        usage = super()._get_engine_usage(*args, **kwargs)
        if not self.approved_price:
            return usage
        scale = 10**self.currency_id.decimal_places
        per_unit = Fraction(str(self.approved_price)) * scale
        per_unit /= BASE_PER_SHOWN.get(self.unit, 1)
        return replace(usage, quotes=(*usage.quotes, (self._get_price_key(), per_unit)))

    def _get_price_key(self):
        """Return by what the books know what was approved at a price of its own."""
        self.ensure_one()
        return -self.id

    def _get_worker(self):
        """Return who did it or recorded it, and so asks about it."""
        self.ensure_one()
        return self.timesheet_id.user_id or self.create_uid

    def _get_undecided(self):
        """Return by usage the charges that can be decided about: {usage: charges}."""
        found = {}
        for usage in self:
            charges = usage.charge_ids.filtered(lambda charge: charge._is_undecided())
            waiting = charges.filtered(lambda charge: charge.kind == "to_approve")
            if charges:
                found[usage] = waiting or charges
        return found

    def _waits(self):
        """Whether somebody has to decide about a part of it."""
        undecided = self._get_undecided().get(self, self.charge_ids.browse())
        return "to_approve" in undecided.mapped("kind")

    def _settle_quoted(self):
        """Rate again after a quotation was signed or ended.

        What waits for nobody, and is on an invoice or decided by hand, stays so.
        """
        self.filtered(
            lambda usage: usage._waits() or not usage.charge_ids._get_final()
        )._settle_again()

    def _rule(self, ruling, values):
        """Note what was decided about usages, and rate them again by it.

        :param ruling: bill, cover, courtesy, exclude or price
        :param values: {usage: further values}
        :raises UserError: for what is on an invoice already
        """
        for usage in self:
            charges = usage.charge_ids
            vals = dict(values[usage])
            # Another price is not a ruling on whether it is billed.
            vals["ruling"] = ruling != "price" and ruling
            if usage._waits():
                # What the customer signed stays as it is, also on its invoice.
                signed = usage._get_signed_lines().ids
                charges = charges.browse(
                    charge.id for charge in charges if charge._get_quote() not in signed
                )
            else:
                # It replaces what the customer signed, not only adds to it.
                vals["quote_line_id"] = False
            charges._check_not_invoiced()
            usage.write(vals)
        self._settle_again()
