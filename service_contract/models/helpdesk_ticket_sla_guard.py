# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# What the clocks write and nobody else.
CLOCK_COLUMNS = {"sla_due_at", "sla_state"}
MANAGER_GROUP = "helpdesk_mgmt.group_helpdesk_manager"
# Clocks of browsers and mail servers are not quite right.
TOLERANCE = timedelta(minutes=1)


class HelpdeskTicket(models.Model):
    """What people may not write, since clocks are judged by it.

    Checked where values come in, so also for imports and calls from outside. What the
    system does by itself, with the rights of the superuser, is not asked.
    """

    _inherit = "helpdesk.ticket"

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields):
        """A clock has no state that a context or a default could set."""
        defaults = super().default_get([n for n in fields if n not in CLOCK_COLUMNS])
        if "sla_state" in fields:
            defaults["sla_state"] = "none"
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_clock_columns(vals)
        tickets = super().create(vals_list)
        if not self.env.su:
            latest = self.env["service.contract"]._service_now() + TOLERANCE
            for ticket in tickets:
                ticket._check_not_ahead(ticket.requested_at, latest)
        return tickets

    def write(self, vals):
        self._check_clock_columns(vals)
        if "requested_at" in vals and not self.env.su:
            self._check_may_change_request(
                fields.Datetime.to_datetime(vals["requested_at"])
            )
        return super().write(vals)

    # === CHECKS === #

    def _check_clock_columns(self, vals):
        """Refuse to state how a clock stands.

        :raises UserError: with what to do instead
        """
        stated = sorted(vals.keys() & CLOCK_COLUMNS)
        if stated and not self.env.su:
            raise UserError(
                self.env._(
                    "%(fields)s: the clocks say so, by what happened on the ticket. "
                    "Pause them, or change the stage or the contract.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in stated
                    ),
                )
            )

    def _check_may_change_request(self, at):
        """Refuse to move the start of clocks: a promise is judged from there.

        Only helpdesk managers may, once there are clocks.

        :param at: when the customer is to have asked (naive UTC)
        :raises AccessError: if the user is no helpdesk manager
        """
        changed = self.filtered(lambda ticket: ticket.requested_at != at)
        if not changed:
            return
        latest = self.env["service.contract"]._service_now() + TOLERANCE
        changed._check_not_ahead(at, latest)
        if self.env.user.has_group(MANAGER_GROUP):
            return
        timers_sudo = self.env["service.sla.timer"].sudo()  # whether there is any
        timer = timers_sudo.search([("ticket_id", "in", changed.ids)], limit=1)
        if timer:
            raise AccessError(
                self.env._(
                    "The clocks of %(ticket)s run since the customer asked. Only "
                    "helpdesk managers may change when that was; ask one of them.",
                    ticket=timer.ticket_id.display_name,
                )
            )

    def _check_not_ahead(self, at, latest):
        """Refuse a request that lies ahead.

        :param at: when the customer asked (naive UTC), may be empty
        :param latest: the latest that is possible
        :raises UserError: if it lies ahead
        """
        if at and at > latest:
            raise UserError(
                self.env._(
                    "The customer can't have asked in the future. Give the time at "
                    "which the request came in, or leave it to the system."
                )
            )
