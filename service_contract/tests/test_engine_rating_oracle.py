# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The rating engine against an oracle that looks at the wall clock minute by minute and
draws unit by unit.

20,000 random usages; SC_RATING_ORACLE_CASES sets another number (1,000,000 at night),
SC_SEED the seed, which is in the message of a failure.
"""

import os
import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from fractions import Fraction
from math import inf

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.allocation import Lot
from odoo.addons.service_contract.engine.clock import Clock
from odoo.addons.service_contract.engine.rates import Card, Modifier, Price, Rounding
from odoo.addons.service_contract.engine.rating import rate
from odoo.addons.service_contract.engine.rating_facts import Books, Terms, Usage

from .oracle_clock import DAY, Stepper
from .oracle_rates import WallCard
from .oracle_rating import Oracle
from .test_engine_clock_oracle import (
    EPOCH,
    FIRST_DAY,
    ZONES,
    at,
    clock_changes,
    hours_of,
    random_calendar,
)

CASES = int(os.environ.get("SC_RATING_ORACLE_CASES", "20000"))
SEED = int(os.environ.get("SC_SEED") or random.randrange(10**6))
USAGES_PER_LINE = 8
LINES_PER_CALENDAR = 3
BASE = {"second": 3600, "metre": 1000, "piece": 1000}
UNITS = ["second", "second", "second", "case", "visit", "minor", "piece", "metre"]
KINDS = ["after_hours", "weekend", "holiday", "overtime", "season", "window"]
# Minutes around a day within which the wall clock is known.
REACH = 2 * DAY


class Maker:
    """Random facts around a local day in a zone, that have much in common."""

    def __init__(self, rand, zone, day):
        self.rand, self.day = rand, day
        self.middle = (day - EPOCH.date()).days * DAY
        self.calendar = self.some_calendar(zone)
        self.stepper = Stepper(self.calendar, self.middle - REACH, self.middle + REACH)

    def maybe(self, likely, value=True, otherwise=None):
        return value if self.rand.random() < likely else otherwise

    def some(self, *values):
        return self.rand.choice(values)

    def some_day(self):
        return self.day + timedelta(days=self.rand.randrange(-2, 3))

    def some_instant(self):
        """Return an instant near the day; often its midnight in UTC or in the zone."""
        shift = self.some(0, 0, DAY, -DAY, self.rand.randrange(-DAY, DAY))
        offset = self.some(0, 60, 120, -300, 330, 345, 600, 720)
        return at((self.middle + shift - offset) * 60)

    def some_calendar(self, zone):
        calendar = random_calendar(self.rand, zone, self.day)
        if self.rand.random() < 0.5:
            office = [(8 * 60, 18 * 60)]
            calendar["weekly"] = {(None, weekday): office for weekday in range(5)}
            calendar["shifts"] = {}
        return calendar

    # === CARDS === #

    def cards(self):
        """Return the same card for the engine and for the oracle."""
        self.scale = self.some(1, 100, 100, 1000)
        if self.rand.random() < 0.1:
            return None, WallCard()
        has_hours = self.rand.random() < 0.8
        prices = [self.price(key) for key in range(self.rand.randrange(2, 14))]
        number = self.some(0, 1, 2, 3, 5, 8)
        modifiers = [self.modifier(key) for key in range(number)]
        values = {
            "combination": self.some("highest", "add", "multiply"),
            "draws_rounded": self.rand.random() < 0.35,
        }
        clock = Clock(hours_of(self.calendar))
        engine = Card(prices, clock, modifiers, has_hours=has_hours, **values)
        stepper = self.stepper if has_hours else None
        return engine, WallCard(self.calendar, stepper, prices, modifiers, **values)

    def amount(self, unit, most=200):
        """Return a price in minor units per base unit, of one in cents per hour."""
        shown = Fraction(self.rand.randrange(most * 100), self.some(1, 1, 100, 10000))
        return shown * self.scale / BASE.get(unit, 1)

    def price(self, key):
        unit = self.some(*UNITS)
        start = self.maybe(0.4, self.some_day())
        long = timedelta(days=self.rand.randrange(1, 4))
        names = {
            name: self.rand.randrange(1, 4)
            for name in ("task", "zone", "role", "level")
            if self.rand.random() < 0.2
        }
        return Price(
            key,
            unit,
            self.maybe(0.95, self.some(Fraction(0), *[self.amount(unit)] * 9)),
            start=start,
            end=self.maybe(0.5, (start or self.day) + long),
            rounding=self.maybe(0.6, self.rounding(unit)),
            overtime=self.maybe(0.15, self.amount(unit)),
            **names,
        )

    def rounding(self, unit):
        base = BASE.get(unit, 100 if unit == "minor" else 1)
        minimum = self.some(
            0, 0, base, base // 2, 2 * base, self.rand.randrange(base + 1)
        )
        return Rounding(
            self.some("entry", "day", "ticket"),
            max(
                self.some(1, base // 4, base // 2, base, self.rand.randrange(base + 1)),
                1,
            ),
            minimum,
            self.some(None, None, minimum, minimum + base, minimum + 8 * base),
        )

    def modifier(self, key):
        kind = self.some(*KINDS)
        first, last = (
            (self.day + timedelta(days=self.some(-200, -2, -1, 0, 1, 2, 60)))
            for _edge in range(2)
        )
        edges = [m * 60 for m in (0, 60, 120, 180, 1080, 1320, 1440)]
        edges.append(self.rand.randrange(DAY) * 60)
        has_days = kind in ("weekend", "window") and self.rand.random() < 0.5
        return Modifier(
            key,
            kind,
            kind,
            percent=self.some(0, 50, 100, 125, 150, 200, 300),
            surcharge=self.maybe(
                0.3, self.amount("second", 20) * self.some(1, 1, -1), Fraction(0)
            ),
            draw_percent=self.some(0, 50, 100, 100, 150, 200, 133),
            tasks=frozenset(self.maybe(0.1, [1, 2], [])),
            weekdays=frozenset(
                self.rand.sample(range(7), self.rand.randrange(1, 7))
                if has_days
                else ()
            ),
            window=(self.some(*edges), self.some(*edges)) if kind == "window" else None,
            season=((first.month, first.day), (last.month, last.day))
            if kind == "season"
            else None,
            threshold=self.some(0, 1, 2, 4, 8) * 3600,
            start=self.maybe(0.1, self.some_day()),
            end=self.maybe(0.1, self.some_day()),
            unit=self.maybe(0.15, self.some(*UNITS)),
        )

    # === LINES === #

    def terms(self, card):
        unit = self.some(*UNITS, "second", "second", "minor", "minor")
        coverage = self.some(*["counted"] * 8, "unlimited", "rates")
        named = [frozenset(self.maybe(0.08, [1, 2], [])) for _each in range(2)]
        priced = [unit for unit in set(UNITS) if self.rand.random() < 0.4]
        return Terms(
            coverage,
            unit if coverage == "counted" else None,
            self.some("bill", "ask"),
            start=self.maybe(0.9, EPOCH, self.some_instant()),
            end=self.maybe(0.15, self.some_instant() + timedelta(self.some(0, 1, 90))),
            is_agreed=self.rand.random() < 0.98,
            multiplier=self.some(100, 100, 100, 150, 200, 50, 0, 133),
            card=card,
            fallback={unit: self.amount(unit) for unit in sorted(priced)},
            included=named[0],
            excluded=named[1],
            warranty=self.some(None, None, "before", "after", "instead"),
        )

    def lots(self, unit):
        """Return lots in no order, and what is left of them."""
        lots, left = [], {}
        for key in self.rand.sample(range(1, 20), self.some(0, 1, 2, 2, 3, 3, 5)):
            is_courtesy = self.rand.random() < 0.3
            lot_unit = self.some(unit, "second", "minor") if is_courtesy else unit
            lots.append(
                Lot(
                    key,
                    self.some(0, 0, 1, 2),
                    self.maybe(
                        0.75, at((self.middle - 90 * DAY) * 60), self.some_instant()
                    ),
                    self.maybe(
                        0.5,
                        self.some_instant() + timedelta(days=self.some(0, 1, 1, 30)),
                    ),
                    0,
                    bottomless=self.rand.random() < 0.15,
                    kind="courtesy" if is_courtesy else "coverage",
                    unit=lot_unit,
                )
            )
            left[key] = self.how_many(lot_unit) * self.some(1, 1, 2, 5)
            left[key] = self.some(left[key], left[key], left[key], 0, -7)
        return lots, left

    def how_many(self, unit):
        if unit in ("case", "visit"):
            return self.rand.randrange(1, 4)
        if unit == "second":
            usual = self.some(5, 15, 15, 30, 60, 90, 120, 180, 300, 480, 720)
            return 60 * self.some(usual, usual, self.rand.randrange(1, 900))
        return self.rand.randrange(1, self.some(10, 1000, 5000))

    def usage(self, terms, quotes):
        unit = self.some(*UNITS, "second", "second", *[terms.unit or "second"] * 8)
        instant = at((self.middle + self.rand.randrange(-DAY, DAY)) * 60)
        keys = self.rand.sample([*quotes, 99], 2)
        offers = tuple((key, self.amount(unit)) for key in keys)
        ruling = self.some(*[None] * 12, "bill", "cover", "courtesy", "exclude")
        return Usage(
            unit,
            self.maybe(0.98, self.how_many(unit), 0),
            instant,
            instant.date() + timedelta(days=self.some(0, 0, 0, -1, 1)),
            is_timed=self.rand.random() < 0.8,
            **{
                name: self.maybe(0.75, self.rand.randrange(1, 4))
                for name in (
                    "task",
                    "zone",
                    "role",
                    "level",
                    "site",
                    "employee",
                    "ticket",
                )
            },
            is_free=self.rand.random() < 0.01,
            exempt=self.rand.random() < 0.01,
            ruling=ruling,
            quotes=self.some(*[()] * 18, offers, offers[:1]),
            awaits_quote=self.rand.random() < 0.01,
            quoted_in_part=self.rand.random() < 0.5,
            warranty=self.some(None, None, None, None, True, False),
        )


def complete(part, number, usage, terms, card, lots):
    """Note of a stretch of work what the card, the line and the lots say of it.

    :param number: of the usage
    :param lots: in the order in which they are drawn
    """
    price = card.rule(usage, part)
    # An event without a price comes with a line of other things.
    is_priced = price is not None or usage.unit in terms.fallback
    part.is_priced = usage.unit != "second" and is_priced
    part.cost = card.per_unit(usage, part) if price else terms.fallback.get(usage.unit)
    part.draw, part.rounds = Fraction(1), card.rounds
    if usage.unit == "second":
        part.draw = card.draw(usage, part) * terms.multiplier / 100
    is_rounded = price and price.per_unit is not None and price.rounding is not None
    rounding = price.rounding if is_rounded else Rounding()
    part.step, part.minimum = rounding.step, rounding.minimum
    part.maximum = inf if rounding.maximum is None else rounding.maximum
    # What is rounded together: the same work on a day, for a ticket, or of the usage.
    common = {"day": part.day, "ticket": usage.ticket}.get(rounding.scope)
    part.group = ("usage", number) if common is None else (rounding.scope, common)
    if is_rounded:
        part.group += (usage.unit, price.task, price.zone, price.role, price.level)
    valid = [
        lot
        for lot in lots
        if lot.valid_from <= part.at < (lot.valid_to or datetime.max)
    ]
    part.lots = [lot for lot in valid if lot.kind == "coverage"]
    part.courtesies = [lot for lot in valid if lot.kind == "courtesy"]


class TestAgainstTheOracle(BaseCase):
    def test_random_usages_agree_charge_by_charge(self):
        rand = random.Random(SEED)
        changes = clock_changes()
        per_round = USAGES_PER_LINE * LINES_PER_CALENDAR
        for number in range(max(CASES // per_round, 1)):
            zone, day = rand.choice(changes)
            if number % 3 == 0:
                zone = rand.choice(ZONES)
                day = FIRST_DAY + timedelta(days=rand.randrange(9 * 365))
            with self.subTest(seed=SEED, round=number, zone=zone, day=day):
                maker = Maker(rand, zone, day)
                for _line in range(LINES_PER_CALENDAR):
                    self.compare(maker)

    def compare(self, maker):
        """Rate several usages on the same books, here and there."""
        card, wall_card = maker.cards()
        terms = maker.terms(card)
        lots, left = maker.lots(terms.unit)
        quotas = {
            (lot.key, site): max(maker.how_many(lot.unit) * maker.some(0, 1, 2), 0)
            for lot in lots
            for site in range(1, 4)
            if maker.rand.random() < 0.35
        }
        quotes = {key: maker.how_many("second") for key in range(2)}
        ordered = sorted(
            lots,
            key=lambda x: (x.priority, x.valid_to or at(2**37), x.valid_from, x.key),
        )
        books = Books(ordered, dict(left), quotas=dict(quotas), quotes=dict(quotes))
        oracle = Oracle(terms, left, quotas, quotes)
        worked = Counter()
        edges = [lot.valid_from for lot in lots]
        edges += [lot.valid_to for lot in lots if lot.valid_to]
        edges += [edge for edge in (terms.start, terms.end) if edge]
        for number in range(USAGES_PER_LINE):
            usage = maker.usage(terms, list(quotes))
            parts = wall_card.parts(usage, worked, edges)
            for part in parts:
                complete(part, number, usage, terms, wall_card, ordered)
            rating = rate(usage, terms, books)
            books.take(rating)
            found = [
                (c.kind, c.hold, c.quantity, c.charged, c.amount, c.lot, c.drawn)
                for c in rating.charges
            ]
            self.assertEqual(found, oracle.rate(usage, parts), (usage, terms))
            self.assertEqual(sum(c.quantity for c in rating.charges), usage.quantity)
        self.assertEqual(books.left, {key: oracle.left[key] for key in left})
        for ours, theirs in (
            (books.quotas, oracle.quotas),
            (books.quotes, oracle.quotes),
            (books.worked, worked),
        ):
            self.assertEqual(ours, {key: theirs[key] for key in ours})
        groups = defaultdict(lambda: (0, 0))
        for group, quantity, charged in oracle.noted:
            if isinstance(group, tuple) and group[0] != "usage":
                before = groups[group]
                groups[group] = before[0] + quantity, before[1] + charged
        self.assertEqual(
            sorted((done, books.charged[key]) for key, done in books.rounded.items()),
            sorted(group for group in groups.values() if group[0]),
        )
