# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dataclasses import replace

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..const import COVERAGE_OF_UNIT, UNIT_OF_COVERAGE
from ..engine.allocation import allocate
from ..tools import format_units

# Elsewhere visits are planned.
UNIT_OF_PLAN = {"hours": "second", "amount": "minor"}


class ServiceCoverageReservation(models.Model):
    """Holding units on lots, and letting them go."""

    _inherit = "service.coverage.reservation"

    # === VERBS === #

    def _reserve(self):
        """Hold what the plans need on the lots that are valid then, in drawing order.

        What they held before is let go in the same step, so a plan that moves never
        loses its units to somebody else.

        :raises UserError: where the line serves nobody then, or where too little is
            left and its policy blocks
        """
        if not self:
            return
        plans = self.sudo()  # ledger: no ACL
        for plan in plans:
            plan._check_served()
        lots = plans._get_lots()
        held = plans._get_held()
        targets = {}
        for plan in plans:
            line_lots = lots.setdefault(plan.contract_line_id, {})
            for key, units in held.get(plan.id, {}).items():
                if key in line_lots:
                    _give(line_lots, key, units)
            targets[plan], uncovered = plan._allocate(line_lots)
            if uncovered:
                plan._check_may_go_over(uncovered)
            if plan.uncovered != uncovered:
                plan.uncovered = uncovered
        self.env["service.balance.alert"]._watch(
            {
                line: {key: lot.remaining for key, lot in line_lots.items()}
                for line, line_lots in lots.items()
            }
        )
        plans._set_held(held, targets)

    def _release(self, reason=None):
        """Let go of what open plans hold.

        :param reason: why, noted where it is not the owner's own wish
        """
        plans = self.sudo().filtered(  # ledger: no ACL
            lambda plan: plan.state == "reserved"
        )
        if not plans:
            return
        plans._set_held(plans._get_held(), {})
        for plan in plans:
            plan.write({"state": "used" if plan.used else "released", "uncovered": 0})
            if reason:
                plan.message_post(body=reason)

    def _drop(self):
        """Release plans whose line has ended before, and tell their owners."""
        for plan in self:
            plan._release()
            plan._tell_owner(
                self.env._(
                    "%(line)s was cancelled and gives no service on %(day)s.",
                    line=plan.contract_line_id.display_name,
                    day=plan._format_day(),
                )
            )

    def _follow_ticket(self):
        """Plan the same on the line that the ticket is on now.

        Where that line has no room for it, its owner is told.
        """
        for plan in self.sudo():  # ledger: no ACL
            ticket, line = plan.ticket_id, plan.ticket_id.service_contract_line_id
            plan._release(
                self.env._("Its ticket left the contract line: the plan is released.")
            )
            quantity = plan.quantity - plan.used
            try:
                with self.env.cr.savepoint():
                    if not line or plan.unit != plan._get_unit_on(line):
                        raise UserError(
                            self.env._("It counts in units that this plan has not.")
                        )
                    plan.create(
                        {
                            "ticket_id": ticket.id,
                            "planned_at": plan.planned_at,
                            "planned_quantity": quantity
                            / plan._get_base_units_per_unit(),
                            "user_id": plan.user_id.id,
                            "note": plan.note,
                        }
                    )
            except UserError as error:
                plan._tell_owner(
                    self.env._(
                        "%(ticket)s is on another contract line now, and nothing could "
                        "be reserved there. %(why)s",
                        ticket=ticket._get_html_link(),
                        why=str(error),
                    )
                )

    # === BUSINESS METHODS === #

    def _holds(self):
        """Whether the line counts what is planned, so that units can be held."""
        self.ensure_one()
        return UNIT_OF_COVERAGE.get(self.contract_line_id.coverage_type) == self.unit

    @api.model
    def _get_unit_on(self, line):
        """Return the unit in which visits and work are planned on a line."""
        return UNIT_OF_PLAN.get(line.coverage_type, "visit")

    def _check_served(self):
        """Refuse a plan for a time at which the contract gives no service.

        :raises UserError: with what to do
        """
        reason = self._get_refusal()
        if reason:
            raise UserError(reason)

    def _get_refusal(self):
        """Return why the line gives no service at the planned time, or False."""
        self.ensure_one()
        line = self.contract_line_id
        contract = line.contract_id
        day = contract._local_day(self.planned_at)
        if contract._state_on(day) == "active" and line._serves_at(self.planned_at):
            return False
        return self.env._(
            "%(line)s gives no service on %(day)s. Choose another day, or plan without "
            "a contract.",
            line=line.display_name,
            day=format_date(self.env, day),
        )

    def _check_may_go_over(self, uncovered):
        """Refuse to plan more than is left where the policy of the line blocks.

        :param uncovered: units that no lot can hold
        :raises UserError: with what to do
        """
        self.ensure_one()
        line = self.contract_line_id
        if line.exhaustion_policy != "block":
            return
        day = self.contract_id._local_day(self.planned_at)
        raise UserError(
            self.env._(
                "%(line)s: %(left)s of %(planned)s can be reserved for %(day)s, and "
                "the line takes nothing beyond its allotment. Top it up, or choose "
                "another day.",
                line=line.display_name,
                left=self._format_plan(self.quantity - self.used - uncovered),
                planned=self._format_plan(self.quantity - self.used),
                day=format_date(self.env, day),
            )
        )

    def _get_lots(self):
        """Return the lots of the planned times as the engine sees them, by line."""
        plans = self.filtered(lambda plan: plan._holds())
        lines = plans.contract_line_id
        lines._open_lots(self.env["service.contract"]._service_now())
        lines._open_lots_ahead(
            {
                line: of_line.mapped("planned_at")
                for line, of_line in plans.grouped("contract_line_id").items()
            }
        )
        counters = self.env["service.coverage.counter"]._find_lots(
            lines, plans.mapped("planned_at")
        )
        return {
            line: {counter.id: counter._get_lot() for counter in of_line}
            for line, of_line in counters.items()
        }

    def _allocate(self, lots):
        """Take what the plan needs from lots.

        :param lots: by counter id; updated
        :return: units to hold by counter id, and what no lot holds
        """
        self.ensure_one()
        target, uncovered = {}, 0
        if not self._holds():
            return target, uncovered
        for part in allocate(self.quantity - self.used, lots.values(), self.planned_at):
            if part.lot_key is None:
                uncovered = part.quantity
            else:
                target[part.lot_key] = target.get(part.lot_key, 0) + part.drawn
                _give(lots, part.lot_key, -part.drawn)
        return target, uncovered

    def _get_held(self):
        """Return what each plan holds, by id and counter id, from the ledger."""
        groups = self.env["service.coverage.entry"]._read_group(
            [("reservation_id", "in", self.ids)],
            ["reservation_id", "counter_id"],
            ["quantity:sum"],
        )
        held = {}
        for plan, counter, quantity in groups:
            if quantity:
                # PostgreSQL adds 64 bits up to a numeric, which comes back as a float.
                held.setdefault(plan.id, {})[counter.id] = -int(quantity)
        return held

    def _set_held(self, before, after):
        """Post the difference between what the plans hold and what they are to hold.

        :param before: by id and counter id
        :param after: by plan and counter id; nothing for a plan that is not in it
        """
        now = self.env["service.contract"]._service_now()
        entries = []
        for plan in self:
            old, new = before.get(plan.id, {}), after.get(plan, {})
            for counter_id in {**old, **new}:
                change = old.get(counter_id, 0) - new.get(counter_id, 0)
                if change:
                    entries.append(
                        {
                            "counter_id": counter_id,
                            "kind": "release" if change > 0 else "reserve",
                            "quantity": change,
                            "event_at": now,
                            "reservation_id": plan.id,
                        }
                    )
            if plan.reserved != sum(new.values()):
                plan.reserved = sum(new.values())
        if entries:
            self.env["service.coverage.counter"]._post_entries(entries)

    def _format_plan(self, units):
        """Return base units of the plan in words."""
        self.ensure_one()
        return format_units(
            self.env,
            units,
            COVERAGE_OF_UNIT.get(self.unit),
            self.currency_id,
            unit=True,
        )


def _give(lots, key, units):
    """Let a lot have so many units more, or less."""
    lots[key] = replace(lots[key], remaining=lots[key].remaining + units)
