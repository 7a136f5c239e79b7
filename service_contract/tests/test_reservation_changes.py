# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Plans that are moved, given up or used."""

from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import NOW
from .common_reservation import ReservationCommon
from .test_counters import HOUR


@tagged("post_install", "-at_install")
class TestMoveAndRelease(ReservationCommon):
    """A plan that moves holds units of its new day; one that is over holds none."""

    def test_moving_within_the_period_writes_nothing(self):
        line = self.make_line()
        plan = self.plan(line)
        plan.planned_at = "2025-01-27 09:00:00"
        self.assertEqual(self.entries(plan), [("reserve", -1)])

    def test_moving_to_another_period_holds_there(self):
        line = self.make_line()
        plan = self.plan(line)
        plan.planned_at = "2025-02-10 09:00:00"
        self.assertEqual(self.balance(line), [(2, 0, 0), (1, 1, 0)])
        self.assertEqual(
            self.entries(plan), [("reserve", -1), ("release", 1), ("reserve", -1)]
        )

    def test_moving_where_nothing_is_left_is_refused(self):
        line = self.make_line(exhaustion_policy="block")
        self.plan(line, "2025-02-10 09:00:00", 2)
        plan = self.plan(line)
        with self.assertRaises(UserError), self.cr.savepoint():
            plan.planned_at = "2025-02-11 09:00:00"
        self.assertEqual(self.balance(line), [(1, 1, 0), (0, 2, 0)])

    def test_planning_more_or_less(self):
        line = self.make_line("hours", 5)
        plan = self.plan(line, quantity=2)
        plan.planned_quantity = 4
        self.assertEqual(self.balance(line), [(HOUR, 4 * HOUR, 0)])
        plan.planned_quantity = 1
        self.assertEqual(self.balance(line), [(4 * HOUR, HOUR, 0)])

    def test_release_gives_back(self):
        line = self.make_line()
        plan = self.plan(line)
        plan.action_release()
        self.assertEqual(self.balance(line), [(2, 0, 0)])
        self.assertEqual(self.entries(plan), [("reserve", -1), ("release", 1)])
        self.assertEqual(plan.state, "released")
        plan.action_release()
        self.assertEqual(len(self.entries(plan)), 2)
        with self.assertRaisesRegex(UserError, "stays as it is"):
            plan.planned_at = "2025-01-27 09:00:00"

    def test_reserve_again_after_a_top_up(self):
        line = self.make_line()
        plan = self.plan(line, quantity=3)
        self.lots(line)._adjust(5, "Goodwill")
        plan.action_reserve()
        self.assertEqual((plan.reserved, plan.uncovered), (3, 0))
        self.assertEqual(self.balance(line), [(4, 3, 0)])

    def test_cancelled_ticket_releases(self):
        line = self.make_line()
        ticket = self.make_ticket()
        plan = self.plan(ticket)
        ticket.stage_id = self.stage_cancelled
        self.assertEqual((plan.state, self.balance(line)), ("released", [(2, 0, 0)]))

    def test_merged_ticket_releases(self):
        line = self.make_line()
        ticket = self.make_ticket()
        plan = self.plan(ticket)
        ticket.duplicate_id = self.make_ticket()
        self.assertEqual((plan.state, self.balance(line)), ("released", [(2, 0, 0)]))

    def test_closed_ticket_releases_what_is_to_come(self):
        line = self.make_line()
        ticket = self.make_ticket()
        plan = self.plan(ticket)
        self.at(ticket, "2025-01-18 09:00:00").stage_id = self.stage_done
        self.assertEqual((plan.state, self.balance(line)), ("released", [(2, 0, 0)]))

    def test_closed_ticket_keeps_a_visit_that_is_not_logged_yet(self):
        line = self.make_line()
        ticket = self.make_ticket()
        plan = self.plan(ticket)
        self.at(ticket, "2025-01-21 09:00:00").stage_id = self.stage_done
        self.assertEqual((plan.state, self.balance(line)), ("reserved", [(1, 1, 0)]))

    def test_deleted_ticket_releases(self):
        line = self.make_line()
        ticket = self.make_ticket()
        plan = self.plan(ticket)
        ticket.sudo().unlink()
        self.assertEqual(
            (plan.sudo().state, self.balance(line)), ("released", [(2, 0, 0)])
        )

    def test_ticket_on_another_line_takes_its_plan_along(self):
        line = self.make_line()
        ticket = self.make_ticket()
        plan = self.plan(ticket)
        other = self.make_line()
        ticket.service_contract_line_id = other
        self.assertEqual(self.balance(line), [(2, 0, 0)])
        self.assertEqual(self.balance(other), [(1, 1, 0)])
        self.assertEqual(plan.state, "released")
        follower = ticket.sudo().service_reservation_ids - plan.sudo()
        self.assertEqual((follower.user_id, follower.reserved), (self.user_agent, 1))

    def test_line_without_room_for_the_plan_tells_its_owner(self):
        line = self.make_line()
        ticket = self.make_ticket()
        plan = self.plan(ticket)
        other = self.make_line("hours", 5)
        ticket.service_contract_line_id = other
        self.assertEqual(self.balance(line), [(2, 0, 0)])
        self.assertEqual(ticket.sudo().service_reservation_ids, plan.sudo())
        activity = plan.sudo().activity_ids
        self.assertEqual(activity.user_id, self.user_agent)
        self.assertIn("nothing could be reserved there", activity.note)

    def test_cancelled_line_releases_what_is_planned_after_it(self):
        line = self.make_line()
        early, late = self.plan(line), self.plan(line, "2025-03-10 09:00:00")
        line.action_cancel_line("2025-02-01", "Moved")
        self.assertEqual((early.state, late.state), ("reserved", "released"))
        self.assertIn("was cancelled", late.sudo().activity_ids.note)

    def test_cancelled_contract_releases_what_is_planned_after_it(self):
        line = self.make_line()
        plan = self.plan(line, "2025-03-10 09:00:00")
        line.contract_id.action_cancel("2025-02-01", "Moved")
        self.assertEqual(plan.state, "released")

    def test_long_past_is_released_and_told(self):
        line = self.make_line()
        plan = self.plan(line, user=self.user_manager)
        self.run_cron(
            "service.coverage.reservation", "_cron_release", "2025-02-03 08:59:00"
        )
        self.assertEqual(plan.state, "reserved")
        self.run_cron(
            "service.coverage.reservation", "_cron_release", "2025-02-03 09:01:00"
        )
        self.env.invalidate_all()
        self.assertEqual((plan.state, self.balance(line)), ("released", [(2, 0, 0)]))
        self.assertEqual(plan.sudo().activity_ids.user_id, self.user_manager)
        self.assertIn("available again", plan.sudo().activity_ids.note)

    def test_company_may_never_release(self):
        self.company.service_reservation_days = 0
        plan = self.plan(self.make_line())
        self.run_cron(
            "service.coverage.reservation", "_cron_release", "2026-02-03 09:00:00"
        )
        self.assertEqual(plan.state, "reserved")


