# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime, time
from zoneinfo import ZoneInfo

from odoo import api, fields, models


class ServiceContract(models.Model):
    """Whether invoices show what was given away."""

    _inherit = "service.contract"

    show_courtesy = fields.Boolean(
        string="Show Courtesies on Invoices",
        help="What was given away in a period is a line of the invoice at 0, with its "
        "value in words.",
    )
    courtesy_ids = fields.One2many(
        "service.courtesy", "contract_id", string="Courtesies"
    )
    courtesy_count = fields.Integer(compute="_compute_courtesy_count")

    @api.depends("courtesy_ids")
    def _compute_courtesy_count(self):
        counts = dict(
            self.env["service.courtesy"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.courtesy_count = counts.get(contract, 0)

    def action_view_courtesies(self):
        """Open what this contract was given."""
        return self._view_related("service_contract.service_courtesy_action")

    def _get_noon(self, day):
        """Return noon of a day in the contract's zone (naive UTC), when work counts
        whose hour is not known."""
        self.ensure_one()
        noon = datetime.combine(day, time(12), ZoneInfo(self.tz or "UTC"))
        return noon.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)

    def _get_due_charges(self, days):
        charges = super()._get_due_charges(days)
        shown = self.env["service.charge"]._get_courtesies_to_show(days)
        for contract, given in shown.items():
            charges[contract] = charges.get(contract, given.browse()) | given
        return charges

    def _plan_overage(self, charges, amount, billed):
        given = charges.filtered(lambda charge: charge.kind == "courtesy")
        planned = super()._plan_overage(charges - given, amount, billed)
        for line, charges_of_line in given.grouped("contract_line_id").items():
            planned += line.with_env(self.env)._plan_courtesies(charges_of_line, billed)
        return planned

    def _link_charges(self, plan, move):
        """Note which invoice line shows what was given away."""
        result = super()._link_charges(plan, move)
        planned = [line for period in plan.periods for line in period.lines]
        if not any(line.shown_ids for line in planned):
            return result
        made = move.invoice_line_ids.filtered("service_billing_period_id").sorted("id")
        charge_model = self.env["service.charge"].sudo()  # ledger: no ACL
        for line, invoice_line in zip(planned, made, strict=True):
            charge_model.browse(line.shown_ids).courtesy_invoice_line_id = invoice_line
        return result


class ServiceContractTemplate(models.Model):
    """Whether invoices of contracts made from the template show what is given away."""

    _inherit = "service.contract.template"

    show_courtesy = fields.Boolean(
        string="Show Courtesies on Invoices",
        help="What was given away in a period is a line of the invoice at 0, with its "
        "value in words.",
    )

    def _prepare_contract(self):
        return {**super()._prepare_contract(), "show_courtesy": self.show_courtesy}
