# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What holds for every ticket, whatever happened to it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from timeit import repeat

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.clock import Clock, Window, WorkingHours
from odoo.addons.service_contract.engine.sla import (
    Facts,
    Pause,
    Target,
    explain,
    read,
)
from odoo.addons.service_contract.engine.sla_facts import ANSWERS

PROFILE = settings(deadline=None, database=None, derandomize=True, max_examples=200)
# The Sunday in the middle changes the clocks of Rome, the Wednesday is a holiday.
START = datetime(2026, 3, 26)
MINUTES = 9 * 24 * 60
HOUR = 3600
CLOCK = Clock(
    WorkingHours(
        "Europe/Rome",
        (
            *(Window(day, 8 * HOUR, 12 * HOUR) for day in range(6)),
            *(Window(day, 13 * HOUR, 17 * HOUR) for day in range(5)),
            Window(6, 22 * HOUR, 29 * HOUR),
        ),
        closed_days=frozenset({date(2026, 4, 1)}),
    )
)
RULES = [
    {"reopen": "resume"},
    {"reopen": "restart"},
    {"reopen": "new_after", "reopen_window_s": 8 * HOUR},
]


def moment(minutes):
    return START + timedelta(minutes=minutes)


MOMENTS = st.integers(0, MINUTES).map(moment)


@st.composite
def stretches(draw, most):
    """Ascending stretches apart from each other; the last one may have no end."""
    edges = sorted(draw(st.sets(st.integers(0, MINUTES), max_size=2 * most)))
    pairs = [edges[number : number + 2] for number in range(0, len(edges), 2)]
    return tuple(
        (moment(pair[0]), *(moment(end) for end in pair[1:] or ())) for pair in pairs
    )


@st.composite
def pauses(draw):
    start, length = draw(st.integers(0, MINUTES)), draw(st.integers(0, 4000))
    limit = draw(st.none() | st.integers(1, 4000))
    return Pause(
        moment(start),
        draw(st.sampled_from([None, moment(start + length)])),
        draw(st.sampled_from("ab")),
        limit and moment(start + limit),
    )


def times():
    return st.lists(MOMENTS, max_size=4).map(lambda found: tuple(sorted(found)))


