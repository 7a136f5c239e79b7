# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging
from datetime import timedelta
from time import sleep

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from ..transactions import RACE_LOST

_logger = logging.getLogger(__name__)

# Seconds before each look at what is pending; somebody may be working on it.
BUSY_WAITS = (0, 0.1, 0.2, 0.5, 1)
# How long reports wait for the scheduled action before it is taken for dead.
QUEUE_PATIENCE = timedelta(minutes=2)
# The scheduled action settles so many contracts in one go, which is much cheaper than
# one by one; it commits after each go.
CONTRACTS_AT_ONCE = 50


class ServiceUsage(models.Model):
    """Settling: usages become charges and draws, contract by contract."""

    _inherit = "service.usage"

    # === ACTIONS === #

    def action_rate_again(self):
        """Work out the charges anew, for instance after a price was added.

        What is invoiced, or was decided by somebody, stays as it is.
        """
        self.env["service.charge"]._check_may_decide()
        self.check_access("read")
        usages = self.sudo()  # ledger: no ACL; the right was checked above
        usages = usages.filtered(lambda usage: not usage.is_void)
        usages -= usages._get_fixed()
        if not usages:
            raise UserError(
                self.env._(
                    "Nothing to rate again: this is invoiced, withdrawn, or somebody "
                    "decided it already."
                )
            )
        usages._settle_again()
        return True

    # === SETTLING === #

    def _settle_or_defer(self, is_new=False):
        """Settle now what can be; leave the rest to the scheduled action.

        A race that is lost is undone by the savepoint and left pending: it can't be
        won inside this transaction, whose snapshot is too old.

        :param is_new: just recorded, so nobody waits for what comes of it; see
            ``_get_queued``
        """
        pending = self.filtered(lambda usage: usage.state == "pending")
        if not pending:
            return
        queued = pending._get_queued() if is_new else self.browse()
        try:
            with self.env.cr.savepoint():
                (pending - queued)._settle()
        except RACE_LOST as error:
            _logger.info("Usages %s are settled later: %s", pending.ids, error)
        if any(usage.state == "pending" for usage in pending):
            cron = self.env.ref("service_contract.ir_cron_settle_usages", False)
            if cron:
                cron.sudo()._trigger()  # users may not write scheduled actions

    def _get_queued(self):
        """Return the reported usages for whose contract others are waiting already.

        Many callers at once would each lock the contract, and most of them in vain.
        Settled together they take less than two of them alone. Who waits for longer
        than ``QUEUE_PATIENCE`` waits in vain, so nobody joins.
        """
        reported = self.filtered(lambda usage: usage.source == "api")
        if not reported:
            return reported
        groups = self._read_group(
            [
                ("state", "=", "pending"),
                ("contract_id", "in", reported.contract_id.ids),
                ("id", "not in", self.ids),
                ("create_date", ">=", self.env.cr.now() - QUEUE_PATIENCE),
            ],
            ["contract_id"],
        )
        waited_for = {contract for (contract,) in groups}
        return reported.filtered(lambda usage: usage.contract_id in waited_for)

    def _settle_again(self):
        """Work out the charges anew, since the terms behind them have changed."""
        if self:
            self.write({"state": "pending"})
            self._settle_or_defer()

    def _settle(self):
        """Make the charges and draws that follow from the usages.

        Locks the contracts first; usages of a contract that is locked by somebody
        else stay pending. The number of queries does not grow with the usages.

        Usages are rated in the order of their events, however late they come in: those
        that came after them are rated again, and what changes of theirs is corrected.
        """
        charge_model = self.env["service.charge"]
        live = self.charge_ids._get_standing()
        contracts = self.contract_id | live.contract_id
        locked = contracts.try_lock_for_update(allow_referencing=True)
        live_by_usage = live.grouped("usage_id")
        free = self.filtered(
            lambda usage: (
                usage.contract_id | live_by_usage.get(usage, charge_model).contract_id
                <= locked
            )
        )
        free._before_rating()
        live = live.filtered(lambda charge: charge.usage_id in free)
        due = free.filtered(lambda usage: not usage.is_void and usage.contract_line_id)
        if due:
            due.contract_line_id._open_lots(due._get_last_instant())
        later = free._get_later(live)
        ratings, gone = charge_model._rate_again(due | later, live)
        gone._reverse()
        charge_model._make(ratings)
        free._mark_settled()

    def _mark_settled(self):
        """Note that the charges of the usages are worked out."""
        if not self:
            return
        self.flush_recordset(["state"])
        # SQL: the ORM writes a hundred rows at a time, and this is thousands.
        self.env.cr.execute(
            SQL(
                "UPDATE service_usage SET state = 'settled' WHERE id IN %s",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["state"], flush=False)
        self.modified(["state"])

    def _before_rating(self):
        """React before usages are rated. Extension point: many of them at once."""

    def _get_later(self, live):
        """Return settled usages whose rating may change with these.

        Those of the same lines that happened after them, or at the same time. What is
        invoiced, or was decided by somebody, stays as it is.

        :param live: charges of these usages that stand
        """
        firsts = {}
        for line, instant in [
            *((usage.contract_line_id, usage.event_at) for usage in self),
            *((charge.contract_line_id, charge.usage_id.event_at) for charge in live),
        ]:
            if line and line._shares_books():
                firsts[line] = min(instant, firsts.get(line, instant))
        if not firsts:
            return self.browse()
        later = self.search(
            Domain.OR(
                [("contract_line_id", "=", line.id), ("event_at", ">=", instant)]
                for line, instant in firsts.items()
            )
            & Domain(
                [
                    ("state", "=", "settled"),
                    ("is_void", "=", False),
                    ("id", "not in", self.ids),
                ]
            )
        )
        return later - later._get_fixed()

    def _get_fixed(self):
        """Return the usages that are not rated again: what is invoiced, was decided by
        somebody, or was overage already when more units were sold or given."""
        charges = self.env["service.charge"].search(
            [
                ("usage_id", "in", self.ids),
                ("is_reversed", "=", False),
                ("reversed_charge_id", "=", False),
            ]
        )
        bought = self.env["service.coverage.counter"].search(
            [
                ("contract_line_id", "in", self.contract_line_id.ids),
                ("kind", "in", ("topup", "courtesy")),
            ]
        )
        by_line = bought.grouped("contract_line_id")

        def is_fixed(charge):
            return (
                charge.is_decided
                or charge.billing_state == "invoiced"
                or any(
                    lot._is_valid_at(charge.event_at)
                    and charge.create_date <= lot.create_date
                    for lot in by_line.get(charge.contract_line_id, ())
                )
            )

        return charges.filtered(is_fixed).usage_id

    # === CRON METHODS === #

    @api.model
    def _cron_settle(self):
        """Settle what was left pending, many contracts at once, in event order.

        What is busy is tried again in a moment, at last in a minute; what fails waits
        for the next run.
        """
        for wait in BUSY_WAITS:
            sleep(wait)  # between transactions, so nothing is locked
            if not self._settle_pending():
                return
        soon = fields.Datetime.now() + timedelta(minutes=1)
        self.env.ref("service_contract.ir_cron_settle_usages")._trigger(at=soon)

    @api.model
    def _settle_pending(self):
        """Settle what is pending, as far as the time goes.

        :return: whether some of it is busy
        """
        cron = self.env["ir.cron"]
        groups = dict(
            self._read_group(
                [("state", "=", "pending")], ["contract_id"], ["id:recordset"]
            )
        )
        cron._commit_progress(remaining=len(groups))
        is_busy = False
        for contracts in split_every(CONTRACTS_AT_ONCE, groups, list):
            is_busy |= self._settle_contracts([groups[c] for c in contracts])
            if not cron._commit_progress(len(contracts)):
                return False  # the time is over: Odoo calls it again for the rest
        return is_busy

    @api.model
    def _settle_contracts(self, groups):
        """Settle groups of usages at once; if that fails, each of them alone.

        :param groups: usages, a recordset for each contract
        :return: whether anything is busy
        """
        usages = self.union(*groups)
        try:
            with self.env.cr.savepoint():
                usages._settle()
            return "pending" in usages.mapped("state")
        except RACE_LOST as error:
            _logger.info("Usages %s are settled later: %s", usages.ids, error)
            if len(groups) == 1:
                return True
        except Exception:
            if len(groups) == 1:
                # They stay pending for the next run; the other contracts go on.
                _logger.exception("Usages %s can't be settled", usages.ids)
                return False
        busy = [group for group in groups if self._settle_contracts([group])]
        return bool(busy)
