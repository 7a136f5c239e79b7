# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rating rule by rule and unit by unit, with the prices of ``oracle_rates``.

It shares no code with the engine, and is far too slow to be of use elsewhere.
"""

from datetime import date
from fractions import Fraction

from .oracle_rounding import Money, half_up, paid

GIVEN = {"courtesy": "courtesy", "exclude": "excluded"}
HOLDS = {"no_lot": "no_lot", "not_included": "out_of_scope", "left_out": "out_of_scope"}
EVENTS = ("case", "visit")


class Oracle(Money):
    """One contract line with its books: each usage changes what is left."""

    def rate(self, usage):
        """Return (kind, hold, quantity, charged, amount, lot, drawn) of each charge."""
        self.begin(usage)
        for part in self.card.parts(usage, self.worked):
            self.settle(part, part.quantity)
        return self.rows

    def settle(self, part, quantity):
        usage, terms, ruling = self.usage, self.terms, self.ruling
        warranted = usage.warranty and terms.warranty in ("before", "instead")
        others = terms.included and usage.task not in terms.included
        strange = usage.task is not None and (usage.task in terms.excluded or others)
        serves = terms.start <= part.contract_day < (terms.end or date.max)
        gates = (
            (usage.exempt, "courtesy", None),
            (usage.is_free, "excluded", None),
            (not terms.is_agreed, None, "not_agreed"),
            (not serves, None, "outside"),
            (usage.awaits_quote, None, "awaiting_quote"),
            (usage.quote, None, "quoted"),
            (warranted and ruling not in ("bill", "cover"), "warranty", None),
            (strange, None, "out_of_scope"),
            (True, None, None),
        )
        kind, hold = next((kind, hold) for is_so, kind, hold in gates if is_so)
        if hold == "quoted":
            (key, price), hold = usage.quote, "awaiting_quote"
            if taken := min(quantity, max(self.quotes[key], 0)):
                self.quotes[key] -= taken
                self.row("billable", taken, taken, price)
            quantity -= taken
        if not quantity:
            pass
        elif kind or (hold and ruling is None):
            self.tell(kind or "to_approve", part, quantity, hold)
        elif hold and ruling in GIVEN:
            self.tell(GIVEN[ruling], part, quantity)
        elif hold and ruling == "bill":
            self.rest(part, quantity, hold)
        else:
            self.cover(part, quantity)

    def cover(self, part, quantity):
        usage, terms, unit = self.usage, self.terms, self.usage.unit
        lots = [lot for lot in self.valid(part) if lot.kind == "coverage"]
        priced = self.card.rule(usage, part) or unit in terms.fallback
        uncounted = terms.unit in EVENTS if unit == "second" else unit in EVENTS
        uncounted = uncounted and unit != terms.unit and not (unit in EVENTS and priced)
        each = self.cost(part) if unit != terms.unit else Fraction(1)
        if unit == terms.unit == "second":
            each = self.card.draw(usage, part) * terms.multiplier / 100
        left_out = terms.warranty == "instead" and usage.warranty is False
        if left_out and self.ruling != "cover":
            return self.rest(part, quantity, "left_out")
        if terms.coverage == "unlimited" or uncounted:
            return self.row("covered", quantity, 0)
        if terms.coverage == "rates" or terms.unit not in (unit, "minor"):
            return self.rest(part, quantity, "not_included")
        if not lots or each is None:
            return self.rest(part, quantity, "no_lot")
        charged = self.round(part, quantity) if self.card.rounds else quantity
        left, shared, blocked = charged, 0, False
        for number, lot in enumerate(lots + [lot for lot in lots if lot.bottomless]):
            limit = self.left[lot.key] if number < len(lots) else None
            quota = self.quotas.get((lot.key, usage.site))
            payable = paid(left, each, limit)
            count = paid(payable, each, None if self.ruling == "cover" else quota)
            blocked = blocked or count < payable
            if not count:
                continue
            left, drawn = left - count, half_up(count * each)
            self.left[lot.key] -= drawn
            if quota is not None:
                self.quotas[lot.key, usage.site] -= drawn
            upto = quantity * (charged - left) // charged
            self.row("covered", upto - shared, count, 0, None, lot.key, drawn)
            shared = upto
        if self.card.rounds and (left < charged or not charged):
            self.note(part, quantity, charged)
        if not charged:
            self.row("covered", quantity, 0)
        elif left:
            rounded = left if self.card.rounds and left < charged else None
            why = "quota" if blocked else "used_up"
            self.rest(part, quantity - shared, why, rounded)

    def rest(self, part, quantity, why, rounded=None):
        """Settle what no lot covers."""
        usage, terms, ruling, cost = (
            self.usage,
            self.terms,
            self.ruling,
            self.cost(part),
        )
        if ruling != "bill" and usage.warranty and terms.warranty == "after":
            return self.tell("warranty", part, quantity, None, rounded)
        if ruling in GIVEN:
            return self.tell(GIVEN[ruling], part, quantity, None, rounded)
        if ruling != "bill" and why == "quota":
            return self.tell("to_approve", part, quantity, "quota", rounded)
        charged = self.round(part, quantity) if rounded is None else rounded
        for lot in self.valid(part) if cost is None or charged * cost else ():
            left, given, value = self.left[lot.key], 0, 0
            if lot.kind != "courtesy" or left <= 0 or not quantity:
                continue
            if lot.unit == usage.unit != "minor":
                given = drawn = min(quantity, left)
                value = charged * given // quantity
            elif lot.unit == "minor" and cost:
                value = paid(charged, cost, left)
                given, drawn = quantity * value // charged, half_up(value * cost)
            if given and drawn:
                self.left[lot.key] -= drawn
                if rounded is None:
                    self.note(part, given, value)
                self.row("courtesy", given, value, cost or 0, None, lot.key, drawn)
                quantity, charged = quantity - given, charged - value
        if quantity and cost is None:
            self.row("to_approve", quantity, charged, 0, "unrated")
        elif quantity and (
            "bill" in (terms.policy, ruling) or terms.coverage == "rates"
        ):
            if rounded is None:
                self.note(part, quantity, charged)
            self.row("billable", quantity, charged, cost)
        elif quantity:
            rounded = None if rounded is None else charged
            self.tell("to_approve", part, quantity, HOLDS.get(why, "used_up"), rounded)
