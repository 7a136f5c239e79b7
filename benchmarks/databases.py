# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Databases of the benchmarks: copies, and what is installed beside the addon."""

import os
import subprocess
import sys


def psql(statement, database="postgres"):
    """Run a statement and return what it prints, bare."""
    return subprocess.run(
        ["psql", "-X", "-q", "-A", "-t", "-d", database, "-c", statement],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
    ).stdout.strip()


def drop(database):
    psql(f'drop database if exists "{database}" with (force)')


def clone(source, target):
    drop(target)
    psql(f'create database "{target}" template "{source}" strategy file_copy')


def install(database, module):
    """Install a peer's addon, in a process of its own."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "odoo",
            "-c",
            os.environ["SC_ODOO_CONF"],
            "-d",
            database,
            "-i",
            module,
            "--stop-after-init",
            "--no-http",
            "--max-cron-threads=0",
            "--log-level=error",
        ],
        check=True,
    )
