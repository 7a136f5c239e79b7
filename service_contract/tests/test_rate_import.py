# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import base64
from datetime import date
from unittest.mock import Mock, patch

from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import tagged
from odoo.tools import file_open

from ..importing import rate_build, rate_columns, spreadsheet
from .common_import import sheet_values, to_xlsx
from .common_rate_import import GOOD, RateImportCommon

WIZARD = "odoo.addons.service_contract.wizards.service_import_mixin"


@tagged("post_install", "-at_install")
class TestRateImport(RateImportCommon):
    """Files of our own form."""

    # === WHAT IS MADE === #

    def test_each_column_arrives_in_its_field(self):
        row = {
            **GOOD,
            "Travel Zone": "Test Zone",
            "Overtime Price": "140",
            "Rounded": "All of a day",
            "Step": "0.25",
            "Minimum": "0:30",
            "Maximum": "8",
            "Colour": "not a column",
        }
        wizard = self.import_file([row])
        self.assertEqual(wizard.report["ignored"], ["Colour"])
        rule = self.imported()
        self.assertRecordValues(
            rule,
            [
                {
                    "task_code_id": self.remote.id,
                    "role_id": self.engineer.id,
                    "level_id": self.senior.id,
                    "zone_id": self.zone.id,
                    "unit": "second",
                    "price": 98.5,
                    "overtime_price": 140,
                    "date_from": date(2025, 1, 1),
                    "date_to": date(2025, 12, 31),
                    "rounding_scope": "day",
                    "rounding_step": 0.25,
                    "minimum": 0.5,
                    "maximum": 8,
                }
            ],
        )
        card = rule.card_id
        self.assertEqual(card.company_id, self.company)
        self.assertEqual(card.currency_id, self.eur)
        self.assertEqual(card.modifier_ids.kind, "overtime")
        self.assertIn("1 prices imported from rates.csv", card.message_ids.body)

    def test_what_is_left_out_is_anything(self):
        self.import_file([{"Rate Card": "Gold", "Price": "80"}])
        rule = self.imported()
        self.assertEqual(rule.unit, "second")
        self.assertEqual(rule.price, 80)
        for name in ("task_code_id", "role_id", "level_id", "zone_id", "date_from"):
            self.assertFalse(rule[name])

    def test_task_by_name_unit_by_word_price_with_its_currency(self):
        wizard = self.import_file(
            [
                {
                    "Rate Card": "Gold",
                    "Task": "Journey",
                    "Unit": "per km",
                    "Price": "€ 0,42",
                },
                {
                    "Rate Card": "Gold",
                    "Task": "Journey",
                    "Unit": "visit",
                    "Price": "1.200,50 EUR",
                },
            ]
        )
        self.assertFalse(wizard.error_count, self.messages(wizard))
        self.assertEqual(self.imported().task_code_id, self.travel)
        self.assertEqual(
            {(rule.unit, rule.price) for rule in self.imported()},
            {("metre", 0.42), ("visit", 1200.5)},
        )

    def test_price_on_request(self):
        self.import_file([{**GOOD, "Price": "On Request"}])
        self.assertTrue(self.imported().on_request)

    def test_card_of_the_import_where_the_file_names_none(self):
        row = {name: text for name, text in GOOD.items() if name != "Rate Card"}
        self.import_file([row], card_name="Silver")
        self.assertEqual(self.imported("Silver").price, 98.5)

    def test_currency_of_file_and_of_import(self):
        self.import_file([{**GOOD, "Currency": "USD"}])
        self.assertEqual(self.imported().currency_id, self.usd)
        self.import_file([{**GOOD, "Rate Card": "Yen"}], currency_id=self.jpy.id)
        self.assertEqual(self.imported("Yen").currency_id, self.jpy)

    def test_workbook(self):
        row = {**GOOD, "From": date(2025, 1, 1), "To": None, "Price": 98.5}
        self.import_file(to_xlsx([row]), filename="rates.xlsx")
        self.assertEqual(self.imported().date_from, date(2025, 1, 1))

    def test_missing_names_are_made_on_demand(self):
        long = "Everything about printers, " * 30
        row = {**GOOD, "Task": long, "Level": "New level", "Role": "New role"}
        wizard = self.import_file([row])
        self.assertIn("is not known in SC Rome: New level", self.messages(wizard))
        wizard = self.import_file([row], create_missing=True)
        self.assertFalse(wizard.error_count, self.messages(wizard))
        rule = self.imported()
        self.assertEqual(rule.level_id.name, "New level")
        self.assertEqual(rule.task_code_id.description, long.strip())
        self.assertLessEqual(len(rule.task_code_id.code), 64)
        self.assertEqual(
            wizard.report["made"],
            {"task": 1, "role": 1, "level": 1, "card": 1, "rates": 1},
        )
        again = self.import_file([row])
        self.assertEqual(again.report["counts"], {"unchanged": 1})

    # === SUCCESSION === #

    def prices(self, name="Gold"):
        return [
            (rule.date_from, rule.date_to, rule.price) for rule in self.imported(name)
        ]

    def test_later_row_ends_the_earlier_one(self):
        rows = [
            {**GOOD, "From": "2026-01-01", "To": "", "Price": "105"},
            {**GOOD, "To": ""},
        ]
        wizard = self.import_file(rows)
        self.assertFalse(wizard.error_count, self.messages(wizard))
        expected = [
            (date(2025, 1, 1), date(2025, 12, 31), 98.5),
            (date(2026, 1, 1), False, 105),
        ]
        self.assertEqual(self.prices(), expected)
        again = self.import_file(rows)
        self.assertEqual(again.report["counts"], {"unchanged": 2})

    def test_next_file_ends_the_prices_of_the_one_before(self):
        first = [{**GOOD, "To": ""}]
        self.import_file(first)
        self.agree()
        wizard = self.import_file([{**GOOD, "From": "2026-01-01", "To": ""}])
        self.assertIn("The price before it, 98.50", self.messages(wizard))
        self.assertEqual(self.prices()[0][:2], (date(2025, 1, 1), date(2025, 12, 31)))
        again = self.import_file(first)
        self.assertEqual(again.report["counts"], {"unchanged": 1})

    def agree(self):
        return self.make_contract(rate_card_id=self.imported().card_id.id)

    def test_agreed_price_is_not_ended_in_the_past(self):
        self.import_file([{**GOOD, "From": "", "To": ""}])
        self.agree()
        wizard = self.import_file([{**GOOD, "From": "2025-01-10", "To": ""}])
        self.assertIn("can end today at the earliest", self.messages(wizard))
        self.assertEqual(self.prices(), [(False, False, 98.5)])

    def test_changed_price_is_refused_and_nothing_updated(self):
        self.import_file([GOOD])
        wizard = self.import_file([{**GOOD, "Price": "99"}])
        self.assertIn("has another price from the same day on", self.messages(wizard))
        self.assertEqual(self.imported().price, 98.5)
        wizard = self.import_file([{**GOOD, "To": "2025-06-30"}])
        self.assertIn("Correct the last day", self.messages(wizard))

    def test_overlap_with_a_known_price_is_refused(self):
        self.import_file([GOOD])
        wizard = self.import_file([{**GOOD, "From": "2024-06-01", "To": ""}])
        self.assertIn("for the same work from 2025-01-01 on", self.messages(wizard))
        wizard = self.import_file([{**GOOD, "From": "2025-06-01", "To": "2025-07-31"}])
        self.assertIn("until 2025-12-31, longer than this", self.messages(wizard))
        self.assertEqual(len(self.imported()), 1)

    # === ALL OR REPORTED === #

    def test_check_stores_nothing(self):
        rows = [{**GOOD, "Task": "New", "Level": "New level"}]
        wizard = self.make_import(rows, create_missing=True)
        wizard.action_check()
        self.assertEqual(wizard.state, "checked")
        self.assertEqual(self.results(wizard), {2: "new"})
        self.assertEqual(wizard.report["made"]["rates"], 1)
        self.assertFalse(self.imported())
        self.assertFalse(self.senior.search([("name", "=", "New level")]))
        wizard.action_import()
        self.assertEqual(len(self.imported()), 1)
        action = wizard.action_view_cards()
        self.assertEqual(action["domain"], [("id", "in", self.imported().card_id.ids)])

    def test_same_file_again_changes_nothing(self):
        rows = [GOOD, {**GOOD, "Task": "ONSITE"}, {**GOOD, "Rate Card": "Silver"}]
        self.import_file(rows)
        before = self.imported().read()
        wizard = self.import_file(rows)
        self.assertEqual(wizard.report["counts"], {"unchanged": 3})
        self.assertEqual(self.imported().read(), before)

    def test_second_press_imports_nothing_again(self):
        wizard = self.make_import([GOOD])
        wizard.action_import()
        wizard.action_import()
        self.assertEqual(len(self.imported()), 1)

    def test_card_with_a_bad_row_is_not_imported_at_all(self):
        rows = [GOOD, {**GOOD, "Task": "?"}, {**GOOD, "Rate Card": "Silver"}]
        wizard = self.import_file(rows)
        self.assertEqual(self.results(wizard), {2: "error", 3: "error", 4: "new"})
        self.assertIn("Correct row 3 of the same rate card", self.messages(wizard))
        self.assertFalse(self.imported())
        self.assertTrue(self.imported("Silver"))

    def test_all_or_nothing(self):
        rows = [{**GOOD, "Task": "?"}, {**GOOD, "Rate Card": "Silver"}]
        wizard = self.import_file(rows, all_or_nothing=True)
        self.assertFalse(self.imported("Silver"))
        self.assertFalse(wizard.new_count)

    def test_refused_by_the_database_leaves_no_trace(self):
        rows = [{**GOOD, "Level": "New"}, {**GOOD, "Rate Card": "Silver"}]
        create = self.card.rule_ids.__class__.create

        def refuse_gold(records, vals_list):
            gold = records.card_id.search([("name", "=", "Gold")]).ids
            if any(vals["card_id"] in gold for vals in vals_list):
                raise UserError(self.env._("No gold today"))
            return create(records, vals_list)

        with patch.object(self.card.rule_ids.__class__, "create", refuse_gold):
            wizard = self.import_file(rows, create_missing=True)
        self.assertEqual(self.results(wizard), {2: "error", 3: "new"})
        self.assertIn("No gold today", self.messages(wizard))
        self.assertFalse(self.senior.search([("name", "=", "New")]))
        self.assertEqual(wizard.report["made"], {"card": 1, "rates": 1})

    def test_time_is_up_then_import_goes_on(self):
        rows = [{**GOOD, "Rate Card": name} for name in ("Gold", "Silver")]
        clock = Mock(monotonic=Mock(side_effect=[0, 0.5, 2]))
        with (
            patch(f"{WIZARD}.ServiceImportMixin._get_seconds", return_value=1),
            patch.object(rate_build, "BATCH", 1),
            patch.object(rate_build, "time", clock),
        ):
            wizard = self.import_file(rows)
        self.assertEqual(self.results(wizard), {2: "new", 3: "later"})
        self.assertEqual(wizard.state, "checked")
        wizard.action_import()
        self.assertEqual(self.results(wizard), {2: "unchanged", 3: "new"})

    def test_refused_rows_come_back_as_a_safe_file(self):
        rows = [{**GOOD, "Task": "=1+1"}, {**GOOD, "Level": "@x"}]
        wizard = self.import_file(rows)
        table = sheet_values(base64.b64decode(wizard.refused_file))
        self.assertEqual(table[0][:4], ["Row", "What to Correct", "Rate Card", "Task"])
        self.assertEqual(table[1][3], "'=1+1")
        self.env["service.task.code"].create({"code": "=1+1", "name": "Sum"})
        self.env["service.employee.level"].create({"name": "@x"})
        again = self.import_file(
            base64.b64decode(wizard.refused_file), filename="refused.xlsx"
        )
        self.assertEqual(again.report["counts"], {"new": 2}, self.messages(again))

    def test_queries_do_not_grow_with_the_rows_of_a_batch(self):
        def count(number, start):
            rows = [
                {
                    **GOOD,
                    "Rate Card": f"Card {start + place // 5}",
                    "Task": f"T{start + place}",
                    "Level": f"L{start + place}",
                }
                for place in range(number)
            ]
            wizard = self.make_import(rows, create_missing=True)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            wizard.action_import()
            self.env.flush_all()
            self.assertEqual(wizard.report["counts"], {"new": number})
            return self.cr.sql_log_count - before

        count(5, 0)
        few = count(5, 1000)
        self.assertLessEqual(count(200, 2000), few + 5)

    # === RIGHTS AND COMPANIES === #

    def test_only_managers_import(self):
        for user in (self.user_contract, self.user_billing, self.user_agent):
            with self.assertRaises(AccessError):
                self.make_import([GOOD], user=user)

    def test_other_company_is_refused(self):
        wizard = self.make_import([GOOD], company_id=self.other_company.id)
        with self.assertRaisesRegex(UserError, "Switch to SC Other first"):
            wizard.action_check()

    def test_records_of_another_company_are_not_found(self):
        self.remote.company_id = self.other_company
        self.import_file([{**GOOD, "Task": ""}])
        self.imported().card_id.sudo().company_id = self.other_company
        wizard = self.import_file([GOOD, {**GOOD, "Task": ""}])
        self.assertIn("is not known in SC Rome: REMOTE", self.messages(wizard))
        wizard = self.import_file([{**GOOD, "Task": ""}])
        self.assertEqual(wizard.report["counts"], {"new": 1})

    # === EXPORT AND TEMPLATES === #

    def export(self, cards, user=None, **values):
        wizard = (
            self.env["service.rate.export"]
            .with_user(user or self.user_contract)
            .with_context(active_model=cards._name, active_ids=cards.ids)
            .create(values)
        )
        action = wizard.action_export()
        self.assertIn(f".{wizard.file_format}?download", action["url"])
        return base64.b64decode(wizard.data)

    def make_full_card(self):
        card = self.make_card(
            [
                {"price": 80, "rounding_scope": "day", "rounding_step": 0.25},
                {
                    "task_code_id": self.remote.id,
                    "role_id": self.engineer.id,
                    "level_id": self.senior.id,
                    "price": 98.1234,
                    "overtime_price": 150,
                    "date_from": date(2025, 1, 1),
                    "date_to": date(2025, 12, 31),
                    "rounding_scope": "ticket",
                    "minimum": 1,
                    "maximum": 8,
                },
                {"unit": "case", "on_request": True, "price": 0},
                {"task_code_id": self.travel.id, "zone_id": self.zone.id, "price": 0},
            ],
            [{"kind": "overtime", "overtime_after": 8}],
            name="=Gold",
        )
        return card

    def test_round_trip(self):
        card = self.make_full_card()
        names = [
            name
            for name, field in card.rule_ids._fields.items()
            if field.store and name not in (*MAGIC_COLUMNS, "card_id")
        ]
        before = card.rule_ids.read(names)
        for file_format in ("xlsx", "csv"):
            with self.subTest(file_format):
                content = self.export(card, file_format=file_format)
                same = self.import_file(content)
                self.assertEqual(same.report["counts"], {"unchanged": 4})
                card.with_user(self.user_manager).name = f"Old {file_format}"
                copy = self.import_file(content)
                self.assertEqual(copy.report["counts"], {"new": 4})
                made = self.env["service.rate.card"].browse(copy.report["card_ids"])
                self.assertEqual(made.name, "=Gold")
                after = made.rule_ids.read(names)
                for rows in (before, after):
                    for row in rows:
                        row.pop("id", None)
                self.assertEqual(after, before)
                card = made

    def test_exported_text_never_becomes_a_formula(self):
        card = self.make_full_card()
        table = sheet_values(self.export(card))
        self.assertEqual(table[0][:3], ["Rate Card", "Currency", "Task"])
        self.assertEqual(table[1][0], "'=Gold")
        self.assertIn(b"'=Gold", self.export(card, file_format="csv"))

    def test_who_may_not_read_cards_may_not_export_them(self):
        for user in (self.user_agent, self.user_internal):
            with self.assertRaises(AccessError):
                self.export(self.card, user=user)
        theirs = self.make_card(calendar_id=False)
        theirs.sudo().company_id = self.other_company
        with self.assertRaises(AccessError):
            self.export(theirs)

    def test_template_files_are_those_of_the_columns(self):
        allowed = {
            name: sorted(
                dict(
                    self.env["service.rate.rule"]
                    ._fields[name]
                    ._description_selection(self.env(context={"lang": None}))
                )
            )
            for name in ("unit", "rounding_scope")
        }
        workbook = spreadsheet.write_template(
            allowed,
            self.env._,
            rate_columns.COLUMNS,
            rate_columns.EXAMPLES,
            "Rates",
        )
        folder = "service_contract/static/xls/service_rate_import"
        with file_open(f"{folder}.xlsx", "rb") as shipped:
            self.assertEqual(sheet_values(shipped.read()), sheet_values(workbook))
        with file_open(f"{folder}.csv", "rb") as shipped:
            self.assertEqual(
                shipped.read(),
                spreadsheet.write_csv(rate_columns.EXAMPLES, rate_columns.COLUMNS),
            )

    def test_template_file_can_be_imported(self):
        path = "service_contract/static/xls/service_rate_import.xlsx"
        with file_open(path, "rb") as shipped:
            wizard = self.import_file(shipped.read(), create_missing=True)
        self.assertEqual(wizard.report["counts"], {"new": 3}, self.messages(wizard))
