# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""For which days an allowance of goodwill is."""

from __future__ import annotations

from datetime import date, timedelta

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def window(
    period: str, day: date, first: date, last: date | None
) -> tuple[date, date | None]:
    """Return the days, half-open, whose gifts count together with those of a day.

    Months, quarters and years are those of the calendar, cut to the days on which the
    budget is valid; a term is all of these.

    :param period: month, quarter, year or term
    :param day: from ``first`` to ``last``
    :param first: first day on which the budget is valid
    :param last: last day; None for no end
    :return: first day, and the day after the last; None for no end
    """
    stop = last and last + timedelta(days=1)
    if period == "term":
        return first, stop
    months = MONTHS[period]
    start = date(day.year, (day.month - 1) // months * months + 1, 1)
    year, month = divmod(start.month - 1 + months, 12)
    end = date(start.year + year, month + 1, 1)
    return max(start, first), min(end, stop) if stop else end
