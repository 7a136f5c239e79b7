# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

KINDS = [
    ("scope", "Scope"),
    ("coverage", "Coverage"),
    ("quota", "Quota"),
    ("rate", "Rate"),
    ("waiver", "Waiver"),
    ("credit", "SLA credit"),
]


class ServiceApprovalRule(models.Model):
    """Who may decide about what, and up to which amount.

    Rules add up: somebody may decide what one of them lets him decide. Those of a
    contract replace the general ones of the same kind for that contract. Without a
    rule nobody may.
    """

    _name = "service.approval.rule"
    _description = "Approval Rule"
    _inherit = ["service.terms.cache.mixin"]
    _order = "sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="Those of the first rules are asked.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        help="Empty: in all companies.",
    )
    contract_id = fields.Many2one(
        "service.contract",
        string="Only Contract",
        check_company=True,
        ondelete="cascade",
        index="btree_not_null",
        help="For this contract its rules replace the general ones of the same kind.",
    )
    kind = fields.Selection(
        KINDS,
        required=True,
        help="Scope: work outside of what the contract includes. Coverage: work that "
        "no allotment covers. Quota: more than the share of a site. Rate: another "
        "price than the rate card's. Waiver: work that is given away. SLA credit: what "
        "is given back for a missed target.",
    )
    group_id = fields.Many2one(
        "res.groups",
        string="Role",
        ondelete="restrict",
        help="Everybody with this role may decide.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="People",
        domain="[('share', '=', False)]",
        help="These people may decide, whatever their role.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount_limit = fields.Monetary(
        string="Up To",
        help="Largest amount of one request, in the currency of the company. "
        "0: no limit.",
    )
    valid_days = fields.Integer(
        string="Valid For (days)",
        default=7,
        required=True,
        help="A request that nobody has decided about by then is expired.",
    )
    tells_by_mail = fields.Boolean(
        string="Also by Mail",
        default=True,
        help="Those who are asked get a mail with a link to approve or refuse, beside "
        "the activity.",
    )

    _amount_limit = models.Constraint(
        "CHECK (amount_limit >= 0)", "A limit can't be negative; 0 means no limit."
    )
    _valid_days = models.Constraint(
        "CHECK (valid_days > 0)", "A request is valid for at least one day."
    )

    # === COMPUTE METHODS === #

    @api.depends("contract_id")
    def _compute_company_id(self):
        for rule in self:
            rule.company_id = rule.contract_id.company_id or rule.company_id

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for rule in self:
            rule.currency_id = (rule.company_id or self.env.company).currency_id

    # === CONSTRAINTS === #

    @api.constrains("kind", "group_id", "user_ids")
    def _check_somebody(self):
        for rule in self:
            if not rule.group_id and not rule.user_ids:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: choose a role, people or both.", rule=rule.name
                    )
                )

    @api.constrains("user_ids")
    def _check_people_see_requests(self):
        approvals = self.env["service.approval"]
        for user in self.user_ids:
            if not approvals.with_user(user).has_access("read"):
                raise ValidationError(
                    self.env._(
                        "%(user)s sees no requests. Give a role in Service Contracts "
                        "or Helpdesk first.",
                        user=user.display_name,
                    )
                )

    # === BUSINESS METHODS === #

    @api.model
    def _get_all(self):
        """Return all rules that are in force, in order."""
        return self.sudo().browse(self._get_ids())  # everybody asks what they may do

    @api.model
    @ormcache()
    def _get_ids(self):
        return tuple(self.sudo().search([("active", "=", True)]).ids)  # as above

    def _filter_for(self, kind, contract):
        """Return those of these rules that speak about a decision.

        :param kind: see ``KINDS``
        :param contract: the contract that it is about
        """
        companies = contract.company_id.sudo().parent_ids  # branches: their companies
        rules = self.filtered(
            lambda rule: (
                rule.kind == kind
                and (not rule.company_id or rule.company_id in companies)
            )
        )
        own = rules.filtered(lambda rule: rule.contract_id == contract)
        return own or rules.filtered(lambda rule: not rule.contract_id)

    def _filter_user(self, user):
        """Return those of these rules that name a person or one of his roles."""
        groups = user.sudo().all_group_ids  # who asks may lack rights on users
        return self.filtered(
            lambda rule: rule.group_id in groups or user in rule.user_ids
        )

    def _filter_amount(self, amount):
        """Return those of these rules whose limit is not below an amount.

        :param amount: in the currency of the company; None where nobody knows it,
            which is above every limit
        """
        unlimited = self.filtered(lambda rule: not rule.amount_limit)
        if amount is None:
            return unlimited
        return self.filtered(
            lambda rule: (
                rule in unlimited
                or rule.currency_id.compare_amounts(abs(amount), rule.amount_limit) <= 0
            )
        )

    def _get_users(self, company):
        """Return the people whom these rules name, in order of the rules.

        :param company: where they must work
        """
        users = self.env["res.users"].sudo()  # who asks may lack rights on users
        for rule in self:
            found = rule.user_ids | rule.group_id.all_user_ids
            users |= found.filtered(
                lambda user: (
                    user.active and not user.share and company in user.company_ids
                )
            )
        return users

    @api.model
    def _get_domain(self, user):
        """Return the domain of the requests that a person may decide by the rules."""
        rules = self._get_all()
        named = rules.filtered("contract_id").grouped("kind")
        found = Domain.FALSE
        for rule in rules._filter_user(user):
            part = Domain("kind", "=", rule.kind)
            if rule.company_id:
                part &= Domain("company_id", "child_of", rule.company_id.id)
            if rule.contract_id:
                part &= Domain("contract_id", "=", rule.contract_id.id)
            elif rule.kind in named:
                part &= Domain(
                    "contract_id", "not in", named[rule.kind].contract_id.ids
                )
            if rule.amount_limit:
                part &= Domain("company_amount", "<=", rule.amount_limit)
                part &= Domain("is_unpriced", "=", False)
            found |= part
        return found
