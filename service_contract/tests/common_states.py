# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Contracts in every state."""

from datetime import date

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import ServiceContractCommon


class ContractStatesCommon(ServiceContractCommon, CronMixinCase):
    def make_in_state(self, state):
        """Make a contract that is in a state today, by the verbs alone."""
        dates = {
            "invoiced": {"date_start": date(2025, 2, 1)},
            "expired": {"date_start": date(2024, 1, 1), "date_end": date(2024, 12, 31)},
        }
        contract = self.make_contract(confirm=state != "draft", **dates.get(state, {}))
        if state == "on_hold":
            contract.action_hold(reason="Closed for a month")
        if state == "cancelled":
            contract.action_cancel(reason="Moved away")
        self.assertEqual(contract.state, state)
        return contract
