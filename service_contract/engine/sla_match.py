# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which targets of a policy apply to a ticket: terms in, keys out."""

from itertools import pairwise

# From the most to the least telling condition
CONDITIONS = (
    ("category_ids", "category_id"),
    ("team_ids", "team_id"),
    ("tier_ids", "tier_id"),
)


def match_targets(targets: list[dict], facts: dict) -> list[str]:
    """Return the keys of the targets that apply, one per metric, in their order.

    Of several targets for one metric the most specific applies: one that names the
    ticket's category beats one that names its team, then its tier, then its
    priority. Among equally specific ones the first in the list does.

    :param targets: terms of the targets, in their order
    :param facts: ``priority``, ``category_id``, ``team_id``, ``tier_id`` of the
        ticket; what is missing or false matches only a target that does not ask
    """
    best = {}
    for target in targets:
        rank = _rank(target, facts)
        if rank is None:
            continue
        metric = target["metric"]
        if metric not in best or rank > best[metric][0]:
            best[metric] = (rank, target["key"])
    chosen = {key for _rank_of_best, key in best.values()}
    return [target["key"] for target in targets if target["key"] in chosen]


def _rank(target, facts):
    """Return which conditions a target has, or None if one of them fails."""
    rank = []
    for asked, fact in CONDITIONS:
        values = target[asked]
        if values and facts.get(fact) not in values:
            return None
        rank.append(bool(values))
    priority = target["priority"]
    if priority and facts.get("priority") != priority:
        return None
    rank.append(bool(priority))
    return rank


def parse_thresholds(text: str) -> tuple[int, ...]:
    """Return the percentages of a text such as "50, 75, 90".

    :raises ValueError: unless they are whole numbers from 1 to 99, ascending
    """
    percents = tuple(int(part) for part in (text or "").split(",") if part.strip())
    ascending = all(a < b for a, b in pairwise(percents))
    if not ascending or any(not 1 <= percent <= 99 for percent in percents):
        raise ValueError(text)
    return percents
