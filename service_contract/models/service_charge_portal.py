# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models
from odoo.tools import format_date, formatLang


class ServiceCharge(models.Model):
    """What customers see of a charge."""

    _inherit = "service.charge"

    def _get_portal_values(self, tickets):
        """Return what the pages show of one draw.

        :param tickets: what is shown of tickets, by id
        """
        self.ensure_one()
        kinds = {
            "covered": self.env._("Covered"),
            "billable": self.env._("Billed"),
            "courtesy": self.env._("Courtesy, free of charge"),
            "warranty": self.env._("Warranty, free of charge"),
            "excluded": self.env._("Not charged"),
            "to_approve": self.env._("To be agreed with you"),
        }
        ticket = self.ticket_id
        is_typed = not ticket and self.usage_id.source in ("manual", "import", "api")
        return {
            "day": format_date(self.env, self.contract_id._local_day(self.event_at)),
            "ticket": tickets.get(ticket.id),
            # Descriptions of timesheets are written for colleagues.
            "description": is_typed and self.description or "",
            "quantity": self.quantity_text,
            "kind": self.kind,
            "kind_text": kinds[self.kind],
            "amount": self.kind == "billable"
            and formatLang(self.env, self.amount, currency_obj=self.currency_id)
            or "",
            "why": self.explanation_text.split("\n"),
            "gates": self._get_gates(),
        }
