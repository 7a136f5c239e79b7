# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Databases of the benchmark: one with the data, a copy for each contender."""

import os
import subprocess
import sys


def psql(statement):
    subprocess.run(
        ["psql", "-X", "-q", "-d", "postgres", "-c", statement],
        check=True,
        env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
    )


def drop(database):
    psql(f'drop database if exists "{database}" with (force)')


def clone(source, target):
    drop(target)
    psql(f'create database "{target}" template "{source}" strategy file_copy')


def install_oca(database):
    """Install OCA ``contract`` beside the addon; data and context are then shared."""
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
            "contract",
            "--stop-after-init",
            "--no-http",
            "--max-cron-threads=0",
            "--log-level=error",
        ],
        check=True,
    )


def make_data(database, size, with_oca):
    """Make the contracts in a process of its own, whose memory goes with it."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.billing.data",
            database,
            str(size),
            "yes" if with_oca else "no",
        ],
        check=True,
    )
