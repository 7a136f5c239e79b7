# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

# Facts that decide what becomes of planned visits.
PLAN_FIELDS = {
    "company_id",
    "duplicate_id",
    "partner_id",
    "service_contract_line_id",
    "stage_id",
}


class HelpdeskTicket(models.Model):
    """Visits that are planned for a ticket go the way of the ticket."""

    _inherit = "helpdesk.ticket"

    service_reservation_ids = fields.One2many(
        "service.coverage.reservation",
        "ticket_id",
        string="Planned Visits",
        groups="base.group_user",
    )
    service_reservation_count = fields.Integer(
        compute="_compute_service_reservation_count", groups="base.group_user"
    )
    service_reserved_percent = fields.Float(
        related="service_contract_line_id.reserved_percent"
    )

    @api.depends("service_reservation_ids.state")
    def _compute_service_reservation_count(self):
        counts = dict(
            self.env["service.coverage.reservation"]._read_group(
                [("ticket_id", "in", self.ids), ("state", "=", "reserved")],
                ["ticket_id"],
                ["__count"],
            )
        )
        for ticket in self:
            ticket.service_reservation_count = counts.get(ticket, 0)

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & PLAN_FIELDS:
            self._sync_plans()
        return result

    def unlink(self):
        self._get_open_plans()._release(
            self.env._("Its ticket was deleted, so the plan is released.")
        )
        return super().unlink()

    # === ACTIONS === #

    def action_view_service_reservations(self):
        """Open the visits that are planned for this ticket."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_coverage_reservation_action"
        )
        action["domain"] = [("ticket_id", "=", self.id)]
        action["context"] = {"default_ticket_id": self.id}
        action["views"] = [(False, "list"), (False, "form")]
        return action

    # === BUSINESS METHODS === #

    def _get_open_plans(self):
        """Return the plans of the tickets that still hold something, or may."""
        plans_sudo = self.env["service.coverage.reservation"].sudo()  # all agents'
        return plans_sudo.search(
            [("ticket_id", "in", self.ids), ("state", "=", "reserved")]
        )

    def _sync_plans(self):
        """Release the plans of tickets that are cancelled, merged, closed or moved.

        A visit that should have taken place by now waits to be logged, also on a closed
        ticket: what was promised for it is not given to somebody else meanwhile.
        """
        now = self.env["service.contract"]._service_now()
        for ticket, plans in self._get_open_plans().grouped("ticket_id").items():
            if ticket.stage_id.service_is_cancelled or ticket.duplicate_id:
                plans._release(
                    self.env._("Its ticket was cancelled, so the plan is released.")
                )
            elif ticket.service_contract_line_id != plans.contract_line_id:
                plans.filtered(
                    lambda plan, ticket=ticket: (
                        plan.contract_line_id != ticket.service_contract_line_id
                    )
                )._follow_ticket()
            elif ticket.stage_id.closed:
                plans.filtered(
                    lambda plan: plan.used or plan.planned_at > now
                )._release(
                    self.env._("Its ticket was closed, so the plan is released.")
                )
