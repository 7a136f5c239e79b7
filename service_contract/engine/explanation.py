# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The answer to "why is this billable?": each rule that was looked at, in order.

A charge stores the rules that decided. Those that were passed on the way without a word
follow from them, since the pipeline of ``rating`` has one order: work that was drawn
from a lot was delivered within the dates of an agreed contract. They are told as well,
so that a reader sees what was looked at and not only what failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Rules that were not met: they are why something is not covered, or not charged.
FAILED = frozenset(
    {
        "asks",
        "awaiting_quote",
        "beyond_quote",
        "excluded_task",
        "never_charged",
        "no_lot",
        "no_price",
        "not_agreed",
        "not_in_warranty",
        "not_included",
        "outside",
        "over_quota",
        "refused",
        "task_not_included",
        "used_up",
    }
)
# What is passed without a word, and before which step of the pipeline.
SILENT = (
    ("counts", 1),
    ("charged_task", 2),
    ("agreed", 3),
    ("within", 4),
    ("all_tasks", 8),
    ("lot_valid", 10),
)
# The step of the pipeline that a rule belongs to; other rules tell details.
STEPS = {
    "exempt": 0,
    "never_charged": 1,
    "not_agreed": 2,
    "outside": 3,
    "awaiting_quote": 5,
    "quoted": 5,
    "beyond_quote": 5,
    "in_scope": 7,
    "excluded_task": 7,
    "task_not_included": 7,
    "not_in_warranty": 9,
    "included": 9,
    "not_included": 9,
    "at_rates": 9,
    "no_lot": 9,
    "multiplied": 10,
    "drawn": 10,
    "overdrawn": 10,
    "over_quota": 10,
    "used_up": 10,
}
WARRANTY_STEP, FIRST_OF_LOTS = 6, 9
Gate = tuple[Mapping[str, object], bool]


def list_gates(rules: Sequence[Mapping[str, object]]) -> list[Gate]:
    """Return all rules that were looked at, each with whether it was met, in order.

    :param rules: what a charge stores as its explanation
    """
    gates: list[Gate] = []
    told: set[str] = set()
    skipped = False
    codes = [str(rule["code"]) for rule in rules]
    for position, rule in enumerate(rules):
        code = codes[position]
        step = _step(codes, position)
        for silent, before in SILENT:
            is_due = step >= before and silent not in told
            if is_due and not (skipped and before <= FIRST_OF_LOTS):
                gates.append(({"code": silent}, True))
                told.add(silent)
        if code in ("in_scope", "excluded_task", "task_not_included"):
            told.add("all_tasks")
        is_met = code not in FAILED
        # Where a rule decides about the whole, the later ones were not looked at.
        skipped = skipped or (not is_met and 0 <= step < FIRST_OF_LOTS)
        gates.append((rule, is_met))
    return gates


def _step(codes: Sequence[str], position: int) -> int:
    """Return the step of a rule; -1 for one that tells a detail."""
    code = codes[position]
    if code == "warranty":
        # First of all it takes the contract's place; else it pays for the rest.
        return WARRANTY_STEP if position == 0 else -1
    if code == "no_price" and position == 0 or code == "rounded" and "drawn" in codes:
        return STEPS["used_up"]
    if code == "decided" and position == 0 and len(codes) > 1:
        return STEPS["in_scope"] + 1
    return STEPS.get(code, -1)
