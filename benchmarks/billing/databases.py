# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The database with the data, of which each contender gets a copy."""

import subprocess
import sys


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
