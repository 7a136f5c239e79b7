# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What becomes of work: who covers it, who pays, and what waits for whom."""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine.rating import rate
from odoo.addons.service_contract.engine.rating_facts import quote_of

from .common_engine_rating import (
    HOUR,
    books,
    card,
    codes,
    counted,
    event,
    lot,
    modifier,
    moment,
    price,
    rated,
    rounding,
    terms,
    told,
    work,
)

MIDNIGHT = datetime(2026, 3, 31, 22)  # of 1 April in Rome


class TestCoverage(BaseCase):
    """Lots are drawn in their order, what they can't pay for is settled."""

    def test_allotment_covers_work(self):
        self.assertEqual(
            told(rated(work(2), counted(), books(lot(5)))), [("covered", 2, 2)]
        )

    def test_what_is_beyond_the_allotment_is_billed_or_waits_by_policy(self):
        for policy, kind in (("bill", "billable"), ("ask", "used_up")):
            with self.subTest(policy=policy):
                self.assertEqual(
                    told(rated(work(7), counted(policy=policy), books(lot(5)))),
                    [("covered", 5, 5), (kind, 2, 20000)],
                )

    def test_no_lot_that_day(self):
        charges = rated(work(1), counted(policy="ask"))
        self.assertEqual(told(charges), [("no_lot", 1, 10000)])

    def test_several_lots_are_drawn_in_their_order(self):
        charges = rated(work(4), counted(), books(lot(1, 7), lot(2, 3), lot(5, 5)))
        self.assertEqual(
            [(charge.lot, charge.drawn / HOUR) for charge in charges],
            [(7, 1), (3, 2), (5, 1)],
        )

    def test_multiplier_of_two_with_half_an_hour_left_covers_a_quarter(self):
        charges = rated(work(1), counted(multiplier=200), books(lot(0.5)))
        self.assertEqual(
            told(charges), [("covered", 0.25, 0.5), ("billable", 0.75, 7500)]
        )

    def test_hour_after_hours_draws_one_and_a_half(self):
        late = card(modifiers=[modifier("after_hours", draw_percent=150)])
        charges = rated(work(2, "2026-03-20 17:00"), counted(card=late), books(lot(9)))
        self.assertEqual(told(charges), [("covered", 1, 1), ("covered", 1, 1.5)])

    def test_modifier_for_kilometres_draws_no_hours(self):
        late = card(modifiers=[modifier("after_hours", draw_percent=150, unit="metre")])
        charges = rated(work(1, "2026-03-20 19:00"), counted(card=late), books(lot(9)))
        self.assertEqual(told(charges), [("covered", 1, 1)])

    def test_minimum_is_drawn_where_draws_are_rounded(self):
        prices = price(90, rounding=rounding(minimum=1))
        for draws_rounded, drawn in ((True, 1), (False, 0.1)):
            with self.subTest(draws_rounded=draws_rounded):
                rounds = card(prices, draws_rounded=draws_rounded)
                charges = rated(work(0.1), counted(card=rounds), books(lot(9)))
                self.assertEqual(told(charges), [("covered", 0.1, drawn)])
                self.assertEqual("rounded" in codes(charges[0]), draws_rounded)

    def test_rounded_draw_that_a_lot_pays_in_part(self):
        """A quarter of an hour counts as one; the lot has half of that."""
        rounds = card(price(90, rounding=rounding(minimum=1)), draws_rounded=True)
        charges = rated(work(0.25), counted(card=rounds), books(lot(0.5)))
        self.assertEqual(
            told(charges), [("covered", 0.125, 0.5), ("billable", 0.125, 4500)]
        )
        self.assertEqual([charge.charged / HOUR for charge in charges], [0.5, 0.5])

    def test_money_is_drawn_by_the_price_of_the_work(self):
        rates = card(
            price(120),
            price(1, key=2, unit="metre"),
            modifiers=[modifier("weekend", 200)],
        )
        line = counted("minor", card=rates, fallback={"minor": Fraction(1)})
        for usage, drawn in (
            (work(0.5), 6000),
            (work(0.5, "2026-03-21 10:00"), 12000),
            (event("metre", 3000), 300),
            (event("minor", 4200), 4200),
        ):
            with self.subTest(usage=usage):
                charges = rated(usage, line, books(lot(20000, unit="minor")))
                self.assertEqual([c.drawn for c in charges], [drawn])

    def test_work_without_a_price_draws_no_money(self):
        line = counted("minor", fallback={})
        [charge] = rated(work(1), line, books(lot(20000, unit="minor")))
        self.assertEqual((charge.kind, charge.hold), ("to_approve", "unrated"))
        self.assertEqual(codes(charge), ["no_price"])

    def test_work_is_cut_where_a_lot_ends_without_a_card(self):
        midnight = datetime(2026, 2, 1)
        january, february = (
            lot(10, valid_to=midnight),
            lot(10, key=2, valid_from=midnight),
        )
        usage = replace(work(4), at=datetime(2026, 1, 31, 22))
        charges = rated(usage, counted(), books(january, february))
        self.assertEqual(
            [(c.lot, c.drawn, c.start) for c in charges],
            [(1, 2 * HOUR, usage.at), (2, 2 * HOUR, midnight)],
        )
        untimed = replace(usage, is_timed=False)
        [charge] = rated(untimed, counted(), books(january, february))
        self.assertEqual((charge.lot, charge.drawn, charge.start), (1, 4 * HOUR, None))

    def test_events_that_nobody_counts_are_included(self):
        for unit in ("case", "visit"):
            [charge] = rated(event(unit), counted(), books(lot(1)))
            self.assertEqual((charge.kind, codes(charge)), ("covered", ["included"]))
        [charge] = rated(work(3), counted("case"), books(lot(1, unit="case")))
        self.assertEqual((charge.kind, codes(charge)), ("covered", ["included"]))

    def test_event_with_a_price_is_not_included(self):
        call_out = card(price(80, unit="visit"))
        [charge] = rated(event(), counted(card=call_out), books(lot(1)))
        self.assertEqual((charge.kind, charge.amount), ("billable", 8000))

    def test_event_whose_price_is_agreed_each_time_is_unrated(self):
        on_request = card(price(None, unit="visit"))
        [charge] = rated(event(), counted(card=on_request), books(lot(1)))
        self.assertEqual((charge.kind, charge.hold), ("to_approve", "unrated"))

    def test_part_on_a_contract_of_hours_is_out_of_scope(self):
        parts = card(price(30, unit="piece"))
        for policy, kind in (("bill", None), ("ask", "out_of_scope")):
            line = counted(card=parts, policy=policy)
            [charge] = rated(event("piece", 2000), line, books(lot(1)))
            self.assertEqual((charge.hold, charge.amount), (kind, 6000))

    def test_unlimited_line_covers_all_and_counts_nothing(self):
        [charge] = rated(work(100), terms("unlimited"))
        self.assertEqual((charge.kind, charge.drawn), ("covered", 0))

    def test_work_over_midnight_draws_from_the_lots_valid_then(self):
        """The hours of March are used up, those of April begin at midnight."""
        hours = books(lot(0.5, 3, valid_to=MIDNIGHT), lot(9, 4, valid_from=MIDNIGHT))
        charges = rated(
            work(2, "2026-03-31 23:00"), counted(card=card(price(90))), hours
        )
        self.assertEqual(
            [(c.kind, c.lot, c.quantity / HOUR) for c in charges],
            [("covered", 3, 0.5), ("billable", None, 0.5), ("covered", 4, 1)],
        )


