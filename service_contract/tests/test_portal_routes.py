# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import re
import threading
from unittest.mock import patch

from lxml import html

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .portal_common import FOREIGN, OWN, SECRET, PortalCommon

# Every route that this addon defines or overrides, and how it is attacked below.
# A new route fails the first test until it is written down here.
READ = "read"  # answers a GET, changes nothing
WRITE = "write"  # takes a POST with a CSRF token only
ROUTES = {
    "/my/contracts": READ,
    "/my/contracts/page/<int:page>": READ,
    "/my/contracts/<int:contract_id>": READ,
    "/my/contracts/<int:contract_id>/draws": READ,
    "/my/contracts/<int:contract_id>/draws/page/<int:page>": READ,
    "/my/contracts/proof/<int:invoice_id>": READ,
    "/my/tickets": READ,
    "/my/tickets/page/<int:page>": READ,
    "/my/ticket/<int:ticket_id>": READ,
    "/my/ticket/<int:ticket_id>/<access_token>": READ,
    "/ticket/close": WRITE,
    "/submitted/ticket": WRITE,
    "/service/approval/<int:approval_id>": READ,
    "/service/approval/<int:approval_id>/decide": WRITE,
}
JUNK = ("0", "-1", "9" * 10, "9" * 30, "abc", "1.5", "é", "' OR 1=1 --")
WATCHED_TABLES = (
    "service_contract",
    "service_contract_line",
    "service_coverage_counter",
    "service_coverage_entry",
    "service_usage",
    "service_charge",
    "helpdesk_ticket",
    "account_move",
    "mail_message",
    "ir_attachment",
    "service_approval",
)


