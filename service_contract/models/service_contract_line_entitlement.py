# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models

from ..engine import entitlement


class ServiceContractLine(models.Model):
    """Finding the line that covers a ticket: facts for ``engine/entitlement.py``."""

    _inherit = "service.contract.line"

    @api.model
    def _rank_for_tickets(self, tickets):
        """Judge the lines of each ticket's customer, and those shared with him.

        The number of queries does not grow with the tickets.

        :param tickets: helpdesk.ticket records
        :return: by ticket, the verdicts, the line to use first; see ``rank``
        """
        customers = tickets.partner_id.commercial_partner_id
        lines_sudo = self.sudo().search(  # agents: no contract ACL
            [
                ("company_id", "in", tickets.company_id.ids),
                "|",
                ("contract_id.commercial_partner_id", "in", customers.ids),
                ("contract_id.beneficiary_ids", "in", customers.ids),
                ("contract_id.active", "=", True),
                ("coverage_type", "!=", "none"),
            ],
            order="id",
        )
        balances = lines_sudo._get_refusing_lots(tickets)
        by_customer = {}
        for line in lines_sudo:
            for customer in line.contract_id._get_customers() & customers:
                by_customer.setdefault((line.company_id, customer), []).append(line)
        return {
            ticket: entitlement.rank(
                ticket._get_entitlement_request(),
                [
                    line._get_candidate(ticket, balances)
                    for line in by_customer.get(
                        (ticket.company_id, ticket.partner_id.commercial_partner_id), ()
                    )
                ],
            )
            for ticket in tickets
        }

    def _get_refusing_lots(self, tickets):
        """Return the lots of lines that refuse tickets when used up, by line."""
        refusing = self.filtered(
            lambda line: line._is_counted() and line.exhaustion_policy == "block"
        )
        if not refusing:
            return {}
        instants = [ticket._get_requested_at() for ticket in tickets]
        return (
            self.env["service.coverage.counter"]
            .sudo()  # agents: no contract ACL
            .search(
                [
                    ("contract_line_id", "in", refusing.ids),
                    ("valid_from", "<=", max(instants)),
                    "|",
                    ("valid_to", "=", False),
                    ("valid_to", ">", min(instants)),
                ]
            )
            .grouped("contract_line_id")
        )

    def _get_candidate(self, ticket, lots_by_line):
        """Return the line as the engine judges it at the time of a ticket."""
        self.ensure_one()
        contract = self.contract_id
        instant = ticket._get_requested_at()
        day = contract._local_day(instant)
        return entitlement.Candidate(
            key=self.id,
            state=contract._state_on(day),
            day=day,
            start=self.date_start,
            end=self._get_end(),
            priority=self.priority,
            age_rank=contract.id,
            refuses=self._refuses(instant, lots_by_line),
            contacts=frozenset((self.contact_ids or contract.contact_ids).ids),
            sites=frozenset((self.site_ids or contract.site_ids).ids),
            items=frozenset(
                (item.product_id.id, item.serial or None)
                for item in self.covered_item_ids
            ),
            categories=frozenset(self.category_ids.ids),
            channels=frozenset(self.channel_ids.ids),
            is_shared=contract._is_shared_with(ticket.partner_id),
        )

    def _refuses(self, instant, lots_by_line):
        """Whether the line takes no more tickets: used up, and its policy blocks."""
        self.ensure_one()
        if self.exhaustion_policy != "block" or not self._is_counted():
            return False
        if self.next_lot_at and self.next_lot_at <= instant:
            return False
        lots = lots_by_line.get(self, ())
        return not any(lot.remaining > 0 for lot in lots if lot._is_valid_at(instant))
