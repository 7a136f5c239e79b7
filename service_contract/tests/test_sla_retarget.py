# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged

from .common import NOW
from .common_sla import SlaCommon, utc


@tagged("post_install", "-at_install")
class TestSlaRetarget(SlaCommon):
    """Another target is judged from the beginning; the old one ends as superseded."""

    def test_priority_changes_the_target_from_the_start(self):
        ticket = self.make_ticket()
        old = self.timer(ticket)
        self.at(ticket, utc("15 10:00")).write({"priority": "2"})
        new = self.timer(ticket)
        self.assertNotEqual(new, old)
        self.assertEqual((old.state, old.successor_id), ("superseded", new))
        self.assertEqual(old.stopped_at, utc("15 10:00"))
        self.assertFalse(old.breached_at)
        self.assertFalse(old.next_alarm_at)
        self.assertEqual((new.started_at, new.due_at), (NOW, utc("15 14:00")))
        # The other target is the same; its timer goes on.
        self.assertFalse(self.timer(ticket, "first_response", "superseded"))
        self.assertEqual(ticket.sudo().sla_due_at, utc("15 11:00"))
        self.assert_sums(ticket)

    def test_pauses_are_replayed_on_the_new_target(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_waiting, utc("15 10:00"))
        self.move(ticket, self.stage_progress, utc("15 13:00"))
        self.at(ticket, utc("15 13:30")).write({"priority": "2"})
        new = self.timer(ticket)
        self.assertEqual(new.paused_s, 7200)
        self.assertEqual(new.due_at, utc("15 16:00"))
        self.assert_sums(ticket)

    def test_there_and_back_again(self):
        ticket = self.make_ticket()
        for priority in ("2", "1", "2"):
            self.at(ticket, utc("15 10:00")).write({"priority": priority})
        self.assertEqual(len(self.timer(ticket, state="superseded")), 3)
        self.assertEqual(self.timer(ticket).due_at, utc("15 14:00"))

    def test_facts_that_do_not_matter_change_nothing(self):
        ticket = self.make_ticket()
        timer = self.timer(ticket)
        self.at(ticket, utc("15 10:00")).write({"priority": "3"})
        self.assertEqual(self.timer(ticket), timer)
        self.assertEqual(timer.evaluated_at, NOW)

    def test_late_from_the_start_is_breached_without_an_alarm(self):
        ticket = self.make_ticket()
        self.at(ticket, utc("16 08:00")).write({"priority": "2"})
        new = self.timer(ticket)
        self.assertEqual(new.breached_at, utc("15 14:00"))
        self.assertEqual(new.alarm_percent, 100)
        self.assertFalse(new.next_alarm_at)
        self.assertEqual(set(new.alarm_ids.mapped("outcome")), {"late_start"})
        self.assertEqual(ticket.sudo().sla_state, "breached")
        ticket.user_id = self.user_agent
        self.run_cron("service.sla.timer", "_cron_alarms", utc("16 08:00"))
        self.assertNotIn("restore", str(self.activities(ticket).mapped("summary")))

    def test_late_from_the_start_may_be_told(self):
        self.policy.alarm_when_late = True
        ticket = self.make_ticket(user_id=self.user_agent.id)
        self.at(ticket, utc("16 08:00")).write({"priority": "2"})
        new = self.timer(ticket)
        self.assertEqual((new.alarm_percent, len(new.alarm_ids)), (0, 0))
        self.run_cron("service.sla.timer", "_cron_alarms", utc("16 08:00"))
        self.env.invalidate_all()
        self.assertEqual(
            new.alarm_ids.sorted("percent").mapped("outcome"),
            ["void", "void", "void", "told"],
        )
        self.assertEqual(len(self.activities(ticket)), 1)

    def activities(self, ticket):
        return ticket.sudo().activity_ids

    def test_contract_line_changes_the_policy(self):
        silver = self.make_policy([self.target_values("restore", 16)], name="Silver")
        other = self.make_contract(sla_policy_id=silver.id)
        ticket = self.make_ticket()
        self.at(ticket, utc("15 10:00")).write(
            {"service_contract_line_id": other.line_ids.id}
        )
        self.assertEqual(self.timer(ticket).policy_id, silver)
        # The new policy promises no response.
        self.assertFalse(self.timer(ticket, "first_response"))
        gone = self.timer(ticket, "first_response", "superseded")
        self.assertFalse(gone.successor_id)
        self.assert_sums(ticket)

    def test_new_contract_starts_timers_of_an_open_ticket(self):
        self.contract.action_cancel(reason="x")
        ticket = self.make_ticket()
        self.assertFalse(ticket.sudo().sla_timer_ids)
        self.move(ticket, self.stage_waiting, utc("15 09:30"))
        contract = self.make_contract(sla_policy_id=self.policy.id)
        self.at(ticket, utc("15 11:30")).write(
            {"service_contract_line_id": contract.line_ids.id}
        )
        timer = self.timer(ticket)
        self.assertEqual((timer.state, timer.started_at), ("paused", NOW))
        self.assertEqual(timer.counted_s, 1800)
        self.assertEqual(timer.paused_s, 5400)

    def test_request_instant_moves_the_start(self):
        ticket = self.make_ticket()
        # sudo: agents may not, see test_sla_guards
        self.at(ticket.sudo(), utc("15 10:00")).requested_at = utc("15 08:00")
        self.assertEqual(self.timer(ticket).started_at, utc("15 08:00"))
        old = self.timer(ticket, state="superseded")
        self.assertEqual(old.successor_id, self.timer(ticket))
        self.assert_sums(ticket)

    def test_site_may_decide_the_zone(self):
        self.policy.timezone_source = "site"
        # The zone that Odoo gives an address is that of who typed it.
        self.site.write({"tz": "Asia/Tokyo", "service_tz": "America/New_York"})
        ticket = self.make_ticket()
        self.at(ticket, utc("15 10:00")).write({"site_id": self.site.id})
        timer = self.timer(ticket)
        self.assertEqual(timer.tz, "America/New_York")
        # 8 o'clock in New York is 13:00 UTC.
        self.assertEqual(timer.due_at, utc("15 22:00"))

    def test_team_and_category_are_facts_too(self):
        category = self.env["helpdesk.ticket.category"].create({"name": "Fire"})
        self.policy.write(
            {
                "target_ids": [
                    (0, 0, self.target_values("restore", 1, category_ids=category.ids))
                ]
            }
        )
        ticket = self.make_ticket()
        self.at(ticket, utc("15 09:30")).write({"category_id": category.id})
        self.assertEqual(self.timer(ticket).due_at, utc("15 10:00"))

    # === VERSIONS === #

    def test_running_timer_keeps_its_version(self):
        ticket = self.make_ticket()
        version = self.timer(ticket).version_id
        self.policy.target_ids[1].amount = 16
        self.move(ticket, self.stage_progress, utc("15 10:00"))
        self.at(ticket, utc("15 10:10")).write({"priority": "3"})
        self.assertEqual(self.timer(ticket).version_id, version)
        self.assertEqual(self.timer(ticket).due_at, utc("16 09:00"))
        new = self.timer(self.make_ticket()).version_id
        self.assertEqual(new.number, version.number + 1)

    def test_another_target_comes_in_the_newest_version(self):
        ticket = self.make_ticket()
        version = self.timer(ticket).version_id
        self.policy.target_ids[2].amount = 3
        self.at(ticket, utc("15 10:00")).write({"priority": "2"})
        self.assertEqual(self.timer(ticket).due_at, utc("15 13:00"))
        self.assertEqual(self.timer(ticket).version_id.number, version.number + 1)
        self.assertEqual(self.timer(ticket, "first_response").version_id, version)

    # === CALENDAR === #

    def add_holiday(self, day):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "company_id": self.company.id,
                "date_from": utc(f"{day} 00:00"),
                "date_to": utc(f"{day} 23:00"),
            }
        )

    def figures(self, ticket):
        names = ["state", "due_at", "stopped_at", "counted_s", "off_s", "evaluated_at"]
        return self.timer(ticket).read(names)

    def test_holiday_that_is_added_moves_open_timers_only(self):
        ticket, closed = self.make_ticket(), self.make_ticket()
        self.move(closed, self.stage_done, utc("16 10:00"))
        before = self.figures(closed)
        self.add_holiday("16")
        self.run_cron("service.sla.timer", "_cron_alarms", utc("15 09:30"))
        self.env.invalidate_all()
        self.assertEqual(self.timer(ticket).due_at, utc("17 09:00"))
        self.assertEqual(self.figures(closed), before)
        self.assertEqual(self.timer(closed).state, "missed")

    def hours_events(self, ticket):
        events = ticket.sudo().sla_event_ids
        return events.filtered(lambda event: event.kind == "hours")

    def test_moved_deadline_says_who_moved_it(self):
        ticket, closed = self.make_ticket(), self.make_ticket()
        self.move(closed, self.stage_done, utc("15 10:00"))
        later = self.at(self.env["resource.calendar"], utc("15 09:20")).browse(
            self.calendar.id
        )
        later.with_user(self.user_manager).sudo()._on_open_hours_change()
        self.add_holiday("16")
        self.env.flush_all()
        self.run_cron("service.sla.timer", "_cron_alarms", utc("15 09:30"))
        self.env.invalidate_all()
        event = self.hours_events(ticket)
        self.assertEqual(event.at, utc("15 09:30"))
        self.assertEqual(event.user_id, self.env.user)
        self.assertFalse(event.counts)
        # The response is due today as before
        self.assertEqual(event.why, "restore 2025-01-16T09:00:00 2025-01-17T09:00:00")
        self.assertFalse(self.hours_events(closed))
        self.assertFalse(self.timer(ticket).due_before)
        page = self.timer(ticket).explanation_html
        self.assertIn("Open hours changed", page)
        self.assertRegex(page, "Due 1/17/25, .* instead of 1/16/25")
        other = self.timer(ticket, "first_response").explanation_html
        self.assertNotIn("Open hours changed", other)

    def test_hours_that_move_no_deadline_say_nothing(self):
        ticket = self.make_ticket()
        self.add_holiday("20")
        self.run_cron("service.sla.timer", "_cron_alarms", utc("15 09:30"))
        self.env.invalidate_all()
        self.assertFalse(self.hours_events(ticket))
        self.assertFalse(self.timer(ticket).due_before)

    def test_deadline_that_somebody_read_before_the_scheduled_action_is_told(self):
        ticket = self.make_ticket()
        self.add_holiday("16")
        self.at(ticket, utc("15 09:25"))._sync_sla()
        self.assertEqual(self.timer(ticket).due_at, utc("17 09:00"))
        self.run_cron("service.sla.timer", "_cron_alarms", utc("15 09:30"))
        self.env.invalidate_all()
        self.assertEqual(len(self.hours_events(ticket)), 1)

    def test_emptied_calendar_keeps_nobody_from_working(self):
        ticket = self.make_ticket()
        self.calendar.attendance_ids.unlink()
        with self.assertLogs("odoo.addons.service_contract", "WARNING"):
            self.move(ticket, self.stage_progress, utc("15 10:00"))
            new = self.make_ticket()
        self.assertEqual(self.timer(ticket).state, "running")
        self.assertFalse(self.timer(new))

    # === BATCHES === #

    def make_tickets(self, size):
        values = {"name": "x", "description": "x", "partner_id": self.contact.id}
        return self.env["helpdesk.ticket"].create([dict(values) for _n in range(size)])

    def test_contract_change_is_one_batch(self):
        """Another contract for all open tickets: the same queries for 5 and for 50."""
        silver = self.make_policy([self.target_values("restore", 16)], name="Silver")
        other = self.make_contract(sla_policy_id=silver.id)

        counts = {}
        for size in (5, 5, 5, 50):  # the first ones warm the caches
            tickets = self.make_tickets(size)
            self.env.cr.execute(
                "UPDATE helpdesk_ticket SET service_contract_line_id = %s"
                " WHERE id IN %s",
                (other.line_ids.id, tickets._ids),
            )
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            tickets._sync_sla(retarget=True)
            self.env.flush_all()
            counts[size] = self.env.cr.sql_log_count - before
            timers = tickets.sla_timer_ids
            live = timers.filtered(lambda t: t.state == "running")
            self.assertEqual(len(live), size)
            self.assertEqual(live.policy_id, silver)
        self.assertEqual(counts[5], counts[50])

    def test_another_promise_of_a_contract_reaches_its_open_tickets(self):
        tickets = self.make_tickets(3)
        self.move(tickets[0], self.stage_done, utc("15 09:30"))
        silver = self.make_policy([self.target_values("restore", 16)], name="Silver")
        contract = self.at(self.contract.sudo(), utc("15 10:00"))
        contract._as_verb().write({"sla_policy_id": silver.id})
        policies = [self.timer(ticket).policy_id for ticket in tickets]
        self.assertEqual(policies, [self.policy, silver, silver])
        self.assertEqual(self.timer(tickets[1]).due_at, utc("17 09:00"))

    def test_a_thousand_tickets_are_one_batch(self):
        """Writing the contract line of many tickets asks for none of them alone."""
        silver = self.make_policy([self.target_values("restore", 16)], name="Silver")
        lines = [self.line_values("unlimited", 0)]
        other = self.make_contract(lines, sla_policy_id=silver.id)
        counts = {}
        for size in (5, 5, 5, 50):
            tickets = self.make_tickets(size)
            self.env.flush_all()
            self.env.invalidate_all()
            with self.count_sla_queries() as count:
                tickets.write({"service_contract_line_id": other.line_ids.id})
                self.env.flush_all()
            counts[size] = count()
            self.assertEqual(tickets.sla_timer_ids.policy_id, silver | self.policy)
        self.assertEqual(counts[5], counts[50])

    @contextmanager
    def count_sla_queries(self):
        """Count the queries of ``_sync_sla`` alone, in a function that tells them."""
        counted = [0]
        model = type(self.env["helpdesk.ticket"])
        sync = model._sync_sla

        def counting(tickets, *args, **kwargs):
            before = tickets.env.cr.sql_log_count
            result = sync(tickets, *args, **kwargs)
            counted[0] += tickets.env.cr.sql_log_count - before
            return result

        with patch.object(model, "_sync_sla", counting):
            yield lambda: counted[0]

    def test_creation_costs_two_queries_more_than_without_sla(self):
        # Another line, since the allotment of the first would be used up on the way
        self.contract.action_cancel(reason="x")
        self.contract = self.make_contract([self.line_values("unlimited", 0)])
        for size in (1, 50):
            counts = {}
            for name, policy_id in (("sla", self.policy.id), ("plain", None)):
                self.contract.sudo()._write({"sla_policy_id": policy_id})
                for _warm in range(3):
                    self.env.flush_all()
                    self.env.invalidate_all()
                    # As if the version had been committed by an earlier ticket
                    self.env.cr.postcommit.data.clear()
                    before = self.env.cr.sql_log_count
                    self.make_tickets(size)
                    self.env.flush_all()
                    counts[name] = self.env.cr.sql_log_count - before
            with self.subTest(size):
                self.assertLessEqual(counts["sla"] - counts["plain"], 2, counts)
