# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models

from .sale_order_line_extra_work import OPEN_STATES


class AccountAnalyticLine(models.Model):
    """Time on work that the customer has not agreed to yet."""

    _inherit = "account.analytic.line"

    @api.onchange("service_task_code_id", "ticket_id")
    def _onchange_extra_work(self):
        """Warn before time is spent on extra work that waits for the customer."""
        lines = self.env["sale.order.line"].sudo()  # who works may not read quotations
        task = self.service_task_code_id
        ticket = self.ticket_id._origin
        waiting = lines.browse()
        if task and ticket:
            waiting = lines._find_extra_work(ticket).filtered(
                lambda line: (
                    line.state in OPEN_STATES and line.service_task_code_id == task
                )
            )
        if not waiting:
            return None
        return {
            "warning": {
                "type": "notification",
                "title": self.env._("The customer has not agreed yet"),
                "message": self.env._(
                    "%(task)s waits for the customer's approval of %(order)s. Time on "
                    "it is not billed until then.",
                    task=task.name,
                    order=", ".join(waiting.order_id.mapped("name")),
                ),
            }
        }
