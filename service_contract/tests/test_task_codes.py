# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_rates import RatesCommon


@tagged("post_install", "-at_install")
class TestTaskCodes(RatesCommon):
    """The library of work, and the contract lines that name it."""

    def test_is_named_by_code_and_name(self):
        self.assertEqual(self.remote.display_name, "[REMOTE] Remote support")
        found = self.env["service.task.code"].name_search("remote sup")
        self.assertEqual([id_ for id_, _name in found], self.remote.ids)

    def test_code_is_unique_in_a_company(self):
        values = {"name": "Again", "code": "REMOTE"}
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.remote.create(values)
        for company in (self.company, self.other_company):
            self.remote.create({**values, "company_id": company.id})

    def test_copy_has_its_own_code_and_the_checklist(self):
        self.remote.checklist_ids = [
            Command.create({"name": "Call back", "is_required": True})
        ]
        copy = self.remote.copy()
        self.assertEqual(copy.code, "REMOTE (copy)")
        self.assertEqual(copy.checklist_ids.mapped("name"), ["Call back"])

    def test_line_takes_scope_and_card_from_its_template_line(self):
        template = self.template_hours.line_ids
        template.write(
            {
                "task_included_ids": [Command.set(self.remote.ids)],
                "task_excluded_ids": [Command.set(self.onsite.ids)],
                "rate_card_id": self.card.id,
            }
        )
        contract = self.make_contract(
            template_id=self.template_hours.id, line_ids=False, confirm=False
        )
        contract = self.env["service.contract"].create(
            {
                "partner_id": self.customer.id,
                "template_id": self.template_hours.id,
                "company_id": self.company.id,
                "currency_id": self.eur.id,
            }
        )
        line = contract.line_ids
        self.assertEqual(line.task_included_ids, self.remote)
        self.assertEqual(line.task_excluded_ids, self.onsite)
        self.assertEqual(line.rate_card_id, self.card)

    def test_contract_takes_the_card_of_its_template(self):
        self.template_hours.rate_card_id = self.card
        with Form(self.env["service.contract"]) as form:
            form.partner_id = self.customer
            form.template_id = self.template_hours
        contract = form.save()
        self.assertEqual(contract.rate_card_id, self.card)
        self.assertEqual(contract.line_ids._get_rate_card(), self.card)

    def test_scope_and_card_are_locked_once_agreed(self):
        contract = self.make_contract()
        for values in (
            {"task_included_ids": [Command.set(self.remote.ids)]},
            {"task_excluded_ids": [Command.set(self.remote.ids)]},
            {"rate_card_id": self.card.id},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "locked"):
                contract.line_ids.write(values)
        with self.assertRaisesRegex(UserError, "locked: Rate Card"):
            contract.rate_card_id = self.card

    def test_card_of_the_line_outweighs_that_of_the_contract(self):
        contract = self.make_contract(confirm=False, rate_card_id=self.card.id)
        line = contract.line_ids
        self.assertEqual(line._get_rate_card(), self.card)
        line.rate_card_id = self.make_card()
        self.assertEqual(line._get_rate_card(), line.rate_card_id)

    def test_of_another_company_is_refused(self):
        self.remote.company_id = self.other_company
        contract = self.make_contract(confirm=False)
        with self.assertRaises(UserError):
            contract.line_ids.task_included_ids = self.remote


@tagged("post_install", "-at_install")
class TestRoles(RatesCommon):
    """Who does what: read by all who log time, written by contract managers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee = cls.user_agent.employee_id
        cls.employee.write(
            {"service_role_id": cls.engineer.id, "service_level_id": cls.senior.id}
        )

    def test_agent_reads_roles_without_rights_over_employees(self):
        self.env.invalidate_all()
        agent = self.env["res.users"].browse(self.user_agent.id)
        employee = agent.with_user(agent).employee_id
        self.assertEqual(employee.service_role_id, self.engineer)
        self.assertEqual(employee.service_level_id, self.senior)
        found = employee.search([("service_role_id", "=", self.engineer.id)])
        self.assertEqual(found, employee)
        with self.assertRaises(AccessError):
            employee.service_role_id = False

    def test_manager_says_on_the_role_who_has_it(self):
        other = self.user_manager.employee_id
        role = self.engineer.with_user(self.user_manager)
        self.assertEqual(role.employee_ids.ids, self.employee.ids)
        role.employee_ids = [Command.set(other.ids)]
        self.assertEqual(other.service_role_id, self.engineer)
        self.assertFalse(self.employee.service_role_id)
        role.unlink()
        self.assertFalse(other.service_role_id)

    def test_agent_does_not(self):
        with self.assertRaises(AccessError):
            self.engineer.with_user(self.user_agent).employee_ids = [Command.clear()]
        self.assertEqual(self.employee.service_role_id, self.engineer)

    def test_portal_sees_no_zone_of_an_address(self):
        self.customer.service_travel_zone_id = self.zone
        partner = self.customer.with_user(self.portal_owner)
        with self.assertRaises(AccessError):
            partner.read(["service_travel_zone_id"])
