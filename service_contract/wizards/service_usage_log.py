# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import BASE_PER_SHOWN, UNITS
from ..tools import delivered_to_base


class ServiceUsageLog(models.TransientModel):
    """Logs a visit, a part or time without a timesheet on a ticket's contract."""

    _name = "service.usage.log"
    _description = "Log Delivered Service"
    _inherit = "service.dialog.mixin"
    _about = ("ticket_id", "task_code_id", "travel_task_id")
    _check_company_auto = True

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    contract_line_id = fields.Many2one(related="ticket_id.service_contract_line_id")
    company_id = fields.Many2one(related="ticket_id.company_id")
    currency_id = fields.Many2one(related="contract_line_id.currency_id")
    task_code_id = fields.Many2one(
        "service.task.code",
        string="Task",
        compute="_compute_task_code_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('is_travel', '=', False)]",
        help="What kind of work it was: whether it is in scope, and what it costs.",
    )
    unit = fields.Selection(
        [unit for unit in UNITS if unit[0] != "case"],
        string="What",
        default="visit",
        required=True,
    )
    quantity = fields.Float(
        compute="_compute_quantity",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Number of visits, hours, or the amount of the parts.",
    )
    event_at = fields.Datetime(
        string="When",
        required=True,
        default=lambda self: self.env["service.contract"]._service_now(),
        help="When it was delivered: it draws from the allotment of that time.",
    )
    description = fields.Char(required=True)
    # Given when the dialog is opened: pressing the button twice logs once.
    external_key = fields.Char(
        required=True, default=lambda self: str(uuid4()), readonly=True
    )
    preview = fields.Text(compute="_compute_preview", string="What Will Happen")

    @api.depends("ticket_id")
    def _compute_task_code_id(self):
        for wizard in self:
            wizard.task_code_id = wizard.ticket_id.service_task_code_id

    @api.depends("task_code_id", "unit")
    def _compute_quantity(self):
        for wizard in self:
            task = wizard.task_code_id
            usual = task.unit == wizard.unit and task.default_quantity
            wizard.quantity = usual or wizard.quantity or 1.0

    @api.depends("ticket_id", "task_code_id", "unit", "quantity", "event_at")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = wizard._get_preview()

    def _get_preview(self):
        """Return how the usage would be rated, by the code that rates it."""
        self.ensure_one()
        line = self.contract_line_id
        if not line:
            return self.env._("The ticket has no contract line to log this on.")
        # An agent sees what it costs, but reads no ledger.
        charge_model = self.env["service.charge"].sudo()  # ledger: no ACL
        usage_model = self.env["service.usage"].sudo()  # ledger: no ACL
        try:
            if self._get_base_quantity() <= 0 or not self.event_at:
                return False
            vals_list = self._get_usages_to_log()
        except UserError as error:
            return str(error)
        known = usage_model.search(
            [
                ("company_id", "=", self.ticket_id.company_id.id),
                ("source", "=", "manual"),
                ("external_key", "in", [vals["external_key"] for vals in vals_list]),
                ("is_void", "=", False),
            ]
        )
        keys = set(known.mapped("external_key"))
        new = (usage_model.new(v) for v in vals_list if v["external_key"] not in keys)
        charges = charge_model._preview(usage_model.concat(*new))
        texts = [charge._get_preview_text() for charge in charges]
        texts += (
            self.env._("%(usage)s: recorded already.", usage=usage.display_name)
            for usage in known
        )
        return "\n".join(texts)

    def _get_base_quantity(self):
        """Return the quantity in base units, rounded once.

        :raises UserError: for more than anybody delivers
        """
        self.ensure_one()
        scale = BASE_PER_SHOWN | {"minor": 10**self.currency_id.decimal_places}
        return delivered_to_base(self.env, self.quantity, scale.get(self.unit, 1))

    def _get_usages_to_log(self):
        """Return the values of all usages that are recorded together."""
        self.ensure_one()
        return [self._prepare_usage()]

    def _prepare_usage(self):
        """Return the values of the usage."""
        self.ensure_one()
        return {
            **self.ticket_id._prepare_service_usage(),
            "source": "manual",
            "external_key": self.external_key,
            "description": self.description,
            "unit": self.unit,
            "quantity": self._get_base_quantity(),
            "event_at": self.event_at,
            "task_code_id": self.task_code_id.id,
            "ticket_id": self.ticket_id.id,
        }

    def action_apply(self):
        """Record the usage and draw it."""
        self.ensure_one()
        self.ticket_id.check_access("write")
        if not self.contract_line_id:
            raise UserError(self.env._("Choose the contract line of the ticket first."))
        if self._get_base_quantity() <= 0:
            raise UserError(self.env._("Enter how much was delivered."))
        usage_model = self.env["service.usage"].sudo()  # no ACL; checked above
        usage_model._capture(self._get_usages_to_log())
        return {"type": "ir.actions.act_window_close"}
