# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The warranty of the covered item: before, after or instead of the contract."""

from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_drawdown import HOUR, DrawdownCommon
from .common_rates import RatesCommon


@tagged("post_install", "-at_install")
class TestWarranty(RatesCommon, DrawdownCommon):
    def make_line(self, rule, hours=1, until=date(2025, 1, 15), **item):
        return self.make_contract(
            [
                self.line_values(
                    "hours",
                    hours,
                    warranty_rule=rule,
                    covered_item_ids=[
                        Command.create(
                            {
                                "product_id": self.oven.id,
                                "date_warranty_end": until,
                                **item,
                            }
                        )
                    ],
                )
            ]
        ).line_ids

    def work(self, line, hours=1.5, **values):
        """Return kind and hours of what becomes of work on the oven."""
        ticket = self.make_ticket(
            service_contract_line_id=line.id,
            **{"product_id": self.oven.id, **values},
        )
        self.ticket = ticket
        self.entry = self.log_time(ticket, hours)
        return self.time(self.entry)

    def time(self, entry):
        charges = entry.sudo().service_usage_ids.charge_ids._get_standing()
        return [(c.kind, c.quantity / HOUR) for c in charges.sorted("id")]

    def test_customers_read_how_long_it_lasts(self):
        line = self.make_line("before", serial="OV-7")
        [text] = [text for label, text in line._get_portal_limits(None)]
        self.assertIn("[OV-7] (under warranty until 01/15/2025)", text)
        line = self.make_line("before", until=False, serial="OV-7")
        [text] = [text for label, text in line._get_portal_limits(None)]
        self.assertNotIn("warranty", text)

    def test_each_rule_with_and_without_a_valid_warranty(self):
        expired = [("covered", 1), ("billable", 0.5)]
        for rule, valid, not_included in (
            ("before", [("warranty", 1.5)], expired),
            ("after", [("covered", 1), ("warranty", 0.5)], expired),
            ("instead", [("warranty", 1.5)], [("billable", 1.5)]),
        ):
            with self.subTest(rule=rule):
                line = self.make_line(rule)
                self.assertEqual(self.work(line), valid)
                line = self.make_line(rule, until=date(2025, 1, 14))
                self.assertEqual(self.work(line), expired)
                line = self.make_line(rule, until=False)
                self.assertEqual(self.work(line), expired)
                line = self.make_line(rule, warranty_labour=False)
                self.assertEqual(self.work(line), not_included)

    def test_the_line_asks_before_by_itself(self):
        line = self.make_contract([self.line_values("hours", 1)]).line_ids
        self.assertEqual(line.warranty_rule, "before")
        with self.assertRaisesRegex(UserError, "agreed|change"):
            line.warranty_rule = "after"

    def test_item_is_matched_by_product_and_serial(self):
        line = self.make_line("before", serial="A-1")
        for values, kind in (
            ({"product_serial": "A-1"}, "warranty"),
            ({"product_id": False, "product_serial": "A-1"}, "warranty"),
            ({"product_serial": "A-2"}, "covered"),
            ({}, "covered"),
            ({"product_id": self.fridge.id, "product_serial": "A-1"}, "covered"),
        ):
            with self.subTest(values=values):
                self.assertEqual(self.work(line, 0.1, **values), [(kind, 0.1)])

    def test_item_that_is_named_later_counts(self):
        line = self.make_line("before")
        self.assertEqual(self.work(line, 1, product_id=False), [("covered", 1)])
        self.ticket.write({"product_id": self.oven.id})
        self.ticket.service_contract_line_id = line
        self.assertEqual(self.time(self.entry), [("warranty", 1)])
        self.assertEqual(self.drawn(line), 0)

    def test_parts_and_travel_by_what_is_included(self):
        line = self.make_line("before", warranty_parts=False, warranty_travel=True)
        self.work(line, 0.5)
        usage_model = self.env["service.usage"].sudo()
        for unit, task, kind in (
            ("minor", None, "billable"),
            ("piece", None, "to_approve"),
            ("metre", None, "warranty"),
            ("second", self.travel, "warranty"),
            ("visit", None, "warranty"),
        ):
            with self.subTest(unit=unit):
                usage = usage_model._capture(
                    [
                        {
                            **self.ticket.sudo()._prepare_service_usage(),
                            "source": "manual",
                            "external_key": f"{unit}-{kind}",
                            "unit": unit,
                            "quantity": 1000,
                            "event_at": "2025-01-15 10:00:00",
                            "task_code_id": task and task.id,
                        }
                    ]
                )
                self.assertEqual(usage.charge_ids.kind, kind)

    def test_no_query_for_each_usage(self):
        line = self.make_line("before", hours=100)
        self.work(line, 0.1)
        for _number in range(19):
            self.log_time(self.ticket, 0.1)
        usages = self.ticket.sudo().service_usage_ids
        usages = usages.browse(usages.ids)  # fetched together, as when they are rated
        lines = usages.contract_line_id

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            lines.covered_item_ids.mapped("product_id")
            before = self.env.cr.sql_log_count
            for usage in records:
                usage._get_warranty(date(2025, 1, 15))
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(usages), count(usages[:2]))
