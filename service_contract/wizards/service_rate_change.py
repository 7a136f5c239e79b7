# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date


class ServiceRateChange(models.TransientModel):
    """New prices from a day on: the ones before end, and others follow them.

    One percentage proposes the new prices of all chosen ones (indexation); each can be
    written over. Only the future changes: what was done has its price.
    """

    _name = "service.rate.change"
    _description = "New Prices"
    _inherit = "service.dialog.mixin"
    _about = ("rule_ids", "line_ids.rule_id")

    date_from = fields.Date(
        required=True,
        default=lambda self: self._default_date_from(),
        help="First day of work at the new prices.",
    )
    percent = fields.Float(
        string="Change (%)",
        digits=(16, 4),
        help="2.5 raises all prices by two and a half per cent; -10 lowers them.",
    )
    round_to = fields.Float(
        digits=(16, 4),
        default=0.01,
        required=True,
        help="0.05: to the nearest five cents.",
    )
    rule_ids = fields.Many2many(
        "service.rate.rule",
        string="Prices",
        default=lambda self: self._default_rule_ids(),
    )
    line_ids = fields.One2many(
        "service.rate.change.line",
        "wizard_id",
        string="New Prices",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    # === DEFAULTS === #

    @api.model
    def _default_date_from(self):
        """Return the first day of the next month."""
        today = self.env["service.rate.rule"]._get_today()
        return today + relativedelta(months=1, day=1)

    @api.model
    def _default_rule_ids(self):
        """Return the chosen prices, or of the chosen cards those that go on."""
        model, ids = (self.env.context.get(f"active_{x}") for x in ("model", "ids"))
        rules = self.env["service.rate.rule"]
        if model == "service.rate.rule":
            return rules.browse(ids)
        if model != "service.rate.card":
            return rules
        today = rules._get_today()
        return rules.search(
            [
                ("card_id", "in", ids),
                "|",
                ("date_to", "=", False),
                ("date_to", ">", today),
            ]
        )

    # === COMPUTE METHODS === #

    @api.depends("rule_ids", "percent", "round_to")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "rule_id": rule._origin.id,
                            "price": wizard._get_indexed(rule.price),
                            "overtime_price": wizard._get_indexed(rule.overtime_price),
                        }
                    )
                    for rule in wizard.rule_ids
                ),
            ]

    # === ACTIONS === #

    def action_apply(self):
        """End the old prices the day before, and make the new ones."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line._is_changed())
        if not lines:
            raise UserError(
                self.env._("No price changes. Write a percentage, or new prices.")
            )
        self._check_days(lines.rule_id)
        vals_list = [line._prepare_rule() for line in lines]
        lines.rule_id.write({"date_to": self.date_from - timedelta(days=1)})
        rules = lines.rule_id.create(vals_list)
        for card, changed in rules.grouped("card_id").items():
            card.message_post(
                body=self.env._(
                    "%(count)s new prices from %(day)s on.",
                    count=len(changed),
                    day=format_date(self.env, self.date_from),
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_rate_rule_action"
        )
        action["domain"] = [("id", "in", rules.ids)]
        return action

    # === BUSINESS METHODS === #

    def _get_indexed(self, price):
        """Return a price with the percentage on it, rounded."""
        self.ensure_one()
        if not self.percent or not price:
            return price
        changed = price * (1 + self.percent / 100)
        step = self.round_to or 0.0001
        return max(round(round(changed / step) * step, 4), 0.0)

    def _check_days(self, rules):
        """Refuse a day that is not in the future of the prices and of today."""
        if self.date_from <= rules._get_today():
            raise UserError(
                self.env._(
                    "New prices can begin tomorrow at the earliest: work of today may "
                    "be rated already."
                )
            )
        for rule in rules:
            if rule.date_from and rule.date_from >= self.date_from:
                raise UserError(
                    self.env._(
                        "%(price)s begins on %(start)s itself. Choose a later day for "
                        "the new prices, or leave it out.",
                        price=rule.display_name,
                        start=format_date(self.env, rule.date_from),
                    )
                )
            if rule.date_to and rule.date_to < self.date_from:
                raise UserError(
                    self.env._(
                        "%(price)s ends on %(end)s already. Leave it out, and write "
                        "the new price on the rate card.",
                        price=rule.display_name,
                        end=format_date(self.env, rule.date_to),
                    )
                )


class ServiceRateChangeLine(models.TransientModel):
    """One price before and after."""

    _name = "service.rate.change.line"
    _description = "New Price"
    _inherit = "service.dialog.mixin"
    _about = ("wizard_id", "rule_id")

    wizard_id = fields.Many2one(
        "service.rate.change", required=True, ondelete="cascade", index=True
    )
    rule_id = fields.Many2one(
        "service.rate.rule", required=True, readonly=True, ondelete="cascade"
    )
    card_id = fields.Many2one(related="rule_id.card_id")
    task_code_id = fields.Many2one(related="rule_id.task_code_id")
    role_id = fields.Many2one(related="rule_id.role_id")
    level_id = fields.Many2one(related="rule_id.level_id")
    zone_id = fields.Many2one(related="rule_id.zone_id")
    unit = fields.Selection(related="rule_id.unit")
    currency_id = fields.Many2one(related="rule_id.currency_id")
    on_request = fields.Boolean(related="rule_id.on_request")
    old_price = fields.Float(related="rule_id.price", string="Now")
    old_overtime_price = fields.Float(
        related="rule_id.overtime_price", string="Overtime Now"
    )
    price = fields.Float(string="New Price", digits=(16, 4))
    overtime_price = fields.Float(string="New Overtime Price", digits=(16, 4))

    # === BUSINESS METHODS === #

    def _is_changed(self):
        self.ensure_one()
        rule = self.rule_id
        return any(
            round(self[name] - rule[name], 4) for name in ("price", "overtime_price")
        )

    def _prepare_rule(self):
        """Return the values of the price that follows the old one."""
        self.ensure_one()
        rule = self.rule_id
        return rule.copy_data(
            {
                "date_from": self.wizard_id.date_from,
                "date_to": rule.date_to,
                "price": self.price,
                "overtime_price": self.overtime_price,
                "on_request": rule.on_request and not self.price,
            }
        )[0]
