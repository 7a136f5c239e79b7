# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from .service_courtesy_budget import Gift

# What can be decided instead of what was asked, by kind of request.
CHOICES = {
    "scope": ("bill", "cover", "courtesy"),
    "quota": ("cover", "bill", "courtesy"),
    "coverage": ("bill", "cover", "courtesy"),
    "rate": ("price", "bill", "courtesy"),
    "waiver": ("courtesy",),
    "credit": ("credit",),
}
# Rules by which nothing is left to draw from: such work is billed or given away.
USED_UP = {"used_up", "no_lot", "not_included"}
# The right that a decision takes, of whatever it is about.
KIND_OF_DECISION = {"courtesy": "waiver", "price": "rate"}
ACTIVITY = "service_contract.mail_activity_type_approval"


class ServiceApproval(models.Model):
    """Who may decide, and what a decision does."""

    _inherit = "service.approval"

    # === ACTIONS === #

    def action_approve(self, decision=None, note=None):
        """Approve requests: what they ask for happens, or what is decided instead.

        :param decision: see ``_get_choices``; what was asked if none is given
        :param note: for the record
        """
        pending = self._lock_pending()
        for approval in pending:
            choice = decision or approval.asked
            approval._check_may_decide(choice)
            approval._check_choice(choice, note)
        by_choice = pending.grouped(lambda approval: decision or approval.asked)
        if "courtesy" in by_choice:
            by_choice["courtesy"]._check_budget()
        for choice, approvals in by_choice.items():
            approvals.sudo()._decide("approved", choice, note)  # checked above
        return True

    def action_refuse(self, note=None):
        """Refuse requests: work that waits is not charged, the rest stays as it is.

        :param note: for the record
        """
        pending = self._lock_pending()
        for approval in pending:
            approval._check_may_decide()
        excluded = pending.filtered(lambda approval: approval._excludes_when_refused())
        for approvals, choice in ((excluded, "exclude"), (pending - excluded, False)):
            approvals.sudo()._decide("refused", choice, note)  # checked above
        return True

    def action_withdraw(self):
        """Take back requests that are one's own, or that one may decide."""
        pending = self._lock_pending()
        for approval in pending:
            approval._check_may_withdraw()
        pending.sudo()._withdraw(  # checked above
            self.env._("Withdrawn by %(user)s.", user=self.env.user.name)
        )
        return True

    # === CHECKS === #

    def _lock_pending(self):
        """Lock requests that are to be decided, one decision at a time.

        Who comes second waits here; the database then refuses what he has read before,
        and Odoo tries again, with what the first one decided.

        :raises UserError: if somebody has decided already
        """
        self.check_access("read")
        if not self:
            raise UserError(self.env._("Choose the requests to decide about."))
        self.env.cr.execute(
            SQL(
                "SELECT id FROM service_approval WHERE id IN %s"
                " ORDER BY id FOR NO KEY UPDATE",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["state"], flush=False)
        for approval in self:
            if approval.state != "pending":
                raise UserError(approval._get_closed_text())
        return self

    def _get_closed_text(self):
        """Return in words that this was decided before, by whom and when."""
        words = {
            "what": self.name,
            "who": self.decided_by_name or self.env._("Somebody"),
            "when": self._format_instant(self.decided_at),
        }
        texts = {
            "approved": self.env._(
                "%(who)s approved “%(what)s” already, %(when)s.", **words
            ),
            "refused": self.env._(
                "%(who)s refused “%(what)s” already, %(when)s.", **words
            ),
            "expired": self.env._(
                "“%(what)s” expired %(when)s. Ask again if it still matters.", **words
            ),
            "withdrawn": self.env._(
                "“%(what)s” was withdrawn %(when)s. There is nothing to decide.",
                **words,
            ),
        }
        return texts[self.state]

    def _check_may_decide(self, decision=None):
        """Refuse a decision that would not count.

        :param decision: what is decided, if it is approved
        :raises AccessError: with the reason and what to do
        :raises UserError: if the time is over, or it is the customer's turn
        """
        self.ensure_one()
        if self._is_over():
            raise UserError(
                self.env._(
                    "“%(what)s” expired %(when)s. Ask again if it still matters.",
                    what=self.name,
                    when=self._format_instant(self.valid_until),
                )
            )
        self._check_not_with_customer()
        obstacle = not self.env.su and self._get_right_obstacle(decision)
        if obstacle:
            raise AccessError(obstacle)

    def _check_may_withdraw(self):
        """Refuse to take back what others asked, or what waits for an answer.

        :raises AccessError: with the reason and what to do
        :raises UserError: if it is the customer's turn
        """
        self.ensure_one()
        self._check_not_with_customer()
        if self.env.su:
            return
        if self.requested_by_id != self.env.user:
            self._check_may_decide()
        elif self.is_automatic and self._get_right_obstacle():
            # Nobody would be asked about it any more, and still it waits.
            raise AccessError(
                self.env._(
                    "“%(what)s” is asked by itself, because the work can't be charged "
                    "without an answer. Only who may decide it can withdraw it; if the "
                    "work is wrong, correct it.",
                    what=self.name,
                )
            )

    def _check_choice(self, decision, note):
        """Refuse to decide what makes no sense for this request."""
        if decision not in self._get_choices():
            raise UserError(
                self.env._(
                    "“%(what)s” can't be decided this way. Choose what is offered.",
                    what=self.name,
                )
            )
        if decision == "courtesy" and not (note or self.reason or "").strip():
            raise UserError(self.env._("Give the reason why it is given away."))

    def _check_budget(self):
        """Refuse to give away more than the budgets let the one who decides.

        :raises UserError: that says who may
        """
        self.env["service.courtesy.budget"]._check_gifts(
            [
                Gift(
                    approval.contract_id,
                    approval.company_id,
                    approval.contract_id._local_day(approval.usage_id.event_at),
                    approval._prepare_decision("courtesy")["amount"],
                    approval.currency_id,
                )
                for approval in self.sudo()  # who decides may read no usages
            ]
        )

    def _get_choices(self):
        """Return what can be decided: names of ``DECISIONS``."""
        self.ensure_one()
        if self.asked == "quote":
            return ()
        choices = set(CHOICES[self.kind])
        if not self.price:
            choices.discard("price")
        # No decision makes an allotment larger.
        if {rule["code"] for rule in self.explanation or []} & USED_UP:
            choices.discard("cover")
        return choices

    def _is_over(self):
        now = self.env["service.contract"]._service_now()
        return bool(self.valid_until) and self.valid_until <= now

    def _filter_pending(self):
        return self.filtered(lambda approval: approval.state == "pending")

    def _get_obstacle(self):
        """Return why the user can't decide this now, None if he can."""
        self.ensure_one()
        if self._is_over():
            return self.env._("It is expired.")
        if self.is_with_customer:
            return self.env._("The customer decides.")
        return self._get_right_obstacle()

    def _get_right_obstacle(self, decision=None):
        """Return why the user may not decide, in words; None if he may.

        What is decided instead of what was asked takes the right to it too, as if
        nobody had asked.

        :param decision: what is decided, if it is approved
        """
        self.ensure_one()
        contract_sudo = self.contract_id.sudo()  # its rules; who decides: no ACL on it
        rights = [(self.kind, self._get_limited_amount())]
        if decision and decision != self.asked:
            values = self._prepare_decision(decision)
            rights.append(self._get_right(values, contract_sudo))
        for kind, amount in rights:
            text = self._get_rule_obstacle(kind, contract_sudo, amount)
            if text:
                return text
        return self._get_own_obstacle(self.requested_by_id, self.company_id)

    @api.model
    def _get_own_obstacle(self, requester, company):
        """Return why the user may not decide what is his own; None if he may.

        :param requester: who asked for it, or did it where nobody has asked
        :param company: whose setting allows it
        """
        user = self.env.user
        company_sudo = company.sudo()  # its setting; agents: no ACL on those
        if (
            requester != user
            or company_sudo.service_approval_own
            or self._is_manager(user)
        ):
            return None
        return self.env._(
            "You asked for this yourself, or did it, so somebody else decides."
        )

    def _get_limited_amount(self):
        """Return what the limits of the rules are for; None: no price is known."""
        self.ensure_one()
        return None if self.is_unpriced else self.company_amount

    def _prepare_decision(self, decision):
        """Return the values of a request for what is decided about a usage.

        Its amount is all that the charges are worth: of another price, only the
        difference is at stake.
        """
        self.ensure_one()
        usage_sudo = self.usage_id.sudo()  # who decides may read no usages
        charges = usage_sudo._get_undecided().get(usage_sudo, usage_sudo.charge_ids[:0])
        return self._prepare_usage_request(usage_sudo, charges, decision)

    @api.model
    def _get_rule_obstacle(self, kind, contract_sudo, amount):
        """Return why the rules don't let the user decide, in words; None if they do.

        :param amount: in the currency of the contract's company; None where no price
            is known
        """
        user = self.env.user
        rules = self.env["service.approval.rule"]._get_all()
        own = rules._filter_for(kind, contract_sudo)._filter_user(user)
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        if not own:
            return self.env._(
                "%(user)s may not decide here (%(kind)s). Ask for approval instead.",
                user=user.name,
                kind=kinds[kind],
            )
        if own._filter_amount(amount):
            return None
        currency = contract_sudo.company_id.currency_id
        limit = max(own.mapped("amount_limit"))
        words = {
            "user": user.name,
            "kind": kinds[kind],
            "limit": formatLang(self.env, limit, currency_obj=currency),
        }
        if amount is None:
            return self.env._(
                "There is no price for this, so it counts as more than %(user)s may "
                "decide (%(kind)s, up to %(limit)s). Add a price, or ask for approval "
                "instead.",
                **words,
            )
        return self.env._(
            "%(amount)s is more than %(user)s may decide (%(kind)s, up to %(limit)s). "
            "Ask for approval instead.",
            amount=formatLang(self.env, abs(amount), currency_obj=currency),
            **words,
        )

    def _get_approvers(self, rules):
        """Return who may decide, in order of the rules.

        :param rules: all rules
        """
        self.ensure_one()
        if self.state != "pending" or self.is_with_customer:
            return self.env["res.users"]
        users = (
            rules._filter_for(self.kind, self.contract_id)
            ._filter_amount(self._get_limited_amount())
            ._get_users(self.company_id)
        )
        requester = self.requested_by_id
        if self.company_id.service_approval_own or self._is_manager(requester):
            return users
        return users - requester

    def _excludes_when_refused(self):
        """Whether nobody pays what is refused: it waits, and billing it was asked."""
        self.ensure_one()
        return bool(self.usage_id) and (self.is_automatic or self.asked == "bill")

    # === DECISIONS === #

    def _decide(self, state, decision, note):
        """Record a decision, let it happen, and tell whom it concerns.

        :param state: approved or refused
        :param decision: one of ``DECISIONS``, or False where nothing changes
        """
        if not self:
            return
        self._close(state, decision=decision, note=note)
        self._apply(decision)
        self._log_decision()

    def _close(self, state, **values):
        """Leave the pending state: the only writer of it. Rights are checked before.

        :param state: approved, refused, expired or withdrawn
        """
        stamp = {"decided_at": self.env["service.contract"]._service_now()}
        if state in ("approved", "refused"):
            user = self._get_decider()
            stamp |= {"decided_by_id": user.id, "decided_by_name": user.name}
        self.write({"state": state, **stamp, **values})
        self.activity_unlink([ACTIVITY])

    @api.model
    def _get_decider(self):
        """Return the user who decides; none where a customer does in the portal."""
        user = self.env.user
        return user.browse() if user._is_public() or user._is_superuser() else user

    def _apply(self, decision):
        """Let happen what was decided."""
        usages = self.usage_id
        if usages and decision:
            usages._rule(decision, {a.usage_id: a._get_ruling_values() for a in self})
        credits = self.sla_credit_id
        if decision == "credit":
            credits.action_approve()
        elif credits:
            for approval in self.filtered("sla_credit_id"):
                approval.sla_credit_id.action_refuse(approval._get_reason_text())

    def _get_ruling_values(self):
        """Return what a usage notes beside the ruling itself."""
        self.ensure_one()
        price = self.price if self.decision == "price" else 0.0
        return {"ruling_reason": self._get_reason_text(), "approved_price": price}

    def _get_reason_text(self):
        """Return why it was decided, for the charge."""
        self.ensure_one()
        if self.note or self.reason:
            return self.note or self.reason
        if self.state == "refused":
            return self.env._("Refused by %(user)s", user=self.decided_by_name)
        return self.env._("Approved by %(user)s", user=self.decided_by_name)

    def _log_decision(self):
        """Put on record who decided what, on the ticket and the contract."""
        decisions = dict(self._fields["decision"]._description_selection(self.env))
        for approval in self:
            words = {
                "link": approval._get_html_link(),
                "who": approval.decided_by_name or self.env._("Somebody"),
                "what": decisions.get(approval.decision, approval.refuse_text),
                "note": approval.note or "-",
            }
            if approval.state == "approved":
                text = self.env._(
                    "%(link)s: approved by %(who)s. %(what)s. Note: %(note)s", **words
                )
            else:
                text = self.env._(
                    "%(link)s: refused by %(who)s. %(what)s. Note: %(note)s", **words
                )
            approval._log_around(text)

    def _log_around(self, text):
        """Note something on the ticket and the contract of one request."""
        self.ensure_one()
        for record in (self.ticket_id, self.contract_id):
            if record:
                record._message_log(body=text)

    def _withdraw(self, note):
        """Close requests about which there is nothing to decide any more."""
        if self:
            self._close("withdrawn", note=note)

    # === EXPIRY === #

    @api.model
    def _cron_expire(self, limit=200):
        """Close requests whose time is over, and tell who asked."""
        cron = self.env["ir.cron"]
        now = self.env["service.contract"]._service_now()
        due = Domain("state", "=", "pending") & Domain("valid_until", "<=", now)
        cron._commit_progress(remaining=self.search_count(due))
        seen = self
        while approvals := self.search(
            due & Domain("id", "not in", seen.ids), limit=limit, order="id"
        ):
            for approval in approvals:
                approval.try_lock_for_update(allow_referencing=True)._expire()
                if not cron._commit_progress(1):
                    return
            seen |= approvals

    def _expire(self):
        """Close requests as expired; who asked gets a message."""
        for approval in self._filter_pending():
            requester = approval.requested_by_id
            approval.message_post(
                body=approval._end_in_time(),
                partner_ids=requester.partner_id.ids if requester.active else [],
                subtype_xmlid="mail.mt_comment",
            )

    def _end_in_time(self):
        """Close one request whose time is over, and return why in words."""
        self.ensure_one()
        if self.is_with_customer:
            text = self.env._("The customer has not answered in time.")
            self.order_line_id._end("expired", text)
            return text
        self._close("expired")
        self._log_around(
            self.env._(
                "%(link)s: expired, nobody has decided in time.",
                link=self._get_html_link(),
            )
        )
        return self.env._("Nobody has decided in time. Ask again if it matters.")
