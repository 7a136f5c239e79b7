# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..const import UNIT_OF_COVERAGE, UNITS
from ..engine.allocation import Lot, in_drawing_order
from ..fields import BigInteger
from ..tools import format_units

# Lots that visits can be planned on.
PROMISED_KINDS = ("allotment", "rollover", "topup")
# The column that entries of a kind change; all others change what is granted.
COLUMN_OF_KIND = {
    "draw": "drawn",
    "reverse": "drawn",
    "reserve": "reserved",
    "release": "reserved",
}


class ServiceCoverageCounter(models.Model):
    """A lot: what a contract line grants for one coverage period, and what is left.

    The counter is the balance of its ledger (``service.coverage.entry``). It is
    changed only by ``_post``, which writes the row together with the entry: under
    REPEATABLE READ a transaction that read an older balance then gets a
    serialization failure instead of drawing twice. A lock alone does not do that.
    """

    _name = "service.coverage.counter"
    _description = "Coverage Counter"
    _inherit = ["service.quantity.mixin"]
    _order = "contract_line_id, valid_from, kind, id"
    _check_company_auto = True
    _shown_quantities = {
        "granted_quantity": "granted",
        "used_quantity": "drawn",
        "reserved_quantity": "reserved",
        "remaining_quantity": "remaining",
    }

    contract_line_id = fields.Many2one(
        "service.contract.line", required=True, ondelete="restrict", index=True
    )
    contract_id = fields.Many2one(
        related="contract_line_id.contract_id", store=True, index=True
    )
    company_id = fields.Many2one(related="contract_line_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_line_id.currency_id")
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True)
    coverage_type = fields.Selection(related="contract_line_id.coverage_type")
    unit = fields.Selection(UNITS, required=True)
    kind = fields.Selection(
        [
            ("allotment", "Allotment"),
            ("rollover", "Carried over"),
            ("topup", "Top-up"),
        ],
        default="allotment",
        required=True,
    )
    period_no = fields.Integer(required=True, help="Number of the coverage period.")
    valid_from = fields.Datetime(required=True)
    valid_to = fields.Datetime(help="First instant no longer covered. Empty: no end.")
    day_from = fields.Date(
        string="First Day",
        compute="_compute_days",
        help="First day in the contract's time zone.",
    )
    day_to = fields.Date(
        string="Last Day",
        compute="_compute_days",
        help="Last day in the contract's time zone. Empty: no end.",
    )
    source_counter_id = fields.Many2one(
        "service.coverage.counter",
        string="Carried From",
        ondelete="restrict",
        index="btree_not_null",
    )
    priority = fields.Integer(
        default=0,
        readonly=True,
        aggregator=None,
        help="The lower number is drawn first.",
    )
    topup_id = fields.Many2one(
        "service.topup", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    invoice_line_id = fields.Many2one(
        "account.move.line",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Sold this top-up.",
    )
    granted = BigInteger(required=True, default=0, readonly=True)
    drawn = BigInteger(required=True, default=0, readonly=True)
    reserved = BigInteger(required=True, default=0, readonly=True)
    remaining = BigInteger(required=True, default=0, readonly=True)
    granted_quantity = fields.Float(
        compute="_compute_shown_quantities",
        aggregator="sum",
        help="In hours, cases, visits or currency.",
    )
    used_quantity = fields.Float(compute="_compute_shown_quantities", aggregator="sum")
    reserved_quantity = fields.Float(
        compute="_compute_shown_quantities",
        aggregator="sum",
        help="Held by planned visits and planned work.",
    )
    remaining_quantity = fields.Float(
        string="Available", compute="_compute_shown_quantities", aggregator="sum"
    )
    can_overdraw = fields.Boolean(
        help="The line lets the balance go below zero.", readonly=True
    )
    is_ahead = fields.Boolean(
        string="Opened Ahead",
        readonly=True,
        help="Its period has not begun: it was opened for a planned visit.",
    )
    version = fields.Integer(required=True, default=0, readonly=True, aggregator=None)
    entry_ids = fields.One2many("service.coverage.entry", "counter_id")
    balance_text = fields.Char(compute="_compute_balance_text", string="Balance")
    used_percent = fields.Float(compute="_compute_balance_text", string="Used (%)")
    reserved_percent = fields.Float(
        compute="_compute_balance_text", string="Reserved (%)"
    )

    _period_uniq = models.UniqueIndex(
        "(contract_line_id, period_no, kind) WHERE kind NOT IN ('topup', 'courtesy')",
        "This period has its counter already.",
    )
    _topup_uniq = models.UniqueIndex(
        "(topup_id, invoice_line_id) WHERE invoice_line_id IS NOT NULL",
        "This invoice line has granted its top-up already.",
    )
    _remaining_is_balance = models.Constraint(
        "CHECK (remaining = granted - drawn - reserved)",
        "What remains is what was granted less what was drawn and reserved.",
    )
    _drawn_positive = models.Constraint(
        "CHECK (drawn >= 0 AND reserved >= 0 AND granted >= 0)",
        "More would be given back than was taken.",
    )
    _no_overdraw = models.Constraint(
        "CHECK (can_overdraw OR remaining >= 0)",
        "The allotment is used up.",
    )
    _line_validity_idx = models.Index("(contract_line_id, valid_from, valid_to)")

    # === COMPUTE METHODS === #

    @api.depends("valid_from", "valid_to", "contract_id.tz")
    def _compute_days(self):
        for counter in self:
            contract = counter.contract_id
            start, end = counter.valid_from, counter.valid_to
            counter.day_from = start and contract._local_day(start)
            counter.day_to = end and contract._local_day(end) - timedelta(days=1)

    @api.depends("granted", "drawn", "reserved", "remaining", "unit")
    def _compute_shown_quantities(self):
        return super()._compute_shown_quantities()

    @api.depends("granted", "drawn", "reserved", "remaining", "unit")
    @api.depends_context("lang")
    def _compute_balance_text(self):
        for counter in self:
            text = self.env._(
                "%(left)s of %(granted)s left",
                left=counter._format_units(counter.remaining, unit=False),
                granted=counter._format_units(counter.granted),
            )
            if counter.reserved:
                text = self.env._(
                    "%(text)s, %(reserved)s reserved",
                    text=text,
                    reserved=counter._format_units(counter.reserved),
                )
            granted = counter.granted
            counter.balance_text = text
            counter.used_percent = 100.0 * counter.drawn / granted if granted else 0
            counter.reserved_percent = (
                100.0 * counter.reserved / granted if granted else 0
            )

    @api.depends("contract_line_id.display_name", "valid_from")
    def _compute_display_name(self):
        for counter in self:
            contract = counter.contract_id
            day = counter.valid_from and contract._local_day(counter.valid_from)
            counter.display_name = f"{counter.contract_line_id.display_name} ({day})"

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A counter carries a ledger and can't be deleted."))

    # === ACTIONS === #

    def action_view_entries(self):
        """Open the ledger of the counter."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_coverage_entry_action"
        )
        action["domain"] = [("counter_id", "=", self.id)]
        return action

    # === BUSINESS METHODS === #

    def _format_units(self, units, unit=True):
        """Return base units of the lot in words."""
        self.ensure_one()
        return format_units(
            self.env, units, self.coverage_type, self.currency_id, unit=unit
        )

    def _is_valid_at(self, instant):
        """Whether work done at an instant (naive UTC) may draw from this lot."""
        self.ensure_one()
        return self.valid_from <= instant and (
            not self.valid_to or instant < self.valid_to
        )

    def _get_lot(self):
        """Return the counter as the engine sees it."""
        self.ensure_one()
        return Lot(
            key=self.id,
            priority=self.priority,
            # Carried units were granted for the period before as well: late work of
            # that period may still draw them.
            valid_from=self.source_counter_id.valid_from or self.valid_from,
            valid_to=self.valid_to or None,
            remaining=self.remaining,
            bottomless=self.can_overdraw,
        )

    def _in_drawing_order(self):
        """Return the lots in the order in which those that are valid are drawn."""
        ordered = in_drawing_order(counter._get_lot() for counter in self)
        return self.browse(lot.key for lot in ordered)

    @api.model
    def _grant(self, lines_periods, is_ahead=False):
        """Make the counters of coverage periods and post their grants.

        :param lines_periods: pairs of contract line and engine period
        :param is_ahead: the periods have not begun
        :return: the counters, in the same order
        """
        counters = self.create(
            [
                {
                    "contract_line_id": line.id,
                    "unit": UNIT_OF_COVERAGE[line.coverage_type],
                    "period_no": period.number,
                    "valid_from": line.contract_id._day_start(period.start),
                    "valid_to": period.end and line.contract_id._day_start(period.end),
                    "granted": line.coverage_base_quantity,
                    "remaining": line.coverage_base_quantity,
                    "can_overdraw": line.exhaustion_policy == "negative",
                    "is_ahead": is_ahead,
                }
                for line, period in lines_periods
            ]
        )
        self.env["service.coverage.entry"].create(
            [
                {
                    "counter_id": counter.id,
                    "kind": "grant",
                    "quantity": counter.granted,
                    "event_at": counter.valid_from,
                }
                for counter in counters
            ]
        )
        return counters

    @api.model
    def _find_ahead(self, lines):
        """Return the lots of lines that were opened ahead, by line and period."""
        lots = self.search(
            [("contract_line_id", "in", lines.ids), ("is_ahead", "=", True)]
        )
        return {(lot.contract_line_id, lot.period_no): lot for lot in lots}

    def _begin(self):
        """Begin the periods of new lots: what is left of those before is carried in."""
        self.filtered("is_ahead").is_ahead = False
        for counter in self.sorted("valid_from"):
            if counter.contract_line_id.rollover_policy != "none":
                counter._carry_into()

    @api.model
    def _find_lots(self, lines, instants):
        """Return the lots of lines that are valid at some of the instants, by line.

        :param instants: naive UTC datetimes
        """
        if not lines or not instants:
            return {}
        lots = self.search(
            [
                ("contract_line_id", "in", lines.ids),
                ("kind", "in", PROMISED_KINDS),
                ("valid_from", "<=", max(instants)),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">", min(instants)),
            ]
        )
        return lots.grouped("contract_line_id")

    def _carry_into(self):
        """Carry what the lots of the period before left over into this period."""
        self.ensure_one()
        line = self.contract_line_id
        ending = self.search(
            [
                ("contract_line_id", "=", line.id),
                # Carried units lapse when their own time is over.
                ("kind", "=", "allotment"),
                ("valid_to", "=", self.valid_from),
                ("remaining", ">", 0),
            ]
        )
        quantity = sum(ending.mapped("remaining"))
        if line.rollover_policy == "capped":
            quantity = min(quantity, line._to_base_units(line.rollover_cap))
        if quantity <= 0:
            return
        carried = self.create(
            {
                "contract_line_id": line.id,
                "unit": self.unit,
                "kind": "rollover",
                "period_no": self.period_no,
                "valid_from": self.valid_from,
                "valid_to": line._get_rollover_end(self),
                "source_counter_id": ending[-1].id,
                "can_overdraw": False,
            }
        )
        left = quantity
        for lot in ending:
            part = min(left, lot.remaining)
            if part:
                lot._post("rollover", -part, event_at=self.valid_from)
                left -= part
        carried._post("rollover", quantity, event_at=self.valid_from)

    def _post(self, kind, quantity, event_at=None, **values):
        """Post one entry and write the balance with it.

        :param kind: see ``service.coverage.entry``
        :param quantity: change of what remains, in base units: a draw is negative
        :param event_at: when it happened (naive UTC)
        :param values: other values of the entry
        :return: the entry
        :raises ValidationError: when the policy does not allow the balance
        """
        self.ensure_one()
        entry = {
            "counter_id": self.id,
            "kind": kind,
            "quantity": quantity,
            "event_at": event_at or self.env["service.contract"]._service_now(),
            **values,
        }
        return self._post_entries([entry])

    @api.model
    def _post_entries(self, vals_list):
        """Post entries of any counters and write their balances with them.

        :param vals_list: values of the entries, see ``_post``
        :return: the entries, in the same order
        :raises ValidationError: when the policy of a counter does not allow the balance
        """
        changes = {}
        for vals in vals_list:
            column = COLUMN_OF_KIND.get(vals["kind"], "granted")
            change = changes.setdefault(vals["counter_id"], Counter())
            # What takes from the lot is more that is drawn or reserved.
            change[column] += vals["quantity"] * (1 if column == "granted" else -1)
        rows = [
            (id_, change["granted"], change["drawn"], change["reserved"])
            for id_, change in changes.items()
        ]
        for id_, granted, drawn, reserved in rows:
            self.browse(id_)._check_balance(granted - drawn - reserved)
        self._bump(rows)
        entry_model = self.env["service.coverage.entry"]
        if vals_list and all(vals["kind"] == "draw" for vals in vals_list):
            return entry_model._insert_entries(vals_list)
        return entry_model.create(vals_list)

    def _check_balance(self, change):
        """Refuse a change that would take more than is left."""
        self.ensure_one()
        if change < 0 and not self.can_overdraw and self.remaining + change < 0:
            raise ValidationError(
                self.env._(
                    "%(counter)s: %(left)s are left, so %(quantity)s can't be taken.",
                    counter=self.display_name,
                    left=self.remaining,
                    quantity=-change,
                )
            )

    @api.model
    def _bump(self, changes):
        """Write the balances and raise the versions, all in one statement.

        The rows must be *written*: the loser of a race gets 40001, rolls back and
        settles later (see ``docs/decisions/counters.md``).

        :param changes: (counter id, change of granted, of drawn, of reserved)
        """
        if not changes:
            return
        balance = ["version", "granted", "drawn", "reserved", "remaining"]
        self.flush_model(balance)
        self.env.cr.execute(
            SQL(
                """
                UPDATE service_coverage_counter AS counter
                   SET version = counter.version + 1,
                       granted = counter.granted + change.granted,
                       drawn = counter.drawn + change.drawn,
                       reserved = counter.reserved + change.reserved,
                       remaining = counter.remaining
                           + change.granted - change.drawn - change.reserved
                  FROM (VALUES %s) AS change (id, granted, drawn, reserved)
                 WHERE counter.id = change.id
                """,
                SQL(", ").join(
                    SQL("(%s, %s::bigint, %s::bigint, %s::bigint)", *change)
                    for change in sorted(changes)
                ),
            )
        )
        counters = self.browse(change[0] for change in changes)
        counters.invalidate_recordset(balance)
        counters.modified(balance)

    def _adjust(self, quantity, reason):
        """Correct the balance by hand or at an import.

        :param quantity: change of what remains, in base units
        :param reason: required; kept with the entry
        """
        self.ensure_one()
        if not (reason or "").strip():
            raise UserError(self.env._("Give a reason for the adjustment."))
        return self.sudo()._post("adjust", quantity, reason=reason)  # ledger: no ACL
