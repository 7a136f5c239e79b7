# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is promised, what happened, and the spans of time that follow from both.

The conventions are those of ``sla.py``, which reads the clocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from .openings import joined

FIRST_RESPONSE, NEXT_RESPONSE = "first_response", "next_response"
RESTORE, RESOLVE, UPDATE = "restore", "resolve", "update"
# The end of what has no end yet.
FOREVER = datetime.max
# Metrics that wait for an answer to the customer.
ANSWERS = (FIRST_RESPONSE, NEXT_RESPONSE)
# Does the reopening after a gap of so many seconds start a new clock?
REOPENINGS = {
    "resume": lambda gap, window: False,
    "restart": lambda gap, window: True,
    "new_after": lambda gap, window: gap > window,
}

Stretch = tuple[datetime, datetime]


class Span(NamedTuple):
    """One clock of a target.

    :param stop: None while it runs
    :param gaps: stretches in between that it does not count
    :param is_unanswered: it waited for an answer, and a closing stopped it instead
    """

    start: datetime
    stop: datetime | None
    gaps: list[Stretch]
    is_unanswered: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """What is promised.

    :param key: names the target within its policy
    :param metric: first_response, next_response, restore or resolve; update is the
        longest silence of the agents
    :param amount: in ``unit``: minute and hour of open time, working_day, wall_hour
    :param end_of_day: working days end when the last one closes
    :param pauses: the reasons that pause this target; None for all, empty for none
    :param pause_clock: what a pause gives back: ``business`` the open time inside,
        ``wall`` its whole length, ``hide_only`` nothing, the due instant is only hidden
    :param thresholds: percentages of the target at which to warn, ascending
    :param from_opening: working days count from the next opening, not from the local
        day of the start: asked on Sunday is asked on Monday morning
    """

    key: str
    metric: str
    amount: int
    unit: str
    end_of_day: bool = False
    pauses: frozenset[str] | None = None
    pause_clock: str = "business"
    thresholds: tuple[int, ...] = (50, 75, 90)
    from_opening: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause; ``end`` None while it lasts, ``limit`` ends it by itself."""

    start: datetime
    end: datetime | None
    reason: str = ""
    limit: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened to a ticket; instants ascending, stretches ``[start, end)``.

    :param opened_at: when the customer asked
    :param responses: what counts as a first response
    :param customer_messages: messages that want an answer
    :param agent_messages: answers to them
    :param restored: stretches in which the service works again, the end is the relapse
    :param resolved: stretches in which the ticket is closed, the end is the reopening
    """

    opened_at: datetime
    responses: tuple[datetime, ...] = ()
    customer_messages: tuple[datetime, ...] = ()
    agent_messages: tuple[datetime, ...] = ()
    pauses: tuple[Pause, ...] = ()
    restored: tuple[tuple[datetime, datetime | None], ...] = ()
    resolved: tuple[tuple[datetime, datetime | None], ...] = ()


def get_spans(
    target: Target, facts: Facts, as_of: datetime, closings, reopen, window
) -> Iterator[Span]:
    """Yield each clock of a target, in time order.

    :param closings: see :func:`get_closings`
    :param reopen, window: see ``sla.read``
    """
    is_new = REOPENINGS[reopen]
    metric = target.metric
    for start, answer in _get_waits(metric, facts, as_of):
        is_whole = start == facts.opened_at and metric != NEXT_RESPONSE
        for span in _cut(start, answer, closings, is_new, window):
            # What is asked of a closed ticket counts only once it is reopened.
            stop = span.stop
            if is_whole or stop is None or span.start < stop or stop == answer:
                is_unanswered = stop not in (None, answer) and metric in ANSWERS
                yield span._replace(is_unanswered=is_unanswered)


def _get_waits(metric, facts, as_of):
    """Return when each wait began, and when it was answered by ``as_of`` or None."""
    opened_at = facts.opened_at
    if metric == FIRST_RESPONSE:
        first = next((at for at in facts.responses if at <= as_of), None)
        return [(opened_at, first and max(first, opened_at))]
    if metric == NEXT_RESPONSE:
        return _get_exchanges(facts, as_of)
    if metric == UPDATE:
        told = [at for at in facts.agent_messages if opened_at < at <= as_of]
        return zip([opened_at, *told], [*told, None], strict=True)
    return [(opened_at, None)]


def _get_exchanges(facts, as_of):
    """Yield the first unanswered message of each exchange, and its answer."""
    answers = iter(facts.agent_messages)
    answer = None
    for asked in facts.customer_messages:
        if asked > as_of:
            return
        asked = max(asked, facts.opened_at)
        if answer is not None and asked <= answer:
            continue  # answered together with an earlier message
        answer = next((at for at in answers if asked <= at <= as_of), None)
        yield asked, answer
        if answer is None:
            return


def _cut(start, answer, closings, is_new, window) -> Iterator[Span]:
    """Yield the clocks that a wait takes: more than one when a reopening starts anew.

    Closing stops a wait that nobody answered, and so does an answer to a closed ticket:
    its clock stood still since the closing.
    """
    gaps: list[Stretch] = []
    for closed, reopened in closings:
        if reopened <= start:
            continue
        if answer is not None and answer < closed:
            break
        closed = max(closed, start)
        if reopened is FOREVER or (answer is not None and answer < reopened):
            yield Span(start, closed, gaps)
            return
        if is_new((reopened - closed).total_seconds(), window):
            yield Span(start, closed, gaps)
            start, gaps = reopened, []
        else:
            gaps.append((closed, reopened))
    yield Span(start, answer, gaps)


def get_closings(metric: str, facts: Facts, as_of: datetime) -> list[Stretch]:
    """Return the stretches in which the clock of a metric has stopped."""
    stretches = facts.resolved
    if metric == RESTORE and facts.restored:
        # A closed ticket is restored, whatever else is said.
        stretches = (*stretches, *facts.restored)
    return stretches and joined(
        (start, FOREVER if end is None or end > as_of else end)
        for start, end in stretches
        if start <= as_of
    )


def get_pauses(target: Target, facts: Facts, as_of: datetime) -> list[Stretch]:
    """Return when the target pauses: overlapping pauses are one, a limit ends one."""
    reasons = target.pauses
    return facts.pauses and joined(
        (
            pause.start,
            min(
                FOREVER if pause.end is None or pause.end > as_of else pause.end,
                pause.limit or FOREVER,
            ),
        )
        for pause in facts.pauses
        if pause.start <= as_of and (reasons is None or pause.reason in reasons)
    )


def clip(stretches, start: datetime, end: datetime) -> list[Stretch]:
    """Return the parts of stretches inside ``[start, end)``."""
    return [
        (max(since, start), min(to, end))
        for since, to in stretches
        if since < end and to > start
    ]
