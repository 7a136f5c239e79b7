# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Let the contenders take turns, so that a busy machine is busy for all of them."""

import json
import subprocess
import sys
from contextlib import contextmanager
from statistics import median


class NotTheSame(Exception):
    """A contender did not do what the others did."""


class Worker:
    """A contender in a process of its own, that does what it is told line by line."""

    def __init__(self, database):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sla.worker", database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._answer() != "ready":
            raise RuntimeError(f"The worker of {database} did not start.")

    def __call__(self, name, *arguments):
        self._process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("A worker gave up; its last words are above.")
        return json.loads(line)

    def stop(self):
        self._process.communicate()


@contextmanager
def workers(databases):
    """Yield the workers by contender.

    :param databases: name of the database by contender
    """
    started = {}
    try:
        for name, database in databases.items():
            started[name] = Worker(database)
        yield started
    finally:
        for worker in started.values():
            worker.stop()


def take_turns(contenders, action, size, rounds):
    """Let each contender do the same, in turns, and return the medians.

    :param contenders: workers by name
    :param action: name of a method of the worker's ``Contender``
    :param size: tickets in one call
    :return: by contender: seconds of a call, its queries, tickets per second
    """
    runs = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds):
        # Who begins changes, so that nobody always runs on warm or cold files.
        for name in names[number % len(names) :] + names[: number % len(names)]:
            runs[name].append(contenders[name](action, size))
    return {name: summarize(found, size) for name, found in runs.items()}


def summarize(runs, size):
    seconds = median(run["seconds"] for run in runs)
    return {
        "seconds": round(seconds, 5),
        "queries": int(median(run["queries"] for run in runs)),
        "per_second": round(size / seconds, 1),
        "all_seconds": [round(run["seconds"], 4) for run in runs],
    }
