# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common_drawdown import DrawdownCommon


@tagged("post_install", "-at_install")
class TestRerate(DrawdownCommon):
    """What would it have cost on other terms?"""

    def setUp(self):
        super().setUp()
        self.contract = self.make_contract(
            [self.line_values("hours", 2, overage_price=60, price_unit=100)]
        )
        ticket = self.make_ticket()
        for hours in (1.5, 1.5, 1):
            self.log_time(ticket, hours)

    def make_template(self, **values):
        line = {
            "product_id": self.contract.line_ids.product_id.id,
            "name": "Gold",
            "price_unit": 180,
            "coverage_type": "hours",
            "coverage_quantity": 3.5,
            "exhaustion_policy": "bill",
            "overage_price": 80,
        }
        return self.env["service.contract.template"].create(
            {"name": "Gold", "line_ids": [Command.create({**line, **values})]}
        )

    def compare(self, template, **values):
        wizard = self.env["service.contract.rerate"].with_user(self.user_manager)
        form = Form(wizard.with_context(active_id=self.contract.id))
        form.date_from, form.date_to = date(2025, 1, 1), date(2025, 1, 31)
        for name, value in values.items():
            form[name] = value
        form.template_id = template
        return form

    def amounts(self, wizard):
        return [(line.actual_amount, line.other_amount) for line in wizard.line_ids]

    def test_gold(self):
        """2 of 4 hours were billed at 60; on Gold it had been half an hour at 80."""
        wizard = self.compare(self.make_template()).save()
        self.assertEqual(self.amounts(wizard)[:2], [(100, 180), (120, 40)])
        self.assertEqual(wizard.difference, 0)

    def test_nothing_is_posted(self):
        charges = self.contract.sudo().charge_ids
        before = charges.read(["kind", "amount", "is_reversed", "write_date"])
        self.compare(self.make_template(coverage_type="unlimited")).save()
        self.assertEqual(self.contract.sudo().charge_ids, charges)
        self.assertEqual(
            charges.read(["kind", "amount", "is_reversed", "write_date"]), before
        )

    def test_unlimited_and_all_at_rates(self):
        for coverage, billed in (("unlimited", 0), ("rates", 320)):
            with self.subTest(coverage):
                template = self.make_template(coverage_type=coverage)
                wizard = self.compare(template).save()
                self.assertEqual(self.amounts(wizard)[1], (120, billed))

    def test_other_days_count_for_nothing(self):
        form = self.compare(
            self.make_template(), date_from=date(2025, 3, 1), date_to=date(2025, 3, 31)
        )
        self.assertEqual(self.amounts(form.save())[1], (0, 0))

    def test_period_that_ends_before_it_begins(self):
        form = self.compare(self.make_template(), date_to=date(2024, 1, 1))
        self.assertFalse(form.save().line_ids)
        self.assertIn("ends before", form.note)
