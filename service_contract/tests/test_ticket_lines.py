# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Lines that people choose, and the ways in which tickets come."""

from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_tickets import TicketsCommon


@tagged("post_install", "-at_install")
class TestChoice(TicketsCommon):
    """The agent may choose another line; both choices are kept."""

    def test_both_choices_are_kept(self):
        found, other = self.make_line(priority=1), self.make_line()
        ticket = self.make_ticket()
        self.assertFalse(ticket.service_line_is_manual)
        ticket.service_contract_line_id = other
        self.assertEqual(ticket.service_proposed_line_id, found)
        self.assertEqual(ticket.service_contract_line_id, other)
        self.assertTrue(ticket.service_line_is_manual)

    def test_choice_survives_another_lookup(self):
        found, other = self.make_line(priority=1), self.make_line()
        ticket = self.make_ticket(service_contract_line_id=other.id)
        ticket.category_id = self.category
        self.assertEqual(ticket.service_contract_line_id, other)
        self.assertEqual(ticket.service_proposed_line_id, found)
        ticket.action_find_contract_line()
        self.assertEqual(ticket.service_contract_line_id, found)

    def test_choice_of_no_contract_survives(self):
        self.make_line()
        ticket = self.make_ticket()
        ticket.service_contract_line_id = False
        ticket.category_id = self.category
        self.assertFalse(ticket.service_contract_line_id)

    def test_choice_does_not_survive_another_customer(self):
        self.make_line()
        other = self.make_line()
        of_stranger = self.make_line(contract={"partner_id": self.stranger.id})
        ticket = self.make_ticket(service_contract_line_id=other.id)
        ticket.partner_id = self.stranger
        self.assertEqual(ticket.service_contract_line_id, of_stranger)
        self.assertFalse(ticket.service_line_is_manual)

    def test_line_of_another_customer_is_refused(self):
        of_stranger = self.make_line(contract={"partner_id": self.stranger.id})
        ticket = self.make_ticket()
        with self.assertRaisesRegex(UserError, "another customer or company"):
            ticket.service_contract_line_id = of_stranger
        ticket.write(
            {
                "partner_id": self.stranger.id,
                "service_contract_line_id": of_stranger.id,
            }
        )
        self.assertEqual(ticket.service_contract_line_id, of_stranger)

    def test_line_of_another_company_is_refused(self):
        line = self.make_line(
            contract={"company_id": self.other_company.id, "user": self.user_other}
        )
        ticket = self.make_ticket()
        self.assertFalse(ticket.sudo().service_lookup)
        with self.assertRaisesRegex(UserError, "another customer or company"):
            ticket.sudo().service_contract_line_id = line.sudo()

    def test_ticket_that_moves_to_another_company(self):
        line = self.make_line("cases", 5)
        other = self.make_line(
            "cases",
            5,
            contract={"company_id": self.other_company.id, "user": self.user_other},
        )
        ticket = self.make_ticket().sudo()
        self.assertEqual(ticket.service_contract_line_id, line)
        ticket.company_id = self.other_company
        self.assertEqual(ticket.service_contract_line_id, other.sudo())
        self.assertEqual(line.sudo().counter_ids.drawn, 0)
        self.assertEqual(other.sudo().counter_ids.drawn, 1)
        usage = ticket.service_usage_ids.filtered(lambda usage: not usage.is_void)
        self.assertEqual(usage.company_id, self.other_company)

    def test_each_fact_looks_again(self):
        facts = {
            "site_id": (self.site.id, {"site_ids": [Command.set(self.site.ids)]}),
            "category_id": (
                self.category.id,
                {"category_ids": [Command.set(self.category.ids)]},
            ),
            "channel_id": (
                self.channel.id,
                {"channel_ids": [Command.set(self.channel.ids)]},
            ),
            "product_id": (
                self.oven.id,
                {"covered_item_ids": [Command.create({"product_id": self.oven.id})]},
            ),
        }
        for name, (value, terms) in facts.items():
            line = self.make_line(**terms)
            ticket = self.make_ticket()
            with self.subTest(name):
                self.assertFalse(ticket.service_contract_line_id)
                ticket[name] = value
                self.assertEqual(ticket.service_contract_line_id, line)
                ticket[name] = False
                self.assertFalse(ticket.service_contract_line_id)

    def test_contract_that_refuses_tickets(self):
        policy = {"ticket_policy": "refuse"}
        lines = {
            "is draft": self.make_line(contract={"confirm": False, **policy}),
            "is on hold": self.make_line(contract=policy),
            "is expired": self.make_line(
                contract={
                    "date_start": date(2024, 1, 1),
                    "date_end": date(2024, 12, 31),
                    **policy,
                }
            ),
        }
        lines["is on hold"].contract_id.action_hold()
        for message, line in lines.items():
            with self.subTest(message):
                with self.assertRaisesRegex(UserError, message):
                    self.make_ticket(service_contract_line_id=line.id)
                ticket = self.make_ticket()
                self.assertFalse(ticket.service_contract_line_id)
                with self.assertRaisesRegex(UserError, message):
                    ticket.service_contract_line_id = line

    def test_contract_that_accepts_and_warns(self):
        line = self.make_line("cases", 5)
        line.contract_id.action_hold()
        ticket = self.make_ticket(service_contract_line_id=line.id)
        self.assertEqual(ticket.service_contract_line_id, line)
        self.assertEqual(ticket.service_coverage_state, "on_hold")

    def test_used_up_line_refuses_by_hand_too(self):
        line = self.make_line("cases", 1, exhaustion_policy="block")
        ticket = self.make_ticket()
        other = self.make_ticket()
        with self.assertRaisesRegex(UserError, "is used up"):
            other.service_contract_line_id = line
        ticket.write({"service_contract_line_id": line.id})
        self.assertEqual(ticket.service_contract_line_id, line)


