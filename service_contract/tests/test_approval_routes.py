# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from unittest.mock import patch

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_approval import ApprovalCommon

EXPIRED_AT = "2025-01-25 09:00:00"


@tagged("post_install", "-at_install")
class TestApprovalRoutes(ApprovalCommon, HttpCase):
    """The page behind the links in the mail: who sees it, and who decides on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serve_as_of_now()

    def setUp(self):
        super().setUp()
        self.request = self.ask(1)
        self.env.flush_all()

    def url(self, request=None, path=""):
        return f"/service/approval/{(request or self.request).id}{path}"

    def log_in(self, user):
        self.authenticate(user and user.login, user and user.login)

    def get(self, url):
        return self.url_open(url, allow_redirects=False)

    def post(self, answer, token=True, request=None, **data):
        if token:
            data["csrf_token"] = http.Request.csrf_token(self)
        return self.url_open(
            self.url(request, "/decide"),
            data={"answer": answer, **data},
            method="POST",
            allow_redirects=False,
        )

    def assert_state(self, state):
        self.env.invalidate_all()
        self.assertEqual(self.request.state, state)

    def test_who_may_decide_sees_the_buttons(self):
        for user in (self.user_lead, self.user_billing, self.user_manager):
            with self.subTest(user.login):
                self.log_in(user)
                page = self.get(self.url())
                self.assertEqual(page.status_code, 200)
                for text in (
                    "Worked on it",
                    "Trattoria Aurora",
                    "60.00",
                    'value="approve"',
                ):
                    self.assertIn(text, page.text)

    def test_who_asked_sees_it_without_buttons(self):
        self.log_in(self.user_agent)
        page = self.get(self.url())
        self.assertEqual(page.status_code, 200)
        self.assertNotIn('value="approve"', page.text)
        self.assertIn("may not decide", page.text)

    def test_following_a_link_decides_nothing(self):
        self.log_in(self.user_lead)
        for query in ("", "?choice=approve", "?choice=refuse", "?answer=approve"):
            self.assertEqual(self.get(self.url() + query).status_code, 200)
        with mute_logger("odoo.http"):
            page = self.get(self.url(path="/decide?answer=approve"))
        self.assertEqual(page.status_code, 405)
        self.assert_state("pending")

    def test_approve_and_refuse(self):
        self.log_in(self.user_lead)
        page = self.post("approve", note="From the train")
        self.assertEqual(page.status_code, 303)
        self.assert_state("approved")
        self.assertEqual(self.request.note, "From the train")
        self.assertEqual(self.request.decided_by_id, self.user_lead)
        self.assertEqual(self.kinds(self.request.usage_id), ["billable"])
        page = self.get(self.url())
        self.assertIn("approved", page.text)
        self.assertNotIn('value="approve"', page.text)
        other = self.ask(1)
        self.env.flush_all()
        self.assertEqual(self.post("refuse", request=other).status_code, 303)
        self.env.invalidate_all()
        self.assertEqual(other.state, "refused")

    def test_second_answer_is_told_of_the_first(self):
        self.request.with_user(self.user_billing).action_refuse()
        self.env.flush_all()
        self.log_in(self.user_lead)
        page = self.post("approve")
        self.assertEqual(page.status_code, 409)
        self.assertIn("sc_billing", page.text)
        self.assert_state("refused")

    def test_without_a_token_nothing_is_decided(self):
        self.log_in(self.user_lead)
        with mute_logger("odoo.http"):
            self.assertEqual(self.post("approve", token=False).status_code, 400)
            self.assertEqual(
                self.post("approve", token=False, csrf_token="x").status_code, 400
            )
        self.assert_state("pending")

    def test_wrong_role(self):
        self.log_in(self.user_agent)
        page = self.post("approve")
        self.assertEqual(page.status_code, 403)
        self.assertIn("Ask for approval", page.text)
        self.assert_state("pending")

    def test_too_much(self):
        large = self.ask(5)
        self.env.flush_all()
        self.log_in(self.user_lead)
        page = self.get(self.url(large))
        self.assertIn("more than", page.text)
        self.assertNotIn('value="approve"', page.text)
        self.assertEqual(self.post("approve", request=large).status_code, 403)
        self.env.invalidate_all()
        self.assertEqual(large.state, "pending")

    def test_strangers_see_nothing(self):
        for user in (self.portal_owner, self.user_internal, self.user_other):
            with self.subTest(user.login):
                self.log_in(user)
                self.assertEqual(self.get(self.url()).status_code, 404)
                self.assertEqual(self.post("approve").status_code, 404)
        self.assert_state("pending")

    def test_public_has_to_log_in(self):
        self.log_in(None)
        page = self.get(self.url())
        self.assertEqual(page.status_code, 303)
        self.assertIn("/web/login", page.headers["Location"])
        with mute_logger("odoo.http"):
            self.assertIn(self.post("approve").status_code, (303, 400))
        self.assert_state("pending")

    def test_expired(self):
        self.log_in(self.user_lead)
        with patch.object(type(self), "instant", "2025-01-25 09:00:00"):
            type(self).instant = self.at(self.request, EXPIRED_AT).env.context[
                "service_contract_now"
            ]
            page = self.get(self.url())
            self.assertEqual(page.status_code, 200)
            self.assertNotIn('value="approve"', page.text)
            page = self.post("approve")
            self.assertEqual(page.status_code, 409)
            self.assertIn("expired", page.text)
        self.assert_state("pending")

    def test_nonsense(self):
        self.log_in(self.user_lead)
        for number in (0, 2**31 - 1, 2**40, 10**30):
            url = f"/service/approval/{number}"
            self.assertEqual(self.get(url).status_code, 404)
        for text in ("-1", "abc", "1.5", "1;--", "é"):
            self.assertEqual(self.get(f"/service/approval/{text}").status_code, 404)
        self.assertEqual(self.post("maybe").status_code, 409)
        self.assertEqual(self.post("").status_code, 409)
        self.assert_state("pending")
