# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.credit import NONE, credit_amount
from ..fields import BigInteger
from ..transactions import each_alone

_logger = logging.getLogger(__name__)

# Timers looked at in one step of the scheduled action.
CHUNK = 200
# States of a timer in which a target that was passed is a miss for good or for now.
MISSED_STATES = ("running", "paused", "missed")


class ServiceSlaCredit(models.Model):
    """What a customer gets back for one target that was missed.

    Proposed by itself from the facts: a timer that passed its target, on a contract
    that promises a credit. Billing approves it, which makes a charge of a negative
    amount that the next invoice takes, or refuses it with a reason. A timer that is
    superseded, merged or met after all voids the proposal; what somebody decided
    stays.
    """

    _name = "service.sla.credit"
    _description = "SLA Credit"
    _order = "breached_at desc, id desc"
    _check_company_auto = True

    # The miss
    timer_id = fields.Many2one(
        "service.sla.timer", ondelete="set null", index="btree_not_null"
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", ondelete="set null", index="btree_not_null"
    )
    ticket_number = fields.Char(help="Stays when the ticket is deleted.")
    metric = fields.Selection(
        lambda self: self._selection_metric(), string="Promise", required=True
    )
    breached_at = fields.Datetime(
        string="Missed At", required=True, help="When the time was used up."
    )
    late_s = BigInteger(
        string="Late (s)",
        help="Seconds that count beyond the target, of working days beyond the open "
        "time until their end; empty while the work goes on.",
    )

    # Whose it is
    contract_line_id = fields.Many2one(
        "service.contract.line", required=True, ondelete="restrict", index=True
    )
    contract_id = fields.Many2one(
        related="contract_line_id.contract_id", store=True, index=True
    )
    company_id = fields.Many2one(related="contract_line_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_line_id.currency_id", store=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True)

    # What it is worth
    period_from = fields.Date(required=True, help="First day of the billing period.")
    period_to = fields.Date(
        string="Before", help="First day after the billing period; empty: no end."
    )
    fee = fields.Monetary(help="Price of the contract line for that period, untaxed.")
    amount = fields.Monetary(help="Untaxed.")
    is_capped = fields.Boolean(
        string="Cut by the Cap", help="The cap of the contract made it less."
    )

    # Decision
    decision = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("void", "Void"),
        ],
        default="proposed",
        required=True,
    )
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("approved", "Approved"),
            ("invoiced", "Invoiced"),
            ("refused", "Refused"),
            ("void", "Void"),
        ],
        compute="_compute_state",
        store=True,
        precompute=True,
        index=True,
        help="Approved: on the next invoice. Void: the facts do not bear it any more.",
    )
    decided_by_id = fields.Many2one("res.users", ondelete="restrict")
    decided_at = fields.Datetime()
    reason = fields.Char()
    charge_id = fields.Many2one(
        "service.charge", ondelete="restrict", index="btree_not_null"
    )
    invoice_id = fields.Many2one(related="charge_id.invoice_line_id.move_id")
    explanation = fields.Char(compute="_compute_explanation")

    _timer_uniq = models.UniqueIndex(
        "(timer_id) WHERE timer_id IS NOT NULL", "This miss has its credit already."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "An SLA credit can't be negative."
    )
    _approved_has_charge = models.Constraint(
        "CHECK (decision != 'approved' OR charge_id IS NOT NULL)",
        "An approved SLA credit has a charge.",
    )

    # === COMPUTE METHODS === #

    @api.model
    def _selection_metric(self):
        return self.env["service.sla.timer"]._fields["metric"].selection

    @api.depends("decision", "charge_id.billing_state")
    def _compute_state(self):
        for credit in self:
            is_invoiced = (
                credit.decision == "approved"
                and credit.charge_id.billing_state == "invoiced"
            )
            credit.state = "invoiced" if is_invoiced else credit.decision

    @api.depends("metric", "ticket_number", "late_s", "breached_at")
    @api.depends_context("lang")
    def _compute_explanation(self):
        metrics = dict(self._fields["metric"]._description_selection(self.env))
        for credit in self:
            words = {"metric": metrics[credit.metric], "ticket": credit.ticket_number}
            if credit.late_s:
                credit.explanation = self.env._(
                    "%(metric)s of ticket %(ticket)s missed by %(time)s",
                    time=credit._format_late(),
                    **words,
                )
            else:
                credit.explanation = self.env._(
                    "%(metric)s of ticket %(ticket)s missed", **words
                )

    def _format_late(self):
        """Return the time beyond the target, rounded up to minutes."""
        hours, minutes = divmod(-(-self.late_s // 60), 60)
        if not hours:
            return self.env._("%(minutes)s min", minutes=minutes)
        return self.env._(
            "%(hours)s h %(minutes)s min", hours=hours, minutes=f"{minutes:02d}"
        )

    @api.depends("explanation")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for credit in self:
            credit.display_name = credit.explanation

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("SLA credits are kept; refuse this one."))

    # === ACTIONS === #

    def action_approve(self):
        """Put proposed credits on the next invoice of their contracts.

        Those that the facts do not bear any more become void instead; those whose
        ticket has come to another contract stay proposed, to be looked at again.
        """
        self._check_may_decide()
        proposed = self.sudo()._lock()  # no ACL to write; the right was checked above
        if any(credit.decision != "proposed" for credit in proposed):
            raise UserError(
                self.env._("Only proposed credits can be approved; choose those.")
            )
        lines = {credit: credit.contract_line_id for credit in proposed}
        proposed._refresh()
        proposed.filtered(
            lambda credit: (
                credit.decision == "proposed"
                and credit.contract_line_id == lines[credit]
            )
        )._approve()
        return True

    def action_refuse(self, reason):
        """Refuse credits that are not invoiced yet.

        :param reason: why; required
        """
        self._check_may_decide()
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason why it is refused."))
        credits = self.sudo()._lock()  # no ACL to write; the right was checked above
        if any(credit.state not in ("proposed", "approved") for credit in credits):
            raise UserError(
                self.env._("Only credits that are not invoiced yet can be refused.")
            )
        credits.charge_id._reverse()
        credits.write(
            {"decision": "refused", "charge_id": False, **self._get_stamp(reason)}
        )
        credits._appraise_others()
        return True

    def _lock(self):
        """Lock the contracts, so that no billing and no other decision is at them.

        SQL writes what it locks: a decision with an older snapshot, which does not see
        this one in the sum of its cap, then fails and is tried again.
        """
        contracts = self.contract_id
        contracts.lock_for_update(allow_referencing=True)
        if contracts:
            self.env.cr.execute(
                SQL(
                    "UPDATE service_contract SET write_date = write_date"
                    " WHERE id IN %s",
                    tuple(contracts.ids),
                )
            )
        return self

    def _get_stamp(self, reason=None):
        return {
            "decided_by_id": self.env.uid,
            "decided_at": self.env["service.contract"]._service_now(),
            "reason": reason,
        }

    def _approve(self):
        """Make the charges, each at most what the cap leaves."""
        given = self._get_given("approved")
        for credit in self:
            amount = min(credit._get_amount(given)[0], credit._to_minor(credit.amount))
            given[credit._get_cap_key()] += amount
            credit.amount = amount / 10**credit.currency_id.decimal_places
        worthless = self.filtered(lambda credit: not credit.amount)
        worthless._void(self.env._("The cap of the period is used up."))
        approved = self - worthless
        charges = self.env["service.charge"].create(
            [credit._prepare_charge() for credit in approved]
        )
        for charge in charges:
            charge.sla_credit_id.charge_id = charge
        approved.write({"decision": "approved", **self._get_stamp()})
        approved._log_on_contracts()

    def _log_on_contracts(self):
        """Note on each contract what was approved."""
        notes = {
            contract.id: self.env._(
                "SLA credits of %(amount)s approved: %(why)s.",
                amount=contract.currency_id.format(sum(credits.mapped("amount"))),
                why="; ".join(credits.mapped("explanation")),
            )
            for contract, credits in self.grouped("contract_id").items()
        }
        self.contract_id._message_log_batch(notes)

    def _prepare_charge(self):
        """Return values of the charge: nothing was delivered, so its quantity is 0."""
        return {
            "sla_credit_id": self.id,
            "contract_line_id": self.contract_line_id.id,
            "event_at": self.breached_at,
            "kind": "billable",
            "unit": "minor",
            "quantity": 0,
            "amount": -self.amount,
            "billing_state": "to_invoice",
            "explanation": [{"code": "sla_credit"}],
        }

    # === CRON METHODS === #

    @api.model
    def _cron_propose(self):
        """Propose credits for new misses; void what the facts bear no more."""
        progress = self.env["ir.cron"]._commit_progress
        each_alone(
            self.search([("decision", "=", "proposed")]) | self._find_missed_again(),
            lambda credits: credits._refresh(),
            self._log_failure,
        )
        domain = self._get_missed_domain()
        timer_model = self.env["service.sla.timer"]
        progress(remaining=timer_model.search_count(domain))
        failed = timer_model
        while timers := timer_model.search(
            domain & Domain("id", "not in", failed.ids),
            limit=CHUNK,
            order="breached_at, id",
        ):
            failed |= each_alone(timers, self._propose, self._log_failure)
            if not progress(len(timers)):
                break

    @api.model
    def _log_failure(self, record, _error):
        """Log what can't be proposed or read again; the next run tries it again."""
        _logger.exception("SLA credit of %s can't be proposed", record)

    @api.model
    def _get_missed_domain(self):
        """Return the domain of timers that were missed and have no credit yet."""
        return (
            Domain("breached_at", "!=", False)
            & Domain("breached_at", "<=", self.env["service.contract"]._service_now())
            & Domain("state", "in", MISSED_STATES)
            & Domain("sla_credit_ids", "=", False)
            & Domain(
                "ticket_id.service_contract_id.sla_credit_rule", "not in", [False, NONE]
            )
        )

    # === BUSINESS METHODS === #

    @api.model
    def _propose(self, timers):
        """Make one credit for each missed timer, in the order of the misses.

        A miss that is worth nothing gets a void one, which says why.

        :param timers: of tickets whose contract promises a credit
        """
        vals_list = [self._prepare_credit(timer) for timer in timers]
        news = self.browse().concat(*(self.new(vals) for vals in vals_list))
        given = news._get_given("proposed", "approved")
        standing = news._get_standing()
        for vals, credit in zip(vals_list, news, strict=True):
            vals.update(credit._appraise(given, standing))
        return self.create(vals_list)

    @api.model
    def _prepare_credit(self, timer):
        """Return the values of a credit before it is appraised."""
        ticket = timer.ticket_id
        line = ticket.service_contract_line_id
        # Of what is not missed yet: as if it were missed when it is due.
        missed_at = timer.breached_at or timer.due_at
        missed_at = missed_at or self.env["service.contract"]._service_now()
        day = line.contract_id._local_day(missed_at)
        start, end, fee = line._get_credit_period(day) or (day, None, 0)
        return {
            "timer_id": timer.id,
            "ticket_id": ticket.id,
            "ticket_number": ticket.number,
            "contract_line_id": line.id,
            "period_from": start,
            "period_to": end,
            "fee": fee / 10**line.currency_id.decimal_places,
            **self._prepare_facts(timer),
        }

    @api.model
    def _get_stake(self, timer):
        """Return what the contract gives back if a live timer is missed."""
        line = timer.ticket_id.service_contract_line_id
        if not line or line.contract_id.sla_credit_rule in (False, NONE):
            return 0.0
        credit = self.new(self._prepare_credit(timer))
        given = credit._get_given("proposed", "approved")
        return credit._get_amount(given)[0] / 10**line.currency_id.decimal_places

    @api.model
    def _prepare_facts(self, timer):
        """Return what a credit says of its timer."""
        late = None
        if timer.stopped_at and timer.target_seconds:
            late = timer.counted_s - timer.target_seconds
        return {
            "metric": timer.metric,
            "breached_at": timer.breached_at,
            "late_s": late,
        }

    def _get_amount(self, given):
        """Return the amount in minor units, and whether the cap cut it.

        :param given: see ``_get_given``
        """
        self.ensure_one()
        return credit_amount(
            self.contract_line_id.contract_id._get_credit_promise(),
            self._to_minor(self.fee),
            given[self._get_cap_key()],
        )

    def _get_cap_key(self):
        """Return what the cap is for: a line and one of its billing periods."""
        self.ensure_one()
        return self.contract_line_id.id, self.period_from

    def _get_given(self, *decisions):
        """Return what the other credits of the lines and periods sum up to.

        :return: minor units by ``_get_cap_key``, 0 where there are none
        """
        others = self.search(
            [
                ("contract_line_id", "in", self.contract_line_id.ids),
                ("period_from", "in", self.mapped("period_from")),
                ("decision", "in", decisions),
                ("id", "not in", self.ids),
            ]
        )
        given = defaultdict(int)
        for credit in others:
            given[credit._get_cap_key()] += credit._to_minor(credit.amount)
        return given

    def _to_minor(self, amount):
        return round(amount * 10**self.currency_id.decimal_places)


class ServiceSlaTimer(models.Model):
    """A missed timer may be worth a credit."""

    _inherit = "service.sla.timer"

    sla_credit_ids = fields.One2many(
        "service.sla.credit", "timer_id", string="SLA Credits"
    )
