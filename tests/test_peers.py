# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The runner of peers' cases, on cases of our own and on those at hand."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers import compare, runner, sides
from tests.peers.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "tests" / "data" / "peer_cases.json"
SHARED = Path(os.environ.get("SC_SHARED") or ROOT.parent / "shared") / "data" / "peers"


@pytest.fixture(scope="module")
def own():
    return runner.run_file(OWN)


def test_right_answers_pass(own):
    names = [case["id"] for case in json.loads(OWN.read_text(encoding="utf-8"))]
    assert own.passed == sum(name[-1].isdigit() for name in names)


def test_failures_are_named_with_their_reason(own):
    assert own.failed == {
        "own-wrong": "date: expected '2025-03-03', got '2025-02-28'",
        "own-unanswered": "no answer for weekday",
        "own-broken": own.failed["own-broken"],
        "own-unknown-op": "unknown operation 'moon_phase'",
    }
    assert "Error" in own.failed["own-broken"]


def test_the_other_side_is_known_by_meaning(own):
    assert list(own.other_side) == ["own-other"]
    assert "31st" in own.other_side["own-other"]


def test_unknown_kinds_are_skipped(own):
    assert list(own.skipped) == ["own-unknown-kind"]


def test_cases_of_another_shape_are_told_and_do_not_pass():
    kind = "business_duration"
    cases = [
        {"id": "kind", "kind": ["add"], "op": "add"},
        {"id": "none"},
        {"id": "op", "kind": kind, "op": ["add"]},
        {"id": "expected", "kind": kind, "op": "add", "expected": {}},
        {"id": "input", "kind": kind, "op": "add", "input": 1, "expected": {"end": 1}},
        {"id": "list", "kind": kind, "op": "add", "expected": [1], "tags": None},
        {
            "id": "tags",
            "kind": "proration",
            "op": "amount",
            "input": None,
            "expected": {"amount_cents": 1},
            "tags": None,
        },
    ]
    result = runner.run_cases(cases)
    assert list(result.skipped) == ["kind", "none"]
    assert list(result.failed) == ["op", "expected", "input", "list", "tags"]


def test_only_the_kinds_asked_for_run():
    result = runner.run_file(OWN, ["proration"])
    assert result.passed == 12
    assert not result.failed
    assert {
        name: "kind billing_period" for name in ("own-01", "own-wrong")
    }.items() <= (result.skipped.items())


def test_every_operation_has_a_case_of_our_own():
    cases = json.loads(OWN.read_text(encoding="utf-8"))
    asked = {(case["kind"], case["op"]) for case in cases}
    kinds = sides.BILLING | sides.SLA | {"business_duration"}
    assert {key for key in runner.OPERATIONS if key[0] in kinds} <= asked


def test_options_that_express_a_peer_are_counted(own):
    assert own.options == {
        "first response pauses": 1,
        "pause_clock wall": 1,
        "pause_clock hide_only": 1,
        "solution does not pause": 1,
        "unit working_day": 1,
        "end of working day": 1,
        "unit wall_hour": 1,
    }


@pytest.mark.parametrize(
    ("expected", "actual", "tolerance", "equal"),
    [
        ("1.5", "1.500000000", 0, True),
        (0.5483870967741935, 0.54838709677, 0, True),
        ("0.33", "0.34", 0, False),
        ("2024-01-01T10:00:00+01:00", "2024-01-01T09:00:00Z", 0, True),
        ("2024-01-01T09:00:00Z", "2024-01-01T09:00:01Z", 0, False),
        ("2024-01-01T09:00:00Z", "2024-01-01T09:00:01Z", 1, True),
        ("2024-01-01", "2024-01-02", 9, False),
        ([["a", 1]], [("a", 1)], 0, True),
        ([1, 2], [1], 0, False),
        (None, None, 0, True),
        (None, 0, 0, False),
        (False, 0, 0, False),
        (0, None, 0, False),
    ],
)
def test_same(expected, actual, tolerance, equal):
    assert compare.same(expected, actual, tolerance) is equal


def test_alternatives_are_right_as_a_whole():
    expected, alternatives = {"a": 1, "b": 2}, [{"a": 3}, {"a": 4, "b": 5}]
    for actual, right in (
        ({"a": 1, "b": 2}, True),
        ({"a": 3, "b": 2}, True),
        ({"a": 4, "b": 5}, True),
        ({"a": 4, "b": 2}, False),
    ):
        assert (not compare.mismatch(expected, alternatives, actual)) is right


def test_command_line_writes_json_and_fails(tmp_path, capsys):
    outcome = tmp_path / "outcome.json"
    assert main([str(OWN), "--json", str(outcome)]) == 1
    written = json.loads(outcome.read_text(encoding="utf-8"))
    assert list(written) == ["peer_cases.json"]
    assert list(written["peer_cases.json"]) == [
        "passed",
        "failed",
        "other_side",
        "skipped",
        "options",
    ]
    assert written["peer_cases.json"]["other_side"] == ["own-other"]
    printed = capsys.readouterr().out
    assert "4 failed, 1 other side, 1 skipped" in printed
    assert "failed own-wrong" in printed


def test_command_line_passes_when_nothing_failed(capsys):
    assert main([str(OWN), "--kinds", "proration"]) == 0


@pytest.mark.parametrize("content", ["no json", '{"a": 1}', "[1]"])
def test_unreadable_file_is_reported(tmp_path, capsys, content):
    broken = tmp_path / "broken.json"
    broken.write_text(content, encoding="utf-8")
    assert main([str(broken)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_odoo_is_not_needed():
    code = "import sys, tests.peers.runner; sys.exit('odoo' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode
        == 0
    )


@pytest.mark.skipif(not SHARED.is_dir(), reason="no cases of peers: set SC_SHARED")
def test_cases_at_hand():
    for path in sorted(SHARED.glob("*.json")):
        assert not runner.run_file(path).failed, path.name
