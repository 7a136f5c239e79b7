# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.entitlement import (
    SPECIFICITY,
    Candidate,
    Request,
    judge,
    rank,
)

PROFILE = settings(deadline=None, database=None, derandomize=True, max_examples=300)
DAY = date(2025, 6, 15)
REQUEST = Request(contact=1, site=2, product=3, serial="S", category=4, channel=5)
# What a line states so that it meets the request, by condition.
STATED = {
    "contact": {"contacts": frozenset({1})},
    "site": {"sites": frozenset({2, 9})},
    "product": {"items": frozenset({(3, None)})},
    "serial": {"items": frozenset({(3, "S")})},
    "category": {"categories": frozenset({4})},
    "channel": {"channels": frozenset({5})},
}
# What fails one condition of a line and no other.
BROKEN = {
    "state": {"state": "on_hold"},
    "dates": {"end": DAY},
    "contact": {"contacts": frozenset({9})},
    "site": {"sites": frozenset({9})},
    "serial": {"items": frozenset({(3, "T")})},
    "category": {"categories": frozenset({9})},
    "channel": {"channels": frozenset({9})},
    "balance": {"refuses": True},
}


def line(key=1, **values):
    defaults = {
        "state": "active",
        "day": DAY,
        "start": date(2025, 1, 1),
        "end": date(2026, 1, 1),
        "priority": 10,
        "age_rank": key,
    }
    return Candidate(key=key, **{**defaults, **values})


def failed(candidate, request=REQUEST):
    return [c.code for c in judge(request, candidate).conditions if not c.passed]


small = st.integers(1, 3)
some = st.frozensets(small, max_size=2)


@st.composite
def candidates(draw):
    """Lines that agree or differ in every respect that counts."""
    serials = st.none() | st.sampled_from(["S", "T"])
    return [
        line(
            key,
            state=draw(st.sampled_from(["active", "active", "expired"])),
            start=date(2025, draw(st.integers(5, 7)), 1),
            end=draw(st.none() | st.sampled_from([date(2025, 7, 1), date(2026, 1, 1)])),
            priority=draw(small),
            refuses=draw(st.booleans()),
            contacts=draw(some),
            sites=draw(some),
            items=draw(st.frozensets(st.tuples(small, serials), max_size=2)),
            categories=draw(some),
            channels=draw(some),
        )
        for key in range(draw(st.integers(0, 5)))
    ]


requests = st.builds(
    Request,
    contact=st.none() | small,
    site=st.none() | small,
    product=st.none() | small,
    serial=st.none() | st.sampled_from(["S", "T"]),
    category=st.none() | small,
    channel=st.none() | small,
)


def covers(request, candidate):
    """Independent answer, in one expression for each rule."""
    lists = (
        (request.contact, candidate.contacts),
        (request.site, candidate.sites),
        (request.category, candidate.categories),
        (request.channel, candidate.channels),
    )
    last_day = candidate.end is None or candidate.end > candidate.day
    return (
        candidate.state == "active"
        and candidate.day >= candidate.start
        and last_day
        and not candidate.refuses
        and all(not allowed or value in allowed for value, allowed in lists)
        and (
            not candidate.items
            or any(
                product == request.product and serial in (None, request.serial)
                for product, serial in candidate.items
            )
        )
    )