class TestQuota(BaseCase):
    """A site draws its part of a shared lot; more waits for somebody."""

    def rated(self, usage, *lots, quota=1, policy="bill"):
        quotas = {(1, 5): quota * HOUR}
        return rated(usage, counted(policy=policy), books(*lots, quotas=quotas))

    def test_what_is_over_the_quota_waits(self):
        charges = self.rated(work(3, site=5), lot(9))
        self.assertEqual(told(charges), [("covered", 1, 1), ("quota", 2, 20000)])

    def test_other_sites_have_no_quota(self):
        self.assertEqual(told(self.rated(work(3), lot(9))), [("covered", 3, 3)])

    def test_somebody_may_cover_it(self):
        charges = self.rated(work(3, site=5, ruling="cover"), lot(9))
        self.assertEqual(told(charges), [("covered", 3, 3)])

    def test_somebody_may_bill_it(self):
        charges = self.rated(work(3, site=5, ruling="bill"), lot(9), policy="ask")
        self.assertEqual(told(charges), [("covered", 1, 1), ("billable", 2, 20000)])

    def test_bottomless_lot_gives_no_more_than_the_quota(self):
        for left in (0.5, 0, -3, 2):
            with self.subTest(left=left):
                charges = self.rated(work(3, site=5), lot(left, bottomless=True))
                self.assertEqual(sum(c.drawn for c in charges), HOUR)
                self.assertEqual(charges[-1].hold, "quota")

    def test_other_bottomless_lot_takes_what_the_quota_holds_back(self):
        charges = self.rated(work(3, site=5), lot(9), lot(0, 2, bottomless=True))
        self.assertEqual(told(charges), [("covered", 1, 1), ("covered", 2, 2)])
        self.assertEqual([charge.lot for charge in charges], [1, 2])

    def test_quota_counts_what_is_drawn_not_what_is_worked(self):
        line = counted(multiplier=200)
        book = books(lot(9), quotas={(1, 5): HOUR})
        self.assertEqual(
            told(rated(work(3, site=5), line, book)),
            [("covered", 0.5, 1), ("quota", 2.5, 25000)],
        )


