# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Runs a log on a database, from an empty stage to the results."""

import os
import resource
import time

from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config

from .player import Player
from .prepare import prepare
from .results import read_results
from .screen import show_progress


def run(log, database):
    """Prepare the database, play the log and read the results.

    :param log: see ``read_log``
    :param database: name of a database with the addon installed
    :return: the results, and the seconds that each phase took
    :raises AlreadyPlayed: when the log was played on this database before
    """
    registry = _open_registry(database)
    clock = _Clock()
    with registry.cursor() as cr:
        records = prepare(api.Environment(cr, api.SUPERUSER_ID, {}), log)
    clock.stop("prepare")
    with show_progress("events", len(log.events)) as advance:
        player = Player(registry, log, records, advance)
        player.play()
    clock.stop("play")
    with registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        results = read_results(env, records, player.events_played)
    clock.stop("check")
    clock.seconds["of which billing"] = round(player.billing_seconds, 1)
    return results, clock.seconds


def peak_memory_mb() -> int:
    """Return the most memory that this process held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _open_registry(database):
    """Load Odoo with the configuration named by SC_ODOO_CONF."""
    options = ["--no-http", "--log-level=warn", "-d", database]
    if os.environ.get("SC_ODOO_CONF"):
        options += ["-c", os.environ["SC_ODOO_CONF"]]
    config.parse_config(options, setup_logging=True)
    return Registry(database)


class _Clock:
    """Seconds of each phase."""

    def __init__(self):
        self.seconds = {}
        self._last = time.monotonic()

    def stop(self, phase):
        now = time.monotonic()
        self.seconds[phase] = round(now - self._last, 1)
        self._last = now
