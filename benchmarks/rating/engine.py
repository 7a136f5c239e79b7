# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The engine alone: how many usages it rates and allocates on one core."""

import random
import time
from datetime import datetime, timedelta
from fractions import Fraction

from odoo.addons.service_contract.engine.allocation import Lot
from odoo.addons.service_contract.engine.clock import Clock, Window, WorkingHours
from odoo.addons.service_contract.engine.rates import Card, Modifier, Price, Rounding
from odoo.addons.service_contract.engine.rating import rate
from odoo.addons.service_contract.engine.rating_facts import Books, Terms, Usage

from .data import HOURS_PER_MONTH, YEAR, ZONE

HOUR = 3600


def run(count, per_contract, seed):
    """Return usages per second, each rated on the books that the ones before left."""
    terms = make_terms()
    usages = make_usages(count, per_contract, seed)
    books = [make_books() for _contract in range(count // per_contract)]
    charges = 0
    start = time.perf_counter()
    for number, usage in enumerate(usages):
        of_contract = books[number // per_contract]
        rating = rate(usage, terms, of_contract)
        of_contract.take(rating)
        charges += len(rating.charges)
    seconds = time.perf_counter() - start
    return {"usages": count, "charges": charges, "per_second": round(count / seconds)}


def make_terms():
    weekdays = tuple(Window(day, 8 * HOUR, 18 * HOUR) for day in range(5))
    rounding = Rounding("entry", 900, 900)
    card = Card(
        [
            Price(key, "second", Fraction(price, 36), task=task, rounding=rounding)
            for key, (task, price) in enumerate(
                [(None, 90), (1, 80), (2, 90), (3, 100)], start=1
            )
        ],
        Clock(WorkingHours(ZONE, weekdays)),
        [
            Modifier(1, "After hours", "after_hours", 150),
            Modifier(2, "Weekend", "weekend", 200),
        ],
    )
    return Terms("counted", "second", "bill", datetime(YEAR, 1, 1), card=card)


def make_books():
    starts = [datetime(YEAR, month, 1) for month in range(1, 13)]
    ends = [*starts[1:], datetime(YEAR + 1, 1, 1)]
    lots = [
        Lot(key, 0, start, end, HOURS_PER_MONTH * HOUR)
        for key, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    return Books(lots, {lot.key: lot.remaining for lot in lots})


def make_usages(count, per_contract, seed):
    """Return usages over a year, contract by contract in the order of their events."""
    chance = random.Random(seed)
    minutes = 365 * 24 * 60 - 600
    usages = []
    for number in range(count):
        position = number % per_contract
        start = datetime(YEAR, 1, 1, 6) + timedelta(
            minutes=minutes * position // per_contract
        )
        usages.append(
            Usage(
                unit="second",
                quantity=chance.randint(5, 150) * 60,
                at=start,
                day=start.date(),
                is_timed=True,
                task=chance.choice([1, 2, 3, None]),
            )
        )
    return usages
