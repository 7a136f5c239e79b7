# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The contracts that a log presupposes."""

from dataclasses import dataclass
from datetime import date, timedelta

from .log import Log, add_months


@dataclass(frozen=True, slots=True)
class ContractPlan:
    """One customer's contract for one tier.

    :param start: first day
    :param end: last day
    """

    customer: str
    tier: str
    start: date
    end: date

    @property
    def months(self) -> int:
        start, end = self.start, self.end
        return (end.year - start.year) * 12 + end.month - start.month + 1


def derive_contracts(log: Log) -> list[ContractPlan]:
    """Return one contract per customer and tier, in order of their first case.

    Each runs from the first of the month of its first case to the last day of the
    month of its last one, in the log's zone. A case without a customer, or of a tier
    without terms, has no contract.
    """
    spans: dict[tuple[str, str], list[date]] = {}
    for event in log.openings():
        if not event.customer or event.tier not in log.tiers:
            continue
        day = log.local_day(event.at)
        span = spans.setdefault((event.customer, event.tier), [day, day])
        span[1] = day
    return [
        ContractPlan(
            customer=customer,
            tier=tier,
            start=first.replace(day=1),
            end=add_months(last.replace(day=1), 1) - timedelta(days=1),
        )
        for (customer, tier), (first, last) in spans.items()
    ]
