# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import json

from odoo import http
from odoo.tests import HttpCase, tagged

from .common_sla import SlaCommon, utc


@tagged("post_install", "-at_install")
class TestSlaPortal(SlaCommon, HttpCase):
    """What customers do in the portal starts clocks, and stops none."""

    def post_message(self, ticket, body, **context):
        """Post a message as the web client of the portal does."""
        payload = {
            "jsonrpc": "2.0",
            "method": "call",
            "params": {
                "thread_model": "helpdesk.ticket",
                "thread_id": ticket.id,
                "post_data": {
                    "body": body,
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
                "context": context,
            },
        }
        response = self.url_open(
            "/mail/message/post",
            data=json.dumps(payload),
            headers={"Content-Type": "application/json"},
        )
        return response.json()

    def test_ticket_and_reply_from_the_portal(self):
        # The contract is over: the server's clock is not that of the test.
        self.policy.is_default = True
        login = self.portal_owner.login
        self.authenticate(login, login)
        data = {
            "subject": "Too hot",
            "description": "Since noon",
            "category": "",
            "csrf_token": http.Request.csrf_token(self),
        }
        self.url_open("/submitted/ticket", data=data, allow_redirects=False)
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "Too hot")])
        self.assertEqual(self.timer(ticket, "first_response").state, "running")
        self.assertEqual(self.timer(ticket).state, "running")
        self.assertFalse(ticket.sla_event_ids)
        ticket._pause_sla(self.reason_customer)
        result = self.post_message(
            ticket, "Still", service_contract_now="2025-01-15 08:00:00"
        )
        self.assertNotIn("error", result)
        self.env.invalidate_all()
        event = ticket.sla_event_ids
        self.assertEqual((event.kind, event.counts), ("customer", False))
        # Nobody says from outside what time it is.
        self.assertGreater(event.at, utc("16 00:00"))
        self.assertEqual(ticket.sla_pause_ids.ended_by, "reply")
        self.assertEqual(self.timer(ticket, "first_response").state, "running")
