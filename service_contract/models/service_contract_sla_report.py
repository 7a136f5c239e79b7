# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ServiceContract(models.Model):
    """How well the contract's promises were kept."""

    _inherit = "service.contract"

    sla_verdict_count = fields.Integer(
        string="SLA Verdicts",
        compute="_compute_sla_hit_rate",
        compute_sudo=False,
        groups="service_contract.service_contract_group_user",
    )
    sla_hit_rate = fields.Float(
        string="SLA Hit Rate (%)",
        compute="_compute_sla_hit_rate",
        compute_sudo=False,
        digits=(5, 1),
        groups="service_contract.service_contract_group_user",
    )

    def _compute_sla_hit_rate(self):
        rates = {
            contract: (count, rate)
            for contract, count, rate in self.env["service.sla.report"]._read_group(
                [("contract_id", "in", self.ids)],
                ["contract_id"],
                ["__count", "hit_rate:avg"],
            )
        }
        for contract in self:
            count, rate = rates.get(contract._origin, (0, 0.0))
            contract.sla_verdict_count = count
            contract.sla_hit_rate = rate

    def action_view_sla_report(self):
        """Open the verdicts on the contract's targets."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_sla_report_action"
        )
        action["domain"] = [("contract_id", "=", self.id)]
        action["context"] = {"search_default_group_week": 1}
        return action
