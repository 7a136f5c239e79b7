# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""F3: reports are sent again, changed or twice at once; each key has one effect.

A real server with several workers. Of all requests 30 % repeat an earlier one, 10 % use
an earlier key for another event, and 5 % are sent at the same instant as their twin.

SC_REPLAYS (2000), SC_REPLAY_CLIENTS (16) and SC_SEED make other runs; the nightly one
has 50,000 requests, see docs/decisions/faults.md.
"""

import os
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from uuid import uuid4

import pytest

from benchmarks.odoo_env import environment

from . import books

pytestmark = pytest.mark.live

REQUESTS = int(os.environ.get("SC_REPLAYS", "2000"))
CLIENTS = int(os.environ.get("SC_REPLAY_CLIENTS", "16"))
SHARES = {"again": 0.30, "changed": 0.10, "twin": 0.05}
CONTRACTS = 20


@dataclass(slots=True)
class Key:
    """One key: what is reported with it, and what was answered."""

    event: dict
    # Its first request and the twin of that go through together.
    start: Barrier
    answers: dict = field(default_factory=lambda: defaultdict(list))
    first: object = None


def make_keys(chance, run, line_ids):
    """Return keys with their events, and the requests in the order they are sent."""
    counts = {kind: round(REQUESTS * share) for kind, share in SHARES.items()}
    size = REQUESTS - sum(counts.values())
    twins = set(chance.sample(range(size), counts["twin"]))
    keys, requests = [], []
    for number in range(size):
        event = {
            "external_key": f"replay-{run}-{number}",
            "line_id": chance.choice(line_ids),
            "unit": "case",
            "quantity": chance.randint(1, 3),
            "event_at": f"2025-02-{chance.randint(1, 28):02d}T10:00:00+01:00",
            "description": f"Event {number}",
        }
        has_twin = number in twins
        keys.append(Key(event, Barrier(1 + has_twin)))
        requests.append((number, "first", keys[-1]))
        if has_twin:
            requests.append((number, "twin", keys[-1]))
    for kind in ("again", "changed"):
        for _request in range(counts[kind]):
            number = chance.randrange(size)
            place = chance.uniform(number, size)
            requests.append((place, kind, keys[number]))
    requests.sort(key=lambda request: request[0])
    return keys, [request[1:] for request in requests]


def change(chance, event):
    """Return another event with the same key."""
    name, value = chance.choice(
        [
            ("quantity", event["quantity"] + 1),
            ("event_at", "2025-02-01T10:00:01+01:00"),
            ("description", "Another event"),
            ("unit", "visit"),
        ]
    )
    return {**event, name: value}


def send(caller, kind, key, event):
    """Send one request when its turn has come."""
    if kind in ("first", "twin"):
        key.start.wait(timeout=120)
    else:
        key.first.result(timeout=120)
    answer = caller.call("api_report_usage", **event)
    key.answers[kind].append(answer)


def test_each_key_has_one_effect(database, caller):
    chance = books.make_chance()
    run = uuid4().hex[:8]
    with environment(database) as env:
        lines = books.make_contracts(env, f"Replay {run}", [20] * CONTRACTS)
        line_ids = lines.ids
        env.cr.commit()
    keys, requests = make_keys(chance, run, line_ids)
    assert len(requests) == REQUESTS

    begin = time.perf_counter()
    # Requests begin in their order, so whoever waits for another finds it begun.
    with ThreadPoolExecutor(CLIENTS) as executor:
        futures = []
        for kind, key in requests:
            event = change(chance, key.event) if kind == "changed" else key.event
            future = executor.submit(send, caller, kind, key, event)
            if kind == "first":
                key.first = future
            futures.append(future)
        for future in futures:
            future.result()
    seconds = time.perf_counter() - begin
    print(f"{REQUESTS} requests, {REQUESTS / seconds:.0f} a second")
    for kind in ("first", "twin", "again", "changed"):
        answers = [answer for key in keys for answer in key.answers[kind]]
        print(f"{kind}: {len(answers)}, {books.waits(answers)}")

    for key in keys:
        assert_one_effect(key)
    books.settle(database, line_ids)
    assert_recorded(database, keys, line_ids)
    assert not books.offenders(database)


def assert_one_effect(key):
    """One request made the usage; the others got its answer, or a conflict."""
    same = key.answers["first"] + key.answers["twin"] + key.answers["again"]
    assert {answer.status for answer in same} == {200}, same
    made = [answer.body for answer in same if answer.body["status"] == "ok"]
    assert len(made) == 1, made
    for answer in same:
        body = answer.body
        is_made = body == made[0]
        assert body["already"] is not is_made
        assert body["status"] == ("ok" if is_made else "already")
        assert body["usage"] == made[0]["usage"]
    for answer in key.answers["changed"]:
        assert answer.status == 409, answer
        assert "was used for another event" in answer.body["message"]


def assert_recorded(database, keys, line_ids):
    """The database holds each event once, as it was reported first, and charges it."""
    with environment(database) as env:
        env.cr.execute(
            """
            SELECT usage.external_key, usage.contract_line_id, usage.unit,
                   usage.quantity, to_char(usage.event_at, 'YYYY-MM-DD'),
                   usage.description, count(receipt.id), MIN(charged.quantity)
              FROM service_usage AS usage
         LEFT JOIN service_usage_receipt AS receipt ON receipt.usage_id = usage.id
         LEFT JOIN (
                       SELECT usage_id, SUM(quantity) AS quantity
                         FROM service_charge GROUP BY usage_id
                   ) AS charged ON charged.usage_id = usage.id
             WHERE usage.contract_line_id = ANY(%s)
          GROUP BY usage.id
            """,
            [line_ids],
        )
        found = Counter(
            (*row[:3], int(row[3]), *row[4:7], int(row[7])) for row in env.cr.fetchall()
        )
    events = [key.event for key in keys]
    assert found == Counter(
        (
            event["external_key"],
            event["line_id"],
            event["unit"],
            event["quantity"],
            event["event_at"][:10],
            event["description"],
            1,
            event["quantity"],
        )
        for event in events
    )
