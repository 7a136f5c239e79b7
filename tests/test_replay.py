# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tests of the replay: reading, deriving and comparing without a database; one run."""

import gzip
import json
import os
import runpy
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from .replay.cases import find_read_otherwise, sum_up_cases
from .replay.compare import compare, compare_cases, read_expected
from .replay.log import Log, Tier, add_months, read_log
from .replay.plan import derive_contracts
from .replay.promises import get_closings, get_holidays, prepare_openings
from .replay.results import Results, to_cents
from .test_sla_oracle import read_cases

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo" / "log"
PROFILE = {
    "name": "small",
    "timezone": "Europe/Rome",
    "states": {"New": {"role": "new"}, "Done": {"role": "closed"}},
    "tiers": {
        "Gold": {
            "monthly_fee": 10,
            "cases_per_month": 1,
            "overage_price_per_case": 2.5,
        }
    },
}
HEADER = "case,at,event,state,agent,team,customer,product,tier,priority"


def write_log(folder, *rows, profile=PROFILE):
    (folder / "profile.json").write_text(json.dumps(profile))
    (folder / "events.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    return folder


def row(case, at, event="open", state="New", customer="Ann", tier="Gold", priority="1"):
    return f"{case},{at},{event},{state},A,T,{customer},P,{tier},{priority}"


def with_calendar(**values):
    return {"calendar": {"weekly": {"mon": [["09:00", "17:00"]]}, **values}}


def expected_contract(**values):
    contract = {
        "customer": "Ann",
        "tier": "Gold",
        "start": "2025-01-01",
        "months": 2,
        "cases": 3,
        "covered": 2,
        "overage": 1,
        "recurring": 20,
        "overage_amount": 2.5,
    }
    return {**contract, **values}


def results_of(*contracts, **totals):
    return Results(list(contracts), totals, {}, {})


# Days


def make_log(zone):
    return Log("x", zone, {}, {"Gold": Tier("Gold", 1, 1, 1)}, ())


def test_day_starts_at_local_midnight():
    log = make_log("Europe/Rome")
    assert log.day_start(date(2025, 7, 1)) == datetime(2025, 6, 30, 22)


def test_day_without_midnight_starts_after_the_gap():
    # Santiago moved its clocks from 24:00 to 01:00 on that day.
    log = make_log("America/Santiago")
    assert log.day_start(date(2024, 9, 8)) == datetime(2024, 9, 8, 4)


def test_months_are_added_over_the_year():
    assert add_months(date(2025, 11, 1), 14) == date(2027, 1, 1)


# Open hours


def test_openings_are_weekly_hours_and_split_at_midnight():
    weekly = {"mon": [["08:30", "24:00"]], "sun": [["22:00", "06:00"]]}
    log = Log("x", "Europe/Rome", {}, {}, (), calendar={"weekly": weekly})
    assert [
        (row["dayofweek"], row["hour_from"], row["hour_to"])
        for row in prepare_openings(log)
    ] == [("0", 0.0, 6.0), ("0", 8.5, 24.0), ("6", 22.0, 24.0)]


def test_openings_that_overlap_are_one():
    weekly = {
        "sun": [["22:00", "06:00"]],
        "mon": [["09:00", "12:00"], ["05:00", "07:00"], ["11:30", "17:00"]],
    }
    log = Log("x", "Europe/Rome", {}, {}, (), calendar={"weekly": weekly})
    assert [
        (row["dayofweek"], row["hour_from"], row["hour_to"])
        for row in prepare_openings(log)
    ] == [("0", 0.0, 7.0), ("0", 9.0, 17.0), ("6", 22.0, 24.0)]


def test_holidays_and_breaks_are_in_the_zone_of_the_calendar(tmp_path):
    calendar = with_calendar(
        timezone="Asia/Kolkata",
        holidays=["2024-05-01"],
        breaks={"2024-05-02": [["12:00", "13:00"], ["23:30", "00:30"]]},
    )
    profile = {**PROFILE, "timezone": "America/New_York", **calendar}
    log = read_log(
        write_log(tmp_path, row("1", "2024-05-01T00:00:00Z"), profile=profile)
    )
    assert [(start, end) for _name, start, end in get_closings(log)] == [
        (datetime(2024, 4, 30, 18, 30), datetime(2024, 5, 1, 18, 30)),
        (datetime(2024, 5, 2, 6, 30), datetime(2024, 5, 2, 7, 30)),
        (datetime(2024, 5, 2, 18), datetime(2024, 5, 2, 18, 30)),
        (datetime(2024, 5, 2, 18, 30), datetime(2024, 5, 2, 19)),
    ]


def test_holidays_are_those_of_the_years_of_the_log_and_some_more(tmp_path):
    rows = [row("1", "2022-12-31T23:30:00Z"), row("2", "2024-01-01T00:00:00Z")]
    days = {"holidays": ["2021-05-05"], "yearly_holidays": ["01-06", "02-29"]}
    profile = {**PROFILE, **with_calendar(**days)}
    log = read_log(write_log(tmp_path, *rows, profile=profile))
    assert [day.isoformat() for day in get_holidays(log)] == [
        "2021-05-05",
        "2023-01-06",
        "2024-01-06",
        "2024-02-29",
        "2025-01-06",
        "2026-01-06",
        "2027-01-06",
    ]


# Contracts


def test_contract_spans_the_months_of_its_cases_in_the_zone_of_the_log(tmp_path):
    rows = [
        # In Rome both are the first of a month already.
        row("1", "2024-12-31T23:30:00Z"),
        row("2", "2025-02-28T23:30:00Z"),
        # A later change of state does not make the contract longer.
        row("2", "2025-06-01T00:00:00Z", "state", "Done"),
    ]
    (plan,) = derive_contracts(read_log(write_log(tmp_path, *rows)))
    assert (plan.start, plan.end) == (date(2025, 1, 1), date(2025, 3, 31))
    assert plan.months == 3


def test_case_without_customer_or_terms_has_no_contract(tmp_path):
    rows = [
        row("1", "2025-01-01T00:00:00Z", customer=""),
        row("2", "2025-01-01T00:00:00Z", tier=""),
        row("3", "2025-01-01T00:00:00Z", tier="Unheard of"),
    ]
    assert derive_contracts(read_log(write_log(tmp_path, *rows))) == []


def test_contracts_of_the_demo_log_are_those_expected():
    plans = derive_contracts(read_log(DEMO))
    expected = read_expected(DEMO / "expected.json.gz")["contracts"]
    assert {(p.customer, p.tier, p.start.isoformat(), p.months) for p in plans} == {
        (c["customer"], c["tier"], c["start"], c["months"]) for c in expected
    }


def test_demo_log_is_what_its_script_makes(tmp_path):
    script = runpy.run_path(str(ROOT / "demo" / "make_log.py"))
    script["main"](tmp_path)
    for path in DEMO.iterdir():
        made, kept = (tmp_path / path.name).read_bytes(), path.read_bytes()
        if path.suffix == ".gz":
            made, kept = gzip.decompress(made), gzip.decompress(kept)
        assert made == kept, path.name


# Comparing


def test_equal_results_have_no_difference():
    expected = {"totals": {"cases": 3}, "contracts": [expected_contract()]}
    results = results_of(expected_contract(overage_amount=2.50), cases=3)
    assert compare(expected, results) == ([], [])


@pytest.mark.parametrize(
    "change",
    [{"covered": 3}, {"overage_amount": 2.51}, {"start": "2025-02-01"}, {"months": 1}],
)
def test_each_difference_of_a_contract_is_named(change):
    expected = {"totals": {}, "contracts": [expected_contract()]}
    differences, _left = compare(expected, results_of(expected_contract(**change)))
    assert len(differences) == 1
    assert "Ann / Gold" in differences[0] and next(iter(change)) in differences[0]


def test_missing_and_unexpected_contracts_are_differences():
    expected = {"totals": {}, "contracts": [expected_contract()]}
    results = results_of(expected_contract(customer="Bob"))
    differences, _left = compare(expected, results)
    assert differences == ["Ann / Gold: missing", "Bob / Gold: not expected"]


def test_totals_are_compared_and_unknown_ones_are_named():
    expected = {"totals": {"cases": 4, "response_met": 2}, "contracts": []}
    differences, left = compare(expected, results_of(cases=3))
    assert differences == ["total cases: expected 4, found 3"]
    assert left == ["response_met"]


def test_keys_that_are_not_expected_are_not_compared(tmp_path):
    path = tmp_path / "expected.json"
    found = results_of(expected_contract(), cases=3)
    for expected in (
        {},
        {"totals": {"cases": 3}},
        {"contracts": [{"customer": "Ann", "tier": "Gold", "cases": 3}]},
    ):
        path.write_text(json.dumps(expected))
        for customers in (None, {"Ann"}):
            assert compare(read_expected(path), found, customers)[0] == []


def test_with_some_customers_only_theirs_are_compared():
    other = expected_contract(customer="Bob")
    expected = {"totals": {"cases": 9}, "contracts": [expected_contract(), other]}
    results = results_of(expected_contract(), cases=3)
    assert compare(expected, results, {"Ann"})[0] == []


def case_of(**values):
    case = dict.fromkeys(("responded", "response_s", "response_met", "restored"))
    counted = {"restore_s": 60, "paused_s": 5, "paused_wall_s": 9, "reopened": 0}
    return {**case, **counted, "restore_met": True, "closed_gap_s": 3, **values}


def test_differences_of_cases_are_named():
    expected = {"cases": {"1": case_of(), "2": case_of(), "3": case_of()}}
    found = {"1": case_of(restore_s=61), "2": case_of(closed_gap_s=4), "4": case_of()}
    results = Results([], {}, {}, {}, found)
    otherwise = {"2": ("closed_gap_s", "a rule")}
    assert compare_cases(expected, results, {"1", "2", "3", "4"}, otherwise) == [
        "1: restore_s: expected 60, found 61",
        "3: missing",
        "4: not expected",
    ]


def test_case_is_read_otherwise_if_closed_again_in_the_same_state(tmp_path):
    profile = json.loads(json.dumps(PROFILE))
    profile["states"]["Gone"] = {"role": "resolved"}
    rows = []
    for case, states in (
        ("1", "Done Done New"),
        ("2", "Done Gone New"),
        ("3", "Done Done"),
    ):
        rows.append(row(case, "2025-01-01T00:00:00Z"))
        rows += [
            row(case, f"2025-01-02T0{hour}:00:00Z", "state", state)
            for hour, state in enumerate(states.split())
        ]
    assert list(
        find_read_otherwise(read_log(write_log(tmp_path, *rows, profile=profile)))
    ) == ["1"]


def test_totals_of_cases():
    done = case_of(responded="x", response_s=7, response_met=False, restored="x")
    open_case = case_of(
        restored=None, restore_s=None, restore_met=None, paused_wall_s=0
    )
    assert sum_up_cases({"1": done, "2": open_case}) == {
        "reopened_cases": 0,
        "paused_cases": 1,
        "paused_open_seconds": 10,
        "response_stopped": 1,
        "response_met": 0,
        "response_open_seconds": 7,
        "restore_stopped": 1,
        "restore_met": 1,
        "restore_open_seconds": 60,
    }


def test_cents_are_exact():
    assert to_cents(33.75) == 3375
    assert to_cents(0.1 + 0.2) == 30


# The whole


@pytest.mark.live
def test_demo_log_comes_to_what_is_expected(tmp_path):
    """And the same database refuses to play it a second time."""
    report = tmp_path / "report.json"
    run = _run_replay("--json", report)
    assert run.returncode == 0, run.stdout + run.stderr
    found = json.loads(report.read_text())
    expected = read_expected(DEMO / "expected.json.gz")
    assert expected["totals"].items() <= found["totals"].items()
    assert found["expected"] == {
        "compared": "all",
        "differences": [],
        "left_out": [],
        "cases": 0,
    }
    _assert_clocks_are_the_engines(found["cases"])
    assert found["sound"] and not any(found["invariants"].values())
    again = _run_replay()
    assert again.returncode == 2
    assert "played on this database before" in again.stderr


def _assert_clocks_are_the_engines(found):
    """The database comes to what the engine alone reads from the log."""
    wanted = read_cases(read_log(DEMO))
    assert found.keys() == wanted.keys()
    for name, case in wanted.items():
        one = {**found[name], "closed_gap_s": found[name]["gap_s"]}
        assert case.items() <= one.items(), name


def _run_replay(*options):
    command = [sys.executable, "-m", "tests.replay", DEMO]
    command += ["--database", os.environ["SC_DATABASE"], *options]
    return subprocess.run(
        list(map(str, command)), cwd=ROOT, capture_output=True, text=True, check=False
    )
