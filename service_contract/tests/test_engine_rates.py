# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which price applies to work, what modifiers make of it, and what is rounded."""

from datetime import date
from fractions import Fraction
from itertools import product

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.rates import Card, Modifier, Rounding
from odoo.addons.service_contract.engine.rating_facts import Books

from .common_engine_rating import (
    HOUR,
    card,
    event,
    modifier,
    office,
    price,
    rated,
    rounding,
    terms,
    work,
)

FRIDAY, SATURDAY = date(2026, 3, 20), date(2026, 3, 21)


def cents(usages, *prices, book=None, **values):
    """Return what each part of some work costs."""
    charges = rated(usages, terms(card=card(*prices, **values)), book)
    return [charge.amount for charge in charges]


class TestPrices(BaseCase):
    def test_most_specific_price_wins(self):
        """Each of the 16 ways to name task, zone, role and level has a price of its
        own; a task outweighs the rest, a zone role and level, a role the level."""
        names = list(product((1, None), repeat=4))
        ways = dict(enumerate(names))
        prices = [
            price(key, key, task=task, zone=zone, role=role, level=level)
            for key, (task, zone, role, level) in reversed(ways.items())
        ]
        for missing in range(len(prices)):
            left = card(*prices[: len(prices) - missing])
            found = left.find_price("second", FRIDAY, 1, 1, 1, 1)
            self.assertEqual(found.key, missing)

    def test_price_for_another_task_never_applies(self):
        rates = card(price(90, task=1), price(60, 2, zone=1))
        for names in ({}, {"task": 2}, {"task": 2, "zone": 2}):
            self.assertIsNone(rates.find_price("second", FRIDAY, **names))
        self.assertIsNone(rates.find_price("visit", FRIDAY, 1))

    def test_first_and_last_day(self):
        rates = card(price(90, start=FRIDAY, end=SATURDAY))
        for day, found in (
            (date(2026, 3, 19), False),
            (FRIDAY, True),
            (SATURDAY, False),
        ):
            self.assertEqual(bool(rates.find_price("second", day)), found)

    def test_latest_start_wins_then_the_latest_rule(self):
        rates = card(
            price(1, 1),
            price(2, 2, start=date(2026, 1, 1)),
            price(4, 4, start=date(2026, 3, 1)),
            price(3, 3, start=date(2026, 3, 1)),
            price(5, 5, start=date(2026, 4, 1)),
        )
        for day, key in ((date(2025, 7, 1), 1), (date(2026, 2, 1), 2), (FRIDAY, 4)):
            self.assertEqual(rates.find_price("second", day).key, key)

    def test_specific_price_of_the_past_gives_way_to_the_general_one(self):
        rates = card(price(90, 1), price(60, 2, task=1, end=FRIDAY))
        self.assertEqual(rates.find_price("second", FRIDAY, 1).key, 1)

    def test_work_over_midnight_across_a_price_step(self):
        step = price(90, 1, end=SATURDAY), price(120, 2, start=SATURDAY)
        self.assertEqual(cents(work(2, "2026-03-20 23:00"), *step), [9000, 12000])

    def test_price_that_is_agreed_each_time_hides_the_general_one(self):
        rates = terms(card=card(price(90), price(None, 2, task=1)))
        [charge] = rated(work(1, task=1), rates)
        self.assertEqual((charge.hold, charge.amount), ("unrated", 0))

    def test_price_of_the_line_where_the_card_has_none(self):
        line = terms(card=card(price(90, task=1)), fallback={"second": Fraction(1)})
        for task, amount in ((1, 9000), (2, 3600)):
            [charge] = rated(work(1, task=task), line)
            self.assertEqual(charge.amount, amount)

    def test_halves_of_a_cent_are_rounded_up_once(self):
        for per_unit, quantity, amount in (
            (Fraction(1, 2), 1, 1),
            (Fraction(1, 2), 3, 2),
            (Fraction(1, 3), 1, 0),
            (Fraction(10000, 3600), 900, 2500),
            (Fraction(1234, 360000), 3600, 12),
            (Fraction(1, 7), 1000, 143),
        ):
            line = terms(fallback={"piece": per_unit})
            [charge] = rated(event("piece", quantity), line)
            self.assertEqual(charge.amount, amount)

    def test_unknown_combination_is_refused(self):
        with self.assertRaises(ValueError):
            card(combination="lowest")


