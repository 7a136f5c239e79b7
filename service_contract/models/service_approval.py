# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import UNITS
from ..fields import BigInteger
from ._append_only import protect_columns
from .service_approval_rule import KINDS

# What can be decided about something delivered; "exclude" is what a refusal means.
RULINGS = [
    ("bill", "Bill at its rate"),
    ("cover", "Treat as covered"),
    ("courtesy", "Give away"),
    ("price", "Bill at another price"),
]
DECISIONS = [
    *RULINGS,
    ("exclude", "Not charged"),
    ("credit", "Give the SLA credit"),
    ("quote", "Bill as quoted"),
]
SECONDS_PER_HOUR = 3600.0
# What was asked may never change, and what was decided not after that.
ASKED_COLUMNS = [
    "kind",
    "asked",
    "reason",
    "usage_id",
    "sla_credit_id",
    "contract_line_id",
    "company_amount",
    "amount",
    "is_unpriced",
    "price",
    "requested_by_id",
    "requested_at",
]
DECIDED_COLUMNS = [
    "valid_until",
    "state",
    "decision",
    "decided_by_id",
    "decided_by_name",
    "decided_at",
    "note",
]
# What it depends on who may decide.
RIGHT_FIELDS = (
    "state",
    "kind",
    "contract_id",
    "company_amount",
    "is_unpriced",
    "requested_by_id",
)


