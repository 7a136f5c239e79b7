# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import tagged

from .common import NOW
from .common_sla import SlaCommon, utc


@tagged("post_install", "-at_install")
class TestSlaTimers(SlaCommon):
    """Timers start by themselves and end with a verdict."""

    def test_closing_without_an_answer_keeps_no_promise_of_an_answer(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_done, utc("15 09:30"))
        response = self.timer(ticket, "first_response")
        self.assertEqual(response.state, "void")
        self.assertEqual(response.stopped_at, utc("15 09:30"))
        self.assertEqual(self.timer(ticket).state, "met")
        self.assertEqual(ticket.sudo().sla_state, "met")
        report = self.env["service.sla.report"]
        self.assertFalse(report.search([("id", "=", response.id)]))
        self.assertEqual(self.env["service.contract"]._check_invariants(), {})
        # The customer reads of what was promised and kept, or not
        labels = [target["state"] for target in ticket._get_portal_targets()]
        self.assertEqual(labels, ["met"])
        # Reopened, it is still to be answered
        self.move(ticket, self.stage_progress, utc("15 10:00"))
        self.assertEqual(self.timer(ticket, "first_response").state, "running")

    def test_closing_late_without_an_answer_is_missed(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_done, utc("16 09:30"))
        self.assertEqual(self.timer(ticket, "first_response").state, "missed")

    def test_closing_stage_that_answers_keeps_the_promise(self):
        self.policy.response_by = "message_or_stage"
        self.stage_done.sla_is_response = True
        ticket = self.make_ticket()
        self.move(ticket, self.stage_done, utc("15 09:30"))
        self.assertEqual(self.timer(ticket, "first_response").state, "met")

    def test_ticket_with_nothing_but_an_unanswered_promise_has_no_verdict(self):
        self.policy.target_ids[1:].unlink()
        ticket = self.make_ticket()
        self.move(ticket, self.stage_done, utc("15 09:30"))
        self.assertEqual(ticket.sudo().sla_state, "void")

    def test_new_ticket_has_a_timer_per_metric(self):
        ticket = self.make_ticket()
        self.assertRecordValues(
            ticket.sudo().sla_timer_ids,
            [
                {
                    "metric": "first_response",
                    "state": "running",
                    "started_at": NOW,
                    "due_at": utc("15 11:00"),
                    "next_alarm_at": utc("15 10:00"),
                    "policy_id": self.policy.id,
                    "tz": "Europe/Rome",
                },
                {
                    "metric": "restore",
                    "state": "running",
                    "started_at": NOW,
                    # 2 h until noon, 4 h in the afternoon, 2 h the next morning
                    "due_at": utc("16 09:00"),
                    "next_alarm_at": utc("15 14:00"),
                    "policy_id": self.policy.id,
                    "tz": "Europe/Rome",
                },
            ],
        )
        self.assertEqual(ticket.sudo().sla_due_at, utc("15 11:00"))
        self.assertEqual(ticket.sudo().sla_state, "running")

    def test_no_policy_no_timer(self):
        ticket = self.make_ticket(partner=self.stranger)
        self.assertFalse(ticket.sudo().sla_timer_ids)
        self.assertEqual(ticket.sudo().sla_state, "none")

    def test_clock_starts_when_the_customer_asked(self):
        ticket = self.make_ticket(requested_at=utc("14 15:30"))
        self.assertEqual(self.timer(ticket).started_at, utc("14 15:30"))
        response = self.timer(ticket, "first_response")
        # Half an hour on Tuesday, one and a half on Wednesday: missed at 08:30
        self.assertEqual(response.breached_at, utc("15 08:30"))
        self.assertEqual(ticket.sudo().sla_state, "breached")
        self.assertEqual(response.state, "running")

    def test_request_outside_opening_hours_counts_from_the_opening(self):
        ticket = self.make_ticket(requested_at=utc("15 03:00"))
        timer = self.timer(ticket)
        self.assertEqual(timer.due_at, utc("15 16:00"))
        self.assertEqual((timer.counted_s, timer.off_s), (7200, 4 * 3600))

    def test_closing_gives_the_verdicts(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_done, utc("15 10:30"))
        self.assertEqual(self.timer(ticket).state, "met")
        self.assertEqual(self.timer(ticket).stopped_at, utc("15 10:30"))
        self.assertEqual(self.timer(ticket, "first_response").state, "void")
        self.assertEqual(ticket.sudo().sla_state, "met")
        self.assertFalse(ticket.sudo().sla_due_at)
        self.assert_sums(ticket)

    def test_late_closing_is_missed_at_the_instant_of_the_breach(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_done, utc("17 10:30"))
        timer = self.timer(ticket)
        self.assertEqual(timer.state, "missed")
        self.assertEqual(timer.breached_at, utc("16 09:00"))
        self.assertEqual(ticket.sudo().sla_state, "missed")
        self.assert_sums(ticket)

    def test_closed_is_frozen(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_done, utc("15 10:30"))
        names = ["state", "due_at", "stopped_at", "counted_s", "evaluated_at"]
        before = self.timer(ticket).read(names)
        self.at(ticket, utc("20 10:00")).write({"priority": "2"})
        self.assertEqual(self.timer(ticket).read(names), before)

    def test_pausing_stage_moves_the_deadline(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_waiting, utc("15 10:00"))
        timer = self.timer(ticket)
        self.assertEqual((timer.state, timer.due_at), ("paused", False))
        # The first response does not pause.
        self.assertEqual(self.timer(ticket, "first_response").state, "running")
        self.move(ticket, self.stage_progress, utc("15 13:00"))
        timer = self.timer(ticket)
        # 10:00 to 11:00 and 12:00 to 13:00 UTC are open: 2 h of pause
        self.assertEqual(timer.due_at, utc("16 11:00"))
        self.assertEqual(timer.paused_s, 7200)
        self.assert_sums(ticket)
        pause = ticket.sudo().sla_pause_ids
        self.assertEqual(pause.ended_by, "stage")
        self.assertEqual(pause.end_at, utc("15 13:00"))

    def test_resolved_straight_from_a_pause_by_counted_time(self):
        ticket = self.make_ticket()
        self.move(ticket, self.stage_waiting, utc("15 10:00"))
        self.move(ticket, self.stage_done, utc("21 10:00"))
        timer = self.timer(ticket)
        self.assertEqual((timer.state, timer.counted_s), ("met", 3600))
        self.assertEqual(ticket.sudo().sla_pause_ids.ended_by, "resolve")
        self.assertFalse(ticket.sudo().sla_is_paused)

    def test_reopened_ticket_resumes_without_the_gap(self):
        ticket = self.make_ticket()
        for day in (15, 16, 17):
            self.move(ticket, self.stage_done, utc(f"{day} 10:00"))
            self.move(ticket, self.stage_progress, utc(f"{day} 15:00"))
        timer = self.timer(ticket)
        self.assertEqual(timer.state, "running")
        self.assertEqual(timer.cycle, 0)
        self.assertEqual(timer.gap_s, 3 * 4 * 3600)
        self.assert_sums(ticket)

    def test_reopening_may_restart(self):
        self.policy.reopen = "restart"
        ticket = self.make_ticket()
        self.move(ticket, self.stage_done, utc("15 10:00"))
        self.move(ticket, self.stage_progress, utc("16 10:00"))
        self.move(ticket, self.stage_waiting, utc("16 11:00"))
        old = self.timer(ticket, state="superseded")
        new = self.timer(ticket)
        self.assertEqual((old.cycle, new.cycle), (0, 1))
        self.assertEqual(old.successor_id, new)
        self.assertEqual(new.started_at, utc("16 10:00"))
        self.assert_sums(ticket)

    def test_reopening_after_the_window_starts_a_new_clock(self):
        self.policy.write({"reopen": "new_after", "reopen_window_hours": 24})
        ticket = self.make_ticket()
        self.move(ticket, self.stage_done, utc("15 10:00"))
        self.move(ticket, self.stage_progress, utc("16 10:00"))
        self.assertEqual(self.timer(ticket).mapped("cycle"), [0])
        self.move(ticket, self.stage_done, utc("16 11:00"))
        self.move(ticket, self.stage_progress, utc("20 11:00"))
        timers = self.timer(ticket)
        self.assertEqual(timers.mapped("state"), ["met", "running"])
        self.assert_sums(ticket)

    def test_imported_ticket_is_judged_like_any_other(self):
        result = self.env["helpdesk.ticket"].load(
            ["name", "description", "partner_id/.id", "requested_at", "stage_id/.id"],
            [
                ["A", "A", str(self.contact.id), "2025-01-15 08:00:00", False],
                [
                    "B",
                    "B",
                    str(self.contact.id),
                    "2025-01-14 08:00:00",
                    str(self.stage_done.id),
                ],
            ],
        )
        self.assertFalse(result["messages"])
        open_ticket, closed = self.env["helpdesk.ticket"].browse(result["ids"])
        self.assertEqual(self.timer(open_ticket).started_at, utc("15 08:00"))
        self.assertEqual(self.timer(closed).state, "missed")
        self.assertEqual(self.timer(closed).stopped_at, NOW)

    def test_deleted_ticket_takes_its_facts_along(self):
        ticket = self.make_ticket(service_contract_line_id=False)
        self.move(ticket, self.stage_waiting, utc("15 10:00"))
        self.assertTrue(ticket.sudo().sla_event_ids)
        ticket.sudo().unlink()
        self.env.flush_all()

    def test_number_of_queries_does_not_grow_with_the_tickets(self):
        self.make_ticket()  # warms the caches
        self.env.flush_all()
        counts = {}
        for size in (1, 50):
            tickets = self.env["helpdesk.ticket"].browse(
                self.make_ticket().id for _n in range(size)
            )
            self.env.flush_all()
            self.env.invalidate_all()
            tickets.mapped("stage_id")
            before = self.env.cr.sql_log_count
            tickets.sudo()._sync_sla(retarget=True)
            self.env.flush_all()
            counts[size] = self.env.cr.sql_log_count - before
        self.assertEqual(counts[1], counts[50])