class TestHeld(BaseCase):
    """Work that the terms do not say how to charge waits."""

    def test_holds(self):
        line = counted(included=frozenset({1, 2}), excluded=frozenset({2}))
        for usage, by, hold in (
            (work(1), counted(is_agreed=False), "not_agreed"),
            (work(1, "2025-12-31 23:00"), counted(), "outside"),
            (work(1), counted(end=moment("2026-03-20 00:00")), "outside"),
            (work(1, awaits_quote=True), counted(), "awaiting_quote"),
            (work(1, task=3), line, "out_of_scope"),
            (work(1, task=2), line, "out_of_scope"),
            (work(1, task=1), line, None),
            (work(1), line, None),
            (work(1, task=3), counted(excluded=frozenset({2})), None),
        ):
            with self.subTest(usage=usage, by=by):
                [charge] = rated(usage, by, books(lot(9)))
                self.assertEqual(charge.hold, hold)
                self.assertEqual(charge.kind, "to_approve" if hold else "covered")

    def test_what_waits_tells_what_it_would_cost(self):
        """With its minimum, so that nobody approves less than what is billed."""
        rates = card(price(90, rounding=rounding(minimum=1)))
        line = counted(card=rates, excluded=frozenset({3}))
        [waiting] = rated(work(0.25, task=3), line)
        [billed] = rated(work(0.25, task=3, ruling="bill"), line)
        self.assertEqual((waiting.kind, waiting.amount), ("to_approve", 9000))
        self.assertEqual((billed.kind, billed.amount), ("billable", 9000))

    def test_what_waits_takes_no_minimum_from_what_is_billed(self):
        rates = card(price(90, rounding=rounding("ticket", minimum=1)))
        line = counted(card=rates, policy="ask")
        charges = rated(
            [work(0.25, ticket=7), work(0.25, ticket=7, ruling="bill")], line
        )
        self.assertEqual(
            told(charges), [("no_lot", 0.25, 9000), ("billable", 0.25, 9000)]
        )

    def test_work_over_the_end_of_the_contract(self):
        hours = books(lot(9, valid_to=MIDNIGHT))
        for coverage, rates, amount in (
            ("counted", card(price(90)), 9000),
            ("counted", None, 10000),
            ("unlimited", None, 10000),
        ):
            with self.subTest(coverage=coverage, rates=rates):
                line = replace(counted(card=rates, end=MIDNIGHT), coverage=coverage)
                charges = rated(work(2, "2026-03-31 23:00"), line, hours)
                kinds = [(c.kind, c.hold, c.quantity, c.start) for c in charges]
                self.assertEqual(
                    kinds,
                    [
                        ("covered", None, HOUR, moment("2026-03-31 23:00")),
                        ("to_approve", "outside", HOUR, MIDNIGHT),
                    ],
                )
                self.assertEqual(charges[1].amount, amount)

    def test_work_over_the_beginning_of_the_contract(self):
        line = terms("unlimited", start=MIDNIGHT)
        charges = rated(work(2, "2026-03-31 23:00"), line)
        self.assertEqual([c.kind for c in charges], ["to_approve", "covered"])

    def test_the_contract_ends_in_its_own_zone(self):
        """When it ends in Rome it is 18:00 of the same day at a site in New York."""
        rates = card(price(90), zone="America/New_York")
        line = terms("unlimited", card=rates, end=MIDNIGHT)
        [inside, outside] = rated(work(2, "2026-03-31 23:00"), line)
        self.assertEqual((inside.kind, outside.hold), ("covered", "outside"))
        self.assertEqual((inside.end, outside.start), (MIDNIGHT, MIDNIGHT))

    def test_never_charged_and_exempt(self):
        for usage, kind in (
            (work(1, is_free=True), "excluded"),
            (work(1, exempt=True), "courtesy"),
            (work(1, exempt=True, is_free=True), "courtesy"),
        ):
            [charge] = rated(usage, counted(), books(lot(9)))
            self.assertEqual((charge.kind, charge.drawn), (kind, 0))
            self.assertEqual(charge.amount, 10000, "what it would have cost")

    def test_no_price_waits_and_is_not_zero(self):
        [charge] = rated(work(1), terms())
        self.assertEqual((charge.kind, charge.hold), ("to_approve", "unrated"))
        self.assertIsNone(charge.per_unit)

    def test_price_of_zero_is_a_price(self):
        [charge] = rated(work(1), terms(card=card(price(0))))
        self.assertEqual(
            (charge.kind, charge.per_unit, charge.amount), ("billable", 0, 0)
        )

    def test_nothing_delivered_is_nothing_charged(self):
        self.assertEqual(rated(work(0), counted(), books(lot(1))), [])

    def test_negative_usage_is_refused(self):
        with self.assertRaises(ValueError):
            rate(work(-1), counted(), books())


