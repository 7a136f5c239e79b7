# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.tools import formatLang

from ..const import COVERAGE_OF_UNIT
from ..tools import format_units


class ServiceCharge(models.Model):
    """The verdict on work before it is recorded, by the code that rates it."""

    _inherit = "service.charge"

    @api.model
    def _preview(self, usages):
        usages._before_rating()
        return super()._preview(usages)

    @api.model
    def _get_verdicts(self, usages):
        """Return what would become of usages if they were recorded now.

        :param usages: records in memory; one that stands for a recorded usage (its
            origin) is rated as if that were gone
        :return: (state, text) by usage, in the reader's language: ``covered``,
            ``partly``, ``billable``, ``to_approve``, ``out_of_scope`` or ``free``
        """
        if not usages:
            return {}
        usages._before_rating()
        recorded = usages._origin.charge_ids._get_standing()
        ratings, books = self._rate(usages, recorded)
        verdicts = {}
        for usage, rating in ratings.items():
            charges = self.browse().concat(
                *(
                    self.new(self._prepare_charge(usage, charge))
                    for charge in rating.charges
                )
            )
            parts = [
                charges_of_kind._get_verdict_part()
                for charges_of_kind in charges.grouped("kind").values()
            ]
            text = ", ".join(parts)
            left = self._get_left_after(usage, books[usage.contract_line_id])
            if left:
                text = self.env._(
                    "%(verdict)s; %(left)s left after", verdict=text, left=left
                )
            verdicts[usage] = (charges._get_verdict_state(), text)
        return verdicts

    def _get_verdict_state(self):
        """Return in one word what becomes of a usage, of all its charges."""
        kinds = set(self.mapped("kind"))
        if kinds == {"covered"}:
            return "covered"
        if "covered" in kinds:
            return "partly"
        if "out_of_scope" in self.mapped("hold_reason"):
            return "out_of_scope"
        for kind in ("billable", "to_approve"):
            if kind in kinds:
                return kind
        return "free"

    def _get_verdict_part(self):
        """Return what becomes of the charges of one kind: billable 0:30 h at 90 €/h."""
        first = self[0]
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        holds = dict(self._fields["hold_reason"]._description_selection(self.env))
        values = {
            "kind": kinds[first.kind],
            "quantity": format_units(
                self.env,
                sum(self.mapped("quantity")),
                COVERAGE_OF_UNIT[first.unit],
                first.currency_id,
                unit=True,
            ),
            "price": self._get_price_text(),
            "why": ", ".join(
                holds[hold]
                for hold in dict.fromkeys(self.mapped("hold_reason"))
                if hold
            ),
        }
        if first.kind == "to_approve":
            return self.env._("%(kind)s %(quantity)s (%(why)s)", **values)
        if first.kind == "billable":
            return self.env._("%(kind)s %(quantity)s %(price)s", **values)
        return self.env._("%(kind)s %(quantity)s", **values)

    def _get_price_text(self):
        """Return the price of charges of one kind: per hour if it is one price for what
        was worked, else as the amount of all."""
        first = self[0]
        currency = first.currency_id
        is_plain = len(set(self.mapped("unit_price"))) == 1 and all(
            charge.charged_quantity == charge.quantity for charge in self
        )
        if first.unit == "second" and is_plain:
            price = formatLang(
                self.env, first.unit_price, currency_obj=currency, dp="Product Price"
            )
            return self.env._("at %(price)s/h", price=price)
        amount = formatLang(self.env, sum(self.mapped("amount")), currency_obj=currency)
        return self.env._("for %(amount)s", amount=amount)

    @api.model
    def _get_left_after(self, usage, books):
        """Return what is left of the lots of that time, in words; nothing where the
        line counts nothing."""
        line = usage.contract_line_id
        if not line._is_counted():
            return ""
        left = sum(
            books.left[lot.key]
            for lot in books.lots
            if lot.kind == "coverage" and lot.is_valid_at(usage.event_at)
        )
        return format_units(
            self.env, left, line.coverage_type, line.currency_id, unit=True
        )
