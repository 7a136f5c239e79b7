# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common_drawdown import HOUR, DrawdownCommon


@tagged("post_install", "-at_install")
class TestTime(DrawdownCommon):
    """Hours come from timesheets on the ticket, split to the second."""

    def setUp(self):
        super().setUp()
        self.line = self.make_contract([self.line_values("hours", 10)]).line_ids
        self.ticket = self.make_ticket()

    def time_charges(self):
        """Return kind and hours of what stands of the recorded time."""
        return [
            (kind, quantity / HOUR)
            for kind, quantity in self.live(self.ticket)
            if quantity != 1
        ]

    def test_recorded_time_is_drawn(self):
        self.log_time(self.ticket, 1.5)
        self.assertEqual(self.drawn(self.line), 1.5 * HOUR)
        self.assertEqual(self.ticket.total_hours, 1.5)

    def test_hours_are_whole_seconds(self):
        """0.1 h is no binary fraction; ten of them are one hour all the same."""
        for _number in range(10):
            self.log_time(self.ticket, 0.1)
        self.assertEqual(self.drawn(self.line), HOUR)
        self.log_time(self.ticket, 1 / 3)
        self.assertEqual(self.drawn(self.line), HOUR + 1200)

    def test_less_than_half_a_second_draws_nothing(self):
        entry = self.log_time(self.ticket, 0.0001)
        self.assertFalse(entry.sudo().service_usage_ids)

    def test_one_entry_is_split_to_the_second(self):
        self.log_time(self.ticket, 9.75)
        self.log_time(self.ticket, 1)
        self.assertEqual(
            self.time_charges(),
            [("covered", 9.75), ("covered", 0.25), ("billable", 0.75)],
        )
        billable = self.ticket.sudo().service_charge_ids.filtered(
            lambda charge: charge.kind == "billable"
        )
        self.assertEqual(billable.amount, 45)

    def test_edited_hours(self):
        entry = self.log_time(self.ticket, 4)
        entry.unit_amount = 11
        self.assertEqual(self.drawn(self.line), 10 * HOUR)
        self.assertEqual(self.time_charges(), [("covered", 10), ("billable", 1)])
        entry.unit_amount = 2
        self.assertEqual(self.time_charges(), [("covered", 2)])
        self.assertEqual(self.drawn(self.line), 2 * HOUR)
        entry.unit_amount = 0
        self.assertEqual(self.drawn(self.line), 0)

    def test_edited_date_moves_to_the_other_period(self):
        now = "2025-02-20 09:00:00"
        entry = self.at(self.log_time(self.ticket, 4), now)
        entry.date = date(2025, 2, 3)
        lots = self.line.sudo().counter_ids.sorted("period_no")
        self.assertEqual(lots.mapped("drawn"), [0, 4 * HOUR])

    def test_deleted_time_is_given_back(self):
        entry = self.log_time(self.ticket, 4)
        entry.unlink()
        self.assertEqual(self.drawn(self.line), 0)

    def test_time_taken_off_the_ticket_is_given_back(self):
        entry = self.log_time(self.ticket, 4)
        entry.ticket_id = False
        self.assertEqual(self.drawn(self.line), 0)
        entry.ticket_id = self.ticket
        self.assertEqual(self.drawn(self.line), 4 * HOUR)

    def test_time_of_others_is_given_back_with_a_deleted_ticket(self):
        head = self._make_user(
            "sc_head",
            "helpdesk_mgmt.group_helpdesk_manager,hr_timesheet.group_hr_timesheet_user",
        )
        entry = self.log_time(self.ticket, 2)
        self.ticket.with_user(head).unlink()
        self.assertTrue(entry.sudo().service_usage_ids.is_void)
        self.assertEqual(self.drawn(self.line), 0)

    def test_time_of_others_is_in_nobodys_way_on_the_ticket(self):
        other = self._make_user(
            "sc_other_agent",
            "helpdesk_mgmt.group_helpdesk_user,hr_timesheet.group_hr_timesheet_user",
        )
        self.log_time(self.ticket, 2)
        own = self.ticket.with_user(other)
        own.invalidate_recordset()
        own.web_save(
            {"stage_id": self.stage_progress.id},
            {"timesheet_ids": {"fields": {"name": {}}}},
        )
        self.assertEqual(own.stage_id, self.stage_progress)

    def test_cancelled_ticket_gives_its_time_back(self):
        self.log_time(self.ticket, 4)
        self.ticket.stage_id = self.stage_cancelled
        self.assertEqual(self.drawn(self.line), 0)
        self.ticket.stage_id = self.stage_progress
        self.assertEqual(self.drawn(self.line), 4 * HOUR)

    def test_time_recorded_in_days(self):
        self.log_time(
            self.ticket, 0.5, product_uom_id=self.env.ref("uom.product_uom_day").id
        )
        self.assertEqual(self.drawn(self.line), 4 * HOUR)

    def test_negative_time_is_refused(self):
        with self.assertRaisesRegex(UserError, "not negative"):
            self.log_time(self.ticket, -1)

    def test_more_than_anybody_can_work_is_refused(self):
        start = {"service_started_at": "2025-01-14 10:00:00"}
        for hours, vals in ((1e10, {}), (1e16, {}), (9000, start), (1e8, start)):
            with (
                self.subTest(hours=hours, **vals),
                self.assertRaisesRegex(UserError, "Correct the"),
                self.cr.savepoint(),
            ):
                self.log_time(self.ticket, hours, **vals)
        self.assertEqual(self.drawn(self.line), 0)
        self.assertFalse(self.ticket.sudo().timesheet_ids)

    def test_work_of_a_past_period_draws_from_its_lot(self):
        """However late it is typed."""
        self.run_cron("service.contract.line", "_cron_open_lots", "2025-04-10 00:00:00")
        now = "2025-04-10 09:00:00"
        self.log_time(self.at(self.ticket, now), 2, day=date(2025, 1, 31))
        lots = self.line.sudo().counter_ids.sorted("period_no")
        self.assertEqual(lots.mapped("drawn"), [2 * HOUR, 0, 0, 0])

    def test_late_time_of_an_expired_contract(self):
        """Work of the last day counts; work of the day after is not covered."""
        self.run_cron("service.contract", "_cron_sync_states", "2026-01-10 00:00:00")
        self.assertEqual(self.line.contract_state, "expired")
        self.log_time(self.ticket, 1, day=date(2025, 12, 31))
        self.log_time(self.ticket, 1, day=date(2026, 1, 1))
        self.assertEqual(self.time_charges(), [("covered", 1), ("to_approve", 1)])

    def test_time_recorded_before_the_ticket_finds_its_contract(self):
        ticket = self.make_ticket(self.stranger)
        self.log_time(ticket, 2)
        self.assertFalse(ticket.sudo().service_usage_ids)
        line = self.make_contract(
            [self.line_values("hours", 1)], partner_id=self.stranger.id
        ).line_ids
        ticket.action_find_contract_line()
        self.assertEqual(ticket.service_contract_line_id, line)
        self.assertEqual(self.drawn(line), HOUR)

    def test_time_on_a_line_of_cases_is_included(self):
        line = self.make_contract([self.line_values("cases", 5)]).line_ids
        ticket = self.make_ticket(service_contract_line_id=line.id)
        self.log_time(ticket, 3)
        self.assertEqual(self.live(ticket), [("covered", 1), ("covered", 3 * HOUR)])
        self.assertEqual(self.drawn(line), 1)

    def test_exempt_ticket_draws_no_time(self):
        self.log_time(self.ticket, 3)
        self.ticket.write({"no_decrement": True, "no_decrement_reason": "Our fault"})
        self.assertEqual(self.drawn(self.line), 0)
        self.assertEqual(self.time_charges(), [("courtesy", 3)])