class TestRulings(BaseCase):
    """Somebody decided about what waits; what was covered stays covered."""

    def test_decision_about_the_rest_leaves_covered_hours_alone(self):
        for ruling, kind in (
            ("bill", "billable"),
            ("courtesy", "courtesy"),
            ("exclude", "excluded"),
            ("cover", "used_up"),
        ):
            with self.subTest(ruling=ruling):
                charges = rated(
                    work(7, ruling=ruling), counted(policy="ask"), books(lot(5))
                )
                self.assertEqual(told(charges), [("covered", 5, 5), (kind, 2, 20000)])

    def test_work_out_of_scope_draws_only_if_somebody_covers_it(self):
        line = counted(excluded=frozenset({3}), policy="ask")
        for ruling, kind, drawn in (
            ("bill", "billable", 0),
            ("courtesy", "courtesy", 0),
            ("exclude", "excluded", 0),
            ("cover", "covered", 1),
        ):
            with self.subTest(ruling=ruling):
                [charge] = rated(work(1, task=3, ruling=ruling), line, books(lot(5)))
                self.assertEqual((charge.kind, charge.drawn / HOUR), (kind, drawn))
                self.assertIn("excluded_task", codes(charge))

    def test_nobody_bills_without_a_price(self):
        [charge] = rated(work(1, ruling="bill"), terms())
        self.assertEqual((charge.kind, charge.hold), ("to_approve", "unrated"))

    def test_cover_overrules_a_warranty_in_the_contract_s_place(self):
        line = counted(warranty="instead")
        [charge] = rated(work(1, warranty=False, ruling="cover"), line, books(lot(5)))
        self.assertEqual(told([charge]), [("covered", 1, 1)])

    def test_bill_overrules_every_warranty(self):
        for warranty in ("before", "after", "instead"):
            usage = work(1, warranty=True, ruling="bill")
            charges = rated(usage, counted(warranty=warranty, policy="ask"))
            self.assertEqual(told(charges), [("billable", 1, 10000)])


