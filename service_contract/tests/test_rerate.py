# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common_approval_quote import QuoteCommon
from .common_drawdown import DrawdownCommon
from .test_topup import TopupCommon


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

    def test_period_that_ends_far_away(self):
        form = self.compare(self.make_template(), date_to=date(9999, 12, 31))
        self.assertFalse(form.save().line_ids)
        self.assertIn("ten years", form.note)

    def test_all_that_was_ever_done(self):
        form = self.compare(self.make_template(), date_from=date(1, 1, 1))
        self.assertEqual(self.amounts(form.save())[1], (120, 40))


@tagged("post_install", "-at_install")
class TestRerateSameTerms(QuoteCommon):
    """On the same terms it would have cost the same, whatever was decided."""

    def new_line(self, policy="warn", hours=10):
        self.contract = self.make_contract(
            [
                self.line_values(
                    "hours",
                    hours,
                    exhaustion_policy=policy,
                    overage_price=60,
                    task_excluded_ids=[Command.set(self.extra.ids)],
                )
            ],
            has_extra_work=True,
        ).sudo()
        self.line = self.contract.line_ids
        self.ticket = self.make_ticket(service_contract_line_id=self.line.id)

    def compare(self, **values):
        """Return (as it was, other) of what is billed, waits and is given away, and
        the wizard."""
        names = (
            "product_id",
            "name",
            "price_unit",
            "coverage_type",
            "coverage_quantity",
            "exhaustion_policy",
            "overage_price",
            "task_excluded_ids",
        )
        line = self.line._convert_to_write({name: self.line[name] for name in names})
        template = self.env["service.contract.template"].create(
            {"name": "Same", "line_ids": [Command.create({**line, **values})]}
        )
        wizard = (
            self.env["service.contract.rerate"]
            .with_user(self.user_manager)
            .with_context(allowed_company_ids=None)
            .create(
                {
                    "contract_id": self.contract.id,
                    "template_id": template.id,
                    "date_from": date(2025, 1, 1),
                    "date_to": date(2025, 1, 31),
                }
            )
        )
        rows = [(line.actual_amount, line.other_amount) for line in wizard.line_ids]
        return rows[1:], wizard

    def open_charges(self, usage):
        return usage.charge_ids._get_standing().filtered(
            lambda charge: charge.kind in ("billable", "to_approve")
        )

    def sign(self):
        self.planned(3, user=self.user_head, price_unit=80).action_confirm()
        self.work(3)

    def sign_less(self):
        self.planned(2, user=self.user_head, price_unit=80).action_confirm()
        self.open_charges(self.work(3))[-1:].with_user(self.user_manager).action_bill()

    def approve_price(self):
        self.use_up()
        charges = self.work(2, task=self.usual).charge_ids
        request = self.ask_by_hand(charges, "price", price=40)
        request.with_user(self.user_manager).action_approve()

    def bill(self):
        usage = self.work(12, task=self.usual)
        self.open_charges(usage).with_user(self.user_manager).action_bill()

    def waive(self):
        self.new_line("bill")
        usage = self.work(12, task=self.usual)
        self.open_charges(usage).with_user(self.user_manager).action_waive("Sorry")

    def go_over_quota(self):
        self.new_line("bill")
        self.line.with_user(self.user_manager).write(
            {
                "quota_ids": [
                    Command.create({"partner_id": self.customer.id, "percent": 30})
                ]
            }
        )
        usage = self.work(4, task=self.usual)
        self.open_charges(usage).with_user(self.user_manager).action_bill()

    def test_decisions_are_the_same(self):
        cases = {
            "sign": (240, 0, 0),
            "sign_less": (220, 0, 0),
            "approve_price": (80, 0, 0),
            "bill": (120, 0, 0),
            "waive": (0, 0, 120),
            "go_over_quota": (60, 0, 0),
        }
        for name, amounts in cases.items():
            with self.subTest(name):
                self.new_line()
                getattr(self, name)()
                rows, wizard = self.compare()
                self.assertEqual(rows, [(amount, amount) for amount in amounts])
                self.assertEqual(wizard.difference, 0)

    def test_what_was_signed_is_paid_on_all_terms(self):
        self.sign()
        rows, wizard = self.compare(coverage_type="unlimited", task_excluded_ids=False)
        self.assertEqual(rows, [(240, 240), (0, 0), (0, 0)])
        self.assertIn("Signed quotations", wizard.note)

    def test_decisions_count_for_what_is_not_covered(self):
        self.bill()
        rows, wizard = self.compare(coverage_quantity=11)
        self.assertEqual(rows, [(120, 60), (0, 0), (0, 0)])
        self.assertIn("decided by hand", wizard.note)


@tagged("post_install", "-at_install")
class TestRerateTopups(TopupCommon):
    def test_what_is_left_out_is_told(self):
        line = self.make_line()
        wizard = self.env["service.contract.rerate"].new(
            {
                "contract_id": line.contract_id.id,
                "date_from": date(2025, 1, 1),
                "date_to": date(2025, 1, 31),
            }
        )
        self.assertFalse(wizard.note)
        self.order(line).action_post()
        wizard.invalidate_recordset(["note"])
        self.assertIn("Top-ups", wizard.note)
