# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tests of what of a stay is work; the rest of effort is played by test_replay."""

from datetime import datetime, timedelta

import pytest

from odoo.addons.service_contract.engine.clock import Clock, Window, WorkingHours

from .replay.effort import Stay, enter, get_work
from .replay.log import Event, Log

HOUR = 3600
MONDAY = datetime(2025, 6, 2)
CLOCK = Clock(
    WorkingHours(
        "UTC",
        tuple(
            Window(day, start * HOUR, end * HOUR)
            for day in range(5)
            for start, end in ((8, 12), (13, 17))
        ),
    )
)


def at(hour, minute=0, day=0):
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("since", "until", "work"),
    [
        pytest.param(at(9), at(9, 30), [(at(9), 1800)], id="within hours"),
        pytest.param(at(9), at(16), [(at(9), 7200)], id="two hours at most"),
        pytest.param(
            at(11, 30), at(13, 20), [(at(11, 30), 1800), (at(13), 1200)], id="lunch"
        ),
        pytest.param(
            at(11), at(16), [(at(11), 3600), (at(13), 3600)], id="at most over lunch"
        ),
        pytest.param(at(18), at(20), [], id="closed"),
        pytest.param(
            at(16, 45, 4),
            at(8, 30, 7),
            [(at(16, 45, 4), 900), (at(8, 0, 7), 1800)],
            id="weekend",
        ),
        pytest.param(at(9), at(9), [], id="no time"),
    ],
)
def test_work_is_open_time_of_a_stay(since, until, work):
    assert get_work(CLOCK, Stay(since, True), until) == work
    assert get_work(CLOCK, Stay(since, False), until) == []


@pytest.mark.parametrize(
    ("state", "agent", "is_work"),
    [("Doing", "Ann", True), ("Doing", "", False), ("Waiting", "Ann", False)],
)
def test_agents_work_in_working_states(state, agent, is_work):
    log = Log("x", "UTC", {"Doing": "working", "Waiting": "waiting"}, {}, ())
    event = Event("1", MONDAY, False, state, agent, "", "", "", "", "")
    assert enter(log, event) == Stay(MONDAY, is_work)
