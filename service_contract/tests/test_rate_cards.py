# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_rates import RatesCommon

MODELS = "odoo.addons.service_contract.models"
FIND = f"{MODELS}.service_rate_rule.ServiceRateRule._find_overlap"
GET_USED = f"{MODELS}.service_rate_lock.ServiceRateRule._get_used"


@tagged("post_install", "-at_install")
class TestRateCards(RatesCommon):
    """What prices and modifiers may say."""

    def assert_database_refuses(self, write, message):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError) as caught,
            self.cr.savepoint(),
        ):
            write()
            self.env.flush_all()
            self.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        rules = self.env["service.rate.rule"]
        error = rules._sql_error_to_message(caught.exception)
        self.assertIn(message, error)

    def test_same_work_has_one_price_a_day(self):
        self.card.rule_ids.date_to = date(2025, 6, 30)
        cases = [
            {"date_from": date(2025, 6, 30)},
            {"date_to": date(2024, 1, 1)},
            {},
            {"date_from": date(2025, 1, 1), "date_to": date(2025, 1, 1)},
        ]
        for values in cases:
            with (
                self.subTest(**values),
                self.assertRaisesRegex(ValidationError, "on the same days: any work"),
                self.cr.savepoint(),
            ):
                self.add_price(**values)
        for values in (
            {"date_from": date(2025, 7, 1), "date_to": date(2025, 7, 1)},
            {"task_code_id": self.remote.id},
            {"zone_id": self.zone.id},
            {"role_id": self.engineer.id},
            {"level_id": self.senior.id},
            {"unit": "visit"},
        ):
            self.add_price(**values)
        self.make_card([{"price": 80}])

    def test_a_change_can_make_an_overlap_too(self):
        other = self.add_price(task_code_id=self.remote.id)
        with self.assertRaisesRegex(ValidationError, "two prices for the same work"):
            other.task_code_id = False

    def test_overlap_is_looked_for_once(self):
        values = [
            {"card_id": self.card.id, "price": 1, "unit": unit, "role_id": role}
            for unit in ("case", "visit")
            for role in (False, self.engineer.id)
        ]
        with patch(FIND, return_value=None) as find:
            self.card.rule_ids.create(values)
        self.assertEqual(find.call_count, 1)

    def test_the_database_refuses_what_two_people_do_at_once(self):
        with patch(FIND, return_value=None):
            self.assert_database_refuses(self.add_price, "Somebody else has just made")

    def test_prices_that_cannot_be(self):
        cases = [
            ({"price": -1}, "can't be negative"),
            ({"minimum": -1}, "can't be negative"),
            ({"overtime_price": -1}, "can't be negative"),
            ({"minimum": 2, "maximum": 1}, "can't be below the minimum"),
            ({"overtime_price": 2, "unit": "visit"}, "Only a price per hour"),
            ({"on_request": True, "price": 2}, "is not known yet"),
            (
                {"date_from": date(2025, 2, 1), "date_to": date(2025, 1, 31)},
                "can't end before it begins",
            ),
        ]
        for values, message in cases:
            with self.subTest(**values):
                self.assert_database_refuses(
                    lambda values=values: self.add_price(
                        task_code_id=self.onsite.id, **values
                    ),
                    message,
                )

    def test_unit_is_that_of_the_task(self):
        self.assertEqual(self.add_price(task_code_id=self.travel.id).unit, "metre")
        flat = self.add_price(task_code_id=self.travel.id, unit="visit")
        self.assertEqual(flat.unit, "visit")

    def test_named_by_work_and_price(self):
        rule = self.add_price(
            task_code_id=self.remote.id, role_id=self.engineer.id, price=0.425
        )
        self.assertEqual(
            rule.display_name,
            "Rates: [REMOTE] Remote support, Test Engineer per hour, 0.4250 €",
        )
        self.assertIn("80.00", self.card.rule_ids[0].display_name)

    def test_modifiers_that_cannot_be(self):
        cases = [
            ({"kind": "window", "time_from": 8, "time_to": 8}, "two different times"),
            ({"kind": "window", "time_from": -1}, "two different times"),
            ({"kind": "window", "time_to": 25}, "two different times"),
            (
                {"kind": "season", "season_from_month": "2", "season_from_day": 30},
                "days that there are",
            ),
            ({"kind": "season", "season_to_month": False}, "days that there are"),
        ]
        for values, message in cases:
            with (
                self.subTest(**values),
                self.assertRaisesRegex(ValidationError, message),
            ):
                self.make_card([], [values])

    def test_after_hours_need_office_hours(self):
        with self.assertRaisesRegex(ValidationError, "Choose those of Rates first"):
            self.make_card([], [{"kind": "after_hours"}], calendar_id=False)
        card = self.make_card([], [{"kind": "holiday"}])
        with self.assertRaisesRegex(ValidationError, "Choose those of Rates first"):
            card.calendar_id = False
        self.office.attendance_ids.unlink()
        with self.assertRaisesRegex(ValidationError, "no working hours"):
            self.make_card()

    def test_copy_has_all_prices_and_modifiers(self):
        self.card.rule_ids.date_to = date(2025, 6, 30)
        self.add_price(date_from=date(2025, 7, 1), price=90)
        self.card.modifier_ids.create(
            {"card_id": self.card.id, "name": "Night", "percent": 150}
        )
        copy = self.card.copy()
        self.assertEqual(copy.name, "Rates (copy)")
        self.assertEqual(copy.rule_ids.mapped("price"), [80, 90])
        self.assertEqual(copy.modifier_ids.mapped("percent"), [150])

    def test_archived_card_still_has_its_prices(self):
        self.card.action_archive()
        self.assertFalse(self.env["service.rate.card"].search([("name", "=", "Rates")]))
        self.assertEqual(self.card.rule_ids.price, 80)


