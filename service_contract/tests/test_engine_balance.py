# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.balance import parse_percents, reached


class TestBalance(BaseCase):
    """Thresholds are whole percentages of what is granted."""

    def test_what_is_read(self):
        for text, percents in (
            ("80, 95", (80, 95)),
            (" 95,80 , 80", (80, 95)),
            ("100", (100,)),
            ("", ()),
            (None, ()),
            ("  ", ()),
        ):
            with self.subTest(text):
                self.assertEqual(parse_percents(text), percents)

    def test_what_is_refused(self):
        for text in ("0", "101", "80;95", "80,", "-5", "8.5", "much", "1e2", "1 0"):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_percents(text)

    def test_reached_from_the_threshold_on(self):
        for granted, used, expected in (
            (100, 79, []),
            (100, 80, [80]),
            (100, 95, [80, 95]),
            (3, 2, []),
            (100, 300, [80, 95]),
            (0, 0, []),
            (0, 5, []),
        ):
            with self.subTest(granted=granted, used=used):
                self.assertEqual(reached(granted, used, (80, 95)), expected)
