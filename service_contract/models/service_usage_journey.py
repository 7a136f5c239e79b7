# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models


class ServiceUsage(models.Model):
    """The journey of a visit is charged as long as the visit counts on any ticket."""

    _inherit = "service.usage"

    @api.model
    def _move_journeys(self, visit_keys):
        """Charge withdrawn journeys on another ticket where their visit counts.

        A journey is recorded once per visit, on the ticket that was first.

        :param visit_keys: of the visits in question; empty ones are ignored
        :return: the journeys that were moved, to be settled
        """
        logged = self.search(
            [
                ("visit_key", "in", [key for key in visit_keys if key]),
                ("source", "=", "manual"),
            ],
            order="event_at, id",
        )
        moved = self.browse()
        for usages in logged.grouped("visit_key").values():
            visits = usages.filtered(lambda usage: usage.unit == "visit")
            tickets = visits.filtered(lambda visit: not visit.is_void).ticket_id
            for journey in (usages - visits).filtered("is_void"):
                if journey._move_to_first(tickets):
                    moved |= journey
        return moved

    def _move_to_first(self, tickets):
        """Charge the journey on the first ticket that counts, and note it there.

        :return: whether there is one
        """
        self.ensure_one()
        before = self.ticket_id.display_name or self.env._("a deleted ticket")
        for ticket in tickets:
            if self._redirect(ticket._prepare_logged_usage()):
                ticket.message_post(
                    body=self.env._(
                        "The journey of this visit (%(journey)s) is charged here now. "
                        "It was charged on %(ticket)s, which counts no more.",
                        journey=self.display_name,
                        ticket=before,
                    )
                )
                return True
        return False
