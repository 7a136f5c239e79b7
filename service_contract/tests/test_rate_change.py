# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common_rates import RatesCommon

FEBRUARY = date(2025, 2, 1)


@tagged("post_install", "-at_install")
class TestRateChange(RatesCommon):
    """New prices from a day on."""

    def wizard(self, rules, **values):
        wizards = (
            self.env["service.rate.change"]
            .with_user(self.user_manager)
            .with_context(active_model=rules._name, active_ids=rules.ids)
        )
        return wizards.create(values)

    def prices(self, card=None):
        return [
            (rule.date_from, rule.date_to, rule.price)
            for rule in (card or self.card).rule_ids.sorted(
                lambda rule: rule.date_from or date.min
            )
        ]

    def test_index_all_prices_of_a_card(self):
        self.make_contract(rate_card_id=self.card.id)
        self.add_price(
            task_code_id=self.remote.id,
            price=99.99,
            overtime_price=150,
            rounding_scope="entry",
            rounding_step=0.25,
        )
        ended = self.add_price(
            task_code_id=self.onsite.id, date_to=date(2025, 1, 15), price=5
        )
        wizard = self.wizard(self.card, percent=2.5)
        self.assertEqual(wizard.date_from, FEBRUARY)
        self.assertNotIn(ended, wizard.line_ids.rule_id)
        self.assertEqual(wizard.line_ids.mapped("price"), [102.49, 82])
        action = wizard.action_apply()
        made = self.env["service.rate.rule"].search(action["domain"])
        self.assertEqual(sorted(made.mapped("price")), [82, 102.49])
        dearer = made.filtered("task_code_id")
        self.assertEqual(dearer.overtime_price, 153.75)
        self.assertEqual((dearer.rounding_scope, dearer.rounding_step), ("entry", 0.25))
        self.assertEqual(
            set(self.prices()),
            {
                (False, date(2025, 1, 31), 80),
                (FEBRUARY, False, 82),
                (False, date(2025, 1, 31), 99.99),
                (FEBRUARY, False, 102.49),
                (False, date(2025, 1, 15), 5),
            },
        )
        self.assertIn("2 new prices from", self.card.message_ids[0].body)

    def test_preview_can_be_written_over(self):
        self.add_price(task_code_id=self.remote.id, price=100)
        model = (
            self.env["service.rate.change"]
            .with_user(self.user_manager)
            .with_context(active_model="service.rate.card", active_ids=self.card.ids)
        )
        with Form(model) as form:
            form.percent = 10
            with form.line_ids.edit(1) as line:
                self.assertEqual(line.price, 88)
                line.price = 85
        form.record.action_apply()
        self.assertEqual(
            sorted(self.card.rule_ids.filtered("date_from").mapped("price")), [85, 110]
        )

    def test_what_does_not_change_is_left_alone(self):
        other = self.add_price(task_code_id=self.remote.id, price=100)
        wizard = self.wizard(self.card)
        with self.assertRaisesRegex(UserError, "No price changes"):
            wizard.action_apply()
        wizard.line_ids.filtered(lambda line: line.rule_id == other).price = 120
        wizard.action_apply()
        self.assertEqual(len(self.card.rule_ids), 3)

    def test_rounds_as_asked(self):
        wizard = self.wizard(self.card.rule_ids, percent=3.3, round_to=0.05)
        self.assertEqual(wizard.line_ids.price, 82.65)
        wizard.round_to = 0
        self.assertEqual(wizard.line_ids.price, 82.64)
        wizard.percent = -200
        self.assertEqual(wizard.line_ids.price, 0)

    def test_future_periods_only(self):
        rule = self.card.rule_ids
        with self.assertRaisesRegex(UserError, "tomorrow at the earliest"):
            self.wizard(rule, percent=1, date_from=date(2025, 1, 15)).action_apply()
        rule.date_from = FEBRUARY
        with self.assertRaisesRegex(UserError, "itself. Choose a later day"):
            self.wizard(rule, percent=1).action_apply()
        rule.write({"date_from": False, "date_to": date(2025, 1, 20)})
        with self.assertRaisesRegex(UserError, "already. Leave it out"):
            self.wizard(rule, percent=1).action_apply()

    def test_end_of_the_old_price_is_that_of_the_new_one(self):
        self.card.rule_ids.date_to = date(2025, 12, 31)
        self.wizard(self.card.rule_ids, percent=10).action_apply()
        self.assertEqual(
            self.prices(),
            [
                (False, date(2025, 1, 31), 80),
                (FEBRUARY, date(2025, 12, 31), 88),
            ],
        )

    def test_price_for_what_was_on_request(self):
        rule = self.add_price(task_code_id=self.remote.id, on_request=True, price=0)
        wizard = self.wizard(rule)
        wizard.line_ids.price = 140
        wizard.action_apply()
        new = self.card.rule_ids.filtered(lambda rule: rule.price == 140)
        self.assertFalse(new.on_request)

    def test_queries_do_not_grow_with_the_prices(self):
        def count(number):
            card = self.make_card(
                [
                    {"price": n + 1, "date_to": False, "task_code_id": task.id}
                    for n, task in enumerate(tasks[:number])
                ]
            )
            wizard = self.wizard(card, percent=10)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            wizard.action_apply()
            self.env.flush_all()
            return self.cr.sql_log_count - start

        tasks = self.remote.create(
            [{"code": f"T{number}", "name": "Task"} for number in range(30)]
        )
        count(3)
        self.assertLessEqual(count(30), count(3) + 5)