class TestQuotes(BaseCase):
    QUOTED = ((8, Fraction(5000, HOUR)),)

    def test_quoted_price_wins_and_what_is_beyond_waits(self):
        rates = counted(card=card(price(90)))
        charges = rated(
            work(3, quotes=self.QUOTED), rates, books(lot(9), quotes={8: 7200})
        )
        self.assertEqual(
            told(charges), [("billable", 2, 10000), ("awaiting_quote", 1, 9000)]
        )
        self.assertEqual([codes(c)[0] for c in charges], ["quoted", "beyond_quote"])

    def test_quote_is_used_up_by_several_entries(self):
        book = books(quotes={8: 2 * HOUR})
        charges = rated([work(1.5, quotes=self.QUOTED)] * 2, counted(), book)
        self.assertEqual(
            told(charges),
            [
                ("billable", 1.5, 7500),
                ("billable", 0.5, 2500),
                ("awaiting_quote", 1, 10000),
            ],
        )

    def test_what_was_signed_first_is_used_up_first(self):
        quotes = (*self.QUOTED, (9, Fraction(4000, HOUR)))
        book = books(quotes={8: HOUR, 9: 2 * HOUR})
        charges = rated([work(2, quotes=quotes)] * 2, counted(), book)
        self.assertEqual(
            told(charges),
            [
                ("billable", 1, 5000),
                ("billable", 1, 4000),
                ("billable", 1, 4000),
                ("awaiting_quote", 1, 10000),
            ],
        )
        self.assertEqual(
            [quote_of(c.rules) for c in charges], [8, 9, 9, "beyond_quote"]
        )

    def test_more_may_be_with_the_customer(self):
        usage = work(3, quotes=self.QUOTED, awaits_quote=True)
        charges = rated(usage, counted(), books(quotes={8: 7200}))
        self.assertEqual(
            told(charges), [("billable", 2, 10000), ("awaiting_quote", 1, 10000)]
        )
        self.assertEqual(codes(charges[1]), ["awaiting_quote"])

    def test_quoted_price_holds_whatever_is_decided_about_the_rest(self):
        for ruling, rest in (
            ("bill", ("billable", 1, 10000)),
            ("cover", ("covered", 1, 1)),
        ):
            with self.subTest(ruling=ruling):
                usage = work(3, quotes=self.QUOTED, ruling=ruling)
                charges = rated(usage, counted(), books(lot(9), quotes={8: 7200}))
                self.assertEqual(told(charges), [("billable", 2, 10000), rest])

    def test_what_is_beyond_a_quote_may_be_given_away(self):
        for ruling, kind in (("courtesy", "courtesy"), ("exclude", "excluded")):
            usage = work(3, quotes=self.QUOTED, ruling=ruling)
            charges = rated(usage, counted(), books(lot(9), quotes={8: 7200}))
            self.assertEqual(told(charges), [("billable", 2, 10000), (kind, 1, 10000)])

    def test_what_is_beyond_a_quote_of_a_part_goes_its_usual_way(self):
        signed, covered = ("billable", 2, 10000), ("covered", 1, 1)
        for hours, facts, expected in (
            (3, {"awaits_quote": True}, [covered, ("awaiting_quote", 2, 20000)]),
            (3, {"quotes": self.QUOTED}, [signed, covered]),
            (4, {"quotes": self.QUOTED}, [signed, covered, ("billable", 1, 10000)]),
            (3, {"quotes": self.QUOTED, "ruling": "exclude"}, [signed, covered]),
        ):
            with self.subTest(hours=hours, facts=facts):
                usage = work(hours, quoted_in_part=True, **facts)
                charges = rated(usage, counted(), books(lot(1), quotes={8: 7200}))
                self.assertEqual(told(charges), expected)

    def test_quote_of_a_part_counts_where_nothing_is_in_scope(self):
        terms = counted(excluded=frozenset([4]))
        for facts, expected in (
            ({"awaits_quote": True}, [("awaiting_quote", 3, 30000)]),
            (
                {"quotes": self.QUOTED},
                [("billable", 2, 10000), ("out_of_scope", 1, 10000)],
            ),
        ):
            with self.subTest(facts=facts):
                usage = work(3, quoted_in_part=True, task=4, **facts)
                charges = rated(usage, terms, books(lot(9), quotes={8: 7200}))
                self.assertEqual(told(charges), expected)

    def test_quote_does_not_agree_to_a_contract(self):
        usage = work(1, quotes=self.QUOTED)
        [charge] = rated(usage, counted(is_agreed=False), books(quotes={8: 7200}))
        self.assertEqual(charge.hold, "not_agreed")


