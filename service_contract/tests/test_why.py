# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Why is this billable? And what waits for a price."""

from ast import literal_eval
from types import SimpleNamespace

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval
from odoo.tools.translate import code_translations

from .common_drawdown import HOUR, DrawdownCommon
from .common_rates import RatesCommon


@tagged("post_install", "-at_install")
class TestWhy(RatesCommon, DrawdownCommon):
    def setUp(self):
        super().setUp()
        self.line = self.make_contract(
            [self.line_values("hours", 1, rate_card_id=self.card.id)]
        ).line_ids
        self.ticket = self.make_ticket()
        self.entry = self.log_time(self.ticket, 1.5)
        self.charges = self.entry.sudo().service_usage_ids.charge_ids
        self.billable = self.charges.filtered(lambda c: c.kind == "billable")

    def why(self, record, user):
        action = record.with_user(user).action_view_service_why()
        wizard = self.env[action["res_model"]].with_user(user)
        return wizard.browse(action["res_id"]).html

    def test_nothing_is_told_of_nothing(self):
        wizards = self.env["service.charge.why"].with_user(self.user_internal)
        self.assertNotIn("<li", wizards.create({}).html or "")

    def test_time_ticket_and_charge_tell_every_rule(self):
        for record, user in (
            (self.entry, self.user_agent),
            (self.ticket, self.user_agent),
            (self.billable, self.user_billing),
        ):
            with self.subTest(record=record._name):
                html = self.why(record, user)
                for text in (
                    "The contract was agreed.",
                    "An allotment was valid at that time.",
                    "The allotment valid at that time is used up.",
                    "Passed:",
                    "Not met:",
                ):
                    self.assertIn(text, html)
        html = self.why(self.ticket, self.user_agent)
        self.assertIn("Next work", html)
        self.assertEqual(html.count("used up"), 2, "Of the time, and of the next hour.")

    def test_button_is_there_for_the_next_work_and_for_what_was_charged(self):
        self.assertFalse(self.has_button(self.make_ticket(self.stranger)))
        self.assertTrue(self.has_button(self.ticket))
        self.ticket.stage_id = self.stage_done
        self.assertTrue(self.has_button(self.ticket))

    def has_button(self, ticket):
        """Whether an agent sees the button on the ticket's form."""
        ticket = ticket.with_user(self.user_agent)
        ticket.invalidate_recordset()
        names = ("id", "service_verdict_state", "service_charge_count")
        values = {name: ticket[name] for name in names}
        arch = etree.fromstring(ticket.get_view(view_type="form")["arch"])
        (button,) = arch.xpath(
            "//button[@name='action_view_service_why'][not(ancestor::list)]"
        )
        conditions = button.xpath("ancestor-or-self::*/@invisible")
        return not any(safe_eval(condition, values) for condition in conditions)

    def test_invoice_line_tells_all_charges_behind_it(self):
        data = self.company_data[self.company]
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "journal_id": data["journal"].id,
                "invoice_line_ids": [
                    (0, 0, {"name": "Overage", "price_unit": 40.0}),
                    (0, 0, {"name": "Other", "price_unit": 1.0}),
                ],
            }
        )
        line, other = move.invoice_line_ids
        self.billable.write({"invoice_line_id": line.id, "billing_state": "invoiced"})
        self.assertTrue(line.service_has_charges)
        self.assertFalse(other.service_has_charges)
        html = self.why(line, self.env.user)
        self.assertIn("Billable", html)
        self.assertIn("used up", html)
        self.billable._free()

    def test_who_may_not_read_the_source_gets_no_answer(self):
        with self.assertRaises(AccessError):
            self.why(self.billable, self.user_internal)
        wizard = self.env["service.charge.why"].with_user(self.user_internal)
        with self.assertRaises(AccessError):
            wizard.create({"charge_id": self.billable.id})

    def test_rules_are_told_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        key = ("service_contract", "es_ES")
        self.patch(
            code_translations,
            "python_translations",
            {
                **code_translations.python_translations,
                key: {"The contract was agreed.": "El contrato fue acordado."},
            },
        )
        spanish = self.billable.with_context(lang="es_ES")
        self.assertIn(("El contrato fue acordado.", True), spanish._get_gates())
        self.assertIn(
            ("The contract was agreed.", True),
            self.billable.with_context(lang="en_US")._get_gates(),
        )

    def test_portal_shows_the_same_list(self):
        values = self.billable._get_portal_values({}, None)
        self.assertEqual(values["gates"], self.billable._get_gates())


