# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# A template of all companies may name what one company has: it is checked against the
# company of the contract.
OF_COMPANY = "company_id and [('company_id', 'in', (False, company_id))] or []"
# Charges that wait for a price, as the menu Unrated shows them.
UNRATED = [
    ("hold_reason", "=", "unrated"),
    ("is_reversed", "=", False),
    ("reversed_charge_id", "=", False),
]


class ServiceContractTemplate(models.Model):
    """The rate card that contracts made from the template start with."""

    _inherit = "service.contract.template"

    rate_card_id = fields.Many2one(
        "service.rate.card",
        domain=OF_COMPANY,
        ondelete="restrict",
        index="btree_not_null",
        help="What work costs that no line covers. A line may name another card.",
    )

    def _prepare_contract(self):
        return {**super()._prepare_contract(), "rate_card_id": self.rate_card_id.id}


class ServiceContractTemplateLine(models.Model):
    _inherit = "service.contract.template.line"

    task_included_ids = fields.Many2many(
        relation="service_contract_template_line_task_included_rel",
        domain=OF_COMPANY,
        check_company=False,
    )
    task_excluded_ids = fields.Many2many(
        relation="service_contract_template_line_task_excluded_rel",
        domain=OF_COMPANY,
        check_company=False,
    )
    rate_card_id = fields.Many2one(domain=OF_COMPANY, check_company=False)


class ServiceContract(models.Model):
    """The rate card of a contract. Part of its terms."""

    _inherit = "service.contract"

    rate_card_id = fields.Many2one(
        "service.rate.card",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        groups="base.group_user",
        help="What work costs that no line covers. A line may name another card.",
    )
    unrated_count = fields.Integer(
        compute="_compute_unrated_count",
        groups="service_contract.service_contract_group_user",
    )

    def _compute_unrated_count(self):
        counts = dict(
            self.env["service.charge"]._read_group(
                [("contract_id", "in", self.ids), *UNRATED],
                ["contract_id"],
                ["__count"],
            )
        )
        for contract in self:
            contract.unrated_count = counts.get(contract, 0)

    def action_view_unrated(self):
        """Open what is delivered under the contract and has no price."""
        action = self._view_related("service_contract.service_charge_action_unrated")
        action["domain"] += UNRATED
        return action

    @api.model
    def _get_locked_fields(self):
        return super()._get_locked_fields() | {"rate_card_id"}

    def _get_confirmation_error(self):
        if error := super()._get_confirmation_error():
            return error
        return (self.rate_card_id | self.line_ids.rate_card_id)._get_currency_error(
            self
        )


class ServiceContractLine(models.Model):
    _inherit = "service.contract.line"

    task_included_ids = fields.Many2many(
        relation="service_contract_line_task_included_rel"
    )
    task_excluded_ids = fields.Many2many(
        relation="service_contract_line_task_excluded_rel"
    )

    @api.constrains("rate_card_id", "contract_id")
    def _check_rate_card_currency(self):
        """Lines that are added to an agreed contract are agreed as well."""
        for line in self.filtered(lambda line: line.contract_id.confirmed_at):
            if error := line.rate_card_id._get_currency_error(line.contract_id):
                raise ValidationError(error)

    def _get_rate_card(self):
        """Return the rate card that prices work on this line; may be empty."""
        self.ensure_one()
        return self.rate_card_id or self.contract_id.rate_card_id


class ServiceRateCard(models.Model):
    _inherit = "service.rate.card"

    def _get_currency_error(self, contract):
        """Return why a contract can't have these cards, or False."""
        for card in self.sudo():  # judged alike, whoever confirms
            if card.currency_id != contract.currency_id:
                return self.env._(
                    "%(card)s is in %(card_currency)s and %(contract)s in "
                    "%(currency)s. Choose a rate card in %(currency)s, or copy this "
                    "one and write its prices in %(currency)s.",
                    card=card.name,
                    card_currency=card.currency_id.name,
                    contract=contract.display_name,
                    currency=contract.currency_id.name,
                )
        return False
