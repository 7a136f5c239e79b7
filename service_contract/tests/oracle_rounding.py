# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Money and rounding of the oracle of rating: by ``decimal``, and by counting."""

from collections import Counter, defaultdict
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal


def half_up(value):
    exact = Context(60).divide(Decimal(value.numerator), Decimal(value.denominator))
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP, Context(60)))


def paid(wanted, each, limit):
    """Count the units that a limit pays for, one after the other."""
    if limit is None:
        return wanted
    count, most = 0, limit * each.denominator
    while count < wanted and 0 < most >= (count + 1) * each.numerator:
        count += 1
    return count


class Money:
    """The books of a contract line, and what is charged for its work.

    :param lots: in the order in which they are drawn
    """

    def __init__(self, terms, card, lots, left, quotas, quotes):
        self.terms, self.card, self.lots, self.left = terms, card, lots, Counter(left)
        self.quotas, self.quotes, self.worked = dict(quotas), Counter(quotes), Counter()
        self.groups = defaultdict(lambda: (0, 0))

    def begin(self, usage):
        self.usage, self.ruling, self.rows = usage, usage.ruling, []
        self.entry, self.waiting = (defaultdict(lambda: (0, 0)) for _ in range(2))

    def valid(self, part):
        return [
            lot
            for lot in self.lots
            if lot.valid_from <= part.at < (lot.valid_to or datetime.max)
        ]

    def row(self, kind, quantity, charged, cost=0, hold=None, lot=None, drawn=0):
        amount = half_up(charged * cost)
        self.rows.append((kind, hold, quantity, charged, amount, lot, drawn))

    def tell(self, kind, part, quantity, hold=None, rounded=None):
        """Charge what nobody pays, or not yet: it tells what it would cost alone."""
        if rounded is None:
            rounded = self.round(part, quantity, self.waiting)
            self.note(part, quantity, rounded, self.waiting)
        self.row(kind, quantity, rounded, self.cost(part) or 0, hold)

    def cost(self, part):
        """Return the price of a unit; None for none."""
        if self.card.rule(self.usage, part):
            return self.card.per_unit(self.usage, part)
        return self.terms.fallback.get(self.usage.unit)

    def group(self, part):
        """Return the rounding, what shares it, and where that is noted."""
        rule = self.card.rule(self.usage, part)
        if rule is None or rule.per_unit is None or rule.rounding is None:
            return None, None, None
        scope = rule.rounding.scope
        common = {"day": part.day, "ticket": self.usage.ticket}.get(scope)
        key = (common and scope, common, rule.unit)
        key += (rule.task, rule.zone, rule.role, rule.level)
        return rule.rounding, key, self.entry if common is None else self.groups

    def round(self, part, quantity, waiting=None):
        """Return what is charged for a quantity on top of what was charged before."""
        rounding, key, noted = self.group(part)
        if rounding is None:
            return quantity
        worked, before = noted[key]
        if waiting is not None:
            worked, before = worked + waiting[key][0], before + waiting[key][1]
        steps, begun = divmod(worked + quantity, rounding.step)
        total = max((steps + bool(begun)) * rounding.step, rounding.minimum)
        if rounding.maximum is not None:
            total = min(total, rounding.maximum)
        return max(total - before, 0)

    def note(self, part, quantity, charged, waiting=None):
        rounding, key, noted = self.group(part)
        noted = noted if waiting is None else waiting
        if rounding is not None:
            noted[key] = noted[key][0] + quantity, noted[key][1] + charged
