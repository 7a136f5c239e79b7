# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..transactions import each_alone
from .service_courtesy_budget import Gift

_logger = logging.getLogger(__name__)

# Days after the last one of a credit on which work of before may still be recorded and
# use it.
LATE_DAYS = 7


class ServiceCourtesy(models.Model):
    """Granting a credit, taking back what is unused, and letting it lapse."""

    _inherit = "service.courtesy"

    # === ACTIONS === #

    def action_grant(self):
        """Give drafts to the customer: a lot each, which work uses by itself."""
        self.check_access("write")
        for courtesy in self:
            courtesy._check_grantable()
        self._check_may_grant()
        self._check_budget()
        self.sudo()._grant()  # ledger: no ACL; the right was checked above
        return True

    def action_withdraw(self, reason):
        """Take back what is unused of granted credits.

        :param reason: why; required
        """
        self.check_access("write")
        self._check_may_grant()
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason why it is withdrawn."))
        for courtesy in self:
            if courtesy.state != "granted":
                raise UserError(
                    self.env._(
                        "%(courtesy)s: there is nothing to withdraw.",
                        courtesy=courtesy.display_name,
                    )
                )
        self.sudo()._close("withdrawn", reason)  # ledger: no ACL; checked above
        return True

    # === CHECKS === #

    def _check_grantable(self):
        """Refuse to grant what is granted, or what no work can use."""
        self.ensure_one()
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "%(courtesy)s is granted already.", courtesy=self.display_name
                )
            )
        if self.contract_id.state not in ("invoiced", "active", "on_hold"):
            raise UserError(
                self.env._(
                    "%(contract)s is not in force. Confirm or renew it first.",
                    contract=self.contract_id.display_name,
                )
            )
        start, end = self._get_validity()
        if end and end <= start:
            raise UserError(
                self.env._(
                    "%(line)s ends before the credit is valid. Choose another line or "
                    "other days.",
                    line=self.contract_line_id.display_name,
                )
            )

    def _check_may_grant(self):
        """Refuse who is neither in billing nor has a budget to give from."""
        if self.env.su or self.env.user.has_group(
            "service_contract.service_contract_group_billing"
        ):
            return
        budget_model = self.env["service.courtesy.budget"]
        for courtesy in self:
            if not budget_model._may_give(courtesy.company_id, courtesy.contract_id):
                raise AccessError(
                    self.env._(
                        "Only billing, or who has a courtesy budget, may give this. "
                        "Leave it as a draft and ask them."
                    )
                )

    def _check_budget(self):
        """Refuse what is beyond a budget. Overridden by who asks for an approval.

        :raises UserError: that says who may
        """
        self.env["service.courtesy.budget"]._check_gifts(
            [
                Gift(
                    courtesy.contract_id,
                    courtesy.company_id,
                    courtesy.contract_id._today(),
                    courtesy.value,
                    courtesy.currency_id,
                )
                for courtesy in self
            ]
        )

    # === LOTS === #

    def _get_validity(self):
        """Return the instants (naive UTC) between which work uses the credit."""
        self.ensure_one()
        line, contract = self.contract_line_id, self.contract_id
        first = max(self.date_from, line.date_start)
        end = line._get_end()
        if self.date_to:
            lapse = self.date_to + timedelta(days=1)
            end = min(end, lapse) if end else lapse
        return contract._day_start(first), end and contract._day_start(end)

    def _grant(self):
        """Make the lots, and let what is not invoiced yet use them."""
        now = self.env["service.contract"]._service_now()
        for courtesy in self:
            start, end = courtesy._get_validity()
            counter = self.env["service.coverage.counter"].create(
                {
                    "contract_line_id": courtesy.contract_line_id.id,
                    "unit": courtesy.unit,
                    "kind": "courtesy",
                    "period_no": 0,
                    "valid_from": start,
                    "valid_to": end,
                    "courtesy_id": courtesy.id,
                    "can_overdraw": False,
                }
            )
            courtesy.write(
                {
                    "granted_at": now,
                    "granted_on": courtesy.contract_id._local_day(now),
                    "approver_id": self.env.uid,
                }
            )
            counter._post(
                "grant",
                courtesy._get_base_quantity(),
                event_at=start,
                reason=courtesy._get_reason(),
            )
            courtesy.contract_id.message_post(
                body=self.env._(
                    "Given as a courtesy: %(what)s. Reason: %(reason)s",
                    what=courtesy._get_html_link(),
                    reason=courtesy._get_reason(),
                )
            )
        self._settle_again()

    def _get_reason(self):
        """Return why it is given, in one line for ledger and charges."""
        self.ensure_one()
        return self.reason_id._get_text(self.note.split("\n")[0])

    def _settle_again(self):
        """Let work that is neither covered nor invoiced yet use the new lots.

        What somebody decided to bill stays decided.
        """
        for courtesy in self:
            counter = courtesy.counter_ids
            charges = self.env["service.charge"].search(
                [
                    ("contract_line_id", "=", courtesy.contract_line_id.id),
                    ("usage_id", "!=", False),
                    ("is_reversed", "=", False),
                    ("reversed_charge_id", "=", False),
                    ("event_at", ">=", counter.valid_from),
                    ("event_at", "<", counter.valid_to or "9999-12-31"),
                    "|",
                    ("kind", "=", "to_approve"),
                    ("billing_state", "=", "to_invoice"),
                ]
            )
            usages = charges.usage_id
            fixed = usages.charge_ids.filtered(
                lambda charge: (
                    not charge.is_reversed
                    and (charge.is_decided or charge.billing_state == "invoiced")
                )
            ).usage_id
            (usages - fixed)._settle_again()

    def _close(self, closing, reason):
        """Take back what is unused.

        :param closing: withdrawn or expired
        :param reason: kept with the entry in the ledger
        """
        now = self.env["service.contract"]._service_now()
        for courtesy in self:
            for counter in courtesy.counter_ids:
                if closing == "withdrawn":
                    # What it paid for before can be rated again and stays paid.
                    counter.valid_to = max(counter.valid_from, now)
                if counter.remaining > 0:
                    counter._adjust(-counter.remaining, reason)
            if courtesy.closing:
                continue
            courtesy.write(
                {
                    "closing": closing,
                    "closed_at": now,
                    "closed_by_id": self.env.uid,
                    "close_reason": reason,
                }
            )
            if closing == "withdrawn":
                courtesy.contract_id.message_post(
                    body=self.env._(
                        "Courtesy withdrawn: %(what)s. Reason: %(reason)s",
                        what=courtesy._get_html_link(),
                        reason=reason,
                    )
                )

    # === CRON METHODS === #

    @api.model
    def _cron_expire(self, limit=200):
        """Take back what is unused of credits whose time is over.

        Also what was given back to them since: work that was cancelled.
        """
        cron = self.env["ir.cron"]
        now = self.env["service.contract"]._service_now()
        domain = [
            ("kind", "=", "courtesy"),
            ("remaining", ">", 0),
            "|",
            ("valid_to", "<=", now - timedelta(days=LATE_DAYS)),
            ("courtesy_id.closing", "!=", False),
        ]
        counter_model = self.env["service.coverage.counter"]
        cron._commit_progress(remaining=counter_model.search_count(domain))
        failed = counter_model
        while counters := counter_model.search(
            [*domain, ("id", "not in", failed.ids)], limit=limit, order="id"
        ):
            locked = counters.contract_id.try_lock_for_update(allow_referencing=True)
            due = counters.filtered(lambda c, locked=locked: c.contract_id in locked)
            failed |= counters - due
            each_alone(
                due.courtesy_id,
                lambda courtesies: courtesies._close(
                    "expired", self.env._("Not used in time")
                ),
                self._log_failure,
            )
            failed |= due.filtered(lambda counter: counter.remaining > 0)
            if not cron._commit_progress(len(counters)):
                break

    @api.model
    def _log_failure(self, courtesy, _error):
        """Log what can't lapse; the next run tries it again."""
        _logger.exception("Courtesy %s can't lapse", courtesy)
