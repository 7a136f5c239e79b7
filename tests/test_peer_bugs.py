# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Each bug that other SLA clocks had names a test of ours that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "decisions" / "sla-peer-bugs.md"
SOURCES = (
    ("service_contract/tests", "test_*.py", re.compile(r"def (test_\w+)\(")),
    ("tests", "test_*.py", re.compile(r"def (test_\w+)\(")),
    (
        "service_contract/static/tests",
        "*.test.js",
        re.compile(r'^test\("([^"]+)"', re.MULTILINE),
    ),
)


def test_every_bug_has_its_tests():
    known = {
        name
        for folder, pattern, definition in SOURCES
        for path in (ROOT / folder).glob(pattern)
        for name in definition.findall(path.read_text(encoding="utf-8"))
    }
    rows = [
        line.split("|")
        for line in TABLE.read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and "#" in line
    ]
    named = {row[1].strip(): re.findall(r"`([^`]+)`", row[3]) for row in rows}
    assert len(named) == 18
    assert [bug for bug, tests in named.items() if not tests] == []
    assert {test for tests in named.values() for test in tests} <= known
