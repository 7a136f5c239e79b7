# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rules of the SLA clock, on a week of 08:00 to 16:00 in UTC."""

from datetime import date, datetime, timedelta

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.clock import (
    ALWAYS_OPEN,
    Clock,
    Window,
    WorkingHours,
)
from odoo.addons.service_contract.engine.sla import (
    Facts,
    Pause,
    Target,
    explain,
    read,
)

MONDAY = datetime(2026, 3, 2)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR = 3600
OFFICE = WorkingHours(
    "UTC", tuple(Window(day, 8 * HOUR, 16 * HOUR) for day in range(5))
)


def at(text):
    """Return an instant of that week: "tue 09:30", "+" before the day is a week on."""
    weeks = text.count("+")
    day, clock = text.lstrip("+").split()
    hours, minutes, *seconds = map(int, clock.split(":"))
    return MONDAY + timedelta(
        days=DAYS.index(day) + 7 * weeks,
        hours=hours,
        minutes=minutes,
        seconds=sum(seconds),
    )


def span(start, end=None):
    return at(start), end and at(end)


def pause(start, end=None, reason="wait", limit=None):
    return Pause(at(start), end and at(end), reason, limit and at(limit))


def restore(amount=4, unit="hour", **values):
    return Target("1", "restore", amount, unit, **values)


def response(amount=1, unit="hour", pauses=frozenset(), **values):
    return Target("2", "first_response", amount, unit, pauses=pauses, **values)