@st.composite
def facts(draw):
    closed, restored = (
        tuple(pair if len(pair) == 2 else (*pair, None) for pair in draw(stretches(3)))
        for _kind in range(2)
    )
    return Facts(
        moment(draw(st.integers(0, MINUTES // 2))),
        draw(times()),
        draw(times()),
        draw(times()),
        tuple(draw(st.lists(pauses(), max_size=4))),
        restored,
        closed,
    )


def targets(**fixed):
    values = {
        "key": st.just("1"),
        "metric": st.sampled_from(
            ["first_response", "next_response", "restore", "resolve", "update"]
        ),
        "amount": st.integers(1, 6),
        "unit": st.sampled_from(["hour", "wall_hour", "working_day"]),
        "end_of_day": st.booleans(),
        "pauses": st.sampled_from([None, frozenset(), frozenset("a")]),
        "pause_clock": st.sampled_from(["business", "wall", "hide_only"]),
        "thresholds": st.just((50, 75, 90)),
    }
    return st.builds(Target, **{**values, **{k: st.just(v) for k, v in fixed.items()}})


def until(facts, as_of):
    """Return what is known of the facts at an instant, or at the opening."""
    as_of = max(as_of, facts.opened_at)

    def ended(end):
        return end if end and end <= as_of else None

    def cut(found):
        return tuple((a, ended(b)) for a, b in found if a <= as_of)

    return Facts(
        facts.opened_at,
        *(
            tuple(at for at in found if at <= as_of)
            for found in (
                facts.responses,
                facts.customer_messages,
                facts.agent_messages,
            )
        ),
        tuple(
            replace(pause, end=ended(pause.end))
            for pause in facts.pauses
            if pause.start <= as_of
        ),
        cut(facts.restored),
        cut(facts.resolved),
    )


class TestProperties(BaseCase):
    @PROFILE
    @given(targets(), facts(), MOMENTS, st.sampled_from(RULES))
    def test_figures_add_up(self, target, found, as_of, rules):
        for one in read(target, CLOCK, found, as_of, **rules):
            figures = (one.counted_s, one.paused_s, one.gap_s, one.off_s)
            assert min(figures) >= 0
            end = one.stopped_at or max(as_of, found.opened_at)
            assert sum(figures) == (end - one.started_at).total_seconds()

    @PROFILE
    @given(targets(pause_clock="business"), facts(), MOMENTS, st.sampled_from(RULES))
    def test_verdict_is_counted_time_against_the_target(
        self, target, found, as_of, rules
    ):
        for one in read(target, CLOCK, found, as_of, **rules):
            if one.stopped_at:
                is_late = one.counted_s > one.target_s
                kept = ("met", "void") if target.metric in ANSWERS else ("met",)
                assert one.state in (("missed",) if is_late else kept)
                assert one.breached_at is None or is_late
            elif one.counted_s > one.target_s:
                assert one.breached_at
            elif one.counted_s < one.target_s:
                assert not one.breached_at

    @PROFILE
    @given(targets(), facts(), MOMENTS, st.sampled_from(RULES))
    def test_later_facts_are_unknown(self, target, found, as_of, rules):
        assert read(target, CLOCK, found, as_of, **rules) == read(
            target, CLOCK, until(found, as_of), as_of, **rules
        )

    @PROFILE
    @given(
        targets(pause_clock="business"),
        facts(),
        MOMENTS,
        MOMENTS,
        st.sampled_from(RULES),
    )
    def test_later_reading_keeps_a_past_breach(self, target, found, one, other, rules):
        first, second = sorted([one, other])
        # Pauses that overlap with closing are entered in order, not afterwards.
        before = read(target, CLOCK, until(found, first), first, **rules)
        after = read(target, CLOCK, found, second, **rules)
        for early, late in zip(before, after, strict=False):
            assert early.started_at == late.started_at
            if early.breached_at and early.breached_at < first:
                assert late.breached_at == early.breached_at

    @PROFILE
    @given(targets(pause_clock="business"), facts(), MOMENTS)
    def test_reading_late_finds_the_breach_foretold(self, target, found, as_of):
        for one in read(target, CLOCK, until(found, as_of), as_of):
            if one.breaches_at:
                again = read(target, CLOCK, until(found, as_of), one.breaches_at)
                assert again[one.cycle].breached_at == one.breaches_at

    @PROFILE
    @given(targets(metric="resolve"), facts(), pauses(), MOMENTS)
    def test_another_pause_is_never_earlier(self, target, found, pause, as_of):
        more = replace(found, pauses=(*found.pauses, pause))
        (without,), (with_it,) = (
            read(target, CLOCK, known, as_of) for known in (found, more)
        )
        assert with_it.counted_s <= without.counted_s
        if with_it.due_at and without.due_at:
            assert with_it.due_at >= without.due_at
        if target.pause_clock != "hide_only" and with_it.due_at:
            assert without.due_at

    @PROFILE
    @given(targets(), facts(), st.integers(0, MINUTES), st.integers(0, 5000), MOMENTS)
    def test_pause_cut_in_two_is_the_same(self, target, found, start, length, as_of):
        end, middle = moment(start + length), moment(start + length // 2)
        whole, first, second = (
            replace(found, pauses=tuple(Pause(*edges, "a") for edges in parts))
            for parts in (
                [(moment(start), end)],
                [(moment(start), middle)],
                [(middle, end)],
            )
        )
        both = replace(found, pauses=first.pauses + second.pauses)
        # Inside the first part its end is not known yet.
        as_of = max(as_of, middle)
        assert read(target, CLOCK, whole, as_of) == read(target, CLOCK, both, as_of)

    @PROFILE
    @given(targets(unit="hour"), facts(), MOMENTS)
    def test_marks_are_in_order(self, target, found, as_of):
        for one in read(target, CLOCK, found, as_of):
            instants = [at for _percent, at in one.warnings]
            assert instants == sorted(instants)
            breach = one.breached_at or one.breaches_at
            if one.due_at and breach:
                assert one.started_at <= one.due_at <= breach

    @PROFILE
    @given(targets(), facts(), MOMENTS, st.sampled_from(RULES))
    def test_days_sum_up_to_the_reading(self, target, found, as_of, rules):
        for one in read(target, CLOCK, found, as_of, **rules):
            days = explain(target, CLOCK, found, one, as_of)
            for name in ("counted_s", "paused_s", "gap_s"):
                assert sum(getattr(day, name) for day in days) == getattr(one, name)
            assert [day.day for day in days] == sorted({day.day for day in days})


class TestSpeed(BaseCase):
    def test_two_targets_and_five_events_take_a_fraction_of_a_millisecond(self):
        found = Facts(
            START,
            responses=(moment(600),),
            pauses=(Pause(moment(800), moment(2000), "a"), Pause(moment(5000), None)),
            resolved=((moment(3000), moment(4000)),),
        )
        pair = [
            Target("1", "first_response", 2, "hour", pauses=frozenset()),
            Target("2", "restore", 16, "hour"),
        ]
        read(pair[1], CLOCK, found, moment(6000))

        def read_both():
            for target in pair:
                read(target, CLOCK, found, moment(6000))

        # 35 microseconds here; the bar leaves room for a busy machine.
        self.assertLess(min(repeat(read_both, number=200, repeat=5)) / 200, 200e-6)
