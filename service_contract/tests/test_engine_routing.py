# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dataclasses import replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..engine.routing import Candidate, Rule, first_match, suggest

GOOD = Candidate(1, "Anna", True, True, 2, True)
people = st.lists(
    st.builds(
        Candidate,
        key=st.integers(1, 50),
        name=st.sampled_from(["Anna", "Bruno", "Carla"]),
        in_team=st.booleans(),
        has_skill=st.sampled_from([True, False, None]),
        open_tickets=st.integers(0, 9),
        works_now=st.sampled_from([True, False, None]),
        on_leave=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda candidate: candidate.key,
)


def order(*people):
    return [suggestion.candidate.key for suggestion in suggest(people)]


class TestSuggest(BaseCase):
    """Each fact decides only when those before it are equal."""

    def test_weightier_facts_come_first(self):
        away = replace(GOOD, key=2, on_leave=True, open_tickets=0)
        unskilled = replace(GOOD, key=3, has_skill=False, open_tickets=0)
        off = replace(GOOD, key=4, works_now=False, open_tickets=0)
        outsider = replace(GOOD, key=5, in_team=False, open_tickets=0)
        busy = replace(GOOD, key=6, open_tickets=3)
        self.assertEqual(
            order(away, unskilled, off, outsider, busy, GOOD), [1, 6, 5, 4, 3, 2]
        )

    def test_who_works_soonest_comes_first_of_those_who_are_off(self):
        late = replace(
            GOOD, key=2, works_now=False, works_from=datetime(2025, 1, 16, 8)
        )
        soon = replace(
            GOOD, key=3, works_now=False, works_from=datetime(2025, 1, 15, 13)
        )
        self.assertEqual(order(late, soon), [3, 2])

    def test_names_break_ties(self):
        self.assertEqual(order(replace(GOOD, key=9, name="Bruno"), GOOD), [1, 9])

    def test_unknown_hours_do_not_forbid(self):
        (suggestion,) = suggest([replace(GOOD, works_now=None)])
        self.assertTrue(suggestion.is_able)
        self.assertIn("hours_unknown", [r.code for r in suggestion.reasons])

    def test_reasons_say_what_speaks_against(self):
        (suggestion,) = suggest([Candidate(1, "Anna", False, False, 4, False, False)])
        self.assertFalse(suggestion.is_able)
        self.assertEqual(
            [(r.code, r.speaks_for) for r in suggestion.reasons],
            [
                ("no_skill", False),
                ("off_now", False),
                ("other_team", False),
                ("load", True),
            ],
        )

    def test_no_skill_asked_is_no_reason(self):
        (suggestion,) = suggest([replace(GOOD, has_skill=None)])
        self.assertEqual(
            [r.code for r in suggestion.reasons], ["works_now", "team", "load"]
        )

    @given(people)
    def test_order_does_not_depend_on_the_order_of_the_facts(self, crowd):
        self.assertEqual(suggest(crowd), suggest(reversed(crowd)))

    @given(people)
    def test_who_is_able_comes_before_who_is_not(self, crowd):
        able = [suggestion.is_able for suggestion in suggest(crowd)]
        self.assertEqual(able, sorted(able, reverse=True))

    @given(people)
    def test_nobody_is_lost(self, crowd):
        suggested = [suggestion.candidate for suggestion in suggest(crowd)]
        self.assertCountEqual(suggested, crowd)


class TestFirstMatch(BaseCase):
    def test_table(self):
        rules = [
            Rule(1, tiers=frozenset({10}), skills=frozenset({7})),
            Rule(2, tiers=frozenset({10, 11})),
            Rule(3, categories=frozenset({20, 21})),
        ]
        for tier, categories, skills, key in (
            (10, set(), {7, 8}, 1),
            (10, set(), {8}, 2),
            (10, {20}, set(), 2),
            (11, {20}, {7}, 2),
            (12, {30, 21}, {7}, 3),
            (None, {20}, set(), 3),
            (None, {22}, {7}, None),
            (None, set(), set(), None),
        ):
            with self.subTest(tier=tier, categories=categories, skills=skills):
                self.assertEqual(
                    first_match(rules, tier, frozenset(categories), frozenset(skills)),
                    key,
                )

    def test_a_rule_without_conditions_is_for_all(self):
        none = frozenset()
        self.assertEqual(first_match([Rule(5)], None, none, none), 5)
