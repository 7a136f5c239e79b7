# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What planned visits hold, now and in periods to come, and who plans."""

from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import NOW
from .common_reservation import ReservationCommon
from .test_counters import HOUR


@tagged("post_install", "-at_install")
class TestReserve(ReservationCommon):
    """A plan holds units of the lots that are valid at its time."""

    def test_reserving_is_in_the_ledger_and_in_the_balance(self):
        line = self.make_line()
        version = self.lots(line).version
        plan = self.plan(self.make_ticket())
        self.assertEqual(self.balance(line), [(1, 1, 0)])
        self.assertEqual(self.entries(plan), [("reserve", -1)])
        self.assertEqual(
            (plan.state, plan.reserved, plan.unit), ("reserved", 1, "visit")
        )
        self.assertEqual(self.lots(line).version, version + 1)
        self.assertIn("1 visit reserved", line.coverage_text)
        self.assertEqual(
            (line.used_quantity, line.reserved_quantity, line.remaining_quantity),
            (0, 1, 1),
        )

    def test_hours_are_held_in_seconds(self):
        line = self.make_line("hours", 10)
        plan = self.plan(self.make_ticket(), quantity=1.5)
        self.assertEqual(self.balance(line), [(8.5 * HOUR, 1.5 * HOUR, 0)])
        self.assertEqual(plan.held_text, "1:30 h reserved")
        self.assertIn("0:00 of 10:00 h used, 1:30 h reserved", line.coverage_text)

    def test_amounts_are_held_in_minor_units(self):
        line = self.make_line("amount", 500)
        self.plan(line, quantity=120.5)
        self.assertEqual(self.balance(line), [(37950, 12050, 0)])

    def test_several_lots_in_drawing_order(self):
        """What was carried over lapses first, so it is held first."""
        line = self.make_line("cases", 5, rollover_policy="all")
        line = self.make_line("hours", 5, rollover_policy="all")
        self.open_lots(line, "2025-02-10 00:00:00")
        ticket = self.make_ticket(service_contract_line_id=line.id)
        plan = self.at(self.plan(ticket, "2025-02-12 09:00:00", 7), NOW)
        carried = self.lots(line, "rollover")
        self.assertEqual(
            {entry.counter_id: entry.quantity for entry in plan.sudo().entry_ids},
            {carried: -5 * HOUR, self.lots(line)[1]: -2 * HOUR},
        )

    def test_used_up_line_that_blocks_refuses(self):
        line = self.make_line(exhaustion_policy="block")
        self.plan(line, quantity=2)
        with self.assertRaisesRegex(UserError, "0 visits of 1 visit can be reserved"):
            self.plan(line)
        self.assertEqual(self.balance(line), [(0, 2, 0)])

    def test_other_lines_hold_what_is_there_and_say_the_rest(self):
        for policy in ("warn", "bill"):
            with self.subTest(policy):
                line = self.make_line(exhaustion_policy=policy)
                plan = self.plan(line, quantity=3)
                self.assertEqual((plan.reserved, plan.uncovered), (2, 1))
                self.assertEqual(plan.held_text, "2 visits reserved, 1 visit overage")
                self.assertEqual(self.balance(line), [(0, 2, 0)])

    def test_line_that_may_go_below_zero_holds_all(self):
        line = self.make_line(exhaustion_policy="negative")
        plan = self.plan(line, quantity=3)
        self.assertEqual((plan.reserved, plan.uncovered), (3, 0))
        self.assertEqual(self.balance(line), [(-1, 3, 0)])

    def test_line_that_counts_nothing_is_planned_without_holding(self):
        line = self.make_line("unlimited", 0)
        plan = self.plan(line)
        self.assertEqual(
            (plan.state, plan.reserved, plan.unit), ("reserved", 0, "visit")
        )
        self.assertIn("without counting", plan.held_text)
        cases = self.make_line("cases", 5)
        plan = self.plan(cases)
        self.assertEqual((plan.unit, plan.reserved), ("visit", 0))

    def test_contract_that_gives_no_service_then(self):
        line = self.make_line()
        for day in ("2024-12-31 09:00:00", "2026-01-01 09:00:00"):
            with self.assertRaisesRegex(UserError, "gives no service on"):
                self.plan(line, day)
        draft = self.make_contract([self.line_values("visits", 2)], confirm=False)
        with self.assertRaisesRegex(UserError, "gives no service on"):
            self.plan(draft.line_ids)
        line.contract_id.action_hold("2025-03-01", "2025-04-01")
        with self.assertRaisesRegex(UserError, "gives no service on"):
            self.plan(line, "2025-03-10 09:00:00")
        self.assertTrue(self.plan(line, "2025-04-10 09:00:00"))

    def test_line_is_that_of_the_ticket(self):
        self.make_line()
        other = self.make_line()
        ticket = self.make_ticket()
        with self.assertRaisesRegex(UserError, "is not on"):
            self.env["service.coverage.reservation"].create(
                {
                    "ticket_id": ticket.id,
                    "contract_line_id": other.id,
                    "planned_at": NOW,
                }
            )

    def test_threshold_that_a_plan_passes_is_told(self):
        line = self.make_line(quantity=5)
        self.plan(line, quantity=4)
        self.run_cron("service.balance.alert", "_cron_warn")
        self.assertEqual(line.sudo().balance_alert_ids.mapped("percent"), [80])

    def test_queries_do_not_grow_with_the_plans(self):
        line = self.make_line("hours", 1000)
        counts = []
        for number in (1, 50):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            plans = self.env["service.coverage.reservation"].create(
                [
                    {
                        "contract_line_id": line.id,
                        "planned_at": NOW,
                        "planned_quantity": 1,
                    }
                ]
                * number
            )
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(sum(plans.mapped("reserved")), 50 * HOUR)
        self.assertLessEqual(counts[1], counts[0] + 5)


