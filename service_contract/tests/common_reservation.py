# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Planned visits, and what they hold of an allotment."""

from datetime import datetime

from .test_counters import CountersCommon


class ReservationCommon(CountersCommon):
    def make_line(self, coverage="visits", quantity=2, **values):
        contract = self.make_contract([self.line_values(coverage, quantity, **values)])
        return contract.line_ids

    def plan(self, ticket_or_line, day="2025-01-20 09:00:00", quantity=1, user=None):
        """Plan a visit or work; return the reservation as its planner sees it."""
        is_ticket = ticket_or_line._name == "helpdesk.ticket"
        link = "ticket_id" if is_ticket else "contract_line_id"
        return (
            self.env["service.coverage.reservation"]
            .with_user(user or (self.user_agent if is_ticket else self.user_contract))
            .create(
                {
                    link: ticket_or_line.id,
                    "planned_at": datetime.fromisoformat(day),
                    "planned_quantity": quantity,
                }
            )
        )

    def balance(self, line):
        """Return (remaining, reserved, drawn) of each allotment of a line."""
        return [
            (lot.remaining, lot.reserved, lot.drawn) for lot in self.lots(line).sudo()
        ]

    def entries(self, plan):
        return [
            (entry.kind, entry.quantity) for entry in plan.sudo().entry_ids.sorted("id")
        ]

    def log(self, ticket, unit="visit", quantity=1, day="2025-01-20 10:00:00"):
        """Log a visit or time on a ticket as an agent does."""
        wizard = (
            self.env["service.usage.log"]
            .with_user(self.user_agent)
            .create(
                {
                    "ticket_id": ticket.id,
                    "unit": unit,
                    "quantity": quantity,
                    "event_at": day,
                    "description": "Done",
                }
            )
        )
        wizard.action_apply()
        return ticket.sudo().service_usage_ids.sorted("id")[-1]
