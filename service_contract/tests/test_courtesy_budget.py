# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import re
from datetime import date, datetime

from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import tagged

from .common_courtesy import CourtesyCommon

USER = "service_contract.service_contract_group_user"
BILLING = "service_contract.service_contract_group_billing"


@tagged("post_install", "-at_install")
class TestCourtesyBudget(CourtesyCommon):
    """What is given fits into each budget that speaks of it, or somebody else gives."""

    def setUp(self):
        super().setUp()
        self.line = self.make_line()
        self.contract = self.line.contract_id

    def make_budget(self, amount=100, **values):
        return (
            self.env["service.courtesy.budget"]
            .with_user(self.user_manager)
            .create(
                {
                    "name": "Goodwill",
                    "company_id": self.company.id,
                    "amount": amount,
                    "date_from": "2025-01-01",
                    **values,
                }
            )
        )

    def role(self, xmlid):
        return {"group_id": self.env.ref(xmlid).id}

    def assertRefused(self, message="Goodwill"):
        return self.assertRaisesRegex(UserError, message)

    # === CHECK === #

    def test_what_fits_is_granted_and_what_does_not_is_refused(self):
        budget = self.make_budget(100)
        self.make_courtesy(self.line, 60)
        with self.assertRefused(r"40\.00.* are left.* 60\.00.*Manager"):
            self.make_courtesy(self.line, 60)
        self.make_courtesy(self.line, 40)
        budget.invalidate_recordset()
        self.assertEqual((budget.used, budget.left, budget.used_percent), (100, 0, 100))

    def test_error_names_the_people_who_may(self):
        self.make_budget(10)
        with self.assertRefused(re.escape(self.user_manager.name)):
            self.make_courtesy(self.line, 60)

    def test_who_may_give_more_gives_more(self):
        budget = self.make_budget(100)
        self.make_courtesy(self.line, 150, user=self.user_manager)
        budget.invalidate_recordset()
        self.assertEqual(budget.left, -50)

    def test_without_a_budget_billing_gives_without_a_limit(self):
        self.assertEqual(self.make_courtesy(self.line, 100000).state, "granted")

    def test_budget_of_a_contract(self):
        self.make_budget(50, contract_id=self.contract.id)
        other = self.make_line()
        self.make_courtesy(other, 60)
        with self.assertRefused():
            self.make_courtesy(self.line, 60)
        self.make_courtesy(self.line, 50)

    def test_budget_of_a_role_lets_it_give(self):
        with self.assertRaises(AccessError):
            self.make_courtesy(self.line, 10, user=self.user_contract)
        self.make_budget(50, **self.role(USER))
        courtesy = self.make_courtesy(self.line, 50, user=self.user_contract)
        self.assertEqual(courtesy.approver_id, self.user_contract)
        with self.assertRefused():
            self.make_courtesy(self.line, 1, user=self.user_contract)

    def test_people_of_a_role_share_its_budget(self):
        self.make_budget(50, **self.role(BILLING))
        colleague = self._make_user("sc_billing_2", BILLING)
        self.make_courtesy(self.line, 40)
        with self.assertRefused():
            self.make_courtesy(self.line, 20, user=colleague)

    def test_budget_of_a_person(self):
        budget = self.make_budget(50, user_id=self.user_contract.id)
        self.make_courtesy(self.line, 500)
        self.make_courtesy(self.line, 50, user=self.user_contract)
        budget.invalidate_recordset()
        self.assertEqual(budget.used, 50)
        with self.assertRefused():
            self.make_courtesy(self.line, 1, user=self.user_contract)

    def test_all_budgets_that_speak_of_it_must_have_room(self):
        self.make_budget(1000)
        self.make_budget(50, name="Of the contract", contract_id=self.contract.id)
        with self.assertRefused("Of the contract"):
            self.make_courtesy(self.line, 60)

    def test_several_at_once_are_one_gift(self):
        self.make_budget(100)
        drafts = self.make_courtesy(self.line, 60, grant=False)
        drafts |= self.make_courtesy(self.line, 60, grant=False)
        with self.assertRefused(r"120\.00"):
            drafts.action_grant()
        self.assertEqual(drafts.mapped("state"), ["draft", "draft"])

    def test_hours_count_at_the_price_of_the_line(self):
        line = self.make_line("hours")
        budget = self.make_budget(100)
        with self.assertRefused():
            self.make_courtesy(line, 0, unit="second", quantity=2)
        self.make_courtesy(line, 0, unit="second", quantity=1.5)
        self.assertEqual(budget.used, 90)

    def test_waiving_counts_and_is_checked(self):
        line = self.make_line(exhaustion_policy="warn")
        budget = self.make_budget(100)
        usages = self.use(line) | self.use(line, day="2025-01-11")
        charges = self.standing(usages).with_user(self.user_billing)
        charges[0].action_waive("Sorry")
        budget.invalidate_recordset()
        self.assertEqual(budget.used, 60)
        with self.assertRaisesRegex(RedirectWarning, "40\\.00.* are left"):
            charges[1].action_waive("Sorry")
        charges[1].with_user(self.user_manager).action_waive("Sorry")

    def test_who_may_not_give_more_asks_who_may(self):
        """Whose budget is used up can't approve it to himself or to others either."""
        line = self.make_line(exhaustion_policy="warn")
        self.make_budget(50)
        charge = self.standing(self.use(line)).with_user(self.user_billing)
        with self.assertRaises(RedirectWarning) as caught:
            charge.action_waive("Sorry")
        _text, action, button, context = caught.exception.args
        self.assertEqual(
            (action, button),
            (
                self.env.ref("service_contract.service_approval_ask_action").id,
                "Ask for Approval",
            ),
        )
        asking = self.env["service.approval.ask"].with_user(self.user_billing)
        asking.with_context(**context).create({}).action_apply()
        request = self.env["service.approval"].search(
            [("usage_id", "=", charge.sudo().usage_id.id)]
        )
        self.assertEqual((request.asked, request.reason), ("courtesy", "Sorry"))
        colleague = self._make_user("sc_billing_2", BILLING)
        with self.assertRefused(r"50\.00.* are left.*Manager"):
            request.with_user(colleague).action_approve()
        request.with_user(self.user_manager).action_approve()
        given = self.standing(charge.sudo().usage_id)
        self.assertEqual(given.mapped("kind"), ["courtesy"])

    def test_what_is_not_decremented_counts(self):
        budget = self.make_budget(100)
        self.use(self.line, exempt_reason="A test call")
        budget.invalidate_recordset()
        self.assertEqual(budget.used, 60)

    def test_draws_of_a_credit_do_not_count_again(self):
        budget = self.make_budget(100)
        self.make_courtesy(self.line, 100)
        self.use(self.line)
        budget.invalidate_recordset()
        self.assertEqual(budget.used, 100)

    def test_what_comes_back_unused_counts_no_more(self):
        budget = self.make_budget(100)
        courtesy = self.make_courtesy(self.line, 100)
        self.use(self.line)
        courtesy.action_withdraw("They cancelled")
        budget.invalidate_recordset()
        self.assertEqual(budget.left, 40)

    # === PERIODS === #

    def test_each_quarter_has_its_own(self):
        budget = self.make_budget(100)
        self.make_courtesy(self.line, 100)
        later = datetime(2025, 4, 1, 12)
        self.assertEqual(self.at(budget, later).left, 100)
        draft = self.make_courtesy(self.line, 100, grant=False)
        self.at(draft, later).action_grant()
        budget.invalidate_recordset()
        self.assertEqual(self.at(budget, later).left, 0)
        self.assertEqual(draft.granted_on, date(2025, 4, 1))

    def test_budget_that_is_over_neither_limits_nor_allows(self):
        self.make_budget(10, date_from="2024-01-01", date_to="2024-12-31")
        self.make_courtesy(self.line, 100)
        self.make_budget(
            10, date_from="2024-01-01", date_to="2024-12-31", **self.role(USER)
        )
        with self.assertRaises(AccessError):
            self.make_courtesy(self.line, 1, user=self.user_contract)

    def test_other_currencies_are_converted(self):
        self.set_currency_rate(self.usd, 2.0)
        budget = self.make_budget(100)
        line = self.make_line(currency_id=self.usd.id)
        self.make_courtesy(line, 100)
        self.assertEqual(budget.used, 50)
        of_contract = self.make_budget(100, contract_id=line.contract_id.id)
        self.assertEqual(of_contract.currency_id, self.usd)
        self.assertEqual(of_contract.used, 100)

    def test_other_companies_do_not_count(self):
        budget = self.make_budget(100)
        theirs = self.make_line(company_id=self.branch.id)
        self.make_courtesy(theirs, 500)
        self.assertEqual(budget.used, 0)

    # === RULES === #

    def test_role_or_person_not_both(self):
        with self.assertRaises(ValidationError):
            self.make_budget(user_id=self.user_contract.id, **self.role(USER))

    def test_one_query_for_all_budgets(self):
        budgets = self.make_budget()
        self.use(self.line, exempt_reason="A test call")
        counts = []
        for _round in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            budgets.mapped("amount")
            before = self.cr.sql_log_count
            budgets._get_used({(budget, date(2025, 1, 15)) for budget in budgets})
            counts.append(self.cr.sql_log_count - before)
            for number in range(20):
                budgets |= self.make_budget(number, period="month")
        self.assertLessEqual(counts[1], counts[0])
