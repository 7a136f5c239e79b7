# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta
from unittest.mock import MagicMock, patch

from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..models.helpdesk_ticket_board import BOARD_CHANNEL
from .common import NOW
from .common_sla import SlaCommon, utc

BANDS = {
    "1_breached": timedelta(minutes=-1),
    "2_hour": timedelta(minutes=59),
    "3_four_hours": timedelta(hours=1),
    "4_today": timedelta(hours=4),
    "5_later": timedelta(hours=14),
}


@tagged("post_install", "-at_install")
class TestSlaBoard(SlaCommon):
    """The board *At risk*: bands, live messages, who sees and does what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.action = cls.env.ref("service_contract.helpdesk_ticket_action_board")
        cls.board = (
            cls.env["helpdesk.ticket"]
            .with_user(cls.user_agent)
            .with_context(read_group_expand=True)
        )

    def make_due(self, due_in=None, state="running"):
        """Make a ticket of nobody that is due in some time from ``NOW``."""
        ticket = self.make_ticket(partner=self.stranger, user_id=False).sudo()
        ticket.write({"sla_due_at": due_in and NOW + due_in, "sla_state": state})
        return ticket

    def make_bands(self):
        """Make a ticket of each band, and one that is in none."""
        tickets = {band: self.make_due(due_in) for band, due_in in BANDS.items()}
        tickets["1_breached"].sla_state = "breached"
        tickets["6_paused"] = self.make_due(state="paused")
        tickets[False] = self.make_due(state="met")
        return tickets

    # === BANDS === #

    def test_band_follows_from_the_due_instant_and_now(self):
        tickets = self.make_bands()
        for band, ticket in tickets.items():
            self.assertEqual(ticket.sla_band, band)

    def test_time_alone_moves_a_ticket_into_the_next_band(self):
        ticket = self.make_due(timedelta(hours=5))
        expected = [
            (0, "4_today"),
            (1, "4_today"),
            (2, "3_four_hours"),
            (4, "3_four_hours"),
            (5, "2_hour"),  # to the second, it is not missed yet
        ]
        for hours, band in expected:
            instant = NOW + timedelta(hours=hours)
            self.assertEqual(self.at(ticket, instant).sla_band, band)
        instant = NOW + timedelta(hours=4, seconds=1)
        self.assertEqual(self.at(ticket, instant).sla_band, "2_hour")

    def test_ticket_is_missed_to_the_second_before_its_alarm_is_told(self):
        self.policy.target_ids[0].unlink()
        ticket = self.make_ticket(requested_at=utc("14 10:30"))
        self.run_cron("service.sla.timer", "_cron_alarms", utc("15 10:00"))
        due_at = ticket.sudo().sla_due_at
        self.assertEqual(due_at, utc("15 10:30"))
        self.assertBand(ticket, due_at, "2_hour")
        self.assertBand(ticket, due_at + timedelta(seconds=1), "1_breached")

    def test_what_is_due_at_closing_is_missed_at_the_next_opening(self):
        """Who restores it in the night has used no more than the target."""
        self.policy.target_ids[0].unlink()
        ticket = self.make_ticket(requested_at=utc("15 07:00"))
        closing = utc("15 16:00")
        self.assertEqual(ticket.sudo().sla_due_at, closing)
        self.run_cron("service.sla.timer", "_cron_alarms", closing)
        for instant in ("15 16:01", "15 23:00", "16 06:59"):
            self.assertBand(ticket, utc(instant), "2_hour")
        self.assertBand(ticket, utc("16 07:01"), "1_breached")
        self.run_cron("service.sla.timer", "_cron_alarms", utc("16 07:02"))
        self.assertEqual(ticket.sudo().sla_state, "breached")
        self.assertBand(ticket, utc("16 07:02"), "1_breached")

    def assertBand(self, ticket, instant, band):
        """The ticket shows a band, is found by it, and grouped by it."""
        board = self.at(self.board, instant)
        self.env.invalidate_all()
        mine = [("id", "=", ticket.id)]
        self.assertEqual(board.browse(ticket.id).sla_band, band)
        self.assertTrue(board.search([*mine, ("sla_band", "=", band)]))
        self.assertFalse(board.search([*mine, ("sla_band", "!=", band)]))
        groups = board.web_read_group(mine, ["sla_band"])["groups"]
        self.assertEqual([g["sla_band"] for g in groups if g["__count"]], [band])

    def test_day_ends_at_midnight_of_the_viewer(self):
        # 23:30 in Rome is 22:30 UTC, 17:30 in New York
        ticket = self.make_due(utc("15 23:30") - NOW)
        self.assertEqual(ticket.with_context(tz="Europe/Rome").sla_band, "5_later")
        self.assertEqual(ticket.with_context(tz="America/New_York").sla_band, "4_today")

    def test_late_in_the_evening_nothing_is_lost_between_bands(self):
        evening = utc("15 22:00")  # 23:00 in Rome: the day ends before four hours do
        dues = [timedelta(minutes=30), timedelta(hours=3), timedelta(hours=5)]
        tickets = self.board.browse()
        for due_in in dues:
            tickets |= self.make_due(evening + due_in - NOW)
        tickets = self.at(tickets.with_user(self.user_agent), evening)
        self.assertEqual(
            tickets.mapped("sla_band"), ["2_hour", "3_four_hours", "5_later"]
        )
        for ticket in tickets:
            found = tickets.search(
                [("id", "in", tickets.ids), ("sla_band", "=", ticket.sla_band)]
            )
            self.assertEqual(found, ticket)

    def test_bands_are_found_as_they_are_shown(self):
        tickets = self.make_bands()
        ids = [ticket.id for ticket in tickets.values()]
        for band, ticket in tickets.items():
            with self.subTest(band=band):
                found = self.board.search([("id", "in", ids), ("sla_band", "=", band)])
                self.assertEqual(found.ids, ticket.ids)
        found = self.board.search([("id", "in", ids), ("sla_band", "!=", False)])
        self.assertEqual(len(found), len(tickets) - 1)

    def test_board_groups_by_band_in_order_and_shows_empty_bands(self):
        tickets = self.make_bands()
        tickets["2_hour"].unlink()
        ids = [t.id for t in tickets.values() if t.exists()]
        groups = self.board.web_read_group(
            [("id", "in", ids), ("sla_band", "!=", False)],
            ["sla_band"],
            order="sla_due_at, priority desc, id",
        )["groups"]
        self.assertEqual(
            [(group["sla_band"], group["__count"]) for group in groups],
            [
                ("1_breached", 1),
                ("2_hour", 0),
                ("3_four_hours", 1),
                ("4_today", 1),
                ("5_later", 1),
                ("6_paused", 1),
            ],
        )
        for group in groups:
            domain = [("id", "in", ids), *group["__extra_domain"]]
            self.assertEqual(self.board.search_count(domain), group["__count"])

    def test_missed_ticket_that_pauses_stays_on_the_board(self):
        self.policy.target_ids[0].unlink()  # a first response does not pause
        ticket = self.make_ticket()
        self.run_cron("service.sla.timer", "_cron_alarms", utc("20 10:00"))
        self.env.invalidate_all()
        self.move(ticket, self.stage_waiting, utc("20 10:30"))
        self.assertEqual(ticket.sudo().sla_state, "breached")
        self.assertFalse(ticket.sudo().sla_due_at)
        board = self.at(self.board, utc("20 11:00"))
        self.assertEqual(board.browse(ticket.id).sla_band, "1_breached")
        domain = [("id", "=", ticket.id)]
        self.assertTrue(board.search([*domain, *safe_eval(self.action.domain)]))
        self.assertTrue(board.search([*domain, ("sla_band", "=", "1_breached")]))
        self.assertTrue(board.search([*domain, ("sla_band", "!=", False)]))
        for other in ("6_paused", False):
            self.assertFalse(board.search([*domain, ("sla_band", "=", other)]))
        groups = board.web_read_group(domain, ["sla_band"])["groups"]
        self.assertEqual(
            [g["sla_band"] for g in groups if g["__count"]], ["1_breached"]
        )

    def test_band_can_be_grouped_by(self):
        info = self.board.fields_get(["sla_band", "service_tier_id"])
        self.assertTrue(info["sla_band"]["groupable"])
        self.assertTrue(info["sla_band"]["searchable"])
        self.assertTrue(info["service_tier_id"]["groupable"])

    def test_query_count_is_that_of_one_ticket(self):
        specification = {
            "name": {},
            "sla_band": {},
            "sla_due_at": {},
            "user_id": {"fields": {"display_name": {}}},
        }
        counts = []
        for number in (1, 0, 49):  # the first time, caches are filled
            for _number in range(number):
                self.make_due(timedelta(hours=2))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.board.web_read_group(
                [("partner_id", "=", self.stranger.id), ("sla_band", "!=", False)],
                ["sla_band"],
                auto_unfold=True,
                unfold_read_specification=specification,
            )
            counts.append(self.env.cr.sql_log_count - before)
        self.assertGreater(counts[1], 0)
        self.assertEqual(counts[1], counts[2])

    # === FROM A CONTRACT TO THE BOARD === #

    def test_ticket_that_will_be_missed_at_18_58_is_on_the_board_at_10_30(self):
        self.env["resource.calendar.attendance"].create(
            {
                "name": "Evening",
                "calendar_id": self.calendar.id,
                "dayofweek": "2",
                "hour_from": 17,
                "hour_to": 20,
                "day_period": "afternoon",
            }
        )
        policy = self.make_policy(
            [self.target_values("restore", 478, unit="minute")], name="To the minute"
        )
        self.make_contract(partner_id=self.stranger.id, sla_policy_id=policy.id)
        ticket = self.make_ticket(self.stranger, requested_at=utc("15 09:00"))
        # 10:00 in Rome: 478 open minutes later, without the lunch hour, it is 18:58
        self.assertEqual(ticket.sudo().sla_due_at, utc("15 17:58"))
        board = self.at(self.board, utc("15 09:30"))
        self.assertIn(ticket, board.search(safe_eval(self.action.domain)))
        self.assertEqual(self.at(ticket, utc("15 09:30")).sla_band, "4_today")
        self.assertEqual(self.at(ticket, utc("15 17:00")).sla_band, "2_hour")
        self.assertEqual(self.at(ticket, utc("15 17:59")).sla_band, "1_breached")

    def test_ended_ticket_leaves_the_board(self):
        ticket = self.make_ticket()
        self.assertEqual(ticket.sla_band, "3_four_hours")
        self.move(ticket, self.stage_done, utc("15 10:30"))
        self.assertFalse(ticket.sla_band)

    # === WHAT THE COUNTDOWN IS FED WITH === #

    def test_panel_asks_the_database_as_often_for_many_as_for_one(self):
        tickets = self.board.browse()
        for number in range(50):
            tickets |= self.make_ticket(requested_at=NOW - timedelta(minutes=number))
        self.move(tickets[::2], self.stage_waiting, utc("15 09:30"))
        counts = []
        for records in (tickets, tickets[:1], tickets):  # the first fills caches
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.at(records, utc("15 09:45")).with_user(self.user_agent).web_read(
                {"sla_panel": {}}
            )
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_panel_of_working_days_says_what_was_left(self):
        policy = self.make_policy(
            [self.target_values("restore", 1, unit="working_day", end_of_day=True)],
            name="Next day",
        )
        self.make_contract(partner_id=self.stranger.id, sla_policy_id=policy.id)
        ticket = self.make_ticket(self.stranger)
        due_at = ticket.sudo().sla_due_at
        self.move(ticket, self.stage_done, due_at - timedelta(minutes=30))
        (target,) = self.at(ticket, due_at).sudo().sla_panel
        self.assertEqual(target["state"], "met")
        self.assertEqual(target["remaining_open_s"], 30 * 60)

    def test_explanation_sums_up_to_what_was_counted(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_waiting, utc("15 09:30"))
        self.move(ticket, self.stage_progress, utc("15 10:30"))
        timer = self.at(self.timer(ticket), utc("16 08:00")).with_user(self.user_agent)
        days = timer._explain()
        # Half an hour, the pause, half an hour, four hours, one hour the next day
        self.assertEqual(sum(day["counted_s"] for day in days), 6 * 3600)
        self.assertEqual(sum(day["paused_s"] for day in days), 3600)
        html = str(timer.explanation_html)
        for text in ("6:00:00", "1:00:00", "Waiting for the customer", "Europe/Rome"):
            self.assertIn(text, html)

    def test_explanation_says_when_the_open_hours_have_changed_since(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_done, utc("15 10:30"))
        timer = self.at(self.timer(ticket), utc("16 08:00"))
        self.assertNotIn("have changed since", str(timer.explanation_html))
        morning = self.calendar.attendance_ids.filtered(
            lambda a: a.dayofweek == "2" and a.hour_from == 8
        )
        morning.hour_to = 11
        timer = self.at(self.timer(ticket), utc("16 08:00"))
        self.assertEqual(timer.counted_s, 5400)
        html = str(timer.explanation_html)
        self.assertIn("have changed since", html)
        self.assertIn("1:30:00", html)

    def test_explanation_says_why_an_answer_counts_or_not(self):
        ticket = self.make_ticket()
        note, comment = (
            self.at(ticket, utc("15 09:10"))
            .with_user(self.user_agent)
            .message_post(body=body, message_type="comment", subtype_xmlid=subtype)
            for body, subtype in (
                ("Who is free?", "mail.mt_note"),
                ("We are coming", "mail.mt_comment"),
            )
        )
        self.assertTrue(note and comment)
        timer = self.timer(ticket, "first_response").with_user(self.user_agent)
        html = str(self.at(timer, utc("15 09:20")).explanation_html)
        self.assertIn("An internal note reaches no customer", html)
        self.assertIn("A person's answer to the customer", html.replace("&#39;", "'"))

    # === VIEWS === #

    def test_views_of_the_board_are_for_agents(self):
        tickets = self.make_bands()
        board = self.board
        views = board.get_views([(False, "form"), *self._get_view_ids()])["views"]
        for mode in ("list", "kanban"):
            arch = etree.fromstring(views[mode]["arch"])
            names = {node.get("name") for node in arch.iter("field")} - {"activity_ids"}
            board.browse(t.id for t in tickets.values()).web_read(
                {name: {} for name in names}
            )

    def _get_view_ids(self):
        return [(view.view_id.id, view.view_mode) for view in self.action.view_ids]

    def test_menus_are_first_and_for_helpdesk_users(self):
        for name in ("helpdesk_ticket_menu_board", "service_contract_menu_board"):
            menu = self.env.ref(f"service_contract.{name}")
            siblings = self.env["ir.ui.menu"].search(
                [("parent_id", "=", menu.parent_id.id)]
            )
            self.assertEqual(siblings[0], menu)
        menus = self.env["ir.ui.menu"].with_user(self.user_contract)
        visible = menus._visible_menu_ids()
        board = self.env.ref("service_contract.service_contract_menu_board")
        self.assertNotIn(board.id, visible)

    # === ASSIGNING === #

    def test_agent_takes_tickets_with_one_button(self):
        tickets = self.make_due(timedelta(hours=1)) | self.make_due(timedelta(hours=2))
        self.assertFalse(tickets.user_id)
        tickets.with_user(self.user_agent).action_assign_to_me()
        self.assertEqual(tickets.user_id, self.user_agent)

    def test_ticket_of_another_team_is_not_taken_and_none_of_the_others(self):
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Ovens", "company_id": self.company.id}
        )
        free, foreign = self.make_due(), self.make_due()
        foreign.team_id = team
        both = (free | foreign).with_user(self.user_agent)
        with self.assertRaisesRegex(UserError, "not in the team"):
            both.action_assign_to_me()
        self.assertFalse(free.user_id)

    # === LIVE === #

    def get_messages(self):
        """Return the messages to boards that the commit would send, and forget them."""
        self.env.flush_all()
        data = self.env.cr.precommit.data
        self.env["helpdesk.ticket"]._send_sla_board_messages()
        return [
            (values["channel"], values["message"])
            for values in data.get("bus.bus.values", [])
            if BOARD_CHANNEL in values["channel"]
        ]

    def clear_messages(self):
        self.env.cr.precommit.clear()

    def test_one_message_a_company_and_transaction_however_much_moves(self):
        tickets = self.make_due() | self.make_due()
        self.clear_messages()
        tickets.write({"priority": "3"})
        tickets.write({"user_id": self.user_agent.id})
        tickets[0].write({"stage_id": self.stage_progress.id})
        messages = self.get_messages()
        self.assertEqual(len(messages), 1)
        channel, message = messages[0]
        self.assertIn(f'"res.company",{self.company.id}', channel.replace(" ", ""))
        self.assertIn(f'{{"ids":{sorted(tickets.ids)}}}'.replace(" ", ""), message)

    def test_new_deadline_is_told(self):
        ticket = self.make_ticket()
        self.clear_messages()
        self.move(ticket, self.stage_done, utc("15 09:30"))
        self.assertEqual(len(self.get_messages()), 1)

    def test_what_the_board_does_not_show_is_not_told(self):
        ticket = self.make_due()
        self.clear_messages()
        ticket.write({"description": "<p>Cold</p>"})
        self.assertFalse(self.get_messages())

    def test_both_companies_hear_of_a_ticket_that_moves_between_them(self):
        ticket = self.make_due()
        self.clear_messages()
        ticket.write({"company_id": self.other_company.id, "team_id": False})
        companies = "".join(channel for channel, _message in self.get_messages())
        for company in self.company | self.other_company:
            self.assertIn(str(company.id), companies)

    def get_board_channels(self, user, wish=BOARD_CHANNEL):
        """Return the companies whose boards a user's browser is put through to."""
        request = MagicMock()
        request.session.uid = user.id
        with patch("odoo.addons.bus.models.ir_websocket.wsrequest", new=request):
            channels = (
                self.env["ir.websocket"]
                .with_user(user)
                .with_context(allowed_company_ids=None)
                ._build_bus_channel_list([wish] if wish else [])
            )
        self.assertNotIn(
            BOARD_CHANNEL, [channel for channel in channels if isinstance(channel, str)]
        )
        return [
            channel[0]
            for channel in channels
            if isinstance(channel, tuple) and channel[1] == BOARD_CHANNEL
        ]

    def test_boards_of_the_own_companies_only(self):
        self.assertEqual(self.get_board_channels(self.user_agent), [self.company])
        self.assertEqual(self.get_board_channels(self.user_other), [self.other_company])

    def test_who_is_no_agent_hears_nothing(self):
        for user in (self.user_internal, self.user_contract, self.portal_owner):
            with self.subTest(user=user.login):
                self.assertFalse(self.get_board_channels(user))

    def test_who_does_not_look_at_the_board_hears_nothing(self):
        self.assertFalse(self.get_board_channels(self.user_agent, wish=None))
