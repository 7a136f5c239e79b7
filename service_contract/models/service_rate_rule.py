# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date, formatLang

from ..const import UNITS

# What a price is for. Of one card, prices for the same do not overlap.
MATCH_KEY = ("task_code_id", "zone_id", "role_id", "level_id", "unit")


class ServiceRateRule(models.Model):
    """One price of a rate card, for a kind of work and a span of days.

    What is empty matches everything; of several rules that match, the most specific
    counts. A price of 0 is a price; work that no rule matches is unrated. See
    ``docs/decisions/rate-cards.md``.
    """

    _name = "service.rate.rule"
    _description = "Rate"
    _inherit = ["service.terms.cache.mixin"]
    _order = "card_id, task_code_id, zone_id, role_id, level_id, unit, date_from, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    card_id = fields.Many2one(
        "service.rate.card", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="card_id.company_id", store=True)
    currency_id = fields.Many2one(related="card_id.currency_id", store=True)

    # What it is the price of
    task_code_id = fields.Many2one(
        "service.task.code",
        string="Task",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: any work.",
    )
    zone_id = fields.Many2one(
        "service.travel.zone",
        string="Travel Zone",
        ondelete="restrict",
        index="btree_not_null",
        help="Zone of the site. Empty: any.",
    )
    role_id = fields.Many2one(
        "service.employee.role",
        ondelete="restrict",
        index="btree_not_null",
        help="Role of who does the work. Empty: any.",
    )
    level_id = fields.Many2one(
        "service.employee.level",
        ondelete="restrict",
        index="btree_not_null",
        help="Level of who does the work. Empty: any.",
    )
    unit = fields.Selection(
        UNITS,
        compute="_compute_unit",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="What the price is for. A task has work in other units than its own too, "
        "such as a flat price per visit.",
    )
    date_from = fields.Date(
        string="From", help="First day of work at this price. Empty: always was."
    )
    date_to = fields.Date(
        string="To", help="Last day of work at this price. Empty: until further notice."
    )

    # The price
    price = fields.Float(
        digits=(16, 4), required=True, help="For one hour, case, visit, piece or km."
    )
    overtime_price = fields.Float(
        digits=(16, 4),
        help="For one hour of overtime, as the modifiers define it. 0: the modifiers "
        "say what overtime costs.",
    )
    on_request = fields.Boolean(
        help="There is no price yet: such work waits until somebody prices it."
    )
    rounding_scope = fields.Selection(
        [
            ("none", "Not rounded"),
            ("entry", "Each entry"),
            ("day", "All of a day"),
            ("ticket", "All of a ticket"),
        ],
        string="Rounded",
        default="none",
        required=True,
        help="What is rounded up to full steps, and has the minimum and the maximum.",
    )
    rounding_step = fields.Float(
        string="Step", help="0.25 hours: each begun quarter of an hour counts."
    )
    minimum = fields.Float(help="At least so much is charged. 0: no minimum.")
    maximum = fields.Float(help="At most so much is charged. 0: no maximum.")

    _dates_order = models.Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_to >= date_from)",
        "A price can't end before it begins.",
    )
    _not_negative = models.Constraint(
        "CHECK (price >= 0 AND overtime_price >= 0 AND rounding_step >= 0"
        " AND minimum >= 0 AND maximum >= 0)",
        "Prices, steps, minimum and maximum can't be negative.",
    )
    _maximum_above_minimum = models.Constraint(
        "CHECK (maximum = 0 OR maximum >= minimum)",
        "The maximum can't be below the minimum.",
    )
    _overtime_of_hours = models.Constraint(
        "CHECK (overtime_price = 0 OR (unit = 'second' AND NOT on_request))",
        "Only a price per hour has another one for overtime.",
    )
    _on_request_or_price = models.Constraint(
        "CHECK (NOT on_request OR price = 0)",
        "A price on request is not known yet: leave the price empty.",
    )
    # Two people at once; what one does alone is refused earlier, with a better message.
    # Ranges of one number, so that no extension of PostgreSQL is needed.
    _no_overlap = models.Constraint(
        """
        EXCLUDE USING gist (
            int4range(card_id, card_id, '[]') WITH &&,
            int4range(COALESCE(task_code_id, 0), COALESCE(task_code_id, 0), '[]')
                WITH &&,
            int4range(COALESCE(zone_id, 0), COALESCE(zone_id, 0), '[]') WITH &&,
            int4range(COALESCE(role_id, 0), COALESCE(role_id, 0), '[]') WITH &&,
            int4range(COALESCE(level_id, 0), COALESCE(level_id, 0), '[]') WITH &&,
            int8range(hashtext(unit), hashtext(unit), '[]') WITH &&,
            daterange(date_from, date_to, '[]') WITH &&
        ) DEFERRABLE INITIALLY DEFERRED
        """,
        "Somebody else has just made a price for the same work and days. Look at the "
        "rate card again.",
    )

    # === COMPUTE METHODS === #

    @api.depends("task_code_id")
    def _compute_unit(self):
        for rule in self:
            rule.unit = rule.task_code_id.unit or rule.unit or "second"

    @api.depends(*MATCH_KEY, "price", "on_request", "currency_id", "card_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = self.env._(
                "%(card)s: %(work)s, %(price)s",
                card=rule.card_id.name,
                work=rule._get_work_text(),
                price=rule._get_price_text(),
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("card_id", *MATCH_KEY, "date_from", "date_to")
    def _check_no_overlap(self):
        pair = self._find_overlap()
        if not pair:
            return
        earlier, later = pair
        raise ValidationError(
            self.env._(
                "%(card)s has two prices for the same work on the same days: "
                "%(work)s, %(first)s and %(second)s. Let the earlier one end before "
                "the other one begins.",
                card=earlier.card_id.name,
                work=earlier._get_work_text(),
                first=earlier._get_days_text(),
                second=later._get_days_text(),
            )
        )

    # === BUSINESS METHODS === #

    def _find_overlap(self):
        """Return two rules for the same work and days, the earlier first, or none."""
        self.flush_model(["card_id", *MATCH_KEY, "date_from", "date_to"])
        # SQL, since each rule is compared with all others of its card at once.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT rule.id, other.id
                  FROM service_rate_rule AS rule
                  JOIN service_rate_rule AS other
                    ON other.card_id = rule.card_id
                   AND other.unit = rule.unit
                   AND COALESCE(other.task_code_id, 0) = COALESCE(rule.task_code_id, 0)
                   AND COALESCE(other.zone_id, 0) = COALESCE(rule.zone_id, 0)
                   AND COALESCE(other.role_id, 0) = COALESCE(rule.role_id, 0)
                   AND COALESCE(other.level_id, 0) = COALESCE(rule.level_id, 0)
                   AND daterange(other.date_from, other.date_to, '[]')
                       && daterange(rule.date_from, rule.date_to, '[]')
                 WHERE rule.id = ANY(%s) AND other.id != rule.id
              ORDER BY LEAST(rule.id, other.id)
                 LIMIT 1
                """,
                self.ids,
            )
        )
        if not rows:
            return None
        return self.browse(rows[0]).sorted(
            lambda rule: (rule.date_from or fields.Date.to_date("0001-01-01"), rule.id)
        )

    def _get_work_text(self):
        """Return what the price is for, in words."""
        self.ensure_one()
        parts = [
            self[name].display_name
            for name in MATCH_KEY
            if name != "unit" and self[name]
        ]
        return self.env._(
            "%(work)s per %(unit)s",
            work=", ".join(parts) or self.env._("any work"),
            unit=self._get_unit_text(),
        )

    def _get_unit_text(self):
        """Return one of what is counted, in words."""
        self.ensure_one()
        one = {
            "case": self.env._("case"),
            "second": self.env._("hour"),
            "visit": self.env._("visit"),
            "minor": self.env._("unit of the amount"),
            "piece": self.env._("piece"),
            "metre": self.env._("km"),
        }
        return one.get(self.unit, self.unit)

    def _get_price_text(self):
        """Return the price in words, with as many decimals as it has."""
        self.ensure_one()
        if self.on_request:
            return self.env._("on request")
        decimals = self.currency_id.decimal_places
        if round(self.price, decimals) != round(self.price, 4):
            amount = formatLang(self.env, self.price, digits=4)
            return f"{amount} {self.currency_id.symbol}"
        return formatLang(self.env, self.price, currency_obj=self.currency_id)

    def _get_days_text(self):
        """Return from when to when the price holds, in words."""
        self.ensure_one()
        start = self.date_from and format_date(self.env, self.date_from)
        end = self.date_to and format_date(self.env, self.date_to)
        if start and end:
            return self.env._("from %(start)s to %(end)s", start=start, end=end)
        if start:
            return self.env._("from %(start)s on", start=start)
        if end:
            return self.env._("until %(end)s", end=end)
        return self.env._("at all times")
