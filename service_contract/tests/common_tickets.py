# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tickets of customers, and the lines that may cover them."""

from .common import ServiceContractCommon


class TicketsCommon(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category, cls.category_2 = cls.env["helpdesk.ticket.category"].create(
            [{"name": "Ovens"}, {"name": "Fridges"}]
        )
        cls.channel, cls.channel_2 = cls.env["helpdesk.ticket.channel"].create(
            [{"name": "Carrier pigeon"}, {"name": "Smoke signal"}]
        )

    def make_line(self, coverage="unlimited", quantity=0, contract=None, **values):
        """Make a contract with one line of these terms and return the line."""
        return self.make_contract(
            [self.line_values(coverage, quantity, **values)], **(contract or {})
        ).line_ids

    def failed(self, ticket):
        """Return the failed conditions, by line id."""
        return {
            verdict["line"]: verdict["failed"]
            for verdict in ticket.sudo().service_lookup
        }
