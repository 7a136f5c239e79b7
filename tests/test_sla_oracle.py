# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The engine alone against an independent evaluator, on recorded tickets."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from .peers.calendars import clock_of
from .peers.engine import sla
from .replay.compare import read_expected
from .replay.log import CLOSING_ROLES, read_log

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("SC_SHARED") or ROOT.parent / "shared") / "data" / "replay"
FOLDER = SHARED / "helpdesk_italy"
NEEDS_LOGS = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="no recorded logs: set SC_SHARED"
)
# Closed several times in a row, then reopened: the evaluator's gap begins with the last
# closing, ours with the first, from which on nothing is counted in either.
CLOSED_TWICE = 7


def read_cases(log):
    """Return what the engine finds, as ``cases`` of ``expected.json`` has it."""
    clock = clock_of({"calendar": log.calendar})
    by_case = {}
    for event in log.events:
        by_case.setdefault(event.case, []).append(event)
    return {case: read_case(log, clock, events) for case, events in by_case.items()}


def read_case(log, clock, events):
    tier = log.tiers[events[0].tier]
    facts, as_of = get_facts(log, events), events[-1].at
    response, restore = (
        sla.read(target, clock, facts, as_of)[0]
        for target in (
            sla.Target(
                "1",
                "first_response",
                tier.response_minutes,
                "minute",
                False,
                frozenset(),
            ),
            sla.Target("2", "restore", tier.restore_minutes, "minute"),
        )
    )
    return {
        "opened": iso(facts.opened_at),
        "responded": iso(response.stopped_at),
        "restored": iso(restore.stopped_at),
        "response_s": response.counted_s if response.stopped_at else None,
        "restore_s": restore.counted_s if restore.stopped_at else None,
        "paused_s": restore.paused_s,
        "closed_gap_s": restore.gap_s,
        "reopened": len([end for _start, end in get_stretches(log, events) if end]),
        "response_met": response.state == "met" if response.stopped_at else None,
        "restore_met": restore.state == "met" if restore.stopped_at else None,
    }


def get_facts(log, events):
    pauses, responses = [], []
    for event, following in zip(events, [*events[1:], None], strict=True):
        if event.state in log.pausing:
            pauses.append(sla.Pause(event.at, following and following.at))
        if event.state in log.responding:
            responses.append(event.at)
    return sla.Facts(
        events[0].at,
        tuple(responses),
        pauses=tuple(pauses),
        resolved=tuple(get_stretches(log, events)),
    )


def get_stretches(log, events):
    """Return from when to when a case was resolved or closed."""
    stretches = []
    is_closed = False
    for event in events:
        if (log.roles[event.state] in CLOSING_ROLES) is is_closed:
            continue
        is_closed = not is_closed
        if is_closed:
            stretches.append((event.at, None))
        else:
            stretches[-1] = (stretches[-1][0], event.at)
    return stretches


def get_last_gaps(log, events):
    """Return from the last closing before each reopening to the reopening."""
    return [
        (event.at, following.at)
        for event, following in pairwise(events)
        if log.roles[event.state] in CLOSING_ROLES
        and log.roles[following.state] not in CLOSING_ROLES
    ]


def iso(at):
    return at and at.strftime("%Y-%m-%dT%H:%M:%S+00:00")


@NEEDS_LOGS
def test_every_case_is_read_as_the_evaluator_does():
    log = read_log(FOLDER)
    found, wanted = read_cases(log), read_expected(FOLDER / "expected.json.gz")["cases"]
    assert found.keys() == wanted.keys() and len(found) == 4580
    differences = [
        (case, key, wanted[case][key], value)
        for case, answer in found.items()
        for key, value in answer.items()
        if wanted[case][key] != value
    ]
    assert {key for _case, key, _wanted, _found in differences} == {"closed_gap_s"}
    assert len(differences) == CLOSED_TWICE
    clock = clock_of({"calendar": log.calendar})
    for case, _key, gap_s, _found in differences:
        events = [event for event in log.events if event.case == case]
        gaps = get_last_gaps(log, events)
        assert sum(clock.between(*gap) for gap in gaps) == gap_s


@NEEDS_LOGS
@pytest.mark.parametrize("name", ["helpdesk_italy", "bpi2013"])
def test_every_log_at_hand_is_read(name):
    log = read_log(SHARED / name)
    cases = read_cases(log).values()
    assert len(cases) == len(log.openings())
    for case in cases:
        assert (case["restored"] is None) is (case["restore_s"] is None)
        assert min(case["response_s"] or 0, case["paused_s"], case["closed_gap_s"]) >= 0
