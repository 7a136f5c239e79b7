# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Runs a log on a database, from an empty stage to the results."""

import resource
import time

from .billing import BillingCrew, children_peak_mb
from .database import open_registry, transaction
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
    registry = open_registry(database)
    clock = _Clock()
    with transaction(registry) as env:
        records = prepare(env, log)
    clock.stop("prepare")
    with (
        show_progress("events", len(log.events)) as advance,
        BillingCrew(database, registry) as crew,
    ):
        player = Player(registry, log, records, crew, advance)
        player.play()
    clock.stop("play")
    with transaction(registry) as env:
        results = read_results(env, records, player.events_played)
    clock.stop("check")
    clock.seconds["of which billing"] = round(player.billing_seconds, 1)
    clock.seconds["of which alarms"] = round(player.alarm_seconds, 1)
    return results, clock.seconds


def peak_memory_mb() -> int:
    """Return the most memory held so far, by this process and by its second one."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return own + children_peak_mb()


class _Clock:
    """Seconds of each phase."""

    def __init__(self):
        self.seconds = {}
        self._last = time.monotonic()

    def stop(self, phase):
        now = time.monotonic()
        self.seconds[phase] = round(now - self._last, 1)
        self._last = now
