# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import csv
from datetime import date

from openpyxl import Workbook

from odoo.tests import tagged

from .common_import import GOOD, HEADER, ImportCommon, to_csv, workbook_bytes


@tagged("post_install", "-at_install")
class TestImportErrors(ImportCommon):
    """What is refused, and how it is said."""

    def test_row_errors_say_what_to_do(self):
        self.env["res.partner"].create([{"name": "Twin"}, {"name": "Twin"}])
        cases = [
            ({"External Key": ""}, "External Key is empty: every row needs"),
            ({"External Key": "x" * 129}, "longer than 128"),
            ({"Customer": ""}, "Customer is empty, and is needed"),
            ({"Customer": "Nobody"}, "not known in SC Rome: Nobody"),
            ({"Customer": "Twin"}, "Customer fits 2 records: Twin"),
            ({"Start": ""}, "Start is empty, and is needed"),
            ({"Start": "03/04/2025"}, "write it as 2025-04-03 or 2025-03-04"),
            ({"Start": "31.02.2025"}, "is not a day (31.02.2025)"),
            ({"Start": "2025-01-01 14:30"}, "is not a day"),
            ({"Start": "45658"}, "is not a day"),
            ({"End": "9999-12-31"}, "for an open end leave the end empty"),
            ({"End": "2024-12-31"}, "End is before the start"),
            ({"State": "running"}, "State is not known: running. Write one of: active"),
            ({"Time Zone": "Rome"}, "Europe/Rome"),
            ({"Currency": "EURO"}, "Currency is not known"),
            ({"Template": "GOLD"}, "Template is not known"),
            ({"Pricelist": "Public"}, "Pricelist is not known"),
            ({"Product": ""}, "A product is needed"),
            ({"Product": "SPADE"}, "Product is not known"),
            ({"Price": "many"}, "Price is not a number: many"),
            ({"Price": "1e308"}, "write a number from"),
            ({"Price": "nan"}, "write a number from"),
            ({"Price": "1,234"}, "a decimal or a thousands mark"),
            ({"Quantity": "-1"}, "Quantity is -1: write a number from 0"),
            ({"Covers": "cases", "Allotment": "2.5"}, "Allotment must be whole"),
            ({"Billed Every": "fortnight"}, "write one of: day, half_year, month"),
            ({"Billing Interval": "1.5"}, "write a whole number"),
            ({"Billing Interval": "0"}, "from 1 to 1200"),
            ({"Billing Day": "32"}, "from 1 to 31"),
            ({"Billed Through": "2025-02-10"}, "last day, 2025-02-28, or that of the"),
            ({"Billed Through": "2024-02-10"}, "Empty Billed Through"),
            ({"Discount (%)": "110"}, "from 0 to 100"),
            ({"Sites": "Attic"}, "Sites is not known"),
            ({"Covered Products": "OVEN#1; SPADE#2"}, "not known in SC Rome: SPADE"),
            ({"Covered Products": "OVEN#1;OVEN #1"}, "Covered Products says OVEN#1 tw"),
            ({"Price": "1.125"}, "Price has more than 2 decimals"),
            ({"Description": "a\x07b"}, "unreadable character (U+0007)"),
            ({"Description": "x" * 10_001}, "10001 characters long"),
            ({"External Key": "K1\0"}, "unreadable character"),
        ]
        self.assert_refused(cases, GOOD, lambda: self.contracts("K1"))

    def test_declared_date_format_settles_it(self):
        for date_format, day in (("dmy", date(2025, 4, 3)), ("mdy", date(2025, 3, 4))):
            row = {**GOOD, "External Key": date_format, "Start": "03/04/2025"}
            self.import_file([row], date_format=date_format)
            self.assertEqual(self.contracts(date_format).date_start, day)

    def test_decimal_marks(self):
        cases = [
            ("auto", ["12,50", "1,200"], [12.5, 1.2]),
            ("auto", ["12.50", "1,234"], [12.5, 1234]),
            ("auto", ["1.234,56", "1.234"], [1234.56, 1234]),
            ("comma", ["1,200", "0,5"], [1.2, 0.5]),
            ("dot", ["1,234", "1 234.5"], [1234, 1234.5]),
            ("auto", ["١٢٣", "−4٫5"], [123, -4.5]),
        ]
        for index, (mark, texts, prices) in enumerate(cases):
            with self.subTest(mark=mark, texts=texts):
                keys = [f"{index}-{number}" for number in range(len(texts))]
                self.import_file(
                    [
                        {**GOOD, "External Key": key, "Price": text}
                        for key, text in zip(keys, texts, strict=True)
                    ],
                    decimal_mark=mark,
                )
                lines = self.contracts(*keys).line_ids
                self.assertEqual(lines.mapped("price_unit"), prices)

    def test_rows_of_a_contract_must_agree(self):
        wizard = self.import_file([GOOD, {**GOOD, "End": "2026-12-31"}])
        self.assertEqual(self.results(wizard), {2: "error", 3: "error"})
        self.assertIn("End differs from row 2", self.messages(wizard))

    def test_files_that_cannot_be_read_say_why(self):
        formula = Workbook()
        formula.active.append(list(HEADER))
        formula.active.append([*GOOD.values()][:6] + ["=1+1", "hours", 10])
        many = to_csv([GOOD]) + b"K,AURORA,2025-01-01\n" * 50_000
        cases = [
            (b"", "is empty"),
            (b"\n\n", "is empty"),
            (to_csv([GOOD]).splitlines()[0], "no rows below"),
            (b"Name,Price\nx,1\n", "External Key, Customer, Start"),
            (b"PK\x03\x04 not a zip", "can't be read"),
            (b"\xd0\xcf\x11\xe0 old excel", "Save it as XLSX"),
            (to_csv([{**GOOD, "Customer": "Café"}], encoding="cp1252"), "Windows-1252"),
            (to_csv([GOOD], encoding="utf-16-le"), "not a text file"),
            (b"\xff\xd8\xff\xe0JFIF", "not in UTF-8"),
            (to_csv([GOOD]).replace(b"State", b"Start", 1), "columns are called Start"),
            (to_csv([GOOD]) + b"K2,AURORA,2025-01-01,,,,1,hours,1,8\n", "more in this"),
            (many, "more than 50000 rows"),
            (workbook_bytes(formula), "holds a formula"),
        ]
        for content, expected in cases:
            with self.subTest(expected):
                wizard = self.make_import(content)
                wizard.action_check()
                self.assertIn(expected, self.messages(wizard))
                self.assertTrue(wizard.error_count)

    def test_quotation_mark_that_is_not_closed(self):
        limit = csv.field_size_limit(131_072)
        self.addCleanup(csv.field_size_limit, limit)
        wizard = self.make_import(to_csv([GOOD]) + b'"' + b"x" * 200_000)
        wizard.action_check()
        self.assertIn("Line 3 can't be read", self.messages(wizard))
        csv.field_size_limit(10**9)  # other addons raise it for the whole process
        wizard.action_check()
        self.assertIn("200000 characters long", self.messages(wizard))

    def test_declared_encoding_is_used(self):
        row = {**GOOD, "Description": "Càffè"}
        content = to_csv([row], delimiter=";", encoding="cp1252")
        self.import_file(content, encoding="cp1252")
        self.assertEqual(self.contracts("K1").line_ids.name, "Càffè")

    def test_balances_that_cannot_be(self):
        cases = [
            ({"Remaining Now": "11"}, "more remains than the allotment"),
            ({"Remaining Now": "1", "State": "draft"}, "active as its state"),
            (
                {"Remaining Now": "1", "Covers": "unlimited"},
                "leave Remaining Now empty",
            ),
            (
                {"Remaining Now": "1", "Start": "2025-02-01"},
                "leave Remaining Now empty",
            ),
            ({"Remaining Now": "-1"}, "from 0 to"),
            ({"Remaining Now": "0.5", "Covers": "cases"}, "must be whole"),
        ]
        self.assert_refused(cases, GOOD, lambda: self.contracts("K1"))
