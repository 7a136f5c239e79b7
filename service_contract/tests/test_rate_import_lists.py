# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whole price lists of others, read by mappings that a user can make.

The lists are public schedules of hourly rates. They are not part of the sources:
``SC_SHARED`` says where they are; without them these tests are skipped.
"""

import os
import time
from datetime import date
from pathlib import Path
from unittest import skipUnless

from odoo.tests import tagged

from .common_rate_import import RateImportCommon

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SC_SHARED") or ROOT.parent / "shared")
FOLDER = SHARED / "data" / "rates"
YEARS = " years"


def read(name):
    return (FOLDER / name).read_bytes()


@skipUnless(FOLDER.is_dir(), "optional data: SC_SHARED says where the lists are")
@tagged("post_install", "-at_install")
class TestRateLists(RateImportCommon):
    def make_s70(self, **values):
        return self.make_mapping(
            [
                ("SERVICE PROPOSED (e.g. Job Title/Task)", "task"),
                ("MINIMUM EDUCATION/ CERTIFICATION LEVEL", "level"),
                ("MINIMUM YEARS OF EXPERIENCE", "level", {"suffix": YEARS}),
                ("WORKSITE", "level"),
                ("UNIT OF ISSUE (e.g. Hour, Task, Sq ft)", "unit"),
                ("PRICE OFFERED TO GSA (including IFF)", "price"),
                ("CONTRACT NUMBER", "card"),
                ("VENDOR NAME", "owner"),
                ("CONTRACT START DATE", "date_from"),
                ("CONTRACT END DATE", "date_to"),
            ],
            date_format="mdy",
            keep_lost=True,
            no_price="on_request",
            backwards="no_start",
            duplicates="suffix",
            **values,
        )

    def test_4157_rates_of_246_contracts(self):
        content = read("s70_data.csv")
        values = {"mapping_id": self.make_s70().id, "currency_id": self.usd.id}
        start = time.monotonic()
        wizard = self.import_file(content, **values)
        seconds = time.monotonic() - start
        self.assertFalse(wizard.error_count, self.messages(wizard)[:2000])
        cards = self.env["service.rate.card"].browse(wizard.report["card_ids"])
        rules = cards.rule_ids
        self.assertEqual((len(rules), len(cards)), (4157, 246))
        self.assertEqual(cards.currency_id, self.usd)
        self.assertLess(seconds, 120)
        # Each price is there as often as in the list; 13 are no numbers
        self.assertEqual(len(rules.filtered("on_request")), 13)
        self.assertAlmostEqual(sum(rules.mapped("price")), 482_591.69, places=2)
        # Two rows that differ in the worksite alone are two prices
        planner = cards.filtered(lambda card: card.name == "GS-35F-314CA")
        found = planner.rule_ids.filtered(
            lambda rule: rule.task_code_id.name == "Strategic Planner Level III"
        )
        self.assertEqual(
            {(rule.level_id.name, rule.price) for rule in found},
            {
                ("Bachelors, 20 years, Contractor", 491.94),
                ("Bachelors, 20 years, Customer", 421.66),
            },
        )
        self.assertEqual(found[0].date_from, date(2015, 5, 5))
        self.assertEqual(found[0].date_to, date(2020, 5, 4))
        # The row without a contract number is on the only card of its vendor
        staff = cards.filtered(lambda card: card.name == "GS-35F-353CA").rule_ids
        self.assertIn(75.0, staff.mapped("price"))
        again = self.import_file(content, **values)
        self.assertEqual(again.report["counts"], {"unchanged": 4157})
        self.assertEqual(len(cards.rule_ids), 4157)

    def test_duplicates_are_refused_by_row_number(self):
        mapping = self.make_s70()
        mapping.duplicates = "refuse"
        wizard = self.make_import(read("s70_data.csv"), mapping_id=mapping.id)
        wizard.action_check()
        self.assertIn("on the same days in row 14", self.messages(wizard))
        self.assertGreater(wizard.error_count, 500)
        mapping.write({"duplicates": "years", "backwards": "no_end"})
        wizard.action_check()
        self.assertFalse(wizard.error_count, self.messages(wizard)[:2000])
        self.assertEqual(wizard.report["made"]["rates"], 4157)

    def test_100_rates_with_the_prices_of_five_years(self):
        mapping = self.make_mapping(
            [
                ("CONTRACT .", "card"),
                ("Labor Category", "task"),
                ("Education", "level"),
                ("MinExpAct", "level", {"suffix": YEARS}),
                ("Location", "level"),
                ("Year 1/base", "year_price", {"year": 1}),
                *(
                    (f"Year {year}", "year_price", {"year": year})
                    for year in range(2, 6)
                ),
                ("Begin Date", "date_from"),
                ("End Date", "date_to"),
            ],
            date_format="mdy",
        )
        wizard = self.import_file(
            read("hourly_prices_sample.csv"),
            mapping_id=mapping.id,
            currency_id=self.usd.id,
        )
        # Three rows say the same as another, in all five years
        self.assertEqual(
            wizard.report["counts"], {"new": 97, "left_out": 3}, self.messages(wizard)
        )
        cards = self.env["service.rate.card"].browse(wizard.report["card_ids"])
        self.assertEqual(len(cards), 39)
        manager = cards.filtered(lambda card: card.name == "GS-10F-0274S").rule_ids
        manager = manager.filtered(
            lambda rule: rule.task_code_id.name == "Project Manager"
        )
        self.assertEqual(
            [(rule.date_from, rule.date_to, rule.price) for rule in manager],
            [
                (date(2006, 6, 1), date(2007, 5, 31), 995.47),
                (date(2007, 6, 1), date(2008, 5, 31), 1013.38),
                (date(2008, 6, 1), date(2009, 5, 31), 1031.63),
                (date(2009, 6, 1), date(2010, 5, 31), 1050.19),
                (date(2010, 6, 1), date(2021, 5, 31), 1069.10),
            ],
        )
        self.assertEqual(manager.level_id.name, "Bachelors, 8 years, Both")
        base_only = [rule for rule in cards.rule_ids if rule.price == 633.36]
        self.assertEqual(base_only[0].date_to, date(2019, 10, 19))
        self.assertEqual(len(cards.rule_ids), wizard.report["made"]["rates"])
        again = self.import_file(
            read("hourly_prices_sample.csv"), mapping_id=mapping.id
        )
        self.assertEqual(again.report["counts"], {"unchanged": 97, "left_out": 3})
        mapping.duplicates = "suffix"
        numbered = self.import_file(
            read("hourly_prices_sample.csv"), mapping_id=mapping.id
        )
        self.assertEqual(numbered.report["counts"], {"unchanged": 97, "new": 3})
        self.assertEqual(numbered.report["made"]["level"], 3)

    def test_normal_and_overtime_rates_of_a_workbook(self):
        columns = [
            ("Service Proposed (e.g. Labor Category or Job Title/Task)", "task"),
            ("Minimum Education / Certification Level", "level"),
            (
                "Minimum Years of Experience (cannot be a range)",
                "level",
                {"suffix": YEARS},
            ),
            ("Unit of Issue (e.g. Hour, Task, Sq Ft)", "unit"),
            ("Price Offered to GSA (including IFF)", "price"),
        ]
        mapping = self.make_mapping(
            columns,
            sheet="Service Pricing",
            price_rounding="currency",
            overtime_suffix="Overtime",
        )
        values = {
            "filename": "03FAC.xlsx",
            "mapping_id": mapping.id,
            "currency_id": self.usd.id,
        }
        content = read("03FAC_example.xlsx")
        wizard = self.import_file(content, **values)
        self.assertIn("holds a formula", self.messages(wizard))
        mapping.use_results = True
        wizard = self.import_file(content, **values)
        self.assertEqual(wizard.report["counts"], {"new": 11}, self.messages(wizard))
        card = self.env["service.rate.card"].browse(wizard.report["card_ids"])
        self.assertEqual(card.name, "03FAC")
        self.assertEqual(
            {
                rule.task_code_id.name: (rule.price, rule.overtime_price)
                for rule in card.rule_ids
            },
            {
                "Project Manager": (98.74, 0),
                "Superintendent": (85.90, 122.93),
                "Foreman": (76.03, 108.12),
                "Electrician": (69.12, 97.75),
                "Apprentice": (59.24, 82.94),
                "Material Handler": (44.43, 47.40),
            },
        )
        self.assertEqual(card.modifier_ids.kind, "overtime")
        self.assertEqual(card.modifier_ids.overtime_after, 8)
        again = self.import_file(content, **values)
        self.assertEqual(again.report["counts"], {"unchanged": 11})

    def test_guesses_fit_the_lists(self):
        for name, sheet, expected in (
            (
                "s70_data.csv",
                "",
                {
                    "SERVICE PROPOSED (e.g. Job Title/Task)": "task",
                    "PRICE OFFERED TO GSA (including IFF)": "price",
                    "CONTRACT NUMBER": "card",
                    "CONTRACT START DATE": "date_from",
                    "CONTRACT END DATE": "date_to",
                    "VENDOR NAME": "owner",
                    "UNIT OF ISSUE (e.g. Hour, Task, Sq ft)": "unit",
                },
            ),
            (
                "hourly_prices_sample.csv",
                "",
                {
                    "Labor Category": "task",
                    "Year 1/base": "year_price",
                    "Year 5": "year_price",
                    "Begin Date": "date_from",
                    "Education": "level",
                },
            ),
            (
                "03FAC_example.xlsx",
                "Service Pricing",
                {
                    "Minimum Education / Certification Level": "level",
                },
            ),
        ):
            with self.subTest(name):
                wizard = self.make_import(read(name), filename=name)
                if sheet:
                    wizard.mapping_id = self.make_mapping([], sheet=sheet)
                wizard.action_map()
                targets = {
                    column.header: column.target for column in wizard.mapping_column_ids
                }
                for header, target in expected.items():
                    self.assertEqual(targets[header], target, header)
