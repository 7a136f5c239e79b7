# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models


class ServiceUsage(models.Model):
    """Whether the warranty of the item that was worked on covers a usage."""

    _inherit = "service.usage"

    def _get_warranty(self, day):
        """Return whether a warranty that is valid on a day includes this kind of work.

        :param day: local day in the contract's zone
        :return: None where no warranty is valid
        """
        self.ensure_one()
        ticket = self.ticket_id
        if not (ticket.product_id or ticket.product_serial):
            return None
        # Time may be charged to another line than the one that covers the item.
        lines = self.contract_line_id | ticket.service_contract_line_id
        valid = lines.covered_item_ids.filtered(
            lambda item: item._has_warranty(ticket, day)
        )
        return any(valid.mapped(self._get_warranty_kind())) if valid else None

    def _get_warranty_kind(self):
        """Return the field of an item that says whether its warranty includes this."""
        if self.unit == "metre" or self.task_code_id.is_travel:
            return "warranty_travel"
        return (
            "warranty_parts" if self.unit in ("minor", "piece") else "warranty_labour"
        )
