# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run the workers of one contender and check what they made."""

import json
import subprocess
import sys
import time

from .data import DAY


class NotTheSame(Exception):
    """A contender did not make the invoices that were due."""


def measure(database, name, size):
    """Return seconds, contracts per second and peak memory of a contender.

    :param name: of the contender; ``_2`` at its end for two workers
    :raises NotTheSame: wrong number of invoices
    """
    contender, workers = (name[:-2], 2) if name.endswith("_2") else (name, 1)
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.billing.worker", database, contender],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _worker in range(workers)
    ]
    for process in processes:
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"A worker of {name} did not start.")
    start = time.monotonic()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    reports = [json.loads(process.stdout.readline()) for process in processes]
    seconds = time.monotonic() - start
    for process in processes:
        process.communicate()
    check(database, size)
    return {
        "seconds": round(seconds, 2),
        "per_second": round(size / seconds, 2),
        "peak_mb": round(max(report["peak_mb"] for report in reports)),
    }


def check(database, size):
    """Make sure that each contract has its invoice, posted, with the right total."""
    query = f"""
        select count(*), count(distinct amount_total), count(distinct name)
          from account_move
         where move_type = 'out_invoice' and state = 'posted'
           and invoice_date = '{DAY}'
    """
    output = subprocess.run(
        ["psql", "-X", "-q", "-A", "-t", "-d", database, "-c", query],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    if output != f"{size}|1|{size}":
        raise NotTheSame(f"{database}: {output}, not {size}|1|{size}")
