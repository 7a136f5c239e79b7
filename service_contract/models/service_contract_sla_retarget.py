# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models


class ServiceContract(models.Model):
    """Another promise of a contract is one for its open tickets too."""

    _inherit = "service.contract"

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"sla_policy_id", "tier_id", "tz"}:
            self.line_ids._retarget_open_tickets()
        return result


class ServiceContractLine(models.Model):
    _inherit = "service.contract.line"

    def write(self, vals):
        result = super().write(vals)
        if "sla_policy_id" in vals:
            self._retarget_open_tickets()
        return result

    def _retarget_open_tickets(self):
        """Look again, in one batch, which targets apply to the lines' open tickets."""
        tickets = self.env["helpdesk.ticket"].sudo()  # of all agents
        tickets.search(
            [
                ("service_contract_line_id", "in", self.ids),
                ("stage_id.closed", "=", False),
            ]
        )._sync_sla(retarget=True)
