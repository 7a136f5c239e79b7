# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Runs the billing as a server with two workers for scheduled actions does."""

import resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from .database import open_registry, transaction

# From so many contracts on, a second worker saves more time than it takes to start.
TWO_WORKERS_FROM = 40

_registry = None


class BillingCrew:
    """Starts a month's run and works it off: here, and in a second process.

    The addon does small runs at once; for large ones it triggers scheduled actions,
    and this plays the server that carries them out. The second process is started
    for the first run that is worth it.

    :param database: name of the database
    :param registry: of the database, in this process
    """

    def __init__(self, database, registry):
        self.database = database
        self.registry = registry
        self._pool = None

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self._pool:
            self._pool.shutdown()

    def run(self, company_id, day, instant):
        """Bill everything of a company that is due up to a day.

        :param instant: naive UTC; what the addon takes for now
        """
        with transaction(self.registry, instant) as env:
            run = env["service.billing.run"].create(
                {"company_id": company_id, "date": day}
            )
            run.action_start()
            is_done, count = run.state == "done", run.contract_count
        if is_done:
            return
        second = self._start_second(instant) if count >= TWO_WORKERS_FROM else None
        _process(self.registry, instant)
        if second:
            second.result()

    def _start_second(self, instant):
        """Let the second process work on the run, and return its future."""
        if not self._pool:
            self._pool = ProcessPoolExecutor(
                1, get_context("spawn"), _open, (self.database,)
            )
        return self._pool.submit(_work, instant)


def children_peak_mb() -> int:
    """Return the most memory that the second process held; 0 while it runs."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def _open(database):
    global _registry
    _registry = open_registry(database)


def _work(instant):
    _process(_registry, instant)


def _process(registry, instant):
    with transaction(registry, instant) as env:
        env["service.billing.run"]._cron_process()
