# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta
from fractions import Fraction

from odoo import models
from odoo.tools import ormcache

from ..const import BASE_PER_SHOWN, SECONDS_PER_HOUR
from ..engine import rates
from ..engine.clock import Clock, WorkingHours
from .service_rate_modifier import WEEKDAYS

ONE_DAY = timedelta(days=1)


def get_base_per_shown(unit, scale):
    """Return the base units of one unit as people count it.

    :param scale: minor units of a unit of the currency
    """
    return scale if unit == "minor" else BASE_PER_SHOWN.get(unit, 1)


class ServiceRateCard(models.Model):
    """A rate card in the words of ``engine/rates.py``."""

    _inherit = "service.rate.card"

    # === BUSINESS METHODS === #

    def _get_engine_card(self, tz, company):
        """Return the card as the engine rates by it.

        It is shared by all users and transactions of the process until the card, one
        of its prices or modifiers, a calendar or a leave changes.

        :param tz: zone of the site, in which days and office hours are meant
        :param company: ``res.company`` whose leaves are holidays
        :rtype: service_contract.engine.rates.Card
        """
        self.ensure_one()
        # The price is the same for whoever does the work.
        return self.sudo()._get_cached_engine_card(tz, company.id)

    @ormcache("self.id", "tz", "company_id")
    def _get_cached_engine_card(self, tz, company_id):
        calendar = self.calendar_id
        company = self.env["res.company"].browse(company_id)
        scale = 10**self.currency_id.decimal_places
        return rates.Card(
            prices=[rule._get_engine_price(scale) for rule in self.rule_ids],
            clock=calendar._get_clock(tz, company)
            if calendar
            else Clock(WorkingHours(timezone=tz, windows=())),
            modifiers=[
                modifier._get_engine_modifier(scale) for modifier in self.modifier_ids
            ],
            combination=self.combination,
            has_hours=bool(calendar),
            draws_rounded=self.draws_rounded,
        )


class ServiceRateRule(models.Model):
    _inherit = "service.rate.rule"

    def _get_engine_price(self, scale):
        """Return the rule as a price of the engine.

        :param scale: minor units of a unit of the card's currency
        """
        self.ensure_one()
        base = get_base_per_shown(self.unit, scale)
        price = Fraction(str(self.price)) * scale / base
        overtime = Fraction(str(self.overtime_price)) * scale / base
        return rates.Price(
            key=self.id,
            unit=self.unit,
            per_unit=None if self.on_request else price,
            overtime=overtime if self.overtime_price else None,
            task=self.task_code_id.id or None,
            zone=self.zone_id.id or None,
            role=self.role_id.id or None,
            level=self.level_id.id or None,
            start=self.date_from or None,
            end=self.date_to + ONE_DAY if self.date_to else None,
            rounding=self._get_engine_rounding(base),
        )

    def _get_engine_rounding(self, base):
        if self.rounding_scope == "none":
            return None
        return rates.Rounding(
            scope=self.rounding_scope,
            step=max(round(self.rounding_step * base), 1),
            minimum=round(self.minimum * base),
            maximum=round(self.maximum * base) or None,
        )


class ServiceRateModifier(models.Model):
    _inherit = "service.rate.modifier"

    def _get_engine_modifier(self, scale):
        """Return the modifier in the words of the engine.

        :param scale: minor units of a unit of the card's currency
        """
        self.ensure_one()
        base = get_base_per_shown(self.unit, scale)
        has_days = self.kind in ("weekend", "window")
        days = [day for day, name in enumerate(WEEKDAYS) if self[name]]
        hours = (self.time_from, self.time_to)
        return rates.Modifier(
            key=self.id,
            name=self.name,
            kind=self.kind,
            percent=self.percent,
            surcharge=Fraction(str(self.surcharge)) * scale / base,
            draw_percent=self.draw_percent,
            tasks=frozenset(self.task_code_ids.ids),
            unit=self.unit,
            weekdays=frozenset(days if has_days else ()),
            window=tuple(round(hour * SECONDS_PER_HOUR) for hour in hours)
            if self.kind == "window"
            else None,
            season=(
                (int(self.season_from_month), self.season_from_day),
                (int(self.season_to_month), self.season_to_day),
            )
            if self.kind == "season"
            else None,
            threshold=round(self.overtime_after * SECONDS_PER_HOUR),
            start=self.date_from or None,
            end=self.date_to + ONE_DAY if self.date_to else None,
        )
