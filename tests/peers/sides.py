# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where peers disagree: the cases of the side we did not choose.

A case is of the other side by what it means, never by its name, and only when our
answer differs from it: where an option of ours gives the peer's answer, it passes.
"""

from collections.abc import Callable
from typing import NamedTuple


class Choice(NamedTuple):
    kinds: frozenset
    applies: Callable
    reason: str


def tagged(tag):
    return lambda case: tag in (case.get("tags") or ())


BILLING = frozenset({"billing_period", "proration"})
SLA = frozenset({"sla_deadline"})

CHOICES = [
    Choice(
        BILLING,
        tagged("peer_specific"),
        "a leading part of a cycle anchored on the 31st is divided by a plain month, "
        "not by the cycle it belongs to",
    ),
    Choice(
        SLA,
        tagged("pause_model_variant"),
        "its pauses do not give back the open time inside them, and no option of ours "
        "gives back what its pauses do",
    ),
    Choice(SLA, tagged("peer_specific"), "a rule of that product alone, see its notes"),
]


def other_side(case):
    """Return the reason why a case is of the other side, None when it is of ours."""
    for choice in CHOICES:
        if case.get("kind") in choice.kinds and choice.applies(case):
            return choice.reason
    return None
