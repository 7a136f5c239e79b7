# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models

from ..engine.holding import Plan, settle


class ServiceCoverageReservation(models.Model):
    """What delivered work uses of the visits that were planned for it."""

    _inherit = "service.coverage.reservation"

    @api.model
    def _get_plans_of(self, usages):
        """Return the open plans that work may use: of its ticket, on its line.

        Nothing is read for work without a ticket.
        """
        tickets = usages.ticket_id
        if not tickets:
            return self
        return self.search(
            [
                ("state", "=", "reserved"),
                ("ticket_id", "in", tickets.ids),
                ("contract_line_id", "in", usages.contract_line_id.ids),
            ]
        )

    @api.model
    def _get_held_for(self, usages):
        """Return what is held for work, by line and (counter id, ticket id)."""
        plans = self._get_plans_of(usages)
        held_by_plan = plans._get_held() if plans else {}
        held = {}
        for plan in plans:
            of_line = held.setdefault(plan.contract_line_id, {})
            for counter_id, units in held_by_plan.get(plan.id, {}).items():
                key = (counter_id, plan.ticket_id.id)
                of_line[key] = of_line.get(key, 0) + units
        return held

    @api.model
    def _release_for_rating(self, ratings):
        """Let go of what work is about to draw, and note what it has used.

        :param ratings: ``engine.rating_facts.Rating`` by usage, in the order of events
        """
        usages = self.env["service.usage"].concat(
            *(usage for usage in ratings if usage._may_use_plans())
        )
        plans = self._get_plans_of(usages)
        if not plans:
            return
        held = plans._get_held()
        facts = {
            plan: Plan(
                plan.id,
                plan.planned_at,
                plan.quantity - plan.used,
                dict(held.get(plan.id, {})),
            )
            for plan in plans
        }
        entries = []
        for usage in usages:
            mine = plans.filtered(
                lambda plan, usage=usage: (
                    plan.ticket_id == usage.ticket_id
                    and plan.contract_line_id == usage.contract_line_id
                )
            )
            before = {plan: dict(facts[plan].held) for plan in mine}
            mine._settle_with(facts, usage, ratings[usage])
            for plan in mine:
                entries += plan._prepare_releases(before[plan], facts[plan], usage)
        if entries:
            self.env["service.coverage.counter"]._post_entries(entries)
        # The ledger tells what was used; a message for each would cost queries.
        for plan in plans.with_context(tracking_disable=True):
            plan._use_up(facts[plan])

    def _settle_with(self, facts, usage, rating):
        """Take from plans of one ticket and line what one usage has used of them.

        :param facts: ``engine.holding.Plan`` by plan; changed
        """
        if not self:
            return
        line = usage.contract_line_id
        same_period = self
        if line._is_counted():
            period = line._get_coverage_period(usage.event_at)
            same_period = self.filtered(
                lambda plan: line._get_coverage_period(plan.planned_at) == period
            )
        delivered = sum(c.drawn for c in rating.charges if c.kind == "covered")
        if usage.unit == self[0].unit:
            # Also what was overage, or given away: it was delivered as planned.
            delivered = max(delivered, usage.quantity)
        taken = {lot: units for (lot, _ticket), units in rating.held.items()}
        settle([facts[plan] for plan in self], same_period.ids, delivered, taken)

    def _prepare_releases(self, before, fact, usage):
        """Return values of the entries that let go of what a usage used up.

        :param before: held before it, by counter id
        """
        self.ensure_one()
        return [
            {
                "counter_id": counter_id,
                "kind": "release",
                "quantity": units - fact.held[counter_id],
                "event_at": usage.event_at,
                "usage_id": usage.id,
                "reservation_id": self.id,
            }
            for counter_id, units in before.items()
            if units != fact.held[counter_id]
        ]

    def _use_up(self, fact):
        """Note what was used of the plan, and whether it is over.

        :param fact: ``engine.holding.Plan``
        """
        self.ensure_one()
        if not fact.used:
            return
        held = sum(fact.held.values())
        is_over = fact.is_over or not self._holds() and not fact.left
        self.write(
            {
                "used": self.used + fact.used,
                "reserved": held,
                "uncovered": 0 if is_over else max(fact.left - held, 0),
                "state": "used" if is_over else "reserved",
            }
        )
