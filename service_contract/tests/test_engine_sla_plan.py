# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What becomes of the timers of a ticket that is archived."""

from datetime import datetime, timedelta

from odoo.tests import BaseCase

from odoo.addons.service_contract.engine import sla_plan
from odoo.addons.service_contract.engine.clock import ALWAYS_OPEN, Clock
from odoo.addons.service_contract.engine.sla import Facts, Target, read

AIM = sla_plan.Aim(1, "1", None, None)
TARGET = Target("1", "restore", 4, "hour")
OPENED = datetime(2026, 3, 2, 8)
HOURS = timedelta(hours=1)


class TestEngineSlaPlan(BaseCase):
    def plan(self, row=None, hours=1, closed=None, **situation):
        """Plan the one timer of a ticket so many hours after it was opened.

        :param row: the timer as it was, None before it is there
        :param closed: hours after which the ticket was closed
        """
        as_of = OPENED + hours * HOURS
        resolved = () if closed is None else ((OPENED + closed * HOURS, None),)
        facts = Facts(OPENED, resolved=resolved)
        readings = read(TARGET, Clock(ALWAYS_OPEN("UTC")), facts, as_of)
        return sla_plan.make_plan(
            [row] if row else [],
            {"restore": AIM},
            {("restore", AIM): readings},
            sla_plan.Situation(as_of, **situation),
        )

    def start(self):
        """Return the row of a timer that runs."""
        [(metric, aim, values)] = self.plan(hours=0).inserts
        return {
            "id": 7,
            "metric": metric,
            "version_id": aim.version,
            "target_key": aim.key,
            "calendar_id": aim.calendar,
            "tz": aim.tz,
            **values,
        }

    def update(self, row, hours, **kwargs):
        """Return the row as the plan leaves it, and the plan."""
        plan = self.plan(row, hours, **kwargs)
        self.assertFalse(plan.inserts)
        [changed] = plan.updates or [row]
        return changed, plan

    def test_archiving_in_time_ends_without_a_verdict(self):
        row, plan = self.update(self.start(), 3, is_archived=True)
        self.assertEqual((row["state"], row["breached_at"]), ("void", None))
        self.assertEqual(row["stopped_at"], OPENED + 3 * HOURS)
        self.assertEqual(row["counted_s"], 3 * 3600)
        self.assertIsNone(row["next_alarm_at"])
        self.assertEqual(sla_plan.summarize(plan.states), ("void", None))

    def test_archiving_too_late_leaves_the_miss(self):
        row, _plan = self.update(self.start(), 5, is_archived=True)
        self.assertEqual(row["state"], "missed")
        self.assertEqual(row["breached_at"], OPENED + 4 * HOURS)
        self.assertEqual(row["stopped_at"], OPENED + 5 * HOURS)

    def test_archiving_at_the_last_second_is_in_time(self):
        row, _plan = self.update(self.start(), 4, is_archived=True)
        self.assertEqual((row["state"], row["breached_at"]), ("void", None))

    def test_what_has_ended_stays_while_it_is_archived(self):
        for hours, state in ((3, "void"), (5, "missed")):
            row, _plan = self.update(self.start(), hours, is_archived=True)
            again, plan = self.update(row, 9, is_archived=True)
            self.assertEqual((again, plan.updates), (row, []))
            self.assertEqual(plan.states[0][0], state)

    def test_a_verdict_is_kept_when_it_is_archived(self):
        row, _plan = self.update(self.start(), 3, closed=2)
        again, plan = self.update(row, 9, closed=2, is_archived=True)
        self.assertEqual((again["state"], plan.updates), ("met", []))

    def test_brought_back_it_runs_as_if_it_had_never_been_away(self):
        for hours in (3, 5):
            row, _plan = self.update(self.start(), hours, is_archived=True)
            row, plan = self.update(row, 9)
            self.assertEqual((row["state"], row["stopped_at"]), ("running", None))
            self.assertEqual(row["breached_at"], OPENED + 4 * HOURS)
            self.assertIn(7, plan.live)

    def test_closed_while_it_was_away_it_is_judged_by_the_closing(self):
        row, _plan = self.update(self.start(), 2, is_archived=True)
        row, _plan = self.update(row, 9, closed=3)
        self.assertEqual(row["state"], "met")
        self.assertEqual(row["stopped_at"], OPENED + 3 * HOURS)

    def test_nothing_starts_on_an_archived_ticket(self):
        self.assertFalse(self.plan(is_archived=True).inserts)

    def test_an_end_after_an_alarm_calms(self):
        for percent, is_calmed in ((0, False), (50, True)):
            row = {**self.start(), "alarm_percent": percent}
            for situation in ({"closed": 3}, {"is_archived": True}):
                _row, plan = self.update(row, 3, **situation)
                self.assertEqual(plan.is_calmed, is_calmed)
        _row, plan = self.update({**self.start(), "alarm_percent": 50}, 3)
        self.assertFalse(plan.is_calmed)
