# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class HelpdeskTicketStage(models.Model):
    """What a stage means for the case and for the clock of its promises."""

    _inherit = "helpdesk.ticket.stage"

    service_is_cancelled = fields.Boolean(
        string="Cancels the Case",
        help="Tickets in this stage give back what they drew from their contract.",
    )
    sla_pause_reason_id = fields.Many2one(
        "service.sla.pause.reason",
        string="Pauses the Clock",
        ondelete="restrict",
        help="While a ticket is in this stage its targets pause for this reason. "
        "Empty: the clock runs.",
    )
    sla_is_response = fields.Boolean(
        string="Counts as First Response",
        help="Entering this stage answers the customer, where the policy lets a stage "
        "count.",
    )
    sla_is_restored = fields.Boolean(
        string="Service Is Restored",
        help="In this stage and in closing stages the customer can work again: the "
        "restore target stops.",
    )

    # === BUSINESS METHODS === #

    def _is_completing(self):
        """Return whether a ticket in this stage counts as work that was completed."""
        return bool(self) and self.closed and not self.service_is_cancelled
