# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import fields, models


class AccountAnalyticLine(models.Model):
    """Time that no ticket put on a contract, and somebody put there afterwards."""

    _inherit = "account.analytic.line"

    service_found_line_id = fields.Many2one(
        "service.contract.line",
        string="Charged To",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="Chosen when it was found that nothing was recorded of this time.",
    )
    service_found_reason = fields.Char(
        string="Given Away Because", readonly=True, copy=False
    )

    def _prepare_time_usage(self):
        vals = super()._prepare_time_usage()
        line = self.service_found_line_id
        if not line:
            return vals
        if not vals:
            vals = self._prepare_found_usage(line)
        if vals and self.service_found_reason and not vals.get("exempt_reason"):
            vals["exempt_reason"] = self.service_found_reason
        return vals

    def _prepare_found_usage(self, line):
        """Return the usage of time that is charged to a line, or None of no time."""
        seconds = self._get_service_seconds()
        if seconds <= 0:
            return None
        ticket, start = self.ticket_id, self.service_started_at
        site = ticket.site_id or ticket.partner_id
        return {
            "company_id": line.company_id.id,
            "partner_id": self._get_served_customer(line.contract_id).id,
            "contract_line_id": line.id,
            "ticket_id": ticket.id,
            "site_id": ticket.site_id.id,
            "zone_id": site.service_travel_zone_id.id,
            "description": self.name,
            "unit": "second",
            "quantity": seconds,
            "event_at": start or line.contract_id._get_noon(self.date),
            "ended_at": start and start + timedelta(seconds=seconds),
            **self._get_worker_facts(),
        }

    def _get_served_customer(self, contract):
        """Return for whom it was: a customer a contract is shared with, or its own."""
        served = self.ticket_id.partner_id or self.partner_id
        customer = (served or self.project_id.partner_id).commercial_partner_id
        is_shared = contract._is_shared_with(customer)
        return customer if is_shared else contract.commercial_partner_id

    def _get_worker_facts(self):
        """Return who did which kind of work, as a usage says it."""
        employee = self.employee_id
        return {
            "task_code_id": self.service_task_code_id.id,
            "employee_id": employee.id,
            "role_id": employee.service_role_id.id,
            "level_id": employee.service_level_id.id,
        }
