# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import format_date

from ..engine import lifecycle, periods


@dataclass(frozen=True)
class _ChosenNow:
    """A time that our own code chose: no request can have one in its context."""

    instant: datetime


class ServiceContract(models.Model):
    """The verbs of a contract, and the state that follows from its facts."""

    _inherit = "service.contract"

    # === ACTIONS === #

    def action_confirm(self):
        """Confirm draft contracts: the terms are agreed and locked from now on.

        :raises UserError: for a contract that could not run, with what to do
        """
        for contract in self:
            error = contract._get_confirmation_error()
            if error:
                raise UserError(error)
        self._as_verb().write({"confirmed_at": self._service_now()})
        self.line_ids._schedule_lots()
        self._sync_state()
        # What was done for the customer meanwhile is covered now.
        self.sudo().usage_ids._settle_again()  # ledger: no ACL
        return True

    def action_hold(self, date_from=None, date_to=None, reason=None):
        """Suspend the service.

        :param date_from: first day without service; today in the contract's zone
        :param date_to: planned day of resume, the first day with service again
        :param reason: why, for the record
        """
        for contract in self:
            contract._require_state("invoiced", "active", "on_hold")
            start = fields.Date.to_date(date_from) or contract._today()
            contract._create_hold(start, date_to, reason)
        self._sync_state()
        return True

    def action_resume(self, day=None):
        """End the hold on a day, today in the contract's zone if none is given."""
        for contract in self:
            resume = fields.Date.to_date(day) or contract._today()
            open_holds = contract.hold_ids.filtered(
                lambda hold, day=resume: not hold.date_to or hold.date_to > day
            )
            if not open_holds:
                raise UserError(
                    self.env._(
                        "%(contract)s is not on hold.", contract=contract.display_name
                    )
                )
            contract.check_access("write")
            holds_sudo = open_holds.sudo()  # written by the verbs only, see above
            planned = holds_sudo.filtered(
                lambda hold, day=resume: hold.date_from >= day
            )
            planned.unlink()
            (holds_sudo - planned).write({"date_to": resume})
        self._sync_state()
        return True

    def action_cancel(self, day=None, reason=None):
        """Cancel from a day on, today in the contract's zone if none is given.

        :param day: first day that is no longer served
        :param reason: why, for the record; required out of draft
        """
        for contract in self:
            contract._require_state("draft", "invoiced", "active", "on_hold")
            if contract.state != "draft" and not (reason or "").strip():
                raise UserError(self.env._("Give a reason for the cancellation."))
            start = fields.Date.to_date(day) or contract._today()
            if contract.date_cancelled and contract.date_cancelled <= start:
                raise UserError(
                    self.env._(
                        "%(contract)s is cancelled from %(day)s already.",
                        contract=contract.display_name,
                        day=format_date(self.env, contract.date_cancelled),
                    )
                )
            if contract.date_end and start > contract.date_end + timedelta(days=1):
                raise UserError(
                    self.env._(
                        "%(contract)s ends on %(end)s already. Cancel it from that "
                        "day or an earlier one.",
                        contract=contract.display_name,
                        end=format_date(self.env, contract.date_end),
                    )
                )
            contract._as_verb().write(
                {"date_cancelled": start, "cancel_reason": reason}
            )
            contract.line_ids._close_lots()
        self._sync_state()
        return True

    # === CRON METHODS === #

    @api.model
    def _cron_sync_states(self, limit=200):
        """Move the states whose instant has come."""
        domain = Domain("next_transition_at", "<=", self._service_now())
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(domain))
        while contracts := self.search(domain, limit=limit):
            contracts = contracts.try_lock_for_update(allow_referencing=True)
            contracts._sync_state()
            if not contracts or not cron._commit_progress(len(contracts)):
                break

    # === BUSINESS METHODS === #

    @api.model
    def _service_now(self):
        """Return the instant (naive UTC) that everything in this addon calls now.

        A replay or a test passes it in the context as ``service_contract_now``. The
        context of a request comes from outside, where nobody may choose the time: in
        a request only `_make_now` counts.
        """
        now = self.env.context.get("service_contract_now")
        if isinstance(now, _ChosenNow):
            return now.instant
        return now if now and not request else fields.Datetime.now()

    @api.model
    def _make_now(self, instant):
        """Return a value of ``service_contract_now`` that counts in a request too.

        Demo data needs it: they may be installed from the menu.

        :param instant: naive UTC datetime
        """
        return _ChosenNow(instant)

    def _today(self):
        """Return today in the contract's time zone."""
        return self._local_day(self._service_now())

    def _local_day(self, instant):
        """Return the day of a naive UTC instant in the contract's time zone."""
        self.ensure_one()
        return periods.local_day(instant, self.tz or "UTC")

    def _day_start(self, day):
        """Return the naive UTC instant at which a day of the contract begins."""
        self.ensure_one()
        return periods.day_start_utc(day, self.tz or "UTC").replace(tzinfo=None)

    def _get_life(self):
        """Return the facts that the state follows from."""
        self.ensure_one()
        return lifecycle.Life(
            confirmed=bool(self.confirmed_at),
            start=self.date_start,
            end=self._get_end(),
            cancelled_from=self.date_cancelled or None,
            holds=tuple(
                lifecycle.Hold(hold.date_from, hold.date_to or None)
                for hold in self.hold_ids
            ),
        )

    def _get_end(self):
        """Return the day after the last day of service; None for an open end."""
        self.ensure_one()
        return self.date_end + timedelta(days=1) if self.date_end else None

    def _state_on(self, day):
        """Return the state on a day of the contract's zone."""
        return lifecycle.state_on(self._get_life(), day)

    def _sync_state(self):
        """Store the state that follows from the facts today; wake up at the next."""
        started = self.browse()
        for contract in self:
            state = contract._state_on(contract._today())
            if state != contract.state:
                contract._as_verb().write({"state": state})
                if state == "active":
                    started |= contract
            else:
                self.env.add_to_compute(self._fields["next_transition_at"], contract)
        started.line_ids._open_lots(self._service_now())
        wake_up = [c.next_transition_at for c in self if c.next_transition_at]
        if wake_up:
            cron = self.env.ref("service_contract.ir_cron_sync_states", False)
            if cron:
                cron_sudo = cron.sudo()  # users may not write scheduled actions
                cron_sudo._trigger(at=min(wake_up))

    def _get_confirmation_error(self):
        """Return why the contract can't be confirmed, or False."""
        self.ensure_one()
        name = self.display_name
        if self.state != "draft":
            return self.env._("%(contract)s is confirmed already.", contract=name)
        if not self.line_ids:
            return self.env._(
                "%(contract)s has no line. Add what the customer is entitled to.",
                contract=name,
            )
        return False

    def _create_hold(self, start, end, reason, **values):
        """Record a hold; the caller syncs the state.

        :param start: first day without service
        :param end: first day with service again, or None
        :param values: other values of the hold
        """
        self.ensure_one()
        self.check_access("write")
        hold = (
            self.env["service.contract.hold"]
            .sudo()  # written by the verbs only; the right was checked above
            .create(
                {
                    "contract_id": self.id,
                    "date_from": start,
                    "date_to": end,
                    "reason": reason,
                    **values,
                }
            )
        )
        self.message_post(
            body=self.env._(
                "On hold from %(start)s. Reason: %(reason)s",
                start=format_date(self.env, start),
                reason=reason or self.env._("none given"),
            )
        )
        return hold

    def _require_state(self, *states):
        self.ensure_one()
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(contract)s is %(state)s; this needs one of: %(needed)s.",
                    contract=self.display_name,
                    state=labels[self.state].lower(),
                    needed=", ".join(labels[state].lower() for state in states),
                )
            )
