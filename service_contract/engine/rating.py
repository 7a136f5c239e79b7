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

from fractions import Fraction

from .allocation import Lot
from .proration import round_half_up
from .rates import Rate
from .rating_facts import (
    BILLABLE,
    COURTESY,
    COVERED,
    EVENTS,
    EXCLUDED,
    TO_APPROVE,
    WARRANTY,
    Books,
    Charge,
    Rating,
    Rule,
    Terms,
    Usage,
)
from .slices import Slice, with_overtime


def rate(usage: Usage, terms: Terms, books: Books) -> Rating:
    """Return the charges of a usage; their quantities sum to it.

    :raises ValueError: for a negative quantity
    """
    if usage.quantity < 0:
        raise ValueError("A usage is not negative; reverse the earlier one instead.")
    return _Work(usage, terms, books).rated()


class _Work:
    """One rating in progress."""

    __slots__ = ("books", "entry", "gates", "lots", "rating", "terms", "usage")

    def __init__(self, usage: Usage, terms: Terms, books: Books) -> None:
        self.usage = usage
        self.terms = terms
        self.books = books
        self.rating = Rating()
        # Rules that were passed on the way.
        self.gates: tuple[Rule, ...] = ()
        self.lots = [lot for lot in books.lots if lot.is_valid_at(usage.at)]
        # What this usage has put into rounding groups of its own.
        self.entry: dict[tuple, int] = {}

    def rated(self) -> Rating:
        usage = self.usage
        if not usage.quantity:
            return self.rating
        slices = self.slices()
        verdict = self.ruled()
        if verdict:
            kind, hold, rules = verdict
            for piece in slices:
                self.whole(piece, kind, hold, rules)
        elif usage.quote and usage.ruling is None:
            self.quoted(slices, *usage.quote)
        else:
            for piece in slices:
                self.split(piece)
        return self.rating

    # === TIME === #

    def slices(self) -> list[Slice]:
        """Return the usage cut where its price may change."""
        usage, card = self.usage, self.terms.card
        if card is None or usage.unit != "second":
            return [Slice(usage.quantity, usage.day)]
        if usage.is_timed:
            pieces = card.cut(usage.at, usage.quantity)
        else:
            ordinal = usage.day.toordinal()
            holiday = card.is_holiday(ordinal)
            pieces = [Slice(usage.quantity, usage.day, is_holiday=holiday)]
        if not card.thresholds:
            return pieces
        worker = usage.employee
        before = {
            piece.day: self.books.worked.get((worker, piece.day), 0) for piece in pieces
        }
        for piece in pieces:
            _add(self.rating.worked, (worker, piece.day), piece.quantity)
        return with_overtime(pieces, card.thresholds, before)

    # === DECISIONS ABOUT THE WHOLE === #

    def ruled(self) -> tuple[str, str | None, tuple[Rule, ...]] | None:
        """Return (kind, hold, rules) where one rule decides about all of the usage."""
        usage, terms = self.usage, self.terms
        if usage.exempt:
            return COURTESY, None, (_rule("exempt"),)
        if usage.ruling == "courtesy":
            return COURTESY, None, (_rule("decided"),)
        if usage.ruling == "exclude":
            return EXCLUDED, None, (_rule("refused"),)
        if usage.is_free:
            return EXCLUDED, None, (_rule("never_charged"),)
        if usage.ruling:
            self.gates = (_rule("decided"),)
            return None
        if not terms.is_agreed:
            return TO_APPROVE, "not_agreed", (_rule("not_agreed"), _rule("asks"))
        if usage.day < terms.start or (terms.end and usage.day >= terms.end):
            return TO_APPROVE, "outside", (_rule("outside"), _rule("asks"))
        if usage.awaits_quote:
            return TO_APPROVE, "awaiting_quote", (_rule("awaiting_quote"),)
        if usage.quote:
            return None
        if usage.warranty and terms.warranty in ("before", "instead"):
            return WARRANTY, None, (_rule("warranty"),)
        if terms.warranty == "instead" and usage.warranty is False:
            self.gates = (_rule("not_in_warranty"),)
        return self.scoped()

    def scoped(self) -> tuple[str, str | None, tuple[Rule, ...]] | None:
        """Hold work whose task the line excludes, or does not include."""
        task, terms = self.usage.task, self.terms
        if not (terms.included or terms.excluded):
            return None
        if task in terms.excluded:
            rules = (*self.gates, _rule("excluded_task"), _rule("asks"))
            return TO_APPROVE, "out_of_scope", rules
        if task is not None and terms.included and task not in terms.included:
            rules = (*self.gates, _rule("task_not_included"), _rule("asks"))
            return TO_APPROVE, "out_of_scope", rules
        if task is not None:
            self.gates = (*self.gates, _rule("in_scope"))
        return None

    def whole(
        self, piece: Slice, kind: str, hold: str | None, rules: tuple[Rule, ...]
    ) -> None:
        """Charge a slice as one rule says; its value is told where there is a price."""
        found = self.rate_of(piece)
        value = self.priced(piece.quantity, found)
        self.add(kind, piece, piece.quantity, rules, hold=hold, **value)

    def quoted(self, slices: list[Slice], key: int, per_unit: Fraction) -> None:
        """Bill what the customer signed at its price; what is beyond it waits."""
        left = self.books.quotes.get(key, 0)
        for piece in slices:
            taken = max(min(piece.quantity, left), 0)
            if taken:
                left -= taken
                _add(self.rating.quotes, key, taken)
                amount = round_half_up(taken * per_unit)
                self.add(
                    BILLABLE,
                    piece,
                    taken,
                    (_rule("quoted"),),
                    charged=taken,
                    per_unit=per_unit,
                    amount=amount,
                )
            if taken < piece.quantity:
                rest = piece.quantity - taken
                value = self.priced(rest, self.rate_of(piece))
                rules = (_rule("beyond_quote"), _rule("asks"))
                self.add(TO_APPROVE, piece, rest, rules, hold="awaiting_quote", **value)

    # === COVERAGE === #

    def split(self, piece: Slice) -> None:
        """Draw what lots cover of a slice, and settle the rest."""
        if self.usage.ruling == "bill" or self.is_beyond_warranty():
            return self.settle_rest(piece, piece.quantity, ())
        code = self.why_uncounted(piece)
        if code == "included":
            rules = (*self.gates, _rule("included"))
            return self.add(COVERED, piece, piece.quantity, rules)
        if code:
            return self.settle_rest(piece, piece.quantity, (_rule(code),))
        return self.split_over_lots(piece)

    def is_beyond_warranty(self) -> bool:
        """Whether a warranty takes the contract's place and leaves this work out."""
        return self.terms.warranty == "instead" and self.usage.warranty is False

    def split_over_lots(self, piece: Slice) -> None:
        terms = self.terms
        rounds = bool(terms.card and terms.card.draws_rounded)
        found = self.rate_of(piece) if rounds or terms.unit == "minor" else None
        charged = self.round(piece, piece.quantity, found) if rounds else piece.quantity
        if not charged:
            # The step or the minimum that it falls into was drawn before.
            rules = (*self.gates, _rule("rounded", quantity=piece.quantity, charged=0))
            return self.add(COVERED, piece, piece.quantity, rules)
        factor = self.draw_rate(piece, found)
        takes, over_quota = self.draw(charged, factor)
        # The rounded time is shared out; what was worked follows it.
        done = shared = 0
        for lot, covered in takes:
            done += covered
            upto = _share(piece.quantity, done, charged)
            self.cover(piece, lot, upto - shared, covered, factor)
            shared = upto
        rest, delivered = charged - done, piece.quantity - shared
        if not rest:
            return None
        if over_quota:
            rules = (*self.gates, _rule("over_quota"), _rule("asks"))
            value = self.priced(rest, self.rate_of(piece))
            return self.add(TO_APPROVE, piece, delivered, rules, hold="quota", **value)
        had_lot = any(lot.kind == "coverage" for lot in self.lots)
        rules = (_rule("used_up" if had_lot else "no_lot"),)
        return self.settle_rest(piece, delivered, rules, rest if rounds else None)

    def why_uncounted(self, piece: Slice) -> str | None:
        """Return ``included`` where the work draws nothing and costs nothing, another
        code where no lot can cover it, None where lots are drawn."""
        terms, unit = self.terms, self.usage.unit
        if terms.coverage == "unlimited":
            return "included"
        if unit == terms.unit:
            return None
        is_event = unit in EVENTS or (unit == "second" and terms.unit in EVENTS)
        if is_event and not (unit in EVENTS and self.rate_of(piece)):
            return "included"
        if terms.coverage == "rates":
            return "at_rates"
        return None if terms.unit == "minor" else "not_included"

    def draw_rate(self, piece: Slice, found: Rate | None) -> Fraction | None:
        """Return lot units per unit of work; None where that takes a price that there
        is not."""
        terms = self.terms
        if self.usage.unit == terms.unit:
            factor = Fraction(1)
            if terms.card and self.usage.unit == "second":
                modifiers = terms.card.get_modifiers(self.usage.task, piece)
                factor = terms.card.get_draw(modifiers)
            if terms.unit == "second" and terms.multiplier != 100:
                factor = factor * terms.multiplier / 100
            return factor
        return found.per_unit if found else None

    def draw(
        self, charged: int, factor: Fraction | None
    ) -> tuple[list[tuple[Lot, int]], bool]:
        """Hand out work over the lots that are valid then, in their order.

        :return: pairs of lot and what it covers of ``charged``, and whether the rest is
            not covered because of a quota alone
        """
        takes: list[tuple[Lot, int]] = []
        if factor is None:
            return takes, False
        left, over_quota = charged, False
        lots = [lot for lot in self.lots if lot.kind == "coverage"]
        for lot in lots:
            if not left:
                break
            payable = min(left, _coverable(self.left_of(lot.key), factor))
            quota = self.quota_of(lot.key)
            covered = payable
            if quota is not None:
                covered = min(payable, _coverable(quota, factor))
                over_quota = over_quota or covered < payable
            if covered:
                takes.append((lot, covered))
                left -= covered
        bottomless = next((lot for lot in lots if lot.bottomless), None)
        if left and bottomless and not over_quota:
            takes.append((bottomless, left))
            left = 0
        return takes, over_quota and bool(left)

    def cover(
        self, piece: Slice, lot: Lot, quantity: int, covered: int, factor: Fraction
    ) -> None:
        """Charge what one lot covers, and note what is drawn."""
        drawn = round_half_up(covered * factor)
        rules: list[Rule] = [*self.gates]
        if self.usage.unit == "second" and self.terms.unit == "second" and factor != 1:
            rules.append(_rule("multiplied", percent=_tidy(float(factor * 100))))
        left = self.left_of(lot.key) - drawn
        rules.append(_rule("drawn", drawn=drawn, left=left))
        if left < 0:
            rules.append(_rule("overdrawn"))
        _add(self.rating.drawn, lot.key, drawn)
        quota = (lot.key, self.usage.site)
        if quota in self.books.quotas:
            _add(self.rating.quotas, quota, drawn)
        self.add(COVERED, piece, quantity, tuple(rules), lot=lot.key, drawn=drawn)

    # === WHAT IS NOT COVERED === #

    def settle_rest(
        self,
        piece: Slice,
        quantity: int,
        rules: tuple[Rule, ...],
        charged: int | None = None,
    ) -> None:
        """Charge what no lot covers: to the warranty, a courtesy, the customer, or
        nobody yet.

        :param quantity: delivered
        :param charged: after rounding, if it was rounded already
        """
        usage, terms = self.usage, self.terms
        found = self.rate_of(piece)
        if usage.warranty and terms.warranty == "after":
            rules = (*self.gates, *rules, _rule("warranty"))
            self.add(WARRANTY, piece, quantity, rules, **self.priced(quantity, found))
            return
        if charged is None:
            charged = self.round(piece, quantity, found)
        first = (*self.gates, *rules)
        quantity, charged = self.give(piece, quantity, charged, found, first)
        if not quantity:
            return
        if found is None:
            first = (*first, _rule("no_price"))
            self.add(TO_APPROVE, piece, quantity, first, hold="unrated")
            return
        value = self.priced(charged, found)
        first = (*first, *self.price_rules(quantity, charged, found))
        if "bill" in (terms.policy, usage.ruling) or terms.coverage == "rates":
            self.add(BILLABLE, piece, quantity, (*first, _rule("billed")), **value)
            return
        hold = "no_lot" if rules and rules[0]["code"] == "no_lot" else "used_up"
        self.add(
            TO_APPROVE, piece, quantity, (*first, _rule("asks")), hold=hold, **value
        )

    def give(
        self,
        piece: Slice,
        quantity: int,
        charged: int,
        found: Rate | None,
        rules: tuple[Rule, ...],
    ) -> tuple[int, int]:
        """Let courtesy credits pay, oldest expiry first.

        :return: what is left of the quantity, and of what is charged for it
        """
        for lot in self.lots:
            left = self.left_of(lot.key)
            if lot.kind != "courtesy" or left <= 0 or not quantity:
                continue
            if lot.unit == self.usage.unit and lot.unit != "minor":
                given = drawn = min(quantity, left)
                part = _share(charged, given, quantity)
            elif lot.unit == "minor" and found and found.per_unit:
                part = min(charged, int(left / found.per_unit))
                drawn = round_half_up(part * found.per_unit)
                given = quantity if part == charged else _share(quantity, part, charged)
            else:
                continue
            if not (given and drawn):
                continue
            _add(self.rating.drawn, lot.key, drawn)
            credit = _rule("courtesy", drawn=drawn, left=left - drawn, unit=lot.unit)
            self.add(
                COURTESY,
                piece,
                given,
                (*rules, credit),
                lot=lot.key,
                drawn=drawn,
                **self.priced(part, found),
            )
            quantity, charged = quantity - given, charged - part
        return quantity, charged

    # === PRICES === #

    def rate_of(self, piece: Slice) -> Rate | None:
        """Return the price of a slice: the card's, else the line's; None for none."""
        usage, terms = self.usage, self.terms
        card = terms.card
        if card is not None:
            price = card.find_price(
                usage.unit, piece.day, usage.task, usage.zone, usage.role, usage.level
            )
            if price is not None:
                if price.per_unit is None:
                    return None
                return card.modified(price, card.get_modifiers(usage.task, piece))
        per_unit = terms.fallback.get(usage.unit)
        if per_unit is None:
            return None
        return Rate(None, per_unit, Fraction(1), ())

    def round(self, piece: Slice, quantity: int, found: Rate | None) -> int:
        """Return what is charged for a quantity, and put it into its rounding group.

        A group is charged for its sum: each part for what the sum grows by, so a step
        belongs to the part in which it began.
        """
        if found is None or found.price is None or found.price.rounding is None:
            return quantity
        rounding, group = found.price.rounding, found.price.group
        common = {"day": piece.day, "ticket": self.usage.ticket}.get(rounding.scope)
        if common is None:
            before = self.entry.get(group, 0)
            _add(self.entry, group, quantity)
        else:
            key = (rounding.scope, common, group)
            before = self.books.rounded.get(key, 0) + self.rating.rounded.get(key, 0)
            _add(self.rating.rounded, key, quantity)
        return rounding.charged(before + quantity) - rounding.charged(before)

    def priced(self, charged: int, found: Rate | None) -> dict:
        """Return price and amount of a charge; nothing where there is no price."""
        if found is None:
            return {"charged": charged}
        return {
            "charged": charged,
            "per_unit": found.per_unit,
            "amount": round_half_up(charged * found.per_unit),
            "price": found.price.key if found.price else None,
        }

    def price_rules(self, quantity: int, charged: int, found: Rate) -> list[Rule]:
        """Return in words how the amount came about."""
        rules: list[Rule] = []
        if found.price is None:
            return rules
        rules.append(_rule("price", price=found.price.key))
        rules += (
            _rule(
                "modifier",
                name=m.name,
                percent=m.percent,
                surcharge=bool(m.surcharge),
            )
            for m in found.modifiers
        )
        if charged != quantity:
            rules.append(_rule("rounded", quantity=quantity, charged=charged))
        return rules

    # === BOOKS === #

    def left_of(self, key: int) -> int:
        return self.books.left[key] - self.rating.drawn.get(key, 0)

    def quota_of(self, key: int) -> int | None:
        """Return what the usage's site may still draw of a lot; None for no quota."""
        quota = self.books.quotas.get((key, self.usage.site))
        if quota is None or self.usage.ruling == "cover":
            return None
        return quota - self.rating.quotas.get((key, self.usage.site), 0)

    def add(
        self, kind: str, piece: Slice, quantity: int, rules: tuple[Rule, ...], **values
    ) -> None:
        self.rating.charges.append(
            Charge(kind, quantity, rules, start=piece.start, end=piece.end, **values)
        )


def _rule(code: str, **values: object) -> Rule:
    return {"code": code, **values}


def _add(books: dict, key, quantity: int) -> None:
    books[key] = books.get(key, 0) + quantity


def _coverable(left: int, factor: Fraction) -> int:
    """Return how many units of work a lot's units pay for."""
    if left <= 0:
        return 0
    if not factor:
        return 2**62
    return left * factor.denominator // factor.numerator


def _share(whole: int, part: int, of: int) -> int:
    """Return what of a whole goes with a part; all of it with all."""
    if part == of:
        return whole
    return whole * part // of


def _tidy(percent: float) -> float | int:
    return int(percent) if percent == int(percent) else percent
