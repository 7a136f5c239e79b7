# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Showing base units and amounts to people, and reading what they typed."""

from odoo.exceptions import UserError
from odoo.tools import formatLang

from .const import BASE_PER_SHOWN, MAX_DELIVERED, SECONDS_PER_HOUR


def format_units(env, quantity, coverage_type, currency, unit=False):
    """Return a quantity of base units as people read it: 6:30, 4 or 12.50 €.

    The one formatter for screens, portal and reports.

    :param quantity: integer base units, may be negative
    :param coverage_type: cases, hours, visits, amount, pieces or kilometres
    :param currency: res.currency, for amounts
    :param unit: name the unit after hours, cases and visits
    """
    if coverage_type == "amount":
        amount = quantity / 10**currency.decimal_places
        return formatLang(env, amount, currency_obj=currency)
    if coverage_type == "hours":
        sign = "-" if quantity < 0 else ""
        minutes = (abs(quantity) + 30) // 60
        text = f"{sign}{minutes // 60}:{minutes % 60:02d}"
        return env._("%(hours)s h", hours=text) if unit else text
    if coverage_type == "kilometres":
        distance = format_scaled(quantity, BASE_PER_SHOWN["metre"])
        return env._("%(count)s km", count=distance) if unit else distance
    if coverage_type == "pieces":
        count = format_scaled(quantity, BASE_PER_SHOWN["piece"])
        return env._("%(count)s pcs", count=count) if unit else count
    if not unit:
        return str(quantity)
    one = abs(quantity) == 1
    if coverage_type == "visits":
        if one:
            return env._("%(count)s visit", count=quantity)
        return env._("%(count)s visits", count=quantity)
    if one:
        return env._("%(count)s case", count=quantity)
    return env._("%(count)s cases", count=quantity)


def format_scaled(quantity, scale):
    """Return base units as a decimal without trailing zeros: 2.5."""
    return f"{quantity / scale:.3f}".rstrip("0").rstrip(".")


def format_sums(records, field):
    """Return the sum of a Monetary field in each currency: $ 10.00, 5.00 €."""
    return ", ".join(
        currency.format(sum(own.mapped(field)))
        for currency, own in records.grouped("currency_id").items()
    )


def hours_to_seconds(hours):
    """Return a float of hours as whole seconds, rounded once."""
    return round(hours * SECONDS_PER_HOUR)


def delivered_to_base(env, quantity, scale):
    """Return what is delivered or planned at once in base units, rounded once.

    :param quantity: float as somebody typed it, in hours, visits, pieces …
    :param scale: base units of one
    :raises UserError: for more than ``MAX_DELIVERED``, and for what is no number
    """
    if not abs(quantity) <= MAX_DELIVERED:
        raise UserError(
            env._(
                "Correct the quantity: at most %(limit)s can be entered at once.",
                limit=formatLang(env, MAX_DELIVERED, digits=0),
            )
        )
    return round(quantity * scale)
