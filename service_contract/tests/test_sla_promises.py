# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import HttpCase, tagged

from .common_sla import SlaCommon, utc


@tagged("post_install", "-at_install")
class TestSlaPromises(SlaCommon, HttpCase):
    """What customers see of the promises on their tickets. As of NOW."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serve_as_of_now()
        cls.policy.name = "secret-policy"
        cls.reason_customer.name = "secret-reason"

    def get_page(self, ticket, user):
        self.authenticate(user.login, user.login)
        return self.url_open(f"/my/ticket/{ticket.id}", allow_redirects=False)

    def test_customer_sees_until_when_and_no_internals(self):
        ticket = self.make_ticket(requested_at=utc("14 15:30"))
        page = self.get_page(ticket, self.portal_owner)
        self.assertEqual(page.status_code, 200)
        self.assertIn("First response:", page.text)
        self.assertIn("Late, still open", page.text)
        self.assertIn("Restore:", page.text)
        # Half an hour on Tuesday, seven and a half hours on Wednesday
        self.assertRegex(page.text, "Jan 15, 2025, 4:30|01/15/2025 0?4:30")
        for secret in ("secret-policy", "secret-reason"):
            self.assertNotIn(secret, page.text)

    def test_states_are_words(self):
        ticket = self.make_ticket(requested_at=utc("15 07:30"))
        self.at(ticket, utc("15 08:10")).message_post(
            body="We are coming",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.move(ticket, self.stage_waiting, utc("15 08:30"))
        states = [target["state"] for target in ticket._get_portal_targets()]
        self.assertEqual(states, ["met", "paused"])
        page = self.get_page(ticket, self.portal_owner)
        self.assertIn("Kept", page.text)
        self.assertIn("Paused", page.text)
        self.assertNotIn("secret-reason", page.text)

    def test_ticket_without_a_promise_shows_none(self):
        ticket = self.make_ticket(self.portal_stranger.partner_id)
        self.assertFalse(ticket._get_portal_targets())
        page = self.get_page(ticket, self.portal_stranger)
        self.assertNotIn("o_service_contract_target", page.text)
