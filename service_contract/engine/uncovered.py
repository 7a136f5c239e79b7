# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What becomes of work that no lot covers, and what it costs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .allocation import Lot
from .drawing import payable_by
from .proration import round_product
from .rates import Price, Rate
from .rating_facts import (
    BILLABLE,
    COURTESY,
    EXCLUDED,
    TO_APPROVE,
    WARRANTY,
    Books,
    Charge,
    Rating,
    Rule,
    Terms,
    Usage,
    add_to,
)
from .rounding import Rounds
from .slices import Slice

# What somebody decided not to charge: its kind, and the rule that says so.
GIVEN = {"courtesy": (COURTESY, "decided"), "exclude": (EXCLUDED, "refused")}
# What work waits for if no lot covers it and it is not to be billed unasked, by why.
HOLDS = {
    "no_lot": "no_lot",
    "not_included": "out_of_scope",
    "not_in_warranty": "out_of_scope",
}
# What is charged for work, and the group in which it was rounded.
Rounded = tuple[int, str | None]


class Uncovered:
    """One rating in progress: the part of it that is a matter of price."""

    __slots__ = ("at", "books", "gates", "lots", "rating", "rounds", "terms", "usage")

    def __init__(self, usage: Usage, terms: Terms, books: Books) -> None:
        self.usage = usage
        self.terms = terms
        self.books = books
        self.rating = Rating()
        self.rounds = Rounds(books, self.rating, usage.ticket)
        # Of the slice at hand: when it begins, the rules that were passed on the way,
        # and the lots that are valid.
        self.at = usage.at
        self.gates: tuple[Rule, ...] = ()
        self.lots: list[Lot] = []

    # === WHAT IS NOT COVERED === #

    def settle_rest(
        self,
        piece: Slice,
        quantity: int,
        rules: tuple[Rule, ...],
        rounded: Rounded | None = None,
    ) -> None:
        """Charge what no lot covers: to the warranty, a courtesy, the customer, or
        nobody yet.

        :param quantity: delivered
        :param rules: why no lot covers it
        :param rounded: what is charged for it, if it was rounded already
        """
        usage, terms = self.usage, self.terms
        found = self.rate_of(piece)
        first = (*self.gates, *rules)
        if unbilled := self.unbilled(rules):
            kind, hold, more = unbilled
            value = self.worth(piece, quantity, found, rounded)
            return self.add(kind, piece, quantity, (*first, *more), hold=hold, **value)
        quantity, charged = self.give(piece, quantity, found, first, rounded)
        if not quantity:
            return None
        if found is None:
            rules = (*first, as_rule("no_price"))
            value = {"hold": "unrated", "charged": charged}
            return self.add(TO_APPROVE, piece, quantity, rules, **value)
        is_billed = "bill" in (terms.policy, usage.ruling) or terms.coverage == "rates"
        if rounded or not is_billed:
            rounded = rounded and (charged, rounded[1])
            value = self.worth(piece, quantity, found, rounded)
        else:
            group = self.note(piece, found, quantity, charged)
            value = {**self.priced(charged, found), "group": group}
        first = (*first, *self.price_rules(quantity, value["charged"], found))
        if is_billed:
            billed = as_rule("billed_at_rate" if found.price else "billed")
            return self.add(BILLABLE, piece, quantity, (*first, billed), **value)
        hold = HOLDS.get(str(rules[0]["code"]), "used_up")
        return self.add(
            TO_APPROVE, piece, quantity, (*first, as_rule("asks")), hold=hold, **value
        )

    def unbilled(
        self, rules: tuple[Rule, ...]
    ) -> tuple[str, str | None, tuple[Rule, ...]] | None:
        """Return (kind, hold, rules) of what no lot covers and nobody pays, or not
        yet; None for what is a matter of price.

        :param rules: why no lot covers it
        """
        ruling = self.usage.ruling
        if ruling == "bill":
            return None
        if self.usage.warranty and self.terms.warranty == "after":
            return WARRANTY, None, (as_rule("warranty"),)
        if ruling in GIVEN:
            kind, rule = GIVEN[ruling]
            return kind, None, (as_rule(rule),)
        if self.usage.awaits_quote:
            return TO_APPROVE, "awaiting_quote", (as_rule("awaiting_quote"),)
        if rules and rules[0]["code"] == "over_quota":
            return TO_APPROVE, "quota", (as_rule("asks"),)
        return None

    def give(
        self,
        piece: Slice,
        quantity: int,
        found: Rate | None,
        rules: tuple[Rule, ...],
        rounded: Rounded | None,
    ) -> tuple[int, int]:
        """Let courtesy credits pay, oldest expiry first.

        :return: what is left of the quantity, and of what is charged for it
        """
        charged = rounded[0] if rounded else self.round(piece, quantity, found)
        if found and not (charged and found.per_unit):
            # It costs nothing: a credit would be used up for nothing.
            return quantity, charged
        for lot in self.lots:
            left = self.left_of(lot.key)
            if lot.kind != "courtesy" or left <= 0 or not quantity:
                continue
            if lot.unit == self.usage.unit and lot.unit != "minor":
                given = drawn = min(quantity, left)
                part = share(charged, given, quantity)
            elif lot.unit == "minor" and found:
                part = min(charged, payable_by(left, found.per_unit))
                drawn = round_product(part, found.per_unit)
                given = share(quantity, part, charged)
            else:
                continue
            if not (given and drawn):
                continue
            add_to(self.rating.drawn, lot.key, drawn)
            credit = as_rule("courtesy", drawn=drawn, left=left - drawn, unit=lot.unit)
            value = self.priced(part, found)
            value["group"] = (
                rounded[1] if rounded else self.note(piece, found, given, part)
            )
            self.add(
                COURTESY,
                piece,
                given,
                (*rules, credit),
                lot=lot.key,
                drawn=drawn,
                **value,
            )
            quantity, charged = quantity - given, charged - part
        return quantity, charged

    # === PRICES === #

    def rate_of(self, piece: Slice) -> Rate | None:
        """Return the price of a slice: the card's, else the line's; None for none."""
        usage, terms = self.usage, self.terms
        card, price = terms.card, self.price_of(piece)
        if card is not None and price is not None:
            modifiers = card.get_modifiers(usage.task, piece, usage.unit)
            return card.modified(price, modifiers)
        per_unit = terms.fallback.get(usage.unit)
        if per_unit is None:
            return None
        return Rate(None, per_unit, Fraction(1), ())

    def price_of(self, piece: Slice) -> Price | None:
        """Return the price on the card; it may be one that is agreed anew."""
        usage, card = self.usage, self.terms.card
        if card is None:
            return None
        return card.find_price(
            usage.unit, piece.day, usage.task, usage.zone, usage.role, usage.level
        )

    def round(self, piece: Slice, quantity: int, found: Rate | None) -> int:
        """Return what is billed for a quantity."""
        if found is None or found.price is None:
            return quantity
        return self.rounds.charged(piece, found.price, quantity)

    def note(
        self, piece: Slice, found: Rate | None, quantity: int, charged: int
    ) -> str | None:
        """Put what is billed into its rounding group, and return that."""
        if found is None or found.price is None:
            return None
        return self.rounds.note(piece, found.price, quantity, charged)

    def worth(
        self,
        piece: Slice,
        quantity: int,
        found: Rate | None,
        rounded: Rounded | None = None,
    ) -> dict[str, Any]:
        """Return price and amount of what is not billed: what it would cost."""
        if rounded:
            return {**self.priced(rounded[0], found), "group": rounded[1]}
        if found is None or found.price is None:
            return self.priced(quantity, found)
        charged = self.rounds.charged(piece, found.price, quantity, waits=True)
        self.rounds.note(piece, found.price, quantity, charged, waits=True)
        return self.priced(charged, found)

    def priced(self, charged: int, found: Rate | None) -> dict[str, Any]:
        """Return price and amount of a charge; nothing where there is no price."""
        if found is None:
            return {"charged": charged}
        return {
            "charged": charged,
            "per_unit": found.per_unit,
            "amount": round_product(charged, found.per_unit),
            "price": found.price.key if found.price else None,
        }

    def price_rules(self, quantity: int, charged: int, found: Rate) -> list[Rule]:
        """Return in words how the amount came about."""
        rules: list[Rule] = []
        if found.price is None:
            return rules
        rules.append(as_rule("price", price=found.price.key))
        rules += (
            as_rule(
                "modifier",
                modifier=m.key,
                name=m.name,
                percent=m.percent,
                surcharge=bool(m.surcharge),
            )
            for m in found.modifiers
        )
        if charged != quantity:
            rules.append(as_rule("rounded", quantity=quantity, charged=charged))
        return rules

    # === BOOKS === #

    def left_of(self, key: int) -> int:
        """Return what the usage may draw of a lot, with what is held for it."""
        left = self.books.left[key] - self.rating.drawn.get(key, 0)
        if self.usage.plan is not None:
            left += self.books.held.get((key, self.usage.plan), 0)
        return left

    def quota_of(self, key: int) -> int | None:
        """Return what the usage's site may still draw of a lot; None for no quota."""
        quota = self.books.quotas.get((key, self.usage.site))
        if quota is None or self.usage.ruling == "cover":
            return None
        return quota - self.rating.quotas.get((key, self.usage.site), 0)

    def add(
        self,
        kind: str,
        piece: Slice,
        quantity: int,
        rules: tuple[Rule, ...],
        **values: Any,
    ) -> None:
        self.rating.charges.append(
            Charge(kind, quantity, rules, start=piece.start, end=piece.end, **values)
        )


def as_rule(code: str, **values: object) -> Rule:
    return {"code": code, **values}


def share(whole: int, part: int, of: int) -> int:
    """Return what of a whole goes with a part; all of it with all."""
    if part == of:
        return whole
    return whole * part // of
