# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common_sla import SlaCommon, utc

LEAD = timedelta(seconds=15)
ALARM = "odoo.addons.service_contract.models.service_sla_timer_alarm"


@tagged("post_install", "-at_install")
class TestSlaAlarms(SlaCommon):
    """Alarms come at their instants, once each, and are checked when they come."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("service_contract.ir_cron_sla_alarms")
        cls.policy.target_ids[0].unlink()

    def run_alarms(self, instant):
        self.run_cron("service.sla.timer", "_cron_alarms", instant)
        self.env.invalidate_all()

    def alarms(self, ticket):
        """Return (percent, outcome) of the alarms of a ticket, in order."""
        alarms = self.timer(ticket).alarm_ids.sorted("percent")
        return [(alarm.percent, alarm.outcome) for alarm in alarms]

    def triggers(self):
        return (
            self.env["ir.cron.trigger"]
            .search([("cron_id", "=", self.cron.id)])
            .mapped("call_at")
        )

    def test_trigger_is_set_at_the_first_instant(self):
        self.env["ir.cron.trigger"].search([]).unlink()
        ticket = self.make_ticket()
        self.env.flush_all()
        # 50 % of 8 hours: after two in the morning and two in the afternoon
        self.assertEqual(self.triggers(), [utc("15 14:00") - LEAD])
        self.run_alarms(utc("15 14:00"))
        self.assertIn(utc("15 16:00") - LEAD, self.triggers())
        self.assertEqual(self.timer(ticket).next_alarm_at, utc("15 16:00"))

    def test_each_threshold_is_told_once(self):
        ticket = self.make_ticket(user_id=self.user_agent.id)
        self.run_alarms(utc("15 13:59"))
        self.assertEqual(self.alarms(ticket), [])
        for instant in ("15 14:00", "15 14:00", "15 14:20"):
            self.run_alarms(utc(instant))
        self.assertEqual(self.alarms(ticket), [(50, "told")])
        alarm = self.timer(ticket).alarm_ids
        self.assertEqual(alarm.due_at, utc("15 14:00"))
        self.assertEqual(alarm.fired_at, utc("15 14:00"))
        activity = ticket.sudo().activity_ids
        self.assertEqual(activity.user_id, self.user_agent)
        self.assertIn("50 %", activity.summary)
        self.run_alarms(utc("15 16:00"))
        self.assertEqual(self.alarms(ticket), [(50, "told"), (75, "told")])
        # The same activity, with the latest news
        self.assertEqual(len(ticket.sudo().activity_ids), 1)
        self.assertIn("75 %", ticket.sudo().activity_ids.summary)

    def test_alarm_of_a_target_hides_none_of_another(self):
        targets = [self.target_values(), self.target_values("restore", 8)]
        policy = self.make_policy(targets)
        self.contract.sudo()._write({"sla_policy_id": policy.id})
        self.env.invalidate_all()
        ticket = self.make_ticket(user_id=self.user_agent.id)
        self.run_alarms(utc("15 13:00"))
        activity = ticket.sudo().activity_ids
        self.assertEqual(activity.summary, "First response is missed")
        self.run_alarms(utc("15 14:00"))
        self.assertEqual(
            ticket.sudo().activity_ids.summary,
            "First response is missed; Restore: 50 % of the time is used",
        )
        self.assertEqual(str(activity.date_deadline), "2025-01-15")

    def test_breach_is_a_fact_though_nobody_touches_the_ticket(self):
        ticket = self.make_ticket()
        self.run_alarms(utc("20 10:00"))
        timer = self.timer(ticket)
        self.assertEqual(timer.breached_at, utc("16 09:00"))
        self.assertEqual(timer.state, "running")
        self.assertEqual(ticket.sudo().sla_state, "breached")
        breach = timer.alarm_ids.filtered(lambda alarm: alarm.percent == 100)
        self.assertEqual(breach.due_at, utc("16 09:00"))
        self.assertEqual(self.alarms(ticket)[:3], [(p, "void") for p in (50, 75, 90)])
        self.assertFalse(timer.next_alarm_at)
        self.assert_sums(ticket)

    def test_alarm_goes_to_the_leader_of_the_team_without_assignee(self):
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Kitchen", "user_id": self.user_manager.id}
        )
        ticket = self.make_ticket(team_id=team.id, user_id=False)
        self.run_alarms(utc("15 14:00"))
        self.assertEqual(ticket.sudo().activity_ids.user_id, self.user_manager)

    def test_nothing_is_told_of_a_paused_or_met_target(self):
        paused = self.make_ticket(user_id=self.user_agent.id)
        closed = self.make_ticket(user_id=self.user_agent.id)
        self.move(paused, self.stage_waiting, utc("15 10:00"))
        self.move(closed, self.stage_done, utc("15 10:00"))
        self.run_alarms(utc("17 10:00"))
        for ticket in (paused, closed):
            self.assertEqual(self.alarms(ticket), [])
            self.assertFalse(ticket.sudo().activity_ids)

    def test_state_is_checked_again_when_the_alarm_comes(self):
        ticket = self.make_ticket()
        # Paused behind the back of the timer
        self.env["service.sla.pause"]._begin(
            [
                {
                    "ticket_id": ticket.id,
                    "start_at": utc("15 13:30"),
                    "reason_id": self.reason_customer.id,
                }
            ]
        )
        self.run_alarms(utc("15 14:00"))
        self.assertEqual(self.alarms(ticket), [])
        self.assertEqual(self.timer(ticket).state, "paused")

    def test_not_at_night_if_the_policy_says_so(self):
        targets = [self.target_values("restore", 12, unit="wall_hour")]
        quiet = self.make_policy(targets, alarm_in_hours_only=True)
        self.contract.sudo()._write({"sla_policy_id": quiet.id})
        self.env.invalidate_all()
        ticket = self.make_ticket(user_id=self.user_agent.id)
        self.run_alarms(utc("15 15:00"))
        self.assertEqual(self.alarms(ticket), [(50, "told")])
        self.run_alarms(utc("15 21:30"))
        self.assertEqual(self.alarms(ticket), [(50, "told")])
        timer = self.timer(ticket)
        # The breach is a fact at once, the telling waits for the opening.
        self.assertEqual(timer.breached_at, utc("15 21:00"))
        self.assertEqual(timer.next_alarm_at, utc("16 07:00"))
        self.run_alarms(utc("16 07:00"))
        self.assertEqual(self.alarms(ticket)[-1], (100, "quiet"))
        self.assertIn("missed", ticket.sudo().activity_ids.summary)

    def test_failing_alarm_waits_longer_each_time_and_holds_up_no_other(self):
        bad, good = (
            self.make_ticket(user_id=self.user_agent.id) for _number in range(2)
        )
        model = type(self.env["helpdesk.ticket"])
        tell = model._tell_sla_alarms

        def fail(tickets):
            if bad in tickets:
                raise ValueError("No good")
            return tell(tickets)

        with patch.object(model, "_tell_sla_alarms", fail), mute_logger(ALARM):
            self.run_alarms(utc("15 14:00"))
            timer = self.timer(bad)
            self.assertEqual(self.alarms(good), [(50, "told")])
            self.assertEqual(self.alarms(bad), [])
            self.assertEqual(timer.next_alarm_at, utc("15 14:02"))
            self.assertEqual((timer.alarm_attempts, timer.alarm_error), (1, "No good"))
            self.run_alarms(utc("15 14:01"))
            self.assertEqual(timer.alarm_attempts, 1)
            self.run_alarms(utc("15 14:02"))
            self.assertEqual(self.timer(bad).next_alarm_at, utc("15 14:06"))
        self.run_alarms(utc("15 14:06"))
        self.assertEqual(self.alarms(bad), [(50, "told")])
        self.assertEqual((timer.alarm_attempts, timer.alarm_error), (0, False))

    def test_scheduled_action_goes_through_more_than_one_chunk(self):
        tickets = self.env["helpdesk.ticket"].create(
            [
                {"name": "x", "description": "x", "partner_id": self.contact.id}
                for _n in range(7)
            ]
        )
        self.env.flush_all()
        self.run_cron("service.sla.timer", "_cron_alarms", utc("15 14:00"), limit=3)
        self.env.invalidate_all()
        for ticket in tickets:
            self.assertEqual(self.alarms(ticket), [(50, "nobody")])

    def test_alarm_of_an_emptied_calendar_waits(self):
        ticket = self.make_ticket()
        self.calendar.attendance_ids.unlink()
        with self.assertLogs("odoo.addons.service_contract", "WARNING"):
            self.run_alarms(utc("15 14:00"))
        self.assertEqual(self.timer(ticket).next_alarm_at, utc("15 15:00"))

    def test_server_runs_the_scheduled_action(self):
        ticket = self.make_ticket()
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        # By the clock of the server, which is long after the breach
        self.assertEqual(self.alarms(ticket)[-1], (100, "told"))

    # === NOT LATER THAN A MINUTE === #

    def run_for_real(self, instant):
        """Run the scheduled action with a time that goes by while it sleeps.

        :return: what it did, in order: commits, and seconds of sleep
        """
        contract_model = type(self.env["service.contract"])
        cron_model = type(self.env["ir.cron"])
        commit = cron_model._commit_progress
        clock, done = [instant], []

        def fall_asleep(seconds):
            clock[0] += timedelta(seconds=seconds)
            done.append(seconds)

        def commit_and_note(cron, *args, **kwargs):
            done.append("commit")
            return commit(cron, *args, **kwargs)

        with (
            patch.object(contract_model, "_service_now", lambda self: clock[0]),
            patch.object(cron_model, "_commit_progress", commit_and_note),
            patch.object(cron_model, "_notifydb", lambda self: done.append("notify")),
            patch(f"{ALARM}.sleep", fall_asleep),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            timers = self.env(cr=cr, context={})["service.sla.timer"]
            timers._cron_alarms()
            cr.postcommit.run()
        self.env.invalidate_all()
        return done

    def test_alarm_that_is_near_is_waited_for(self):
        ticket = self.make_ticket()
        self.env.flush_all()
        instant = utc("15 14:00") - timedelta(seconds=7)
        # Committed first: nobody waits in an open transaction
        self.assertEqual(self.run_for_real(instant), ["commit", 7, "commit"])
        self.assertEqual(self.alarms(ticket), [(50, "told")])
        self.assertEqual(self.timer(ticket).alarm_ids.fired_at, utc("15 14:00"))

    def test_alarm_that_is_not_near_is_not_waited_for(self):
        ticket = self.make_ticket()
        self.env.flush_all()
        self.env["ir.cron.trigger"].search([]).unlink()
        instant = utc("15 14:00") - timedelta(seconds=16)
        self.assertEqual(self.run_for_real(instant), [])
        self.assertEqual(self.alarms(ticket), [])
        self.assertEqual(self.triggers(), [utc("15 14:00") - LEAD])

    def test_after_one_wait_the_next_turn_is_at_once(self):
        first = self.make_ticket()
        second = self.make_ticket(requested_at=utc("15 09:00") + timedelta(seconds=4))
        self.env.flush_all()
        instant = utc("15 14:00") - timedelta(seconds=2)
        self.assertEqual(self.run_for_real(instant), ["commit", 2, "commit", "notify"])
        self.assertEqual(self.alarms(first), [(50, "told")])
        self.assertEqual(self.alarms(second), [])
        self.assertEqual(self.run_for_real(utc("15 14:00")), ["commit", 4, "commit"])
        self.assertEqual(self.alarms(second), [(50, "told")])

    def test_what_there_was_no_time_for_comes_at_once(self):
        tickets = self.make_ticket() | self.make_ticket()
        self.env.flush_all()
        cron_model = type(self.env["ir.cron"])
        notified = []
        with (
            patch.object(cron_model, "_commit_progress", lambda *a, **kw: 0),
            patch.object(cron_model, "_notifydb", lambda self: notified.append(1)),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            timers = self.at(self.env(cr=cr)["service.sla.timer"], utc("15 14:00"))
            timers._cron_alarms(limit=1)
            cr.postcommit.run()
        self.env.invalidate_all()
        self.assertEqual(sum(bool(self.alarms(ticket)) for ticket in tickets), 1)
        self.assertTrue(notified)
        self.assertIn(utc("15 14:00"), self.triggers())

    def test_time_that_is_passed_in_is_not_waited_for(self):
        self.make_ticket()
        self.env.flush_all()
        with patch(f"{ALARM}.sleep", side_effect=AssertionError("It goes not by")):
            self.run_alarms(utc("15 14:00") - timedelta(seconds=5))

    def test_hook_is_called_for_what_is_told(self):
        self.make_ticket()
        seen = []
        model = type(self.env["service.sla.timer"])
        with patch.object(
            model, "_on_threshold", lambda timer, alarm: seen.append(alarm.percent)
        ):
            self.run_alarms(utc("15 16:00"))
        self.assertEqual(seen, [75])

    def test_scan_costs_nothing_when_nothing_is_due(self):
        for size in (1, 50):
            self.env["helpdesk.ticket"].create(
                [
                    {"name": "x", "description": "x", "partner_id": self.contact.id}
                    for _n in range(size)
                ]
            )
            self.env.flush_all()
            timers = self.at(self.env["service.sla.timer"], utc("15 09:30"))
            with self.assertQueryCount(1):
                timers._lock_due(utc("15 09:30"), 200, [0])

    def test_scan_reads_the_partial_index(self):
        tickets = [
            {"name": "x", "description": "x", "partner_id": self.contact.id}
            for _n in range(100)
        ]
        self.env["helpdesk.ticket"].create(tickets)
        self.env.flush_all()
        self.env.cr.execute("ANALYZE service_sla_timer")
        # What a large table makes the planner do by itself
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("SET LOCAL enable_bitmapscan = off")
        timers = self.env["service.sla.timer"]
        execute = type(self.env.cr).execute
        plans = []

        def explain(cr, query, *args, **kwargs):
            if "service_sla_timer" in str(getattr(query, "code", query)):
                execute(cr, SQL("EXPLAIN %s", query))
                plans.append("\n".join(line for (line,) in cr.fetchall()))
            return execute(cr, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", explain):
            timers._lock_due(utc("15 09:30"), 200, [0])
            timers._trigger_next(True)
        self.assertEqual(len(plans), 2)
        for plan in plans:
            self.assertIn("service_sla_timer_next_alarm_idx", plan)
            self.assertNotIn("Seq Scan on service_sla_timer", plan)
            self.assertNotIn("Sort", plan)

    def test_panel_and_explanation(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_waiting, utc("15 10:00"))
        panel = self.at(ticket, utc("15 12:00")).sla_panel[0]
        timer = self.timer(ticket)
        expected = {
            "id": timer.id,
            "metric": "restore",
            "label": "Restore",
            "state": "paused",
            "due_at": False,
            "breached_at": False,
            "target_s": 8 * 3600,
            "counted_s": 3600,
            "remaining_open_s": 7 * 3600,
            "paused_since": "2025-01-15T10:00:00Z",
            "pause_reason": "Waiting for the customer",
            "resumes_at": False,
            "tz": "Europe/Rome",
            "policy": "Gold",
            "version": 1,
            "open_now": True,
            "next_open": False,
            "as_of": "2025-01-15T12:00:00Z",
        }
        self.assertEqual({name: panel[name] for name in expected}, expected)
        self.assertEqual(
            panel["openings"][0], ["2025-01-15T12:00:00Z", "2025-01-15T16:00:00Z"]
        )
        days = self.at(timer, utc("16 12:00"))._explain()
        self.assertEqual([day["day"] for day in days], ["2025-01-15", "2025-01-16"])
        self.assertEqual([day["counted_s"] for day in days], [3600, 0])
        self.assertEqual([day["paused_s"] for day in days], [5 * 3600, 4 * 3600])

    def test_panel_names_the_pause_that_lasts(self):
        ticket = self.make_ticket()
        rows = [(self.reason_part, utc("15 11:00")), (self.reason_customer, None)]
        self.env["service.sla.pause"]._begin(
            [
                {
                    "ticket_id": ticket.id,
                    "start_at": utc("15 10:00"),
                    "reason_id": reason.id,
                    "limit_at": limit,
                }
                for reason, limit in rows
            ]
        )
        self.at(ticket, utc("15 10:30"))._sync_sla()
        panel = self.at(ticket, utc("15 12:00")).sla_panel[0]
        self.assertEqual(panel["pause_reason"], "Waiting for the customer")

    def test_panel_asks_nothing_per_ticket(self):
        counts = {}
        for size in (1, 1, 30):
            tickets = self.env["helpdesk.ticket"].create(
                [
                    {"name": "x", "description": "x", "partner_id": self.contact.id}
                    for _n in range(size)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            tickets._get_sla_panel()
            counts[size] = self.env.cr.sql_log_count - before
        self.assertEqual(counts[1], counts[30])
