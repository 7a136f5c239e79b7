# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import billing


class ServiceCharge(models.Model):
    """Charges without a usage: SLA credits. They bill no service, they give back."""

    _inherit = "service.charge"

    usage_id = fields.Many2one(required=False)
    sla_credit_id = fields.Many2one(
        "service.sla.credit",
        string="SLA Credit",
        ondelete="restrict",
        index="btree_not_null",
    )
    description = fields.Char(related=None, compute="_compute_description")

    _has_origin = models.Constraint(
        "CHECK (usage_id IS NOT NULL OR sla_credit_id IS NOT NULL"
        " OR reversed_charge_id IS NOT NULL)",
        "A charge is of something delivered, or of an SLA credit.",
    )
    _sla_credit_once = models.UniqueIndex(
        "(sla_credit_id) WHERE sla_credit_id IS NOT NULL AND is_reversed IS NOT TRUE",
        "This SLA credit has its charge already.",
    )

    @api.depends("usage_id.description", "sla_credit_id", "reversed_charge_id")
    @api.depends_context("lang")
    def _compute_description(self):
        for charge in self:
            origin = charge if charge.usage_id else charge._get_credit_charge()
            charge.description = (
                origin.usage_id.description or origin.sla_credit_id.explanation
            )

    @api.depends("sla_credit_id")
    def _compute_display_name(self):
        credits = self.filtered(lambda charge: not charge.usage_id)
        for charge in credits:
            charge.display_name = charge.description
        return super(ServiceCharge, self - credits)._compute_display_name()

    def _get_credit_charge(self):
        """Return the charge that carries the credit: itself, or what it reverses."""
        return self if self.sla_credit_id else self.reversed_charge_id

    def _explain(self, rule):
        if rule["code"] == "sla_credit":
            return self.env._("The contract promises a credit for each miss.")
        return super()._explain(rule)

    def _decide(self, kind, reason):
        if any(not charge.usage_id for charge in self):
            raise UserError(
                self.env._("This is an SLA credit. Refuse the credit instead.")
            )
        return super()._decide(kind, reason)

    def _get_portal_values(self, tickets, share):
        values = super()._get_portal_values(tickets, share)
        if not self.usage_id:
            values |= {
                "ticket": tickets.get(self.sla_credit_id.ticket_id.id),
                "description": self.description,
                "quantity": "",
                "kind_text": self.env._("Credit"),
            }
        return values


class ServiceContractLine(models.Model):
    """SLA credits on the invoice: a line each, in the customer's words."""

    _inherit = "service.contract.line"

    def _plan_overage(self, charges, billed):
        credits = charges.filtered("sla_credit_id")
        planned = super()._plan_overage(charges - credits, billed)
        if not credits:
            return planned
        corrections = [p.number for p in planned if p.kind == billing.CORRECTION]
        corrections += billed.get((self.id, billing.CORRECTION), ())
        number = max(corrections, default=0)
        days = [charge._get_billing_day() for charge in credits]
        lines = tuple(self._plan_credit_line(charge) for charge in credits)
        end = max(days) + timedelta(days=1)
        return [
            *planned,
            billing.PlannedPeriod(
                self.id, billing.CORRECTION, number + 1, min(days), end, lines
            ),
        ]

    def _plan_credit_line(self, charge):
        """Return the invoice line of one credit."""
        scale = 10**self.currency_id.decimal_places
        amount = round(charge.amount * scale)
        credit = charge.sla_credit_id.with_env(self.env)  # the customer's language
        label = self.env._("Credit: %(why)s", why=credit.explanation)
        return billing.PlannedLine(
            self.product_id.id, label, 1.0, amount / scale, 0.0, amount, (charge.id,)
        )
