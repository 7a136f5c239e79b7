# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ResCompany(models.Model):
    """How requests for approval are handled."""

    _inherit = "res.company"

    service_approval_own = fields.Boolean(
        string="Decide Own Requests",
        help="Who asks may also decide, if a rule lets him. Managers always may.",
    )
    service_quote_pause_reason_id = fields.Many2one(
        "service.sla.pause.reason",
        string="Pause while Extra Work Waits",
        ondelete="set null",
        help="The clocks of a ticket stand still for this reason while the customer "
        "has a quotation of extra work. Empty: they run.",
    )