class TestEntitlement(BaseCase):
    """The most specific line that covers a request is used, and says why."""

    def test_line_that_states_nothing_covers_everything(self):
        verdict = judge(Request(), line())
        self.assertTrue(verdict.covers)
        self.assertEqual(verdict.specificity, 0)

    def test_each_condition_fails_alone(self):
        for code, values in BROKEN.items():
            with self.subTest(code):
                self.assertEqual(failed(line(**values)), [code])

    def test_each_state_but_active_fails(self):
        for state in ("draft", "invoiced", "on_hold", "expired", "cancelled"):
            with self.subTest(state):
                self.assertEqual(failed(line(state=state)), ["state"])

    def test_dates_are_half_open(self):
        self.assertEqual(failed(line(start=DAY)), [])
        self.assertEqual(failed(line(start=date(2025, 6, 16))), ["dates"])
        self.assertEqual(failed(line(end=DAY)), ["dates"])
        self.assertEqual(failed(line(end=None)), [])

    def test_unknown_facts_do_not_meet_a_stated_condition(self):
        for code, values in STATED.items():
            with self.subTest(code):
                self.assertIn(code, failed(line(**values), Request()))

    def test_all_conditions_are_answered_even_after_a_failure(self):
        verdict = judge(REQUEST, line(state="draft", **STATED["site"]))
        self.assertEqual(
            [condition.code for condition in verdict.conditions],
            [
                "state",
                "dates",
                "contact",
                "site",
                "product",
                "serial",
                "category",
                "channel",
                "balance",
            ],
        )

    def test_covered_items(self):
        """An item without a serial covers every piece of its product."""
        for items, serial, expected, weight in (
            ({(3, None)}, None, [], 16),
            ({(3, None)}, "S", [], 16),
            ({(3, "S")}, "S", [], 48),
            ({(3, None), (3, "S")}, "S", [], 48),
            ({(3, None), (3, "S")}, "T", [], 16),
            ({(3, "S")}, "T", ["serial"], 16),
            ({(3, "S")}, None, ["serial"], 16),
            ({(8, "S")}, "S", ["product", "serial"], 0),
            ({(8, None)}, "S", ["product", "serial"], 0),
        ):
            with self.subTest(items=items, serial=serial):
                candidate = line(items=frozenset(items))
                request = Request(product=3, serial=serial)
                self.assertEqual(failed(candidate, request), expected)
                self.assertEqual(judge(request, candidate).specificity, weight)

    def test_a_more_specific_condition_outweighs_all_weaker_ones(self):
        order = ["serial", "product", "site", "contact", "category", "channel"]
        self.assertEqual(sorted(SPECIFICITY, key=SPECIFICITY.get, reverse=True), order)
        for position, code in enumerate(order[1:], start=1):
            weaker = {}
            for other in order[position + 1 :]:
                weaker.update(STATED[other])
            strong, weak = line(1, **STATED[code]), line(2, priority=0, **weaker)
            with self.subTest(code):
                self.assertEqual(rank(REQUEST, [weak, strong])[0].candidate, strong)

    def test_ranking_of_equally_specific_lines(self):
        """Priority, then the own before a shared one, earliest expiry, the oldest."""
        ranked = [
            line(5, priority=1, end=None),
            line(4, priority=2, end=date(2025, 7, 1)),
            line(3, priority=2, age_rank=1),
            line(2, priority=2, age_rank=2),
            line(6, priority=2, age_rank=2),
            line(1, priority=2, age_rank=1, end=DAY + DAY.resolution, is_shared=True),
        ]
        for first, second in combinations(ranked, 2):
            with self.subTest(first=first.key, second=second.key):
                best = rank(REQUEST, [second, first])[0].candidate
                self.assertEqual(best, first)

    def test_line_that_covers_comes_before_a_more_specific_one_that_does_not(self):
        specific = line(1, state="expired", **STATED["serial"])
        self.assertEqual(rank(REQUEST, [specific, line(2)])[0].candidate.key, 2)

    @PROFILE
    @given(requests, candidates())
    def test_verdicts_equal_the_rules(self, request, lines):
        verdicts = rank(request, lines)
        self.assertCountEqual([verdict.candidate for verdict in verdicts], lines)
        for verdict in verdicts:
            self.assertEqual(verdict.covers, covers(request, verdict.candidate))
        covering = [verdict.covers for verdict in verdicts]
        self.assertEqual(covering, sorted(covering, reverse=True))

    @PROFILE
    @given(requests, candidates(), st.randoms(use_true_random=False))
    def test_answer_does_not_depend_on_the_order_of_the_lines(
        self, request, lines, rng
    ):
        shuffled = list(lines)
        rng.shuffle(shuffled)
        self.assertEqual(rank(request, lines), rank(request, shuffled))
