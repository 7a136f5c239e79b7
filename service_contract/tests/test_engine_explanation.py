# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The rules that were looked at, in the order of the pipeline."""

import unittest

from odoo.addons.service_contract.engine.explanation import list_gates


def told(*codes):
    return [
        f"{'+' if is_met else '-'}{rule['code']}"
        for rule, is_met in list_gates([{"code": code} for code in codes])
    ]


class TestGates(unittest.TestCase):
    def test_drawn_from_a_lot(self):
        self.assertEqual(
            told("drawn"),
            [
                "+counts",
                "+charged_task",
                "+agreed",
                "+within",
                "+all_tasks",
                "+lot_valid",
                "+drawn",
            ],
        )

    def test_scope_is_told_once(self):
        gates = told("in_scope", "used_up", "price", "billed_at_rate")
        self.assertEqual(
            gates,
            [
                "+counts",
                "+charged_task",
                "+agreed",
                "+within",
                "+in_scope",
                "+lot_valid",
                "-used_up",
                "+price",
                "+billed_at_rate",
            ],
        )

    def test_nothing_is_said_of_what_was_not_looked_at(self):
        self.assertEqual(
            told("not_agreed", "asks"),
            ["+counts", "+charged_task", "-not_agreed", "-asks"],
        )
        self.assertEqual(told("exempt"), ["+exempt"])
        self.assertEqual(told("never_charged"), ["+counts", "-never_charged"])
        self.assertEqual(told("decided"), ["+decided"])
        self.assertEqual(told("reversal"), ["+reversal"])
        self.assertEqual(told("another"), ["+another"])
        self.assertEqual(told(), [])

    def test_out_of_scope(self):
        self.assertEqual(
            told("excluded_task", "asks"),
            [
                "+counts",
                "+charged_task",
                "+agreed",
                "+within",
                "-excluded_task",
                "-asks",
            ],
        )

    def test_a_decision_overrides_a_rule_and_goes_on(self):
        self.assertEqual(
            told("task_not_included", "decided", "drawn")[4:],
            ["-task_not_included", "+decided", "+lot_valid", "+drawn"],
        )
        self.assertEqual(
            told("decided", "drawn")[4:],
            ["+all_tasks", "+decided", "+lot_valid", "+drawn"],
        )

    def test_no_lot_was_valid(self):
        gates = told("no_lot", "price", "billed_at_rate")
        self.assertIn("-no_lot", gates)
        self.assertNotIn("+lot_valid", gates)

    def test_warranty_before_and_after(self):
        self.assertEqual(
            told("warranty"),
            ["+counts", "+charged_task", "+agreed", "+within", "+warranty"],
        )
        self.assertEqual(told("used_up", "warranty")[-2:], ["-used_up", "+warranty"])

    def test_no_price_to_draw_by(self):
        self.assertEqual(told("no_price")[-2:], ["+lot_valid", "-no_price"])
