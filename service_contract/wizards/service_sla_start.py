# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import time

from odoo import api, fields, models
from odoo.fields import Domain

# Tickets that are looked at together, and for how many seconds at each press: what is
# looked at stays locked that long.
CHUNK = 500
TURN = 5


class ServiceSlaStart(models.TransientModel):
    """Starts the clocks of tickets that were open before there was a promise.

    After an installation, or with a new default policy, open tickets get their timers
    when something happens to them; this does it for all of them, as of when their
    customers asked.
    """

    _name = "service.sla.start"
    _description = "Start the Clocks of Open Tickets"
    _inherit = "service.dialog.mixin"

    last_ticket_id = fields.Integer(
        default=0, readonly=True, help="The last ticket that was looked at."
    )
    seen_count = fields.Integer(string="Looked At", readonly=True)
    started_count = fields.Integer(string="Clocks Started For", readonly=True)
    left_count = fields.Integer(compute="_compute_left_count", string="Still to Do")

    @api.depends("last_ticket_id")
    @api.depends_context("allowed_company_ids")
    def _compute_left_count(self):
        tickets_sudo = self._get_tickets_sudo()
        for wizard in self:
            wizard.left_count = tickets_sudo.search_count(wizard._get_domain())

    def action_start(self):
        """Start the clocks of the next tickets, and show how far it has come."""
        self.ensure_one()
        # The table of rights lets managers make this wizard, and nobody else.
        tickets_sudo = self._get_tickets_sudo()
        end = time.monotonic() + TURN
        while found := tickets_sudo.search(self._get_domain(), limit=CHUNK, order="id"):
            found._sync_sla()
            self.write(
                {
                    "last_ticket_id": found[-1].id,
                    "seen_count": self.seen_count + len(found),
                    "started_count": self.started_count
                    + len(found.filtered("sla_timer_ids")),
                }
            )
            if time.monotonic() >= end:
                break
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Start the Clocks of Open Tickets"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _get_tickets_sudo(self):
        return self.env[
            "helpdesk.ticket"
        ].sudo()  # who sets promises need see no ticket

    def _get_domain(self):
        """Return the domain of open tickets without a clock, of the own companies."""
        self.ensure_one()
        return (
            Domain("id", ">", self.last_ticket_id)
            & Domain("company_id", "in", self.env.companies.ids)
            & Domain("closed", "=", False)
            & Domain("duplicate_id", "=", False)
            & Domain("sla_timer_ids", "=", False)
        )
