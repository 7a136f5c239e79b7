# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rate cards by looking at the clock on the wall minute by minute.

It shares no code with the engine, only reads its prices, modifiers and usages. Open
hours are those of a calendar of ``oracle_clock``.
"""

from collections import Counter
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from types import SimpleNamespace
from zoneinfo import ZoneInfo


class WallCard:
    """A rate card; none at all without a calendar, and without hours for no stepper."""

    def __init__(self, calendar=None, stepper=None, prices=(), modifiers=(), **values):
        self.calendar, self.stepper = calendar, stepper
        self.prices, self.modifiers = prices, modifiers
        self.combination = values.get("combination")
        self.rounds = values.get("draws_rounded", False)
        self.limits = [m.threshold for m in modifiers if m.kind == "overtime"]
        self.holidays = {}

    def parts(self, usage, worked, edges):
        """Return the stretches of minutes between edges that look the same."""
        is_time, found, mine = usage.unit == "second", [], Counter()
        for number in range(usage.quantity // 60 if is_time else 1):
            at = usage.at + timedelta(minutes=number if usage.is_timed else 0)
            part, look = self.look(usage, at)
            part.worked = mine[part.day] if is_time and self.limits else 0
            if is_time and self.limits and usage.employee:
                part.worked += worked[usage.employee, part.day]
            look = look, [part.worked >= limit for limit in self.limits]
            look += ([at >= edge for edge in edges if is_time],)
            if not found or found[-1].looks != look:
                found.append(part)
                part.looks, part.at, part.quantity = look, at, 0
            found[-1].quantity += 60 if is_time else usage.quantity
            mine[part.day] += 60
        for day in mine if is_time and self.limits and usage.employee else ():
            worked[usage.employee, day] += mine[day]
        return found if usage.quantity else []

    def look(self, usage, at):
        """Return a minute, and what of it a price may depend on."""
        if not (usage.is_timed and self.calendar):
            return SimpleNamespace(day=usage.day, of_day=None, is_open=True), None
        second = int(at.replace(tzinfo=timezone.utc).timestamp())
        local = datetime.fromtimestamp(second, ZoneInfo(self.calendar["zone"]))
        of_day = local.hour * 3600 + local.minute * 60
        is_open = self.stepper is None or self.stepper.is_open(second)
        edges = [of_day >= edge for m in self.modifiers for edge in m.window or ()]
        part = SimpleNamespace(day=local.date(), of_day=of_day, is_open=is_open)
        return part, (part.day, local.utcoffset(), is_open, edges)

    def is_holiday(self, day):
        if day not in self.holidays:
            calendar, zone = self.calendar, ZoneInfo(self.calendar["zone"])
            leaves, noon = calendar["leaves"], datetime(*day.timetuple()[:3], 12)
            around = int(noon.replace(tzinfo=timezone.utc).timestamp()) // 60
            minutes = (
                minute
                for minute in range(around - 1620, around + 1620)
                if datetime.fromtimestamp(minute * 60, zone).date() == day
            )
            named = (
                day in calendar["days"] or day.timetuple()[1:3] in calendar["yearly"]
            )
            self.holidays[day] = named or all(
                any(begin <= minute < end for begin, end in leaves)
                for minute in minutes
            )
        return self.holidays[day]

    def rule(self, usage, part):
        """Return the price that says most about a usage, of equals the latest."""
        best, theirs = None, (usage.task, usage.zone, usage.role, usage.level)
        for rule in self.prices:
            ours = (rule.task, rule.zone, rule.role, rule.level)
            since, until = rule.start or date.min, rule.end or date.max
            fits = all(a in (None, b) for a, b in zip(ours, theirs, strict=True))
            if fits and rule.unit == usage.unit and since <= part.day < until:
                rank = [name is not None for name in ours], since, rule.key
                if best is None or rank > best[0]:
                    best = rank, rule
        return best and best[1]

    def changes(self, usage, part):
        return [m for m in self.modifiers if self.applies(m, usage, part)]

    def applies(self, modifier, usage, part):
        since, until = modifier.start or date.min, modifier.end or date.max
        is_named = not modifier.tasks or usage.task in modifier.tasks
        is_unit = modifier.unit in (None, usage.unit)
        if not (is_named and is_unit and since <= part.day < until):
            return False
        today, weekday = (part.day.month, part.day.day), part.day.weekday()
        if modifier.kind == "season":
            first, last = modifier.season
            inside = [first <= today, today <= last]
            return all(inside) if first <= last else any(inside)
        if modifier.kind == "window":
            (begin, end), now = modifier.window, part.of_day
            days = modifier.weekdays or range(7)
            if now is None or begin < end:
                return now is not None and begin <= now < end and weekday in days
            return (now >= begin and weekday in days) or (
                now < min(begin, end) and (weekday - 1) % 7 in days
            )
        if modifier.kind == "holiday":
            return self.is_holiday(part.day)
        return {
            "weekend": weekday in (modifier.weekdays or (5, 6)),
            "after_hours": not part.is_open,
            "overtime": part.worked >= modifier.threshold,
        }[modifier.kind]

    def combined(self, base, changes):
        """Return what (percent, surcharge) pairs make of a price, by the card."""
        if not changes:
            return base
        if self.combination == "highest":
            return max(max(base * Fraction(p, 100) + more, 0) for p, more in changes)
        factor = Fraction(1)
        for percent, _more in changes:
            part = Fraction(percent, 100)
            factor = (
                factor * part if self.combination == "multiply" else factor + part - 1
            )
        return max(base * max(factor, 0) + sum(more for _percent, more in changes), 0)

    def per_unit(self, usage, part):
        """Return the price of a usage; None where it is agreed each time, or none."""
        rule, changes = self.rule(usage, part), self.changes(usage, part)
        if rule is None or rule.per_unit is None:
            return None
        plain = [m for m in changes if rule.overtime is None or m.kind != "overtime"]
        pairs = [(m.percent, m.surcharge) for m in plain]
        if len(plain) < len(changes):
            pairs.append((100, rule.overtime - rule.per_unit))
        return self.combined(rule.per_unit, pairs)

    def draw(self, usage, part):
        pairs = [(m.draw_percent, 0) for m in self.changes(usage, part)]
        return self.combined(Fraction(1), pairs)
