# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dataclasses import replace

from odoo import api, models


class ServiceUsage(models.Model):
    """Work on a ticket uses up what was planned for it."""

    _inherit = "service.usage"

    def _get_engine_usage(self, quota_holders=()):
        fact = super()._get_engine_usage(quota_holders)
        return replace(fact, plan=fact.ticket) if self._may_use_plans() else fact

    def _may_use_plans(self):
        """Whether this is work that was not rated before, on a ticket.

        Work that is rated again, or corrected at its source, has used its plan.
        """
        self.ensure_one()
        if not self.ticket_id or self.state != "pending" or self.charge_ids:
            return False
        if self.source not in ("ticket", "timesheet") or not self.external_key:
            return True
        return self.external_key.rpartition(".")[2] == "1"


class ServiceCharge(models.Model):
    """Rating sees what is held for work, and lets go of what it draws."""

    _inherit = "service.charge"

    @api.model
    def _get_books(self, usages, released):
        books = super()._get_books(usages, released)
        held = self.env["service.coverage.reservation"]._get_held_for(usages)
        for line, units in held.items():
            books[line].held.update(units)
        return books

    @api.model
    def _make(self, ratings):
        self.env["service.coverage.reservation"]._release_for_rating(ratings)
        return super()._make(ratings)
