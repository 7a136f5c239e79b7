# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.base.models.ir_actions_report import IrActionsReport

from .common_approval_quote import QuoteCommon

# A picture of one pixel.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestApprovalQuotePortal(QuoteCommon, HttpCase):
    """The customer signs in the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serve_as_of_now()

    def accept(self, order, **values):
        with patch.object(
            IrActionsReport, "_render_qweb_pdf", lambda *args, **kw: (b"PDF", "pdf")
        ):
            return self.url_open(
                f"/my/orders/{order.id}/accept",
                json={
                    "jsonrpc": "2.0",
                    "method": "call",
                    "params": {"name": "Anna Aurora", "signature": SIGNATURE, **values},
                },
            ).json()["result"]

    def offer(self):
        request = self.ask(2)
        order = self.quote(request, send=True)
        # Odoo's own clock says until when it can be signed.
        order.validity_date = date(2099, 1, 1)
        self.env.flush_all()
        return request, order

    def test_customer_signs(self):
        request, order = self.offer()
        self.assertEqual(order.state, "sent")
        self.authenticate("sc_owner", "sc_owner")
        page = self.url_open(f"/my/orders/{order.id}")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Worked on it", page.text)
        self.assertIn("redirect_url", self.accept(order))
        self.env.invalidate_all()
        self.assertEqual(order.state, "sale")
        self.assertEqual(request.state, "approved")
        self.assertEqual(request.decision, "quote")
        self.assertEqual(request.decided_by_name, "Anna Aurora")
        self.assertIn("Anna Aurora", request.note)
        usage = request.usage_id
        self.assertEqual(usage.quote_line_id, order.order_line)
        self.assertEqual(self.standing(usage), [("billable", 2.0, 120.0)])
        for record in (self.ticket.sudo(), self.contract):
            self.assertIn("Anna Aurora", record.message_ids[0].body)

    def test_link_in_the_mail_is_enough(self):
        request, order = self.offer()
        token = order._portal_ensure_token()
        self.env.flush_all()
        self.authenticate(None, None)
        self.assertIn("redirect_url", self.accept(order, access_token=token))
        self.env.invalidate_all()
        self.assertEqual(request.state, "approved")
        self.assertFalse(request.decided_by_id)
        self.assertIn("Anna Aurora", request.note)

    def test_customer_declines(self):
        request, order = self.offer()
        token = order._portal_ensure_token()
        self.env.flush_all()
        self.authenticate("sc_owner", "sc_owner")
        page = self.url_open(f"/my/orders/{order.id}")
        csrf = page.text.split('csrf_token: "')[1].split('"')[0]
        self.url_open(
            f"/my/orders/{order.id}/decline?access_token={token}",
            data={"decline_message": "Too dear", "csrf_token": csrf},
        )
        self.env.invalidate_all()
        self.assertEqual((order.state, request.state), ("cancel", "refused"))
        self.assertEqual(request.decided_by_name, self.customer.name)
        self.assertEqual(self.kinds(request.usage_id), ["to_approve"])

    def test_stranger_signs_nothing(self):
        request, order = self.offer()
        self.authenticate("sc_stranger", "sc_stranger")
        self.assertIn("error", self.accept(order))
        self.env.invalidate_all()
        self.assertEqual((order.state, request.state), ("sent", "pending"))
