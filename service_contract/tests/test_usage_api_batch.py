# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Many usages in one report, and what can be asked about them."""

from unittest.mock import patch

from odoo.exceptions import MissingError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_usage_api import ApiCommon


@tagged("post_install", "-at_install")
class TestBatch(ApiCommon):
    def batch(self, *events):
        return self.api().api_report_usages(list(events))["results"]

    def test_each_event_has_its_answer(self):
        self.report("old")
        answers = self.batch(
            self.event("new"),
            self.event("old"),
            self.event("old", quantity=3),
            self.event("bad", unit="fortnight"),
            self.event("lost", contract="SC-unknown"),
            self.event("new"),
            self.event("new", quantity=3),
            "not an event",
            self.event(5),
        )
        self.assertEqual(
            [(a["status"], a["external_key"]) for a in answers],
            [
                ("ok", "new"),
                ("already", "old"),
                ("conflict", "old"),
                ("refused", "bad"),
                ("refused", "lost"),
                ("already", "new"),
                ("conflict", "new"),
                ("refused", None),
                ("refused", None),
            ],
        )
        self.assertEqual(answers[5]["usage"], answers[0]["usage"])
        for answer in answers:
            self.assertEqual("reason" in answer, "usage" not in answer)
        self.assertEqual(self.usages().mapped("external_key"), ["new", "old"])

    def test_of_one_key_the_first_that_can_be_recorded_is(self):
        lost, good, again = self.batch(
            self.event("k", contract="SC-unknown"), self.event("k"), self.event("k")
        )
        self.assertEqual(
            (lost["status"], good["status"], again["status"]),
            ("refused", "ok", "already"),
        )

    def test_a_broken_contract_does_not_stop_the_others(self):
        broken = self.make_contract()
        charge_model = type(self.env["service.charge"])
        rate = charge_model._rate

        def fail_for_broken(model, usages, released=None):
            if broken in usages.contract_id:
                raise ZeroDivisionError
            return rate(model, usages, released)

        events = [self.event(f"k{number}") for number in range(3)]
        case = {"unit": "case", "quantity": 1, "contract": broken.name}
        events.insert(1, self.event("broken", **case))
        with (
            patch.object(charge_model, "_rate", fail_for_broken),
            mute_logger("odoo.addons.service_contract.models.service_usage_reported"),
        ):
            answers = self.batch(*events)
        self.assertEqual(
            [answer["status"] for answer in answers], ["ok", "refused", "ok", "ok"]
        )
        self.assertIn("could not be recorded", answers[1]["reason"])
        self.assertEqual(len(self.usages()), 3)

    def test_too_many_or_no_list(self):
        for events in ([{}] * 1001, {"a": 1}, "x", 5, None):
            with self.subTest(str(events)[:20]), self.assertRaises(ValidationError):
                self.api().api_report_usages(events)
        self.assertEqual(self.api().api_report_usages([]), {"results": []})

    def test_queries_do_not_grow_with_the_events(self):
        contract = self.make_contract([self.line_values("hours", 1000)])

        def count(name, size):
            events = [
                self.event(f"{name}{n}", contract=contract.name) for n in range(size)
            ]
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            answers = self.batch(*events)
            self.assertEqual({answer["status"] for answer in answers}, {"ok"})
            return self.cr.sql_log_count - before

        count("warm", 1)
        one, fifty = count("a", 1), count("b", 50)
        self.assertLessEqual(fifty, one)


@tagged("post_install", "-at_install")
class TestReading(ApiCommon):
    def test_balance(self):
        self.report()
        balance = self.api().api_get_balance(contract=self.contract.name)
        [line] = balance.pop("lines")
        self.assertEqual(
            balance,
            {
                "contract": self.contract.name,
                "state": "active",
                "currency": "EUR",
                "at": "2025-01-15T09:00:00Z",
            },
        )
        [lot] = line.pop("lots")
        self.assertEqual(lot["valid_from"], "2024-12-31T23:00:00Z")
        self.assertEqual(lot["valid_to"], "2025-01-31T23:00:00Z")
        self.assertEqual(lot["remaining"], "30600")
        text = line.pop("text")
        self.assertIn("1:30 of 10:00 h used", text)
        self.assertEqual(
            line,
            {
                "line_id": self.line.id,
                "name": "Line of 10 hours",
                "coverage": "hours",
                "unit": "second",
                "granted": "36000",
                "used": "5400",
                "reserved": "0",
                "remaining": "30600",
            },
        )

    def test_balance_of_an_amount_and_of_what_is_not_counted(self):
        contract = self.make_contract(
            [self.line_values("amount", 500), self.line_values("unlimited", 0)]
        )
        amount, unlimited = self.api().api_get_balance(contract=contract.name)["lines"]
        self.assertEqual((amount["unit"], amount["granted"]), ("amount", "500.00"))
        self.assertEqual((unlimited["unit"], unlimited["granted"]), (None, None))
        only = self.api().api_get_balance(line_id=unlimited["line_id"])["lines"]
        self.assertEqual(only, [unlimited])

    def test_balance_of_what_is_not_known(self):
        for values in ({}, {"contract": "SC-unknown"}, {"contract": 5}, {"ticket": ""}):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.api().api_get_balance(**values)

    def test_explain(self):
        answer = self.report(quantity=12)
        found = self.api().api_explain("crm-1")
        covered, billable = sorted(
            found["charges"], key=lambda charge: charge["kind"], reverse=True
        )
        self.assertEqual(found["usage"], answer["usage"])
        self.assertEqual((found["state"], found["withdrawn"]), ("settled", False))
        self.assertEqual((covered["kind"], covered["quantity"]), ("covered", "36000"))
        self.assertEqual(
            (billable["kind"], billable["quantity"], billable["amount"]),
            ("billable", "7200", "120.00"),
        )
        self.assertEqual(billable["billing"], "to_invoice")
        self.assertIn("drawn from the allotment", covered["why"][0])

    def test_explain_what_was_never_reported(self):
        for key in ("crm-9", "a\0b", 5, None, "x" * 100_000):
            with self.subTest(str(key)[:10]), self.assertRaises(MissingError):
                self.api().api_explain(key)
