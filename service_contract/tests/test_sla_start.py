# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NOW
from .common_sla import SlaCommon, utc

WIZARD = "odoo.addons.service_contract.wizards.service_sla_start"


@tagged("post_install", "-at_install")
class TestSlaStart(SlaCommon):
    """Tickets that were open before there was a promise get their clocks in batches."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.sudo()._write({"sla_policy_id": None})
        cls.env.invalidate_all()

    def make_tickets(self, size, partner=None):
        partner = partner or self.contact
        return self.env["helpdesk.ticket"].create(
            [
                {"name": "x", "description": "x", "partner_id": partner.id}
                for _number in range(size)
            ]
        )

    def promise(self):
        self.env.flush_all()
        self.contract.sudo()._write({"sla_policy_id": self.policy.id})
        self.env.invalidate_all()

    def make_wizard(self):
        wizards = self.env["service.sla.start"].with_user(self.user_manager)
        return self.at(wizards, utc("16 08:00")).create({})

    def test_open_tickets_get_their_clocks_as_of_their_requests(self):
        tickets = self.make_tickets(5)
        closed, archived = self.make_ticket(), self.make_ticket()
        self.move(closed, self.stage_done, utc("15 10:00"))
        archived.sudo().active = False
        alone = self.make_tickets(2, self.stranger)
        self.assertFalse(tickets.sla_timer_ids)
        self.promise()
        wizard = self.make_wizard()
        self.assertEqual(wizard.left_count, 7)
        with patch(f"{WIZARD}.CHUNK", 3):
            wizard.action_start()
        self.assertEqual(
            (wizard.left_count, wizard.seen_count, wizard.started_count), (0, 7, 5)
        )
        self.env.invalidate_all()
        for ticket in tickets:
            timer = self.timer(ticket)
            self.assertEqual((timer.state, timer.started_at), ("running", NOW))
            # The response is late already: a fact that is told to nobody
            late = self.timer(ticket, "first_response")
            self.assertEqual(late.breached_at, utc("15 12:00"))
            self.assertEqual(set(late.alarm_ids.mapped("outcome")), {"late_start"})
        for other in (closed, archived, *alone):
            self.assertFalse(other.sudo().sla_timer_ids)

    def test_each_press_goes_on_where_the_last_one_ended(self):
        self.make_tickets(5)
        self.promise()
        wizard = self.make_wizard()
        left = []
        with patch(f"{WIZARD}.CHUNK", 2), patch(f"{WIZARD}.TURN", 0):
            for _press in range(3):
                action = wizard.action_start()
                left.append(wizard.left_count)
        self.assertEqual(left, [3, 1, 0])
        self.assertEqual(wizard.started_count, 5)
        self.assertEqual(action["res_id"], wizard.id)

    def test_only_tickets_of_the_own_companies(self):
        theirs = self.make_ticket(
            self.stranger, self.user_other, company_id=self.other_company.id
        )
        self.make_policy(
            is_default=True, company_id=self.other_company.id, calendar_id=False
        )
        wizard = self.make_wizard()
        wizard.action_start()
        self.assertFalse(theirs.sudo().sla_timer_ids)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_only_managers_start_them(self):
        for user in (self.user_contract, self.user_agent):
            with self.assertRaises(AccessError):
                self.env["service.sla.start"].with_user(user).create({})
