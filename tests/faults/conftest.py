# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of faults share: a database, a server, and who calls it."""

import os
from datetime import datetime, timedelta

import pytest

from benchmarks.odoo_env import environment

from .server import Caller, serve

LOGIN = "faults@example.com"
WORKERS = int(os.environ.get("SC_WORKERS", "8"))


@pytest.fixture(scope="module")
def database():
    name = os.environ.get("SC_DATABASE")
    if not name:
        pytest.skip("needs a database: ./dev test live")
    return name


@pytest.fixture(scope="package")
def caller(tmp_path_factory):
    """Yield a caller of a running server: a user of contracts, with a key.

    Of the scheduled actions only the one that settles usages runs meanwhile.
    """
    database = os.environ.get("SC_DATABASE")
    if not database:
        pytest.skip("needs a database: ./dev test live")
    with environment(database) as env:
        key = make_key(env)
        settle = env.ref("service_contract.ir_cron_settle_usages")
        others = env["ir.cron"].search([("id", "!=", settle.id)])
        others.active = False
        env.cr.commit()
    log_path = tmp_path_factory.mktemp("server") / "odoo.log"
    try:
        with serve(database, log_path, WORKERS) as url:
            yield Caller(url, key)
    finally:
        print(f"log of the server: {log_path}")
        with environment(database) as env:
            env["ir.cron"].browse(others.ids).active = True
            env.cr.commit()


def make_key(env):
    """Return a key of a user who may report usages and nothing more."""
    user = env["res.users"].search([("login", "=", LOGIN)]) or env["res.users"].create(
        {
            "name": "Another system",
            "login": LOGIN,
            "group_ids": [
                (4, env.ref("service_contract.service_contract_group_user").id)
            ],
        }
    )
    keys = env["res.users.apikeys"].with_user(user)
    return keys.sudo()._generate("rpc", "Faults", datetime.now() + timedelta(days=1))