@tagged("post_install", "-at_install")
class TestPeriodsToCome(ReservationCommon):
    """A visit in a period that has not begun holds units of its allotment."""

    def test_lot_of_the_period_is_opened_ahead(self):
        line = self.make_line()
        due = line.next_lot_at
        self.plan(line, "2025-04-10 09:00:00")
        self.plan(line, "2025-04-11 09:00:00")
        self.assertEqual(self.balance(line), [(2, 0, 0), (0, 2, 0)])
        self.assertEqual(self.lots(line).mapped("period_no"), [0, 3])
        self.assertEqual(self.lots(line).mapped("is_ahead"), [False, True])
        self.assertEqual(line.next_lot_at, due)
        self.assertIn("0 of 2 visits used, until", line.coverage_text)

    def test_period_that_begins_later_is_granted_once(self):
        line = self.make_line()
        self.plan(line, "2025-04-10 09:00:00")
        self.open_lots(line, "2025-05-10 00:00:00")
        self.assertEqual(self.lots(line).mapped("period_no"), [0, 1, 2, 3, 4])
        self.assertEqual(self.lots(line).mapped("granted"), [2] * 5)
        self.assertFalse(any(self.lots(line).mapped("is_ahead")))

    def test_carried_units_come_when_the_period_begins(self):
        """As if nothing had been planned ahead."""
        planned = self.make_line("hours", 5, rollover_policy="all")
        steady = self.make_line("hours", 5, rollover_policy="all")
        plan = self.plan(planned, "2025-03-10 09:00:00", 2)
        self.assertFalse(self.lots(planned, "rollover"))
        plan.action_release()
        for line in (planned, steady):
            self.draw(line, HOUR, "2025-01-20 09:00:00", "second")
            self.open_lots(line, "2025-04-10 00:00:00")
        for kind in ("allotment", "rollover"):
            self.assertEqual(
                [
                    (lot.period_no, lot.remaining, lot.valid_from, lot.valid_to)
                    for lot in self.lots(planned, kind)
                ],
                [
                    (lot.period_no, lot.remaining, lot.valid_from, lot.valid_to)
                    for lot in self.lots(steady, kind)
                ],
            )

    def test_what_is_reserved_is_not_carried_over(self):
        line = self.make_line("hours", 5, rollover_policy="all")
        self.plan(line, "2025-01-20 09:00:00", 2)
        self.open_lots(line, "2025-02-10 00:00:00")
        self.assertEqual(self.lots(line, "rollover").granted, 3 * HOUR)

    def test_contract_that_has_not_started(self):
        line = self.make_contract(
            [self.line_values("visits", 2)], date_start="2025-02-01"
        ).line_ids
        self.plan(line, "2025-02-10 09:00:00")
        self.assertEqual(self.balance(line), [(1, 1, 0)])
        self.run_cron("service.contract.line", "_cron_open_lots", "2025-02-01 00:00:00")
        self.assertEqual(self.balance(line), [(1, 1, 0)])

    def test_allotment_of_the_whole_term(self):
        line = self.make_line(coverage_period="term")
        self.plan(line, "2025-11-10 09:00:00")
        self.assertEqual(self.balance(line), [(1, 1, 0)])


