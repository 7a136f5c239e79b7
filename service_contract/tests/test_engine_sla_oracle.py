# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Readings of running targets against a stepper that looks at every minute.

2,000 random cases with up to 40 pauses and some reopenings; SC_SLA_ORACLE_CASES sets
another number, SC_SEED the seed.
"""

import os
import random

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.clock import Clock
from odoo.addons.service_contract.engine.sla import Facts, Pause, Target, read

from .oracle_clock import DAY, Stepper
from .test_engine_clock_oracle import (
    CASES_PER_CALENDAR,
    EPOCH,
    SEED,
    at,
    clock_changes,
    hours_of,
    random_calendar,
    seconds,
)

CASES = int(os.environ.get("SC_SLA_ORACLE_CASES", "2000"))


def some_stretches(rand, number, first, last):
    """Stretches in epoch minutes, within a span."""
    return [
        tuple(sorted(rand.randrange(first, last) for _edge in range(2)))
        for _each in range(number)
    ]


class Walk:
    """What is counted, paused and closed, minute by minute."""

    def __init__(self, stepper, start, pauses, closed):
        self.stepper = stepper
        self.start = start
        self.lost = {}
        for kind, stretches in (("paused", pauses), ("closed", closed)):
            for begin, end in stretches:
                self.lost.update(dict.fromkeys(range(begin, end), kind))

    def steps(self, end):
        """Yield (first second, last second, what it is) of each minute or part."""
        second = self.start
        while second < end:
            minute = second // 60
            following = min(minute * 60 + 60, end)
            kind = self.lost.get(minute, "counted")
            is_open = self.stepper.open[minute - self.stepper.first]
            yield second, following, kind if is_open else "off"
            second = following

    def figures(self, end):
        totals = dict.fromkeys(("counted", "paused", "closed", "off"), 0)
        for begin, following, kind in self.steps(end):
            totals[kind] += following - begin
        return tuple(totals.values())

    def due_and_breach(self, target, end):
        """Return when the target is used up, and when more than it is counted."""
        due = None
        for begin, following, kind in self.steps(end):
            if kind != "counted":
                continue
            if due is not None:
                return due, begin
            if target <= following - begin:
                due = begin + target
                if target < following - begin:
                    return due, due
            target -= following - begin
        return due, None


class TestSlaAgainstTheStepper(BaseCase):
    compared = 0

    def test_random_tickets_agree_to_the_second(self):
        rand = random.Random(SEED)
        changes = clock_changes()
        rand.shuffle(changes)
        for number in range(max(CASES // CASES_PER_CALENDAR, 1)):
            zone, day = changes[number % len(changes)]
            with self.subTest(seed=SEED, round=number, zone=zone, day=day):
                self.compare(rand, zone, day)
        self.assertGreater(self.compared, CASES // 2)

    def compare(self, rand, zone, day):
        calendar = random_calendar(rand, zone, day)
        clock = Clock(hours_of(calendar))
        middle = (day - EPOCH.date()).days * DAY
        first, last = middle - 2 * DAY, middle + 3 * DAY
        stepper = Stepper(calendar, first, last)
        for _each in range(CASES_PER_CALENDAR):
            start = rand.randrange(first * 60, (last - DAY) * 60)
            as_of = rand.randrange(start, last * 60)
            room = start // 60 + 1, max(as_of // 60, start // 60 + 2)
            pauses = some_stretches(rand, rand.choice([0, 1, 2, 5, 40]), *room)
            closed = some_stretches(rand, rand.choice([0, 0, 1, 3]), *room)
            target = rand.choice([60, 3600, 8 * 3600, rand.randrange(1, 300)])
            target = max(target // 60, 1)
            walk = Walk(stepper, start, pauses, closed)
            self.compare_reading(clock, walk, pauses, closed, target, as_of, last * 60)

    def compare_reading(self, clock, walk, pauses, closed, minutes, as_of, last):
        def stretches(found):
            return [(at(begin * 60), at(end * 60)) for begin, end in found]

        facts = Facts(
            at(walk.start),
            pauses=tuple(Pause(*stretch, "wait") for stretch in stretches(pauses)),
            resolved=tuple(stretches(closed)),
        )
        as_of = max([as_of, *(end * 60 for _begin, end in pauses + closed)])
        target = Target("1", "resolve", minutes, "minute")
        due, breach = walk.due_and_breach(minutes * 60, last)
        if due is None:  # outside of what was stepped through
            return
        self.compared += 1
        (reading,) = read(target, clock, facts, at(as_of))
        self.assertEqual(
            (reading.counted_s, reading.paused_s, reading.gap_s, reading.off_s),
            walk.figures(as_of),
        )
        self.assertEqual(seconds(reading.due_at), due)
        if breach is not None:
            found = reading.breached_at or reading.breaches_at
            self.assertEqual(seconds(found), breach)
            self.assertEqual(bool(reading.breached_at), breach <= as_of)
