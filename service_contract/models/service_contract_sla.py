# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class ServiceContractTemplate(models.Model):
    """Tier and service level that contracts made from the template start with."""

    _inherit = "service.contract.template"

    tier_id = fields.Many2one(
        "service.tier",
        ondelete="restrict",
        index="btree_not_null",
        help="Level of service. Targets and routing may depend on it.",
    )
    sla_policy_id = fields.Many2one(
        "service.sla.policy",
        string="SLA Policy",
        domain="company_id and [('company_id', 'in', (False, company_id))] or []",
        ondelete="restrict",
        index="btree_not_null",
        help="What is promised on tickets of the contract. Empty: the policy for "
        "everybody else.",
    )

    def _prepare_contract(self):
        return {
            **super()._prepare_contract(),
            "tier_id": self.tier_id.id,
            "sla_policy_id": self.sla_policy_id.id,
        }


class ServiceContractTemplateLine(models.Model):
    """A template of all companies may name the policy of one: what is promised is
    checked against the company of the contract."""

    _inherit = "service.contract.template.line"

    sla_policy_id = fields.Many2one(
        domain="company_id and [('company_id', 'in', (False, company_id))] or []",
        check_company=False,
    )


class ServiceContract(models.Model):
    """What is promised on the tickets of a contract. Part of its terms."""

    _inherit = "service.contract"

    tier_id = fields.Many2one(
        "service.tier",
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        help="Level of service. Targets and routing may depend on it.",
    )
    sla_policy_id = fields.Many2one(
        "service.sla.policy",
        string="SLA Policy",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        help="What is promised on tickets of this contract, unless a line says "
        "otherwise. Empty: the policy for everybody else.",
    )

    @api.model
    def _get_locked_fields(self):
        return super()._get_locked_fields() | {"tier_id", "sla_policy_id"}

    def _get_confirmation_error(self):
        if error := super()._get_confirmation_error():
            return error
        policies = self.sla_policy_id | self.line_ids.sla_policy_id
        for policy in policies.sudo():  # judged alike, whoever confirms
            if error := policy._get_calendar_error():
                return error
        return False
