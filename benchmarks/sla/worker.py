# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A contender: does what a line of JSON on stdin asks for, and tells how long it took.

Each batch runs as a request does: in a transaction of its own, with an empty cache of
records, flushed and committed, as a helpdesk agent.
"""

import json
import sys
import time

from benchmarks.odoo_env import environment

from .data import AGENT, TEAM


class Contender:
    """Makes tickets and moves them."""

    def __init__(self, env):
        from odoo import api

        self.registry = env.registry
        self.agent = env["res.users"].search([("login", "=", AGENT)]).id
        self.team = env["helpdesk.ticket.team"].search([("name", "=", TEAM)]).id
        self.contacts = (
            env["res.partner"].search([("name", "like", "Contact of Customer")]).ids
        )
        self.made = []
        self._environment = api.Environment
        env.cr.rollback()

    def create(self, size):
        """Make ``size`` tickets in one call; return seconds and queries."""
        values = [self._ticket(number) for number in range(size)]
        result, tickets = self._measure(
            lambda env: env["helpdesk.ticket"].create(values)
        )
        self.made.append(tickets.ids)
        return result

    def move(self, size):
        """Move ``size`` new tickets to "In Progress" in one call."""
        ids = self._take_new(size)

        def write(env):
            stage = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")
            env["helpdesk.ticket"].browse(ids).write({"stage_id": stage.id})

        return self._measure(write)[0]

    def alarms(self, instant):
        """Run the scheduled action of alarms as of an instant (text, UTC), or now."""
        from odoo import SUPERUSER_ID
        from odoo.fields import Datetime

        context = {}
        if instant:
            context["service_contract_now"] = Datetime.to_datetime(instant[:19])
        return self._measure(
            lambda env: env["service.sla.timer"]._cron_alarms(), SUPERUSER_ID, context
        )[0]

    def _take_new(self, size):
        ids = []
        while len(ids) < size:
            ids += self.made.pop()
        if ids[size:]:
            self.made.append(ids[size:])
        return ids[:size]

    def _ticket(self, number):
        return {
            "name": f"Something is broken, {number}",
            "description": "<p>Since this morning.</p>",
            "partner_id": self.contacts[number % len(self.contacts)],
            "team_id": self.team,
            "priority": "2",
        }

    def _measure(self, work, user=None, context=None):
        with self.registry.cursor() as cr:
            env = self._environment(cr, user or self.agent, context or {})
            queries = cr.sql_log_count
            start = time.perf_counter()
            answer = work(env)
            cr.flush()
            queries = cr.sql_log_count - queries
            cr.commit()
            seconds = time.perf_counter() - start
        return {"seconds": seconds, "queries": queries}, answer


def main(database):
    with environment(database) as env:
        contender = Contender(env)
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            name, size = json.loads(line)
            print(json.dumps(getattr(contender, name)(size)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
