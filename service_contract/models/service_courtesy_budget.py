# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..engine.budget import window

PERIODS = [
    ("month", "A month"),
    ("quarter", "A quarter"),
    ("year", "A year"),
    ("term", "All the time"),
]
# How many people an error names who may give more.
NAMED_PEOPLE = 3


class Gift(NamedTuple):
    """Something that is about to be given away.

    :param contract: service.contract, may be empty
    :param company: res.company
    :param day: on which it counts
    :param amount: what it is worth
    :param currency: res.currency
    """

    contract: models.BaseModel
    company: models.BaseModel
    day: fields.Date
    amount: float
    currency: models.BaseModel


class ServiceCourtesyBudget(models.Model):
    """How much may be given away: to a contract, by a role or a person, or at all.

    A gift must fit into each budget that speaks of it. What counts is read from the
    credits that were granted, less what came back unused, and from the charges that
    were given away otherwise. Who is in the group of the budget may go beyond it.
    """

    _name = "service.courtesy.budget"
    _description = "Courtesy Budget"
    _order = "company_id, date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    contract_id = fields.Many2one(
        "service.contract",
        check_company=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Limits what this contract is given. Empty: all contracts together.",
    )
    group_id = fields.Many2one(
        "res.groups",
        string="Role",
        ondelete="restrict",
        help="Limits what the people in this role give, all together, and lets them "
        "give. Empty: whoever gives.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        ondelete="restrict",
        domain="[('share', '=', False)]",
        help="Limits what this person gives, and lets him or her give. Empty: whoever "
        "gives.",
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, precompute=True
    )
    amount = fields.Monetary(required=True, help="What may be given in a period.")
    period = fields.Selection(
        PERIODS,
        default="quarter",
        required=True,
        help="Each month, quarter or year of the calendar has the amount anew; what is "
        "left is not carried over.",
    )
    date_from = fields.Date(
        required=True, default=lambda self: self._default_date_from()
    )
    date_to = fields.Date(help="Last day. Empty: no end.")
    approver_group_id = fields.Many2one(
        "res.groups",
        string="Who May Give More",
        required=True,
        ondelete="restrict",
        default=lambda self: self._default_approver_group_id(),
        help="People in this role may go beyond the budget.",
    )
    used = fields.Monetary(
        compute="_compute_used", help="Given away in the current period."
    )
    left = fields.Monetary(compute="_compute_used", help="Left in the current period.")
    used_percent = fields.Float(compute="_compute_used", string="Used (%)")

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "A budget can't be negative."
    )
    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The budget can't end before it starts.",
    )

    # === DEFAULTS === #

    @api.model
    def _default_date_from(self):
        return fields.Date.context_today(
            self, self.env["service.contract"]._service_now()
        ).replace(month=1, day=1)

    @api.model
    def _default_approver_group_id(self):
        return self.env.ref("service_contract.service_contract_group_manager")

    # === COMPUTE METHODS === #

    @api.depends("contract_id.currency_id", "company_id.currency_id")
    def _compute_currency_id(self):
        for budget in self:
            budget.currency_id = (
                budget.contract_id.currency_id or budget.company_id.currency_id
            )

    @api.depends("amount", "period", "date_from", "date_to", "group_id", "user_id")
    @api.depends_context("service_contract_now")
    def _compute_used(self):
        today = self.env["service.contract"]._service_now().date()
        known = self.filtered("id")
        used = known._get_used({(budget, today) for budget in known})
        for budget in self:
            budget.used = used.get((budget, today), 0.0)
            budget.left = budget.amount - budget.used
            budget.used_percent = (
                100.0 * budget.used / budget.amount if budget.amount else 0.0
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("group_id", "user_id")
    def _check_one_giver(self):
        if any(budget.group_id and budget.user_id for budget in self):
            raise ValidationError(
                self.env._("Choose a role or a person, not both; make two budgets.")
            )

    # === BUSINESS METHODS: USED === #

    def _get_window(self, day):
        """Return the days whose gifts count together with those of a day, or None."""
        self.ensure_one()
        if day < self.date_from or (self.date_to and day > self.date_to):
            return None
        return window(self.period, day, self.date_from, self.date_to or None)

    def _get_used(self, budgets_days):
        """Return what was given in the period of a day, in the budget's currency.

        One query, however many budgets and days.

        :param budgets_days: pairs of budget and day
        :return: amounts by the same pairs; none for what is not valid on that day
        """
        windows = {pair: pair[0]._get_window(pair[1]) for pair in budgets_days}
        keys = {(budget.id, days) for (budget, _d), days in windows.items() if days}
        if not keys:
            return {}
        sums = defaultdict(float)
        today = self.env["service.contract"]._service_now().date()
        for id_, start, currency_id, amount in self.env.execute_query(
            self._get_used_query(sorted(keys, key=str))
        ):
            budget = self.browse(id_)
            sums[id_, start] += (
                self.env["res.currency"]
                .browse(currency_id)
                ._convert(
                    float(amount), budget.currency_id, budget.company_id, today, False
                )
            )
        return {
            (budget, day): budget.currency_id.round(sums[budget.id, days[0]])
            for (budget, day), days in windows.items()
            if days
        }

    def _get_used_query(self, keys):
        """Return SQL of (budget, first day of the period, currency, amount).

        SQL: each budget counts other days and other people.

        :param keys: pairs of budget id and the days that count
        """
        self.env.flush_all()
        rows = []
        for id_, (start, end) in keys:
            budget = self.browse(id_)
            givers = budget.user_id.ids or None
            if budget.group_id:
                group_sudo = budget.group_id.sudo()  # who gives may lack rights on it
                givers = group_sudo.all_user_ids.ids
            rows.append(
                SQL(
                    "(%s::int, %s::int, %s::int, %s::date, %s::date, %s::int[])",
                    id_,
                    budget.company_id.id,
                    budget.contract_id.id or None,
                    start,
                    end,
                    givers,
                )
            )
        return SQL(
            """
            SELECT budget.id, budget.date_from, gift.currency_id, SUM(gift.amount)
              FROM (VALUES %s)
                AS budget (id, company_id, contract_id, date_from, date_to, givers)
              JOIN (%s) AS gift
                ON gift.company_id = budget.company_id
               AND (
                       budget.contract_id IS NULL
                    OR gift.contract_id = budget.contract_id
                   )
               AND gift.day >= budget.date_from
               AND (budget.date_to IS NULL OR gift.day < budget.date_to)
               AND (budget.givers IS NULL OR gift.user_id = ANY(budget.givers))
          GROUP BY budget.id, budget.date_from, gift.currency_id
            """,
            SQL(", ").join(rows),
            self._get_gifts_query(),
        )

    @api.model
    def _get_gifts_query(self):
        """Return SQL of what counts: credits as they are granted, the rest as it is
        given."""
        return SQL(
            """
            SELECT courtesy.company_id, courtesy.contract_id, courtesy.currency_id,
                   courtesy.approver_id AS user_id, courtesy.granted_on AS day,
                   courtesy.given_value AS amount
              FROM service_courtesy AS courtesy
             WHERE courtesy.granted_on IS NOT NULL
         UNION ALL
            SELECT given.company_id, given.contract_id, given.currency_id,
                   given.user_id, given.day, given.amount
              FROM (%s) AS given
             WHERE given.source <> 'credit'
            """,
            self.env["service.courtesy.report"]._table_query,
        )

    # === BUSINESS METHODS: CHECK === #

    @api.model
    def _check_gifts(self, gifts):
        """Refuse gifts that are beyond a budget, unless the user may go beyond it.

        :param gifts: list of ``Gift``
        :raises UserError: that says who may
        """
        if self.env.su:
            return  # nobody's role counts
        groups = self.env.user.all_group_ids
        refusing = self._find_exceeded(gifts).filtered(
            lambda budget: budget.approver_group_id not in groups
        )
        if refusing:
            raise UserError("\n".join(refusing._get_refusals(gifts)))

    @api.model
    def _find_exceeded(self, gifts):
        """Return the budgets that gifts of the current user would go beyond."""
        wanted = self._get_wanted(gifts)
        # Somebody else who gives at the same time has to see this gift: the rows are
        # written, so the transaction with the older snapshot fails and is tried again.
        self._touch(self.browse({budget.id for budget, _day in wanted}))
        used = self._get_used(wanted)
        exceeded = self.sudo().browse()  # who gives need not read budgets
        for (budget, day), amount in wanted.items():
            total = used.get((budget, day), 0.0) + amount
            if budget.currency_id.compare_amounts(total, budget.amount) > 0:
                exceeded |= budget
        return exceeded

    @api.model
    def _get_wanted(self, gifts):
        """Return what the gifts take of each budget, by budget and first day."""
        budgets = self.sudo().search(  # who gives need not read budgets
            [("company_id", "in", [gift.company.id for gift in gifts])]
        )
        groups = self.env.user.all_group_ids
        wanted = defaultdict(float)
        for gift in gifts:
            for budget in budgets:
                days = budget._get_window(gift.day)
                if not days or not budget._speaks_of(gift, self.env.user, groups):
                    continue
                wanted[budget, days[0]] += gift.currency._convert(
                    gift.amount, budget.currency_id, budget.company_id, gift.day, False
                )
        return wanted

    def _speaks_of(self, gift, user, groups):
        """Whether this budget limits what a person gives."""
        self.ensure_one()
        return (
            self.company_id == gift.company
            and self.contract_id in (gift.contract, self.contract_id.browse())
            and self.user_id in (user, user.browse())
            and (not self.group_id or self.group_id in groups)
        )

    @api.model
    def _may_give(self, company, contract):
        """Whether a budget lets the current user give something to a contract."""
        user = self.env.user
        today = self.env["service.contract"]._service_now().date()
        budgets = self.sudo().search(  # who gives need not read budgets
            Domain("company_id", "=", company.id)
            & Domain("contract_id", "in", [False, contract.id])
            & Domain("date_from", "<=", today)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
            & (
                Domain("user_id", "=", user.id)
                | Domain("group_id", "in", user.all_group_ids.ids)
            ),
            limit=1,
        )
        return bool(budgets)

    @api.model
    def _touch(self, budgets):
        """Write the rows as they are, in the order of their ids."""
        for budget_id in sorted(budgets.ids):
            self.env.cr.execute(
                SQL(
                    "UPDATE service_courtesy_budget SET write_date = write_date"
                    " WHERE id = %s",
                    budget_id,
                )
            )

    def _get_refusals(self, gifts):
        """Return, budget by budget, what is left and who may give more."""
        wanted = self._get_wanted(gifts)
        texts = []
        for (budget, day), amount in wanted.items():
            if budget not in self:
                continue
            used = budget._get_used({(budget, day)})[budget, day]
            end = budget._get_window(day)[1]
            left = budget.currency_id.format(max(budget.amount - used, 0.0))
            values = {
                "budget": budget.name,
                "left": left,
                "amount": budget.currency_id.format(amount),
                "people": budget._get_people(),
            }
            if end:
                text = self.env._(
                    "%(budget)s: %(left)s are left before %(day)s, and this is worth "
                    "%(amount)s. More may be given by %(people)s.",
                    day=format_date(self.env, end),
                    **values,
                )
            else:
                text = self.env._(
                    "%(budget)s: %(left)s are left, and this is worth %(amount)s. More "
                    "may be given by %(people)s.",
                    **values,
                )
            texts.append(text)
        return texts

    def _get_people(self):
        """Return who may go beyond the budget: the role and some of its people."""
        group_sudo = self.approver_group_id.sudo()  # to name them in an error
        people = group_sudo.all_user_ids.filtered(
            lambda user: (
                user.active and not user.share and self.company_id in user.company_ids
            )
        )
        names = people[:NAMED_PEOPLE].mapped("name")
        if len(people) > NAMED_PEOPLE:
            names.append("…")
        if not names:
            return group_sudo.full_name
        return self.env._(
            "%(role)s (%(names)s)", role=group_sudo.full_name, names=", ".join(names)
        )
