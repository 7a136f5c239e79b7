# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from .sale_order_line_extra_work import OPEN_STATES


class HelpdeskTicket(models.Model):
    """What waits for a decision on a ticket, ours or the customer's."""

    _inherit = "helpdesk.ticket"

    service_approval_ids = fields.One2many(
        "service.approval",
        "ticket_id",
        string="Requests for Approval",
        groups="base.group_user",
    )
    service_extra_work_ids = fields.One2many(
        "sale.order.line",
        "service_ticket_id",
        string="Extra Work",
        groups="sales_team.group_sale_salesman",
    )
    service_approval_count = fields.Integer(
        compute="_compute_service_approval_count", groups="base.group_user"
    )
    service_waits_text = fields.Char(
        string="Waits for the Customer",
        compute="_compute_service_waits_text",
        compute_sudo=True,  # who works on the ticket may not read quotations
        groups="base.group_user",
    )

    @api.depends("service_approval_ids")
    def _compute_service_approval_count(self):
        counts = dict(
            self.env["service.approval"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.service_approval_count = counts.get(ticket, 0)

    @api.depends(
        "service_approval_ids.state", "service_approval_ids.order_line_id.state"
    )
    @api.depends_context("lang")
    def _compute_service_waits_text(self):
        for ticket in self:
            requests = ticket.service_approval_ids._filter_pending()
            orders = requests.order_id.filtered(
                lambda order: order.state in OPEN_STATES
            )
            states = dict(
                self.env["sale.order"]._fields["state"]._description_selection(self.env)
            )
            ticket.service_waits_text = ", ".join(
                self.env._(
                    "%(order)s (%(state)s)", order=order.name, state=states[order.state]
                )
                for order in orders
            )

    def action_view_service_approvals(self):
        """Open what was asked on this ticket."""
        self.ensure_one()
        return self.env["service.approval"]._get_list_action(
            [("ticket_id", "=", self.id)]
        )

    def _wait_for_customer(self, order):
        """Let the clocks pause while the customer has a quotation, if that is set."""
        reason = order.company_id.service_quote_pause_reason_id
        for ticket in self:
            if reason and not ticket.closed and not ticket.sla_is_paused:
                ticket._pause_sla(reason, order.name)
