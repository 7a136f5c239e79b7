# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class AccountMoveLine(models.Model):
    """Lines that show what was given away."""

    _inherit = "account.move.line"

    service_courtesy_ids = fields.One2many(
        "service.charge", "courtesy_invoice_line_id", string="Given Away", readonly=True
    )

    def _free_service_billing(self):
        """What a line that goes has shown is shown by the next invoice."""
        lines_sudo = self.sudo()  # who may cancel an invoice frees what it shows
        lines_sudo.service_courtesy_ids.write({"courtesy_invoice_line_id": False})
        return super()._free_service_billing()
