# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models


class ServiceUsage(models.Model):
    """Settlements of one contract happen one after another, each seeing the last."""

    _inherit = "service.usage"

    def _before_rating(self):
        # What is in memory alone is told, not settled: nobody waits for it.
        recorded = self.filtered("id")
        contracts = recorded.contract_id | recorded.charge_ids.contract_id
        self.env["service.contract.books"]._turn(contracts)
        return super()._before_rating()