class TestModifiers(BaseCase):
    def test_overlapping_modifiers_follow_the_rule_of_the_card(self):
        """Night +50 %, Sunday +100 %, winter 5 euros an hour more."""
        overlapping = [
            modifier("after_hours", 150, 1),
            modifier("weekend", 200, 2),
            modifier(
                "season",
                100,
                3,
                surcharge=Fraction(500, HOUR),
                season=((1, 1), (3, 31)),
            ),
        ]
        usage = work(1, "2026-03-22 20:00")
        for combination, cost in (
            ("highest", 200_00),
            ("add", 255_00),
            ("multiply", 305_00),
        ):
            with self.subTest(combination=combination):
                self.assertEqual(
                    cents(
                        usage,
                        price(100),
                        combination=combination,
                        modifiers=overlapping,
                    ),
                    [cost],
                )

    def test_draws_follow_the_same_rule(self):
        percents = [150, 200, 50]
        modifiers = [
            Modifier(key, "x", "weekend", draw_percent=percent)
            for key, percent in enumerate(percents)
        ]
        for combination, factor in (("highest", 2), ("add", 2), ("multiply", 1.5)):
            rates = card(combination=combination)
            self.assertEqual(rates.get_draw(modifiers), factor)
        self.assertEqual(card().get_draw(modifiers[2:]), Fraction(1, 2))
        self.assertEqual(card(combination="add").get_draw([modifiers[2]] * 3), 0)

    def test_price_never_falls_below_nothing(self):
        rebate = [modifier("weekend", 50, surcharge=Fraction(-20000, HOUR))]
        for combination in ("highest", "add", "multiply"):
            self.assertEqual(
                cents(
                    work(1, "2026-03-22 20:00"),
                    price(100),
                    modifiers=rebate,
                    combination=combination,
                ),
                [0],
            )

    def test_explanation_names_the_modifiers_that_counted(self):
        both = [modifier("after_hours", 150, 1), modifier("weekend", 200, 2)]
        for combination, names in (("highest", [2]), ("add", [1, 2])):
            rates = card(price(100), modifiers=both, combination=combination)
            [charge] = rated(work(1, "2026-03-22 20:00"), terms(card=rates))
            told = [r["modifier"] for r in charge.rules if r["code"] == "modifier"]
            self.assertEqual(told, names)

    def test_work_over_closing_time_midnight_and_into_the_weekend(self):
        """A Friday from 17:00 to 1:00."""
        both = [modifier("after_hours", 150, 1), modifier("weekend", 200, 2)]
        self.assertEqual(
            cents(work(8, "2026-03-20 17:00"), price(100), modifiers=both),
            [100_00, 6 * 150_00, 200_00],
        )

    def test_holiday(self):
        holiday = [modifier("holiday", 200)]
        self.assertEqual(
            cents(work(2, "2026-03-24 23:00"), price(100), modifiers=holiday),
            [100_00, 200_00],
        )
        by_day = work(3, "2026-03-25 12:00", is_timed=False)
        self.assertEqual(cents(by_day, price(100), modifiers=holiday), [600_00])

    def test_call_at_night_and_on_a_holiday(self):
        modifiers = [modifier("after_hours", 150, 1), modifier("holiday", 200, 2)]
        for at, is_timed, cost in (
            ("2026-03-20 09:00", True, 80_00),
            ("2026-03-20 22:00", True, 120_00),
            ("2026-03-20 22:00", False, 80_00),
            ("2026-03-25 12:00", False, 160_00),
        ):
            usage = event(at=at, is_timed=is_timed)
            amounts = cents(usage, price(80, unit="visit"), modifiers=modifiers)
            self.assertEqual(amounts, [cost])

    def test_no_hours_no_after_hours(self):
        rates = Card(
            [price(100)], office(), [modifier("after_hours", 150)], has_hours=0
        )
        [charge] = rated(work(2, "2026-03-20 20:00"), terms(card=rates))
        self.assertEqual(charge.amount, 200_00)

    def test_clocks_that_go_back_give_one_more_hour_of_the_night(self):
        night = [modifier("window", 150, window=(22 * HOUR, 6 * HOUR))]
        amounts = cents(work(9, "2026-10-24 22:00"), price(100), modifiers=night)
        self.assertEqual(sum(amounts), 9 * 150_00)
        amounts = cents(work(10, "2026-10-24 22:00"), price(100), modifiers=night)
        self.assertEqual(sum(amounts), 9 * 150_00 + 100_00)

    def test_season_over_new_year(self):
        winter = [modifier("season", 200, season=((11, 15), (3, 15)))]
        for day, factor in (
            ("2026-11-14", 1),
            ("2026-11-15", 2),
            ("2026-12-31", 2),
            ("2027-01-01", 2),
            ("2026-03-15", 2),
            ("2026-03-16", 1),
        ):
            usage = work(1, f"{day} 10:00")
            amounts = cents(usage, price(100), modifiers=winter)
            self.assertEqual(amounts, [factor * 100_00], day)

    def test_window_over_midnight_belongs_to_the_day_it_begins(self):
        """From 22:00 to 6:00, Friday only."""
        friday = [
            modifier(
                "window", 200, window=(22 * HOUR, 6 * HOUR), weekdays=frozenset({4})
            )
        ]
        for at, factor in (
            ("2026-03-20 05:00", 1),
            ("2026-03-20 21:00", 1),
            ("2026-03-20 22:00", 2),
            ("2026-03-21 05:00", 2),
            ("2026-03-21 06:00", 1),
            ("2026-03-21 22:00", 1),
        ):
            amounts = cents(work(1, at), price(100), modifiers=friday)
            self.assertEqual(amounts, [factor * 100_00], at)

    def test_windows_to_midnight_and_of_a_whole_day(self):
        for window, at, factor in (
            ((18 * HOUR, 24 * HOUR), "2026-03-20 23:00", 2),
            ((18 * HOUR, 24 * HOUR), "2026-03-21 00:00", 1),
            ((18 * HOUR, 0), "2026-03-20 23:00", 2),
            ((18 * HOUR, 0), "2026-03-21 00:00", 1),
            ((0, 24 * HOUR), "2026-03-21 00:00", 2),
            ((0, 0), "2026-03-21 13:00", 2),
        ):
            modifiers = [modifier("window", 200, window=window)]
            amounts = cents(work(1, at), price(100), modifiers=modifiers)
            self.assertEqual(amounts, [factor * 100_00], (window, at))

    def test_window_needs_a_time_of_day(self):
        whole = [modifier("window", 200, window=(0, 24 * HOUR))]
        usage = work(1, is_timed=False)
        self.assertEqual(cents(usage, price(100), modifiers=whole), [100_00])

    def test_weekend_of_other_days(self):
        friday = [modifier("weekend", 200, weekdays=frozenset({4}))]
        for at, factor in (("2026-03-20 10:00", 2), ("2026-03-21 10:00", 1)):
            amounts = cents(work(1, at), price(100), modifiers=friday)
            self.assertEqual(amounts, [factor * 100_00])

    def test_tasks_dates_and_units_of_a_modifier(self):
        prices = price(100), price(1, 2, unit="metre")
        for values, is_on in (
            ({"tasks": frozenset({1})}, True),
            ({"tasks": frozenset({2})}, False),
            ({"start": SATURDAY, "end": date(2026, 3, 22)}, True),
            ({"end": SATURDAY}, False),
            ({"start": date(2026, 3, 22)}, False),
            ({"unit": "second"}, True),
            ({"unit": "metre"}, False),
        ):
            with self.subTest(**values):
                modifiers = [modifier("weekend", 200, **values)]
                usage = work(1, "2026-03-21 10:00", task=1)
                amounts = cents(usage, *prices, modifiers=modifiers)
                self.assertEqual(amounts, [200_00 if is_on else 100_00])

    def test_overtime_inside_an_entry_and_across_entries(self):
        late = [modifier("overtime", 150, threshold=8 * HOUR)]
        for entries, amounts in (
            ([work(10, "2026-03-20 08:00", employee=1)], [800_00, 300_00]),
            (
                [work(6, employee=1), work(3, "2026-03-20 15:00", employee=1)],
                [600_00, 200_00, 150_00],
            ),
            (
                [work(6, employee=1), work(3, "2026-03-21 15:00", employee=1)],
                [600_00, 300_00],
            ),
            ([work(6, employee=1), work(3, employee=2)], [600_00, 300_00]),
            ([work(6), work(3)], [600_00, 300_00]),
            (
                [work(6, employee=1, is_free=True), work(3, employee=1)],
                [600_00, 200_00, 150_00],
            ),
        ):
            self.assertEqual(cents(entries, price(100), modifiers=late), amounts)

    def test_overtime_that_was_worked_before(self):
        late = [modifier("overtime", 150, threshold=8 * HOUR)]
        book = Books([], {}, worked={(1, FRIDAY): 7 * HOUR})
        amounts = cents(work(2, employee=1), price(100), modifiers=late, book=book)
        self.assertEqual(amounts, [100_00, 150_00])

    def test_price_of_its_own_for_overtime(self):
        late = [
            modifier("overtime", 150, threshold=8 * HOUR),
            modifier("weekend", 200, 2),
        ]
        own = price(100, overtime=Fraction(130_00, HOUR))
        self.assertEqual(cents(work(9), own, modifiers=late), [800_00, 130_00])
        for combination, cost in (("highest", 200_00), ("add", 230_00)):
            amounts = cents(
                work(9, "2026-03-21 09:00"),
                own,
                modifiers=late,
                combination=combination,
            )
            self.assertEqual(amounts[1], cost)


