# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..engine.sla_match import parse_thresholds


class ServiceSlaTarget(models.Model):
    """One promise of a policy: what happens within which time, for which tickets.

    Of the targets that match a ticket the most specific one per metric applies.
    """

    _name = "service.sla.target"
    _description = "SLA Target"
    _inherit = ["service.terms.cache.mixin"]
    _order = "policy_id, sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    policy_id = fields.Many2one(
        "service.sla.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    sequence = fields.Integer(default=10)

    # What is promised
    metric = fields.Selection(
        [
            ("first_response", "First response"),
            ("next_response", "Next response"),
            ("restore", "Restore"),
            ("resolve", "Resolve"),
        ],
        string="Promise",
        default="first_response",
        required=True,
        help="First response: the first answer that the customer can read. Next "
        "response: an answer to each later message. Restore: the customer can work "
        "again. Resolve: the ticket is closed.",
    )
    amount = fields.Integer(string="Within", required=True, default=4)
    unit = fields.Selection(
        [
            ("minute", "Minutes"),
            ("hour", "Hours"),
            ("working_day", "Working days"),
            ("wall_hour", "Hours around the clock"),
        ],
        default="hour",
        required=True,
        help="Minutes, hours: open time. Working days: days with open hours. Hours "
        "around the clock: nights and holidays count.",
    )
    end_of_day = fields.Boolean(
        string="Until Closing Time",
        help="Working days end when the last day closes, instead of at the hour of "
        "the request.",
    )
    thresholds = fields.Char(
        string="Warn At (%)",
        default="50, 75, 90",
        help="Shares of the time after which somebody is warned: whole numbers from "
        "1 to 99, separated by commas.",
    )

    # For which tickets
    priority = fields.Selection(
        selection="_selection_priority", help="Empty: any priority."
    )
    category_ids = fields.Many2many(
        "helpdesk.ticket.category",
        string="Categories",
        ondelete="restrict",
        help="Empty: any category.",
    )
    team_ids = fields.Many2many(
        "helpdesk.ticket.team",
        string="Teams",
        ondelete="restrict",
        help="Empty: any team.",
    )
    tier_ids = fields.Many2many(
        "service.tier",
        string="Tiers",
        ondelete="restrict",
        help="Tiers of the contract. Empty: any, and no contract.",
    )

    condition_text = fields.Char(
        compute="_compute_condition_text",
        help="Categories, teams and tiers the target is limited to, and a clock of its "
        "own.",
    )

    # When the clock stands still
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Open Hours",
        check_company=True,
        ondelete="restrict",
        help="Empty: those of the policy.",
    )
    tz = fields.Selection(
        _tz_get, string="Time Zone", help="Empty: as the policy says."
    )
    pause_rule = fields.Selection(
        [
            ("none", "Never"),
            ("all", "For any reason"),
            ("reasons", "For these reasons"),
        ],
        string="Pauses",
        compute="_compute_pause_rule",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Whether this target stands still while the ticket is paused. A first "
        "response usually does not.",
    )
    pause_reason_ids = fields.Many2many(
        "service.sla.pause.reason", string="Pause Reasons", ondelete="restrict"
    )

    _amount_positive = models.Constraint(
        "CHECK (amount BETWEEN 1 AND 100000)",
        "A target needs a time: a whole number from 1 to 100,000.",
    )

    # === COMPUTE METHODS === #

    @api.depends("metric", "amount", "unit", "end_of_day", "priority")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for target in self:
            target.display_name = self._format_terms(target)

    @api.depends("end_of_day", "unit", "tz", "calendar_id.name")
    @api.depends("category_ids.name", "team_ids.name", "tier_ids.name")
    @api.depends_context("lang")
    def _compute_condition_text(self):
        for target in self:
            seen = target.sudo()  # calendars: not everybody may read them
            parts = [
                *seen.category_ids.mapped("name"),
                *seen.team_ids.mapped("name"),
                *seen.tier_ids.mapped("name"),
                seen.calendar_id.name,
                seen.tz,
            ]
            target.condition_text = ", ".join(part for part in parts if part)

    @api.model
    def _format_terms(self, terms):
        """Return a target in words.

        :param terms: a target, or its terms as a version keeps them
        """
        metrics = dict(self._fields["metric"]._description_selection(self.env))
        text = self.env._(
            "%(metric)s within %(time)s",
            metric=metrics.get(terms["metric"], ""),
            time=self._format_amount(
                terms["amount"], terms["unit"], terms["end_of_day"]
            ),
        )
        priority = dict(self._selection_priority()).get(terms["priority"])
        return f"{text} ({priority})" if priority else text

    @api.model
    def _format_amount(self, amount, unit, end_of_day=False):
        """Return the time of a target in words: "2 hours", "1 working day"."""
        texts = {
            "minute": (self.env._("1 minute"), self.env._("%(n)s minutes", n=amount)),
            "hour": (self.env._("1 hour"), self.env._("%(n)s hours", n=amount)),
            "wall_hour": (
                self.env._("1 hour around the clock"),
                self.env._("%(n)s hours around the clock", n=amount),
            ),
            "working_day": (
                self.env._("1 working day"),
                self.env._("%(n)s working days", n=amount),
            ),
        }
        text = texts[unit][amount != 1] if unit in texts else ""
        if end_of_day and unit == "working_day":
            return self.env._("%(days)s, until closing time", days=text)
        return text

    @api.depends("metric")
    def _compute_pause_rule(self):
        for target in self:
            first = target.metric == "first_response"
            target.pause_rule = "none" if first else "all"

    @api.model
    def _selection_priority(self):
        return (
            self.env["helpdesk.ticket"]
            ._fields["priority"]
            ._description_selection(self.env)
        )

    # === CONSTRAINT METHODS === #

    @api.constrains("thresholds")
    def _check_thresholds(self):
        for target in self:
            try:
                parse_thresholds(target.thresholds)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "“%(text)s” are no warnings. Write ascending whole numbers "
                        "from 1 to 99, such as 50, 75, 90.",
                        text=target.thresholds,
                    )
                ) from error

    @api.constrains("pause_rule", "pause_reason_ids")
    def _check_pause_reasons(self):
        for target in self:
            if target.pause_rule == "reasons" and not target.pause_reason_ids:
                raise ValidationError(
                    self.env._(
                        "%(target)s: choose the reasons for which it pauses, or let it "
                        "never pause.",
                        target=target.display_name,
                    )
                )

    @api.constrains("calendar_id")
    def _check_openings(self):
        self.policy_id._check_openings()

    @api.constrains("metric", "priority", "category_ids", "team_ids", "tier_ids")
    def _check_differs(self):
        for policy in self.policy_id:
            seen = {}
            for target in policy.target_ids:
                key = (
                    target.metric,
                    target.priority,
                    target.category_ids,
                    target.team_ids,
                    target.tier_ids,
                )
                if key in seen:
                    raise ValidationError(
                        self.env._(
                            "%(policy)s promises two things for the same tickets: "
                            "%(one)s, and %(other)s. Remove one of them, or say for "
                            "which tickets it is.",
                            policy=policy.name,
                            one=seen[key].display_name,
                            other=target.display_name,
                        )
                    )
                seen[key] = target

    # === BUSINESS METHODS === #

    def _prepare_terms(self):
        """Return what a timer depends on, ready for JSON."""
        self.ensure_one()
        pauses = {"none": [], "all": None, "reasons": self.pause_reason_ids.ids}
        return {
            "key": str(self.id),
            "metric": self.metric,
            "amount": self.amount,
            "unit": self.unit,
            "end_of_day": self.end_of_day and self.unit == "working_day",
            "thresholds": list(parse_thresholds(self.thresholds)),
            "priority": self.priority,
            "category_ids": sorted(self.category_ids.ids),
            "team_ids": sorted(self.team_ids.ids),
            "tier_ids": sorted(self.tier_ids.ids),
            "calendar_id": self.calendar_id.id,
            "tz": self.tz,
            "pauses": pauses[self.pause_rule] and sorted(pauses[self.pause_rule]),
        }
