# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import TODAY, ServiceContractCommon
from .common_states import ContractStatesCommon


@tagged("post_install", "-at_install")
class TestContractRecord(ContractStatesCommon):
    """Numbers, copies, deletion, archive, branches."""

    def test_draft_is_deleted_by_a_manager(self):
        contract = self.make_in_state("draft").with_user(self.user_manager)
        contract.unlink()
        self.assertFalse(contract.exists())

    def test_contract_in_force_is_not_deleted(self):
        for state in ("invoiced", "active", "on_hold", "expired"):
            contract = self.make_in_state(state).with_user(self.user_manager)
            with self.subTest(state), self.assertRaises(UserError):
                contract.unlink()

    def test_contract_with_charges_is_not_deleted(self):
        contract = self.make_in_state("active")
        self.make_ticket()
        contract.action_cancel(reason="Moved away")
        with self.assertRaisesRegex(UserError, "carries charges"):
            contract.with_user(self.user_manager).unlink()

    def test_contract_with_a_ledger_is_not_deleted(self):
        """Nothing was drawn, but what was granted is on record."""
        contract = self.make_in_state("cancelled")
        with self.assertRaisesRegex(UserError, "archive it"):
            contract.with_user(self.user_manager).unlink()

    def test_contract_in_force_is_not_archived(self):
        for state in ("invoiced", "active", "on_hold"):
            contract = self.make_in_state(state)
            with self.subTest(state), self.assertRaisesRegex(UserError, "in force"):
                contract.action_archive()
        contract = self.make_in_state("expired")
        contract.action_archive()
        self.assertFalse(contract.active)

    def test_each_company_counts_its_own_contracts(self):
        """A sequence for each company is made with the company."""
        for company, prefix in ((self.company, "ROME"), (self.other_company, "OTHER")):
            sequence = self.env["ir.sequence"].search(
                [("code", "=", "service.contract"), ("company_id", "=", company.id)]
            )
            self.assertEqual(len(sequence), 1)
            # Numbers that other tests have drawn are not rolled back.
            sequence.write({"prefix": f"{prefix}/", "padding": 3, "number_next": 1})
        names = [self.make_contract(confirm=False).name for _number in range(2)]
        self.assertEqual(names, ["ROME/001", "ROME/002"])
        other = self.make_contract(
            confirm=False, user=self.user_other, company_id=self.other_company.id
        )
        self.assertEqual(other.name, "OTHER/001")

    def test_a_company_without_a_sequence_says_what_to_do(self):
        self.env["ir.sequence"].search([("code", "=", "service.contract")]).unlink()
        with self.assertRaisesRegex(UserError, "There is no sequence"):
            self.make_contract(confirm=False)

    @mute_logger("odoo.sql_db")
    def test_number_is_unique_in_the_company(self):
        contract = self.make_in_state("draft")
        with self.assertRaisesRegex(Exception, "service_contract_name_uniq"):
            self.make_contract(confirm=False, name=contract.name)
            self.env.flush_all()

    def test_copy_is_a_new_draft_from_today(self):
        original = self.make_contract(
            date_start=date(2024, 3, 1), date_end=date(2025, 2, 28)
        )
        original.line_ids.action_cancel_line("2025-02-01", "Sold the oven")
        copy = original.copy()
        self.assertEqual(copy.state, "draft")
        self.assertNotEqual(copy.name, original.name)
        self.assertEqual(copy.date_start, TODAY)
        self.assertEqual(copy.date_end, TODAY + timedelta(days=364))
        self.assertFalse(copy.date_cancelled or copy.confirmed_at)
        line = copy.line_ids
        self.assertEqual(line.date_start, TODAY)
        self.assertFalse(line.date_cancelled or line.cancel_reason or line.next_lot_at)
        self.assertEqual(line.price_unit, original.line_ids.price_unit)
        self.assertEqual(line.coverage_quantity, 5)
        copy.action_confirm()
        self.assertEqual(copy.state, "active")

    def test_dates_are_in_order(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "service_contract_dates_order"),
        ):
            self.make_contract(date_end=date(2024, 12, 31))

    def test_line_lies_within_its_contract(self):
        for start in (date(2024, 12, 31), date(2026, 1, 1)):
            with self.subTest(start), self.assertRaises(ValidationError):
                self.make_contract([self.line_values(date_start=start)])

    def test_contract_of_a_branch(self):
        """A branch uses the template of its company and has its own contracts."""
        self.template_cases.company_id = self.company
        contract = self.make_contract(
            template_id=self.template_cases.id, company_id=self.branch.id
        )
        self.assertEqual(contract.company_id, self.branch)
        self.assertEqual(contract.line_ids.company_id, self.branch)
        self.assertEqual(contract.state, "active")

    def test_template_of_another_company_is_refused(self):
        self.template_cases.company_id = self.other_company
        with self.assertRaises(UserError):
            self.make_contract(template_id=self.template_cases.id, confirm=False)


