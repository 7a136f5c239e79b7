# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, datetime

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY, ServiceContractCommon


@tagged("post_install", "-at_install")
class TestSale(ServiceContractCommon):
    """A salesperson without any contract rights sells service contracts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_sales = cls._make_user(
            "sc_sales", "sales_team.group_sale_salesman", cls.company.ids
        )
        cls.product.service_contract_template_id = cls.template_cases
        cls.gold = cls.env["product.product"].create(
            {
                "name": "Gold",
                "type": "service",
                "service_contract_template_id": cls.template_hours.id,
            }
        )
        cls.template_cases.company_id = cls.company

    def quote(self, *lines, **values):
        """Make a quotation of (product, values of the line)."""
        return (
            self.env["sale.order"]
            .with_user(self.user_sales)
            .with_context(allowed_company_ids=None)
            .create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [
                        Command.create({"product_id": product.id, **line})
                        for product, line in lines
                    ],
                    **values,
                }
            )
        )

    def sell(self, *lines, **values):
        order = self.quote(*lines, **values)
        order.action_confirm()
        return order, order.sudo().service_contract_ids

    def test_confirmed_quotation_makes_the_contract(self):
        order, contract = self.sell(
            (self.product, {"product_uom_qty": 3, "price_unit": 80, "discount": 10})
        )
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.template_id, self.template_cases)
        self.assertEqual(contract.partner_id, self.customer)
        self.assertEqual(contract.company_id, self.company)
        self.assertEqual(contract.user_id, self.user_sales)
        self.assertEqual((contract.date_start, contract.date_end.year), (TODAY, 2026))
        line = contract.line_ids
        self.assertRecordValues(
            line,
            [
                {
                    "quantity": 3,
                    "price_unit": 80,
                    "discount": 10,
                    "price_subtotal": 216,
                    "coverage_type": "cases",
                    "coverage_quantity": 5,
                }
            ],
        )
        self.assertEqual(line.name, order.order_line.name)

    def test_linked_both_ways(self):
        order, contract = self.sell((self.product, {}))
        self.assertEqual(contract.sale_order_id, order)
        self.assertEqual(contract.line_ids.sale_line_id, order.order_line)
        self.assertEqual(order.service_contract_count, 1)
        self.assertEqual(
            order.order_line.sudo().service_contract_line_ids, contract.line_ids
        )
        self.assertIn(order.name, " ".join(contract.message_ids.mapped("body")))

    def test_terms_of_the_quotation(self):
        pricelist = self.env["product.pricelist"].create(
            {"name": "Dollars", "currency_id": self.usd.id}
        )
        terms = self.env.ref("account.account_payment_term_30days")
        invoice_address = self.env["res.partner"].create(
            {"name": "Accounts", "parent_id": self.customer.id, "type": "invoice"}
        )
        _order, contract = self.sell(
            (self.product, {"price_unit": 90}),
            pricelist_id=pricelist.id,
            payment_term_id=terms.id,
            partner_invoice_id=invoice_address.id,
            client_order_ref="PO 4711",
            note="<p>No work on Mondays.</p>",
        )
        self.assertEqual(contract.pricelist_id, pricelist)
        self.assertEqual(contract.currency_id, self.usd)
        self.assertEqual(contract.line_ids.price_unit, 90)
        self.assertEqual(contract.payment_term_id, terms)
        self.assertEqual(contract.invoice_partner_id, invoice_address)
        self.assertEqual(contract.reference, "PO 4711")
        self.assertIn("No work on Mondays", contract.note)

    def test_starts_on_the_promised_day(self):
        _order, contract = self.sell(
            (self.product, {}), commitment_date=datetime(2025, 2, 28, 23, 30)
        )
        self.assertEqual(contract.date_start, date(2025, 3, 1))
        self.assertEqual(contract.state, "invoiced")

    def test_two_templates_make_two_contracts(self):
        order, contracts = self.sell((self.product, {}), (self.gold, {}))
        self.assertEqual(
            contracts.template_id, self.template_cases | self.template_hours
        )
        self.assertEqual(order.service_contract_count, 2)
        self.assertEqual(len(contracts.line_ids), 2)

    def test_other_lines_of_the_template_come_along(self):
        self.template_cases.line_ids = [
            Command.create(
                self.line_values(
                    "hours", 2, product_id=self.oven.id, billing_unit="never"
                )
            )
        ]
        _order, contract = self.sell((self.product, {"price_unit": 70}))
        self.assertEqual(contract.line_ids.mapped("price_unit"), [70, 100])
        self.assertEqual(contract.line_ids.mapped("coverage_type"), ["cases", "hours"])

    def test_ordinary_lines_are_invoiced_by_the_order_and_contracts_are_not(self):
        order, _contract = self.sell(
            (self.product, {"price_unit": 80}), (self.oven, {"price_unit": 900})
        )
        sold, oven = order.order_line
        self.assertEqual((sold.qty_to_invoice, oven.qty_to_invoice), (0, 1))
        self.assertEqual(
            (sold.invoice_status, oven.invoice_status), ("no", "to invoice")
        )
        self.assertEqual(sold.untaxed_amount_to_invoice, 0)
        self.assertEqual(sold.amount_to_invoice, 0)
        invoice = order.sudo()._create_invoices()
        self.assertEqual(invoice.invoice_line_ids.product_id, self.oven)
        self.assertEqual(order.invoice_status, "no")

    def test_order_of_contracts_only_has_nothing_to_invoice(self):
        order, _contract = self.sell((self.product, {}))
        self.assertEqual(order.invoice_status, "no")
        with self.assertRaises(UserError):
            order.sudo()._create_invoices()

    def test_confirmed_twice_makes_one_contract(self):
        order, contract = self.sell((self.product, {}))
        with self.assertRaises(UserError):
            order.action_confirm()
        order.sudo()._create_service_contracts()
        self.assertEqual(order.sudo().service_contract_ids, contract)

    def test_nothing_is_sold_by_a_line_without_quantity(self):
        _order, contracts = self.sell((self.product, {"product_uom_qty": 0}))
        self.assertFalse(contracts)

    def test_cancelled_order_cancels_its_unused_contract(self):
        order, contract = self.sell((self.product, {}))
        order._action_cancel()
        self.assertEqual(contract.state, "cancelled")
        self.assertIn(order.name, contract.cancel_reason)
        order.action_draft()
        order.action_confirm()
        again = order.sudo().service_contract_ids - contract
        self.assertEqual(again.state, "active")

    def test_order_is_not_cancelled_once_its_contract_is_used(self):
        order, contract = self.sell((self.product, {}))
        self.make_ticket()
        self.assertTrue(contract.charge_ids)
        with self.assertRaisesRegex(UserError, "in use"):
            order._action_cancel()
        contract.action_cancel(reason="Agreed with the customer")
        order._action_cancel()
        self.assertEqual(order.state, "cancel")

    def test_analytic_distribution_of_the_order(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        account = self.env["account.analytic.account"].create(
            {"name": "Kitchens", "plan_id": plan.id, "company_id": False}
        )
        distribution = {str(account.id): 100.0}
        _order, contract = self.sell(
            (self.product, {"analytic_distribution": distribution})
        )
        self.assertEqual(contract.line_ids.analytic_distribution, distribution)

    def test_analytic_distribution_of_the_template_stays_where_the_order_has_none(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        account = self.env["account.analytic.account"].create(
            {"name": "Kitchens", "plan_id": plan.id, "company_id": False}
        )
        distribution = {str(account.id): 100.0}
        self.template_cases.line_ids.analytic_distribution = distribution
        _order, contract = self.sell((self.product, {}))
        self.assertEqual(contract.line_ids.analytic_distribution, distribution)
