# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import COVERAGE_OF_UNIT, UNITS
from ..fields import BigInteger
from ..tools import format_units
from ._append_only import protect_columns

# Rules that say what follows from the others; a decision takes their place.
CONCLUSIONS = {"asks", "billed", "billed_at_rate", "decided"}


class ServiceCharge(models.Model):
    """The rating of a usage, or of a part of it: covered, billable, or given away.

    The quantities of a usage's charges sum to what was delivered, or to nothing when
    it was withdrawn. A charge is never edited: a correction reverses it and makes
    another.
    """

    _name = "service.charge"
    _description = "Service Charge"
    _inherit = ["service.quantity.mixin"]
    _order = "event_at desc, id desc"
    _check_company_auto = True
    _shown_quantities = {"shown_quantity": "quantity"}

    usage_id = fields.Many2one(
        "service.usage", required=True, ondelete="restrict", index=True
    )
    contract_line_id = fields.Many2one(
        "service.contract.line", required=True, ondelete="restrict", index=True
    )
    contract_id = fields.Many2one(
        related="contract_line_id.contract_id", store=True, index=True
    )
    company_id = fields.Many2one(related="contract_line_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_line_id.currency_id", store=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True)
    ticket_id = fields.Many2one(related="usage_id.ticket_id", store=True)
    description = fields.Char(related="usage_id.description")
    event_at = fields.Datetime(string="Delivered At", required=True)
    kind = fields.Selection(
        [
            ("covered", "Covered"),
            ("billable", "Billable"),
            ("courtesy", "Courtesy"),
            ("warranty", "Warranty"),
            ("excluded", "Not charged"),
            ("to_approve", "To approve"),
        ],
        required=True,
        help="Courtesy: given away on record, with a reason. Not charged: work that is "
        "never charged, or that somebody refused to charge.",
    )
    hold_reason = fields.Selection(
        [
            ("out_of_scope", "Out of scope"),
            ("used_up", "Allotment used up"),
            ("no_lot", "No allotment then"),
            ("quota", "Over the quota of its site"),
            ("unrated", "No rate found"),
            ("not_agreed", "Contract not agreed"),
            ("outside", "Outside the contract's dates"),
            ("awaiting_quote", "Customer has not agreed"),
        ],
        string="Waits Because",
        index="btree_not_null",
        help="Why the charge waits for a decision.",
    )
    unit = fields.Selection(UNITS, required=True)
    quantity = BigInteger(required=True, help="In base units; negative in a reversal.")
    shown_quantity = fields.Float(
        string="Quantity Delivered",
        compute="_compute_shown_quantities",
        aggregator="sum",
        help="In hours, cases, visits or currency.",
    )
    charged_quantity = BigInteger(
        required=True,
        default=0,
        help="In base units, after steps, minimum and maximum. The amount is for it.",
    )
    quantity_text = fields.Char(
        compute="_compute_quantity_text", string="Quantity Shown"
    )
    charged_text = fields.Char(
        compute="_compute_quantity_text",
        string="Charged",
        help="After steps, minimum and maximum.",
    )
    started_at = fields.Datetime(help="Begin of this part, where the hour is known.")
    ended_at = fields.Datetime(help="End of this part, where the hour is known.")
    task_code_id = fields.Many2one(
        related="usage_id.task_code_id", store=True, index="btree_not_null"
    )
    role_id = fields.Many2one(related="usage_id.role_id")
    rate_card_id = fields.Many2one(
        related="contract_line_id.rate_card_id",
        help="Rate card that the line names.",
    )
    rate_rule_id = fields.Many2one(
        "service.rate.rule",
        string="Rate",
        ondelete="restrict",
        index="btree_not_null",
        help="Line of the rate card that gave the price.",
    )
    rounded_in = fields.Char(
        help="Work that is rounded together with this: that of a day or of a ticket."
    )
    unit_price = fields.Float(digits="Product Price")
    amount = fields.Monetary(help="Untaxed. Billed if the charge is billable.")
    entry_id = fields.Many2one(
        "service.coverage.entry", string="Ledger Entry", ondelete="restrict"
    )
    counter_id = fields.Many2one(related="entry_id.counter_id")
    explanation = fields.Json(help="The rules that applied, in order.")
    explanation_text = fields.Text(compute="_compute_explanation_text", string="Why")
    reason = fields.Char(help="Why somebody decided otherwise.")
    is_decided = fields.Boolean(
        string="Decided", help="Somebody decided this; it is not rated again."
    )
    is_reversed = fields.Boolean()
    reversed_charge_id = fields.Many2one(
        "service.charge", ondelete="restrict", index="btree_not_null"
    )
    billing_state = fields.Selection(
        [
            ("no", "Not billable"),
            ("to_invoice", "To invoice"),
            ("invoiced", "Invoiced"),
            ("cancelled", "Reversed before it was invoiced"),
        ],
        default="no",
        required=True,
    )
    invoice_line_id = fields.Many2one(
        "account.move.line", ondelete="set null", index="btree_not_null", copy=False
    )

    _reversed_once = models.UniqueIndex(
        "(reversed_charge_id) WHERE reversed_charge_id IS NOT NULL",
        "This charge was reversed already.",
    )
    _rounded_idx = models.Index(
        "(contract_line_id, event_at) WHERE rounded_in IS NOT NULL"
    )
    _to_invoice_idx = models.Index(
        "(contract_line_id, event_at) WHERE billing_state = 'to_invoice'"
    )

    def init(self):
        """Refuse changes in the database too: other addons may use SQL."""
        protect_columns(
            self.env.cr,
            self._table,
            ["usage_id", "contract_line_id", "kind", "quantity", "amount", "entry_id"],
        )

    # === COMPUTE METHODS === #

    @api.depends("quantity", "unit")
    def _compute_shown_quantities(self):
        return super()._compute_shown_quantities()

    @api.depends("quantity", "charged_quantity", "unit")
    @api.depends_context("lang")
    def _compute_quantity_text(self):
        for charge in self:
            charge.quantity_text, charge.charged_text = (
                format_units(
                    self.env,
                    quantity,
                    COVERAGE_OF_UNIT[charge.unit],
                    charge.currency_id,
                    unit=True,
                )
                for quantity in (charge.quantity, charge.charged_quantity)
            )

    @api.depends("explanation")
    @api.depends_context("lang")
    def _compute_explanation_text(self):
        for charge in self:
            charge.explanation_text = "\n".join(
                charge._explain(rule) for rule in charge.explanation or []
            )

    def _get_summary(self):
        """Return what stands of these charges: Covered 0:30 h, Billable 1:00 h.

        For charges of one unit.
        """
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        standing = self._get_standing().sorted("id")
        return ", ".join(
            self.env._(
                "%(kind)s %(quantity)s",
                kind=kinds[kind],
                quantity=format_units(
                    self.env,
                    sum(charges.mapped("quantity")),
                    COVERAGE_OF_UNIT[charges[0].unit],
                    charges.currency_id,
                    unit=True,
                ),
            )
            for kind, charges in standing.grouped("kind").items()
        )

    def _get_preview_text(self):
        """Return in one sentence how a usage would be rated."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        values = {
            "kind": kinds[self.kind],
            "quantity": self.quantity_text,
            "why": self.explanation_text.replace("\n", " "),
        }
        if not self.amount:
            return self.env._("%(kind)s: %(quantity)s. %(why)s", **values)
        return self.env._(
            "%(kind)s: %(quantity)s, %(amount)s. %(why)s",
            amount=self.currency_id.format(self.amount),
            **values,
        )

    @api.depends("usage_id", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for charge in self:
            charge.display_name = (
                f"{charge.usage_id.display_name} ({kinds[charge.kind]})"
            )

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Charges are kept for ever; reverse this one."))

    # === ACTIONS === #

    def action_bill(self):
        """Bill charges that wait for a decision, at the line's overage price."""
        return self._decide("billable", None)

    def action_waive(self, reason):
        """Give billable or undecided charges away, on record.

        :param reason: why; required
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Give a reason for the courtesy."))
        return self._decide("courtesy", reason)

    def action_rate_again(self):
        """Rate the work anew, for instance after a price was added."""
        return self.usage_id.action_rate_again()

    def _decide(self, kind, reason):
        """Reverse charges, and make those that somebody decided instead.

        :param kind: billable or courtesy
        :param reason: of a courtesy
        :return: the new charges
        """
        self._check_may_decide()
        for charge in self:
            if charge.is_reversed or charge.reversed_charge_id:
                raise UserError(self.env._("This charge was corrected already."))
            if charge.kind not in ("to_approve", "billable"):
                raise UserError(self.env._("Only uncovered work needs a decision."))
            if charge.billing_state == "invoiced":
                raise UserError(
                    self.env._(
                        "This charge is on invoice %(invoice)s already.",
                        invoice=charge.invoice_line_id.move_id.display_name,
                    )
                )
            if kind == "billable" and charge.hold_reason == "unrated":
                raise UserError(
                    self.env._(
                        "There is no price for %(charge)s. Add one to the rate card, "
                        "then rate it again.",
                        charge=charge.display_name,
                    )
                )
        charges = self.sudo()  # ledger: no ACL; the right was checked above
        charges._reverse()
        return charges.create(
            [charge._prepare_decided(kind, reason) for charge in charges]
        )

    @api.model
    def _check_may_decide(self):
        if not self.env.su and not self.env.user.has_group(
            "service_contract.service_contract_group_billing"
        ):
            raise AccessError(self.env._("Only billing may decide what is billed."))

    def _prepare_decided(self, kind, reason):
        """Return values of the charge that replaces this one by somebody's decision."""
        self.ensure_one()
        kept = ("usage_id", "contract_line_id", "rate_rule_id")
        same = (
            "event_at",
            "unit",
            "quantity",
            "charged_quantity",
            "unit_price",
            "amount",
            "started_at",
            "ended_at",
            "rounded_in",
        )
        return {
            **{name: self[name].id for name in kept},
            **{name: self[name] for name in same},
            "kind": kind,
            "billing_state": "to_invoice" if kind == "billable" else "no",
            "explanation": [*self._get_reasons(), {"code": "decided"}],
            "reason": reason,
            "is_decided": True,
        }

    def _get_reasons(self):
        """Return the rules that led to this charge, without what followed from them."""
        self.ensure_one()
        return [
            rule for rule in self.explanation or [] if rule["code"] not in CONCLUSIONS
        ]

    # === CORRECTIONS === #

    def _get_standing(self):
        """Return the charges that were not corrected."""
        return self.filtered(
            lambda charge: not charge.is_reversed and not charge.reversed_charge_id
        )

    def _get_final(self):
        """Return the charges that stand and are invoiced, or were decided by hand."""
        return self._get_standing().filtered(
            lambda charge: charge.is_decided or charge.billing_state == "invoiced"
        )

    def _check_not_invoiced(self):
        """Refuse to move or replace what is on an invoice.

        :raises UserError: that says on which
        """
        invoiced = self.filtered(
            lambda charge: charge.billing_state == "invoiced" and not charge.is_reversed
        )
        if invoiced:
            raise UserError(
                self.env._(
                    "%(usage)s is on invoice %(invoice)s already. Cancel that invoice "
                    "first, or leave it on its contract.",
                    usage=invoiced[0].usage_id.display_name,
                    invoice=invoiced[0].invoice_line_id.move_id.display_name,
                )
            )

    def _reverse(self):
        """Take charges back: what they drew returns to the lot it came from.

        A charge that is on an invoice leaves a credit for the next one.
        """
        if not self:
            return
        entry_model = self.env["service.coverage.entry"]
        drawn = self.filtered("entry_id")
        entries = self.env["service.coverage.counter"]._post_entries(
            [
                {
                    "counter_id": charge.entry_id.counter_id.id,
                    "kind": "reverse",
                    "quantity": -charge.entry_id.quantity,
                    "event_at": charge.event_at,
                    "usage_id": charge.usage_id.id,
                    "reversed_entry_id": charge.entry_id.id,
                }
                for charge in drawn
            ]
        )
        entry_by_charge = dict(zip(drawn, entries, strict=True))
        self.create(
            [
                {
                    "usage_id": charge.usage_id.id,
                    "contract_line_id": charge.contract_line_id.id,
                    "event_at": charge.event_at,
                    "kind": charge.kind,
                    "unit": charge.unit,
                    "quantity": -charge.quantity,
                    "charged_quantity": -charge.charged_quantity,
                    "unit_price": charge.unit_price,
                    "amount": -charge.amount,
                    "billing_state": {
                        "invoiced": "to_invoice",
                        "to_invoice": "cancelled",
                    }.get(charge.billing_state, "no"),
                    "entry_id": entry_by_charge.get(charge, entry_model).id,
                    "reversed_charge_id": charge.id,
                    "explanation": [{"code": "reversal"}],
                }
                for charge in self
            ]
        )
        self.filtered(lambda charge: charge.billing_state == "to_invoice").write(
            {"billing_state": "cancelled"}
        )
        self.write({"is_reversed": True})
