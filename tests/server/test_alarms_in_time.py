# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""On a running server each SLA alarm is told within 60 seconds of its instant.

A real Odoo with its cron workers, on a copy of the database. The tickets are made just
after it has looked for work, and it looks again after a minute: the worst moment.
SC_WORKERS=1 takes processes instead of threads, which look each 60 to 69 seconds.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import psycopg2
import pytest

from odoo.tools import SQL

from benchmarks.odoo_env import environment

pytestmark = pytest.mark.live

WORKERS = int(os.environ.get("SC_WORKERS", "0"))
# Alarms of one instant, alarms of an instant each, and timers that just run.
BURST, SPREAD, RUNNING = 1000, 40, 200
# When the first and the last of them are, after the server is up: not within the
# seconds for which it is woken up at once, and until after its first look.
FIRST, LAST = 24, 64
BOUND = timedelta(seconds=60)
# Of open time, around the clock: 50 % are used after half an hour.
TARGET = {"metric": "restore", "amount": 60, "unit": "minute", "thresholds": "50"}
WARNING, BREACH = timedelta(minutes=30), timedelta(minutes=60)


def now():
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


def connect(database):
    from odoo.sql_db import connection_info_for

    connection = psycopg2.connect(**connection_info_for(database)[1])
    connection.autocommit = True
    return connection


@pytest.fixture(scope="module")
def database():
    """Copy the database, so that no other test finds what the server does to it."""
    source = os.environ.get("SC_DATABASE")
    if not source:
        pytest.skip("needs a database: ./dev test live")
    with environment(source):
        pass  # reads the configuration
    from odoo.sql_db import close_all

    close_all()
    name = f"{source}_alarms"
    cursor = connect("postgres").cursor()
    cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    yield name
    close_all()
    cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def server(database, log):
    """Run Odoo until the end of the block, which begins when it is up."""
    command = [sys.executable, "-m", "odoo", "-d", database, "--no-http"]
    command += ["--max-cron-threads=2", f"--workers={WORKERS}", f"--logfile={log}"]
    if os.environ.get("SC_ODOO_CONF"):
        command += ["-c", os.environ["SC_ODOO_CONF"]]
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 60
        while not (log.exists() and "Registry loaded" in log.read_text()):
            assert process.poll() is None, "Odoo did not start"
            assert time.monotonic() < deadline, "Odoo takes too long to start"
            time.sleep(0.2)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def make_tickets(env):
    """Make open tickets without a clock, for ten people; return them."""
    # What other tests have left to be billed is theirs
    billing = ("model._cron_bill()", "model._cron_process()")
    env["ir.cron"].search([("code", "in", billing)]).active = False
    group = env.ref("helpdesk_mgmt.group_helpdesk_user").id
    users = env["res.users"].create(
        [
            {
                "name": f"Agent {number}",
                "login": f"alarm{number}",
                "email": f"alarm{number}@example.com",
                "group_ids": [(4, group)],
            }
            for number in range(10)
        ]
    )
    return env["helpdesk.ticket"].create(
        [
            {"name": "x", "description": "x", "user_id": users[number % 10].id}
            for number in range(BURST + SPREAD + RUNNING)
        ]
    )


def start_clocks(tickets, start):
    """Start the clocks as if the customers had asked so early that the alarms come at
    their instants.

    SQL, since it has to be done before the first of them: a batch takes a second.

    :return: how many alarms there will be
    """
    env = tickets.env
    instants = [FIRST] * BURST
    instants += [FIRST + (LAST - FIRST) * n // (SPREAD - 1) for n in range(SPREAD)]
    rows = [
        (ticket.id, start + timedelta(seconds=seconds) - (BREACH if n % 2 else WARNING))
        for n, (ticket, seconds) in enumerate(zip(tickets, instants, strict=False))
    ]
    env.cr.execute(
        SQL(
            "UPDATE helpdesk_ticket SET requested_at = row.at::timestamp"
            " FROM (VALUES %s) AS row(id, at) WHERE helpdesk_ticket.id = row.id",
            SQL(", ").join(SQL("%s", row) for row in rows),
        )
    )
    env.invalidate_all()
    env["service.sla.policy"].create(
        {
            "name": "Alarms",
            "is_default": True,
            "calendar_id": False,
            "target_ids": [(0, 0, TARGET)],
        }
    )
    tickets._sync_sla()
    env.cr.commit()
    assert now() < start + timedelta(seconds=FIRST), "the machine is too busy for this"
    return len(rows)


def read_alarms(cursor):
    """Return the alarms that are committed: {id: instant}."""
    cursor.execute(
        "SELECT id, due_at FROM service_sla_alarm"
        " WHERE outcome NOT IN ('late_start', 'void')"
    )
    return dict(cursor.fetchall())


def watch(cursor, count, seconds):
    """Wait for alarms; return how long after its instant each one was seen.

    Seen in the database, so that the time of its transaction counts too.
    """
    lags, deadline = {}, time.monotonic() + seconds
    while len(lags) < count and time.monotonic() < deadline:
        time.sleep(0.5)
        seen_at = datetime.now(timezone.utc).replace(tzinfo=None)
        for id_, due_at in read_alarms(cursor).items():
            lags.setdefault(id_, seen_at - due_at)
    return sorted(lags.values())


def test_each_alarm_is_told_within_a_minute(database, tmp_path):
    with environment(database) as env:
        tickets = make_tickets(env)
        env.cr.commit()
        with server(database, tmp_path / "odoo.log"):
            expected = start_clocks(tickets, now())
            cursor = connect(database).cursor()
            lags = watch(cursor, expected, LAST + 70)
            told_at = sorted(read_alarms(cursor).values())
            # Once more, with an alarm in a moment: nobody waits for the next look.
            soon = now() + timedelta(seconds=4)
            tickets[-1].requested_at = soon - WARNING
            env.cr.commit()
            near = watch(cursor, expected + 1, 20)[0]
    print(
        f"{len(lags)} alarms, {lags[0].total_seconds():.1f} to"
        f" {lags[-1].total_seconds():.1f} s after their instants;"
        f" in a moment: {near.total_seconds():.1f} s"
    )
    assert len(lags) == len(told_at) == expected
    assert lags[0] >= timedelta(0), "told before its instant"
    assert lags[-1] <= BOUND
    assert near <= timedelta(seconds=10)
    with environment(database) as env:
        env.cr.execute(
            """
            SELECT count(*) FILTER (WHERE fired_at < due_at),
                   max(fired_at - due_at) <= interval '60 s',
                   count(*) FILTER (WHERE outcome = 'told')
              FROM service_sla_alarm
             WHERE outcome NOT IN ('late_start', 'void')
            """
        )
        assert env.cr.fetchone() == (0, True, expected + 1)
        activities = env["mail.activity"].search_count(
            [("res_model", "=", "helpdesk.ticket"), ("automated", "=", True)]
        )
        assert activities == expected + 1
