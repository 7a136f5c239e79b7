# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from lxml import html

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common_billing import BillingCommon
from .common_reservation import ReservationCommon
from .portal_common import PortalCommon


class SharedCommon(ReservationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.env["res.partner"].create(
            {"name": "Pizzeria Alba", "is_company": True}
        )
        cls.sister_contact, cls.sister_site = cls.env["res.partner"].create(
            [
                {"name": "Ada Alba", "parent_id": cls.sister.id},
                {"name": "Terrace", "parent_id": cls.sister.id, "type": "delivery"},
            ]
        )

    @classmethod
    def make_shared(cls, coverage="cases", quantity=5, line=None, **values):
        """Make a contract of the customer that the sister company draws from."""
        return cls.make_contract(
            [cls.line_values(coverage, quantity, **(line or {}))],
            beneficiary_ids=[Command.set(cls.sister.ids)],
            **values,
        )


@tagged("post_install", "-at_install")
class TestSharedPools(SharedCommon):
    """A contract covers the tickets of the companies that it is shared with."""

    def test_ticket_of_a_beneficiary_draws_from_the_shared_lot(self):
        contract = self.make_shared()
        own, shared = self.make_ticket(), self.make_ticket(self.sister_contact)
        self.assertEqual((own | shared).service_contract_id, contract)
        self.assertEqual(self.balance(contract.line_ids), [(3, 0, 2)])
        usage = shared.sudo().service_usage_ids
        self.assertEqual(usage.partner_id, self.sister)
        self.assertEqual(usage.charge_ids.partner_id, self.customer)

    def test_the_agent_reads_who_shares_it(self):
        self.make_shared()
        shared = self.make_ticket(self.sister_contact)
        self.assertIn("Shared by Trattoria Aurora", shared.service_lookup_html)
        self.assertNotIn("Shared by", self.make_ticket().service_lookup_html)

    def test_own_contract_comes_before_a_shared_one(self):
        self.make_shared()
        own = self.make_contract(partner_id=self.sister.id)
        self.assertEqual(self.make_ticket(self.sister_contact).service_contract_id, own)

    def test_priority_of_the_line_comes_first(self):
        contract = self.make_shared(line={"priority": 1})
        self.make_contract(partner_id=self.sister.id)
        self.assertEqual(
            self.make_ticket(self.sister_contact).service_contract_id, contract
        )

    def test_contacts_and_sites_narrow_it_for_everybody(self):
        contract = self.make_shared(
            contact_ids=[Command.set((self.contact | self.sister_contact).ids)]
        )
        ticket = self.make_ticket(self.sister_contact)
        self.assertEqual(ticket.service_contract_id, contract)
        other = self.env["res.partner"].create(
            {"name": "Elio Alba", "parent_id": self.sister.id}
        )
        self.assertFalse(self.make_ticket(other).service_contract_id)

    def test_stranger_is_not_covered(self):
        contract = self.make_shared()
        stranger = self.portal_stranger.partner_id
        self.assertFalse(self.make_ticket(stranger).service_contract_id)
        with self.assertRaisesRegex(UserError, "shared with him"):
            self.make_ticket(stranger).service_contract_line_id = contract.line_ids

    def test_by_hand(self):
        contract = self.make_shared()
        self.make_contract(partner_id=self.sister.id)
        ticket = self.make_ticket(self.sister_contact)
        ticket.service_contract_line_id = contract.line_ids
        self.assertEqual(ticket.service_contract_id, contract)

    def test_another_company_of_ours_is_blocked(self):
        """A contract of one company covers no tickets of another."""
        contract = self.make_shared()
        ticket = self.make_ticket(
            self.sister_contact, user=self.user_other, company_id=self.other_company.id
        )
        self.assertFalse(ticket.service_contract_id)
        with self.assertRaises(UserError):
            ticket.sudo().service_contract_line_id = contract.line_ids

    def test_who_it_is_shared_with_is_agreed(self):
        contract = self.make_shared()
        with self.assertRaisesRegex(UserError, "locked: Shared With"):
            contract.beneficiary_ids = [Command.clear()]

    def test_beneficiaries_are_companies_as_a_whole(self):
        for partner, message in (
            (self.sister_contact, "with the company as a whole"),
            (self.customer, "needs no share"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self.make_contract(beneficiary_ids=[Command.set(partner.ids)])

    def test_visit_for_a_beneficiary_is_reserved(self):
        contract = self.make_shared("visits", 2)
        plan = self.plan(self.make_ticket(self.sister_contact))
        self.assertEqual(plan.partner_id, self.sister_contact)
        self.assertEqual(self.balance(contract.line_ids), [(1, 1, 0)])

    def test_queries_do_not_grow_with_the_tickets(self):
        def count_queries(tickets):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["service.contract.line"]._rank_for_tickets(tickets)
            return self.cr.sql_log_count - before

        self.make_shared()
        self.make_contract(partner_id=self.stranger.id)
        contacts = self.sister_contact | self.contact | self.portal_stranger.partner_id
        tickets = self.env["helpdesk.ticket"].union(
            *(self.make_ticket(contact) for contact in contacts for _n in range(10))
        )
        one = tickets[0].sudo()
        count_queries(one)
        self.assertLessEqual(count_queries(tickets.sudo()), count_queries(one) + 3)


@tagged("post_install", "-at_install")
class TestSharedBilling(SharedCommon, BillingCommon):
    def test_the_customer_gets_the_invoice(self):
        contract = self.make_shared("cases", 1, date_end="2025-01-31")
        self.make_ticket()
        self.make_ticket(self.sister_contact)
        run = self.env["service.billing.run"].create(
            {"company_id": self.company.id, "date": "2025-02-01"}
        )
        run.action_preview()
        run._process()
        moves = contract.sudo().charge_ids.invoice_line_id.move_id
        self.assertEqual(moves.partner_id, self.customer)
        self.assertEqual(
            [
                charge.usage_id.partner_id
                for charge in contract.sudo().charge_ids
                if charge.kind == "billable"
            ],
            [self.sister],
        )


@tagged("post_install", "-at_install")
class TestSharedPortal(SharedCommon, PortalCommon):
    """Who shares a contract sees the balance and the own draws, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal_sister = cls._make_user(
            "sc_sister", "base.group_portal", partner_id=cls.sister_contact.id
        )
        cls.shared = cls.make_shared(
            "hours",
            10,
            reference="shared-reference",
            line={"name": "Shared hours", "exhaustion_policy": "bill"},
            site_ids=[Command.set((cls.site | cls.sister_site).ids)],
        ).sudo()
        line = cls.shared.line_ids
        cls.owner_ticket = cls.make_ticket(
            name="owner-ticket", service_contract_line_id=line.id
        )
        cls.log_time(cls.owner_ticket, 3)
        cls.sister_ticket = cls.make_ticket(
            cls.sister_contact, name="sister-ticket", site_id=cls.sister_site.id
        )
        cls.log_time(cls.sister_ticket, 2)
        cls.shared_invoice = cls.make_invoice(cls.shared)
        cls.owner_words = (
            "shared-reference",
            "owner-ticket",
            cls.shared_invoice.name,
            "3:00 h",
            "Kitchen",
        )

    def page(self, user, suffix=""):
        self.log_in(user)
        return self.get(f"{self.shared.access_url}{suffix}")

    def test_beneficiary_sees_balance_and_own_draws(self):
        for suffix in ("", "/draws"):
            response = self.page(self.portal_sister, suffix)
            self.assertEqual(response.status_code, 200)
            for text in ("2:00 h", "sister-ticket"):
                self.assertIn(text, response.text)
            for text in self.owner_words:
                self.assertNotIn(text, response.text, suffix)
        page = self.page(self.portal_sister).text
        for text in ("5:00 of 10:00 h used", "Trattoria Aurora", "Terrace"):
            self.assertIn(text, page)
        for text in ("Invoices", "discussion", "access_token"):
            self.assertNotIn(f'"{text}', page)
        self.assertFalse(
            html.fromstring(page).xpath("//*[@id='service_contract_messages']")
        )

    def test_beneficiary_finds_it_in_the_list(self):
        self.log_in(self.portal_sister)
        text = self.get("/my/contracts").text
        self.assertIn(self.shared.name, text)
        self.assertNotIn("shared-reference", text)
        for search in ("shared-reference", "own-reference"):
            text = self.get(f"/my/contracts?search={search}&search_in=reference").text
            self.assertNotIn(f"/my/contracts/{self.shared.id}", text)

    def test_overage_of_a_beneficiary_shows_no_price(self):
        self.log_time(self.sister_ticket, 8)
        draws = self.shared._get_portal_values(self.portal_sister)["draws"]
        over = [draw for draw in draws if draw["kind"] == "billable"]
        self.assertEqual(
            [(draw["kind_text"], draw["amount"], draw["why"]) for draw in over],
            [("Beyond the allotment", "", [])],
        )

    def test_owner_sees_who_drew_but_not_their_tickets(self):
        response = self.page(self.portal_owner)
        for text in (
            "shared-reference",
            "owner-ticket",
            self.shared_invoice.name,
            "3:00 h",
            "2:00 h",
            "Drawn by",
            "Pizzeria Alba",
        ):
            self.assertIn(text, response.text)
        self.assertNotIn("sister-ticket", response.text)

    def test_strangers_and_the_public_see_nothing(self):
        for user in (self.portal_stranger, self.user_internal):
            for suffix in ("", "/draws"):
                self.assert_redirects(self.page(user, suffix), "/my/contracts")
        self.assertEqual(self.page(None).status_code, 303)
        self.log_in(self.portal_stranger)
        self.assertNotIn(self.shared.name, self.get("/my/contracts").text)

    def test_record_stays_closed_to_beneficiaries(self):
        shared = self.shared.with_user(self.portal_sister)
        self.assertFalse(shared.has_access("read"))
        self.assertFalse(shared.search([("id", "=", self.shared.id)]))

    def test_draft_and_other_company_are_hidden(self):
        draft = self.make_shared(confirm=False).sudo()
        theirs = self.make_shared(
            user=self.user_other, company_id=self.other_company.id
        ).sudo()
        self.log_in(self.portal_sister)
        for contract in (draft, theirs):
            self.assert_redirects(self.get(contract.access_url), "/my/contracts")

    def test_customer_sees_what_is_reserved(self):
        self.plan(self.sister_ticket, quantity=1.5)
        for user in (self.portal_owner, self.portal_sister):
            page = html.fromstring(self.page(user).content)
            (bar,) = page.xpath("//*[@role='progressbar']")
            self.assertIn("1:30 h reserved", bar.get("aria-valuetext"))
            self.assertEqual(
                [part.get("style") for part in bar.xpath("./div")],
                ["width: 50%", "width: 15%"],
            )
            self.assertIn("3:30 h available", page.text_content())
