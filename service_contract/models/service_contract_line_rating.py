# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from fractions import Fraction

from odoo import models

from ..const import BASE_PER_SHOWN, UNIT_OF_COVERAGE
from ..engine.rating_facts import Terms


class ServiceContractLine(models.Model):
    """What a line says about work on it, in the words of ``engine/rating.py``."""

    _inherit = "service.contract.line"

    def _get_rating_terms(self, tz):
        """Return the terms by which work at a site is rated.

        :param tz: zone of the site, in which days and office hours are meant
        :rtype: service_contract.engine.rating_facts.Terms
        """
        self.ensure_one()
        coverage = "counted" if self._is_counted() else "unlimited"
        contract, end = self.contract_id, self._get_end()
        return Terms(
            coverage="rates" if self.coverage_type == "rates" else coverage,
            unit=UNIT_OF_COVERAGE.get(self.coverage_type),
            policy="bill" if self.exhaustion_policy == "bill" else "ask",
            start=contract._day_start(self.date_start),
            end=end and contract._day_start(end),
            is_agreed=bool(contract.confirmed_at),
            multiplier=self.draw_multiplier if self.coverage_type == "hours" else 100,
            card=self._get_engine_card(tz),
            fallback=self._get_fallback_prices(),
            included=frozenset(self.task_included_ids.ids),
            excluded=frozenset(self.task_excluded_ids.ids),
            warranty=self.warranty_rule,
        )

    def _get_fallback_prices(self):
        """Return what work costs that no rate card prices, by unit.

        :return: minor currency units per base unit, exactly. A line without an overage
            price has none: work that is to be billed is unrated then, not free.
        """
        self.ensure_one()
        prices = {"minor": Fraction(1)}
        if self.overage_price:
            scale = 10**self.currency_id.decimal_places
            price = Fraction(str(self.overage_price)) * scale
            unit = UNIT_OF_COVERAGE.get(self.coverage_type, "second")
            unit = "second" if unit == "minor" else unit
            prices[unit] = price / BASE_PER_SHOWN.get(unit, 1)
        return prices

    def _draws(self, unit):
        """Whether what is delivered in a unit draws from the line's lots."""
        self.ensure_one()
        own = UNIT_OF_COVERAGE.get(self.coverage_type)
        return unit == own or (own == "minor" and unit == "second")

    def _get_engine_card(self, tz=None):
        """Return the engine's rate card of the line, None without one.

        :param tz: zone of the site; that of the contract if none is given
        """
        self.ensure_one()
        card = self._get_rate_card()
        if not card:
            return None
        return card._get_engine_card(
            tz or self.contract_id.tz or "UTC", self.company_id
        )

    def _shares_books(self):
        """Whether what one usage takes may change what becomes of a later one."""
        self.ensure_one()
        card = self._get_engine_card()
        return self._is_counted() or bool(
            card and (card.rounds_together or card.thresholds)
        )
