# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""F2: many callers draw on one bucket at the same time, over HTTP.

A real server with several workers and a real database. Each caller gets an answer, no
error of the database among them; the bucket gives what it has, and not one case more.
The waits are printed, not judged: they depend on the machine.

SC_DRAWS (2000), SC_DRAW_CLIENTS ("2,5,10,20,50"), SC_DRAW_BUCKETS ("1") and SC_SEED
make other runs; the nightly one has 50,000 draws, up to 100 callers and 1, 10 and 1,000
buckets, see docs/decisions/faults.md.
"""

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from uuid import uuid4

import pytest

from benchmarks.odoo_env import environment

from . import books

pytestmark = pytest.mark.live

DRAWS = int(os.environ.get("SC_DRAWS", "2000"))
CLIENTS = [int(n) for n in os.environ.get("SC_DRAW_CLIENTS", "2,5,10,20,50").split(",")]
BUCKETS = [int(n) for n in os.environ.get("SC_DRAW_BUCKETS", "1").split(",")]
# How long, in seconds, one caller asks whether its draw is decided, and how often.
PATIENCE = 90
PAUSE = 0.2


@pytest.mark.parametrize("buckets", BUCKETS)
def test_parallel_draws_take_what_there_is_and_no_more(database, caller, buckets):
    chance = books.make_chance()
    run = uuid4().hex[:8]
    each = DRAWS // len(BUCKETS) // len(CLIENTS)
    limit = max(1, each * len(CLIENTS) * 3 // 4 // buckets)
    with environment(database) as env:
        lines = books.make_contracts(env, f"Crowd {run}", [limit] * buckets)
        line_ids = lines.ids
        env.cr.commit()

    wanted = Counter()
    numbers = count()
    for clients in CLIENTS:
        chosen = [chance.choice(line_ids) for _draw in range(each)]
        wanted.update(chosen)
        begin = time.perf_counter()
        answers = draw_at_once(caller, clients, run, numbers, chosen)
        seconds = time.perf_counter() - begin
        told = Counter((a.status, a.body.get("status")) for a in answers)
        print(
            f"{buckets} buckets, {clients} callers, {each} draws: "
            f"{each / seconds:.0f} a second, {books.waits(answers)}, "
            f"pending {pending_share(database, line_ids):.0%}"
        )
        assert told == {(200, "ok"): each}, [a.body for a in answers if a.status != 200]
    begin = time.perf_counter()
    books.settle(database, line_ids)
    print(f"the rest settled in {time.perf_counter() - begin:.1f} s")
    assert_drawn(database, wanted, limit)
    assert not books.offenders(database)


def test_a_caller_learns_what_became_of_its_draw(database, caller):
    """Twenty callers report a case and ask until they know whether it is covered."""
    run = uuid4().hex[:8]
    with environment(database) as env:
        [line_id] = books.make_contracts(env, f"Verdict {run}", [50]).ids
        env.cr.commit()

    def ask(number):
        key = f"draw-{run}-{number}"
        begin = time.perf_counter()
        answer = report(caller, run, number, line_id)
        while answer.body.get("state") != "settled":
            assert answer.status == 200, answer.body
            assert time.perf_counter() - begin < PATIENCE
            time.sleep(PAUSE)
            answer = caller.call("api_explain", external_key=key)
        return key, time.perf_counter() - begin

    with ThreadPoolExecutor(20) as executor:
        verdicts = list(executor.map(ask, range(100)))
    seconds = sorted(seconds for _key, seconds in verdicts)
    print(f"verdict for 20 callers: p50 {seconds[50]:.3f} s, p95 {seconds[95]:.3f} s")
    # What happened earlier and came in later has taken the place of others meanwhile.
    kinds = Counter(
        charge["kind"]
        for key, _seconds in verdicts
        for charge in caller.call("api_explain", external_key=key).body["charges"]
    )
    assert kinds == {"covered": 50, "billable": 50}
    assert not books.offenders(database)


def draw_at_once(caller, clients, run, numbers, line_ids):
    """Draw one case from each line, so many at the same time."""
    with ThreadPoolExecutor(clients) as executor:
        futures = [
            executor.submit(report, caller, run, next(numbers), line_id)
            for line_id in line_ids
        ]
        return [future.result() for future in futures]


def report(caller, run, number, line_id):
    return caller.call(
        "api_report_usage",
        external_key=f"draw-{run}-{number}",
        line_id=line_id,
        unit="case",
        quantity=1,
        event_at=books.event_at(number),
    )


def pending_share(database, line_ids):
    with environment(database) as env:
        env.cr.execute(
            "SELECT avg((state = 'pending')::int)::float FROM service_usage"
            " WHERE contract_line_id = ANY(%s)",
            [line_ids],
        )
        return env.cr.fetchone()[0] or 0


def assert_drawn(database, wanted, limit):
    """Each bucket gave what it had; what was beyond is billed, case by case."""
    with environment(database) as env:
        env.cr.execute(
            """
            SELECT line.id, counter.drawn,
                   (
                       SELECT -SUM(quantity) FROM service_coverage_entry
                        WHERE counter_id = counter.id
                          AND kind IN ('draw', 'reverse')
                   ),
                   (
                       SELECT SUM(quantity) FROM service_charge
                        WHERE contract_line_id = line.id AND kind = 'covered'
                   ),
                   (
                       SELECT COALESCE(SUM(quantity), 0) FROM service_charge
                        WHERE contract_line_id = line.id AND kind = 'billable'
                   )
              FROM service_contract_line AS line
              JOIN service_coverage_counter AS counter
                ON counter.contract_line_id = line.id
             WHERE line.id = ANY(%s)
            """,
            [list(wanted)],
        )
        found = {row[0]: tuple(map(int, row[1:])) for row in env.cr.fetchall()}
    expected = {}
    for line_id, draws in wanted.items():
        drawn = min(draws, limit)
        expected[line_id] = (drawn, drawn, drawn, draws - drawn)
    assert found == expected
