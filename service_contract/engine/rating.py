# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a delivered thing becomes: covered, billable, given away, or to be decided.

One usage goes in, charges come out whose quantities sum to it. Each carries its price,
its amount and the rules that led to it, in an order a customer can follow. Nothing is
dropped and nothing costs 0 for want of a price: what can't be rated waits.

``rate`` changes nothing. What it took is in its answer, and ``Books.take`` notes it, so
that the next usage sees what is left. Amounts are whole minor currency units, rounded
half up once per charge; quantities are whole base units. See
``docs/decisions/rating.md`` for the choices.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from .allocation import Lot
from .drawing import hand_out
from .proration import round_product
from .rates import ONE, Card, Rate
from .rating_facts import (
    BILLABLE,
    COURTESY,
    COVERED,
    EVENTS,
    EXCLUDED,
    TO_APPROVE,
    WARRANTY,
    Books,
    Rating,
    Rule,
    Terms,
    Usage,
    add_to,
)
from .slices import Slice, cut_at, with_overtime
from .uncovered import GIVEN, Rounded, Uncovered, as_rule, share


def rate(usage: Usage, terms: Terms, books: Books) -> Rating:
    """Return the charges of a usage; their quantities sum to it.

    :raises ValueError: for a negative quantity
    """
    if usage.quantity < 0:
        raise ValueError("A usage is not negative; reverse the earlier one instead.")
    return _Work(usage, terms, books).rated()


def note_worked(usage: Usage, card: Card, books: Books) -> None:
    """Note how long a worker was at work, of a usage that is not rated again."""
    if not usage.is_timed:
        return add_to(books.worked, (usage.employee, usage.day), usage.quantity)
    for piece in card.cut(usage.at, usage.quantity):
        add_to(books.worked, (usage.employee, piece.day), piece.quantity)


