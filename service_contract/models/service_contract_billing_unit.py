# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, mute_logger

from ..const import MAX_BACKOFF_MINUTES
from ..engine import periods
from ..transactions import RACE_LOST

_logger = logging.getLogger(__name__)

# Contracts that a worker takes at once; each is billed in a transaction of its own.
MIN_CHUNK, MAX_CHUNK = 10, 50
# First key of the advisory locks by which workers share the work.
CLAIM = 0x5C01


class ServiceContract(models.Model):
    """Billing many contracts: each one is a unit of work that is committed alone.

    A contract that can't be billed keeps the error, waits its turn and gets one
    activity; the others are billed. Several workers share the work: a contract that
    another one holds is passed over.
    """

    _inherit = "service.contract"

    billing_error = fields.Text(
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Why the last attempt to bill failed.",
    )
    billing_attempts = fields.Integer(
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Failed attempts in a row.",
    )
    next_attempt_at = fields.Datetime(
        string="Next Billing Attempt",
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="Not billed before this instant, after an attempt that failed.",
    )
    billing_run_id = fields.Many2one(
        "service.billing.run",
        string="Failed in Run",
        copy=False,
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )

    # === ACTIONS === #

    def action_retry_billing(self):
        """Let the next billing try these contracts again at once."""
        self._set_progress(next_attempt_at=False)
        return True

    # === CRON METHODS === #

    @api.model
    def _cron_bill(self):
        """Bill what is due today in the zone of each contract."""
        self._bill_due(self._get_due_domain())

    @api.model
    def _get_due_domain(self):
        """Return the domain of contracts that are due now and not waiting."""
        now = self._service_now()
        tomorrow = now.date() + timedelta(days=1)
        zones = self._read_group([("next_bill_date", "<=", tomorrow)], ["tz"])
        due = Domain.OR(
            Domain("tz", "=", tz)
            & Domain("next_bill_date", "<=", periods.local_day(now, tz))
            for (tz,) in zones
        )
        return due & self._get_not_waiting_domain()

    @api.model
    def _get_not_waiting_domain(self):
        return Domain("next_attempt_at", "=", False) | Domain(
            "next_attempt_at", "<=", self._service_now()
        )

    # === BUSINESS METHODS === #

    @api.model
    def _bill_due(self, domain, as_of=None, run=None):
        """Bill contracts one by one until none of a domain is left.

        Each unit is committed. Nothing is committed in tests.

        :param domain: contracts that are due; those billed or failed drop out of it
        :param as_of: see ``_plan_billing``
        :param run: service.billing.run; stops when it is stopped
        :return: whether the domain was worked through; False if time is up, or the
            run was stopped
        """
        self._commit_unit(remaining=self.search_count(domain))
        while not run or run._is_running():
            with self._claim_chunk(domain) as contracts:
                worked, has_time = contracts._bill_chunk(as_of, run)
            if not worked:
                # All are billed, or others hold what is left.
                return True
            if not has_time:
                return False
        return False

    @contextmanager
    def _claim_chunk(self, domain):
        """Give some contracts of a domain to this worker alone while it bills them.

        This only saves work: what makes sure that nothing is billed twice is the lock
        of the contract and the unique index of the periods.
        """
        due = self.search(domain, order="next_bill_date, id")
        size = min(max(len(due) // 4, MIN_CHUNK), MAX_CHUNK)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM unnest(%s::int[]) AS id
                 WHERE pg_try_advisory_lock(%s, id) LIMIT %s
                """,
                due.ids,
                CLAIM,
                size,
            )
        )
        contracts = self.browse(id_ for (id_,) in rows)
        try:
            yield contracts
        except BaseException:
            if self._can_commit_unit():
                self.env.cr.rollback()
            raise
        finally:
            self.env.cr.execute(
                "SELECT pg_advisory_unlock(%s, id) FROM unnest(%s::int[]) AS id",
                [CLAIM, contracts.ids],
            )

    def _bill_chunk(self, as_of, run):
        """Bill these contracts one by one.

        :return: how many were dealt with, and whether there is time for more
        """
        if not self:
            return 0, True
        prepared = self._prepare_ahead(as_of, run)
        previewed = run._get_previewed(self) if run else {}
        # Preparing took its time: each unit begins with a snapshot of its own.
        self._commit_unit()
        total = 0
        for contract in self:
            worked = contract._bill_unit(
                as_of, run, prepared.get(contract.id), previewed
            )
            total += worked
            if not self._commit_unit(processed=int(worked)):
                return total, False
        return total, True

    @api.model
    def _commit_unit(self, processed=0, remaining=None):
        """Commit a unit of work and return the seconds left for more."""
        if not self._can_commit_unit():
            self.env.flush_all()
            return float("inf")
        return self.env["ir.cron"]._commit_progress(processed, remaining=remaining)

    def _can_commit_unit(self):
        """Whether a unit is a transaction: not in tests, nor in an installation."""
        return self.env.registry.ready and self.env["account.move"]._can_commit()

    def _prepare_ahead(self, as_of, run):
        """Return prepared invoices by contract id, as many as could be prepared."""
        try:
            with self.env.cr.savepoint():
                return self._prepare_billing(as_of, run)
        except RACE_LOST:
            raise
        except Exception:
            # Whatever keeps one of them from being billed; its own turn tells why.
            _logger.info("Contracts are prepared one by one", exc_info=True)
        if len(self) == 1:
            return {}
        prepared = {}
        for contract in self:
            prepared.update(contract._prepare_ahead(as_of, run))
        return prepared

    def _bill_unit(self, as_of, run, prepared=None, previewed=None):
        """Bill one contract, or note why it can't be billed.

        :param previewed: see ``service.billing.run._get_previewed``
        :return: whether it was dealt with; False if another transaction is at it
        """
        self.ensure_one()
        for _attempt in range(2):
            try:
                return self._try_bill(as_of, run, prepared, previewed or {})
            except RACE_LOST as error:
                # The snapshot of this transaction is too old; only a new one helps.
                if not self._can_commit_unit():
                    raise
                self.env.cr.rollback()
                _logger.info(
                    "Billing of contract %s is tried again: %s", self.id, error
                )
        return False

    def _try_bill(self, as_of, run, prepared, previewed):
        """Bill one contract in the current transaction; see ``_bill_unit``."""
        # To lose the race for a contract is everyday business, not an error to log.
        with mute_logger("odoo.sql_db"):
            contract = self.try_lock_for_update(allow_referencing=True)
        if not contract:
            return False
        try:
            with self.env.cr.savepoint():
                # First, as the number of an invoice keeps other workers waiting.
                contract._clear_billing_error()
                plans = contract._plan_billing(as_of)
                for plan in plans:
                    contract._bill(plan, run, prepared)
                    if run:
                        run._note_change(plan, previewed)
                if not plans:
                    contract._check_not_due(as_of)
        except RACE_LOST:
            raise
        except Exception as error:
            # Whatever is wrong with one contract must not keep the others from being
            # billed. The savepoint undid its work.
            _logger.info("Contract %s can't be billed", self.id, exc_info=True)
            contract._record_billing_error(str(error) or repr(error), run)
        return True

    def _check_not_due(self, as_of):
        """Refuse to leave a contract due with nothing to bill: it would come again."""
        day = as_of or self._today()
        if self.next_bill_date and self.next_bill_date <= day:
            raise UserError(
                self.env._(
                    "%(contract)s is due on %(day)s, but there is nothing to bill.",
                    contract=self.display_name,
                    day=format_date(self.env, self.next_bill_date),
                )
            )

    def _clear_billing_error(self):
        """Forget earlier failures: the contract is billed."""
        if not self.billing_error and not self.next_attempt_at:
            return
        self._set_progress(
            billing_error=False, billing_attempts=0, next_attempt_at=False
        )
        self.activity_unlink(["service_contract.mail_activity_type_billing"])

    def _record_billing_error(self, message, run=None):
        """Keep the error, wait longer after each failure, and tell it once."""
        self.ensure_one()
        attempts = self.billing_attempts + 1
        minutes = min(2 ** min(attempts, 16), MAX_BACKOFF_MINUTES)
        self._set_progress(
            billing_error=message,
            billing_attempts=attempts,
            next_attempt_at=self._service_now() + timedelta(minutes=minutes),
            billing_run_id=run.id if run else False,
        )
        xmlid = "service_contract.mail_activity_type_billing"
        if not self.activity_search([xmlid]):
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                xmlid,
                note=message,
                user_id=(self.user_id or self.env.user).id,
            )