@tagged("post_install", "-at_install")
class TestDoors(TicketsCommon):
    """However a ticket comes in, by whoever, it is treated alike."""

    def test_by_mail(self):
        line = self.make_line("cases", 5)
        self.contact.email = "anna@aurora.example"
        message = (
            "From: Anna <anna@aurora.example>\n"
            "To: help@example.com\n"
            "Subject: The oven is cold\n"
            "Message-ID: <oven-1@aurora.example>\n"
            "Content-Type: text/plain\n\nSince this morning.\n"
        )
        thread = self.env["mail.thread"]
        ticket = self.env["helpdesk.ticket"].browse(
            thread.message_process("helpdesk.ticket", message)
        )
        self.assertEqual(ticket.partner_id, self.contact)
        self.assertEqual(ticket.service_contract_line_id, line.sudo())
        self.assertEqual(line.sudo().counter_ids.drawn, 1)

    def test_by_mail_of_somebody_unknown(self):
        message = (
            "From: Nobody <nobody@nowhere.example>\n"
            "To: help@example.com\n"
            "Subject: Hello\n"
            "Message-ID: <hello-1@nowhere.example>\n"
            "Content-Type: text/plain\n\nHello.\n"
        )
        thread = self.env["mail.thread"]
        ticket = self.env["helpdesk.ticket"].browse(
            thread.message_process("helpdesk.ticket", message)
        )
        self.assertFalse(ticket.service_contract_line_id)
        line = self.make_line("cases", 5)
        ticket.with_user(self.user_agent).partner_id = self.contact
        self.assertEqual(ticket.service_contract_line_id, line.sudo())

    def test_by_the_portal(self):
        """As the route of the portal does: with superuser rights of a portal user."""
        line = self.make_line("cases", 5)
        ticket = (
            self.env["helpdesk.ticket"]
            .with_user(self.portal_owner)
            .sudo()
            .create(
                {
                    "name": "The oven is cold",
                    "description": "<p>Since this morning.</p>",
                    "partner_id": self.contact.id,
                    "company_id": self.company.id,
                }
            )
        )
        self.assertEqual(ticket.service_contract_line_id, line.sudo())
        self.assertEqual(line.sudo().counter_ids.drawn, 1)

    def test_by_a_scheduled_action(self):
        line = self.make_line("cases", 5)
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Yearly check",
                "description": "<p>Every January.</p>",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(ticket.service_contract_line_id, line.sudo())

    def test_agent_needs_no_contract_rights(self):
        """From the first call to the closed ticket with its time."""
        line = self.make_line("hours", 10)
        ticket = self.make_ticket()
        self.log_time(ticket, 2)
        ticket.stage_id = self.stage_done
        ticket.with_context(tracking_disable=False).site_id = self.site
        self.assertEqual(ticket.service_coverage_state, "plenty")
        self.assertEqual(ticket.service_coverage_text, line.coverage_text)
        self.assertEqual(len(ticket.service_charge_ids), 2)
        self.assertEqual(ticket.total_hours, 2)

    def test_time_in_a_company_made_later(self):
        """A new company has a project for the time on its tickets."""
        company = self.env["res.company"].create({"name": "SC New"})
        self.assertEqual(company.service_project_id.company_id, company)
        self.assertTrue(company.service_project_id.allow_timesheets)
