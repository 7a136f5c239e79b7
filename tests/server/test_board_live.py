# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The board *At risk* hears of a change over a real websocket of a running server.

What the browser does with the message is shown by ``sla_board.test.js``.
"""

import json
import os
import time

import pytest
import requests
import websocket

from benchmarks.odoo_env import environment

from ..faults.server import serve

pytestmark = pytest.mark.live

CHANNEL = "service_contract.sla_board"
PASSWORD = "live-board-1"
# Seconds within which a message has to come, and after which none is to be expected.
SOON, NEVER = 5, 2


@pytest.fixture(scope="module")
def database():
    name = os.environ.get("SC_DATABASE")
    if not name:
        pytest.skip("needs a database: ./dev test live")
    return name


def make_user(env, login, group):
    user = env["res.users"].search([("login", "=", login)]) or env["res.users"].create(
        {"name": login, "login": login}
    )
    user.write({"group_ids": [(6, 0, env.ref(group).ids)], "password": PASSWORD})
    return login


class Listener:
    """Somebody who logs in and follows the board."""

    def __init__(self, url, database, login):
        session = requests.Session()
        answer = session.post(
            f"{url}/web/session/authenticate",
            json={"params": {"db": database, "login": login, "password": PASSWORD}},
            timeout=60,
        ).json()
        assert answer["result"]["uid"], answer
        self.socket = websocket.create_connection(
            f"{url.replace('http', 'ws')}/websocket",
            cookie=f"session_id={session.cookies['session_id']}",
            origin=url,
            timeout=60,
        )
        self.last = 0

    def subscribe(self):
        data = {"channels": [CHANNEL], "last": self.last}
        self.socket.send(json.dumps({"event_name": "subscribe", "data": data}))

    def hear(self, seconds):
        """Return the ids of tickets that come within so many seconds, at the first
        message about the board."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                text = self.socket.recv()
            except websocket.WebSocketTimeoutException:
                break
            for notification in json.loads(text or "[]"):
                self.last = notification["id"]
                message = notification["message"]
                if message["type"] == CHANNEL:
                    return message["payload"]["ids"]
        return None


def test_board_hears_of_a_change_at_once(database, tmp_path):
    with environment(database) as env:
        agent = make_user(env, "board_agent", "helpdesk_mgmt.group_helpdesk_user")
        stranger = make_user(env, "board_stranger", "base.group_portal")
        ticket = env["helpdesk.ticket"].create({"name": "x", "description": "x"})
        env.cr.commit()
        with serve(database, tmp_path / "odoo.log", workers=0) as url:
            listeners = [Listener(url, database, login) for login in (agent, stranger)]
            for listener in listeners:
                listener.subscribe()
                listener.hear(NEVER)  # what was sent before
            for priority in ("3", "2"):
                ticket.priority = priority
                begin = time.monotonic()
                env.cr.commit()
                assert listeners[0].hear(SOON) == ticket.ids
                print(f"heard after {time.monotonic() - begin:.2f} s")
            assert listeners[1].hear(NEVER) is None
            for listener in listeners:
                listener.socket.close()
