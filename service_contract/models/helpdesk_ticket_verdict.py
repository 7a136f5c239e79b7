# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models

from ..const import SECONDS_PER_HOUR
from ..tools import hours_to_seconds


class HelpdeskTicket(models.Model):
    """What the next piece of work on a ticket would be, before it is done."""

    _inherit = "helpdesk.ticket"

    service_task_code_id = fields.Many2one(
        "service.task.code",
        string="Task",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        groups="base.group_user",
        domain="[('unit', '=', 'second')]",
        tracking=True,
        help="What kind of work the ticket takes. Proposed for the time on it.",
    )
    service_verdict_state = fields.Selection(
        [
            ("covered", "Covered"),
            ("partly", "Partly covered"),
            ("billable", "Billable"),
            ("to_approve", "To approve"),
            ("out_of_scope", "Out of scope"),
            ("free", "Free of charge"),
        ],
        compute="_compute_service_verdict",
        compute_sudo=True,
        string="Next Work",
        groups="base.group_user",
        help="What the next hour of work would be if you did it now, or as much of it "
        "as the task usually takes.",
    )
    service_verdict_text = fields.Char(
        compute="_compute_service_verdict",
        compute_sudo=True,
        string="Next Work in Detail",
        groups="base.group_user",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "service_contract_line_id.coverage_level",
        "service_task_code_id",
        "site_id",
        "product_id",
        "product_serial",
        "no_decrement",
        "no_decrement_reason",
        "stage_id",
        "timesheet_ids.service_usage_ids",
    )
    @api.depends_context("lang", "uid", "service_contract_now")
    def _compute_service_verdict(self):
        usage_model = self.env["service.usage"]
        usages = {
            ticket: usage_model.new(
                {**ticket._prepare_next_work(), "external_key": f"next-{number}"}
            )
            for number, ticket in enumerate(self)
            if ticket._has_next_work()
        }
        verdicts = self.env["service.charge"]._get_verdicts(
            usage_model.concat(*usages.values())
        )
        for ticket in self:
            state, text = verdicts.get(usages.get(ticket), (False, False))
            ticket.service_verdict_state = state
            ticket.service_verdict_text = text

    # === BUSINESS METHODS === #

    def _has_next_work(self):
        self.ensure_one()
        return bool(self._origin.service_contract_line_id) and not self.closed

    def _prepare_next_work(self):
        """Return the values of the usage that work from now on would make."""
        self.ensure_one()
        ticket = self._origin
        task = self.service_task_code_id._origin
        seconds = hours_to_seconds(task.default_quantity) or SECONDS_PER_HOUR
        now = self.env["service.contract"]._service_now()
        employee = self.env.user.employee_id
        return {
            **ticket._prepare_service_usage(),
            "contract_line_id": ticket._get_time_line(now).id,
            "source": "manual",
            "external_key": "next",
            "description": self.env._("Next work"),
            "unit": "second",
            "quantity": seconds,
            "event_at": now,
            "ended_at": now + timedelta(seconds=seconds),
            "task_code_id": task.id,
            "employee_id": employee.id,
            "role_id": employee.service_role_id.id,
            "level_id": employee.service_level_id.id,
        }

    def _get_charges_to_explain(self):
        """Return what was charged, and what the next work would be."""
        charges = self.service_charge_ids._get_standing()
        if not self._has_next_work():
            return charges
        usage = self.env["service.usage"].new(self._prepare_next_work())
        return charges.concat(*charges._preview(usage))

    # === ACTIONS === #

    def action_view_service_why(self):
        """Open each rule behind what the ticket costs."""
        return self.env["service.charge.why"]._open(self)
