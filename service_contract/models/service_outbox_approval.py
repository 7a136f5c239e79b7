# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ServiceOutbox(models.Model):
    """Mails to those who may decide."""

    _inherit = "service.outbox"

    purpose = fields.Selection(
        selection_add=[("approval", "Approval")], ondelete={"approval": "cascade"}
    )
