# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What holds for every usage, whatever the terms, the card and the books.

50 permutations of 500 events; SC_PERMUTATIONS and SC_EVENTS set other numbers.
"""

import os
import random
from collections import defaultdict
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.allocation import Lot
from odoo.addons.service_contract.engine.proration import round_half_up
from odoo.addons.service_contract.engine.rates import Card, Modifier, Price, Rounding
from odoo.addons.service_contract.engine.rating import rate
from odoo.addons.service_contract.engine.rating_facts import (
    Books,
    Terms,
    Usage,
    event_order,
)

from .common_engine_rating import HOUR, office

PROFILE = settings(deadline=None, database=None, derandomize=True, max_examples=200)
UNITS = ("second", "case", "visit", "minor", "piece", "metre")
KINDS = ("after_hours", "weekend", "holiday", "overtime", "season", "window")
# Around the Sunday on which the clocks of Rome go forward, and a holiday.
ZONES = ("Europe/Rome", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana")
FIRST = datetime(2026, 3, 23)
CHANGES = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5), date(2026, 3, 8))
IDS = st.none() | st.integers(1, 2)
MONEY = st.builds(Fraction, st.integers(0, 20000), st.sampled_from([1, 3600, 1000]))
DAYS = st.integers(-1, 9).map(lambda days: (FIRST + timedelta(days=days)).date())
MOMENTS = st.integers(0, 8 * 24 * 12).map(lambda n: FIRST + timedelta(minutes=5 * n))


@st.composite
def roundings(draw):
    minimum = draw(st.sampled_from([0, 1, 900, HOUR]))
    return Rounding(
        draw(st.sampled_from(["entry", "day", "ticket"])),
        draw(st.sampled_from([1, 2, 900, HOUR])),
        minimum,
        draw(st.none() | st.integers(minimum, 10 * HOUR)),
    )


def prices():
    return st.builds(
        Price,
        key=st.integers(1, 9),
        unit=st.sampled_from(("second", *UNITS)),
        per_unit=st.none() | MONEY | MONEY,
        task=IDS,
        zone=IDS,
        role=IDS,
        level=IDS,
        start=st.none() | DAYS,
        end=st.none() | DAYS,
        rounding=st.none() | roundings(),
        overtime=st.none() | MONEY,
    )


def modifiers():
    edges = st.integers(0, 24).map(lambda hour: hour * HOUR)
    days = st.tuples(st.integers(1, 12), st.integers(1, 28))
    return st.builds(
        Modifier,
        key=st.integers(1, 9),
        name=st.just("x"),
        kind=st.sampled_from(KINDS),
        percent=st.integers(0, 300),
        surcharge=st.just(Fraction(0)) | MONEY | MONEY.map(lambda value: -value),
        draw_percent=st.integers(0, 300),
        tasks=st.frozensets(st.integers(1, 2), max_size=1),
        weekdays=st.frozensets(st.integers(0, 6)),
        window=st.tuples(edges, edges),
        season=st.tuples(days, days),
        threshold=st.integers(0, 10).map(lambda hours: hours * HOUR),
        start=st.none() | DAYS,
        end=st.none() | DAYS,
        unit=st.none() | st.sampled_from(UNITS),
    )


def cards(**fixed):
    values = {
        "prices": st.lists(prices(), max_size=6),
        "clock": st.sampled_from(ZONES).map(office),
        "modifiers": st.lists(modifiers(), max_size=4),
        "combination": st.sampled_from(["highest", "add", "multiply"]),
        "has_hours": st.booleans(),
        "draws_rounded": st.booleans(),
    }
    return st.builds(Card, **{**values, **fixed})


def terms(**fixed):
    values = {
        "coverage": st.sampled_from(["counted", "counted", "unlimited", "rates"]),
        "unit": st.sampled_from(UNITS),
        "policy": st.sampled_from(["bill", "ask"]),
        "start": st.just(datetime(2026, 1, 1)) | MOMENTS,
        "end": st.none() | MOMENTS,
        "is_agreed": st.integers(0, 9).map(bool),
        "multiplier": st.integers(0, 300),
        "card": st.none() | cards(),
        "fallback": st.dictionaries(st.sampled_from(UNITS), MONEY),
        "included": st.frozensets(st.integers(1, 2), max_size=1),
        "excluded": st.frozensets(st.integers(1, 2), max_size=1),
        "warranty": st.none() | st.sampled_from(["before", "after", "instead"]),
    }
    return st.builds(Terms, **{**values, **fixed})


def usages(**fixed):
    values = {
        "unit": st.sampled_from(("second", "second", *UNITS)),
        "quantity": st.integers(0, 3) | st.integers(0, 20 * HOUR),
        "at": MOMENTS,
        "day": DAYS,
        "is_timed": st.booleans(),
        **dict.fromkeys(("task", "zone", "role", "level", "site", "employee"), IDS),
        "ticket": IDS,
        "is_free": st.integers(0, 9).map(lambda n: not n),
        "exempt": st.integers(0, 9).map(lambda n: not n),
        "ruling": st.none()
        | st.none()
        | st.sampled_from(["bill", "cover", "courtesy", "exclude"]),
        "quotes": st.just(())
        | st.just(())
        | st.lists(
            st.tuples(st.integers(1, 2), MONEY), unique_by=lambda quote: quote[0]
        ).map(tuple),
        "awaits_quote": st.integers(0, 9).map(lambda n: not n),
        "quoted_in_part": st.booleans(),
        "warranty": st.none() | st.booleans(),
    }
    return st.builds(Usage, **{**values, **fixed})


@st.composite
def books(draw):
    lots = []
    for key in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["coverage", "coverage", "courtesy"]))
        lots.append(
            Lot(
                key,
                0,
                draw(st.just(datetime(2026, 1, 1)) | MOMENTS),
                draw(st.none() | MOMENTS),
                0,
                bottomless=draw(st.integers(0, 4)) == 0,
                kind=kind,
                unit=draw(st.sampled_from(UNITS)),
            )
        )
    amounts = st.integers(-5, 20 * HOUR)
    sites = st.tuples(st.sampled_from([0, 1, 2, 3]), IDS)
    return Books(
        lots,
        {lot.key: draw(amounts) for lot in lots},
        draw(st.dictionaries(sites, st.integers(0, 10 * HOUR), max_size=4)),
        draw(st.dictionaries(st.integers(1, 2), amounts)),
        draw(
            st.dictionaries(st.tuples(st.integers(1, 2), DAYS), st.integers(0, 40000))
        ),
    )


EVENTS = int(os.environ.get("SC_EVENTS", "500"))
PERMUTATIONS = int(os.environ.get("SC_PERMUTATIONS", "50"))
ENTRIES = st.lists(usages(), min_size=1, max_size=5)


class TestProperties(BaseCase):
    @PROFILE
    @given(ENTRIES, terms(), books())
    def test_every_usage_is_charged_whole_and_nothing_else_changes(
        self, entries, by, book
    ):
        for usage in entries:
            before = deepcopy(book.left), deepcopy(book.rounded), deepcopy(book.worked)
            rating = rate(usage, by, book)
            self.assertEqual(rate(usage, by, book), rating, "the same answer again")
            self.assertEqual(before, (book.left, book.rounded, book.worked))
            self.assertEqual(sum(c.quantity for c in rating.charges), usage.quantity)
            for charge in rating.charges:
                self.assertGreaterEqual(min(charge[1], charge.charged, charge.drawn), 0)
                self.assertGreaterEqual(charge.amount, 0)
                self.assertTrue(charge.rules, "nothing is charged without a reason")
                self.assertEqual(charge.hold is None, charge.kind != "to_approve")
            book.take(rating)

    @PROFILE
    @given(ENTRIES, terms(), books())
    def test_amount_is_the_charged_quantity_at_its_price(self, entries, by, book):
        for usage in entries:
            rating = rate(usage, by, book)
            book.take(rating)
            for charge in rating.charges:
                if charge.per_unit is None:
                    self.assertNotEqual(charge.kind, "billable")
                    self.assertEqual(charge.amount, 0)
                else:
                    amount = round_half_up(charge.charged * charge.per_unit)
                    self.assertEqual(charge.amount, amount)

    @PROFILE
    @given(ENTRIES, terms(), books())
    def test_draws_stay_within_lots_and_quotas(self, entries, by, book):
        lots = {lot.key: lot for lot in book.lots}
        for usage in entries:
            left, quotas = dict(book.left), dict(book.quotas)
            rating = rate(usage, by, book)
            book.take(rating)
            drawn = defaultdict(int)
            for charge in rating.charges:
                if charge.lot is None:
                    self.assertEqual(charge.drawn, 0)
                    continue
                drawn[charge.lot] += charge.drawn
                lot = lots[charge.lot]
                kind = "courtesy" if lot.kind == "courtesy" else "covered"
                self.assertEqual(charge.kind, kind)
                self.assertTrue(lot.is_valid_at(charge.start or usage.at))
            self.assertEqual(dict(rating.drawn), drawn)
            for key, units in drawn.items():
                self.assertEqual(book.left[key], left[key] - units)
                if not (lots[key].bottomless and lots[key].kind == "coverage"):
                    self.assertLessEqual(units, max(left[key], 0))
                quota = quotas.get((key, usage.site))
                is_limited = lots[key].kind == "coverage" and usage.ruling != "cover"
                if quota is not None and is_limited:
                    self.assertLessEqual(units, max(quota, 0))

    @PROFILE
    @given(ENTRIES, terms(card=cards()), books())
    def test_rounding_group_is_charged_for_its_sum(self, entries, by, book):
        """As long as its rule stays the same; what waits is not in it."""
        rules, worked, charged = defaultdict(set), defaultdict(int), defaultdict(int)
        for usage in entries:
            rating = rate(usage, by, book)
            book.take(rating)
            for charge in rating.charges:
                if charge.group is None:
                    continue
                worked[charge.group] += charge.quantity
                charged[charge.group] += charge.charged
                day = charge.start and charge.start.date() or usage.day
                for near in range(-1, 2):
                    price = by.card.find_price(
                        usage.unit,
                        day + timedelta(days=near),
                        usage.task,
                        usage.zone,
                        usage.role,
                        usage.level,
                    )
                    rules[charge.group].add(price and price.rounding)
        self.assertEqual(book.rounded, worked)
        self.assertEqual(book.charged, charged)
        for group, found in rules.items():
            if len(found) == 1:
                [rule] = found
                self.assertEqual(charged[group], rule.charged(worked[group]))

    @PROFILE
    @given(
        usages(
            unit=st.just("second"),
            quantity=st.integers(2, 600).map(lambda minutes: minutes * 60),
            is_timed=st.just(True),
            quotes=st.just(()),
        ),
        st.integers(1, 599),
        terms(
            card=cards(
                prices=st.lists(prices().map(lambda p: replace(p, rounding=None)))
            ),
            unit=st.sampled_from(["second", "case"]),
            end=st.none(),
            start=st.just(datetime(2026, 1, 1)),
        ),
    )
    def test_splitting_work_changes_nothing_but_the_rounding(self, usage, minute, by):
        usage = replace(usage, day=usage.at.date(), employee=1)
        first = 60 * (minute % (usage.quantity // 60)) or 60
        parts = [
            replace(usage, quantity=first),
            replace(
                usage,
                quantity=usage.quantity - first,
                at=usage.at + timedelta(0, first),
            ),
        ]
        whole, split = (self.totals(entries, by) for entries in ([usage], parts))
        self.assertEqual(set(whole), set(split))
        for kind, (quantity, amount, charges) in whole.items():
            self.assertEqual(split[kind][0], quantity)
            most = Fraction(charges + split[kind][2], 2)
            self.assertLessEqual(abs(split[kind][1] - amount), most)

    def totals(self, entries, by):
        """Return quantity, amount and number of charges by kind and hold."""
        book, totals = Books([], {}), {}
        for usage in entries:
            rating = rate(usage, by, book)
            book.take(rating)
            for charge in rating.charges:
                key = charge.kind, charge.hold
                quantity, amount, number = totals.get(key, (0, 0, 0))
                totals[key] = (
                    quantity + charge.quantity,
                    amount + charge.amount,
                    number + 1,
                )
        return totals


class TestSlices(BaseCase):
    """Slices tile the work, and nothing that prices depend on changes inside one."""

    @PROFILE
    @given(
        cards(),
        st.sampled_from(CHANGES),
        st.integers(-36 * 60, 36 * 60),
        st.integers(1, 60 * HOUR),
    )
    def test_slices_tile_the_work(self, rates, day, minutes, seconds):
        start = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
        slices = rates.cut(start, seconds)
        self.assertEqual(slices[0].start, start)
        self.assertEqual(sum(piece.quantity for piece in slices), seconds)
        for piece, following in pairwise(slices):
            self.assertEqual(piece.end, following.start)
            self.assertGreater(piece.quantity, 0)

    @PROFILE
    @given(
        cards(modifiers=st.lists(modifiers(), min_size=1, max_size=3)),
        st.sampled_from(CHANGES),
        st.integers(-36 * 60, 36 * 60),
        st.integers(1, 48 * 60),
        st.randoms(use_true_random=False),
    )
    def test_no_boundary_lies_inside_a_slice(self, rates, day, minute, minutes, rand):
        start = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
        zone = ZoneInfo(rates.clock.hours.timezone)
        for piece in rates.cut(start, minutes * 60):
            begun = piece.start.replace(tzinfo=timezone.utc).astimezone(zone)
            self.assertEqual(begun.date(), piece.day)
            inside = [0, piece.quantity - 1]
            inside += [rand.randrange(piece.quantity) for _each in range(3)]
            for second in inside:
                instant = piece.start + timedelta(seconds=second)
                local = instant.replace(tzinfo=timezone.utc).astimezone(zone)
                wall = local.hour * HOUR + local.minute * 60 + local.second
                self.assertEqual(local.date(), piece.day)
                self.assertEqual(local.utcoffset(), begun.utcoffset())
                self.assertEqual(wall, piece.second + second)
                opened = not rates.has_hours or rates.clock.is_open(instant)
                self.assertEqual(opened, piece.is_open)
                for modifier in rates.modifiers:
                    if modifier.kind == "window":
                        self.assertEqual(
                            modifier.applies_to(None, piece),
                            modifier.applies_to(None, replace(piece, second=wall)),
                        )


class TestConfluence(BaseCase):
    """The same events end with the same money, in whatever order they came in."""

    def setUp(self):
        super().setUp()
        self.rand = rand = random.Random(17)
        hours = range(24 * 28)
        self.terms = Terms(
            "counted",
            "second",
            "bill",
            datetime(2026, 3, 1),
            card=Card(
                [
                    Price(1, "second", Fraction(9000, HOUR)),
                    Price(
                        2,
                        "second",
                        Fraction(12000, HOUR),
                        task=1,
                        rounding=Rounding("ticket", 900, HOUR),
                    ),
                    Price(
                        3, "second", Fraction(7000, HOUR), task=2, start=FIRST.date()
                    ),
                    Price(4, "visit", Fraction(8000)),
                ],
                office(),
                [
                    Modifier(1, "late", "after_hours", 150, draw_percent=150),
                    Modifier(2, "long", "overtime", 125, threshold=6 * HOUR),
                ],
                "add",
                draws_rounded=True,
            ),
        )
        self.events = [
            Usage(
                rand.choice(["second", "second", "second", "visit"]),
                rand.choice([1, 900, 1800, HOUR, 4 * HOUR]),
                # Many at noon: of those only the day is known.
                at=(at := datetime(2026, 3, 2) + timedelta(hours=rand.choice(hours))),
                day=at.date(),
                is_timed=at.hour != 11,
                **{
                    name: rand.choice([None, 1, 2])
                    for name in ("task", "site", "employee", "ticket")
                },
                ruling=rand.choice([None] * 9 + ["cover", "bill", "courtesy"]),
                exempt=rand.random() < 0.05,
            )
            for _event in range(EVENTS)
        ]
        for number in rand.sample(range(EVENTS), EVENTS // 8):
            # The same again but for one thing, at the same time.
            other = self.events[rand.randrange(EVENTS)]
            change = rand.choice(
                [
                    {},
                    {"ruling": "cover"},
                    {"exempt": True},
                    {"quotes": ((1, Fraction(1)),)},
                    {"warranty": True},
                    {"quantity": 900},
                    {"is_timed": False},
                ]
            )
            self.events[number] = replace(other, **change)

    def end_with(self, events):
        """Return all charges, without who was first of equals, and the books."""
        book = Books(
            [
                Lot(1, 0, datetime(2026, 3, 1), datetime(2026, 3, 16), 0),
                Lot(2, 1, datetime(2026, 3, 1), None, 0, bottomless=True),
                Lot(
                    3, 0, datetime(2026, 3, 9), None, 0, kind="courtesy", unit="second"
                ),
            ],
            {1: 60 * HOUR, 2: 20 * HOUR, 3: 5 * HOUR},
            quotas={(2, 1): 30 * HOUR},
            quotes={1: 3 * HOUR},
        )
        charges = []
        for usage in sorted(events, key=event_order):
            rating = rate(usage, self.terms, book)
            book.take(rating)
            charges += [(usage, charge) for charge in rating.charges]
        return charges, book

    def test_permutations_of_events_end_with_the_same_charges(self):
        expected, book = self.end_with(self.events)
        kinds = {charge.kind for _usage, charge in expected}
        self.assertGreaterEqual(
            kinds, {"covered", "billable", "courtesy", "to_approve"}
        )
        for number in range(PERMUTATIONS):
            with self.subTest(number=number):
                self.rand.shuffle(self.events)
                charges, after = self.end_with(self.events)
                self.assertEqual(charges, expected)
                self.assertEqual(after, book)