@tagged("post_install", "-at_install")
class TestMultiplier(DrawdownCommon):
    """An hour of work may draw more, or less, than an hour."""

    def make_line(self, percent, hours=10, **values):
        return self.make_contract(
            [self.line_values("hours", hours, draw_multiplier=percent, **values)]
        ).line_ids

    def work(self, hours):
        ticket = self.make_ticket()
        self.log_time(ticket, hours)
        return ticket.sudo().service_charge_ids.filtered(
            lambda charge: charge.unit == "second"
        )

    def test_each_percentage(self):
        for percent, drawn in ((100, 7200), (150, 10_800), (50, 3600), (333, 23_976)):
            with self.subTest(percent=percent):
                line = self.make_line(percent, priority=1)
                charge = self.work(2)
                self.assertEqual(self.drawn(line), drawn)
                self.assertEqual((charge.kind, charge.quantity), ("covered", 2 * HOUR))
                line.contract_id.with_user(self.user_manager).action_cancel(
                    reason="The next one"
                )

    def test_double_with_half_an_hour_left_covers_a_quarter(self):
        """What is left over is billed as long as it took, at the overage price."""
        line = self.make_line(200, hours=0.5)
        covered, overage = self.work(1).sorted("id")
        self.assertEqual((covered.kind, covered.quantity), ("covered", 900))
        self.assertEqual(covered.entry_id.quantity, -1800)
        self.assertEqual((overage.kind, overage.quantity), ("billable", 2700))
        self.assertEqual(overage.amount, 45)
        self.assertEqual(line.sudo().counter_ids.remaining, 0)

    def test_below_zero_goes_as_much_as_it_draws(self):
        line = self.make_line(200, hours=0.5, exhaustion_policy="negative")
        self.work(1)
        self.assertEqual(line.sudo().counter_ids.remaining, -5400)

    def test_reversal_gives_back_what_was_drawn(self):
        line = self.make_line(150, hours=1)
        ticket = self.make_ticket()
        for hours in (0.1, 1 / 3, 0.75):
            self.log_time(ticket, hours)
        self.assertEqual(self.drawn(line), HOUR)
        ticket.stage_id = self.stage_cancelled
        self.assertEqual(self.drawn(line), 0)
        self.assertEqual(line.sudo().counter_ids.remaining, HOUR)

    def test_is_told_in_words(self):
        line = self.make_line(150)
        self.assertIn("an hour of work draws 1:30 h", line.promise_text)
        self.assertIn("An hour of work draws 1:30 h.", line._get_portal_promise())
        charge = self.work(1)
        self.assertEqual(
            charge.explanation_text.split("\n")[0],
            "This line counts work at 150 % of its time.",
        )
        self.assertIn("1:30 h drawn", charge.explanation_text)

    def test_means_nothing_but_hours(self):
        for coverage in ("cases", "amount", "visits"):
            line = self.make_contract(
                [self.line_values(coverage, 500, draw_multiplier=200)], confirm=False
            ).line_ids
            self.assertNotIn("draws", line.promise_text)
            self.assertEqual(line._get_rating_terms("UTC").multiplier, 100)

    def test_from_one_to_a_thousand_percent(self):
        for percent in (0, -150, 1001):
            with (
                self.subTest(percent),
                self.assertRaisesRegex(ValidationError, "from 1 to 1000 %"),
            ):
                self.make_line(percent)

    def test_comes_with_the_template_and_is_locked(self):
        template = self.env["service.contract.template"].create(
            {
                "name": "On site",
                "line_ids": [
                    Command.create(self.line_values("hours", 5, draw_multiplier=200))
                ],
            }
        )
        contract = self.make_contract(template_id=template.id)
        self.assertEqual(contract.line_ids.draw_multiplier, 200)
        with self.assertRaisesRegex(UserError, "Draw Multiplier"):
            contract.line_ids.draw_multiplier = 100
