# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every example of docs/api.md runs, and is answered as the page says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from benchmarks.odoo_env import environment

from . import books

pytestmark = pytest.mark.live

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
EXAMPLE = re.compile(r"```(bash|python)\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)
SHELLS = {"bash": ["bash", "-euc"], "python": [sys.executable, "-c"]}
# What no page can know.
CHANCE = {"usage_id", "line_id", "contract", "received_at", "at", "text"}


def test_examples_do_what_the_page_says(database, caller):
    with environment(database) as env:
        line = books.make_contracts(
            env,
            "Support",
            [10],
            coverage_type="hours",
            coverage_period="month",
        )
        name = line.contract_id.name
        env.cr.commit()
    # Keys are for ever, so each run has its own.
    run = f"crm{uuid4().hex[:8]}-"
    examples = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(examples) >= 6
    for language, code, wanted in examples:
        found = subprocess.run(
            [*SHELLS[language], code.replace("crm-", run)],
            env={
                **os.environ,
                "URL": caller.url,
                "KEY": caller.key,
                "CONTRACT": name,
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        wanted = json.loads(wanted.replace("crm-", run))
        assert masked(json.loads(found)) == masked(wanted), code


def masked(value):
    """Return an answer without what differs from run to run."""
    if isinstance(value, list):
        return [masked(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        name: "…" if name in CHANCE else masked(entry) for name, entry in value.items()
    }