@tagged("post_install", "-at_install")
class TestUse(ReservationCommon):
    """Work on the ticket uses up what was planned for it, before anything else."""

    def test_visit_uses_the_planned_one(self):
        line = self.make_line()
        ticket = self.make_ticket()
        plan = self.plan(ticket)
        usage = self.log(ticket)
        self.assertEqual(self.balance(line), [(1, 0, 1)])
        self.assertEqual(self.entries(plan), [("reserve", -1), ("release", 1)])
        self.assertEqual((plan.state, plan.used, plan.reserved), ("used", 1, 0))
        self.assertEqual(plan.sudo().entry_ids.usage_id, usage)
        self.assertIn("1 visit of it were reserved", usage.charge_ids.explanation_text)

    def test_last_visit_is_kept_for_whom_it_was_promised(self):
        line = self.make_line(exhaustion_policy="bill")
        promised, other = self.make_ticket(), self.make_ticket()
        self.plan(promised)
        self.log(other, day="2025-01-16 10:00:00")
        late = self.log(other, day="2025-01-17 10:00:00")
        self.assertEqual(late.charge_ids.kind, "billable")
        self.assertEqual(self.balance(line), [(0, 1, 1)])
        usage = self.log(promised)
        self.assertEqual(usage.charge_ids.kind, "covered")
        self.assertEqual(self.balance(line), [(0, 0, 2)])

    def test_promise_holds_when_work_is_settled_together(self):
        """Also where work of another ticket happened earlier."""
        line = self.make_line(quantity=1, exhaustion_policy="bill")
        promised, other = self.make_ticket(), self.make_ticket()
        self.plan(promised)
        self.env["service.usage"]._capture(
            [
                {
                    **ticket.sudo()._prepare_service_usage(),
                    "source": "manual",
                    "external_key": f"together {ticket.id}",
                    "unit": "visit",
                    "quantity": 1,
                    "event_at": datetime.fromisoformat(day),
                }
                for ticket, day in (
                    (other, "2025-01-16 10:00:00"),
                    (promised, "2025-01-20 10:00:00"),
                )
            ]
        )
        kinds = {
            usage.ticket_id: usage.charge_ids.kind
            for usage in line.contract_id.sudo().usage_ids
            if usage.unit == "visit"
        }
        self.assertEqual(kinds, {promised: "covered", other: "billable"})

    def test_time_uses_a_part_and_keeps_the_rest(self):
        line = self.make_line("hours", 10)
        ticket = self.make_ticket()
        plan = self.plan(ticket, quantity=3)
        self.log_time(ticket, 1)
        self.assertEqual(self.balance(line), [(7 * HOUR, 2 * HOUR, HOUR)])
        self.assertEqual((plan.state, plan.used), ("reserved", HOUR))
        self.log_time(ticket, 4)
        self.assertEqual(self.balance(line), [(5 * HOUR, 0, 5 * HOUR)])
        self.assertEqual((plan.state, plan.used), ("used", 3 * HOUR))

    def test_rest_of_a_plan_is_released_with_its_ticket(self):
        line = self.make_line("hours", 10)
        ticket = self.make_ticket()
        plan = self.plan(ticket, quantity=3)
        self.log_time(ticket, 1)
        ticket.stage_id = self.stage_done
        self.assertEqual(self.balance(line), [(9 * HOUR, 0, HOUR)])
        self.assertEqual(plan.state, "used")

    def test_work_that_draws_more_than_it_took(self):
        line = self.make_line("hours", 10, draw_multiplier=150)
        ticket = self.make_ticket()
        plan = self.plan(ticket, quantity=3)
        self.log_time(ticket, 2)
        self.assertEqual(self.balance(line), [(7 * HOUR, 0, 3 * HOUR)])
        self.assertEqual(plan.state, "used")

    def test_earliest_plan_first(self):
        self.make_line(quantity=3)
        ticket = self.make_ticket()
        late = self.plan(ticket, "2025-01-28 09:00:00")
        early = self.plan(ticket, "2025-01-21 09:00:00")
        self.log(ticket, day="2025-01-28 10:00:00")
        self.assertEqual((early.state, late.state), ("used", "reserved"))

    def test_plan_of_another_period_stays(self):
        line = self.make_line()
        ticket = self.make_ticket()
        plan = self.plan(ticket, "2025-02-10 09:00:00")
        self.log(ticket)
        self.assertEqual(self.balance(line), [(1, 0, 1), (1, 1, 0)])
        self.assertEqual(plan.state, "reserved")

    def test_work_beyond_the_allotment_uses_the_plan_up(self):
        line = self.make_line(quantity=1, exhaustion_policy="bill")
        ticket = self.make_ticket()
        plan = self.plan(ticket, quantity=2)
        self.log(ticket, quantity=2)
        self.assertEqual(self.balance(line), [(0, 0, 1)])
        self.assertEqual((plan.state, plan.used, plan.uncovered), ("used", 2, 0))

    def test_given_away_visit_releases_what_was_held(self):
        line = self.make_line()
        ticket = self.make_ticket()
        plan = self.plan(ticket)
        ticket.write({"no_decrement": True, "no_decrement_reason": "Our fault"})
        self.log(ticket)
        self.assertEqual(self.balance(line), [(2, 0, 0)])
        self.assertEqual(plan.state, "used")

    def test_visit_on_a_line_that_counts_none(self):
        line = self.make_line("unlimited", 0)
        ticket = self.make_ticket()
        plan = self.plan(ticket)
        self.log(ticket)
        self.assertFalse(self.lots(line))
        self.assertEqual(plan.state, "used")

    def test_case_of_the_ticket_uses_no_visit(self):
        self.make_line()
        ticket = self.make_ticket()
        plan = self.plan(ticket)
        ticket.sudo().service_usage_ids._settle_again()
        self.assertEqual(plan.state, "reserved")

    def test_work_that_is_rated_again_uses_no_second_plan(self):
        line = self.make_line("hours", 10)
        ticket = self.make_ticket()
        first = self.plan(ticket, "2025-01-14 09:00:00", 2)
        second = self.plan(ticket, "2025-01-28 09:00:00", 2)
        sheet = self.log_time(ticket, 2)
        self.assertEqual((first.state, second.state), ("used", "reserved"))
        sheet.unit_amount = 1.5
        ticket.write({"no_decrement": True, "no_decrement_reason": "Our fault"})
        ticket.no_decrement = False
        self.assertEqual(self.balance(line), [(6.5 * HOUR, 2 * HOUR, 1.5 * HOUR)])
        self.assertEqual((second.state, second.used), ("reserved", 0))

    def test_preview_counts_what_is_reserved_for_the_ticket(self):
        self.make_line(quantity=1, exhaustion_policy="bill")
        promised, other = self.make_ticket(), self.make_ticket()
        plan = self.plan(promised)
        for ticket, word in ((promised, "Covered"), (other, "Billable")):
            wizard = (
                self.env["service.usage.log"]
                .with_user(self.user_agent)
                .new(
                    {
                        "ticket_id": ticket.id,
                        "unit": "visit",
                        "quantity": 1,
                        "event_at": NOW,
                        "description": "Visit",
                    }
                )
            )
            self.assertIn(word, wizard.preview)
        self.assertEqual((plan.state, len(plan.sudo().entry_ids)), ("reserved", 1))

    def test_no_plan_costs_one_query_when_rated(self):
        """And none where the work is on no ticket."""
        self.make_line()
        ticket = self.make_ticket()
        usage = self.log(ticket)
        plans = self.env["service.coverage.reservation"]
        for usages, queries in ((usage, 1), (usage.browse(), 0)):
            self.env.flush_all()
            usages.mapped("ticket_id")
            with self.assertQueryCount(queries):
                self.assertFalse(plans._get_held_for(usages))

    def test_queries_do_not_grow_with_the_work(self):
        self.make_line("hours", 1000)
        counts = []
        for number in (1, 20):
            tickets = [self.make_ticket() for _n in range(number)]
            for ticket in tickets:
                self.plan(ticket, quantity=1)
            values = [
                {
                    **ticket.sudo()._prepare_service_usage(),
                    "source": "api",
                    "external_key": f"work on {ticket.id}",
                    "unit": "second",
                    "quantity": HOUR,
                    "event_at": NOW,
                }
                for ticket in tickets
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["service.usage"]._capture(values)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
            states = self.env["service.coverage.reservation"].search(
                [("ticket_id", "in", [ticket.id for ticket in tickets])]
            )
            self.assertEqual(set(states.mapped("state")), {"used"})
        self.assertLessEqual(counts[1], counts[0] + 5)