@tagged("post_install", "-at_install")
class TestContractFromTemplate(ServiceContractCommon):
    """A contract is made from its template in one step and keeps its own terms."""

    def test_lines_are_copied(self):
        template = self.template_hours
        template.line_ids.write(
            {
                "billing_unit": "quarter",
                "exhaustion_policy": "warn",
                "rollover_policy": "capped",
                "rollover_cap": 2,
                "category_ids": [
                    Command.create({"name": "Ovens"}),
                ],
                "covered_product_ids": [Command.set(self.oven.ids)],
                "analytic_distribution": False,
            }
        )
        contract = self.make_contract(template_id=template.id)
        line, model = contract.line_ids, template.line_ids
        for name in model._get_terms_fields():
            with self.subTest(name):
                self.assertEqual(line[name], model[name])
        self.assertEqual(line.covered_item_ids.product_id, self.oven)

    def test_later_changes_of_the_template_do_not_touch_contracts(self):
        contract = self.make_contract(template_id=self.template_cases.id)
        self.template_cases.line_ids.write({"price_unit": 1, "coverage_quantity": 1})
        self.assertEqual(contract.line_ids.price_unit, 100)
        self.assertEqual(contract.line_ids.coverage_quantity, 5)

    def test_analytic_distribution_is_copied(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        account = self.env["account.analytic.account"].create(
            {"name": "Kitchens", "plan_id": plan.id, "company_id": False}
        )
        distribution = {str(account.id): 100.0}
        self.template_cases.line_ids.analytic_distribution = distribution
        contract = self.make_contract(template_id=self.template_cases.id)
        self.assertEqual(contract.line_ids.analytic_distribution, distribution)

    def test_term_of_the_template(self):
        for unit, interval, end in (
            ("month", 6, date(2025, 6, 30)),
            ("year", 2, date(2026, 12, 31)),
            ("open", 1, False),
        ):
            with self.subTest(unit):
                self.template_cases.write(
                    {"term_unit": unit, "term_interval": interval}
                )
                contract = (
                    self.env["service.contract"]
                    .with_user(self.user_contract)
                    .create(
                        {
                            "partner_id": self.customer.id,
                            "template_id": self.template_cases.id,
                            "date_start": date(2025, 1, 1),
                        }
                    )
                )
                self.assertEqual(contract.date_end, end)

    def pricelist(self, price):
        return self.env["product.pricelist"].create(
            {
                "name": "Friends",
                "currency_id": self.eur.id,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "0_product_variant",
                            "product_id": self.product.id,
                            "compute_price": "fixed",
                            "fixed_price": price,
                        }
                    )
                ],
            }
        )

    def test_template_price_wins_over_the_pricelist(self):
        contract = self.make_contract(
            confirm=False,
            template_id=self.template_cases.id,
            pricelist_id=self.pricelist(33).id,
        )
        self.assertEqual(contract.line_ids.price_unit, 100)
        contract.line_ids.quantity = 3
        self.assertEqual(contract.line_ids.price_unit, 100)
        contract.pricelist_id = self.pricelist(44)
        self.assertEqual(contract.line_ids.price_unit, 100)

    def test_pricelist_price_where_the_template_says_so(self):
        self.template_cases.line_ids.use_pricelist = True
        contract = self.make_contract(
            confirm=False,
            template_id=self.template_cases.id,
            pricelist_id=self.pricelist(33).id,
        )
        self.assertEqual(contract.line_ids.price_unit, 33)
        contract.pricelist_id = self.pricelist(44)
        self.assertEqual(contract.line_ids.price_unit, 44)

    def test_form_keeps_the_template_price_in_any_order(self):
        """And the terms that the form does not show."""
        self.customer.with_company(
            self.company
        ).property_product_pricelist = self.pricelist(33)
        self.template_cases.line_ids.write(
            {
                "draw_moment": "resolve",
                "exhaustion_policy": "warn",
                "rollover_policy": "all",
                "proration": "whole",
            }
        )
        contracts = self.env["service.contract"].with_user(self.user_contract)
        for names in (("template_id", "partner_id"), ("partner_id", "template_id")):
            values = {
                "template_id": self.template_cases,
                "partner_id": self.customer,
            }
            with self.subTest(first=names[0]):
                form = Form(contracts)
                for name in names:
                    form[name] = values[name]
                form.date_start = date(2025, 1, 1)
                contract = form.save()
                self.assertEqual(len(contract.line_ids), 1)
                line, model = contract.line_ids, self.template_cases.line_ids
                for name in model._get_terms_fields():
                    self.assertEqual(line[name], model[name], name)

    def test_line_of_a_template_line_takes_the_terms_that_are_left_out(self):
        model = self.template_cases.line_ids
        model.write({"draw_moment": "resolve", "exhaustion_policy": "negative"})
        contract = self.make_contract(
            [
                {
                    "template_line_id": model.id,
                    "product_id": self.product.id,
                    "quantity": 2,
                }
            ]
        )
        line = contract.line_ids
        self.assertEqual(line.quantity, 2)
        self.assertEqual(line.draw_moment, "resolve")
        self.assertEqual(line.exhaustion_policy, "negative")
        self.assertEqual(line.coverage_quantity, 5)
