# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import MAX_TIMED_HOURS, SECONDS_PER_HOUR
from ..tools import delivered_to_base

DRAW_FIELDS = {
    "date",
    "employee_id",
    "name",
    "product_uom_id",
    "service_started_at",
    "service_task_code_id",
    "ticket_id",
    "unit_amount",
}
# A usage that is another one: nobody has decided about it.
UNDECIDED = {"ruling": False, "quote_line_id": False, "approved_price": 0}


class AccountAnalyticLine(models.Model):
    """Time on a ticket draws from the ticket's contract line.

    ``ticket_id`` has the name it has in OCA's helpdesk_mgmt_timesheet, so that both
    addons can live together.
    """

    _inherit = "account.analytic.line"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", index="btree_not_null", ondelete="set null"
    )
    service_task_code_id = fields.Many2one(
        "service.task.code",
        string="Task Code",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        domain="[('unit', '=', 'second')]",
        help="What kind of work it was: whether it is in scope, and what it costs.",
    )
    service_started_at = fields.Datetime(
        string="Started At",
        help="When the work began. Rates for nights, weekends and overtime need it; "
        "without it the work counts as done during the day.",
    )
    service_usage_ids = fields.One2many("service.usage", "timesheet_id")
    service_rating_text = fields.Char(
        compute="_compute_service_rating_text",
        compute_sudo=True,
        string="Coverage",
        help="How much of this time the contract covers.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "service_usage_ids.is_void",
        "service_usage_ids.charge_ids.is_reversed",
        *(DRAW_FIELDS - {"name"}),
    )
    @api.depends_context("lang")
    def _compute_service_rating_text(self):
        """Say what the time became; of time that is being typed, what it would."""
        typed = self.filtered(lambda line: line._is_being_typed())
        verdicts = typed._get_verdicts()
        for line in self - typed:
            usages = line._origin.service_usage_ids.filtered(
                lambda usage: not usage.is_void
            )
            line.service_rating_text = usages.charge_ids._get_summary()
        for line in typed:
            _state, line.service_rating_text = verdicts.get(line, (False, False))

    def _is_being_typed(self):
        """Whether what was typed is not saved yet."""
        self.ensure_one()
        saved = self._origin
        return not saved or (
            self != saved
            and any(
                self[name] != saved[name]
                for name in DRAW_FIELDS - {"name", "ticket_id"}
            )
        )

    def _get_verdicts(self):
        """Return what time that is being typed would become: (state, text) by line."""
        usage_model = self.env["service.usage"]
        usages = {}
        for number, line in enumerate(self):
            is_known = line.date and line.unit_amount and line.unit_amount > 0
            vals = is_known and line._prepare_time_usage()
            if vals:
                key = f"typed-{number}"
                recorded = line._origin.service_usage_ids.filtered(
                    lambda usage: not usage.is_void
                )
                usages[line] = usage_model.new(
                    {**vals, **UNDECIDED, "source": "timesheet", "external_key": key},
                    origin=recorded[-1:],
                )
        verdicts = self.env["service.charge"]._get_verdicts(
            usage_model.concat(*usages.values())
        )
        return {line: verdicts[usage] for line, usage in usages.items()}

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            ticket = self.env["helpdesk.ticket"].browse(vals.get("ticket_id"))
            if ticket and not vals.get("project_id"):
                vals["project_id"] = self._get_ticket_project(ticket).id
            if ticket and "service_task_code_id" not in vals:
                task_sudo = ticket.sudo().service_task_code_id  # time: no ticket ACL
                vals["service_task_code_id"] = task_sudo.id
        lines = super().create(vals_list)
        lines._sync_usages()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & DRAW_FIELDS:
            self._sync_usages()
        return result

    def unlink(self):
        usage_model = self.env["service.usage"].sudo()  # ledger: no ACL
        usage_model._sync("timesheet", dict.fromkeys(self))
        return super().unlink()

    # === ACTIONS === #

    def action_view_service_why(self):
        """Open each rule behind what the time became."""
        return self.env["service.charge.why"]._open(self)

    # === BUSINESS METHODS === #

    def _get_charges_to_explain(self):
        return self.service_usage_ids.charge_ids._get_standing()

    @api.model
    def _get_ticket_project(self, ticket):
        if not ticket.project_id:
            raise UserError(
                self.env._(
                    "Time on ticket %(ticket)s needs a project. Choose one on the "
                    "ticket, or a service project in the settings.",
                    ticket=ticket.display_name,
                )
            )
        return ticket.project_id

    def _sync_usages(self):
        """Make the time on tickets draw what it should."""
        usage_model = self.env["service.usage"].sudo()  # ledger: no ACL
        lines_sudo = self.sudo()  # who records time: no contract ACL
        wanted = {line: line._prepare_time_usage() for line in lines_sudo}
        usage_model._sync(
            "timesheet",
            {
                line: vals
                for line, vals in wanted.items()
                if vals or line.service_usage_ids
            },
        )

    def _prepare_time_usage(self):
        """Return the values of the usage behind this time, or None if it has none.

        A timesheet without a start has a day and no hour: it counts at noon of that day
        in the contract's zone, which is in the right period whatever the zone.
        """
        self.ensure_one()
        ticket = self.ticket_id._origin
        contract = ticket.service_contract_id
        if not contract or ticket.stage_id.service_is_cancelled:
            return None
        if self.unit_amount < 0:
            raise UserError(
                self.env._(
                    "Time on a ticket is not negative. Correct or delete the earlier "
                    "entry instead."
                )
            )
        seconds = self._get_service_seconds()
        if not seconds:
            return None
        employee = self.employee_id._origin
        start = self.service_started_at
        event_at = start or self._get_noon()
        return {
            **ticket._prepare_service_usage(),
            "contract_line_id": ticket._get_time_line(event_at).id,
            "description": self.name,
            "unit": "second",
            "quantity": seconds,
            "event_at": event_at,
            "ended_at": start and start + timedelta(seconds=seconds),
            "task_code_id": self.service_task_code_id._origin.id,
            "employee_id": employee.id,
            "role_id": employee.service_role_id.id,
            "level_id": employee.service_level_id.id,
        }

    def _get_noon(self):
        """Return noon of the timesheet's day in the contract's zone (naive UTC)."""
        self.ensure_one()
        zone = ZoneInfo(self.ticket_id._origin.service_contract_id.tz)
        noon = datetime.combine(self.date, time(12), zone)
        return noon.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)

    def _get_service_seconds(self):
        """Return the time in whole seconds.

        :raises UserError: for more than anybody works
        """
        self.ensure_one()
        seconds = delivered_to_base(
            self.env, self._get_service_hours(), SECONDS_PER_HOUR
        )
        if self.service_started_at and seconds > MAX_TIMED_HOURS * SECONDS_PER_HOUR:
            raise UserError(
                self.env._(
                    "Work that began at a certain time lasts a year at most. Correct "
                    "the hours, or leave the start empty."
                )
            )
        return seconds

    def _get_service_hours(self):
        """Return the time in hours, whatever unit it was recorded in."""
        self.ensure_one()
        # Not ``env.ref``: that looks each time whether the unit exists.
        data_model = self.env["ir.model.data"]
        hour_id = data_model._xmlid_to_res_id("uom.product_uom_hour")
        hour = self.product_uom_id.browse(hour_id)
        if not self.product_uom_id or self.product_uom_id == hour:
            return self.unit_amount
        return self.product_uom_id._compute_quantity(
            self.unit_amount, hour, round=False
        )
