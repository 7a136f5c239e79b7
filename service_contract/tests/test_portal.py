# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common import TODAY
from .portal_common import FOREIGN, SECRET, PortalCommon


@tagged("post_install", "-at_install")
class TestPortalContracts(PortalCommon):
    """Customers see their own company's contracts, and nothing else."""

    def assert_shows(self, response, *texts):
        self.assertEqual(response.status_code, 200)
        for text in texts:
            self.assertIn(text, response.text)
        for text in (*FOREIGN, *SECRET, "own-draft"):
            self.assertNotIn(text, response.text)

    # === WHO === #

    def test_owner_sees_the_contract(self):
        self.log_in(self.portal_owner)
        response = self.get(self.contract.access_url)
        self.assert_shows(
            response,
            self.contract.name,
            "own-reference",
            "Support hours",
            "10:00 h each month.",
            "3:30 of 10:00 h used, until 01/31/2025",
            "6:30 h left",
            "In force until 12/31/2025.",
            self.contract.user_id.name,
            "own-ticket",
            self.ticket.number,
            self.invoice.name,
            f"/my/invoices/{self.invoice.id}",
            f"/my/ticket/{self.ticket.id}",
        )

    def test_colleague_sees_the_contract(self):
        self.log_in(self.portal_colleague)
        self.assert_shows(self.get(self.contract.access_url), self.contract.name)
        self.assert_shows(self.get("/my/contracts"), self.contract.name)

    def test_stranger_gets_the_same_answer_as_for_nothing(self):
        self.log_in(self.portal_stranger)
        for contract_id in (self.contract.id, self.foreign_draft.id + 1000):
            for suffix in ("", "/draws"):
                response = self.get(f"/my/contracts/{contract_id}{suffix}")
                self.assert_redirects(response, "/my/contracts")
        self.assertNotIn("own-reference", self.get("/my/contracts").text)

    def test_public_is_asked_to_log_in(self):
        self.log_in(None)
        for url in (
            "/my/contracts",
            self.contract.access_url,
            f"{self.contract.access_url}/draws",
        ):
            response = self.get(url)
            self.assertEqual(response.status_code, 303)
            self.assertIn("/web/login?redirect=", response.headers["Location"])
            self.assertNotIn("own-reference", response.text)

    def test_employee_without_rights_sees_nothing(self):
        self.log_in(self.user_internal)
        self.assert_redirects(self.get("/my/contracts"), "/my")
        self.assert_redirects(self.get(self.contract.access_url), "/my/contracts")

    def test_employee_lists_no_customers_contracts(self):
        self.log_in(self.user_contract)
        self.assertNotIn("own-reference", self.get("/my/contracts").text)

    def test_draft_is_hidden(self):
        self.log_in(self.portal_owner)
        self.assert_redirects(self.get(self.draft.access_url), "/my/contracts")
        token = self.draft._portal_ensure_token()
        url = f"{self.draft.access_url}?access_token={token}"
        self.assert_redirects(self.get(url), "/my/contracts")

    def test_employee_gets_back_to_the_form(self):
        self.log_in(self.user_contract)
        page = self.get(self.contract.access_url)
        self.assertIn(f"/odoo/service-contracts/{self.contract.id}", page.text)
        self.log_in(self.portal_owner)
        self.assertNotIn("/odoo/", self.get(self.contract.access_url).text)

    # === TOKEN === #

    def test_sharing_a_draft_warns(self):
        contract = self.draft.with_user(self.user_contract)
        share = contract.env["portal.share"].with_context(
            active_model=contract._name, active_id=contract.id
        )
        self.user_contract.group_ids += self.env.ref("base.group_partner_manager")
        self.assertIn("once it is confirmed", share.create({}).access_warning)
        contract.action_confirm()
        self.assertFalse(share.create({}).access_warning)

    def test_token_opens_the_page_for_anybody(self):
        token = self.contract._portal_ensure_token()
        for user in (None, self.portal_stranger):
            self.log_in(user)
            for suffix in ("", "/draws"):
                response = self.get(
                    f"{self.contract.access_url}{suffix}?access_token={token}"
                )
                self.assertEqual(response.status_code, 200)
                self.assertIn(self.contract.name, response.text)

    def test_token_gives_no_links_and_no_amounts(self):
        token = self.contract._portal_ensure_token()
        self.log_in(None)
        response = self.get(f"{self.contract.access_url}?access_token={token}")
        self.assertIn("own-ticket", response.text)
        self.assertIn(self.invoice.name, response.text)
        self.assertNotIn(f"/my/ticket/{self.ticket.id}", response.text)
        self.assertNotIn(f"/my/invoices/{self.invoice.id}", response.text)
        self.assertNotIn("122.00", response.text)

    def test_wrong_token_opens_nothing(self):
        self.contract._portal_ensure_token()
        foreign = self.foreign_contract._portal_ensure_token()
        self.log_in(None)
        for token in (foreign, "x", "", "é", "%00", "x" * 5000):
            response = self.get(f"{self.contract.access_url}?access_token={token}")
            self.assertEqual(response.status_code, 303, token)

    # === WHAT === #

    def test_secrets_are_never_shown(self):
        courtesy = self.make_ticket(
            name="free of charge",
            no_decrement=True,
            no_decrement_reason="secret-courtesy",
        )
        self.assertTrue(courtesy.service_contract_id)
        self.contract.with_user(self.user_contract).action_hold(reason="secret-hold")
        values = self.contract._get_portal_values(self.portal_owner)
        self.assertNotIn("secret", str(values))
        self.log_in(self.portal_owner)
        response = self.get(self.contract.access_url)
        self.assert_shows(response, "On hold", "No service for the time being.")
        response = self.get(f"{self.contract.access_url}/draws")
        self.assert_shows(response, "Somebody decided that this draws nothing.")

    def test_draft_invoices_and_those_of_other_contracts_are_left_out(self):
        other = self.make_contract(reference="second-contract").sudo()
        other_invoice = self.make_invoice(other)
        draft = self.make_invoice(self.contract, post=False, ref="draft-invoice")
        values = self.contract._get_portal_values(self.portal_owner)
        self.assertEqual(
            [invoice["number"] for invoice in values["invoices"]], [self.invoice.name]
        )
        self.log_in(self.portal_owner)
        text = self.get(self.contract.access_url).text
        self.assertNotIn(f"/my/invoices/{draft.id}", text)
        self.assertNotIn(other_invoice.name, text)

    def test_invoice_of_another_payer_is_left_out(self):
        self.make_invoice(self.contract, partner_id=self.stranger.id)
        invoices = self.contract._get_portal_values(self.portal_owner)["invoices"]
        self.assertEqual(
            [invoice["number"] for invoice in invoices], [self.invoice.name]
        )

    def test_overage_shows_its_amount(self):
        self.log_time(self.ticket, 8, name="much work")
        draws = self.contract._get_portal_values(self.portal_owner)["draws"]
        self.assertEqual(
            [(d["quantity"], d["kind_text"], d["amount"]) for d in draws],
            [
                ("1:30 h", "Billed", "90.00\xa0€"),
                ("2:00 h", "Covered", ""),
                ("8:00 h", "Covered", ""),
            ],
        )

    def test_corrected_draws_are_left_out(self):
        sheet = self.ticket.timesheet_ids
        sheet.unit_amount = 2
        draws = self.contract._get_portal_values(self.portal_owner)["draws"]
        self.assertEqual([draw["quantity"] for draw in draws], ["2:00 h"])

    def test_case_on_a_line_of_hours_is_no_draw(self):
        self.make_ticket()
        self.assertEqual(self.contract._get_portal_draw_count(), 1)
        unlimited = self.make_contract(
            [self.line_values("unlimited", 0)], partner_id=self.stranger.id
        )
        self.make_ticket(self.stranger, service_contract_line_id=unlimited.line_ids.id)
        self.assertEqual(unlimited.sudo()._get_portal_draw_count(), 1)

    def test_past_periods_are_kept(self):
        later = self.at(self.contract, "2025-03-10 09:00:00")
        later.line_ids._open_lots(later._service_now())
        line = later._get_portal_values(self.portal_owner)["lines"][0]
        self.assertEqual(
            [(bar["from"], bar["text"]) for bar in line["past"]],
            [
                ("02/01/2025", "0:00 of 10:00 h used, until 02/28/2025"),
                ("01/01/2025", "3:30 of 10:00 h used, until 01/31/2025"),
            ],
        )
        self.assertEqual(len(line["bars"]), 1)

    def test_carried_units_belong_to_the_period_that_granted_them(self):
        line = self.line_values("hours", 10, rollover_policy="capped", rollover_cap=4)
        contract = self.make_contract([line]).sudo()
        later = self.at(contract, "2025-02-10 09:00:00")
        later.line_ids._open_lots(later._service_now())
        values = later._get_portal_values(self.portal_owner)["lines"][0]
        (past,) = values["past"]
        self.assertEqual(past["text"], "0:00 of 10:00 h used, until 01/31/2025")
        self.assertEqual(past["carried"], "4:00 h carried over")
        self.assertEqual(
            [(bar["left"], bar["is_carried"]) for bar in values["bars"]],
            [("10:00 h left", False), ("4:00 h left", True)],
        )

    def test_every_state_has_words(self):
        manager = self.contract.with_user(self.user_manager)
        cases = [
            (lambda: None, "Active", "In force until 12/31/2025."),
            (
                lambda: manager.action_cancel("2025-06-01", "moves"),
                "Active",
                "In force until 05/31/2025.",
            ),
            (
                lambda: manager.action_hold(TODAY, TODAY + timedelta(days=7)),
                "On hold",
                "No service until it resumes on 01/22/2025.",
            ),
        ]
        for act, label, text in cases:
            act()
            header = self.contract._get_portal_header()
            self.assertEqual(header["state_label"], label)
            self.assertEqual(header["state_text"], text)
        future = (
            self.make_contract(date_start="2025-02-01", date_end=False)
            .sudo()
            ._get_portal_header()
        )
        self.assertEqual(future["state_label"], "Not started")
        self.assertEqual(future["state_text"], "Service starts on 02/01/2025.")
        self.assertEqual(future["date_end"], "open end")
        past = (
            self.make_contract(date_start="2024-01-01", date_end="2024-12-31")
            .sudo()
            ._get_portal_header()
        )
        self.assertEqual(past["state_text"], "Ended on 12/31/2024.")

    def test_bar_says_what_it_shows(self):
        self.log_in(self.portal_owner)
        page = html.fromstring(self.get(self.contract.access_url).content)
        (bar,) = page.xpath("//*[@role='progressbar']")
        self.assertEqual(bar.get("aria-valuenow"), "35")
        self.assertEqual(bar.get("aria-valuemax"), "100")
        self.assertEqual(bar.get("aria-label"), "Support hours")
        self.assertIn("3:30 of 10:00 h used", bar.get("aria-valuetext"))

    def test_contract_without_anything_says_so(self):
        empty = self.make_contract([self.line_values("unlimited", 0)])
        self.log_in(self.portal_owner)
        self.assert_shows(
            self.get(empty.access_url),
            "Service without a limit.",
            "Nothing was used yet.",
            "No ticket was opened on this contract yet.",
            "Nothing was invoiced yet.",
        )

    # === SCALE === #

    def test_queries_do_not_grow_with_draws_and_tickets(self):
        def count_queries():
            self.env.flush_all()
            self.env.invalidate_all()
            contract = self.env["service.contract"].sudo().browse(self.contract.id)
            before = self.env.cr.sql_log_count
            contract._get_portal_values(self.portal_owner)
            return self.env.cr.sql_log_count - before

        self.make_draws(4)
        count_queries()
        few = count_queries()
        self.make_draws(45)
        self.assertEqual(count_queries(), few)

    def make_draws(self, count):
        tickets = (
            self.env["helpdesk.ticket"]
            .sudo()
            .create(
                [
                    {
                        "name": f"Ticket {number}",
                        "description": "<p>cold</p>",
                        "partner_id": self.contact.id,
                        "company_id": self.company.id,
                    }
                    for number in range(count)
                ]
            )
        )
        for ticket in tickets:
            self.log_time(ticket, 0.5)

    def test_long_lists_are_cut_and_paged(self):
        self.make_draws(55)
        values = self.contract._get_portal_values(self.portal_owner)
        self.assertEqual(len(values["draws"]), 20)
        self.assertEqual(len(values["tickets"]), 20)
        self.assertEqual(values["draw_count"], 56)
        self.log_in(self.portal_owner)
        url = f"{self.contract.access_url}/draws"
        self.assertIn(f'href="{url}"', self.get(self.contract.access_url).text)
        self.assertEqual(self.get(url).text.count("list-group-item"), 50)
        self.assertEqual(self.get(f"{url}/page/2").text.count("list-group-item"), 6)
        self.assertEqual(self.get(f"{url}/page/9").status_code, 200)

    # === HOME AND LIST === #

    def test_home_counts_own_contracts_only(self):
        for user, count in (
            (self.portal_owner, 1),
            (self.portal_colleague, 1),
            (self.portal_stranger, 1),
            (self.user_contract, 0),
            (self.user_internal, 0),
        ):
            self.log_in(user)
            counters = self.make_jsonrpc_request(
                "/my/counters", {"counters": ["service_contract_count"]}
            )
            self.assertEqual(counters["service_contract_count"], count, user.login)
        counters = self.make_jsonrpc_request("/my/counters", {"counters": []})
        self.assertNotIn("service_contract_count", counters)

    def test_home_has_the_card(self):
        self.log_in(self.portal_owner)
        self.assertIn('href="/my/contracts"', self.get("/my").text)

    def test_list_filters_and_searches(self):
        over = self.make_contract(
            date_start="2024-01-01", date_end="2024-12-31", reference="own-past"
        )
        self.log_in(self.portal_owner)
        own, past = self.contract.access_url, over.access_url
        for query, shown in (
            ("", {own, past}),
            ("?filterby=running", {own}),
            ("?filterby=over", {past}),
            ("?search=own-PAST", {past}),
            ("?search=own-past&search_in=number", set()),
            (f"?search={self.contract.name}&search_in=number", {own}),
            ("?search=own-past&search_in=reference", {past}),
            ("?search=foreign", set()),
        ):
            page = html.fromstring(self.get(f"/my/contracts{query}").content)
            links = set(page.xpath("//article//a/@href"))
            self.assertEqual(links, shown, query)
        self.assertIn("No contract matches.", self.get("/my/contracts?search=x").text)

    def test_list_sorts(self):
        first = self.make_contract(date_start="2024-06-01", reference="own-older")
        self.log_in(self.portal_owner)
        own, older = self.contract.access_url, first.access_url
        for sortby, order in (
            ("date", [own, older]),
            ("name", [own, older]),
            ("junk", [own, older]),
        ):
            page = html.fromstring(self.get(f"/my/contracts?sortby={sortby}").content)
            self.assertEqual(page.xpath("//article//a/@href"), order)

    def test_list_takes_junk(self):
        self.log_in(self.portal_owner)
        for query in (
            "sortby=junk",
            "sortby=name;drop table res_users",
            "filterby=junk",
            "search_in=junk&search=own",
            "search=%00",
            "search=own%00&search_in=%00",
            "search=" + "x" * 4000,
            "search='\"%25_\\",
            "groupby=junk&date_begin=junk&date_end=junk",
            "page=junk",
        ):
            response = self.get(f"/my/contracts?{query}")
            self.assertEqual(response.status_code, 200, query)
        for page in ("0", "-1", "99", "9" * 30):
            self.assertEqual(self.get(f"/my/contracts/page/{page}").status_code, 200)

    def test_customer_without_contract_is_told(self):
        partner = self.env["res.partner"].create({"name": "Cafe Costa"})
        user = self._make_user(
            "sc_newcomer", "base.group_portal", partner_id=partner.id
        )
        self.log_in(user)
        page = self.get("/my/contracts")
        self.assertIn("You have no service contract yet.", page.text)

    # === MESSAGES === #

    def test_customer_writes_on_the_own_contract_only(self):
        self.log_in(self.portal_owner)
        params = {
            "thread_model": "service.contract",
            "thread_id": self.contract.id,
            "post_data": {"body": "How many hours are left?"},
        }
        self.make_jsonrpc_request("/mail/message/post", params)
        self.assertIn("How many hours", self.contract.message_ids[0].body)
        params["thread_id"] = self.foreign_contract.id
        before = self.foreign_contract.message_ids
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request("/mail/message/post", params)
        self.assertEqual(self.foreign_contract.message_ids, before)

    # === PAST THE PAGES === #

    def test_customer_reads_contracts_only(self):
        contract = self.contract.with_user(self.portal_owner)
        self.assertEqual(contract.read(["name"])[0]["name"], contract.name)
        with self.assertRaises(AccessError):
            self.foreign_contract.with_user(self.portal_owner).read(["name"])
        with self.assertRaises(AccessError):
            contract.read(["cancel_reason"])
        for model in (
            "service.contract.line",
            "service.contract.hold",
            "service.contract.template",
            "service.coverage.counter",
            "service.coverage.entry",
            "service.usage",
            "service.charge",
        ):
            with self.assertRaises(AccessError, msg=model):
                self.env[model].with_user(self.portal_owner).search([])

    def test_customer_changes_no_contract(self):
        contract = self.contract.with_user(self.portal_owner)
        for act in (
            contract.action_hold,
            lambda: contract.action_cancel(reason="mine"),
            lambda: contract.write({"reference": "mine"}),
            contract.unlink,
        ):
            with self.assertRaises(AccessError):
                act()

    # === PHONE === #

    def test_page_fits_a_phone(self):
        self.contact.name = "Anna Aurora"  # Odoo's header must fit as well
        # 320: what is left of a desktop screen that is zoomed to 400 %.
        for self.browser_size in ("375x667", "320x568"):
            with self.subTest(size=self.browser_size):
                self.check_page_fits()

    def check_page_fits(self):
        self.browser_js(
            self.contract.access_url,
            """
            const wide = document.documentElement.scrollWidth - window.innerWidth;
            const taps = document.querySelectorAll("#wrap .o_service_contract_tap");
            const small = [...taps].filter((tap) => tap.offsetHeight < 44);
            if (wide > 0) {
                console.error(`The page is ${wide} px too wide.`);
            } else if (small.length) {
                console.error(`Too small to tap: ${small[0].outerHTML}`);
            } else {
                console.log("test successful");
            }
            """,
            ready="document.querySelector('.o_service_contract_bar') !== null",
            login=self.portal_owner.login,
        )
