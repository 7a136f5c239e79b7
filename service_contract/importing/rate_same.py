# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Prices of a list that are about the same work: of overtime, or in two rows."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count, pairwise

from dateutil.relativedelta import relativedelta

from odoo.tools import LazyTranslate

from . import rate_mapping as modes
from . import values

_lt = LazyTranslate(__name__)

ONE_DAY = timedelta(days=1)
# Result of a row: another one for the same work and days counts
LEFT_OUT = "left_out"

# === OVERTIME === #


def join_overtime(card, mapping):
    """Put prices of overtime, which have rows of their own, on those they belong to."""
    suffix = values.normalize(mapping.overtime_suffix)
    if not suffix:
        return
    regular, overtime = [], []
    for rate in card.rates:
        task = rate.work["task"] or ""
        is_overtime = values.normalize(task).endswith(f" {suffix}")
        (overtime if is_overtime else regular).append(rate)
    by_place = {_get_place(rate, rate.work["task"]): rate for rate in regular}
    for rate in overtime:
        words = rate.work["task"].split()
        task = " ".join(words[: len(words) - len(suffix.split())])
        base = by_place.get(_get_place(rate, task))
        if not base or rate.price is None:
            rate.row.refuse(
                _lt(
                    "There is no row with the regular price of %(task)s, with the same "
                    "level, days and unit. Add it, or rename this one",
                    task=values.shown(task),
                )
            )
        elif base.overtime_price:
            rate.row.refuse(
                _lt("Another row is the overtime price of the same work. Delete one")
            )
        else:
            base.overtime_price = rate.price
            base.overtime_row = rate.row
            rate.row.notes.append(
                _lt("This is the overtime price of row %(row)s", row=base.row.number)
            )
    card.rates = regular


def _get_place(rate, task):
    """Return what a regular price and that of overtime have in common."""
    return (task, *rate.key[1:], rate.start, rate.end)


# === PRICES FOR THE SAME === #


def resolve(card, mapping):
    """Let no two prices of a card be for the same work and days, as declared."""
    groups = {}
    for rate in card.rates:
        groups.setdefault(rate.key, []).append(rate)
    kept, names = [], _Names(groups)
    for rates in list(groups.values()):
        _end_earlier(rates)
        for same in _get_overlapping(rates):
            kept += _settle(same, mapping, names) if len(same) > 1 else same
    card.rates = kept


def _end_earlier(rates):
    """Let a price without a last day end where a later one begins."""
    starts = sorted({rate.first for rate in rates})
    following = dict(pairwise(starts))
    for rate in rates:
        if not rate.end and rate.first in following:
            rate.end = following[rate.first] - ONE_DAY


def _get_overlapping(rates):
    """Return prices in groups that share days, directly or by another one."""
    groups, last = [], None
    for rate in sorted(rates, key=lambda rate: (rate.first, rate.row.number)):
        if last is not None and rate.first <= last:
            groups[-1].append(rate)
            last = max(last, rate.last)
        else:
            groups.append([rate])
            last = rate.last
    return groups


def _settle(same, mapping, names):
    """Return which prices for the same count; note what becomes of the others."""
    mode = mapping.duplicates
    if mode == modes.SUFFIX:
        return names.tell_apart(same)
    if mode == modes.YEARS:
        return _as_years(same)
    same = _without_twins(same)
    if len(same) == 1:
        return same
    if mode == modes.REFUSE:
        _refuse_same(same)
        return []
    by_row = sorted(same, key=lambda rate: rate.row.number)
    by_price = sorted(by_row, key=_get_rank)
    winner = {
        modes.HIGHEST: by_price[-1],
        modes.LOWEST: by_price[0],
        modes.FIRST: by_row[0],
        modes.LAST: by_row[-1],
    }[mode]
    for rate in same:
        if rate is not winner:
            _leave_out(
                rate,
                _lt("Row %(row)s counts for the same work", row=winner.row.number),
            )
    return [winner]


def _get_rank(rate):
    """Return by what the highest price is found; one on request is none."""
    return -1.0 if rate.price is None else rate.price


def _without_twins(same):
    """Return the prices that say different things; note those that say the same."""
    known = {}
    for rate in same:
        twin = known.setdefault((rate.start, rate.end, rate.amount), rate)
        if twin is not rate:
            _leave_out(rate, _lt("Row %(row)s says the same", row=twin.row.number))
    return list(known.values())


def _leave_out(rate, note):
    if rate.row.result != LEFT_OUT:
        rate.row.notes.append(note)
    rate.row.result = LEFT_OUT


def _refuse_same(same):
    for rate in same:
        others = [other.row.number for other in same if other.row is not rate.row]
        rate.row.refuse(
            _lt(
                "The same work has other prices on the same days in row %(rows)s. "
                "Write in what they differ, as task or level, or other days; or choose "
                "with the columns of the list what counts then",
                rows=", ".join(map(str, others)) or str(rate.row.number),
            )
        )


class _Names:
    """Levels with numbers, for prices of a card that differ in nothing else."""

    def __init__(self, keys):
        self.taken = set(keys)
        self.given = {}

    def tell_apart(self, same):
        """Number the levels of all prices but the first, in the order of rows."""
        by_row = sorted(same, key=lambda rate: rate.row.number)
        for rate in by_row[1:]:
            # The prices of a row for several years have one level.
            place = (rate.row.number, rate.key)
            level = self.given.get(place)
            if not level:
                level = self.given[place] = self._get_free(rate)
                rate.row.notes.append(
                    _lt(
                        "The level is “%(level)s”, to tell it from row %(row)s",
                        level=level,
                        row=by_row[0].row.number,
                    )
                )
            rate.work = {**rate.work, "level": level}
        return by_row

    def _get_free(self, rate):
        level = rate.work["level"] or ""
        for number in count(2):
            numbered = f"{level} ({number})".strip()
            key = replace(rate, work={**rate.work, "level": numbered}).key
            if key not in self.taken:
                self.taken.add(key)
                return numbered


def _as_years(same):
    """Let the prices be those of successive contract years, the lowest first."""
    start = min(rate.first for rate in same)
    if start == date.min:
        for rate in same:
            rate.row.refuse(
                _lt("is empty: prices of contract years count from it"), "date_from"
            )
        return []
    ends = [rate.end for rate in same]
    end = max(ends) if all(ends) else None
    ordered = sorted(same, key=lambda rate: (_get_rank(rate), rate.row.number))
    for year, rate in enumerate(ordered, start=1):
        rate.start = start + relativedelta(years=year - 1)
        rate.end = start + relativedelta(years=year) - ONE_DAY
        rate.row.notes.append(
            _lt("This is the price of contract year %(year)s", year=year)
        )
    last = ordered[-1]
    last.end = max(end, last.start) if end else None
    return ordered
