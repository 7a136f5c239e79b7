# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models


class HelpdeskTicket(models.Model):
    """What a ticket draws from its contract line."""

    _inherit = "helpdesk.ticket"

    # === BUSINESS METHODS: DRAW-DOWN === #

    def _sync_usages(self):
        """Make the case and the time of the tickets draw what they should."""
        usage_model = self.env["service.usage"].sudo()  # ledger: no ACL
        tickets = self.sudo()  # who may write a ticket may lack rights on its time
        usage_model._sync(
            "ticket", {ticket: ticket._prepare_case_usage() for ticket in tickets}
        )
        # Not ``timesheet_ids``: who reads the ticket next would be refused all of them.
        times = tickets.env["account.analytic.line"]
        times.search([("ticket_id", "in", tickets.ids)])._sync_usages()
        usage_model._sync_logged(
            {ticket: ticket._prepare_logged_usage() for ticket in tickets}
        )

    def _prepare_case_usage(self):
        """Return the values of the ticket's case, or None while it counts none."""
        self.ensure_one()
        line = self.service_contract_line_id
        moment = self.requested_at
        if not line or self.stage_id.service_is_cancelled or self.duplicate_id:
            return None
        if line.draw_moment == "resolve":
            if not self.stage_id.closed:
                return None
            moment = self._get_resolved_at()
        return {
            **self._prepare_service_usage(),
            "description": self.display_name,
            "unit": "case",
            "quantity": 1,
            "event_at": moment,
            "task_code_id": self._get_case_task().id,
        }

    def _prepare_logged_usage(self):
        """Return what the visits and parts typed on the ticket have in common, or
        None while they count for nothing."""
        self.ensure_one()
        if not self.service_contract_line_id or self.stage_id.service_is_cancelled:
            return None
        return self._prepare_service_usage()

    def _prepare_service_usage(self):
        """Return what the usages of the ticket have in common."""
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "partner_id": self.commercial_partner_id.id,
            "contract_line_id": self.service_contract_line_id.id,
            "exempt_reason": self.no_decrement_reason if self.no_decrement else None,
            "site_id": self.site_id.id,
            "zone_id": (self.site_id or self.partner_id).service_travel_zone_id.id,
            "ticket_id": self.id,
        }

    def _get_time_line(self, instant):
        """Return the contract line that time on the ticket is charged to.

        :param instant: when the work was done (naive UTC)
        """
        self.ensure_one()
        own = self.service_contract_line_id
        takers = own.contract_id.line_ids.filtered(
            lambda line: line.takes_time and line._serves_at(instant)
        )
        return own if own in takers else takers[:1] or own

    def _rate_item_again(self):
        """Rate the work again, since another item may be under warranty."""
        lines = self.sudo().service_contract_line_id  # agents: no contract ACL
        if not any(lines.covered_item_ids.mapped("date_warranty_end")):
            return
        usages = self.env["service.usage"].sudo()  # ledger: no ACL
        usages = usages.search([("ticket_id", "in", self.ids), ("is_void", "=", False)])
        (usages - usages._get_fixed())._settle_again()

    def _get_resolved_at(self):
        """Return when the ticket was resolved (naive UTC).

        The closing date moves when the stage is written again; a case that is drawn
        stays where it is until the ticket is reopened.
        """
        self.ensure_one()
        case = self._get_case().filtered(
            lambda usage: usage.contract_line_id == self.service_contract_line_id
        )
        return case.event_at or self.closed_date or self.requested_at

    def _get_case_task(self):
        """Return the task of the case: the ticket's, until it is invoiced or ruled.

        None where cases are not counted: nobody is asked about a case that costs
        nothing, only about the work on it.
        """
        self.ensure_one()
        task, case = self.service_task_code_id, self._get_case()
        if self.service_contract_line_id.coverage_type != "cases":
            task = task.browse()
        if case.task_code_id != task and case._get_fixed():
            return case.task_code_id
        return task

    def _get_case(self):
        """Return the usage of the ticket's case, if there is one that counts."""
        self.ensure_one()
        return self.service_usage_ids.filtered(
            lambda usage: usage.source == "ticket" and not usage.is_void
        )