@tagged("post_install", "-at_install")
class TestUnrated(RatesCommon, DrawdownCommon):
    def setUp(self):
        super().setUp()
        card = self.make_card([{"unit": "visit", "price": 50}])
        self.line = self.make_contract(
            [self.line_values("rates", 0, rate_card_id=card.id, overage_price=0.0)]
        ).line_ids
        self.unpriced = card
        self.ticket = self.make_ticket(service_contract_line_id=self.line.id)
        self.entries = self.log_time(self.ticket, 1) | self.log_time(self.ticket, 2)

    def inbox(self):
        domain = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_charge_action_unrated"
        )["domain"]
        charges = self.env["service.charge"].with_user(self.user_billing)
        return charges.search(
            [("contract_line_id", "=", self.line.id)]
        ).filtered_domain(literal_eval(domain))

    def test_contract_says_how_many(self):
        contract = self.line.contract_id.with_user(self.user_billing)
        other = self.make_contract([self.line_values("hours", 5)])
        self.assertEqual(contract.unrated_count, 2)
        self.assertEqual(other.unrated_count, 0)
        action = contract.action_view_unrated()
        charges = self.env["service.charge"].search(action["domain"])
        self.assertEqual(charges, self.inbox())
        self.unpriced.rule_ids.create(
            {"card_id": self.unpriced.id, "unit": "second", "price": 70}
        )
        self.inbox().action_rate_again()
        contract.invalidate_recordset()
        self.assertEqual(contract.unrated_count, 0)

    def test_no_price_is_not_told_as_nothing_to_pay(self):
        waiting = self.inbox()[0]
        self.assertIn("No rate found", waiting.why_html)
        self.assertNotIn("0.00", waiting.why_html)

    def test_form_tells_no_total_of_what_has_no_price(self):
        usage = self.inbox()[0].usage_id
        self.assertEqual(self.get_amounts(usage), [(False, "hold_reason == 'unrated'")])
        self.unpriced.rule_ids.create(
            {"card_id": self.unpriced.id, "unit": "second", "price": 70}
        )
        usage.charge_ids.action_rate_again()
        self.assertEqual(self.get_amounts(usage), [(True, "hold_reason == 'unrated'")])

    def get_amounts(self, usage):
        """Return the columns of amounts on a usage's form: (has a total, invisible)."""
        arch = etree.fromstring(usage.get_view(view_type="form")["arch"])
        parent = SimpleNamespace(is_unrated=usage.is_unrated)
        return [
            ("sum" in node.attrib, node.get("invisible"))
            for node in arch.xpath("//field[@name='charge_ids']/list/field")
            if node.get("name") == "amount"
            and not safe_eval(node.get("column_invisible"), {"parent": parent})
        ]

    def test_rated_again_once_there_is_a_price(self):
        waiting = self.inbox()
        self.assertEqual(sorted(waiting.mapped("quantity")), [HOUR, 2 * HOUR])
        self.unpriced.rule_ids.create(
            {"card_id": self.unpriced.id, "unit": "second", "price": 70}
        )
        waiting.action_rate_again()
        self.assertFalse(self.inbox())
        self.assertEqual(
            sorted(
                self.entries.sudo()
                .service_usage_ids.charge_ids._get_standing()
                .mapped("amount")
            ),
            [70, 140],
        )
        self.assertBooksAreRight()

    def test_decision_tells_what_led_to_it(self):
        waiting = self.inbox()[0]
        asked = [rule["code"] for rule in waiting.explanation]
        self.assertIn("no_price", asked)
        given = waiting.with_user(self.user_manager).action_waive("A gift")
        codes = [rule["code"] for rule in given.explanation]
        self.assertEqual(codes, [*asked, "decided"])
        self.assertIn("No rate card has a price", given.explanation_text)

    def test_what_was_decided_is_not_rated_again(self):
        waiting = self.inbox()
        given = waiting[0].with_user(self.user_manager).action_waive("A gift")
        with self.assertRaisesRegex(UserError, "Nothing to rate again"):
            given.with_user(self.user_billing).action_rate_again()

    def test_only_billing_rates_again(self):
        for user in (self.user_contract, self.user_agent):
            with self.assertRaises(AccessError):
                self.inbox().with_user(user).action_rate_again()