class ServiceApproval(models.Model):
    """A decision that somebody asks for: what, why, how much, and the proof.

    Made by itself for work outside of what a contract includes, and by people who may
    not decide themselves. It is decided once, by somebody whom the rules let, or by
    the customer who signs a quotation; neither the question nor the answer is edited
    afterwards.
    """

    _name = "service.approval"
    _description = "Request for Approval"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "requested_at desc, id desc"
    _mail_post_access = "read"
    _check_company_auto = True

    # The question
    name = fields.Char(string="What", required=True)
    kind = fields.Selection(KINDS, required=True, index=True)
    asked = fields.Selection(
        [*RULINGS, ("credit", "Give the SLA credit"), ("quote", "Bill as quoted")],
        string="Asked For",
        required=True,
        help="What happens when it is approved.",
    )
    reason = fields.Text(string="Why Asked")
    is_automatic = fields.Boolean(string="Made by Itself")
    amount = fields.Monetary(
        aggregator=None, help="What is at stake, untaxed, in the contract's currency."
    )
    is_unpriced = fields.Boolean(
        string="Without a Price",
        help="Nothing says what it is worth, so it is more than any limit.",
    )
    price = fields.Float(
        string="Price Asked For",
        digits="Product Price",
        aggregator=None,
        help="Of one hour or piece, where another price than the rate is asked for.",
    )
    unit = fields.Selection(UNITS)
    quantity = BigInteger(
        string="Base Units", help="Hours as seconds, for example.", aggregator=None
    )
    quantity_text = fields.Char(compute="_compute_quantity_text", string="Quantity")
    explanation = fields.Json(help="The rules that applied, in order.")
    why_text = fields.Text(compute="_compute_why_text", string="Why")
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Proof", help="Photos, mails, reports."
    )

    # What it is about
    contract_line_id = fields.Many2one(
        "service.contract.line", required=True, ondelete="restrict", index=True
    )
    contract_id = fields.Many2one(
        related="contract_line_id.contract_id", store=True, index=True
    )
    company_id = fields.Many2one(related="contract_line_id.company_id", store=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True)
    currency_id = fields.Many2one(related="contract_line_id.currency_id", store=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    company_amount = fields.Monetary(
        string="Amount in Company Currency",
        currency_field="company_currency_id",
        help="Compared with the limits of the approval rules.",
    )
    usage_id = fields.Many2one(
        "service.usage",
        string="Delivered Service",
        ondelete="restrict",
        index="btree_not_null",
    )
    timesheet_id = fields.Many2one(related="usage_id.timesheet_id")
    ticket_id = fields.Many2one(
        "helpdesk.ticket", ondelete="set null", index="btree_not_null"
    )
    sla_credit_id = fields.Many2one(
        "service.sla.credit",
        string="SLA Credit",
        ondelete="restrict",
        index="btree_not_null",
    )

    # Who and when
    requested_by_id = fields.Many2one(
        "res.users", string="Asked By", required=True, ondelete="restrict"
    )
    requested_at = fields.Datetime(string="Asked At", required=True)
    valid_until = fields.Datetime(
        help="Expires then, unless somebody has decided. Empty: it does not expire."
    )
    told_at = fields.Datetime(help="When those who may decide were told.")

    # The answer
    state = fields.Selection(
        [
            ("pending", "To decide"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("expired", "Expired"),
            ("withdrawn", "Withdrawn"),
        ],
        default="pending",
        required=True,
        index=True,
        tracking=True,
    )
    decision = fields.Selection(DECISIONS)
    decided_by_id = fields.Many2one("res.users", ondelete="restrict")
    decided_by_name = fields.Char(
        string="Decided By (Name)", help="Also of a customer who signed."
    )
    decided_at = fields.Datetime()
    note = fields.Char(help="What the decision rests on, for the record.")
    hours_to_decide = fields.Float(
        string="Time to Decide (hours)",
        compute="_compute_hours_to_decide",
        store=True,
        aggregator="avg",
    )

    # Who may decide
    can_decide = fields.Boolean(
        string="Mine to Decide",
        compute="_compute_can_decide",
        search="_search_can_decide",
    )
    approver_ids = fields.Many2many(
        "res.users",
        string="Who May Decide",
        compute="_compute_approver_ids",
        compute_sudo=True,
    )
    approve_text = fields.Char(compute="_compute_texts", string="If Approved")
    refuse_text = fields.Char(compute="_compute_texts", string="If Refused")

    _open_usage = models.UniqueIndex(
        "(usage_id) WHERE state = 'pending'", "This waits for a decision already."
    )
    _open_credit = models.UniqueIndex(
        "(sla_credit_id) WHERE state = 'pending'", "This waits for a decision already."
    )
    _valid_until_idx = models.Index("(valid_until) WHERE state = 'pending'")

    def init(self):
        """Refuse changes in the database too: other addons may use SQL."""
        protect_columns(
            self.env.cr,
            self._table,
            ASKED_COLUMNS,
            sealed=("pending", DECIDED_COLUMNS),
        )

    # === COMPUTE METHODS === #

    @api.depends("quantity", "unit", "contract_line_id")
    @api.depends_context("lang")
    def _compute_quantity_text(self):
        for approval in self:
            approval.quantity_text = (
                approval.unit and approval._get_subject().quantity_text
            )

    @api.depends("reason", "explanation")
    @api.depends_context("lang")
    def _compute_why_text(self):
        for approval in self:
            subject = approval._get_subject()
            texts = [approval.reason] if approval.reason else []
            texts += [subject._explain(rule) for rule in approval.explanation or []]
            approval.why_text = "\n".join(texts)

    def _get_subject(self):
        """Return a charge in memory that words what this is about."""
        self.ensure_one()
        return (
            self.env["service.charge"]
            .sudo()  # only to format and explain
            .new(
                {
                    "usage_id": self.usage_id.id,
                    "contract_line_id": self.contract_line_id.id,
                    "unit": self.unit,
                    "quantity": self.quantity,
                }
            )
        )

    @api.depends("requested_at", "decided_at", "state")
    def _compute_hours_to_decide(self):
        for approval in self:
            approval.hours_to_decide = (
                approval.state in ("approved", "refused")
                and approval.decided_at
                and (approval.decided_at - approval.requested_at).total_seconds()
                / SECONDS_PER_HOUR
            )

    @api.depends(*RIGHT_FIELDS)
    @api.depends_context("uid")
    def _compute_can_decide(self):
        for approval in self:
            approval.can_decide = (
                approval.state == "pending" and not approval._get_obstacle()
            )

    @api.depends(*RIGHT_FIELDS)
    def _compute_approver_ids(self):
        rules = self.env["service.approval.rule"]._get_all()
        for approval in self:
            approval.approver_ids = approval._get_approvers(rules)

    @api.depends("asked", "price", "is_automatic", "currency_id")
    @api.depends_context("lang")
    def _compute_texts(self):
        for approval in self:
            approval.approve_text = approval._get_approve_text()
            approval.refuse_text = approval._get_refuse_text()

    def _get_approve_text(self):
        price = self.currency_id.format(self.price) if self.currency_id else ""
        texts = {
            "bill": self.env._("It is billed at its rate."),
            "cover": self.env._("The contract covers it."),
            "courtesy": self.env._("It is given away, on record."),
            "price": self.env._("It is billed at %(price)s each.", price=price),
            "credit": self.env._("The credit is on the next invoice."),
            "quote": self.env._("It is billed as quoted."),
        }
        return texts.get(self.asked)

    def _get_refuse_text(self):
        if self._excludes_when_refused():
            return self.env._("It is not charged.")
        if self.sla_credit_id:
            return self.env._("The customer gets no credit.")
        return self.env._("It stays as it is.")

    # === SEARCH METHODS === #

    def _search_can_decide(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = self._get_mine_domain()
        domains = {True: found, False: ~found}
        return Domain.OR(domains[bool(flag)] for flag in value)

    @api.model
    def _get_mine_domain(self):
        """Return the domain of what the user may decide now."""
        user = self.env.user
        found = (
            Domain("state", "=", "pending")
            & Domain("valid_until", ">", self.env["service.contract"]._service_now())
            & Domain("order_line_id", "=", False)
            & self.env["service.approval.rule"]._get_domain(user)
        )
        if self._is_manager(user):
            return found
        lenient = user.company_ids.filtered("service_approval_own")
        return found & (
            Domain("requested_by_id", "!=", user.id)
            | Domain("company_id", "in", lenient.ids)
        )

    @api.model
    def _is_manager(self, user):
        return user.has_group("service_contract.service_contract_group_manager")

    def _read_group_select(self, aggregate_spec, query):
        """Leave what nobody decided out of the average time."""
        if aggregate_spec != "hours_to_decide:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "AVG(%s) FILTER (WHERE %s IN ('approved', 'refused'))",
            self._field_to_sql(self._table, "hours_to_decide", query),
            self._field_to_sql(self._table, "state", query),
        )

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Requests are kept for ever; withdraw this one."))
