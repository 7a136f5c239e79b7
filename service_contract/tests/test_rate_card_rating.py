# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rate cards in the words of the engine."""

from datetime import date, datetime
from fractions import Fraction

from odoo.tests import tagged

from .common_rates import RatesCommon

DAY = date(2025, 1, 15)
HOUR = 3600


@tagged("post_install", "-at_install")
class TestEngineCard(RatesCommon):
    def engine(self, card=None, tz="Europe/Rome"):
        return (card or self.card)._get_engine_card(tz, self.company)

    def cost(self, card, at, hours=1.0, task=None, worked=0):
        """Return what work costs in cents, the parts of it summed."""
        engine = self.engine(card)
        total = 0
        for piece in engine.cut(at, round(hours * HOUR)):
            price = engine.find_price("second", piece.day, task and task.id)
            modifiers = engine.get_modifiers(task and task.id, piece)
            total += piece.quantity * engine.modified(price, modifiers).per_unit
        return total

    def test_prices_are_exact_fractions_of_cents(self):
        self.add_price(unit="second", task_code_id=self.remote.id, price=0.1234)
        self.add_price(unit="metre", task_code_id=self.travel.id, price=0.42)
        self.add_price(unit="minor", price=1.1)
        self.add_price(unit="visit", zone_id=self.zone.id, price=0)
        find = self.engine().find_price
        self.assertEqual(find("second", DAY).per_unit, Fraction(8000, HOUR))
        per_second = find("second", DAY, task=self.remote.id).per_unit
        self.assertEqual(per_second, Fraction("12.34") / HOUR)
        per_metre = find("metre", DAY, task=self.travel.id).per_unit
        self.assertEqual(per_metre, Fraction(42, 1000))
        self.assertEqual(find("minor", DAY).per_unit, Fraction(11, 10))
        self.assertEqual(find("visit", DAY, zone=self.zone.id).per_unit, 0)
        self.assertIsNone(find("visit", DAY), "No price is no price of 0.")

    def test_yen_have_no_cents(self):
        card = self.make_card([{"price": 9000}], currency_id=self.jpy.id)
        price = self.engine(card).find_price("second", DAY)
        self.assertEqual(price.per_unit, Fraction(9000, HOUR))

    def test_last_day_is_included(self):
        self.card.rule_ids.date_to = date(2025, 3, 31)
        new = self.add_price(date_from=date(2025, 4, 1), price=90)
        find = self.engine().find_price
        self.assertEqual(
            find("second", date(2025, 3, 31)).key, self.card.rule_ids[0].id
        )
        self.assertEqual(find("second", date(2025, 4, 1)).key, new.id)

    def test_rounding_in_base_units(self):
        rule = self.card.rule_ids
        self.assertIsNone(self.engine().find_price("second", DAY).rounding)
        rule.write(
            {
                "rounding_scope": "day",
                "rounding_step": 0.25,
                "minimum": 0.5,
                "maximum": 8,
            }
        )
        rounding = self.engine().find_price("second", DAY).rounding
        self.assertEqual(
            (rounding.scope, rounding.step, rounding.minimum, rounding.maximum),
            ("day", 900, 1800, 28800),
        )
        self.assertTrue(self.engine().rounds_together)

    def test_times_are_those_of_the_site(self):
        self.card.modifier_ids.create(
            {
                "card_id": self.card.id,
                "name": "Evening",
                "kind": "after_hours",
                "percent": 150,
            }
        )
        # 17 to 19 in Rome: an hour of office time, an hour after it
        self.assertEqual(self.cost(self.card, datetime(2025, 1, 15, 16), 2), 20000)
        tokyo = self.engine(tz="Asia/Tokyo").cut(datetime(2025, 1, 15, 16), HOUR)
        self.assertFalse(tokyo[0].is_open)

    def test_zone_of_the_site_is_not_that_of_who_typed_it(self):
        evening = {"kind": "after_hours", "percent": 150}
        card = self.make_card([{"price": 80}], [evening])
        line = self.make_contract(
            [self.line_values("rates", 0, rate_card_id=card.id)]
        ).line_ids
        site = self.site.with_context(tz="America/New_York").create(
            {"name": "Bar", "parent_id": self.customer.id, "type": "delivery"}
        )
        ticket = self.make_ticket(service_contract_line_id=line.id, site_id=site.id)
        # 10 o'clock in Rome, the zone of the contract, and 4 in New York
        time = self.log_time(ticket, 1, service_started_at="2025-01-15 09:00:00")
        usage = time.sudo().service_usage_ids

        def cost():
            usage._settle_again()
            return usage.charge_ids._get_standing().amount

        self.assertEqual(cost(), 80)
        self.customer.service_tz = "America/New_York"
        self.assertEqual(cost(), 120)
        site.service_tz = "Europe/Rome"
        self.assertEqual(cost(), 80)

    def test_kinds_of_modifiers(self):
        cases = [
            ({"kind": "weekend", "percent": 200}, datetime(2025, 1, 18, 9), 16000),
            (
                {"kind": "weekend", "percent": 200, "friday": True},
                datetime(2025, 1, 17, 9),
                16000,
            ),
            (
                {"kind": "window", "time_from": 22, "time_to": 6, "percent": 150},
                datetime(2025, 1, 15, 23),
                12000,
            ),
            (
                {"kind": "window", "monday": True, "percent": 150},
                datetime(2025, 1, 15, 23),
                8000,
            ),
            (
                {
                    "kind": "season",
                    "season_to_month": "2",
                    "season_to_day": 28,
                    "surcharge": 12.5,
                },
                datetime(2025, 1, 15, 9),
                9250,
            ),
            ({"kind": "overtime", "percent": 125}, datetime(2025, 1, 15, 9), 10000),
            (
                {"kind": "weekend", "percent": 200, "unit": "visit"},
                datetime(2025, 1, 18, 9),
                8000,
            ),
            (
                {"kind": "weekend", "percent": 200, "date_to": date(2025, 1, 17)},
                datetime(2025, 1, 18, 9),
                8000,
            ),
        ]
        for values, at, cost in cases:
            with self.subTest(**values):
                card = self.make_card([{"price": 80}], [values])
                self.assertEqual(self.cost(card, at), cost)

    def test_leaves_of_everybody_are_holidays(self):
        card = self.make_card([{"price": 80}], [{"kind": "holiday", "percent": 300}])
        at = datetime(2025, 1, 15, 9)
        self.assertEqual(self.cost(card, at), 8000)
        leave = self.env["resource.calendar.leaves"].create(
            {
                "name": "Feast",
                "calendar_id": self.office.id,
                "company_id": self.company.id,
                "date_from": datetime(2025, 1, 14, 23),
                "date_to": datetime(2025, 1, 15, 23),
            }
        )
        self.assertEqual(self.cost(card, at), 24000)
        leave.unlink()
        self.assertEqual(self.cost(card, at), 8000)

    def test_overtime_price_of_a_rule(self):
        modifiers = [
            {"kind": "overtime", "percent": 150},
            {"kind": "weekend", "percent": 200},
        ]
        saturday, monday = datetime(2025, 1, 18, 9), datetime(2025, 1, 20, 9)
        for combination, costs in {
            "highest": (12293, 16000),
            "add": (12293, 20293),
            "multiply": (12293, 20293),
        }.items():
            with self.subTest(combination):
                card = self.make_card(
                    [{"price": 80, "overtime_price": 122.93}],
                    modifiers,
                    combination=combination,
                )
                self.assertEqual(
                    (self.cost(card, monday), self.cost(card, saturday)), costs
                )

    def test_price_on_request_hides_more_general_ones(self):
        self.add_price(task_code_id=self.remote.id, on_request=True, price=0)
        find = self.engine().find_price
        self.assertIsNone(find("second", DAY, task=self.remote.id).per_unit)
        self.assertTrue(find("second", DAY, task=self.onsite.id).per_unit)

    def test_the_same_card_is_not_read_again(self):
        self.add_price(task_code_id=self.remote.id)
        engine = self.engine()
        with self.assertQueryCount(0):
            self.assertIs(self.engine(), engine)
        self.card.rule_ids[0].price = 81
        self.assertIsNot(self.engine(), engine)

    def test_what_a_card_consists_of_makes_it_anew(self):
        modifier = self.card.modifier_ids.create(
            {"card_id": self.card.id, "name": "Night"}
        )
        changes = [
            lambda: self.card.write({"combination": "add"}),
            lambda: self.add_price(date_from=date(2030, 1, 1), unit="case"),
            lambda: modifier.write({"percent": 120}),
            lambda: modifier.unlink(),
            lambda: self.card.rule_ids[0].unlink(),
            lambda: self.office.attendance_ids[0].write({"hour_from": 10}),
            lambda: self.office.write({"tz": "Europe/Paris"}),
        ]
        for number, change in enumerate(changes):
            with self.subTest(number):
                engine = self.engine()
                change()
                self.assertIsNot(self.engine(), engine)

    def test_queries_do_not_grow_with_the_cards(self):
        def count(cards):
            self.env.invalidate_all()
            self.env.registry.clear_cache()
            start = self.cr.sql_log_count
            for card in cards.with_prefetch(cards._ids):
                self.engine(card)
            return self.cr.sql_log_count - start

        prices = [{"price": 1}, {"price": 2, "task_code_id": self.remote.id}]
        cards = self.card.union(
            *(
                self.make_card(prices, [{"task_code_ids": [self.remote.id]}])
                for _number in range(20)
            )
        )
        count(cards)
        self.assertEqual(count(cards), count(cards[:2]))
