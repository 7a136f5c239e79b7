# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.budget import window

FIRST = date(2024, 2, 10)
LAST = date(2026, 11, 20)


class TestWindow(BaseCase):
    """A budget counts the gifts of its month, quarter, year or term."""

    def test_calendar_periods_cut_to_the_validity(self):
        for period, day, last, expected in (
            ("month", date(2025, 1, 31), None, (date(2025, 1, 1), date(2025, 2, 1))),
            ("month", date(2024, 2, 29), None, (FIRST, date(2024, 3, 1))),
            ("month", date(2025, 12, 1), None, (date(2025, 12, 1), date(2026, 1, 1))),
            ("quarter", date(2025, 5, 9), None, (date(2025, 4, 1), date(2025, 7, 1))),
            ("quarter", LAST, LAST, (date(2026, 10, 1), date(2026, 11, 21))),
            ("year", date(2025, 5, 9), None, (date(2025, 1, 1), date(2026, 1, 1))),
            ("year", date(2024, 5, 9), None, (FIRST, date(2025, 1, 1))),
            ("term", date(2025, 5, 9), LAST, (FIRST, date(2026, 11, 21))),
            ("term", date(2025, 5, 9), None, (FIRST, None)),
        ):
            with self.subTest(period=period, day=day, last=last):
                self.assertEqual(window(period, day, FIRST, last), expected)

    @given(
        st.sampled_from(["month", "quarter", "year", "term"]),
        st.dates(FIRST, LAST),
        st.booleans(),
    )
    def test_windows_hold_their_day_and_tile_the_validity(self, period, day, is_open):
        last = None if is_open else LAST
        start, end = window(period, day, FIRST, last)
        self.assertLessEqual(start, day)
        self.assertTrue(end is None or day < end)
        if end and (last is None or end <= last):
            self.assertEqual(window(period, end, FIRST, last)[0], end)
        if start > FIRST:
            self.assertEqual(
                window(period, start - timedelta(days=1), FIRST, last)[1], start
            )
