# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import UNIT_OF_COVERAGE, UNITS
from ..engine.allocation import allocate
from ..fields import BigInteger
from ..tools import format_units
from ._append_only import protect_columns

COVERAGE_OF_UNIT = {unit: coverage for coverage, unit in UNIT_OF_COVERAGE.items()}


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
            ("to_approve", "To approve"),
        ],
        required=True,
        help="Courtesy: given away on record, with a reason.",
    )
    unit = fields.Selection(UNITS, required=True)
    quantity = BigInteger(required=True, help="In base units; negative in a reversal.")
    shown_quantity = fields.Float(
        string="Quantity Delivered",
        compute="_compute_shown_quantities",
        aggregator="sum",
        help="In hours, cases, visits or currency.",
    )
    quantity_text = fields.Char(
        compute="_compute_quantity_text", string="Quantity Shown"
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

    @api.depends("quantity", "unit")
    @api.depends_context("lang")
    def _compute_quantity_text(self):
        for charge in self:
            charge.quantity_text = format_units(
                self.env,
                charge.quantity,
                COVERAGE_OF_UNIT.get(charge.unit),
                charge.currency_id,
                unit=True,
            )

    @api.depends("explanation")
    @api.depends_context("lang")
    def _compute_explanation_text(self):
        for charge in self:
            charge.explanation_text = "\n".join(
                charge._explain(rule) for rule in charge.explanation or []
            )

    def _explain(self, rule):
        """Return one rule of the explanation in the reader's language."""
        coverage = self.contract_line_id.coverage_type
        drawn, left = (
            format_units(
                self.env, rule.get(name, 0), coverage, self.currency_id, unit=True
            )
            for name in ("drawn", "left")
        )
        texts = {
            "included": self.env._("The line includes this without counting it."),
            "drawn": self.env._(
                "%(drawn)s drawn from the allotment, %(left)s left.",
                drawn=drawn,
                left=left,
            ),
            "multiplied": self.env._(
                "This line counts work at %(percent)s %% of its time.",
                percent=rule.get("percent"),
            ),
            "overdrawn": self.env._(
                "The allotment is used up; the line lets it go below zero."
            ),
            "used_up": self.env._("The allotment valid at that time is used up."),
            "not_included": self.env._("The allotment does not include this."),
            "not_agreed": self.env._("The contract was not agreed yet."),
            "outside": self.env._("It was delivered outside the dates of the line."),
            "no_lot": self.env._("No allotment was valid at that time."),
            "billed": self.env._("Overage is billed at the line's overage price."),
            "asks": self.env._("Somebody decides whether it is billed."),
            "exempt": self.env._("Somebody decided that this draws nothing."),
            "decided": self.env._("Somebody decided this."),
            "reversal": self.env._("Takes back an earlier charge."),
        }
        return texts[rule["code"]]

    def _get_summary(self):
        """Return what stands of these charges: Covered 0:30 h, Billable 1:00 h.

        For charges of one unit.
        """
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        standing = self.filtered(
            lambda charge: not charge.is_reversed and not charge.reversed_charge_id
        )
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

    def _decide(self, kind, reason):
        if not self.env.su and not self.env.user.has_group(
            "service_contract.service_contract_group_billing"
        ):
            raise AccessError(self.env._("Only billing may decide what is billed."))
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
        charges = self.sudo()  # ledger: no ACL; the right was checked above
        charges._reverse()
        return charges.create(
            [
                charge._prepare_charge(
                    kind,
                    charge.quantity,
                    explanation=[{"code": "decided"}],
                    reason=reason,
                )
                for charge in charges
            ]
        )

    # === RATING === #

    @api.model
    def _rate(self, usages):
        """Split usages into charges and post the draws, oldest usage first.

        :param usages: of locked contracts, in event order
        :return: the charges
        """
        if not usages:
            return self.browse()
        lines = usages.contract_line_id
        lines._open_lots(max(usages.mapped("event_at")))
        lots = self._get_lots(usages)
        entries, charges = [], []
        for usage in usages:
            for vals, draw in self._split(usage, lots):
                if draw:
                    vals["entry_no"] = len(entries)
                    entries.append(draw)
                charges.append(vals)
        self.env["service.balance.alert"]._watch(lots)
        posted = self.env["service.coverage.counter"]._post_entries(entries)
        for vals in charges:
            if "entry_no" in vals:
                vals["entry_id"] = posted[vals.pop("entry_no")].id
        return self.create(charges)

    @api.model
    def _get_lots(self, usages):
        """Return the lots that the usages may draw from, by line, in one query."""
        instants = usages.mapped("event_at")
        counters = self.env["service.coverage.counter"].search(
            [
                ("contract_line_id", "in", usages.contract_line_id.ids),
                "|",
                ("valid_from", "<=", max(instants)),
                ("source_counter_id.valid_from", "<=", max(instants)),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">", min(instants)),
            ]
        )
        lots = {line: {} for line in usages.contract_line_id}
        for counter in counters:
            lots[counter.contract_line_id][counter.id] = counter._get_lot()
        return lots

    @api.model
    def _split(self, usage, lots_by_line):
        """Yield the charges of one usage, each with its draw or None.

        The lots are updated, so that the next usage sees what is left.
        """
        line = usage.contract_line_id
        # The usage may be one that a dialog only previews.
        new = self.new({"usage_id": usage, "contract_line_id": line.id})
        rate = line._get_draw_rate(usage.unit)
        if vals := new._prepare_undivided(rate):
            yield vals, None
        else:
            yield from new._split_over_lots(lots_by_line[line], rate)

    def _prepare_undivided(self, rate):
        """Return the values of the one charge of a usage that draws from no lot, or
        None.

        :param rate: see ``service.contract.line._get_draw_rate``
        """
        usage, line = self.usage_id, self.contract_line_id
        if usage.exempt_reason:
            return self._prepare_charge(
                "courtesy",
                usage.quantity,
                explanation=[{"code": "exempt"}],
                reason=usage.exempt_reason,
            )
        if not line.contract_id.confirmed_at:
            return self._prepare_undecided("not_agreed")
        if not line._serves_at(usage.event_at):
            return self._prepare_undecided("outside")
        if rate is not None:
            return None
        if usage.unit == "minor" and line._is_counted():
            # Parts are not part of an allotment of cases, hours or visits.
            return self._prepare_overage(usage.quantity, "not_included")
        return self._prepare_charge(
            "covered", usage.quantity, explanation=[{"code": "included"}]
        )

    def _split_over_lots(self, lots, rate):
        """Yield the charges of a usage that draws, each with its draw or None.

        :param lots: by key; updated
        """
        usage, line = self.usage_id, self.contract_line_id
        for part in allocate(usage.quantity, lots.values(), usage.event_at, rate):
            if part.lot_key is None:
                had_lot = any(lot.is_valid_at(usage.event_at) for lot in lots.values())
                code = "used_up" if had_lot else "no_lot"
                yield self._prepare_overage(part.quantity, code), None
                continue
            lot = lots[part.lot_key]
            left = lot.remaining - part.drawn
            lots[part.lot_key] = replace(lot, remaining=left)
            rules = [{"code": "drawn", "drawn": part.drawn, "left": left}]
            if line._is_multiplied():
                rules.insert(0, {"code": "multiplied", "percent": line.draw_multiplier})
            if left < 0:
                rules.append({"code": "overdrawn"})
            draw = {
                "counter_id": part.lot_key,
                "kind": "draw",
                "quantity": -part.drawn,
                "event_at": usage.event_at,
                "usage_id": usage.id,
            }
            yield (
                self._prepare_charge("covered", part.quantity, explanation=rules),
                draw,
            )

    def _prepare_undecided(self, code):
        """Return values of the charge for work that somebody must decide about."""
        return self._prepare_charge(
            "to_approve",
            self.usage_id.quantity,
            explanation=[{"code": code}, {"code": "asks"}],
        )

    def _prepare_overage(self, quantity, code):
        """Return values of the charge for what no lot covers.

        :param code: why no lot covers it, see ``_explain``
        """
        bill = self.contract_line_id.exhaustion_policy == "bill"
        return self._prepare_charge(
            "billable" if bill else "to_approve",
            quantity,
            explanation=[{"code": code}, {"code": "billed" if bill else "asks"}],
        )

    def _prepare_charge(self, kind, quantity, **values):
        """Return values of a charge of the same usage and line as this one."""
        usage, line = self.usage_id, self.contract_line_id
        price = line._get_overage_price(usage.unit) if kind != "covered" else 0
        return {
            "usage_id": usage.id,
            "contract_line_id": line.id,
            "event_at": usage.event_at,
            "kind": kind,
            "unit": usage.unit,
            "quantity": quantity,
            "unit_price": price,
            "amount": line._get_overage_amount(usage.unit, quantity) if price else 0,
            "billing_state": "to_invoice" if kind == "billable" else "no",
            **values,
        }

    # === CORRECTIONS === #

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
