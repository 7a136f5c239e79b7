# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .common_billing import BillingCommon


@tagged("post_install", "-at_install")
class TestMultiCompany(BillingCommon):
    """No row of one company points to a row of another, in any column of ours."""

    def relations(self):
        """Return (table, column, table of the target) of our many2one columns between
        tables that both have a company."""
        pairs = []
        for name, model in self.env.registry.items():
            if model._abstract or model._transient or not model._auto:
                continue
            for field in model._fields.values():
                is_ours = name.startswith("service.") or (
                    "service_contract" in (field._modules or ())
                )
                is_column = field.type == "many2one" and field.store
                if not is_ours or not is_column or field.company_dependent:
                    continue
                target = self.env[field.comodel_name]
                # People work for several companies, whichever they start in.
                if target._name in ("res.company", "res.users"):
                    continue
                if not self.has_company(target):
                    continue
                if self.has_company(self.env[name]):
                    pairs.append((model._table, field.name, target._table))
        return pairs

    def has_company(self, model):
        field = model._fields.get("company_id")
        return bool(field) and field.store and field.type == "many2one"

    def crossings(self):
        """Return what points from one company into another that is no parent of it."""
        self.env.flush_all()
        found = []
        for table, column, target in self.relations():
            self.cr.execute(
                SQL(
                    """
                    SELECT source.id, target.id
                      FROM %s AS source
                      JOIN %s AS target ON target.id = source.%s
                      JOIN res_company AS company ON company.id = source.company_id
                     WHERE target.company_id IS NOT NULL
                       AND POSITION(
                               '/' || target.company_id || '/'
                               IN '/' || company.parent_path
                           ) = 0
                    """,
                    SQL.identifier(table),
                    SQL.identifier(target),
                    SQL.identifier(column),
                )
            )
            found += [(table, column, *row) for row in self.cr.fetchall()]
        return found

    def live_through_a_month(self, company, user):
        """Make a contract, tickets, time and invoices in a company."""
        contract = self.make_contract(
            [
                self.line_values("cases", 1),
                self.line_values(
                    "hours",
                    1,
                    covered_item_ids=[Command.create({"product_id": self.oven.id})],
                ),
            ],
            user=user,
            company_id=company.id,
        )
        tickets = self.env["helpdesk.ticket"].create(
            [
                {
                    "name": "The oven is cold",
                    "description": "<p>Again.</p>",
                    "partner_id": self.contact.id,
                    "company_id": company.id,
                    "product_id": product,
                }
                for product in (False, False, self.oven.id)
            ]
        )
        self.assertEqual(tickets.service_contract_id, contract.sudo())
        employee = self.env["hr.employee"].create(
            {"name": "Remo", "company_id": company.id}
        )
        entries = self.env["account.analytic.line"]
        entries.with_context(allowed_company_ids=company.ids).create(
            {
                "name": "Warmed it up",
                "ticket_id": tickets[2].id,
                "unit_amount": 2,
                "date": "2025-01-15",
                "employee_id": employee.id,
            }
        )
        self.bill("2025-02-01", company=company, user=user)
        self.assertTrue(self.invoices_of(contract))
        return contract

    def test_relations_are_found(self):
        """The search itself works: it knows the columns, and sees a crossing."""
        relations = self.relations()
        for expected in (
            ("service_charge", "contract_line_id", "service_contract_line"),
            ("service_usage", "ticket_id", "helpdesk_ticket"),
            ("helpdesk_ticket", "service_contract_line_id", "service_contract_line"),
            ("service_contract", "template_id", "service_contract_template"),
            ("service_billing_period", "move_id", "account_move"),
            ("account_move_line", "service_contract_line_id", "service_contract_line"),
        ):
            self.assertIn(expected, relations)
        self.make_contract()
        ticket = self.make_ticket()
        self.assertEqual(self.crossings(), [])
        self.env.flush_all()
        self.cr.execute(
            "UPDATE helpdesk_ticket SET company_id = %s WHERE id = %s",
            [self.other_company.id, ticket.id],
        )
        crossed = {(table, column) for table, column, *_ids in self.crossings()}
        self.assertIn(("service_usage", "ticket_id"), crossed)

    def test_nothing_crosses(self):
        self.live_through_a_month(self.company, self.user_manager)
        self.live_through_a_month(self.branch, self.user_manager)
        self.live_through_a_month(self.other_company, self.user_other)
        self.assertEqual(self.crossings(), [])
        self.assertEqual(self.env["service.contract"]._check_invariants(), {})

    def test_other_companies_records_are_refused(self):
        theirs = {
            "journal_id": self.company_data[self.other_company]["journal"].id,
            "project_id": self.other_company.service_project_id.id,
        }
        for name, value in theirs.items():
            with self.subTest(name), self.assertRaises(UserError):
                self.make_contract(confirm=False, **{name: value})
        self.oven.company_id = self.other_company
        with self.assertRaises(UserError):
            self.make_contract([self.line_values(product_id=self.oven.id)])

    def test_branch_bills_with_the_books_of_its_company(self):
        contract = self.live_through_a_month(self.branch, self.user_manager)
        invoice = self.invoices_of(contract)
        self.assertEqual(invoice.company_id, self.branch)
        journal = self.company_data[self.company]["journal"]
        self.assertEqual(invoice.journal_id, journal)
        self.assertEqual(
            invoice.invoice_line_ids.account_id,
            self.company_data[self.company]["income"],
        )
