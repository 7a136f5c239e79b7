# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Settings of pytest for the whole repository.

Two kinds of runs go through here: with pytest-odoo and a database, and without both
(``-p no:odoo``) for the pure tests. In the second, the addon must still be importable
as ``odoo.addons.service_contract``, and Odoo's test classes must run under pytest.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent
# Begins the reason of a skip that fails no run: real lists are not in this repository.
OPTIONAL = "optional data:"


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "live: needs a database or a running Odoo (env SC_DATABASE names it)"
    )
    if config.pluginmanager.hasplugin("odoo"):
        return  # pytest-odoo does all this itself
    import pytest_odoo

    import odoo.addons

    odoo.addons.__path__.append(str(ROOT))
    pytest_odoo.monkey_patch_resolve_pkg_root_and_module_name()
    pytest_odoo.support_subtest()
    pytest_odoo.disable_odoo_test_retry()


def pytest_sessionstart(session):
    """Give Chromium a minute to start: from a cold disk, Odoo's ten seconds are too few
    and the test would be skipped."""
    if session.config.pluginmanager.hasplugin("odoo"):
        from odoo.tests import common

        common.CHECK_BROWSER_ITERATIONS = round(60 / common.CHECK_BROWSER_SLEEP)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """Fail a run in which a test was skipped, where no skip is expected.

    Odoo skips browser and HTTP tests in silence when a tool is missing, and a green run
    would then prove nothing.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not (os.environ.get("SC_FAIL_ON_SKIP") and reporter):
        return
    if _unexpected_skips(reporter) and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _unexpected_skips(reporter):
    """Return the skipped tests but those of data that need not be there."""
    return [
        report
        for report in reporter.stats.get("skipped", [])
        if OPTIONAL not in str(report.longrepr[-1])
    ]


def pytest_terminal_summary(terminalreporter):
    skipped = _unexpected_skips(terminalreporter)
    if os.environ.get("SC_FAIL_ON_SKIP") and skipped:
        terminalreporter.section("skipped tests fail this run")
        for report in skipped:
            terminalreporter.line(f"{report.nodeid}: {report.longrepr[-1]}")
