# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..engine import periods
from .service_contract_terms_balance import BALANCE_FIELDS

# Fields that only the verb writes that cancels a line.
FACTS = {"cancel_reason", "date_cancelled"}
# How far the billing and the granting of lots have come; only they write it.
PROGRESS = {"next_bill_date", "next_billing_period", "next_lot_at"}
# Fields of a line that may change after the contract is agreed.
UNLOCKED = FACTS | PROGRESS | {"quota_ids", "sale_line_id", "sequence", *BALANCE_FIELDS}


class ServiceContractLine(models.Model):
    """One promise of a contract: what, at what price, how much of it, for whom.

    Copied from a template line or typed. Its periods, for billing and for coverage,
    are computed from its first day. Once the contract is agreed a line is never
    edited: it is cancelled from a date, and another is added.
    """

    _name = "service.contract.line"
    _description = "Service Contract Line"
    _inherit = ["service.contract.terms.mixin"]
    _order = "contract_id, sequence, id"
    _rec_names_search = ["name", "contract_id.name"]
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    contract_id = fields.Many2one(
        "service.contract", required=True, ondelete="cascade", index=True
    )
    template_line_id = fields.Many2one(
        "service.contract.template.line", ondelete="set null", copy=False
    )
    sale_line_id = fields.Many2one(
        "sale.order.line", copy=False, readonly=True, index="btree_not_null"
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_id.currency_id", store=True)
    partner_id = fields.Many2one(related="contract_id.partner_id")
    contract_state = fields.Selection(related="contract_id.state", string="State")
    date_start = fields.Date(
        compute="_compute_date_start",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        copy=False,
        help="First day of this line. Billing and coverage periods count from it.",
    )
    date_end = fields.Date(
        help="Last day of this line. Empty: that of the contract.", copy=False
    )
    date_cancelled = fields.Date(
        string="Cancelled From",
        copy=False,
        readonly=True,
        help="First day that this line no longer covers.",
    )
    cancel_reason = fields.Text(copy=False, readonly=True)

    site_ids = fields.Many2many(
        "res.partner",
        "service_contract_line_site_rel",
        string="Sites",
        help="Addresses covered by this line. Empty: those of the contract.",
    )
    contact_ids = fields.Many2many(
        "res.partner",
        "service_contract_line_contact_rel",
        string="Contacts",
        help="Who may call on this line. Empty: those of the contract.",
    )
    covered_item_ids = fields.One2many(
        "service.covered.item",
        "line_id",
        string="Covered Items",
        copy=True,
        help="Products or serial numbers covered. Empty: all.",
    )
    price_subtotal = fields.Monetary(
        compute="_compute_price_subtotal", string="Per Period"
    )

    _dates_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "The line can't end before it starts.",
    )

    # === COMPUTE METHODS === #

    @api.depends("contract_id.date_start")
    def _compute_date_start(self):
        for line in self:
            contract = line.contract_id
            start = contract.date_start
            if start and contract.state != "draft":
                # Added to a running contract: nothing is owed for the past.
                start = max(start, contract._today())
            line.date_start = start

    @api.depends("product_id", "quantity", "contract_id.pricelist_id")
    def _compute_price_unit(self):
        kept = self.filtered(
            lambda line: (
                line.template_line_id
                and not line.template_line_id.use_pricelist
                and line.template_line_id.product_id == line.product_id
            )
        )
        for line in kept:
            line.price_unit = line.price_unit
        return super(ServiceContractLine, self - kept)._compute_price_unit()

    @api.depends("quantity", "price_unit", "discount", "currency_id")
    def _compute_price_subtotal(self):
        for line in self:
            line.price_subtotal = line.currency_id.round(
                line.quantity * line.price_unit * (1 - line.discount / 100)
            )

    @api.depends("name", "contract_id.name")
    def _compute_display_name(self):
        for line in self:
            first_line = (line.name or "").split("\n")[0]
            line.display_name = f"{line.contract_id.name}: {first_line}"

    # === CONSTRAINT METHODS === #

    @api.constrains("date_start", "date_end", "contract_id")
    def _check_dates(self):
        for line in self:
            contract = line.contract_id
            if line.date_start < contract.date_start:
                raise ValidationError(
                    self.env._(
                        "%(line)s can't start before its contract, on %(start)s.",
                        line=line.name,
                        start=format_date(self.env, contract.date_start),
                    )
                )
            if contract.date_end and line.date_start > contract.date_end:
                raise ValidationError(
                    self.env._(
                        "%(line)s can't start after its contract ends, on %(end)s.",
                        line=line.name,
                        end=format_date(self.env, contract.date_end),
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        contracts = self.env["service.contract"].browse(
            vals["contract_id"] for vals in vals_list if vals.get("contract_id")
        )
        contracts._check_takes_lines()
        defaults = {
            name for name in FACTS | PROGRESS if f"default_{name}" in self.env.context
        }
        self._check_not_guarded(defaults.union(*vals_list))
        terms = set(self._get_terms_fields())
        for vals in vals_list:
            # A form sends the fields it shows; the other terms are the template's.
            if vals.get("template_line_id") and terms - vals.keys():
                self._complete_terms(vals)
        lines = super().create(vals_list)
        for contract, added in lines.grouped("contract_id").items():
            if contract.state != "draft":
                contract.message_post(
                    body=self.env._(
                        "Added: %(lines)s", lines=", ".join(added.mapped("name"))
                    )
                )
                added._schedule_lots()
                added._open_lots(contract._service_now())
        return lines

    def _complete_terms(self, vals):
        """Add the terms that the values leave out, from the template line."""
        template_line = self.env["service.contract.template.line"].browse(
            vals["template_line_id"]
        )
        contract = self.env["service.contract"].browse(vals.get("contract_id"))
        for name, value in template_line._prepare_contract_line(
            contract.currency_id
        ).items():
            vals.setdefault(name, value)

    def write(self, vals):
        self._check_not_guarded(vals.keys())
        if any(
            line.contract_id.id != vals.get("contract_id", line.contract_id.id)
            for line in self
        ):
            raise UserError(
                self.env._("A line stays on its contract. Add one to the other.")
            )
        changed = vals.keys() - UNLOCKED
        if changed and any(state != "draft" for state in self.mapped("contract_state")):
            self._check_unlocked(changed)
        return super().write(vals)

    def _check_not_guarded(self, names):
        """Refuse to write what follows from the verbs, the billing and the lots."""
        if names & FACTS:
            self.contract_id._check_is_verb()
        guarded = names & PROGRESS
        if guarded and not self.env.su and not self.contract_id._is_verb():
            raise UserError(
                self.env._(
                    "%(fields)s: these follow from what was billed and granted. To "
                    "bill a period again, cancel its invoice.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(guarded)
                    ),
                )
            )

    def _set_progress(self, **progress):
        """Note how far the billing or the granting of lots has come.

        :param progress: values of fields in ``PROGRESS``
        """
        self.with_env(self.contract_id._as_verb().env).write(progress)

    def _check_unlocked(self, names):
        """Refuse to change the terms of a line whose contract is agreed."""
        if self.contract_id._is_verb():
            return
        locked = self.filtered(lambda line: line.contract_state != "draft")
        labels = [
            self._fields[name]._description_string(self.env)
            for name in sorted(names)
            if name in self._fields
        ]
        raise UserError(
            self.env._(
                "%(line)s is agreed with the customer, so these terms are locked: "
                "%(fields)s. Cancel the line from a date and add another.",
                line=locked[0].display_name,
                fields=", ".join(labels),
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        for line in self:
            if line.contract_state != "draft":
                raise UserError(
                    self.env._(
                        "%(line)s is agreed with the customer. Cancel it from a date "
                        "instead of deleting it.",
                        line=line.display_name,
                    )
                )

    # === ACTIONS === #

    def action_cancel_line(self, day=None, reason=None):
        """Cancel the line from a day on.

        :param day: first day it no longer covers; today if none is given
        :param reason: why, for the record
        """
        for line in self:
            contract = line.contract_id
            contract._require_state("invoiced", "active", "on_hold")
            if not (reason or "").strip():
                raise UserError(self.env._("Give a reason for the cancellation."))
            start = fields.Date.to_date(day) or contract._today()
            if line.date_cancelled and line.date_cancelled <= start:
                raise UserError(
                    self.env._(
                        "%(line)s is cancelled from %(day)s already.",
                        line=line.display_name,
                        day=format_date(self.env, line.date_cancelled),
                    )
                )
            contract._as_verb().line_ids.filtered(lambda r, line=line: r == line).write(
                {"date_cancelled": max(start, line.date_start), "cancel_reason": reason}
            )
            line._close_lots()
            contract.message_post(
                body=self.env._(
                    "Cancelled from %(day)s: %(line)s. Reason: %(reason)s",
                    day=format_date(self.env, start),
                    line=line.name,
                    reason=reason,
                )
            )
        return True

    # === BUSINESS METHODS: PERIODS === #

    def _get_end(self):
        """Return the day after the line's last day; None for an open end."""
        self.ensure_one()
        ends = [
            end
            for end in (
                self.date_end and self.date_end + timedelta(days=1),
                self.date_cancelled,
                self.contract_id.date_cancelled,
                self.contract_id._get_end(),
            )
            if end
        ]
        return min(ends, default=None)

    def _get_billing_recurrence(self):
        """Return the grid of billing periods."""
        self.ensure_one()
        return periods.recurrence_for(
            self.date_start,
            self.billing_unit,
            self.billing_interval,
            self.billing_alignment,
            self.billing_day,
        )

    def _get_coverage_periods(self, until):
        """Return the coverage periods that have begun by a day, oldest first."""
        self.ensure_one()
        end = self._get_end()
        if self.coverage_period == "term":
            term = periods.Period(0, self.date_start, end, self.date_start, end)
            return [term] if self.date_start <= until else []
        return list(
            periods.periods_between(
                self._get_coverage_recurrence(),
                self.date_start,
                end,
                until + timedelta(days=1),
            )
        )

    def _get_coverage_recurrence(self):
        """Return the grid of coverage periods; it begins where billing does."""
        self.ensure_one()
        return periods.recurrence_for(
            self.date_start,
            self.coverage_period,
            1,
            self.billing_alignment,
            self.billing_day,
        )

    def _get_list_price(self):
        pricelist = self.contract_id.pricelist_id
        if not self.product_id or not pricelist:
            return super()._get_list_price()
        return pricelist._get_product_price(
            self.product_id, self.quantity or 1.0, currency=self.currency_id
        )