class TestRounding(BaseCase):
    def test_steps_minimum_and_maximum(self):
        quarters = rounding(step=0.25, minimum=0.5, maximum=8)
        for worked, charged in (
            (0, 0),
            (1, 1800),
            (1800, 1800),
            (1801, 2700),
            (2700, 2700),
            (8 * HOUR - 1, 8 * HOUR),
            (9 * HOUR, 8 * HOUR),
        ):
            self.assertEqual(quarters.charged(worked), charged)
        with self.assertRaises(ValueError):
            Rounding(step=0)
        with self.assertRaises(ValueError):
            Rounding(minimum=-1)
        with self.assertRaises(ValueError):
            Rounding(minimum=2, maximum=1)

    def test_per_entry_day_and_ticket(self):
        """Ten minutes thrice in steps of a quarter: two on Friday, one on Saturday."""
        entries = [
            work(1 / 6, at, ticket=ticket)
            for at, ticket in (
                ("2026-03-20 09:00", 1),
                ("2026-03-20 11:00", 1),
                ("2026-03-21 10:00", 1),
                ("2026-03-21 11:00", 2),
                ("2026-03-21 12:00", None),
                ("2026-03-21 13:00", None),
            )
        ]
        for scope, quarters in (
            ("entry", [1, 1, 1, 1, 1, 1]),
            ("day", [1, 1, 1, 1, 0, 1]),
            ("ticket", [1, 1, 0, 1, 1, 1]),
        ):
            with self.subTest(scope=scope):
                amounts = cents(entries, price(100, rounding=rounding(scope)))
                self.assertEqual(amounts, [quarter * 25_00 for quarter in quarters])

    def test_minimum_call_out_once_per_ticket(self):
        call_out = price(100, rounding=rounding("ticket", minimum=2))
        entries = [
            work(0.5, ticket=1),
            work(1, "2026-03-20 11:00", ticket=1),
            work(1, "2026-03-21 11:00", ticket=1),
            work(0.5, "2026-03-21 15:00", ticket=2),
        ]
        self.assertEqual(cents(entries, call_out), [200_00, 0, 50_00, 200_00])

    def test_maximum_of_a_day(self):
        flat = price(100, rounding=rounding("day", maximum=8))
        entries = [work(7), work(3, "2026-03-20 15:00"), work(1, "2026-03-21 16:00")]
        self.assertEqual(cents(entries, flat), [700_00, 100_00, 100_00])

    def test_step_belongs_to_the_part_in_which_it_began(self):
        """From 17:50 to 18:10 is half an hour: a quarter by day, one after hours."""
        late = [modifier("after_hours", 200)]
        amounts = cents(
            work(1 / 3, "2026-03-20 17:50"),
            price(100, rounding=rounding()),
            modifiers=late,
        )
        self.assertEqual(amounts, [25_00, 50_00])
        amounts = cents(
            work(1 / 6, "2026-03-20 17:55"),
            price(100, rounding=rounding()),
            modifiers=late,
        )
        self.assertEqual(amounts, [25_00, 0])

    def test_other_work_on_the_same_ticket_is_rounded_by_itself(self):
        prices = [
            price(100, key, task=key, rounding=rounding("ticket", minimum=1))
            for key in (1, 2)
        ]
        entries = [work(0.5, ticket=1, task=task) for task in (1, 2)]
        self.assertEqual(cents(entries, *prices), [100_00, 100_00])

    def test_price_step_does_not_begin_a_new_minimum(self):
        call_out = rounding("ticket", minimum=2)
        step = [
            price(100, 1, end=SATURDAY, rounding=call_out),
            price(120, 2, start=SATURDAY, rounding=call_out),
        ]
        entries = [work(1, ticket=1), work(2, "2026-03-21 10:00", ticket=1)]
        self.assertEqual(cents(entries, *step), [200_00, 120_00])

    def test_new_rounding_holds_for_what_is_charged_from_then_on(self):
        """An hour was charged as two; with a minimum of one from Saturday on, nothing
        more is due for the second hour, and all is for the third."""
        step = [
            price(100, 1, end=SATURDAY, rounding=rounding("ticket", minimum=2)),
            price(100, 2, start=SATURDAY, rounding=rounding("ticket", minimum=1)),
        ]
        entries = [
            work(1, ticket=1),
            work(1, "2026-03-21 10:00", ticket=1),
            work(1, "2026-03-21 12:00", ticket=1),
        ]
        self.assertEqual(cents(entries, *step), [200_00, 0, 100_00])

    def test_group_that_is_rated_again_in_parts_keeps_its_minimum(self):
        """What was charged for the others is known, whichever part is rated last."""
        call_out = price(100, rounding=rounding("ticket", minimum=1))
        line = terms(card=card(call_out))
        book = Books([], {})
        [first] = rated(work(0.25, ticket=1), line, book)
        [second] = rated(work(0.25, "2026-03-20 11:00", ticket=1), line, book)
        self.assertEqual((first.amount, second.amount), (100_00, 0))
        book.rounded[first.group] -= first.quantity
        book.charged[first.group] -= first.charged
        [again] = rated(work(0.25, ticket=1), line, book)
        self.assertEqual(again.amount, 100_00)

    def test_minimum_of_visits_pieces_and_kilometres(self):
        prices = [
            price(30, 1, unit="visit", rounding=Rounding(minimum=2)),
            price(10, 2, unit="piece", rounding=Rounding(step=1000)),
            price(1, 3, unit="metre", rounding=Rounding(step=1000, minimum=20000)),
        ]
        usages = [event("visit"), event("piece", 1500), event("metre", 3000)]
        self.assertEqual(cents(usages, *prices), [60_00, 20_00, 20_00])
