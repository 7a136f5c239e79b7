# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reading a log and its profile: what is played, and what is refused."""

import gzip
import json
from datetime import datetime

import pytest

from .replay.compare import read_expected
from .replay.log import find_unknown, read_log
from .test_replay import DEMO, HEADER, PROFILE, row, with_calendar, write_log


def with_gold(**terms):
    return {"tiers": {"Gold": {**PROFILE["tiers"]["Gold"], **terms}}}


def test_instants_are_naive_utc(tmp_path):
    log = read_log(write_log(tmp_path, row("1", "2025-01-01T01:30:00+02:00")))
    assert log.events[0].at == datetime(2024, 12, 31, 23, 30)


def test_events_are_sorted_and_ties_keep_the_order_of_the_file(tmp_path):
    rows = [
        row("2", "2025-01-02T00:00:00Z"),
        row("1", "2025-01-01T00:00:00Z"),
        row("1", "2025-01-01T00:00:00Z", "state", "Done"),
    ]
    log = read_log(write_log(tmp_path, *rows))
    assert [(event.case, event.state) for event in log.events] == [
        ("1", "New"),
        ("1", "Done"),
        ("2", "New"),
    ]


def test_first_event_of_a_case_opens_it(tmp_path):
    rows = [
        row("1", "2025-01-01T00:00:00Z", "state"),
        row("1", "2025-01-02T00:00:00Z", "open"),
    ]
    log = read_log(write_log(tmp_path, *rows))
    assert [event.is_open for event in log.events] == [True, False]


@pytest.mark.parametrize(("text", "priority"), [("7", "3"), ("-1", "0"), ("", "")])
def test_priority_is_one_that_a_ticket_has(tmp_path, text, priority):
    log = read_log(write_log(tmp_path, row("1", "2025-01-01T00:00:00Z", priority=text)))
    assert log.events[0].priority == priority


def test_what_states_and_tiers_promise_is_read(tmp_path):
    profile = json.loads(json.dumps(PROFILE))
    profile["states"]["New"]["pauses"] = True
    profile["states"]["Done"]["first_response"] = True
    profile["tiers"]["Gold"].update(response_minutes=60, restore_minutes=480)
    log = read_log(write_log(tmp_path, profile=profile))
    assert (log.pausing, log.responding) == ({"New"}, {"Done"})
    tier = log.tiers["Gold"]
    assert (tier.response_minutes, tier.restore_minutes) == (60, 480)


def test_first_customers_are_kept_by_appearance(tmp_path):
    rows = [
        row(str(number), f"2025-01-0{number}T00:00:00Z", customer=name)
        for number, name in enumerate(["Zoe", "Ann", "Zoe", "Bob"], 1)
    ]
    log = read_log(write_log(tmp_path, *rows), customers=2)
    assert [event.case for event in log.events] == ["1", "2", "3"]


def test_first_months_end_at_local_midnight(tmp_path):
    rows = [
        row("1", "2025-01-15T00:00:00Z"),
        row("2", "2025-01-31T22:59:59Z"),
        row("3", "2025-01-31T23:00:00Z"),
    ]
    log = read_log(write_log(tmp_path, *rows), months=1)
    assert [event.case for event in log.events] == ["1", "2"]


def test_missing_file_is_named(tmp_path):
    (tmp_path / "profile.json").write_text(json.dumps(PROFILE))
    with pytest.raises(FileNotFoundError, match="events.csv"):
        read_log(tmp_path)


def test_missing_key_of_the_profile_is_named(tmp_path):
    profile = {name: PROFILE[name] for name in ("timezone", "states")}
    with pytest.raises(ValueError, match="tiers"):
        read_log(write_log(tmp_path, profile=profile))


@pytest.mark.parametrize("at", ["yesterday", "", "2025-13-01T00:00:00Z"])
def test_line_that_cannot_be_read_is_named(tmp_path, at):
    rows = [row("1", "2025-01-01T00:00:00Z"), row("2", at)]
    with pytest.raises(ValueError, match=r"events\.csv, line 3"):
        read_log(write_log(tmp_path, *rows))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2", "event is ''"),
        (",2025-01-02T00:00:00Z,open,New", "case is empty"),
        ("2,2025-01-02T00:00:00Z,opne,New", "event is 'opne', not open or state"),
        ("2,1970-01-01T00:00:00Z,open,New", "not between"),
        ("2,2025-01-02T00:00:00Z,open,New,A,T,Ann,P,Gold,1,x", "more cells"),
    ],
)
def test_line_that_is_no_event_is_named(tmp_path, line, message):
    rows = [row("1", "2025-01-01T00:00:00Z"), ",,,,,,,,,", "", line]
    with pytest.raises(ValueError, match=rf"events\.csv, line [45]: .*{message}"):
        read_log(write_log(tmp_path, *rows))


