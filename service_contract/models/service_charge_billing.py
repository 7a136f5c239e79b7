# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class ServiceCharge(models.Model):
    """When a charge is billed."""

    _inherit = "service.charge"

    bill_date = fields.Date(
        compute="_compute_bill_date",
        store=True,
        precompute=True,
        help="When the charge is to be invoiced: the day after the period in which it "
        "was delivered. Empty for credits and free work: they join the next invoice.",
    )

    _bill_date_idx = models.Index(
        "(contract_id, bill_date) WHERE billing_state = 'to_invoice'"
    )

    @api.depends(
        "kind",
        "amount",
        "event_at",
        "contract_line_id.date_cancelled",
        "contract_line_id.contract_id.date_cancelled",
    )
    def _compute_bill_date(self):
        for charge in self:
            due = charge.kind == "billable" and charge.amount > 0
            charge.bill_date = due and charge._get_billing_period().end

    def _get_billing_day(self):
        """Return the day of delivery in the contract's time zone."""
        self.ensure_one()
        return self.contract_id._local_day(self.event_at)

    def _get_billing_period(self):
        """Return the period of the contract line that the charge is billed for."""
        self.ensure_one()
        return self.contract_line_id._get_overage_period(self._get_billing_day())

    def _free(self):
        """Take the charges off their invoice line: they are to be invoiced again.

        A charge that was reversed meanwhile and its credit, not billed yet, cancel
        each other out.
        """
        credit_by_charge = self.search(
            [
                ("reversed_charge_id", "in", self.ids),
                ("billing_state", "=", "to_invoice"),
            ]
        ).grouped("reversed_charge_id")
        void = self.filtered(lambda charge: charge in credit_by_charge)
        credits = self.browse().union(*credit_by_charge.values())
        (void | credits).write({"billing_state": "cancelled", "invoice_line_id": False})
        (self - void).write({"billing_state": "to_invoice", "invoice_line_id": False})