class RouteCommon(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign_contract._portal_ensure_token()
        cls.users = [
            cls.portal_owner,
            cls.portal_colleague,
            cls.portal_stranger,
            cls.user_internal,
            cls.user_other,
            None,
        ]

    def get_fingerprint(self):
        """Return a digest of each table that no attack may change."""
        self.env.flush_all()
        return {
            table: self.env.execute_query(
                SQL(
                    """
                    SELECT md5(string_agg(row::text, '' ORDER BY id))
                      FROM (SELECT id, to_jsonb(record) - 'access_token'
                              FROM %s AS record) AS row
                    """,
                    SQL.identifier(table),
                )
            )
            for table in WATCHED_TABLES
        }

    def assert_harmless(self, response, user, request):
        """No error of the server, nothing of others, no secret."""
        name = user.login if user else "public"
        self.assertLess(response.status_code, 500, (name, request))
        own = () if user in (self.portal_owner, self.portal_colleague) else OWN
        foreign = ("foreign-draft",) if user == self.portal_stranger else FOREIGN
        for text in (*own, *foreign, *SECRET, "own-draft"):
            self.assertNotIn(text, response.text, (name, request))


@tagged("post_install", "-at_install")
class TestPortalRoutes(RouteCommon):
    """Every route of the addon against everybody with everything."""

    def get_own_routes(self):
        """Return the urls whose handler is defined or overridden by this addon."""
        prefix = "odoo.addons.service_contract."
        urls = set()
        with patch.object(
            threading.current_thread(), "dbname", self.env.cr.dbname, create=True
        ):
            rules = self.env["ir.http"].routing_map().iter_rules()
        for rule in rules:
            method = rule.endpoint.func
            if any(
                cls.__module__.startswith(prefix) and method.__name__ in vars(cls)
                for cls in type(method.__self__).__mro__
            ):
                urls.add(rule.rule)
        return urls

    def expand(self, route):
        """Yield urls of a route: ids of records, their neighbours and junk."""
        if "_id>" in route:
            records = (
                self.contract,
                self.draft,
                self.foreign_contract,
                self.foreign_draft,
                self.ticket,
                self.foreign_ticket,
                self.invoice,
                self.foreign_invoice,
            )
            ids = {str(r.id + shift) for r in records for shift in (-1, 0, 1)}
            for value in (*sorted(ids), *JUNK):
                url = re.sub(
                    "<int:(contract|ticket|approval|invoice)_id>", value, route
                )
                url = url.replace("<access_token>", "x").replace("<int:page>", "2")
                yield url
        elif "<int:page>" in route:
            for value in JUNK:
                yield route.replace("<int:page>", value)
        else:
            yield route
            yield f"{route}?sortby=x&filterby=x&groupby=x&search=%00&search_in=x"
            yield f"{route}?date_begin=x&date_end=x&search='\"%25"

    def test_every_route_is_classified(self):
        """Write a new route down in ``ROUTES``: the tests below then attack it."""
        self.assertEqual(self.get_own_routes(), set(ROUTES))

    def test_reads_leak_nothing_and_change_nothing(self):
        before = self.get_fingerprint()
        for user in self.users:
            self.log_in(user)
            for route in (route for route, kind in ROUTES.items() if kind == READ):
                for url in self.expand(route):
                    self.assert_harmless(self.get(url), user, url)
        self.assertEqual(self.get_fingerprint(), before)

    def test_wrong_tokens_open_nothing(self):
        tokens = ("x", "é", "%00", self.contract._portal_ensure_token())
        self.ticket._portal_ensure_token()
        before = self.get_fingerprint()
        for user in (self.portal_owner, None):
            self.log_in(user)
            for token in tokens:
                contract_url = self.foreign_contract.access_url
                for url in (
                    f"{contract_url}?access_token={token}",
                    f"{contract_url}/draws?access_token={token}",
                    f"{self.foreign_draft.access_url}?access_token={token}",
                    f"/my/contracts/proof/{self.foreign_invoice.id}?access_token={token}",
                    f"/my/ticket/{self.foreign_ticket.id}/{token}",
                    f"/my/ticket/{self.foreign_ticket.id}?access_token={token}",
                ):
                    response = self.get(url)
                    self.assert_harmless(response, user, url)
                    self.assertIn(response.status_code, (303, 404), url)
        self.assertEqual(self.get_fingerprint(), before)

    def test_writes_need_a_post_with_a_token(self):
        data = {
            "ticket_id": self.ticket.id,
            "stage_id": self.stage_done.id,
            "subject": "forged",
            "description": "forged",
        }
        before = self.get_fingerprint()
        for user in self.users:
            self.log_in(user)
            for route in (route for route, kind in ROUTES.items() if kind == WRITE):
                route = route.replace("<int:approval_id>", "1")
                for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
                    response = self.url_open(
                        route, params=data, method=method, allow_redirects=False
                    )
                    self.assertEqual(response.status_code, 405, (method, route))
                with mute_logger("odoo.http"):
                    response = self.post(route, token=False, **data)
                self.assertIn(response.status_code, (303, 400), route)
                self.assert_harmless(response, user, route)
        self.assertEqual(self.get_fingerprint(), before)

    def test_writes_take_junk_without_a_change(self):
        before = self.get_fingerprint()
        for user in self.users:
            self.log_in(user)
            for junk in ("", "\0", *JUNK, str(self.foreign_draft.id + 1000)):
                for data in (
                    {"ticket_id": junk, "stage_id": self.stage_done.id},
                    {"ticket_id": junk, "stage_id": junk},
                ):
                    response = self.post("/ticket/close", **data)
                    self.assert_harmless(response, user, data)
                    self.assertIn(response.status_code, (303, 404), data)
                if not junk:
                    continue
                for name in ("category", "team"):
                    data = {"subject": "x", "description": "x", name: junk}
                    response = self.post("/submitted/ticket", **data)
                    self.assert_harmless(response, user, data)
                    self.assertIn(response.status_code, (303, 400), data)
        self.assertEqual(self.get_fingerprint(), before)


@tagged("post_install", "-at_install")
class TestTicketRoutes(RouteCommon):
    """Customers close and submit their own tickets, nobody else's."""

    def close(self, ticket=None, stage=None):
        ticket = ticket or self.ticket
        stage = stage or self.stage_done
        return self.post("/ticket/close", ticket_id=ticket.id, stage_id=stage.id)

    def assert_closed(self, ticket, is_closed=True):
        ticket.invalidate_recordset()
        self.assertEqual(ticket.stage_id.closed, is_closed)

    # === CLOSING === #

    def test_owner_and_colleague_close_their_tickets(self):
        for user in (self.portal_owner, self.portal_colleague):
            ticket = self.make_ticket().sudo()
            self.log_in(user)
            self.assert_redirects(self.close(ticket), f"/my/ticket/{ticket.id}")
            self.assert_closed(ticket)
            self.assertEqual(ticket.stage_id, self.stage_done)

    def test_stranger_gets_the_same_answer_as_for_nothing(self):
        self.log_in(self.portal_stranger)
        missing = self.env["helpdesk.ticket"].browse(self.foreign_ticket.id + 1000)
        answers = [self.close(ticket) for ticket in (self.ticket, missing)]
        self.assertEqual([answer.status_code for answer in answers], [404, 404])
        self.assertEqual(*(self.without_tokens(answer) for answer in answers))
        self.assert_closed(self.ticket, False)

    def test_customer_closes_over_required_steps_and_sees_none_of_them(self):
        task = self.env["service.task.code"].create(
            {
                "name": "Checked",
                "code": "CHECKED",
                "checklist_ids": [
                    Command.create({"name": "inside-step", "is_required": True})
                ],
            }
        )
        ticket = self.make_ticket(service_task_code_id=task.id).sudo()
        self.log_in(self.portal_owner)
        self.assert_redirects(self.close(ticket), f"/my/ticket/{ticket.id}")
        self.assert_closed(ticket)
        self.assertTrue(
            any("inside-step" in message.body for message in ticket.message_ids)
        )
        self.assertNotIn("inside-step", self.get(f"/my/ticket/{ticket.id}").text)

    def without_tokens(self, response):
        """Return what a visitor reads on a page."""
        return html.fromstring(response.content).find("body").text_content()

    def test_follower_of_another_company_reads_but_does_not_close(self):
        self.ticket.message_subscribe(self.portal_stranger.partner_id.ids)
        self.log_in(self.portal_stranger)
        page = self.get(f"/my/ticket/{self.ticket.id}")
        self.assertIn("own-ticket", page.text)
        self.assertNotIn("/ticket/close", page.text)
        self.close()
        self.assert_closed(self.ticket, False)

    def test_employee_without_rights_does_not_close(self):
        self.log_in(self.user_internal)
        self.assertEqual(self.close().status_code, 404)
        self.assert_closed(self.ticket, False)

    def test_public_is_asked_to_log_in(self):
        self.log_in(None)
        response = self.close()
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])
        self.assert_closed(self.ticket, False)

    def test_stage_must_be_offered(self):
        team = self.env["helpdesk.ticket.team"].create({"name": "Ovens"})
        other_team_stage = self.stage_done.copy(
            {"name": "Done by ovens", "team_ids": team.ids}
        )
        not_for_customers = self.stage_done.copy({"close_from_portal": False})
        other_company_stage = self.stage_done.copy(
            {"company_id": self.other_company.id}
        )
        self.log_in(self.portal_owner)
        for stage in (
            self.stage_progress,
            other_team_stage,
            not_for_customers,
            other_company_stage,
            self.stage_done.browse(10**6),
        ):
            response = self.close(stage=stage)
            self.assert_redirects(response, f"/my/ticket/{self.ticket.id}")
            self.assert_closed(self.ticket, False)
            page = self.get(f"/my/ticket/{self.ticket.id}")
            self.assertIn("The ticket was not closed", page.text)
        page = self.get(f"/my/ticket/{self.ticket.id}")
        self.assertNotIn("The ticket was not closed", page.text)

    def test_closed_ticket_stays_as_it_is(self):
        self.ticket.stage_id = self.stage_cancelled
        closed_at = self.ticket.closed_date
        self.log_in(self.portal_owner)
        self.close()
        self.assertEqual(self.ticket.stage_id, self.stage_cancelled)
        self.assertEqual(self.ticket.closed_date, closed_at)

    def test_button_of_the_page_closes(self):
        self.log_in(self.portal_owner)
        page = html.fromstring(self.get(f"/my/ticket/{self.ticket.id}").content)
        forms = page.xpath("//form[@action='/ticket/close']")
        self.assertTrue(forms)
        form = next(
            form for form in forms if form.fields["stage_id"] == str(self.stage_done.id)
        )
        self.assertEqual(form.method, "POST")
        self.url_open("/ticket/close", data=dict(form.fields))
        self.assert_closed(self.ticket)

    def test_case_of_a_ticket_closed_in_the_portal_is_drawn(self):
        line = self.line_values("cases", 5, draw_moment="resolve")
        # helpdesk_mgmt closes tickets by the clock on the wall, years after NOW.
        contract = self.make_contract([line], date_end=False).sudo()
        ticket = self.make_ticket(service_contract_line_id=contract.line_ids.id).sudo()
        self.assertEqual(sum(contract.counter_ids.mapped("drawn")), 0)
        self.log_in(self.portal_owner)
        self.close(ticket)
        self.assertEqual(sum(contract.counter_ids.mapped("drawn")), 1)

    # === SUBMITTING === #

    def test_owner_submits_a_ticket(self):
        self.log_in(self.portal_owner)
        category = self.env["helpdesk.ticket.category"].create(
            {"name": "Ovens", "company_id": self.company.id}
        )
        self.post(
            "/submitted/ticket",
            subject="The fridge hums",
            description="All night.",
            category=category.id,
        )
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "The fridge hums")])
        self.assertEqual(ticket.partner_id, self.contact)
        self.assertEqual(ticket.category_id, category)
        self.assertEqual(ticket.service_contract_id, self.contract)

    def test_submitting_nonsense_shows_the_form_again(self):
        hidden = self.env["helpdesk.ticket.category"].create(
            {"name": "Staff only", "show_in_portal": False}
        )
        self.log_in(self.portal_owner)
        count = self.env["helpdesk.ticket"].search_count([])
        for data, text in (
            ({"subject": "", "description": "x"}, "Give a subject"),
            ({"subject": "x"}, "Give a subject"),
            ({"subject": "x", "description": " "}, "Give a subject"),
            ({"subject": "a\0b", "description": "x"}, "can&#39;t be stored"),
            ({"subject": "x", "description": "x", "category": "9"}, "Choose one"),
            (
                {"subject": "x", "description": "x", "category": hidden.id},
                "Choose one",
            ),
            ({"subject": "x", "description": "x", "team": "junk"}, "Choose one"),
        ):
            response = self.post("/submitted/ticket", **data)
            self.assertEqual(response.status_code, 400, data)
            self.assertIn(text, response.text)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), count)
