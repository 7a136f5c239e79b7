# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import UNITS


class ServiceVisitPlan(models.TransientModel):
    """Plans a visit, or work, on a ticket and reserves what it needs."""

    _name = "service.visit.plan"
    _description = "Plan a Visit"
    _inherit = "service.dialog.mixin"
    _about = ("ticket_id",)

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    company_id = fields.Many2one(related="ticket_id.company_id")
    contract_line_id = fields.Many2one(related="ticket_id.service_contract_line_id")
    currency_id = fields.Many2one(related="contract_line_id.currency_id")
    unit = fields.Selection(UNITS, compute="_compute_unit")
    quantity = fields.Float(
        default=1.0,
        required=True,
        help="Hours of work, visits, or an amount, as the contract line counts it.",
    )
    planned_at = fields.Datetime(string="When", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Who",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    note = fields.Text()
    available = fields.Char(compute="_compute_preview")
    reserved = fields.Char(compute="_compute_preview")
    used = fields.Char(compute="_compute_preview")
    left_after = fields.Char(compute="_compute_preview")
    warning = fields.Char(compute="_compute_preview")

    @api.depends("contract_line_id")
    def _compute_unit(self):
        plans = self.env["service.coverage.reservation"]
        for wizard in self:
            wizard.unit = plans._get_unit_on(wizard.contract_line_id)

    @api.depends("ticket_id", "quantity", "planned_at")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            wizard.update(
                {
                    "available": False,
                    "reserved": False,
                    "used": False,
                    "left_after": False,
                    "warning": False,
                    **wizard._get_preview(),
                }
            )

    def _get_preview(self):
        """Return what the lots of the planned time have before and after the plan."""
        self.ensure_one()
        line_sudo = self.contract_line_id.sudo()  # agents: no ledger
        if not line_sudo or not self.planned_at:
            return {}
        plan = self._prepare_plan()
        reason = plan._get_refusal()
        if reason:
            return {"warning": reason}
        try:
            planned = plan.quantity
        except UserError as error:
            return {"warning": str(error)}
        if not plan._holds():
            return {"warning": plan.held_text}
        balance = line_sudo._get_balance_at(self.planned_at)
        left = balance["available"] - planned
        values = {
            name: line_sudo._format_units(units) for name, units in balance.items()
        }
        values["left_after"] = line_sudo._format_units(left)
        quota_text = self._get_quota_warning(line_sudo, plan)
        if quota_text:
            values["warning"] = quota_text
        if left < 0:
            values["warning"] = self._get_shortage(line_sudo, plan, -left)
            if line_sudo.exhaustion_policy != "negative":
                values["left_after"] = line_sudo._format_units(0)
        return values

    def _get_quota_warning(self, line, plan):
        """Return that the visit goes beyond what the site may draw, or False."""
        ticket = self.ticket_id
        partners = ticket.site_id | ticket.partner_id.commercial_partner_id
        lots = self.env["service.coverage.counter"].sudo()  # agents: no ledger
        lots = lots._find_lots(line, [self.planned_at]).get(line, lots)
        quotas_sudo = self.env["service.coverage.quota"].sudo()  # as above
        left = quotas_sudo._get_left(line, lots, partners)
        if not left or plan.quantity <= sum(left.values()):
            return False
        partner_ids = {partner_id for _lot, partner_id in left}
        return self.env._(
            "The quota of %(partner)s leaves %(left)s: the rest will wait for an "
            "approval.",
            partner=partners.filtered(lambda p: p.id in partner_ids).name,
            left=line._format_units(max(sum(left.values()), 0)),
        )

    def _get_shortage(self, line, plan, missing):
        """Return what becomes of the part that no lot can hold."""
        missing = min(missing, plan.quantity)
        texts = {
            "block": self.env._(
                "%(rest)s more than is left, and the line takes nothing beyond its "
                "allotment. Top it up, or choose another day.",
                rest=line._format_units(missing),
            ),
            "warn": self.env._(
                "%(rest)s will be overage, to be agreed with the customer.",
                rest=line._format_units(missing),
            ),
            "bill": self.env._(
                "%(rest)s will be overage and billed.", rest=line._format_units(missing)
            ),
            "negative": self.env._("The balance goes below zero; the line allows it."),
        }
        return texts[line.exhaustion_policy]

    def _prepare_plan(self):
        """Return the plan that is not made yet."""
        self.ensure_one()
        plans = self.env["service.coverage.reservation"]
        return plans.sudo().new(  # agents: no ledger
            {
                **self._prepare_values(),
                "contract_line_id": self.contract_line_id.id,
                "unit": self.unit,
            }
        )

    def _prepare_values(self):
        """Return the values of the plan."""
        self.ensure_one()
        line = self.contract_line_id
        factor = line.draw_multiplier / 100 if line.coverage_type == "hours" else 1
        return {
            "ticket_id": self.ticket_id.id,
            "planned_at": self.planned_at,
            "planned_quantity": self.quantity * factor,
            "user_id": self.user_id.id,
            "note": self.note,
        }

    def action_apply(self):
        """Make the plan, and reserve what it needs."""
        self.ensure_one()
        self.ticket_id.check_access("write")
        if not self.contract_line_id:
            raise UserError(self.env._("Choose the contract line of the ticket first."))
        if self.quantity <= 0:
            raise UserError(self.env._("Enter how much is planned."))
        self.env["service.coverage.reservation"].create(self._prepare_values())
        return {"type": "ir.actions.act_window_close"}
