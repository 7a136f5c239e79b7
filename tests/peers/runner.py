# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run files of cases and sort them by outcome."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from . import (
    amounts,
    billing_cycles,
    business_time,
    contract_invoicing,
    sla_deadlines,
    subscription_periods,
)
from .compare import mismatch
from .sides import other_side

# What answers a (kind, operation): a function of the case's input, with the keys that
# are asserted under "asked" and the case's calendar, if any, under "calendar". A kind
# without any operation here is skipped, an unknown operation of a kind that is here is
# a failure.
OPERATIONS = {
    **amounts.OPERATIONS,
    **billing_cycles.OPERATIONS,
    **business_time.OPERATIONS,
    **contract_invoicing.OPERATIONS,
    **sla_deadlines.OPERATIONS,
    **subscription_periods.OPERATIONS,
}
KINDS = frozenset(kind for kind, _operation in OPERATIONS)


@dataclass
class Result:
    """Outcome of one file: what passed, and the others by id with the reason."""

    passed: int = 0
    failed: dict = field(default_factory=dict)
    other_side: dict = field(default_factory=dict)
    skipped: dict = field(default_factory=dict)
    # Options of our policies that the cases that passed were run with.
    options: Counter = field(default_factory=Counter)

    def as_json(self):
        return {
            "passed": self.passed,
            "failed": list(self.failed),
            "other_side": list(self.other_side),
            "skipped": list(self.skipped),
            "options": dict(self.options),
        }


def run_file(path, kinds=KINDS):
    """Run the cases of a file; only those of ``kinds``, the others are skipped.

    :raises OSError, ValueError: the file cannot be read, or is not a list of cases
    """
    cases = json.loads(Path(path).read_text(encoding="utf-8"))
    if not isinstance(cases, list) or not all(isinstance(c, dict) for c in cases):
        raise ValueError("not a list of cases")
    return run_cases(cases, kinds)


def run_cases(cases, kinds=KINDS):
    result = Result()
    for position, case in enumerate(cases, 1):
        name = str(case.get("id") or f"case {position}")
        kind = str(case.get("kind"))
        if kind not in KINDS & frozenset(kinds):
            result.skipped[name] = f"kind {kind}"
            continue
        failure = run_case(case)
        if not failure:
            result.passed += 1
            result.options.update(get_options(case))
        elif reason := other_side(case):
            result.other_side[name] = reason
        else:
            result.failed[name] = failure
    return result


def get_options(case):
    """Return the options of a policy that express the case's side."""
    is_deadline = case.get("kind") == "sla_deadline"
    return set(sla_deadlines.options(case)) if is_deadline else ()


def run_case(case):
    """Return why the case fails, or an empty string."""
    operation = OPERATIONS.get((case["kind"], str(case.get("op"))))
    if operation is None:
        return f"unknown operation {case.get('op')!r}"
    if not case.get("expected"):
        return "nothing is expected"
    try:
        return _ask(operation, case)
    except Exception as error:  # noqa: BLE001 - reported as a failure of the case
        return f"{type(error).__name__}: {error}"


def _ask(operation, case):
    expected = case.get("expected") or {}
    data = {**(case.get("input") or {}), "asked": list(expected)}
    if "calendar" in case:
        data["calendar"] = case["calendar"]
    actual = operation(data)
    return mismatch(
        expected,
        case.get("expected_alternatives") or [],
        actual,
        case.get("tolerance_s") or 0,
    )
