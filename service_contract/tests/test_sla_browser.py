# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import HttpCase, tagged

from .common_sla import SlaCommon, utc


@tagged("post_install", "-at_install")
class TestSlaBrowser(SlaCommon, HttpCase):
    """What agents and dispatchers do on the screen. The server answers as of NOW."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serve_as_of_now()
        groups = "helpdesk_mgmt.group_helpdesk_user"
        cls.dispatcher = cls._make_user("sc_dispatcher", groups, name="Dora")
        cls.colleague = cls._make_user("sc_zoe", groups, name="Zoe")
        cls.late = cls.make_ticket(user_id=False, requested_at=utc("14 14:00")).sudo()
        cls.next = cls.make_ticket(user_id=False, name="The fridge drips").sudo()

    def test_urgent_ticket_is_assigned_with_five_keys(self):
        self.start_tour(
            "/odoo/at-risk", "service_sla_board_keys", login="sc_dispatcher"
        )
        self.assertEqual(self.late.user_id, self.colleague)

    def test_urgent_ticket_is_assigned_with_two_clicks(self):
        self.start_tour(
            "/odoo/at-risk?view_type=kanban",
            "service_sla_board_clicks",
            login="sc_dispatcher",
        )
        self.assertEqual(self.late.user_id, self.colleague)
        self.assertEqual(self.next.user_id, self.dispatcher)

    def test_paused_countdown_stands_still_in_sight(self):
        self.start_tour(
            f"/odoo/at-risk/{self.next.id}", "service_sla_pause", login="sc_dispatcher"
        )
        self.assertTrue(self.next.sla_is_paused)
