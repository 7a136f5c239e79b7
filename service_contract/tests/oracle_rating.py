# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rating rule by rule and unit by unit, much too slowly, with no code of the engine."""

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Context
from math import inf

GIVEN = {kind: kind for kind in ("courtesy", "excluded", "warranty")}
GIVEN |= {"exclude": "excluded", "bill": None, "cover": None}
EVENTS = ("case", "visit")


class Oracle:
    """A contract line and what is left of its lots, quotas and quotes."""

    def __init__(self, terms, left, quotas, quotes):
        self.terms, self.left, self.noted = terms, Counter(left), []
        self.quotas, self.quotes = defaultdict(lambda: inf, quotas), Counter(quotes)

    def rate(self, usage, parts):
        """Return (kind, hold, quantity, charged, amount, lot, drawn) of each charge."""
        self.usage, self.rows, self.waiting = usage, [], []
        for part in parts:
            self.settle(part, part.quantity, usage.ruling)
        return self.rows

    def settle(self, part, quantity, ruling):
        usage, terms = self.usage, self.terms
        is_warranted = usage.warranty and terms.warranty in ("before", "instead")
        scope = (terms.included or {usage.task}) - terms.excluded
        strange = "awaiting_quote" if usage.awaits_quote else "out_of_scope"
        rules = {
            "courtesy": usage.exempt,
            "excluded": usage.is_free,
            "not_agreed": not terms.is_agreed,
            "outside": part.at < terms.start or (terms.end and part.at >= terms.end),
            "quoted": usage.awaits_quote or usage.quotes,
            "warranty": is_warranted and ruling not in ("bill", "cover"),
            strange: usage.task and usage.task not in scope,
        }
        rule, *others = [name for name, is_so in rules.items() if is_so] + [None]
        if rule == "quoted":
            rule = others[0] if usage.quoted_in_part else "awaiting_quote"
            for key, price in usage.quotes:
                if taken := min(quantity, max(self.quotes[key], 0)):
                    self.quotes[key] -= taken
                    self.row("billable", taken, taken, price)
                    quantity -= taken
        kind = GIVEN.get(rule, GIVEN.get(ruling, "to_approve"))
        if quantity and rule and kind:
            self.tell(kind, part, quantity, rule)
        elif quantity and rule and ruling == "bill":
            self.rest(part, quantity, rule)
        elif quantity:
            self.cover(part, quantity, ruling == "cover")

    def cover(self, part, quantity, is_forced):
        terms, usage, unit = self.terms, self.usage, self.usage.unit
        is_in = (terms.warranty, usage.warranty, is_forced) != ("instead", False, False)
        event = terms.unit if unit == "second" else unit
        is_event = event in EVENTS and unit != terms.unit and not part.is_priced
        if is_in and (terms.coverage == "unlimited" or is_event):
            return self.row("covered", quantity, 0)
        each = part.draw if unit == terms.unit else part.cost
        counts = is_in and each is not None and terms.unit in (unit, "minor")
        lots = [(lot, self.left[lot.key]) for lot in part.lots if counts]
        lots += [(lot, inf) for lot, _left in lots if lot.bottomless]
        if not lots:
            return self.rest(part, quantity, "no_lot" if counts else "out_of_scope")
        charged = self.round(part, quantity, self.noted) if part.rounds else quantity
        left, shared, hold = charged, 0, "used_up"
        for lot, limit in lots:
            payable = paid(left, each, limit)
            quota = inf if is_forced else self.quotas[lot.key, usage.site]
            count = paid(payable, each, quota)
            hold = "quota" if count < payable else hold
            if count:
                left, drawn = left - count, half_up(count * each)
                self.quotas[lot.key, usage.site] -= drawn
                upto = quantity * (charged - left) // charged
                self.row("covered", upto - shared, count, 0, None, lot.key, drawn)
                shared = upto
        if part.rounds and (left < charged or not charged):
            self.noted.append((part.group, quantity, charged))
            part.group, part.minimum, part.maximum = object(), left, left
        if left:
            self.rest(part, quantity - shared, hold)
        elif not charged:
            self.row("covered", quantity, 0)

    def rest(self, part, quantity, hold):
        usage, terms, cost = self.usage, self.terms, part.cost
        waits = "awaiting_quote" if usage.awaits_quote else hold == "quota" and hold
        kind = GIVEN.get(usage.ruling) or (waits and "to_approve")
        kind = "warranty" if usage.warranty and terms.warranty == "after" else kind
        if kind and usage.ruling != "bill":
            return self.tell(kind, part, quantity, waits)
        charged = self.round(part, quantity, self.noted)
        for lot in part.courtesies if cost is None or charged * cost else ():
            left, given, drawn = self.left[lot.key], 0, 0
            if quantity and lot.unit == usage.unit != "minor":
                given = drawn = max(min(quantity, left), 0)
                value = charged * given // quantity
            elif quantity and lot.unit == "minor" and cost:
                value = paid(charged, cost, left)
                given, drawn = quantity * value // charged, half_up(value * cost)
            if given and drawn:
                self.noted.append((part.group, given, value))
                self.row("courtesy", given, value, cost or 0, None, lot.key, drawn)
                quantity, charged = quantity - given, charged - value
        is_billed = terms.coverage == "rates" or "bill" in (terms.policy, usage.ruling)
        if quantity and is_billed and cost is not None:
            self.noted.append((part.group, quantity, charged))
            self.row("billable", quantity, charged, cost)
        elif quantity:
            self.tell("to_approve", part, quantity, "unrated" if cost is None else hold)

    def tell(self, kind, part, quantity, hold):
        """Charge what nobody pays, or not yet: it tells what it would cost alone."""
        charged = self.round(part, quantity, self.noted + self.waiting)
        self.waiting.append((part.group, quantity, charged))
        hold = hold if kind == "to_approve" else None
        self.row(kind, quantity, charged, part.cost or 0, hold)

    def row(self, kind, quantity, charged, cost=0, hold=None, lot=None, drawn=0):
        self.left[lot] -= drawn
        amount = half_up(charged * cost)
        self.rows.append((kind, hold, quantity, charged, amount, lot, drawn))

    def round(self, part, quantity, noted):
        """Return what is charged for a quantity on top of what was charged before."""
        mine = [numbers for group, *numbers in noted if group == part.group]
        done, before = map(sum, zip((quantity, 0), *mine, strict=True))
        total = min(max(-(-done // part.step) * part.step, part.minimum), part.maximum)
        return max(total - before, 0)


def half_up(value):
    exact = Context(60).divide(value.numerator, value.denominator)
    return int(exact.to_integral_value(ROUND_HALF_UP))


def paid(wanted, each, limit):
    """Count the units that a limit pays for, one after the other."""
    for count in range(wanted):
        if not 0 < limit * each.denominator >= (count + 1) * each.numerator:
            return count
    return wanted