class SlaCase(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clock = Clock(OFFICE)

    def read_all(
        self, target, as_of, opened="mon 09:00", rules=None, clock=None, **facts
    ):
        facts = Facts(at(opened), **facts)
        return read(target, clock or self.clock, facts, at(as_of), **(rules or {}))

    def read_one(self, *args, **kwargs):
        (reading,) = self.read_all(*args, **kwargs)
        return reading

    def assertReading(self, reading, state=None, due=None, **values):
        """Compare what is named; instants may be texts."""
        if state:
            self.assertEqual(reading.state, state)
        if due:
            self.assertEqual(reading.due_at, at(due))
        for name, value in values.items():
            expected = at(value) if isinstance(value, str) else value
            self.assertEqual(getattr(reading, name), expected, name)
        self.assertGreaterEqual(reading.counted_s, 0)


class TestRunning(SlaCase):
    def test_clock_starts_at_the_next_opening(self):
        reading = self.read_one(restore(), "mon 09:00", opened="sun 12:00")
        self.assertReading(reading, "running", due="+mon 12:00", counted_s=0)

    def test_figures_add_up_to_the_time_that_passed(self):
        reading = self.read_one(restore(12), "tue 09:00")
        self.assertReading(reading, counted_s=8 * HOUR, off_s=16 * HOUR)
        self.assertEqual((reading.paused_s, reading.gap_s), (0, 0))

    def test_reading_before_the_opening_is_that_of_the_opening(self):
        reading = self.read_one(restore(), "mon 07:00")
        self.assertReading(reading, "running", counted_s=0, off_s=0, due="mon 13:00")

    def test_warnings_are_instants_of_the_thresholds(self):
        reading = self.read_one(restore(8), "mon 09:00")
        self.assertEqual(
            reading.warnings,
            ((50, at("mon 13:00")), (75, at("mon 15:00")), (90, at("tue 08:12"))),
        )

    def test_next_alarm_is_the_first_above_a_percentage(self):
        reading = self.read_one(restore(8), "mon 09:00")
        self.assertEqual(reading.next_alarm(), (50, at("mon 13:00")))
        self.assertEqual(reading.next_alarm(75), (90, at("tue 08:12")))
        self.assertEqual(reading.next_alarm(90), (100, at("tue 09:00")))
        self.assertIsNone(reading.next_alarm(100))

    def test_time_left_is_open_time(self):
        reading = self.read_one(restore(8), "mon 20:00")
        self.assertEqual(reading.left_s, HOUR)

    def test_wall_hours_run_day_and_night(self):
        reading = self.read_one(restore(24, "wall_hour"), "mon 21:00")
        self.assertReading(reading, due="tue 09:00", counted_s=12 * HOUR, off_s=0)

    def test_24_by_7_has_no_drift_in_400_days(self):
        clock = Clock(ALWAYS_OPEN("Europe/Rome"))
        facts = Facts(datetime(2026, 1, 1))
        (reading,) = read(restore(9600), clock, facts, datetime(2027, 2, 5))
        self.assertEqual(reading.due_at, datetime(2027, 2, 5))
        self.assertEqual(reading.off_s, 0)

    def test_day_of_the_clock_change_has_its_usual_hours(self):
        hours = WorkingHours("Europe/Rome", (Window(6, 0, 86400),))
        for day, length in (("2026-03-29", 23), ("2026-10-25", 25)):
            start = datetime.fromisoformat(day) - timedelta(hours=3)
            (reading,) = read(
                restore(40), Clock(hours), Facts(start), start + timedelta(days=2)
            )
            self.assertEqual(reading.counted_s, length * HOUR)


class TestVerdicts(SlaCase):
    def test_first_response_stops_at_the_first_one(self):
        reading = self.read_one(
            response(), "tue 12:00", responses=(at("mon 09:40"), at("mon 15:00"))
        )
        self.assertReading(reading, "met", stopped_at="mon 09:40", counted_s=40 * 60)

    def test_stop_at_the_due_instant_is_met_and_a_second_later_missed(self):
        for stop, state, breach in (
            ("mon 10:00:00", "met", None),
            ("mon 10:00:01", "missed", "mon 10:00"),
        ):
            reading = self.read_one(response(), "tue 12:00", responses=(at(stop),))
            self.assertReading(reading, state, due="mon 10:00", breached_at=breach)

    def test_due_at_closing_is_breached_at_the_next_opening(self):
        late = {"opened": "fri 15:00"}
        self.assertReading(
            self.read_one(response(), "sat 12:00", **late),
            "running",
            due="fri 16:00",
            breached_at=None,
            breaches_at="+mon 08:00",
        )
        reading = self.read_one(
            response(), "sun 12:00", responses=(at("sun 10:00"),), **late
        )
        self.assertReading(reading, "met", counted_s=HOUR)
        reading = self.read_one(response(), "+mon 08:00", **late)
        self.assertReading(reading, "running", breached_at="+mon 08:00")

    def test_breach_is_an_instant_that_nobody_touched(self):
        reading = self.read_one(restore(4), "thu 12:00")
        self.assertReading(reading, "running", breached_at="mon 13:00")

    def test_closing_without_a_response_stops_its_clock(self):
        reading = self.read_one(response(), "tue 12:00", resolved=(span("mon 09:30"),))
        self.assertReading(reading, "void", stopped_at="mon 09:30", counted_s=1800)

    def test_closing_late_without_a_response_is_missed(self):
        reading = self.read_one(response(), "tue 12:00", resolved=(span("mon 10:30"),))
        self.assertReading(reading, "missed", breached_at="mon 10:00")

    def test_closing_that_is_the_response_keeps_the_promise(self):
        facts = {"responses": (at("mon 09:30"),), "resolved": (span("mon 09:30"),)}
        reading = self.read_one(response(), "tue 12:00", **facts)
        self.assertReading(reading, "met", stopped_at="mon 09:30")

    def test_ticket_that_is_reopened_waits_for_its_response_again(self):
        facts = {"resolved": (span("mon 09:30", "mon 12:00"),)}
        reading = self.read_one(response(), "mon 12:10", **facts)
        self.assertReading(reading, "running", counted_s=40 * 60)
        reading = self.read_one(
            response(), "tue 12:00", responses=(at("mon 12:20"),), **facts
        )
        self.assertReading(reading, "met", stopped_at="mon 12:20", counted_s=50 * 60)

    def test_response_after_the_closing_changes_nothing(self):
        reading = self.read_one(
            response(),
            "tue 12:00",
            resolved=(span("mon 09:30"),),
            responses=(at("mon 12:00"),),
        )
        self.assertReading(reading, "void", stopped_at="mon 09:30")

    def test_closed_ticket_is_restored(self):
        reading = self.read_one(restore(), "wed 12:00", resolved=(span("mon 12:00"),))
        self.assertReading(reading, "met", stopped_at="mon 12:00")

    def test_restored_at_the_first_of_restored_and_closed(self):
        reading = self.read_one(
            restore(),
            "wed 12:00",
            restored=(span("mon 11:00", "mon 15:00"),),
            resolved=(span("mon 15:00"),),
        )
        self.assertReading(reading, "met", stopped_at="mon 11:00", gap_s=0)

    def test_restored_is_not_resolved(self):
        target = Target("1", "resolve", 4, "hour")
        reading = self.read_one(target, "mon 12:00", restored=(span("mon 11:00"),))
        self.assertReading(reading, "running", stopped_at=None)

    def test_stopped_timer_is_frozen(self):
        facts = {"resolved": (span("mon 12:00"),)}
        self.assertEqual(
            self.read_one(restore(), "mon 12:00", **facts),
            self.read_one(restore(), "+fri 12:00", **facts),
        )

    def test_reaction_and_pause_in_one_write(self):
        # The answer is not lost when the ticket waits from then on.
        facts = {"responses": (at("mon 09:30"),), "pauses": (pause("mon 09:30"),)}
        self.assertReading(
            self.read_one(response(), "tue 12:00", **facts), "met", counted_s=1800
        )
        self.assertReading(
            self.read_one(restore(), "tue 12:00", **facts), "paused", counted_s=1800
        )

    def test_targets_are_independent(self):
        facts = {"responses": (at("mon 12:00"),), "resolved": (span("mon 14:00"),)}
        self.assertReading(
            self.read_one(response(), "tue 12:00", **facts),
            "missed",
            stopped_at="mon 12:00",
            due="mon 10:00",
        )
        self.assertReading(
            self.read_one(restore(8), "tue 12:00", **facts), "met", due="tue 09:00"
        )

    def test_ticket_made_closed_is_met(self):
        reading = self.read_one(restore(), "tue 12:00", resolved=(span("mon 09:00"),))
        self.assertReading(reading, "met", counted_s=0, stopped_at="mon 09:00")

    def test_late_target_is_breached_from_the_beginning(self):
        # Another priority: judged as if it had been there from the start.
        reading = self.read_one(
            restore(1), "mon 15:00", pauses=(pause("mon 12:00", "mon 13:00"),)
        )
        self.assertReading(reading, "running", breached_at="mon 10:00")


class TestPauses(SlaCase):
    def test_pause_gives_back_its_open_time_only(self):
        reading = self.read_one(
            restore(), "wed 09:00", pauses=(pause("mon 12:00", "tue 10:00"),)
        )
        self.assertReading(reading, due="tue 11:00", paused_s=6 * HOUR)
        self.assertEqual(
            reading.counted_s + reading.paused_s + reading.off_s, 48 * HOUR
        )

    def test_pause_over_a_weekend_gives_back_nothing(self):
        reading = self.read_one(
            restore(),
            "fri 15:00",
            opened="fri 15:00",
            pauses=(pause("fri 16:00", "+mon 08:00"),),
        )
        self.assertReading(reading, due="+mon 11:00")

    def test_while_paused_there_is_no_due_instant(self):
        reading = self.read_one(restore(), "mon 12:00", pauses=(pause("mon 10:00"),))
        self.assertReading(reading, "paused", due_at=None, breaches_at=None)
        self.assertEqual(reading.warnings, ())

    def test_warnings_reached_before_the_pause_stay(self):
        reading = self.read_one(restore(), "mon 12:00", pauses=(pause("mon 11:30"),))
        self.assertEqual(reading.warnings, ((50, at("mon 11:00")),))

    def test_pause_begins_and_ends_half_open(self):
        pauses = (pause("mon 10:00", "mon 11:00"),)
        for instant, state in (
            ("mon 09:59:59", "running"),
            ("mon 10:00", "paused"),
            ("mon 10:59:59", "paused"),
            ("mon 11:00", "running"),
        ):
            self.assertReading(self.read_one(restore(), instant, pauses=pauses), state)

    def test_adjoining_pauses_are_one(self):
        one = (pause("mon 10:00", "mon 14:00"),)
        two = (
            pause("mon 10:00", "mon 12:00", "a"),
            pause("mon 12:00", "mon 14:00", "b"),
        )
        self.assertEqual(
            self.read_all(restore(), "tue 12:00", pauses=one),
            self.read_all(restore(), "tue 12:00", pauses=two),
        )

    def test_overlapping_pauses_count_once(self):
        reading = self.read_one(
            restore(),
            "tue 12:00",
            pauses=(
                pause("mon 10:00", "mon 13:00", "a"),
                pause("mon 11:00", "mon 12:00", "b"),
                pause("mon 12:30", "mon 14:00", "c"),
            ),
        )
        self.assertReading(reading, paused_s=4 * HOUR, due="tue 09:00")

    def test_only_the_reasons_of_the_target_pause(self):
        pauses = (
            pause("mon 10:00", "mon 11:00", "a"),
            pause("mon 12:00", "mon 13:00", "b"),
        )
        for reasons, paused in ((None, 2), (frozenset("a"), 1), (frozenset(), 0)):
            reading = self.read_one(restore(pauses=reasons), "mon 15:00", pauses=pauses)
            self.assertReading(reading, paused_s=paused * HOUR)

    def test_first_response_pauses_only_if_the_target_says_so(self):
        pauses = (pause("mon 09:30", "mon 11:00"),)
        for reasons, due in ((frozenset(), "mon 10:00"), (None, "mon 11:30")):
            target = response(pauses=reasons)
            reading = self.read_one(target, "mon 15:00", pauses=pauses)
            self.assertReading(reading, due=due, breached_at=due)

    def test_resolved_straight_from_a_pause(self):
        reading = self.read_one(
            restore(),
            "fri 12:00",
            pauses=(pause("mon 10:00"),),
            resolved=(span("wed 10:00"),),
        )
        self.assertReading(reading, "met", counted_s=HOUR, paused_s=16 * HOUR)
        self.assertReading(reading, due="wed 13:00", resumes_at=None)

    def test_pause_after_the_due_instant_does_not_move_it(self):
        reading = self.read_one(restore(), "tue 12:00", pauses=(pause("mon 14:00"),))
        self.assertReading(reading, "paused", due="mon 13:00", breached_at="mon 13:00")

    def test_no_breach_while_paused(self):
        # The target is used up in the very second in which the pause begins.
        pauses = (pause("mon 13:00", "wed 09:00"),)
        reading = self.read_one(restore(), "tue 12:00", pauses=pauses)
        self.assertReading(reading, "paused", due="mon 13:00", breached_at=None)
        reading = self.read_one(restore(), "wed 12:00", pauses=pauses)
        self.assertReading(reading, "running", breached_at="wed 09:00")

    def test_limit_ends_a_pause_by_itself(self):
        pauses = (pause("mon 10:00", limit="mon 15:00"),)
        reading = self.read_one(restore(), "mon 12:00", pauses=pauses)
        self.assertReading(reading, "paused", due="tue 10:00", resumes_at="mon 15:00")
        reading = self.read_one(restore(), "tue 09:00", pauses=pauses)
        self.assertReading(reading, "running", paused_s=5 * HOUR, resumes_at=None)

    def test_limit_cuts_a_pause_that_ended_later(self):
        reading = self.read_one(
            restore(),
            "tue 09:00",
            pauses=(pause("mon 10:00", "mon 16:00", limit="mon 11:00"),),
        )
        self.assertReading(reading, paused_s=HOUR)

    def test_pause_begins_with_the_clock_at_the_earliest(self):
        reading = self.read_one(
            restore(),
            "mon 15:00",
            opened="mon 12:00",
            pauses=(pause("mon 08:00", "mon 13:00"),),
        )
        self.assertReading(reading, paused_s=HOUR, due="tue 09:00")

    def test_pause_may_give_back_its_whole_length(self):
        target = restore(pause_clock="wall")
        pauses = (pause("mon 12:00", "tue 10:00"),)
        reading = self.read_one(target, "tue 10:00", pauses=pauses)
        self.assertReading(reading, due="tue 11:00", paused_s=22 * HOUR)
        reading = self.read_one(target, "mon 20:00", pauses=(pause("mon 12:00"),))
        self.assertReading(reading, "paused", due_at=None)

    def test_pause_may_hide_the_due_instant_only(self):
        target = restore(pause_clock="hide_only")
        pauses = (pause("mon 10:00", "mon 12:00"),)
        reading = self.read_one(target, "mon 11:00", pauses=pauses)
        self.assertReading(reading, "paused", due_at=None, counted_s=2 * HOUR)
        reading = self.read_one(target, "mon 12:00", pauses=pauses)
        self.assertReading(reading, "running", due="mon 13:00", paused_s=0)


class TestWorkingDays(SlaCase):
    def test_days_are_dates_and_not_hours(self):
        # A short Friday: 12 h of a standard day would end elsewhere.
        short = WorkingHours(
            "UTC", (*OFFICE.windows[:4], Window(4, 8 * HOUR, 10 * HOUR))
        )
        reading = self.read_one(
            restore(2, "working_day"),
            "thu 09:00",
            opened="thu 09:00",
            clock=Clock(short),
        )
        self.assertReading(reading, due="+mon 09:00")

    def test_end_of_day_is_the_closing(self):
        target = restore(1, "working_day", end_of_day=True)
        reading = self.read_one(target, "mon 09:00")
        self.assertReading(reading, due="tue 16:00", target_s=15 * HOUR)

    def test_time_of_day_is_kept_at_an_opening(self):
        reading = self.read_one(
            restore(1, "working_day"), "mon 08:00", opened="mon 08:00"
        )
        self.assertReading(reading, due="tue 08:00", breaches_at="tue 08:00")

    def test_pauses_and_gaps_move_them_by_their_open_time(self):
        facts = {
            "pauses": (pause("mon 10:00", "mon 12:00"),),
            "resolved": (span("mon 15:00", "tue 09:00"),),
        }
        reading = self.read_one(restore(1, "working_day"), "tue 10:00", **facts)
        self.assertReading(reading, due="tue 13:00", paused_s=2 * HOUR, gap_s=2 * HOUR)

    def test_holiday_does_not_count(self):
        hours = WorkingHours(
            "UTC", OFFICE.windows, closed_days=frozenset({date(2026, 3, 3)})
        )
        reading = self.read_one(
            restore(1, "working_day"), "mon 09:00", clock=Clock(hours)
        )
        self.assertReading(reading, due="wed 09:00")


class TestReopening(SlaCase):
    facts = {"resolved": (span("mon 10:00", "tue 10:00"), span("tue 11:00"))}

    def test_same_clock_goes_on_and_the_gap_does_not_count(self):
        reading = self.read_one(restore(), "wed 12:00", **self.facts)
        self.assertReading(reading, "met", stopped_at="tue 11:00", counted_s=2 * HOUR)
        self.assertReading(reading, gap_s=8 * HOUR, off_s=16 * HOUR)

    def test_between_closing_and_reopening_it_is_met(self):
        reading = self.read_one(restore(), "mon 20:00", **self.facts)
        self.assertReading(reading, "met", stopped_at="mon 10:00", counted_s=HOUR)

    def test_breach_survives_a_reopening(self):
        facts = {"resolved": (span("mon 15:00", "tue 10:00"),)}
        for instant, state in (("mon 20:00", "missed"), ("tue 12:00", "running")):
            reading = self.read_one(restore(), instant, **facts)
            self.assertReading(reading, state, breached_at="mon 13:00")

    def test_met_clock_may_be_breached_after_the_reopening(self):
        facts = {"resolved": (span("mon 12:00", "tue 10:00"),)}
        reading = self.read_one(restore(), "tue 12:00", **facts)
        self.assertReading(reading, "running", breached_at="tue 11:00")

    def test_restart_begins_a_new_clock(self):
        first, second = self.read_all(
            restore(), "wed 12:00", rules={"reopen": "restart"}, **self.facts
        )
        self.assertReading(first, "met", cycle=0, stopped_at="mon 10:00")
        self.assertReading(
            second, "met", cycle=1, started_at="tue 10:00", counted_s=HOUR, gap_s=0
        )

    def test_new_clock_only_after_the_window(self):
        for window, cycles in ((23 * HOUR, 2), (24 * HOUR, 1)):
            rules = {"reopen": "new_after", "reopen_window_s": window}
            found = self.read_all(restore(), "wed 12:00", rules=rules, **self.facts)
            self.assertEqual(len(found), cycles)

    def test_window_counts_for_each_reopening(self):
        rules = {"reopen": "new_after", "reopen_window_s": 10 * HOUR}
        found = self.read_all(
            restore(),
            "fri 12:00",
            rules=rules,
            resolved=(
                span("mon 10:00", "mon 11:00"),
                span("mon 12:00", "tue 12:00"),
                span("tue 13:00", "tue 14:00"),
                span("tue 15:00"),
            ),
        )
        self.assertEqual([one.gap_s for one in found], [HOUR, HOUR])
        self.assertEqual(
            [one.started_at for one in found], [at("mon 09:00"), at("tue 12:00")]
        )

    def test_unanswered_ticket_waits_again_after_a_reopening(self):
        facts = {"resolved": (span("mon 09:30", "mon 12:00"),)}
        reading = self.read_one(response(), "mon 12:10", **facts)
        self.assertReading(reading, "running", due="mon 12:30", counted_s=40 * 60)

    def test_answered_ticket_does_not_wait_again(self):
        found = self.read_all(
            response(),
            "fri 12:00",
            rules={"reopen": "restart"},
            responses=(at("mon 09:20"),),
            resolved=(span("mon 09:30", "mon 12:00"),),
        )
        self.assertEqual([one.state for one in found], ["met"])

    def test_reopened_in_the_same_second_is_still_closed(self):
        facts = {"resolved": (span("mon 10:00", "mon 11:00"), span("mon 11:00"))}
        reading = self.read_one(restore(), "wed 12:00", **facts)
        self.assertReading(reading, stopped_at="mon 10:00")

    def test_pause_inside_a_gap_is_gap(self):
        facts = {
            "resolved": (span("mon 10:00", "mon 14:00"),),
            "pauses": (pause("mon 11:00", "mon 15:00"),),
        }
        reading = self.read_one(restore(), "mon 16:00", **facts)
        self.assertReading(reading, gap_s=4 * HOUR, paused_s=HOUR, counted_s=2 * HOUR)

    def test_three_reopenings(self):
        facts = {
            "resolved": tuple(
                span(f"{day} 10:00", f"{day} 15:00") for day in ("mon", "tue", "wed")
            )
        }
        reading = self.read_one(restore(8), "thu 08:00", **facts)
        # 09-10 and 15-16 on Monday, 08-10 and 15-16 on the others.
        self.assertReading(
            reading, gap_s=15 * HOUR, counted_s=8 * HOUR, due="wed 16:00"
        )


class TestExchanges(SlaCase):
    target = Target("3", "next_response", 2, "hour")

    def test_each_unanswered_exchange_has_a_clock(self):
        found = self.read_all(
            self.target,
            "tue 12:00",
            customer_messages=(at("mon 09:00"), at("mon 09:30"), at("mon 14:00")),
            agent_messages=(at("mon 10:00"), at("mon 11:00")),
        )
        self.assertEqual(
            [(one.started_at, one.stopped_at) for one in found],
            [(at("mon 09:00"), at("mon 10:00")), (at("mon 14:00"), None)],
        )
        self.assertReading(found[1], "running", cycle=1, due="mon 16:00")

    def test_nothing_asked_nothing_runs(self):
        self.assertEqual(self.read_all(self.target, "tue 12:00"), ())
        agents = (at("mon 10:00"),)
        self.assertEqual(
            self.read_all(self.target, "tue 12:00", agent_messages=agents), ()
        )

    def test_message_to_a_closed_ticket_runs_from_the_reopening(self):
        facts = {"customer_messages": (at("mon 12:00"),)}
        closed = (span("mon 11:00"),)
        self.assertEqual(
            self.read_all(self.target, "mon 15:00", resolved=closed, **facts), ()
        )
        reopened = (span("mon 11:00", "mon 14:00"),)
        reading = self.read_one(self.target, "mon 15:00", resolved=reopened, **facts)
        self.assertReading(reading, "running", gap_s=2 * HOUR, due="mon 16:00")

    def test_closing_ends_an_exchange(self):
        reading = self.read_one(
            self.target,
            "tue 12:00",
            customer_messages=(at("mon 09:00"),),
            resolved=(span("mon 10:00"),),
        )
        self.assertReading(reading, "void", stopped_at="mon 10:00")

    def test_silence_is_measured_between_answers(self):
        target = Target("4", "update", 2, "hour")
        found = self.read_all(
            target, "mon 15:00", agent_messages=(at("mon 10:00"), at("mon 13:00"))
        )
        self.assertEqual([one.counted_s for one in found], [HOUR, 3 * HOUR, 2 * HOUR])
        self.assertEqual([one.state for one in found], ["met", "missed", "running"])


class TestExplanation(SlaCase):
    def test_days_tell_what_was_counted(self):
        hours = WorkingHours(
            "UTC", OFFICE.windows, closed_days=frozenset({date(2026, 3, 3)})
        )
        clock = Clock(hours)
        facts = Facts(
            at("mon 09:00"),
            pauses=(pause("mon 10:00", "mon 12:00"),),
            resolved=(span("mon 15:00", "wed 09:00"),),
        )
        now = at("wed 10:00")
        (reading,) = read(restore(8), clock, facts, now)
        days = explain(restore(8), clock, facts, reading, now)
        self.assertEqual(
            [
                (
                    one.day.day,
                    *(
                        seconds // HOUR
                        for seconds in (
                            one.open_s,
                            one.counted_s,
                            one.paused_s,
                            one.gap_s,
                            one.skipped_s,
                        )
                    ),
                )
                for one in days
            ],
            [(2, 7, 4, 2, 1, 0), (3, 0, 0, 0, 0, 8), (4, 2, 1, 0, 1, 0)],
        )

    def test_days_are_local(self):
        hours = WorkingHours(
            "Asia/Tokyo", tuple(Window(day, 0, 86400) for day in range(7))
        )
        facts = Facts(at("mon 12:00"))
        (reading,) = read(restore(8), Clock(hours), facts, at("mon 18:00"))
        days = explain(restore(8), Clock(hours), facts, reading, at("mon 18:00"))
        self.assertEqual(
            [(one.day, one.counted_s) for one in days],
            [(date(2026, 3, 2), 3 * HOUR), (date(2026, 3, 3), 3 * HOUR)],
        )

    def test_wall_hours_skip_nothing(self):
        target = restore(8, "wall_hour")
        facts = Facts(at("sat 12:00"))
        (reading,) = read(target, self.clock, facts, at("sun 12:00"))
        days = explain(target, self.clock, facts, reading, at("sun 12:00"))
        self.assertEqual([one.counted_s for one in days], [12 * HOUR, 12 * HOUR])
        self.assertEqual([one.skipped_s for one in days], [0, 0])
