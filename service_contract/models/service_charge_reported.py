# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models

from ..importing.events import write_instant, write_quantity


class ServiceCharge(models.Model):
    """What other systems read of a charge."""

    _inherit = "service.charge"

    def _get_reported_values(self):
        """Return the charge as the API answers it, with the reasons in words."""
        self.ensure_one()
        currency = self.currency_id
        unit, quantity = write_quantity(
            self.unit, self.quantity, currency.decimal_places
        )
        return {
            "kind": self.kind,
            "line_id": self.contract_line_id.id,
            "event_at": write_instant(self.event_at),
            "unit": unit,
            "quantity": quantity,
            "amount": f"{self.amount:.{currency.decimal_places}f}",
            "currency": currency.name,
            "billing": self.billing_state,
            "invoice": self.invoice_line_id.move_id.name or None,
            "reason": self.reason or None,
            "why": self.explanation_text.split("\n"),
        }
