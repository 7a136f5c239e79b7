# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from ..engine.billing import RECURRING

CREDIT_FIELDS = (
    "sla_credit_rule",
    "sla_credit_amount",
    "sla_credit_percent",
    "sla_credit_cap",
)


class ServiceContractTemplate(models.Model):
    """The SLA credit that contracts made from the template promise."""

    _name = "service.contract.template"
    _inherit = ["service.contract.template", "service.sla.credit.mixin"]

    def _prepare_contract(self):
        return {
            **super()._prepare_contract(),
            **{name: self[name] for name in CREDIT_FIELDS},
        }


class ServiceContract(models.Model):
    """The SLA credit that a contract promises."""

    _name = "service.contract"
    _inherit = ["service.contract", "service.sla.credit.mixin"]

    sla_credit_ids = fields.One2many(
        "service.sla.credit", "contract_id", string="SLA Credits", copy=False
    )
    sla_credit_count = fields.Integer(compute="_compute_sla_credit_count")

    @api.depends("sla_credit_ids")
    def _compute_sla_credit_count(self):
        counts = dict(
            self.env["service.sla.credit"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.sla_credit_count = counts.get(contract, 0)

    @api.model_create_multi
    def create(self, vals_list):
        is_copied = [
            bool(vals.get("template_id")) and "sla_credit_amount" not in vals
            for vals in vals_list
        ]
        contracts = super().create(vals_list)
        for contract, copied in zip(contracts, is_copied, strict=True):
            currency = contract.template_id.currency_id
            if copied and contract.sla_credit_amount and currency:
                contract.sla_credit_amount = currency._convert(
                    contract.sla_credit_amount,
                    contract.currency_id,
                    contract.company_id,
                    contract._today(),
                )
        return contracts

    def action_view_sla_credits(self):
        """Open the SLA credits of the contract."""
        return self._view_related("service_contract.service_sla_credit_action")

    @api.model
    def _get_locked_fields(self):
        return super()._get_locked_fields() | set(CREDIT_FIELDS)


class ServiceContractLine(models.Model):
    """The fee that SLA credits are a share of."""

    _inherit = "service.contract.line"

    def _get_credit_period(self, day):
        """Return the billing period of a day and what the customer pays for it.

        :param day: in the contract's zone
        :return: the first day, the first day after it (None for an open end), and the
            fee in minor units; None for a day that the line does not serve
        """
        self.ensure_one()
        end = self._get_end()
        if not self.date_start or day < self.date_start or (end and day >= end):
            return None
        if self.billing_unit == "once":
            return self.date_start, end, self._get_price_minor()
        period = self._get_overage_period(day)
        if self.billing_unit == "never":
            return period.start, period.end, 0
        holds = []
        contract = self.contract_id
        if contract.hold_billing == "skip":
            holds = [
                (hold.date_from, hold.date_to or None) for hold in contract.hold_ids
            ]
        fee = self._get_period_amount(period, holds, RECURRING)
        return period.start, period.end, fee or 0
