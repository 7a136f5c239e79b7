# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A real Odoo server on the loopback address, and callers of its API."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HOST = "127.0.0.1"
START_ODOO = Path(__file__).with_name("start_odoo.py")
# Seconds; a machine that does other things as well is slow to start.
START, STOP, ANSWER = 90, 20, 120


def free_port():
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return sock.getsockname()[1]


@contextlib.contextmanager
def serve(database, log_path, workers):
    """Yield the address of an Odoo that serves a database, in processes of its own.

    :param workers: number of processes that serve HTTP; 0 for threads in one process
    """
    port = free_port()
    command = [sys.executable, str(START_ODOO)]
    if conf := os.environ.get("SC_ODOO_CONF"):
        command += ["-c", conf]
    command += [
        f"--database={database}",
        f"--db-filter=^{database}$",
        f"--http-interface={HOST}",
        f"--http-port={port}",
        f"--gevent-port={free_port()}",
        f"--workers={workers}",
        "--max-cron-threads=1",
        "--db_maxconn=150",
        f"--logfile={log_path}",
        "--log-level=info",
    ]
    # Callers on a busy machine may be slow to send what they have connected for.
    env = {**os.environ, "ODOO_HTTP_SOCKET_TIMEOUT": str(ANSWER)}
    # A group of its own: it is stopped with its workers, and nothing else is.
    process = subprocess.Popen(command, start_new_session=True, env=env)
    try:
        _wait_until_ready(process, port)
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_ready(process, port):
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"Odoo ended with {process.returncode}; see its log")
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(HOST, port, timeout=START)
            connection.request("GET", "/web/health")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("Odoo did not start; see its log")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: object
    seconds: float


class Caller:
    """Calls methods of ``service.usage`` with a key, each over a new connection."""

    def __init__(self, url, key):
        self.url, self.key = url, key
        self._address = urlsplit(url)
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
        }

    def call(self, method, **values):
        """Return the answer; an error of the network is an error of the test."""
        begin = time.perf_counter()
        connection = http.client.HTTPConnection(
            self._address.hostname, self._address.port, timeout=ANSWER
        )
        try:
            connection.request(
                "POST",
                f"/json/2/service.usage/{method}",
                body=json.dumps(values),
                headers=self._headers,
            )
            response = connection.getresponse()
            body = json.loads(response.read())
        finally:
            connection.close()
        return Answer(response.status, body, time.perf_counter() - begin)
