# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.lifecycle import (
    Hold,
    Life,
    next_change,
    state_on,
)

PROFILE = settings(deadline=None, database=None, derandomize=True, max_examples=300)
FIRST = date(2025, 1, 1)


def day(number):
    return FIRST + timedelta(days=number)


@st.composite
def lives(draw):
    """A contract that plays within sixty days."""
    start = draw(st.integers(0, 30))
    holds = draw(
        st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=3)
    )
    length = draw(st.none() | st.integers(1, 40))
    cancelled = draw(st.none() | st.integers(0, 60))
    return Life(
        confirmed=draw(st.booleans()),
        start=day(start),
        end=None if length is None else day(start + length),
        cancelled_from=None if cancelled is None else day(cancelled),
        holds=tuple(
            Hold(day(first), draw(st.none() | st.just(day(first + days))))
            for first, days in holds
        ),
    )


def replayed(life, until):
    """Independent answer: walk through the days and apply the events as they come."""
    is_over, is_started, held_until = False, False, []
    today = min(life.start, FIRST)
    while today <= until:
        if life.start == today:
            is_started = True
        if life.end == today:
            is_over = True
        held_until += [hold.end for hold in life.holds if hold.start == today]
        held_until = [end for end in held_until if end is None or end > today]
        today += timedelta(days=1)
    if life.cancelled_from and life.cancelled_from <= until:
        return "cancelled"
    if not life.confirmed:
        return "draft"
    if is_over:
        return "expired"
    if not is_started:
        return "invoiced"
    return "on_hold" if held_until else "active"


class TestLifecycle(BaseCase):
    """The state follows from the facts, on any day."""

    def test_states_of_an_ordinary_year(self):
        life = Life(
            confirmed=True,
            start=date(2025, 1, 1),
            end=date(2026, 1, 1),
            holds=(Hold(date(2025, 8, 1), date(2025, 9, 1)),),
        )
        for on, state in (
            ("2024-12-31", "invoiced"),
            ("2025-01-01", "active"),
            ("2025-07-31", "active"),
            ("2025-08-01", "on_hold"),
            ("2025-08-31", "on_hold"),
            ("2025-09-01", "active"),
            ("2025-12-31", "active"),
            ("2026-01-01", "expired"),
        ):
            with self.subTest(on):
                self.assertEqual(state_on(life, date.fromisoformat(on)), state)

    def test_earlier_facts_win(self):
        """Cancelled before draft, draft before expired, expired before on hold."""
        held = (Hold(FIRST),)
        for expected, facts in (
            ("cancelled", {"confirmed": False, "cancelled_from": FIRST}),
            ("cancelled", {"cancelled_from": FIRST, "end": FIRST}),
            ("draft", {"confirmed": False, "end": FIRST}),
            ("expired", {"end": FIRST, "holds": held}),
            ("invoiced", {"start": day(1), "holds": held}),
            ("on_hold", {"holds": held}),
        ):
            with self.subTest(expected, **facts):
                life = Life(**{"confirmed": True, "start": FIRST, **facts})
                self.assertEqual(state_on(life, FIRST), expected)

    def test_open_hold_lasts_until_it_is_ended(self):
        life = Life(confirmed=True, start=FIRST, holds=(Hold(day(3)),))
        self.assertEqual(state_on(life, day(3000)), "on_hold")

    def test_overlapping_holds_count_as_their_union(self):
        life = Life(
            confirmed=True,
            start=FIRST,
            holds=(Hold(day(1), day(5)), Hold(day(3), day(8)), Hold(day(8), day(8))),
        )
        held = [n for n in range(12) if state_on(life, day(n)) == "on_hold"]
        self.assertEqual(held, list(range(1, 8)))

    def test_draft_changes_only_by_cancellation(self):
        draft = Life(confirmed=False, start=day(1), end=day(9), holds=(Hold(day(2)),))
        self.assertIsNone(next_change(draft, FIRST))
        cancelled = Life(confirmed=False, start=day(1), cancelled_from=day(4))
        self.assertEqual(next_change(cancelled, FIRST), day(4))

    def test_no_change_after_the_last_edge(self):
        life = Life(confirmed=True, start=FIRST, end=day(5))
        self.assertEqual(next_change(life, FIRST), day(5))
        self.assertIsNone(next_change(life, day(5)))

    @PROFILE
    @given(lives(), st.integers(0, 90))
    def test_state_equals_the_replayed_events(self, life, number):
        self.assertEqual(state_on(life, day(number)), replayed(life, day(number)))

    @PROFILE
    @given(lives(), st.integers(0, 90))
    def test_state_stays_until_the_next_change(self, life, number):
        state = state_on(life, day(number))
        change = next_change(life, day(number))
        until = (change - FIRST).days if change else 200
        self.assertGreater(until, number)
        for later in range(number, until):
            self.assertEqual(state_on(life, day(later)), state)
