# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ServiceSlaPauseReason(models.Model):
    """Why a clock may stand still: the customer is asked, a part is ordered, …

    Chosen by a stage or by a person; how long it may last is decided here.
    """

    _name = "service.sla.pause.reason"
    _description = "SLA Pause Reason"
    _inherit = ["service.terms.cache.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(copy=False, help="Short name for imports and reports. Unique.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_customer_visible = fields.Boolean(
        string="Shown to the Customer",
        help="The customer reads this reason on the ticket.",
    )
    max_hours = fields.Float(
        string="Longest Pause (hours)",
        help="A pause ends by itself after so many hours, nights and weekends "
        "included. 0: no limit.",
    )
    budget_hours = fields.Float(
        string="Budget per Ticket (hours)",
        help="All pauses of a ticket for this reason together may last so many hours, "
        "nights and weekends included. 0: no limit.",
    )
    ends_on_reply = fields.Boolean(
        string="Ends with the Customer's Answer",
        default=True,
        help="The clock runs again as soon as the customer writes.",
    )

    _code_uniq = models.UniqueIndex(
        "(code) WHERE code IS NOT NULL", "Another pause reason has this code already."
    )
    _limits = models.Constraint(
        "CHECK (max_hours >= 0 AND budget_hours >= 0)",
        "The limits of a pause can't be negative. 0 means no limit.",
    )