@tagged("post_install", "-at_install")
class TestWhoPlans(ReservationCommon):
    """Facts are written by the verbs alone, plans by who may see the ticket."""

    def test_facts_are_not_written_by_hand(self):
        plan = self.plan(self.make_line())
        for name, value in (("reserved", 0), ("used", 1), ("state", "released")):
            with self.subTest(name), self.assertRaisesRegex(UserError, "follows from"):
                plan.write({name: value})
        with self.assertRaisesRegex(UserError, "follows from"):
            plan.create(
                {
                    "contract_line_id": plan.contract_line_id.id,
                    "planned_at": NOW,
                    "reserved": 5,
                }
            )
        with self.assertRaisesRegex(UserError, "for the other ticket"):
            plan.contract_line_id = self.make_line()

    def test_plans_are_kept(self):
        plan = self.plan(self.make_line())
        with self.assertRaises(UserError):
            plan.sudo().unlink()

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_who_may_not_see_the_ticket_may_not_plan(self):
        line = self.make_line()
        ticket = self.make_ticket()
        plan = self.plan(ticket)
        other = self._make_user(
            "sc_other_agent", "helpdesk_mgmt.group_helpdesk_user_own"
        )
        for user in (other, self.user_internal, self.portal_owner):
            with self.subTest(user.login), self.assertRaises(AccessError):
                plan.with_user(user).action_release()
            with self.assertRaises(AccessError), self.cr.savepoint():
                self.plan(ticket, user=user)
        self.assertEqual(self.balance(line), [(1, 1, 0)])

    def test_dialog_shows_what_will_happen(self):
        self.make_line(quantity=3, exhaustion_policy="bill")
        ticket = self.make_ticket()
        self.plan(ticket)
        wizard = Form(
            self.env["service.visit.plan"]
            .with_user(self.user_agent)
            .with_context(active_id=ticket.id)
        )
        wizard.planned_at = datetime(2025, 1, 22, 9)
        self.assertEqual(wizard.available, "2 visits")
        self.assertEqual(wizard.reserved, "1 visit")
        self.assertEqual(wizard.used, "0 visits")
        self.assertEqual(wizard.left_after, "1 visit")
        self.assertFalse(wizard.warning)
        wizard.quantity = 3
        self.assertEqual(wizard.left_after, "0 visits")
        self.assertEqual(wizard.warning, "1 visit will be overage and billed.")
        wizard.planned_at = datetime(2025, 3, 22, 9)
        self.assertEqual(
            (wizard.available, wizard.left_after), ("3 visits", "0 visits")
        )
        wizard.planned_at = datetime(2027, 3, 22, 9)
        self.assertIn("gives no service", wizard.warning)
        wizard.planned_at = datetime(2025, 1, 22, 9)
        wizard.quantity = 2
        wizard.save().action_apply()
        self.assertEqual(
            sum(ticket.sudo().service_reservation_ids.mapped("reserved")), 3
        )
        self.assertEqual(ticket.service_reservation_count, 2)

    def test_dialog_counts_what_an_hour_draws(self):
        line = self.make_line("hours", 10, draw_multiplier=150)
        ticket = self.make_ticket()
        wizard = self.env["service.visit.plan"].with_user(self.user_agent)
        wizard = wizard.create(
            {"ticket_id": ticket.id, "quantity": 2, "planned_at": NOW}
        )
        self.assertEqual(wizard.left_after, "7:00 h")
        wizard.action_apply()
        self.assertEqual(self.balance(line), [(7 * HOUR, 3 * HOUR, 0)])

    def test_plan_is_noted_on_the_ticket(self):
        self.make_line()
        ticket = self.make_ticket()
        self.plan(ticket)
        self.assertIn("1 visit reserved", ticket.sudo().message_ids[0].body)
