# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Deadlines of many timers on one calendar, ours and ``resource.calendar.plan_hours``.

Both answer the same question, when eight open hours after a start are over, for starts
spread over a year on office hours with breaks and public holidays. The building of our
index, and the reading of the calendar's records, count as ours. Theirs is slower by
orders of magnitude, so it is measured on a part of the starts, and its figure is for
each deadline.
"""

import random
import time
from datetime import datetime, timedelta, timezone

from ..odoo_env import environment

TIMERS = 100_000
PLANNED = 200
SECONDS = 8 * 3600
YEAR_S = 365 * 86400
FIRST = datetime(2026, 1, 1)
EPOCH = datetime(1970, 1, 1)
SEED = 20260101


def run(database):
    """Measure on a database with the addon, print and return the figures."""
    with environment(database) as env:
        figures = measure(env)
    print(
        f"{figures['timers']:,} deadlines in {figures['deadline_s']} s, each "
        f"{figures['deadline_us']} µs; plan_hours {figures['plan_hours_us']} µs: "
        f"{figures['ratio']} times; {figures['differences']} differences",
        flush=True,
    )
    return figures


def measure(env, timers=TIMERS, planned=PLANNED):
    """Return the figures of both sides in this run.

    Nothing is committed; the calendar that is made is left to the caller's rollback.

    :return: dict: timers, deadline_s (all of them, with the index), deadline_us (each),
        plan_hours_us (each), ratio (theirs to ours, each; the bar is 200), differences
        (answers of both that are not the same second)
    """
    calendar = make_calendar(env)
    rand = random.Random(SEED)
    first = (FIRST - EPOCH) // timedelta(seconds=1)
    starts = [first + rand.randrange(YEAR_S) for _each in range(timers)]
    env.flush_all()
    env.registry.clear_cache()
    env.invalidate_all()
    ours_s, ends = timed(
        lambda: calendar._get_clock("Europe/Rome").add_epochs(starts, SECONDS)
    )
    # Their records are read, and prefetched, before the measurement begins.
    plan(calendar, starts[0])
    theirs_s, plans = timed(
        lambda: [plan(calendar, start) for start in starts[:planned]]
    )
    each, their_each = ours_s / timers, theirs_s / planned
    return {
        "timers": timers,
        "deadline_s": round(ours_s, 3),
        "deadline_us": round(each * 1e6, 2),
        "plan_hours_us": round(their_each * 1e6, 1),
        "ratio": round(their_each / each, 1),
        "differences": sum(
            ours != theirs for ours, theirs in zip(ends, plans, strict=False)
        ),
    }


def timed(work):
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def plan(calendar, start):
    """Return the deadline of Odoo, in epoch seconds."""
    begin = datetime.fromtimestamp(start, timezone.utc)
    end = calendar.plan_hours(SECONDS / 3600, begin, compute_leaves=True)
    return round(end.timestamp())


def make_calendar(env):
    """Make office hours of five days with a break, and ten public holidays."""
    company = env.company
    attendances = [(5, 0, 0)]
    for day in range(5):
        for name, start, end, period in (
            ("Morning", 8, 12, "morning"),
            ("Break", 12, 13, "lunch"),
            ("Afternoon", 13, 17, "afternoon"),
        ):
            values = {"name": name, "dayofweek": str(day), "day_period": period}
            attendances.append((0, 0, {**values, "hour_from": start, "hour_to": end}))
    calendar = env["resource.calendar"].create(
        {
            "name": "Benchmark",
            "tz": "Europe/Rome",
            "company_id": company.id,
            "attendance_ids": attendances,
        }
    )
    env["resource.calendar.leaves"].create(
        [
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "company_id": company.id,
                "date_from": FIRST + timedelta(days=36 * number, hours=-1),
                "date_to": FIRST + timedelta(days=36 * number, hours=23),
            }
            for number in range(10)
        ]
    )
    return calendar
