# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from itertools import combinations

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.sla_match import (
    match_targets,
    parse_thresholds,
)

# What a ticket is like, and what a target asks for so that it meets the ticket.
FACTS = {"category_id": 1, "team_id": 2, "tier_id": 3, "priority": "2"}
MET = {
    "category_ids": [1, 9],
    "team_ids": [2],
    "tier_ids": [8, 3],
    "priority": "2",
}
BROKEN = {"category_ids": [9], "team_ids": [9], "tier_ids": [9], "priority": "3"}


def target(key, metric="restore", **asked):
    blank = {"category_ids": [], "team_ids": [], "tier_ids": [], "priority": False}
    return {"key": key, "metric": metric, **blank, **asked}


class TestMatchTargets(BaseCase):
    def test_each_condition_keeps_a_target_away(self):
        for name, value in MET.items():
            with self.subTest(name):
                meets = target("a", **{name: value})
                fails = target("b", **{name: BROKEN[name]})
                self.assertEqual(match_targets([meets], FACTS), ["a"])
                self.assertEqual(match_targets([fails], FACTS), [])
                self.assertEqual(match_targets([meets], {}), [])

    def test_a_target_that_asks_nothing_matches_any_ticket(self):
        for facts in ({}, FACTS, dict.fromkeys(FACTS, False)):
            self.assertEqual(match_targets([target("a")], facts), ["a"])

    def test_one_failed_condition_outweighs_all_that_are_met(self):
        for name in MET:
            asked = {**MET, name: BROKEN[name]}
            with self.subTest(name):
                self.assertEqual(
                    match_targets([target("a", **asked), target("b")], FACTS), ["b"]
                )

    def test_category_beats_team_beats_tier_beats_priority(self):
        """Every pair of sets of conditions: the first that only one has decides."""
        subsets = [
            subset for size in range(len(MET) + 1) for subset in combinations(MET, size)
        ]
        for one in subsets:
            for other in subsets:
                if one == other:
                    continue
                decisive = next(n for n in MET if (n in one) != (n in other))
                winner = "one" if decisive in one else "other"
                targets = [
                    target("one", **{name: MET[name] for name in one}),
                    target("other", **{name: MET[name] for name in other}),
                ]
                with self.subTest(one=one, other=other):
                    self.assertEqual(match_targets(targets, FACTS), [winner])
                    self.assertEqual(match_targets(targets[::-1], FACTS), [winner])

    def test_the_first_of_equals_applies(self):
        targets = [target("a", team_ids=[2]), target("b", team_ids=[2, 7])]
        self.assertEqual(match_targets(targets, FACTS), ["a"])
        self.assertEqual(match_targets(targets[::-1], FACTS), ["b"])

    def test_one_target_per_metric_in_the_order_of_the_list(self):
        targets = [
            target("a", "resolve"),
            target("b", "first_response", priority="2"),
            target("c", "first_response"),
            target("d", "restore", priority="0"),
        ]
        self.assertEqual(match_targets(targets, FACTS), ["a", "b"])


class TestThresholds(BaseCase):
    def test_ascending_whole_percentages(self):
        table = {
            "50, 75, 90": (50, 75, 90),
            "1,99": (1, 99),
            " 80 ": (80,),
            "": (),
            None: (),
            "50,": (50,),
        }
        for text, percents in table.items():
            with self.subTest(text):
                self.assertEqual(parse_thresholds(text), percents)

    def test_anything_else_is_refused(self):
        for text in ("0", "100", "50, 50", "75, 50", "50.5", "half", "50 75", "-5"):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_thresholds(text)
