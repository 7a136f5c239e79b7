# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A policy, its calendar and its stages, that the tests of the SLA share."""

from datetime import datetime

from odoo.fields import Command

from .common import ServiceContractCommon


def utc(text):
    """Return an instant of January 2025 (naive UTC) from a text: "15 09:30"."""
    return datetime.strptime(f"2025-01-{text}", "%Y-%m-%d %H:%M")


class SlaCommon(ServiceContractCommon):
    """An office that is open from 8 to 12 and from 13 to 17 in Rome, Monday to Friday.

    ``NOW`` is 10:00 there on a Wednesday. ``policy`` promises a first response in 2
    open hours and a restoration in 8 (4 for high priority); ``contract`` names it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "tz": "Europe/Rome",
                "company_id": cls.company.id,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": f"{day} {start}",
                            "dayofweek": str(day),
                            "hour_from": start,
                            "hour_to": end,
                            "day_period": period,
                        }
                    )
                    for day in range(5)
                    for start, end, period in (
                        (8, 12, "morning"),
                        (13, 17, "afternoon"),
                    )
                ],
            }
        )
        cls.policy = cls.make_policy()
        cls.contract = cls.make_contract(sla_policy_id=cls.policy.id)
        reasons = cls.env["service.sla.pause.reason"].create(
            [
                {"name": "Waiting for the customer"},
                {
                    "name": "Waiting for a part",
                    "ends_on_reply": False,
                    "max_hours": 48,
                    "budget_hours": 72,
                },
            ]
        )
        cls.reason_customer, cls.reason_part = reasons
        cls.stage_waiting = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        cls.stage_waiting.sla_pause_reason_id = cls.reason_customer

    @classmethod
    def target_values(cls, metric="first_response", amount=2, **values):
        """Return the values of a target in open hours."""
        return {"metric": metric, "amount": amount, "unit": "hour", **values}

    @classmethod
    def make_policy(cls, targets=None, **values):
        """Make a policy on the office calendar.

        :param targets: values of its targets (``target_values``)
        """
        if targets is None:
            targets = [
                cls.target_values(),
                cls.target_values("restore", 8),
                cls.target_values("restore", 4, priority="2"),
            ]
        return cls.env["service.sla.policy"].create(
            {
                "name": "Gold",
                "company_id": cls.company.id,
                "calendar_id": cls.calendar.id,
                "target_ids": [Command.create(target) for target in targets],
                **values,
            }
        )

    def timer(self, ticket, metric="restore", state=None):
        """Return the timers of a ticket that are not superseded, or of a state."""
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["service.sla.timer"]
            .search([("ticket_id", "=", ticket.id), ("metric", "=", metric)])
            .filtered(lambda t: t.state == state if state else t.state != "superseded")
        )

    def move(self, ticket, stage, instant, **values):
        """Move tickets to a stage at an instant, as their agent."""
        self.at(ticket, instant).write({"stage_id": stage.id, **values})

    def assert_sums(self, tickets):
        """Assert that the figures of each timer add up to its wall-clock time."""
        self.env.flush_all()
        self.env.invalidate_all()
        for timer in tickets.sudo().sla_timer_ids:
            end = timer.stopped_at or timer.evaluated_at
            self.assertEqual(
                timer.counted_s + timer.paused_s + timer.gap_s + timer.off_s,
                (end - timer.started_at).total_seconds(),
                timer.metric,
            )
