# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import COVERAGE_OF_UNIT, UNITS
from ..tools import format_units

# What was agreed; it stays as it is once it is granted.
TERMS = {
    "amount",
    "contract_id",
    "contract_line_id",
    "date_from",
    "date_to",
    "quantity",
    "unit",
}
# What only the verbs write (service_courtesy_grant.py).
FACTS = {
    "approver_id",
    "close_reason",
    "closed_at",
    "closed_by_id",
    "closing",
    "granted_at",
    "granted_on",
    "value",
}
GIVEN_UNITS = [
    unit for unit in UNITS if unit[0] in ("minor", "second", "case", "visit")
]


class ServiceCourtesy(models.Model):
    """A credit of goodwill: money, hours, cases or visits that a customer gets free.

    Granting it makes a lot of kind courtesy on a line of the contract. What would be
    billed or asked about draws from it by itself, after the allotments of the line.
    What is unused when it is withdrawn or lapses is taken back by an entry in the
    ledger. Written by whoever makes contracts; granted by billing, or within a budget.
    """

    _name = "service.courtesy"
    _description = "Courtesy Credit"
    _inherit = ["service.quantity.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_names_search = ["contract_id.name", "partner_id.name", "note"]
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    # To whom
    contract_id = fields.Many2one(
        "service.contract",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('state', 'in', ('invoiced', 'active', 'on_hold'))]",
    )
    contract_line_id = fields.Many2one(
        "service.contract.line",
        compute="_compute_contract_line_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('contract_id', '=', contract_id), ('coverage_type', '!=', 'none')]",
        help="Work on this line uses the credit.",
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_id.currency_id", store=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True)

    # Why
    reason_id = fields.Many2one(
        "service.courtesy.reason", required=True, ondelete="restrict", tracking=True
    )
    note = fields.Text(
        string="Why", required=True, help="In your own words, for the record."
    )

    # What
    unit = fields.Selection(
        GIVEN_UNITS, string="What Is Given", default="minor", required=True
    )
    amount = fields.Monetary(help="Of work at its usual price, untaxed.")
    quantity = fields.Float(help="Hours, cases or visits.", aggregator=None)
    date_from = fields.Date(
        string="Valid From",
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="First day whose work uses the credit. A day in the past takes in what is "
        "not invoiced yet.",
    )
    date_to = fields.Date(
        string="Valid To",
        help="Last day whose work uses the credit. Empty: as long as the line.",
    )
    value = fields.Monetary(
        compute="_compute_value",
        store=True,
        copy=False,
        string="Worth",
        help="What is given, at the price of the line when it is granted.",
    )

    # What became of it
    approver_id = fields.Many2one(
        "res.users",
        string="Approved By",
        copy=False,
        readonly=True,
        tracking=True,
        ondelete="restrict",
    )
    granted_at = fields.Datetime(copy=False, readonly=True)
    granted_on = fields.Date(
        copy=False, readonly=True, help="Day on which it counts in the budgets."
    )
    closing = fields.Selection(
        [("expired", "Expired"), ("withdrawn", "Withdrawn")],
        copy=False,
        readonly=True,
    )
    closed_at = fields.Datetime(copy=False, readonly=True)
    closed_by_id = fields.Many2one(
        "res.users", copy=False, readonly=True, ondelete="restrict"
    )
    close_reason = fields.Char(copy=False, readonly=True)
    counter_ids = fields.One2many("service.coverage.counter", "courtesy_id")
    charge_count = fields.Integer(compute="_compute_charge_count")
    balance_text = fields.Char(compute="_compute_balance_text", string="Balance")
    used_percent = fields.Float(compute="_compute_balance_text", string="Used (%)")
    given_value = fields.Monetary(
        compute="_compute_given_value",
        store=True,
        string="Given",
        help="What it is worth, without what came back unused.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("granted", "Granted"),
            ("used_up", "Used up"),
            ("expired", "Expired"),
            ("withdrawn", "Withdrawn"),
        ],
        compute="_compute_state",
        store=True,
        precompute=True,
        index=True,
        tracking=True,
    )

    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The credit can't lapse before it is valid.",
    )
    _not_negative = models.Constraint(
        "CHECK (amount >= 0 AND quantity >= 0)", "A credit can't be negative."
    )

    # === COMPUTE METHODS === #

    @api.depends("contract_id")
    def _compute_contract_line_id(self):
        for courtesy in self:
            lines = courtesy.contract_id.line_ids.filtered(
                lambda line: line.coverage_type != "none" and not line.date_cancelled
            )
            if courtesy.contract_line_id not in lines:
                courtesy.contract_line_id = lines[:1]

    @api.depends("contract_id")
    def _compute_date_from(self):
        for courtesy in self:
            if courtesy.contract_id and not courtesy.date_from:
                courtesy.date_from = courtesy.contract_id._today()

    @api.depends("unit", "amount", "quantity", "contract_line_id", "date_from")
    def _compute_value(self):
        for courtesy in self:
            if courtesy.granted_at:
                courtesy.value = courtesy.value
            elif courtesy.unit == "minor" or not courtesy.contract_line_id:
                courtesy.value = courtesy.amount
            else:
                courtesy.value = courtesy._get_worth()

    @api.depends("value", "counter_ids.granted")
    def _compute_given_value(self):
        for courtesy in self:
            whole = courtesy._get_base_quantity()
            granted = sum(courtesy.counter_ids.mapped("granted"))
            courtesy.given_value = courtesy.value * granted / whole if whole else 0.0

    @api.depends("granted_at", "closing", "counter_ids.remaining")
    def _compute_state(self):
        for courtesy in self:
            if not courtesy.granted_at:
                courtesy.state = "draft"
            elif courtesy.closing:
                courtesy.state = courtesy.closing
            elif any(counter.remaining > 0 for counter in courtesy.counter_ids):
                courtesy.state = "granted"
            else:
                courtesy.state = "used_up"

    @api.depends("counter_ids.granted", "counter_ids.remaining", "unit")
    @api.depends_context("lang")
    def _compute_balance_text(self):
        for courtesy in self:
            counters = courtesy.counter_ids
            granted = sum(counters.mapped("granted"))
            left = sum(counters.mapped("remaining"))
            courtesy.used_percent = (
                100.0 * (granted - left) / granted if granted else 0.0
            )
            courtesy.balance_text = bool(counters) and self.env._(
                "%(used)s of %(granted)s used",
                used=courtesy._format_units(granted - left),
                granted=courtesy._format_units(granted),
            )

    @api.depends("counter_ids")
    def _compute_charge_count(self):
        counts = dict(
            self.env["service.charge"]._read_group(
                [("counter_id.courtesy_id", "in", self.ids), ("kind", "=", "courtesy")],
                ["counter_id"],
                ["__count"],
            )
        )
        for courtesy in self:
            courtesy.charge_count = sum(
                counts.get(counter, 0) for counter in courtesy.counter_ids
            )

    @api.depends("contract_id.name", "unit", "amount", "quantity")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for courtesy in self:
            courtesy.display_name = self.env._(
                "%(what)s for %(contract)s",
                what=courtesy._format_units(courtesy._get_base_quantity()),
                contract=courtesy.contract_id.name,
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("contract_id", "contract_line_id", "unit", "amount", "quantity")
    def _check_what(self):
        for courtesy in self:
            line = courtesy.contract_line_id
            if line.contract_id != courtesy.contract_id:
                raise ValidationError(
                    self.env._(
                        "Choose a line of %(contract)s.",
                        contract=courtesy.contract_id.display_name,
                    )
                )
            if courtesy.unit not in line._get_courtesy_units():
                raise ValidationError(
                    self.env._(
                        "%(line)s counts other things than that. Give an amount, or "
                        "what the line counts.",
                        line=line.display_name,
                    )
                )
            if courtesy._get_base_quantity() <= 0:
                raise ValidationError(self.env._("Say how much is given."))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        defaults = {name for name in FACTS if f"default_{name}" in self.env.context}
        self._check_not_guarded(defaults.union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_guarded(vals.keys())
        if vals.keys() & TERMS and not self.env.su:
            for courtesy in self:
                if courtesy.state != "draft":
                    raise UserError(
                        self.env._(
                            "%(courtesy)s is granted. Withdraw it and grant another.",
                            courtesy=courtesy.display_name,
                        )
                    )
        return super().write(vals)

    def _check_not_guarded(self, names):
        """Refuse to write what follows from granting and withdrawing."""
        if names & FACTS and not self.env.su:
            raise UserError(
                self.env._(
                    "What becomes of a credit follows from Grant and Withdraw; it is "
                    "not typed."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_granted(self):
        if any(courtesy.state != "draft" for courtesy in self):
            raise UserError(
                self.env._("What was granted is kept. Withdraw it instead.")
            )

    # === ACTIONS === #

    def action_view_charges(self):
        """Open what the credit paid for."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_charge_action"
        )
        action["domain"] = [("counter_id", "in", self.counter_ids.ids)]
        return action

    # === BUSINESS METHODS === #

    def _get_base_quantity(self):
        """Return what is given in base units, rounded once."""
        self.ensure_one()
        given = self.amount if self.unit == "minor" else self.quantity
        return round(given * self._get_base_units_per_unit())

    def _get_worth(self):
        """Return what hours, cases or visits would cost on the first day."""
        self.ensure_one()
        line = self.contract_line_id
        day = self.date_from or self.contract_id._today()
        worth = self.env["service.charge"]._appraise(
            [
                {
                    "contract_line_id": line.id,
                    "unit": self.unit,
                    "quantity": self._get_base_quantity(),
                    "event_at": line.contract_id._get_noon(day),
                }
            ]
        )
        return worth[0]

    def _format_units(self, quantity):
        """Return base units of what is given in words."""
        return format_units(
            self.env,
            quantity,
            COVERAGE_OF_UNIT.get(self.unit),
            self.currency_id,
            unit=True,
        )
