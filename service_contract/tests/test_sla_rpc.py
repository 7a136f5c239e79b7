# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tickets that other systems make: their clocks start by themselves."""

import json
from datetime import datetime, timedelta

from odoo.tests import HttpCase, get_db_name, tagged
from odoo.tools import mute_logger

from .common_sla import SlaCommon


@tagged("post_install", "-at_install")
class TestSlaRpc(SlaCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The contract is over: the server's clock is not that of the test.
        cls.policy.is_default = True
        keys = cls.env["res.users.apikeys"].with_user(cls.user_agent)
        cls.key = keys._generate("rpc", "Test", datetime.now() + timedelta(hours=1))

    def values(self, **values):
        return {
            "name": "Too hot",
            "description": "x",
            "partner_id": self.contact.id,
            **values,
        }

    def call(self, method, **arguments):
        """Call a method of tickets by JSON; return the status and the answer."""
        response = self.url_open(
            f"/json/2/helpdesk.ticket/{method}",
            data=json.dumps(arguments),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
            },
            method="POST",
        )
        return response.status_code, response.json()

    def assert_clocks_run(self, ticket_ids):
        self.env.invalidate_all()
        for ticket in self.env["helpdesk.ticket"].browse(ticket_ids):
            timers = self.timer(ticket, "first_response") | self.timer(ticket)
            self.assertEqual(timers.mapped("state"), ["running", "running"])
            self.assertEqual(set(timers.mapped("started_at")), {ticket.requested_at})
            self.assertEqual(ticket.sla_state, "running")

    def test_ticket_by_json(self):
        status, ids = self.call("create", vals_list=[self.values()])
        self.assertEqual((status, len(ids)), (200, 1))
        self.assert_clocks_run(ids)

    def test_tickets_by_json_in_one_call(self):
        status, ids = self.call("create", vals_list=[self.values() for _n in range(5)])
        self.assertEqual((status, len(ids)), (200, 5))
        self.assert_clocks_run(ids)

    # Odoo tells on each call that this way in will go with version 20.
    @mute_logger("odoo.addons.rpc.controllers.xmlrpc")
    def test_ticket_by_xml_rpc(self):
        user = self.user_agent
        arguments = (get_db_name(), user.id, self.key, "helpdesk.ticket", "create")
        ticket_id = self.xmlrpc_object.execute(*arguments, self.values())
        self.assert_clocks_run([ticket_id])

    def test_a_late_request_starts_its_clocks_in_the_past(self):
        before = datetime.now().replace(microsecond=0) - timedelta(days=30)
        values = self.values(requested_at=before.isoformat(" "))
        _status, ids = self.call("create", vals_list=[values])
        timer = self.timer(self.env["helpdesk.ticket"].browse(ids))
        self.assertEqual(timer.started_at, before)
        self.assertTrue(timer.breached_at)

    @mute_logger("odoo.http")
    def test_nothing_is_stated_or_dated_ahead_by_a_call(self):
        ahead = (datetime.now() + timedelta(days=1)).isoformat(" ", "seconds")
        for values in (
            {"sla_state": "met"},
            {"sla_due_at": ahead},
            {"requested_at": ahead},
        ):
            with self.subTest(values):
                status, answer = self.call("create", vals_list=[self.values(**values)])
                self.assertEqual(status, 422, answer)
        context = {"service_contract_now": "2025-01-15 08:00:00"}
        _status, ids = self.call("create", vals_list=[self.values()], context=context)
        timer = self.timer(self.env["helpdesk.ticket"].browse(ids))
        self.assertGreater(timer.started_at, datetime(2025, 2, 1))

    def test_message_by_a_call_is_an_answer(self):
        _status, ids = self.call("create", vals_list=[self.values()])
        self.call(
            "message_post",
            ids=ids,
            body="We are on it",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        ticket = self.env["helpdesk.ticket"].browse(ids)
        self.assertEqual(self.timer(ticket, "first_response").state, "met")
