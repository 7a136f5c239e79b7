# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import HttpCase, tagged

from .common_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestApprovalBrowser(ApprovalCommon, HttpCase):
    """Deciding on a phone. The server answers as of NOW."""

    browser_size = "375,812"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serve_as_of_now()

    def test_one_tap_approves(self):
        request = self.ask(1)
        self.start_tour(
            "/odoo/service-approvals", "service_approval_phone", login="sc_lead"
        )
        self.assertEqual(request.state, "approved")
        self.assertEqual(request.decided_by_id, self.user_lead)
        self.assertEqual(self.kinds(request.usage_id), ["billable"])
