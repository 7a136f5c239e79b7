# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine.credit import Promise, credit_amount

percents = st.integers(0, 10000).map(lambda hundredths: Fraction(hundredths, 100))


class TestCreditAmount(BaseCase):
    """What a miss is worth, in cents."""

    def test_table(self):
        ten = Fraction(10)
        for promise, fee, given_before, expected in (
            (Promise("none", 500, ten, ten), 10000, 0, (0, False)),
            (Promise("amount", 500), 10000, 0, (500, False)),
            (Promise("amount", 500), 0, 0, (500, False)),
            (Promise("amount", 500, cap_percent=ten), 0, 0, (0, True)),
            (Promise("amount", 1500, cap_percent=ten), 10000, 0, (1000, True)),
            (Promise("percent", percent=ten), 10000, 0, (1000, False)),
            (Promise("percent", percent=ten), 9995, 0, (1000, False)),
            (Promise("percent", percent=ten), 9994, 0, (999, False)),
            (Promise("percent", 0, ten, Fraction(25)), 10000, 2000, (500, True)),
            (Promise("percent", 0, ten, Fraction(25)), 10000, 2500, (0, True)),
            (Promise("percent", 0, ten, Fraction(25)), 10000, 9000, (0, True)),
            # The cap is 2.5 cents: never more than that.
            (Promise("amount", 9, cap_percent=Fraction(25)), 10, 0, (2, True)),
        ):
            with self.subTest(promise=promise, fee=fee, given=given_before):
                self.assertEqual(credit_amount(promise, fee, given_before), expected)

    @given(st.integers(0, 10**7), st.integers(0, 10**7), percents, percents, st.data())
    def test_credits_of_a_period_never_pass_the_cap(
        self, fee, amount, percent, cap, data
    ):
        if not cap:
            return
        given_so_far = 0
        for _miss in range(5):
            rule = data.draw(st.sampled_from(["amount", "percent"]))
            promise = Promise(rule, amount, percent, cap)
            value, _is_capped = credit_amount(promise, fee, given_so_far)
            self.assertGreaterEqual(value, 0)
            given_so_far += value
        self.assertLessEqual(given_so_far * 100, fee * cap)
