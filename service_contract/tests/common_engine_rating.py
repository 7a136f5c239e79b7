# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Cards, terms and work in Rome, for the tests of the rating engine.

Prices are whole euros an hour, or of one; amounts are cents. The office is open from
8:00 to 18:00, Monday to Friday; 25 March 2026 is a holiday, and on the Sunday after it
the clocks go from 2:00 to 3:00.
"""

from datetime import date, datetime, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

from odoo.addons.service_contract.engine.allocation import Lot
from odoo.addons.service_contract.engine.clock import Clock, Window, WorkingHours
from odoo.addons.service_contract.engine.rates import Card, Modifier, Price, Rounding
from odoo.addons.service_contract.engine.rating import rate
from odoo.addons.service_contract.engine.rating_facts import Books, Terms, Usage

HOUR = 3600
START = datetime(2025, 12, 31, 23)  # the year begins in Rome
HOLIDAY = date(2026, 3, 25)
BASE = {"second": HOUR, "metre": 1000, "piece": 1000, "minor": 100}


def office(zone="Europe/Rome"):
    return Clock(
        WorkingHours(
            zone,
            tuple(Window(day, 8 * HOUR, 18 * HOUR) for day in range(5)),
            closed_days=frozenset({HOLIDAY}),
        )
    )


def moment(text, zone="Europe/Rome"):
    """Return the naive UTC instant of a local time like 2026-03-20 17:00."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(timezone.utc).replace(tzinfo=None)


def price(euros, key=1, unit="second", **values):
    per_unit = None if euros is None else Fraction(euros * 100, BASE.get(unit, 1))
    return Price(key, unit, per_unit, **values)


def modifier(kind, percent=100, key=1, **values):
    return Modifier(key, kind, kind, percent, **values)


def card(*prices, zone="Europe/Rome", **values):
    return Card(prices, office(zone), **values)


def rounding(scope="entry", step=0.25, minimum=0.0, maximum=None):
    return Rounding(
        scope,
        round(step * HOUR),
        round(minimum * HOUR),
        None if maximum is None else round(maximum * HOUR),
    )


def terms(coverage="rates", unit=None, policy="bill", **values):
    return Terms(coverage, unit, policy, values.pop("start", START), **values)


def counted(unit="second", **values):
    """Return terms with an allotment, and 100 euros for an hour beyond it."""
    values.setdefault("fallback", {"second": Fraction(10000, HOUR)})
    return terms("counted", unit, **values)


def work(hours, at="2026-03-20 09:00", **values):
    """Return work that began at a local time; only its day counts if so said."""
    values.setdefault("is_timed", True)
    day = date.fromisoformat(at[:10])
    return Usage("second", round(hours * HOUR), moment(at), day, **values)


def event(unit="visit", quantity=1, at="2026-03-20 09:00", **values):
    day = date.fromisoformat(at[:10])
    return Usage(unit, quantity, moment(at), day, **values)


def lot(left, key=1, **values):
    """Return (lot, units left): of hours, if no unit is said."""
    values = {
        "priority": 0,
        "valid_from": datetime(2026, 1, 1),
        "valid_to": None,
        "remaining": 0,
        **values,
    }
    of_hours = values.get("unit") in (None, "second")
    return Lot(key, **values), round(left * HOUR) if of_hours else left


def books(*lots, **values):
    return Books(
        [lot for lot, _left in lots], {x.key: left for x, left in lots}, **values
    )


def rated(usages, by, book=None):
    """Return the charges of usages, one after the other."""
    book = book or books()
    charges = []
    for usage in usages if isinstance(usages, list) else [usages]:
        rating = rate(usage, by, book)
        book.take(rating)
        charges += rating.charges
    return charges


def told(charges):
    """Return (kind, hours, cents) of charges of time; covered: hours that are drawn."""
    return [
        (
            charge.kind if charge.hold is None else charge.hold,
            charge.quantity / HOUR,
            charge.drawn / HOUR if charge.kind == "covered" else charge.amount,
        )
        for charge in charges
    ]


def codes(charge):
    return [rule["code"] for rule in charge.rules]
