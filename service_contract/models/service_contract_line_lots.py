# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import periods


class ServiceContractLine(models.Model):
    """The lots of a line: one for each coverage period, opened when it begins."""

    _inherit = "service.contract.line"

    counter_ids = fields.One2many(
        "service.coverage.counter", "contract_line_id", copy=False
    )
    next_lot_at = fields.Datetime(
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="When the next allotment is granted.",
    )

    # === CRON METHODS === #

    @api.model
    def _cron_open_lots(self, limit=500):
        """Grant the allotments of periods that have begun.

        A lot is also opened by the first draw on it; this one is for the balances
        that people look at.
        """
        cron = self.env["ir.cron"]
        now = self.env["service.contract"]._service_now()
        domain = [("next_lot_at", "<=", now)]
        cron._commit_progress(remaining=self.search_count(domain))
        while lines := self.search(domain, limit=limit, order="next_lot_at, id"):
            lines = lines.try_lock_for_update(allow_referencing=True)
            lines._open_lots(now)
            if not lines or not cron._commit_progress(len(lines)):
                break

    # === BUSINESS METHODS === #

    def _schedule_lots(self):
        """Let the first lot of each counted line be opened when its period begins."""
        for line in self.filtered(lambda line: line._is_counted()):
            line._set_progress(next_lot_at=line.contract_id._day_start(line.date_start))

    def _open_lots(self, instant):
        """Make the counters of the coverage periods that have begun by an instant.

        Periods in between are made as well, so that unused units roll over from one
        to the next. Nothing is read where the next lot is not due yet.

        :param instant: naive UTC
        """
        due = self.filtered(
            lambda line: line.next_lot_at and line.next_lot_at <= instant
        )
        if not due:
            return
        counter_model = self.env["service.coverage.counter"].sudo()  # ledger: no ACL
        last = dict(
            counter_model._read_group(
                [
                    ("contract_line_id", "in", due.ids),
                    ("kind", "=", "allotment"),
                    ("is_ahead", "=", False),
                ],
                ["contract_line_id"],
                ["period_no:max"],
            )
        )
        ahead = counter_model._find_ahead(due)
        missing, begun = [], counter_model
        for line in due:
            until = line.contract_id._local_day(instant)
            opened = last.get(line)
            for period in line._get_coverage_periods(until):
                if opened is not None and period.number <= opened:
                    continue
                if lot := ahead.get((line, period.number)):
                    begun |= lot
                else:
                    missing.append((line, period))
            line._set_progress(next_lot_at=line._get_next_lot_at(until))
        # Written before the grants: who opens the same lots at the same time then
        # loses with 40001, which is retried, and not with a duplicate key.
        due.flush_recordset(["next_lot_at"])
        (begun | counter_model._grant(missing))._begin()

    def _open_lots_ahead(self, instants):
        """Make the counters of periods to come, so that visits can be planned in them.

        Nothing is carried into them before they begin.

        :param instants: by line: naive UTC datetimes
        """
        counter_model = self.env["service.coverage.counter"].sudo()  # ledger: no ACL
        wanted = {}
        for line, moments in instants.items():
            for moment in moments:
                if line.next_lot_at and line.next_lot_at <= moment:
                    period = line._get_coverage_period(moment)
                    if period:
                        wanted[line, period.number] = period
        if not wanted:
            return
        lines = self.browse().union(*(line for line, _number in wanted))
        known = counter_model._find_ahead(lines)
        missing = [
            (line, period)
            for (line, number), period in wanted.items()
            if (line, number) not in known
        ]
        if not missing:
            return
        # Written before the grants, as in `_open_lots`: who opens the same lots at the
        # same time loses with 40001, which is retried, and not with a duplicate key.
        lines.flush_recordset(["next_lot_at"])
        self.env.cr.execute(
            SQL(
                "UPDATE service_contract_line SET next_lot_at = next_lot_at"
                " WHERE id IN %s",
                tuple(sorted(line.id for line, _period in missing)),
            )
        )
        counter_model._grant(missing, is_ahead=True)

    def _get_balance_at(self, instant):
        """Return what can be planned for an instant (naive UTC), and what is taken.

        A period that has no lot yet counts with its allotment, without what may be
        carried into it.

        :return: base units: available, reserved, used
        """
        self.ensure_one()
        counters = self.env["service.coverage.counter"]
        lots = counters._find_lots(self, [instant]).get(self, counters)
        available = sum(lots.mapped("remaining"))
        period = self._get_coverage_period(instant)
        if period and "allotment" not in lots.mapped("kind"):
            available += self.coverage_base_quantity
        return {
            "available": available,
            "reserved": sum(lots.mapped("reserved")),
            "used": sum(lots.mapped("drawn")),
        }

    def _get_coverage_period(self, instant):
        """Return the coverage period of an instant (naive UTC), None outside."""
        self.ensure_one()
        day, end = self.contract_id._local_day(instant), self._get_end()
        if self.coverage_period == "term":
            return periods.Period(0, self.date_start, end, self.date_start, end)
        return periods.period_of(
            self._get_coverage_recurrence(), day, self.date_start, end
        )

    def _get_next_lot_at(self, day):
        """Return when the first coverage period after a day begins (naive UTC)."""
        self.ensure_one()
        if day < self.date_start:
            return self.contract_id._day_start(self.date_start)
        if self.coverage_period == "term":
            return False
        start = periods.period_of(
            self._get_coverage_recurrence(), day, self.date_start, None
        ).end
        end = self._get_end()
        return (not end or start < end) and self.contract_id._day_start(start)

    def _get_rollover_end(self, counter):
        """Return when units carried into a counter's period lapse (naive UTC)."""
        self.ensure_one()
        end = self._get_end()
        if self.rollover_periods and self.coverage_period != "term":
            recurrence = self._get_coverage_recurrence()
            last = counter.period_no + self.rollover_periods - 1
            lapse = periods.period_at(recurrence, last).end
            end = min(end, lapse) if end else lapse
        return bool(end) and self.contract_id._day_start(end)

    def _serves_at(self, instant):
        """Whether an instant (naive UTC) lies on a day of the line."""
        self.ensure_one()
        day = self.contract_id._local_day(instant)
        end = self._get_end()
        return self.date_start <= day and (not end or day < end)

    def _close_lots(self):
        """End the validity of the lots where a cancellation ends the line.

        What is planned for later is released.
        """
        plans_sudo = self.env["service.coverage.reservation"].sudo()  # of all agents
        plans = plans_sudo.search(
            [("contract_line_id", "in", self.ids), ("state", "=", "reserved")]
        )
        plans.filtered(
            lambda plan: not plan.contract_line_id._serves_at(plan.planned_at)
        )._drop()
        for line in self:
            end = line.contract_id._day_start(line._get_end())
            line.sudo().counter_ids.filtered(  # ledger: no ACL
                lambda lot, end=end: not lot.valid_to or lot.valid_to > end
            ).write({"valid_to": end})
            if line.next_lot_at and line.next_lot_at >= end:
                line._set_progress(next_lot_at=False)
