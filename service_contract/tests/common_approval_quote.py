# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Quotations of extra work, as the tests of them make them."""

from datetime import date

from .common_approval import ApprovalCommon
from .common_drawdown import HOUR


class QuoteCommon(ApprovalCommon):
    """user_head: a manager of contracts who works on tickets too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_head = cls._make_user(
            "sc_head",
            "service_contract.service_contract_group_manager,"
            "helpdesk_mgmt.group_helpdesk_user",
        )
        cls.user_clerk = cls._make_user(
            "sc_clerk",
            "service_contract.service_contract_group_billing,"
            "helpdesk_mgmt.group_helpdesk_user",
        )

    def quote(
        self,
        source=None,
        user=None,
        send=False,
        validity_date=date(2025, 1, 29),
        **line_values,
    ):
        """Quote by the dialog, from a ticket or a request; return the quotation."""
        source = self.ticket if source is None else source
        wizards = (
            source.env["service.extra.work"]
            .with_user(user or self.user_agent)
            .with_context(active_model=source._name, active_ids=source.ids)
        )
        wizard = wizards.create({"send": send, "validity_date": validity_date})
        if line_values:
            wizard.line_ids.write(line_values)
        orders = self.env["sale.order"]
        before = orders.search([("partner_id", "=", self.customer.id)])
        wizard.action_apply()
        return orders.search([("partner_id", "=", self.customer.id)]) - before

    def planned(self, quantity=3, **values):
        return self.quote(
            **{"task_code_id": self.extra.id, "quantity": quantity, **values}
        )

    def standing(self, usage):
        """Return kind, hours and amount of the charges that stand."""
        return [
            (charge.kind, charge.quantity / HOUR, charge.amount)
            for charge in usage.charge_ids._get_standing().sorted("id")
        ]
