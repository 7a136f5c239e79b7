# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import base64
from datetime import date

from openpyxl import Workbook

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from ..importing import rate_columns, rate_mapping
from .common_import import sheet_values, workbook_bytes
from .common_rate_import import RateImportCommon

COLUMNS = (
    ("Contract", "card"),
    ("Category", "task"),
    ("Education", "level"),
    ("Experience", "level", {"suffix": " years"}),
    ("Rate", "price"),
    ("Begin", "date_from"),
    ("End", "date_to"),
    ("Vendor", "owner"),
)
ROW = {
    "Contract": "C-1",
    "Category": "Analyst",
    "Education": "Bachelor",
    "Experience": "5",
    "Rate": "100",
    "Begin": "2/1/25",
    "End": "",
    "Vendor": "ACME",
}


@tagged("post_install", "-at_install")
class TestRateMapping(RateImportCommon):
    """Lists of others."""

    def test_our_own_headers_are_guessed(self):
        known = dict(rate_columns.TARGETS)
        for column in rate_columns.COLUMNS:
            if column.name in known:
                with self.subTest(column.name):
                    self.assertEqual(
                        rate_mapping.guess(str(column.label)), (column.name, 0)
                    )

    def test_years_of_a_contract_are_guessed(self):
        for header, year in (
            ("Year 1/base", 1),
            ("Base Year", 1),
            ("Option Year 1", 2),
            ("OY4 Rate", 5),
            ("Yr 2", 2),
            ("Year3", 3),
            ("4th Year", 4),
            ("Fifth Year Price", 5),
        ):
            with self.subTest(header):
                self.assertEqual(rate_mapping.guess(header), ("year_price", year))
        for header in ("Year 2 Start Date", "Year 1 Overtime", "Years", "2024"):
            with self.subTest(header):
                self.assertNotEqual(rate_mapping.guess(header)[0], "year_price")

    def test_headers_of_other_languages_are_guessed(self):
        for target, headers in {
            "task": ["Leistung", "Prestation", "Servizio", "Servicio", "Job Title"],
            "price": ["Stundensatz", "Tarif horaire", "Prezzo", "Precio por hora"],
            "date_from": ["Gültig ab", "Date de début", "Data inizio", "Desde"],
            "date_to": ["Gültig bis", "Date de fin", "Data fine", "Hasta"],
            "card": ["Vertragsnummer", "N° de contrat", "Contratto", "Contract #"],
            "owner": ["Lieferant", "Fournisseur", "Fornitore", "Vendor"],
        }.items():
            for header in headers:
                with self.subTest(header):
                    self.assertEqual(rate_mapping.guess(header), (target, 0))

    def read_list(self, rows, columns=COLUMNS, **values):
        """Import rows with a mapping and return the wizard."""
        mapping = self.make_mapping(columns, date_format="mdy", **values)
        return self.import_file(rows, mapping_id=mapping.id)

    def found(self, name="C-1"):
        return {
            (rule.level_id.name, rule.date_from, rule.date_to, rule.price)
            for rule in self.imported(name)
        }

    def test_columns_are_joined_and_days_are_short(self):
        wizard = self.read_list([ROW])
        self.assertEqual(wizard.report["counts"], {"new": 1}, self.messages(wizard))
        rule = self.imported("C-1")
        self.assertEqual(rule.level_id.name, "Bachelor, 5 years")
        self.assertEqual(rule.task_code_id.name, "Analyst")
        self.assertEqual(rule.task_code_id.company_id, self.company)
        self.assertEqual(rule.date_from, date(2025, 2, 1))

    def test_words_for_nothing_and_years_that_are_words_already(self):
        self.read_list([{**ROW, "Education": "n/a", "Experience": "5 Years"}])
        self.assertEqual(self.imported("C-1").level_id.name, "5 Years")

    def test_short_years_and_double_separators(self):
        for text, day in (
            ("4/24//2014", date(2014, 4, 24)),
            ("4-24-98", date(1998, 4, 24)),
            ("4/24/68", date(2068, 4, 24)),
            ("24/4/14", None),
        ):
            with self.subTest(text):
                card = f"C {text}"
                wizard = self.read_list([{**ROW, "Contract": card, "Begin": text}])
                if day:
                    self.assertEqual(self.imported(card).date_from, day)
                else:
                    self.assertTrue(self.messages(wizard))

    def test_days_as_spreadsheets_write_them(self):
        for text in (
            "3-Apr-24",
            "03 April 2024",
            "Apr. 3, 2024",
            "april 3 2024",
            "20240403",
            "4/3/2024 0:00",
            "4/3/2024 12:00:00 AM",
            "2024-04-03T00:00:00Z",
        ):
            with self.subTest(text):
                card = f"C {text}"
                wizard = self.read_list([{**ROW, "Contract": card, "Begin": text}])
                self.assertEqual(
                    self.imported(card).date_from,
                    date(2024, 4, 3),
                    self.messages(wizard),
                )
        for text in ("3-Avr-24", "31-Apr-24", "4/3/2024 8:00", "20241303", "Apr 24"):
            with self.subTest(text):
                wizard = self.read_list([{**ROW, "Begin": text}])
                self.assertIn("Begin is not a day", self.messages(wizard))

    def test_marks_of_the_currency(self):
        usd = self.env.ref("base.USD")
        for text in ("$1,050.50", "US$ 1,050.50", "USD 1050.50", "1050.50 $"):
            with self.subTest(text):
                mapping = self.make_mapping(COLUMNS, date_format="mdy")
                wizard = self.import_file(
                    [{**ROW, "Contract": text, "Rate": text}],
                    mapping_id=mapping.id,
                    currency_id=usd.id,
                )
                self.assertFalse(wizard.error_count, self.messages(wizard))
                self.assertEqual(self.imported(text).price, 1050.5)

    def test_duplicates_as_declared(self):
        rows = [{**ROW, "Rate": rate} for rate in ("100", "120", "90", "120")]
        level, start = "Bachelor, 5 years", date(2025, 2, 1)
        expected = {
            "highest": {(level, start, False, 120)},
            "lowest": {(level, start, False, 90)},
            "first": {(level, start, False, 100)},
            "last": {(level, start, False, 90)},
            "suffix": {
                (level, start, False, 100),
                (f"{level} (2)", start, False, 120),
                (f"{level} (3)", start, False, 90),
                (f"{level} (4)", start, False, 120),
            },
            "years": {
                (level, date(2025, 2, 1), date(2026, 1, 31), 90),
                (level, date(2026, 2, 1), date(2027, 1, 31), 100),
                (level, date(2027, 2, 1), date(2028, 1, 31), 120),
                (level, date(2028, 2, 1), False, 120),
            },
        }
        for mode, prices in expected.items():
            with self.subTest(mode):
                wizard = self.read_list(
                    [{**row, "Contract": mode} for row in rows], duplicates=mode
                )
                self.assertFalse(wizard.error_count, self.messages(wizard))
                self.assertEqual(self.found(mode), prices)
                again = self.make_import(
                    base64.b64decode(wizard.data), mapping_id=wizard.mapping_id.id
                )
                again.action_import()
                self.assertNotIn("new", again.report["counts"])
        wizard = self.read_list(
            [{**r, "Contract": "R"} for r in rows], duplicates="refuse"
        )
        self.assertEqual(wizard.error_count, 4)
        self.assertFalse(self.imported("R"))

    def test_last_of_twins_counts_as_the_first_of_them(self):
        """Of rows that say the same it does not matter which one counts."""
        rows = [{**ROW, "Rate": rate} for rate in ("100", "120", "100")]
        wizard = self.read_list(rows, duplicates="highest")
        self.assertEqual(self.results(wizard), {2: "left_out", 3: "new", 4: "left_out"})

    def test_owner_names_the_card(self):
        rows = [ROW, {**ROW, "Contract": "", "Category": "Tester"}]
        wizard = self.read_list(rows)
        self.assertEqual(len(self.imported("C-1")), 2)
        self.assertIn("it is on C-1, the only one of ACME", self.messages(wizard))
        wizard = self.read_list([*rows, {**ROW, "Contract": "C-2"}])
        self.assertIn("Contract is empty, and ACME has several", self.messages(wizard))

    def test_years_in_columns(self):
        columns = [
            *(column for column in COLUMNS if column[1] != "price"),
            ("Y1", "year_price", {"year": 1}),
            ("Y2", "year_price", {"year": 2}),
            ("Y4", "year_price", {"year": 4}),
        ]
        row = {**ROW, "Y1": "1,000.5", "Y2": "1,010.25", "Y4": "1,030"}
        wizard = self.read_list([{**row, "End": "1/31/29"}], columns)
        self.assertFalse(wizard.error_count, self.messages(wizard))
        level = "Bachelor, 5 years"
        self.assertEqual(
            self.found(),
            {
                (level, date(2025, 2, 1), date(2026, 1, 31), 1000.5),
                (level, date(2026, 2, 1), date(2028, 1, 31), 1010.25),
                (level, date(2028, 2, 1), date(2029, 1, 31), 1030),
            },
        )
        wizard = self.read_list([{**row, "Contract": "S", "End": "6/30/25"}], columns)
        self.assertIn("Prices of years after the last day", self.messages(wizard))
        self.assertEqual(len(self.found("S")), 1)
        wizard = self.read_list([{**row, "Contract": "N", "Begin": ""}], columns)
        self.assertIn("Begin is empty: prices of contract years", self.messages(wizard))

    def test_price_of_one_year_on_request(self):
        columns = [
            *(column for column in COLUMNS if column[1] != "price"),
            *((f"Y{year}", "year_price", {"year": year}) for year in (1, 2)),
        ]
        for text, no_price in (("On Request", "refuse"), ("call us", "on_request")):
            with self.subTest(text):
                row = {**ROW, "Contract": text, "Y1": text, "Y2": "110"}
                wizard = self.read_list([row], columns, no_price=no_price)
                self.assertFalse(wizard.error_count, self.messages(wizard))
                self.assertEqual(
                    {
                        (rule.date_from, rule.date_to, rule.on_request, rule.price)
                        for rule in self.imported(text)
                    },
                    {
                        (date(2025, 2, 1), date(2026, 1, 31), True, 0),
                        (date(2026, 2, 1), False, False, 110),
                    },
                )

    def test_leap_day(self):
        columns = [("C", "card"), ("From", "date_from")] + [
            (f"Y{year}", "year_price", {"year": year}) for year in (1, 2)
        ]
        self.read_list([{"C": "C-1", "From": "2/29/24", "Y1": "1", "Y2": "2"}], columns)
        self.assertEqual(
            {(rule.date_from, rule.date_to) for rule in self.imported("C-1")},
            {(date(2024, 2, 29), date(2025, 2, 27)), (date(2025, 2, 28), False)},
        )

    def test_overtime_rows(self):
        rows = [ROW, {**ROW, "Category": "Analyst overtime", "Rate": "150.01"}]
        wizard = self.read_list(rows, overtime_suffix=" Overtime", overtime_after=7.5)
        self.assertIn("This is the overtime price of row 2", self.messages(wizard))
        rule = self.imported("C-1")
        self.assertEqual((rule.price, rule.overtime_price), (100, 150.01))
        self.assertEqual(rule.card_id.modifier_ids.overtime_after, 7.5)
        wizard = self.read_list(
            [{**row, "Contract": "C-2"} for row in rows[1:]],
            overtime_suffix="Overtime",
        )
        self.assertIn("no row with the regular price of Analyst", self.messages(wizard))
        self.assertFalse(self.imported("C-2"))

    def test_no_price(self):
        rows = [
            {**ROW, "Category": category, "Rate": rate}
            for category, rate in (("A", "n/a"), ("B", ""), ("C", "2%"), ("D", "5"))
        ]
        wizard = self.read_list(rows)
        self.assertEqual(wizard.error_count, 4)
        wizard = self.read_list(rows, no_price="on_request")
        self.assertFalse(wizard.error_count, self.messages(wizard))
        self.assertIn("“2%” is no price, so it is on request", self.messages(wizard))
        rules = self.imported("C-1")
        self.assertEqual(len(rules.filtered("on_request")), 3)

    def test_days_that_contradict_each_other(self):
        row = {**ROW, "End": "1/1/25"}
        self.assertTrue(self.read_list([row]).error_count)
        self.read_list([{**row, "Contract": "A"}], backwards="no_end")
        self.read_list([{**row, "Contract": "B"}], backwards="no_start")
        level = "Bachelor, 5 years"
        self.assertEqual(self.found("A"), {(level, date(2025, 2, 1), False, 100)})
        self.assertEqual(self.found("B"), {(level, False, date(2025, 1, 1), 100)})

    def test_units_and_roundings(self):
        columns = [*COLUMNS, ("Per", "unit")]
        wizard = self.read_list(
            [
                {**ROW, "Category": "A", "Per": "Per Hour", "Rate": "10.12345"},
                {**ROW, "Category": "B", "Per": "Man-day", "Rate": "10.99999"},
                {**ROW, "Category": "C", "Per": "", "Rate": "10"},
            ],
            columns,
            unit_words="Man-day = Cases\n",
            default_unit="visit",
            price_rounding="currency",
        )
        self.assertFalse(wizard.error_count, self.messages(wizard))
        self.assertEqual(
            {
                (rule.task_code_id.code, rule.unit, rule.price)
                for rule in self.imported("C-1")
            },
            {("A", "second", 10.12), ("B", "case", 11), ("C", "visit", 10)},
        )
        with self.assertRaisesRegex(ValidationError, "write a word, an equals sign"):
            self.make_mapping([], unit_words="Man-day: eight hours")

    def test_rows_without_work_are_passed_over(self):
        columns = [column for column in COLUMNS if column[0] != "Contract"]
        empty = dict.fromkeys(ROW, "")
        rows = [ROW, {**empty, "Rate": "0"}, {**empty, "Vendor": "Total"}]
        wizard = self.read_list(rows, columns)
        self.assertEqual(self.results(wizard), {2: "new"})
        self.assertEqual(len(self.imported("rates")), 1)
        wizard = self.read_list(rows[1:], columns)
        self.assertIn("No row says of any work", self.messages(wizard))

    def test_lost_characters(self):
        row = {**ROW, "Education": "Bachelor\ufffds"}
        self.assertIn(
            "Education holds an unreadable character",
            self.messages(self.read_list([row])),
        )
        self.read_list([row], keep_lost=True)
        self.assertEqual(self.imported("C-1").level_id.name, "Bachelor\ufffds, 5 years")

    def test_refused_rows_have_the_headers_of_the_list(self):
        rows = [{**ROW, "Rate": "many", "Notes": "not read"}]
        wizard = self.read_list(rows)
        self.assertEqual(wizard.report["ignored"], ["Notes"])
        table = sheet_values(base64.b64decode(wizard.refused_file))
        self.assertEqual(table[0][:3], ["Row", "What to Correct", "Contract"])
        self.assertIn("Rate is not a number: many", table[1][1])

    # === THE DIALOG === #

    def test_map_check_import_and_use_it_again(self):
        wizard = self.make_import([ROW], filename="acme.csv")
        wizard.action_map()
        self.assertEqual(wizard.state, "map")
        self.assertEqual(wizard.mapping_name, "acme")
        targets = {c.header: c.target for c in wizard.mapping_column_ids}
        self.assertEqual(
            targets,
            {
                "Contract": "card",
                "Category": "task",
                "Education": "level",
                "Experience": "level",
                "Rate": "price",
                "Begin": "date_from",
                "End": "date_to",
                "Vendor": "owner",
            },
        )
        self.assertEqual(wizard.mapping_column_ids[0].sample, "C-1")
        with Form(wizard) as form:
            form.mapping_name = "Acme lists"
            form.mapping_date_format = "mdy"
            with form.mapping_column_ids.edit(0) as column:
                column.target = "card"
        wizard.create_missing = True
        wizard.action_check()
        self.assertEqual(wizard.report["counts"], {"new": 1}, self.messages(wizard))
        wizard.action_import()
        mapping = self.env["service.rate.mapping"].search([("name", "=", "Acme lists")])
        again = self.import_file([ROW], mapping_id=mapping.id)
        self.assertEqual(again.report["counts"], {"unchanged": 1})

    def test_wrong_mappings_say_what_to_do(self):
        cases = [
            ([("Category", "task")], "No column is the price"),
            (
                [("Rate", "price"), ("Begin", "price")],
                "Several columns are “Price”. Choose one of them: Rate, Begin",
            ),
            (
                [
                    ("Rate", "year_price", {"year": 1}),
                    ("Begin", "year_price", {"year": 1}),
                ],
                "its own number",
            ),
            ([("Rate", "year_price")], "its own number"),
            ([("Rate", "price"), ("Colour", "task")], "missing in the first row: Col"),
        ]
        for columns, expected in cases:
            with self.subTest(expected):
                wizard = self.read_list([ROW], columns)
                self.assertIn(expected, self.messages(wizard))
                self.assertEqual(wizard.state, "map")
        with self.assertRaisesRegex(ValidationError, "names a column twice"):
            self.make_mapping([("Rate", "price"), ("rate ", "task")])

    def test_two_columns_of_one_header(self):
        content = b"Category,Rate,Yrs,Yrs\nAnalyst,100,5,x\n"
        wizard = self.make_import(content)
        wizard.action_map()
        columns = wizard.mapping_column_ids
        self.assertEqual(columns.mapped("header"), ["Category", "Rate", "Yrs"])
        columns[2].target = "level"
        wizard.action_check()
        self.assertIn("Two columns are called Yrs", wizard.report["file_error"])
        columns[2].target = False
        wizard.action_import()
        self.assertEqual(wizard.report["counts"], {"new": 1})

    def test_sheets_and_rows_of_headers(self):
        workbook = Workbook()
        workbook.active.append(["Read me"])
        sheet = workbook.create_sheet("Prices")
        sheet.append(["Prices of ACME", None])
        sheet.append(["Category", "Rate"])
        sheet.append(["Analyst", 100])
        content = workbook_bytes(workbook)
        wizard = self.make_import(content, filename="acme.xlsx")
        wizard.action_map()
        self.assertEqual(wizard.sheet_titles, "Sheet, Prices")
        self.assertEqual(wizard.mapping_column_ids.mapped("header"), ["Read me"])
        wizard.write({"mapping_sheet": "Prices", "mapping_header_row": 2})
        wizard.action_read_columns()
        self.assertEqual(
            wizard.mapping_column_ids.mapped("header"), ["Category", "Rate"]
        )
        wizard.create_missing = True
        wizard.action_import()
        self.assertEqual(self.imported("acme").price, 100)
        wizard.mapping_sheet = "Costs"
        wizard.action_map()
        self.assertIn("no sheet called Costs. It has: Sheet", self.messages(wizard))
