# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The billing worker is killed at random instants: no invoice is lost, none is twice.

A real process with a real database; ``kill -9`` gives it no chance to tidy up. What
it left is judged by plain SQL. SC_KILLS and SC_SEED set the number of kills and
repeat a run.
"""

import os
import random
import signal
import time
from datetime import date

import pytest
from dateutil.relativedelta import relativedelta

from benchmarks.odoo_env import environment

pytestmark = pytest.mark.live

CONTRACTS = 120
LINES = 3
KILLS = int(os.environ.get("SC_KILLS", "60"))
START = date(2025, 1, 1)


@pytest.fixture(scope="module")
def database():
    name = os.environ.get("SC_DATABASE")
    if not name:
        pytest.skip("needs a database: ./dev test live")
    return name


def make_contracts(env):
    """Make confirmed contracts, billed monthly and posted; return their journal."""
    tax = env["account.tax"].search([("type_tax_use", "=", "sale")], limit=1)
    journal = env["account.journal"].create(
        {"name": "Killed", "code": "KILL", "type": "sale"}
    )
    products = env["product.product"].create(
        [
            {"name": f"Service {n}", "type": "service", "taxes_id": [(6, 0, tax.ids)]}
            for n in range(LINES)
        ]
    )
    partners = env["res.partner"].create(
        [{"name": f"Customer {n}"} for n in range(CONTRACTS)]
    )
    contracts = env["service.contract"].create(
        [
            {
                "partner_id": partner.id,
                "date_start": START,
                "invoice_posting": "post",
                "journal_id": journal.id,
                "line_ids": [
                    (0, 0, {"product_id": product.id, "price_unit": 10.0 + number})
                    for number, product in enumerate(products)
                ],
            }
            for partner in partners
        ]
    )
    contracts.action_confirm()
    return journal


def make_run(env, day):
    run = env["service.billing.run"].create({"date": day, "state": "running"})
    env.cr.commit()
    return run.id


def is_done(env, run_id):
    env.cr.commit()  # see what the worker committed
    env.cr.execute("SELECT state FROM service_billing_run WHERE id = %s", [run_id])
    return env.cr.fetchone()[0] == "done"


def start_worker(database, run_id):
    """Fork a process that bills; return its id when it has begun."""
    from odoo.sql_db import close_all

    close_all()  # connections are not shared with the child
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            with environment(database) as env:
                run = env["service.billing.run"].browse(run_id)
                os.write(writer, b"!")
                run._process()
        finally:
            os._exit(0)
    os.read(reader, 1)
    os.close(reader)
    os.close(writer)
    return pid


def kill_after(pid, seconds):
    """Kill the worker unless it ends before; return whether it was killed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return False
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    return os.WIFSIGNALED(status)


def query(database, statement, *values):
    with environment(database) as env:
        env.cr.execute(statement, values)
        return env.cr.fetchall()


def test_kills_lose_no_invoice_and_make_none_twice(database):
    seed = int(os.environ.get("SC_SEED", random.randrange(10**6)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    with environment(database) as env:
        journal = make_contracts(env)
        env.cr.commit()
        journal_id = journal.id
        day, month = START, 0
        run_id = make_run(env, day)
    used_before = last_move_id(database)

    # An undisturbed month tells how long it takes.
    begin = time.monotonic()
    os.waitpid(start_worker(database, run_id), 0)
    duration = time.monotonic() - begin
    kills = 0
    while kills < KILLS:
        with environment(database) as env:
            if is_done(env, run_id):
                month += 1
                day = START + relativedelta(months=month)
                run_id = make_run(env, day)
        worker = start_worker(database, run_id)
        kills += kill_after(worker, chance.uniform(0, duration / 2))
    os.waitpid(start_worker(database, run_id), 0)

    months = month + 1
    assert_each_period_once(database, journal_id, months)
    # Numbers begin anew each year, and the run may go on into the next one.
    years = query(
        database,
        """
        SELECT sequence_prefix, count(*), max(sequence_number) FROM account_move
         WHERE journal_id = %s GROUP BY sequence_prefix
        """,
        journal_id,
    )
    invoices = sum(count for _prefix, count, _last in years)
    assert invoices == CONTRACTS * months
    gaps = [year for year in years if year[1] != year[2]]
    assert not gaps, "the numbers have gaps"
    # Each invoice that was begun took an id, which no kill gives back; contracts that
    # other tests have left are billed in these runs too.
    [(made,)] = query(
        database, "SELECT count(*) FROM account_move WHERE id > %s", used_before
    )
    redone = last_move_id(database) - used_before - made
    print(f"{kills} kills, {months} months, {redone} invoices begun again")
    assert 0 <= redone <= kills


def last_move_id(database):
    [(value,)] = query(
        database, "SELECT last_value FROM account_move_id_seq WHERE is_called"
    ) or [(0,)]
    return value


def assert_each_period_once(database, journal_id, months):
    """Check that each line has one period a month, on one line of one invoice."""
    rows = query(
        database,
        """
        SELECT line.id, count(DISTINCT period.id), count(invoice_line.id),
               count(DISTINCT invoice_line.move_id),
               bool_and(move.state = 'posted')
          FROM service_contract_line AS line
          JOIN service_contract AS contract ON contract.id = line.contract_id
     LEFT JOIN service_billing_period AS period
            ON period.contract_line_id = line.id AND period.state = 'billed'
     LEFT JOIN account_move_line AS invoice_line
            ON invoice_line.service_billing_period_id = period.id
     LEFT JOIN account_move AS move ON move.id = invoice_line.move_id
         WHERE contract.journal_id = %s
      GROUP BY line.id
        """,
        journal_id,
    )
    assert len(rows) == CONTRACTS * LINES
    wrong = [row for row in rows if row[1:] != (months, months, months, True)]
    assert not wrong, wrong[:5]
