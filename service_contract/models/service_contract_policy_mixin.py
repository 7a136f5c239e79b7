# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ServiceContractPolicyMixin(models.AbstractModel):
    """How tickets, holds, invoices and warnings are dealt with.

    Decided on the contract template, and copied to each contract that is made of it.
    """

    _name = "service.contract.policy.mixin"
    _description = "Policies of a Contract"

    ticket_policy = fields.Selection(
        [("accept", "Accept and warn"), ("refuse", "Refuse")],
        string="Tickets Without Service",
        default="accept",
        required=True,
        help="What happens to a ticket that is put on a contract which is draft, on "
        "hold, expired or cancelled.",
    )
    hold_billing = fields.Selection(
        [("continue", "Bill as usual"), ("skip", "Do not bill held days")],
        string="Billing While On Hold",
        default="skip",
        required=True,
        help="Held days of periods that are already invoiced stay invoiced.",
    )
    warning_percent = fields.Integer(
        string="Nearly Used Up (%)",
        default=80,
        help="From this share of the allotment on, tickets show a warning.",
    )
    invoice_posting = fields.Selection(
        [("draft", "Leave as draft"), ("post", "Post")],
        string="Invoices",
        default="draft",
        required=True,
        help="What the billing run does with the invoices it makes.",
    )

    @api.constrains("warning_percent")
    def _check_warning_percent(self):
        if any(not 0 <= record.warning_percent <= 100 for record in self):
            raise ValidationError(
                self.env._("The warning share must be from 0 to 100 %.")
            )