def test_file_without_a_header_is_named(tmp_path):
    write_log(tmp_path)
    (tmp_path / "events.csv").write_text("")
    with pytest.raises(ValueError, match=r"events\.csv, line 1: there is no column"):
        read_log(tmp_path)


@pytest.mark.parametrize("name", ["events.csv.gz", "profile.json"])
def test_damaged_file_is_named(tmp_path, name):
    write_log(tmp_path)
    (tmp_path / "events.csv").unlink()
    packed = gzip.compress(f"{HEADER}\n".encode())
    (tmp_path / "events.csv.gz").write_bytes(packed)
    (tmp_path / name).write_bytes(packed[:-9])
    with pytest.raises(ValueError, match=name):
        read_log(tmp_path)


def test_file_in_another_encoding_is_named(tmp_path):
    write_log(tmp_path)
    (tmp_path / "events.csv").write_bytes(f"{HEADER}\n1,Müller\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"events\.csv is not in UTF-8"):
        read_log(tmp_path)


def test_missing_column_is_named(tmp_path):
    write_log(tmp_path)
    (tmp_path / "events.csv").write_text("case,when\n1,2025-01-01T00:00:00Z\n")
    with pytest.raises(
        ValueError, match="no column at, event, state; there are: case, when"
    ):
        read_log(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"timezone": "Mars/Base"}, "Mars/Base"),
        (with_gold(cases_per_month=2.5), "Gold.*2.5"),
        ({"timezone": None}, "timezone is None"),
        ({"states": {"New": {}}}, "states: New: role is missing"),
        ({"states": {"New": "new"}}, "states: New is 'new'"),
        ({"tiers": {"Gold": {}}}, "tiers: Gold: monthly_fee is missing"),
        (with_gold(monthly_fee="9,99"), "Gold: monthly_fee is '9,99'"),
        (with_gold(response_minutes=0), "Gold: response_minutes is 0"),
        ({"calendar": {"timezone": "Mars/Base"}}, "calendar: timezone"),
        ({"calendar": {"weekly": {"mon": []}}}, "no opening"),
        ({"calendar": {"weekly": {"monday": []}}}, "weekly: monday"),
        ({"calendar": {"weekly": {"mon": ["09:00", "17:00"]}}}, "weekly: mon"),
        ({"calendar": {"weekly": {"mon": [["9 am", "5 pm"]]}}}, "weekly: mon"),
        (with_calendar(holidays=["2025-02-30"]), "'2025-02-30' is no day"),
        (with_calendar(yearly_holidays=["1 May"]), "'1 May' is no day"),
        (with_calendar(breaks={"2025-01-06": [["12:00"]]}), "breaks: 2025-01-06"),
        (with_calendar(shifts={"2025-01-06": []}), "shifts"),
    ],
)
def test_profile_that_cannot_be_played_is_refused(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        read_log(write_log(tmp_path, profile={**PROFILE, **change}))


def test_what_the_profile_does_not_know_is_noted(tmp_path):
    states = {"New": {"role": "new"}, "Done": {"role": "finished"}}
    rows = [
        row("1", "2025-01-01T00:00:00Z"),
        row("1", "2025-01-02T00:00:00Z", "state", "Doen"),
        row("2", "2025-01-02T00:00:00Z", tier="Silver"),
        row("3", "2025-01-02T00:00:00Z", tier=""),
    ]
    log = read_log(write_log(tmp_path, *rows, profile={**PROFILE, "states": states}))
    roles, names, tiers = find_unknown(log)
    assert "Done (finished)" in roles
    assert names.endswith(": Doen") and tiers.endswith(": Silver")
    assert find_unknown(read_log(DEMO)) == []


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"totals": []}', '{"contracts": [{"cases": 3}]}']
)
def test_expectations_that_cannot_be_read_are_named(tmp_path, text):
    path = tmp_path / "expected.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"expected\.json"):
        read_expected(path)
