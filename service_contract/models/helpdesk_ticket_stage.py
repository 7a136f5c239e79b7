# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    service_is_cancelled = fields.Boolean(
        string="Cancels the Case",
        help="Tickets in this stage give back what they drew from their contract.",
    )