@tagged("post_install", "-at_install")
class TestAgreedRates(RatesCommon):
    """What was used or agreed stays."""

    def agree(self, **values):
        return self.make_contract(rate_card_id=self.card.id, **values)

    def test_currency_of_card_and_contract_must_be_the_same(self):
        self.card.currency_id = self.usd
        contract = self.make_contract(confirm=False, rate_card_id=self.card.id)
        with self.assertRaisesRegex(UserError, "Choose a rate card in EUR, or copy"):
            contract.action_confirm()
        contract.rate_card_id = False
        contract.line_ids.rate_card_id = self.card
        with self.assertRaisesRegex(UserError, "Choose a rate card in EUR, or copy"):
            contract.action_confirm()

    def test_line_added_later_has_a_card_of_the_currency(self):
        contract = self.make_contract()
        card = self.make_card(currency_id=self.usd.id)
        with self.assertRaisesRegex(ValidationError, "Choose a rate card in EUR"):
            self.env["service.contract.line"].create(
                {
                    **self.line_values("hours", 1),
                    "contract_id": contract.id,
                    "rate_card_id": card.id,
                }
            )

    def test_agreed_price_is_locked(self):
        rule = self.card.rule_ids
        draft = self.make_contract(confirm=False, rate_card_id=self.card.id)
        rule.price = 81
        self.assertFalse(rule.is_locked)
        draft.action_confirm()
        rule.invalidate_recordset()
        self.assertTrue(rule.is_locked)
        self.assertTrue(self.card.is_agreed)
        for values in (
            {"price": 82},
            {"overtime_price": 82},
            {"date_from": date(2020, 1, 1)},
            {"role_id": self.engineer.id},
            {"minimum": 1},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "New Price"):
                rule.write(values)
        with self.assertRaisesRegex(UserError, "New Price"):
            rule.unlink()
        with self.assertRaisesRegex(UserError, "can end today at the earliest"):
            rule.date_to = date(2025, 1, 14)
        rule.date_to = TODAY
        rule.date_to = date(2025, 12, 31)
        rule.date_to = False
        self.assertEqual(rule.price, 81)

    def test_card_of_a_line_is_agreed_as_well(self):
        contract = self.make_contract(confirm=False)
        contract.line_ids.rate_card_id = self.card
        contract.action_confirm()
        self.assertTrue(self.card.rule_ids.is_locked)
        self.assertEqual(self.card.contract_count, 1)
        found = self.env["service.contract"].search(
            self.card.action_view_contracts()["domain"]
        )
        self.assertEqual(found, contract)

    def test_price_that_has_not_begun_may_change(self):
        self.agree()
        future = self.add_price(
            task_code_id=self.remote.id, date_from=date(2025, 1, 16)
        )
        future.price = 2
        future.unlink()

    def test_used_price_is_locked_without_a_contract(self):
        rule = self.card.rule_ids
        with patch(GET_USED, return_value=rule):
            self.assertTrue(rule.is_locked)
            with self.assertRaisesRegex(UserError, "was used or agreed"):
                rule.price = 82

    def test_prices_can_be_added_for_what_had_none(self):
        self.agree()
        self.add_price(task_code_id=self.remote.id, price=100)

    def test_terms_of_an_agreed_card_stay(self):
        self.agree()
        for values in (
            {"currency_id": self.usd.id},
            {"combination": "add"},
            {"draws_rounded": True},
            {"calendar_id": False},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "Copy the"):
                self.card.write(values)
        self.card.write({"name": "Renamed", "combination": "highest"})

    def test_modifiers_of_an_agreed_card_stay(self):
        night = self.card.modifier_ids.create(
            {"card_id": self.card.id, "name": "Night", "percent": 150}
        )
        self.agree()
        with self.assertRaisesRegex(UserError, "is agreed with customers"):
            night.percent = 200
        with self.assertRaisesRegex(UserError, "is agreed with customers"):
            night.date_to = date(2025, 1, 14)
        with self.assertRaisesRegex(UserError, "is agreed with customers"):
            night.unlink()
        with self.assertRaisesRegex(UserError, "Write a later day under From"):
            night.create({"card_id": self.card.id, "name": "Dusk"})
        night.write({"date_to": TODAY, "name": "Nights"})
        dearer = night.copy({"date_from": date(2025, 1, 16), "date_to": False})
        dearer.percent = 200

    def test_locks_of_many_take_no_more_queries(self):
        self.agree()

        def count(rules):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            rules.mapped("is_locked")
            return self.cr.sql_log_count - start

        rules = self.card.rule_ids.create(
            [
                {
                    "card_id": self.card.id,
                    "price": 1,
                    "task_code_id": self.remote.id,
                    "date_from": date(2024, month, 1),
                    "date_to": date(2024, month, 1),
                }
                for month in range(1, 13)
            ]
        )
        count(rules)
        self.assertEqual(count(rules), count(rules[:1]))


@tagged("post_install", "-at_install")
class TestRatesAccess(RatesCommon):
    """Managers write rates, contract users read them, nobody else sees them."""

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_who_sees_prices(self):
        contract = self.make_contract(rate_card_id=self.card.id, confirm=False)
        for user in (self.user_contract, self.user_billing):
            seen = contract.with_user(user).rate_card_id
            self.assertEqual(seen.rule_ids.price, 80)
            with self.assertRaises(AccessError):
                seen.rule_ids.price = 1
        for user in (self.user_agent, self.user_internal, self.portal_owner):
            for records in (self.card, self.card.rule_ids):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    records.with_user(user).read()
        for model in ("service.task.code", "service.employee.role"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.portal_owner).search([])

    def test_portal_sees_nothing_of_the_card_of_its_contract(self):
        contract = self.make_contract(rate_card_id=self.card.id)
        seen = contract.with_user(self.portal_owner)
        with self.assertRaises(AccessError):
            seen.read(["rate_card_id"])

    def test_card_of_another_company_is_refused(self):
        card = self.make_card(calendar_id=False)
        card.sudo().company_id = self.other_company
        contract = self.make_contract(confirm=False)
        with self.assertRaises(UserError):
            contract.sudo().rate_card_id = card
