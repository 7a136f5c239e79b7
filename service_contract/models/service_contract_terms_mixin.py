# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import COVERAGE_TYPES, SECONDS_PER_HOUR, UNIT_OF_COVERAGE
from ..fields import BigInteger
from ..tools import format_units

MAX_BASE_QUANTITY = 2**53
MAX_MULTIPLIER = 1000


class ServiceContractTermsMixin(models.AbstractModel):
    """What a line promises: product, price, billing rule and coverage rule.

    Template lines and contract lines carry the same terms; a contract line copies
    them from its template line, so that a running contract keeps its own.
    The inheriting model has a ``currency_id`` and a ``company_id``.
    """

    _name = "service.contract.terms.mixin"
    _description = "Service Contract Terms"
    _inherit = ["analytic.mixin"]

    # What is sold
    sequence = fields.Integer(default=10)
    name = fields.Text(
        string="Description",
        required=True,
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        help="What the customer reads on the contract and on the invoice.",
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        domain="[('sale_ok', '=', True)]",
        ondelete="restrict",
        check_company=True,
        help="Gives the account and the taxes of the invoice lines.",
    )
    quantity = fields.Float(default=1.0, digits="Product Unit", required=True)
    price_unit = fields.Float(
        string="Price per Period",
        digits="Product Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        help="Price of one unit for one billing period, without discount. Taken from "
        "the pricelist when the product is chosen.",
    )
    discount = fields.Float(string="Discount (%)", digits="Discount")

    # Billing rule
    billing_unit = fields.Selection(
        [
            ("never", "Not billed"),
            ("once", "Once"),
            ("day", "Days"),
            ("week", "Weeks"),
            ("month", "Months"),
            ("quarter", "Quarters"),
            ("half_year", "Half-years"),
            ("year", "Years"),
        ],
        string="Billed Every",
        default="month",
        required=True,
        help="How often the price is billed. Once: a one-off fee on the first day.",
    )
    billing_interval = fields.Integer(
        default=1,
        required=True,
        help="2 with months means every second month.",
    )
    billing_timing = fields.Selection(
        [("advance", "In advance"), ("arrears", "In arrears")],
        default="advance",
        required=True,
        help="In advance: on the first day of the period. In arrears: on the day "
        "after it.",
    )
    billing_alignment = fields.Selection(
        [
            ("anniversary", "Start of the line"),
            ("calendar", "Start of the month, week or year"),
            ("day", "Day of the month"),
            ("last_day", "Last day of the month"),
        ],
        string="Periods Begin On",
        default="anniversary",
        required=True,
        help="Where billing and coverage periods begin. A line starting on 31 January "
        "has periods from 31 January, 28 February, 31 March.",
    )
    billing_day = fields.Integer(
        default=1,
        help="Day of the month, 1 to 31; the last day in shorter months.",
    )
    proration = fields.Selection(
        [
            ("actual", "Days of the period"),
            ("thirty", "Months of 30 days"),
            ("whole", "Whole price"),
        ],
        default="actual",
        required=True,
        help="Price of a first or last period that is not whole.",
    )

    # Coverage rule
    coverage_type = fields.Selection(
        COVERAGE_TYPES,
        string="Covers",
        default="unlimited",
        required=True,
        help="What the customer is entitled to. Nothing: the line is only billed.",
    )
    coverage_quantity = fields.Float(
        string="Allotment",
        help="How many cases, hours or visits, or which amount, each coverage period "
        "grants.",
    )
    coverage_base_quantity = BigInteger(
        string="Allotment (base units)",
        compute="_compute_coverage_base_quantity",
        store=True,
        help="Cases, seconds, visits or minor currency units.",
    )
    coverage_period = fields.Selection(
        [
            ("term", "Whole term"),
            ("month", "Month"),
            ("quarter", "Quarter"),
            ("half_year", "Half-year"),
            ("year", "Year"),
        ],
        string="Allotment Per",
        default="month",
        required=True,
        help="How often the allotment is granted anew.",
    )
    promise_text = fields.Char(
        string="Grants",
        compute="_compute_promise_text",
        help="What the line entitles to, in words.",
    )
    draw_multiplier = fields.Integer(
        string="Draw Multiplier (%)",
        default=100,
        required=True,
        help="What an hour of work draws from the hours: 150 draws an hour and a half. "
        "Work beyond the allotment is billed as long as it took.",
    )
    takes_time = fields.Boolean(
        string="Takes the Time of Other Lines",
        help="Time on tickets of the contract's other lines is charged here: cases on "
        "one line, the hours they take on another.",
    )
    draw_moment = fields.Selection(
        [("open", "When opened"), ("resolve", "When resolved")],
        string="Case Counts",
        default="open",
        required=True,
        help="When a ticket draws a case. A cancelled ticket gives it back; a "
        "reopened ticket is still one case.",
    )
    exhaustion_policy = fields.Selection(
        [
            ("block", "Refuse new tickets"),
            ("warn", "Accept and ask"),
            ("bill", "Bill the overage"),
            ("negative", "Go negative"),
        ],
        string="When Used Up",
        default="bill",
        required=True,
        help="Refuse: no new ticket on this line. Accept and ask: work beyond the "
        "allotment waits for a decision. Bill: it is billed at the overage price. "
        "Go negative: it is covered, and the balance goes below zero.",
    )
    overage_price = fields.Float(
        digits="Product Price",
        help="Price of a case, hour or visit beyond the allotment. On a line that "
        "covers an amount: the value of an hour of work.",
    )
    overage_product_id = fields.Many2one(
        "product.product",
        domain="[('sale_ok', '=', True)]",
        ondelete="restrict",
        check_company=True,
        help="Product on the invoice line for overage. Empty: the line's product.",
    )
    rollover_policy = fields.Selection(
        [
            ("none", "Lapse"),
            ("all", "Carry over all"),
            ("capped", "Carry over up to a cap"),
        ],
        string="Unused Units",
        default="none",
        required=True,
        help="What happens to unused units at the end of a coverage period.",
    )
    rollover_cap = fields.Float(
        help="At most so many cases, hours, visits or so much is carried over.",
    )
    rollover_periods = fields.Integer(
        string="Carried For",
        default=1,
        help="Coverage periods after which carried units lapse; 0 for the end of the "
        "contract.",
    )
    priority = fields.Integer(
        default=10,
        help="Where several lines cover a ticket equally well, the lower number is "
        "used first.",
    )
    channel_ids = fields.Many2many(
        "helpdesk.ticket.channel",
        string="Channels",
        help="Ticket channels covered. Empty: all.",
    )
    category_ids = fields.Many2many(
        "helpdesk.ticket.category",
        string="Categories",
        help="Ticket categories covered. Empty: all.",
    )
    sla_policy_id = fields.Many2one(
        "service.sla.policy",
        string="SLA Policy",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="What is promised on tickets of this line. Empty: what the contract says.",
    )

    # === COMPUTE METHODS === #

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            if line.product_id and (not line.name or line._origin.product_id):
                line.name = line.product_id.get_product_multiline_description_sale()
            else:
                line.name = line.name or False

    @api.depends("product_id")
    def _compute_price_unit(self):
        for line in self:
            line.price_unit = line._get_list_price() or line.price_unit

    @api.depends("coverage_type", "coverage_quantity", "currency_id")
    def _compute_coverage_base_quantity(self):
        for line in self:
            line.coverage_base_quantity = line._to_base_units(line.coverage_quantity)

    @api.depends(
        "coverage_type",
        "coverage_quantity",
        "coverage_period",
        "currency_id",
        "draw_multiplier",
    )
    @api.depends_context("lang")
    def _compute_promise_text(self):
        types = dict(self._fields["coverage_type"]._description_selection(self.env))
        periods = dict(self._fields["coverage_period"]._description_selection(self.env))
        for line in self:
            if not line._is_counted():
                line.promise_text = types.get(line.coverage_type)
                continue
            line.promise_text = self.env._(
                "%(granted)s per %(period)s",
                granted=format_units(
                    self.env,
                    line._to_base_units(line.coverage_quantity),
                    line.coverage_type,
                    line.currency_id,
                    unit=True,
                ),
                period=(periods.get(line.coverage_period) or "").lower(),
            )
            if line._is_multiplied():
                line.promise_text = self.env._(
                    "%(promise)s; an hour of work draws %(drawn)s",
                    promise=line.promise_text,
                    drawn=line._get_drawn_per_hour(),
                )

    # === CONSTRAINT METHODS === #

    @api.constrains("billing_interval", "billing_day", "rollover_periods")
    def _check_periods(self):
        for line in self:
            if line.billing_interval < 1:
                raise ValidationError(
                    self.env._(
                        "%(line)s: bill every 1 or more periods, not every "
                        "%(interval)s.",
                        line=line.name,
                        interval=line.billing_interval,
                    )
                )
            if line.billing_alignment == "day" and not 1 <= line.billing_day <= 31:
                raise ValidationError(
                    self.env._(
                        "%(line)s: the billing day must be from 1 to 31.",
                        line=line.name,
                    )
                )
            if line.rollover_periods < 0:
                raise ValidationError(
                    self.env._(
                        "%(line)s: units are carried over for 0 or more periods.",
                        line=line.name,
                    )
                )

    @api.constrains("draw_multiplier")
    def _check_draw_multiplier(self):
        for line in self:
            if not 1 <= line.draw_multiplier <= MAX_MULTIPLIER:
                raise ValidationError(
                    self.env._(
                        "%(line)s: the draw multiplier must be from 1 to %(limit)s %%.",
                        line=line.name,
                        limit=MAX_MULTIPLIER,
                    )
                )

    @api.constrains("coverage_type", "coverage_quantity", "rollover_cap")
    def _check_allotment(self):
        for line in self:
            values = (line.coverage_quantity, line.rollover_cap, line.quantity)
            if any(value < 0 for value in values):
                raise ValidationError(
                    self.env._(
                        "%(line)s: quantities can't be negative.", line=line.name
                    )
                )
            if line.coverage_base_quantity > MAX_BASE_QUANTITY:
                raise ValidationError(
                    self.env._("%(line)s: the allotment is too large.", line=line.name)
                )
            whole = line.coverage_type in ("cases", "visits")
            if whole and line.coverage_quantity != int(line.coverage_quantity):
                raise ValidationError(
                    self.env._(
                        "%(line)s: cases and visits are whole numbers.", line=line.name
                    )
                )

    # === BUSINESS METHODS === #

    def _is_counted(self):
        """Whether a counter stands behind the line's coverage."""
        self.ensure_one()
        return self.coverage_type in UNIT_OF_COVERAGE

    def _is_multiplied(self):
        """Whether an hour of work draws more or less than an hour."""
        self.ensure_one()
        return self.coverage_type == "hours" and self.draw_multiplier != 100

    def _get_drawn_per_hour(self):
        """Return what an hour of work draws, in words: 1:30 h."""
        self.ensure_one()
        seconds = SECONDS_PER_HOUR * self.draw_multiplier // 100
        return format_units(self.env, seconds, "hours", self.currency_id, unit=True)

    def _base_units_per_unit(self):
        """Return how many base units one shown unit of the allotment has."""
        self.ensure_one()
        if self.coverage_type == "hours":
            return SECONDS_PER_HOUR
        if self.coverage_type == "amount":
            return 10 ** (self.currency_id.decimal_places or 0)
        return 1

    def _to_base_units(self, quantity):
        """Convert a shown quantity to whole base units, rounded once."""
        self.ensure_one()
        return round(quantity * self._base_units_per_unit())

    def _get_list_price(self):
        """Return the product's price for this line. Overridden where there is a
        pricelist."""
        self.ensure_one()
        return self.product_id.lst_price

    @api.model
    def _get_terms_fields(self):
        """Return the names of the fields that make up the terms."""
        return [
            "analytic_distribution",
            "sequence",
            "name",
            "product_id",
            "quantity",
            "price_unit",
            "discount",
            "billing_unit",
            "billing_interval",
            "billing_timing",
            "billing_alignment",
            "billing_day",
            "proration",
            "coverage_type",
            "coverage_quantity",
            "coverage_period",
            "draw_multiplier",
            "takes_time",
            "draw_moment",
            "exhaustion_policy",
            "overage_price",
            "overage_product_id",
            "rollover_policy",
            "rollover_cap",
            "rollover_periods",
            "priority",
            "channel_ids",
            "category_ids",
            "sla_policy_id",
        ]