class TestWarranty(BaseCase):
    def test_before_after_and_instead(self):
        """Two hours, of which the allotment has one."""
        covered, rest = ("covered", 1, 1), ("billable", 1, 10000)
        both = ("warranty", 2, 20000)
        for rule, valid, expected in (
            ("before", True, [both]),
            ("before", False, [covered, rest]),
            ("before", None, [covered, rest]),
            ("after", True, [covered, ("warranty", 1, 10000)]),
            ("after", False, [covered, rest]),
            ("instead", True, [both]),
            ("instead", False, [("billable", 2, 20000)]),
            ("instead", None, [covered, rest]),
            (None, True, [covered, rest]),
        ):
            with self.subTest(rule=rule, valid=valid):
                usage = work(2, warranty=valid)
                charges = rated(usage, counted(warranty=rule), books(lot(1)))
                self.assertEqual(told(charges), expected)

    def test_what_the_warranty_leaves_out_is_out_of_scope(self):
        line = counted(warranty="instead", policy="ask")
        [charge] = rated(work(1, warranty=False), line, books(lot(1)))
        self.assertEqual(charge.hold, "out_of_scope")


class TestCourtesyLots(BaseCase):
    def given(self, left, **values):
        return lot(left, 9, kind="courtesy", **{"unit": "second", **values})

    def test_credit_of_hours_takes_part_of_the_overage(self):
        charges = rated(work(4), counted(), books(lot(1), self.given(2)))
        self.assertEqual(
            told(charges),
            [("covered", 1, 1), ("courtesy", 2, 20000), ("billable", 1, 10000)],
        )
        self.assertEqual(charges[1].drawn, 2 * HOUR)

    def test_credit_of_money_takes_part_of_the_overage(self):
        credit = self.given(15000, unit="minor")
        charges = rated(work(4), counted(), books(lot(1), credit))
        self.assertEqual(
            told(charges),
            [("covered", 1, 1), ("courtesy", 1.5, 15000), ("billable", 1.5, 15000)],
        )
        self.assertEqual(charges[1].drawn, 15000)

    def test_credit_also_takes_what_would_wait(self):
        charges = rated(work(2), counted(policy="ask"), books(self.given(1)))
        self.assertEqual(told(charges), [("courtesy", 1, 10000), ("no_lot", 1, 10000)])

    def test_credit_pays_a_minimum(self):
        """A quarter of an hour counts as one, of which the credit pays a third."""
        rates = card(price(90, rounding=rounding(minimum=1)))
        credit = self.given(3000, unit="minor")
        charges = rated(work(0.25), counted(card=rates), books(credit))
        self.assertEqual([c.amount for c in charges], [3000, 6000])
        self.assertEqual([c.charged for c in charges], [1200, 2400])

    def test_credit_is_not_used_up_by_what_costs_nothing(self):
        rates = card(price(90, rounding=rounding("ticket", minimum=1)))
        book = books(self.given(5, valid_from=datetime(2026, 3, 21)))
        entries = [
            work(0.25, ticket=7),
            work(0.25, "2026-03-23 09:00", ticket=7),
        ]
        charges = rated(entries, counted(card=rates), book)
        self.assertEqual(
            told(charges), [("billable", 0.25, 9000), ("billable", 0.25, 0)]
        )
        free = rated(work(1), terms(card=card(price(0))), books(self.given(5)))
        self.assertEqual(told(free), [("billable", 1, 0)])

    def test_credit_of_hours_does_not_pay_for_parts(self):
        parts = terms(card=card(price(30, unit="piece")))
        [charge] = rated(event("piece", 1000), parts, books(self.given(5)))
        self.assertEqual(charge.kind, "billable")
