# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import tagged

from .common_import import to_csv
from .common_rate_import import GOOD, RateImportCommon


@tagged("post_install", "-at_install")
class TestRateImportErrors(RateImportCommon):
    """What is refused, and how it is said."""

    def test_row_errors_say_what_to_do(self):
        self.env["service.task.code"].create(
            [{"code": "A", "name": "Twin"}, {"code": "B", "name": "Twin"}]
        )
        cases = [
            ({"Rate Card": ""}, "Rate Card is empty: write it, or choose"),
            ({"Rate Card": "x" * 301}, "longer than 300"),
            ({"Task": "SPADE"}, "Task is not known in SC Rome: SPADE"),
            ({"Task": "Twin"}, "Task fits 2 records: Twin. Write the code"),
            ({"Role": "Nobody"}, "Role is not known"),
            ({"Level": "Nobody"}, "or let the import create what is missing"),
            ({"Travel Zone": "Mars"}, "Travel Zone is not known"),
            ({"Currency": "EURO"}, "Currency is not known: EURO"),
            ({"Unit": "fortnight"}, "Unit is not known: fortnight. Write one of: case"),
            ({"Price": ""}, "Price is empty: write a price, or “on request”"),
            ({"Price": "many"}, "Price is not a number: many"),
            ({"Price": "-1"}, "Price is -1: write a number from 0"),
            ({"Price": "1.23456"}, "Price has more than 4 decimals"),
            ({"Price": "$ 5"}, "Price is not a number: $ 5"),
            ({"Price": "1,234"}, "a decimal or a thousands mark"),
            ({"From": "03/04/2025"}, "write it as 2025-04-03 or 2025-03-04"),
            ({"From": "5/4/20"}, "is not a day (5/4/20)"),
            ({"To": "2024-12-31"}, "To is before the first day"),
            ({"Overtime Price": "9", "Unit": "visit"}, "for prices per hour alone"),
            ({"Overtime Price": "9", "Price": "on request"}, "per hour alone"),
            ({"Rounded": "upwards"}, "Rounded is not known: upwards"),
            ({"Minimum": "2", "Maximum": "1"}, "Maximum is below the minimum"),
            ({"Task": "a\x07b"}, "unreadable character (U+0007)"),
            ({"Level": "Bachelor\ufffds"}, "unreadable character (U+FFFD)"),
        ]
        self.assert_refused(cases, GOOD, self.imported)

    def test_two_prices_for_the_same(self):
        wizard = self.import_file([GOOD, {**GOOD, "Price": "99"}])
        self.assertEqual(self.results(wizard), {2: "error", 3: "error"})
        self.assertIn("other prices on the same days in row 3", self.messages(wizard))
        wizard = self.import_file([GOOD, GOOD])
        self.assertEqual(self.results(wizard), {2: "new", 3: "left_out"})
        self.assertIn("Row 2 says the same", self.messages(wizard))
        self.assertEqual(len(self.imported()), 1)

    def test_cards_that_cannot_take_the_prices(self):
        self.import_file([GOOD])
        other = {**GOOD, "Task": "ONSITE"}
        wizard = self.import_file([{**other, "Currency": "USD"}])
        self.assertIn("Gold is in EUR, the file in USD", self.messages(wizard))
        wizard = self.import_file([{**other, "Overtime Price": "150"}])
        self.assertIn("Add a modifier of overtime to it first", self.messages(wizard))
        wizard = self.import_file(
            [{**GOOD, "Currency": "EUR"}, {**other, "Currency": "USD"}]
        )
        self.assertIn("Currency differs from other rows", self.messages(wizard))
        self.imported().card_id.copy({"name": "Gold"})
        wizard = self.import_file([other])
        self.assertIn("2 rate cards are called Gold", self.messages(wizard))

    def test_files_that_cannot_be_read_say_why(self):
        cases = [
            (b"", "is empty"),
            (b"Name,Cost\nx,1\n", "missing in the first row: Price"),
            (b"PK\x03\x04 not a zip", "can't be read"),
            (to_csv([GOOD]).replace(b"Level", b"Price", 1), "columns are called Price"),
            (to_csv([GOOD]) + b"1,2,3,4,5,6,7,8,9\n", "more in this row"),
        ]
        for content, expected in cases:
            with self.subTest(expected):
                wizard = self.make_import(content)
                wizard.action_check()
                self.assertIn(expected, self.messages(wizard))
                self.assertTrue(wizard.error_count)
