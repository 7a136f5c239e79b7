# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from fractions import Fraction

from odoo import models

from ..const import SECONDS_PER_HOUR, UNIT_OF_COVERAGE


class ServiceContractLine(models.Model):
    """What one unit of work draws and costs on a line."""

    _inherit = "service.contract.line"

    def _get_draw_rate(self, unit):
        """Return how many counter units one usage unit draws.

        :return: a Fraction, or None where the line includes this unit uncounted
        """
        self.ensure_one()
        if not self._is_counted():
            return None
        if self.coverage_type == "hours" and unit == "second":
            return Fraction(self.draw_multiplier, 100)
        if unit == UNIT_OF_COVERAGE[self.coverage_type]:
            return Fraction(1)
        if self.coverage_type == "amount" and unit == "second":
            return self._get_minor_per_unit("second")
        return None

    def _get_overage_price(self, unit):
        """Return the shown price of one shown unit beyond the allotment."""
        self.ensure_one()
        return 1.0 if unit == "minor" else self.overage_price

    def _get_overage_amount(self, unit, quantity):
        """Return the untaxed amount of a quantity, rounded once, half up."""
        self.ensure_one()
        minor = quantity * self._get_minor_per_unit(unit)
        return int(minor + Fraction(1, 2)) / 10**self.currency_id.decimal_places

    def _get_minor_per_unit(self, unit):
        """Return minor currency units per base unit, exactly."""
        if unit == "minor":
            return Fraction(1)
        scale = 10**self.currency_id.decimal_places
        price = Fraction(str(self.overage_price)) * scale
        return price / SECONDS_PER_HOUR if unit == "second" else price
