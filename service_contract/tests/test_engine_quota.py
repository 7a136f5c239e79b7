# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.quota import lots_by_group, share_out

PROFILE = settings(deadline=None, database=None, derandomize=True, max_examples=300)


class TestShareOut(BaseCase):
    """An allowance is shared out over lots, and never given twice."""

    def test_examples(self):
        for units, remaining, parts in (
            (5, [3, 10], [3, 2]),
            (5, [10, 10], [5, 0]),
            (5, [1, 1], [1, 4]),
            (0, [3, 3], [0, 0]),
            (-2, [3, 3], [0, -2]),
            (5, [-1, 3], [0, 5]),
            (5, [], []),
        ):
            with self.subTest(units=units, remaining=remaining):
                self.assertEqual(share_out(units, remaining), parts)

    @PROFILE
    @given(st.integers(-5, 30), st.lists(st.integers(-3, 12), min_size=1, max_size=5))
    def test_parts_sum_to_the_whole(self, units, remaining):
        parts = share_out(units, remaining)
        self.assertEqual(sum(parts), units)
        self.assertEqual(len(parts), len(remaining))
        for part, left in zip(parts[:-1], remaining, strict=False):
            self.assertTrue(0 <= part <= max(left, 0))

    def test_groups_keep_their_order(self):
        self.assertEqual(
            lots_by_group([3, 1, 2, 5], lambda lot: lot % 2), {1: [3, 1, 5], 0: [2]}
        )