class _Work(Uncovered):
    """One rating in progress."""

    def rated(self) -> Rating:
        usage = self.usage
        if not usage.quantity:
            return self.rating
        for piece in self.slices():
            self.at = piece.start or usage.at
            self.gates = ()
            self.lots = [lot for lot in self.books.lots if lot.is_valid_at(self.at)]
            self.settle(piece)
        return self.rating

    # === TIME === #

    def slices(self) -> list[Slice]:
        """Return the usage cut where its price may change, or what covers it."""
        usage = self.usage
        pieces = self.priced_slices()
        if usage.unit != "second" or not usage.is_timed:
            return pieces
        end = usage.at + timedelta(seconds=usage.quantity)
        edges = [self.terms.start, self.terms.end]
        for lot in self.books.lots:
            edges += [lot.valid_from, lot.valid_to]
        edges = [edge for edge in edges if edge and usage.at < edge < end]
        if not edges:
            return pieces
        if self.terms.card is None:
            pieces = [replace(pieces[0], start=usage.at)]
        return cut_at(pieces, edges)

    def priced_slices(self) -> list[Slice]:
        """Return the usage cut where its price may change."""
        usage, card = self.usage, self.terms.card
        if card is None:
            return [Slice(usage.quantity, usage.day)]
        if not usage.is_timed:
            holiday = card.is_holiday(usage.day.toordinal())
            pieces = [Slice(usage.quantity, usage.day, is_holiday=holiday)]
        elif usage.unit == "second":
            pieces = card.cut(usage.at, usage.quantity)
        else:
            # A call at night: it takes no time that could be cut.
            first = card.cut(usage.at, 1)[0]
            pieces = [replace(first, quantity=usage.quantity, start=None)]
        if usage.unit != "second" or not card.thresholds:
            return pieces
        worker = usage.employee
        if worker is None:
            # Nobody knows whether it was the same worker.
            return with_overtime(pieces, card.thresholds, {})
        before = {
            piece.day: self.books.worked.get((worker, piece.day), 0) for piece in pieces
        }
        for piece in pieces:
            add_to(self.rating.worked, (worker, piece.day), piece.quantity)
        return with_overtime(pieces, card.thresholds, before)

    # === DECISIONS ABOUT THE WHOLE === #

    def settle(self, piece: Slice) -> None:
        """Charge a slice: by the first rule that decides about all of it, or by what
        is covered."""
        usage, terms = self.usage, self.terms
        if usage.exempt:
            return self.whole(piece, COURTESY, (as_rule("exempt"),))
        if usage.is_free:
            return self.whole(piece, EXCLUDED, (as_rule("never_charged"),))
        if held := self.held():
            return self.decide(piece, *held)
        if usage.quotes or usage.awaits_quote:
            piece = self.beyond_quotes(piece)
            if not piece.quantity:
                return None
            if not usage.quoted_in_part:
                code = "awaiting_quote" if usage.awaits_quote else "beyond_quote"
                return self.decide(piece, "awaiting_quote", as_rule(code))
        is_ruled = usage.ruling in ("bill", "cover")
        if usage.warranty and terms.warranty in ("before", "instead") and not is_ruled:
            return self.whole(piece, WARRANTY, (as_rule("warranty"),))
        if rule := self.out_of_scope():
            if usage.awaits_quote:
                rule = as_rule("awaiting_quote")
                return self.decide(piece, "awaiting_quote", rule)
            return self.decide(piece, "out_of_scope", rule)
        if usage.ruling == "cover":
            self.gates = (*self.gates, as_rule("decided"))
        return self.split(piece)

    def held(self) -> tuple[str, Rule] | None:
        """Return (hold, rule) where the terms do not hold, or not yet."""
        terms = self.terms
        if not terms.is_agreed:
            return "not_agreed", as_rule("not_agreed")
        if self.at < terms.start or (terms.end and self.at >= terms.end):
            return "outside", as_rule("outside")
        return None

    def out_of_scope(self) -> Rule | None:
        """Return why a task is not the line's: it is excluded, or not included."""
        task, terms = self.usage.task, self.terms
        if task is None or not (terms.included or terms.excluded):
            return None
        if task in terms.excluded:
            return as_rule("excluded_task")
        if terms.included and task not in terms.included:
            return as_rule("task_not_included")
        self.gates = (as_rule("in_scope"),)
        return None

    def decide(self, piece: Slice, hold: str, rule: Rule) -> None:
        """Charge a slice that waits by itself: by what somebody decided about it."""
        ruling = self.usage.ruling
        if ruling is None:
            asks = () if rule["code"] == "awaiting_quote" else (as_rule("asks"),)
            self.whole(piece, TO_APPROVE, (rule, *asks), hold)
        elif ruling == "bill":
            self.settle_rest(piece, piece.quantity, (rule,))
        elif ruling == "cover":
            self.gates = (rule, as_rule("decided"))
            self.split(piece)
        else:
            kind, decision = GIVEN[ruling]
            self.whole(piece, kind, (rule, as_rule(decision)))

    def whole(
        self,
        piece: Slice,
        kind: str,
        rules: tuple[Rule, ...],
        hold: str | None = None,
    ) -> None:
        """Charge a slice as one rule says; its value is told where there is a price."""
        value = self.worth(piece, piece.quantity, self.rate_of(piece))
        self.add(kind, piece, piece.quantity, rules, hold=hold, **value)

    def beyond_quotes(self, piece: Slice) -> Slice:
        """Bill what the customer signed at its prices, first what he signed first;
        return what is beyond it.

        Whatever somebody decides is about what is beyond it.
        """
        for key, per_unit in self.usage.quotes:
            left = self.books.quotes.get(key, 0) - self.rating.quotes.get(key, 0)
            taken = max(min(piece.quantity, left), 0)
            if not taken:
                continue
            add_to(self.rating.quotes, key, taken)
            amount = round_product(taken, per_unit)
            value = {"charged": taken, "per_unit": per_unit, "amount": amount}
            rules = (as_rule("quoted", quote=key),)
            self.add(BILLABLE, piece, taken, rules, **value)
            start = piece.start and piece.start + timedelta(seconds=taken)
            piece = replace(piece, quantity=piece.quantity - taken, start=start)
        return piece

    # === COVERAGE === #

    def split(self, piece: Slice) -> None:
        """Draw what lots cover of a slice, and settle the rest."""
        code = self.why_uncounted(piece)
        if code is None:
            self.split_over_lots(piece)
        elif code == "included":
            rules = (*self.gates, as_rule("included"))
            self.add(COVERED, piece, piece.quantity, rules)
        else:
            self.settle_rest(piece, piece.quantity, (as_rule(code),))

    def split_over_lots(self, piece: Slice) -> None:
        """Draw a piece of work from the lots; what they do not hold is the rest."""
        terms = self.terms
        lots = [lot for lot in self.lots if lot.kind == "coverage"]
        if not lots:
            return self.settle_rest(piece, piece.quantity, (as_rule("no_lot"),))
        rounds = bool(terms.card and terms.card.draws_rounded)
        found = self.rate_of(piece) if rounds or terms.unit == "minor" else None
        factor = self.draw_rate(piece, found)
        if factor is None:
            # Nothing is used up: nobody knows what the work would draw.
            return self.settle_rest(piece, piece.quantity, ())
        charged = self.round(piece, piece.quantity, found) if rounds else piece.quantity
        if not charged:
            # The step or the minimum that it falls into was drawn before.
            rules = (
                *self.gates,
                as_rule("rounded", quantity=piece.quantity, charged=0),
            )
            group = self.note(piece, found, piece.quantity, 0)
            return self.add(COVERED, piece, piece.quantity, rules, group=group)
        takes, over_quota = hand_out(charged, factor, lots, self.left_of, self.quota_of)
        rounded: Rounded | None = None
        shared = 0
        if takes:
            group = self.note(piece, found, piece.quantity, charged) if rounds else None
            shared = self.cover(piece, takes, charged, factor, group)
            if rounds:
                rounded = charged - sum(covered for _lot, covered in takes), group
        if shared == piece.quantity:
            return None
        why = as_rule("over_quota" if over_quota else "used_up")
        return self.settle_rest(piece, piece.quantity - shared, (why,), rounded)

    def why_uncounted(self, piece: Slice) -> str | None:
        """Return ``included`` where the work draws nothing and costs nothing, another
        code where no lot can cover it, None where lots are drawn."""
        terms, usage = self.terms, self.usage
        unit = usage.unit
        # A warranty that takes the contract's place leaves other work out.
        is_replaced = terms.warranty == "instead" and usage.warranty is False
        if is_replaced and usage.ruling != "cover":
            return "not_in_warranty"
        if terms.coverage == "unlimited":
            return "included"
        if unit == terms.unit:
            return None
        if unit == "second" and terms.unit in EVENTS:
            return "included"
        if unit in EVENTS and not (self.price_of(piece) or unit in terms.fallback):
            return "included"
        if terms.coverage == "rates":
            return "at_rates"
        return None if terms.unit == "minor" else "not_included"

    def draw_rate(self, piece: Slice, found: Rate | None) -> Fraction | None:
        """Return lot units per unit of work; None where that takes a price that there
        is not."""
        terms = self.terms
        if self.usage.unit == terms.unit:
            factor = ONE
            if terms.card and self.usage.unit == "second":
                modifiers = terms.card.get_modifiers(self.usage.task, piece, "second")
                factor = terms.card.get_draw(modifiers)
            if terms.unit == "second" and terms.multiplier != 100:
                factor = factor * terms.multiplier / 100
            return factor
        return found.per_unit if found else None

    def cover(
        self,
        piece: Slice,
        takes: list[tuple[Lot, int]],
        charged: int,
        factor: Fraction,
        group: str | None,
    ) -> int:
        """Charge what lots cover, and note what is drawn.

        The rounded time is shared out; what was worked follows it.

        :param charged: the quantity of the slice after rounding
        :return: how much of the slice is covered
        """
        before: list[Rule] = [*self.gates]
        if charged != piece.quantity:
            before.append(as_rule("rounded", quantity=piece.quantity, charged=charged))
        if self.usage.unit == "second" and self.terms.unit == "second" and factor != 1:
            before.append(as_rule("multiplied", percent=_tidy(float(factor * 100))))
        done = shared = 0
        for lot, covered in takes:
            done += covered
            quantity = share(piece.quantity, done, charged) - shared
            shared += quantity
            drawn = round_product(covered, factor)
            left = self.left_of(lot.key) - drawn
            rules = [*before, as_rule("drawn", drawn=drawn, left=left)]
            if left < 0:
                rules.append(as_rule("overdrawn"))
            rules += self.use_plan(lot.key, drawn)
            add_to(self.rating.drawn, lot.key, drawn)
            quota = (lot.key, self.usage.site)
            if quota in self.books.quotas:
                add_to(self.rating.quotas, quota, drawn)
            value = {"charged": covered, "lot": lot.key, "drawn": drawn, "group": group}
            self.add(COVERED, piece, quantity, tuple(rules), **value)
        return shared

    def use_plan(self, lot: int, drawn: int) -> tuple[Rule, ...]:
        """Note what of a draw was held for the ticket: that is used up first."""
        if self.usage.plan is None:
            return ()
        key = (lot, self.usage.plan)
        held = self.books.held.get(key, 0) - self.rating.held.get(key, 0)
        used = min(held, drawn)
        if used <= 0:
            return ()
        add_to(self.rating.held, key, used)
        return (as_rule("planned", drawn=used),)


def _tidy(percent: float) -> float | int:
    return int(percent) if percent == int(percent) else percent
