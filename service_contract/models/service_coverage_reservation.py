# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_datetime

from ..const import UNITS
from ..fields import BigInteger
from ..tools import delivered_to_base
from ..transactions import RACE_LOST

_logger = logging.getLogger(__name__)

# What only the verbs write.
FACTS = {"reserved", "state", "uncovered", "used"}
# What a plan is about: for another ticket or line there is another plan.
FIXED = {"contract_line_id", "ticket_id", "unit"}
# What decides how much is held, and on which lots.
HOLDING = {"planned_at", "planned_quantity"}


class ServiceCoverageReservation(models.Model):
    """A planned visit, or planned work, that holds units of a contract line.

    The units are held on the lots that are valid at the planned time, by entries of
    their ledgers, so nobody else can promise them. Work on the ticket uses them up
    first. What is not used is released: by hand, with the ticket, or long after the
    day has passed.
    """

    _name = "service.coverage.reservation"
    _description = "Planned Visit"
    _inherit = ["mail.thread", "mail.activity.mixin", "service.quantity.mixin"]
    _order = "planned_at, id"
    _check_company_auto = True
    _shown_quantities = {
        "reserved_quantity": "reserved",
        "used_quantity": "used",
        "uncovered_quantity": "uncovered",
    }

    # What is planned
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
        domain="[('service_contract_line_id', '!=', False)]",
    )
    contract_line_id = fields.Many2one(
        "service.contract.line",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        check_company=True,
        ondelete="restrict",
        index=True,
        domain="[('coverage_type', '!=', 'none')]",
    )
    contract_id = fields.Many2one(
        related="contract_line_id.contract_id", store=True, index=True
    )
    company_id = fields.Many2one(related="contract_line_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_line_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
    )
    site_id = fields.Many2one(
        "res.partner",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        help="Where the work is to be done.",
    )
    planned_at = fields.Datetime(
        required=True,
        tracking=True,
        help="Units of the allotment that is valid then are held.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Who",
        default=lambda self: self.env.user,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        index="btree_not_null",
        help="Who goes there. Told when the reservation is released by itself.",
    )
    note = fields.Text()

    # How much
    unit = fields.Selection(
        UNITS,
        compute="_compute_unit",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    planned_quantity = fields.Float(
        string="Planned",
        required=True,
        default=1.0,
        tracking=True,
        help="In hours, visits or currency, as the line counts it.",
    )
    quantity = BigInteger(
        compute="_compute_quantity",
        store=True,
        precompute=True,
        help="What is planned, in base units.",
    )
    reserved = BigInteger(required=True, default=0, readonly=True, copy=False)
    used = BigInteger(required=True, default=0, readonly=True, copy=False)
    uncovered = BigInteger(required=True, default=0, readonly=True, copy=False)
    reserved_quantity = fields.Float(
        compute="_compute_shown_quantities",
        aggregator="sum",
        help="Held now, so that nobody else can promise it.",
    )
    used_quantity = fields.Float(
        compute="_compute_shown_quantities",
        aggregator="sum",
        help="Drawn by work that was delivered.",
    )
    uncovered_quantity = fields.Float(
        string="Overage",
        compute="_compute_shown_quantities",
        aggregator="sum",
        help="More than is left: it will be overage.",
    )
    held_text = fields.Char(compute="_compute_held_text", string="Coverage")
    state = fields.Selection(
        [("reserved", "Reserved"), ("used", "Used"), ("released", "Released")],
        default="reserved",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
        help="Reserved: still to come. Used: the work was delivered. Released: it is "
        "not, and what was held is available again.",
    )
    entry_ids = fields.One2many(
        "service.coverage.entry", "reservation_id", groups="base.group_user"
    )

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "Plan more than nothing."
    )
    _figures_positive = models.Constraint(
        "CHECK (reserved >= 0 AND used >= 0 AND uncovered >= 0)",
        "More would be released than was reserved.",
    )
    _nothing_held_when_over = models.Constraint(
        "CHECK (state = 'reserved' OR reserved = 0)",
        "A plan that is over holds nothing.",
    )
    _open_idx = models.Index("(ticket_id, contract_line_id) WHERE state = 'reserved'")
    _due_idx = models.Index("(company_id, planned_at) WHERE state = 'reserved'")

    # === COMPUTE METHODS === #

    @api.depends("ticket_id")
    def _compute_from_ticket(self):
        for plan in self:
            ticket = plan.ticket_id
            if not ticket:
                plan.contract_line_id = plan.contract_line_id
                plan.partner_id = plan.partner_id or plan.contract_line_id.partner_id
                plan.site_id = plan.site_id
                continue
            plan.contract_line_id = ticket.service_contract_line_id
            plan.partner_id = ticket.partner_id
            plan.site_id = ticket.site_id

    @api.depends("contract_line_id")
    def _compute_unit(self):
        for plan in self:
            plan.unit = self._get_unit_on(plan.contract_line_id)

    @api.depends("planned_quantity", "unit", "contract_line_id")
    def _compute_quantity(self):
        for plan in self:
            scale = plan._get_base_units_per_unit()
            plan.quantity = delivered_to_base(self.env, plan.planned_quantity, scale)

    @api.depends("reserved", "used", "uncovered", "unit")
    def _compute_shown_quantities(self):
        return super()._compute_shown_quantities()

    @api.depends("reserved", "used", "uncovered", "state", "unit")
    @api.depends_context("lang")
    def _compute_held_text(self):
        for plan in self:
            plan.held_text = plan._get_held_text()

    @api.depends("planned_quantity", "partner_id", "ticket_id.number", "unit")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for plan in self:
            parts = [
                plan._format_plan(plan.quantity),
                plan.partner_id.display_name,
                plan.ticket_id.number,
            ]
            plan.display_name = " · ".join(part for part in parts if part)

    def _get_held_text(self):
        """Return in words what is held, and what will be overage."""
        self.ensure_one()
        if self.state == "used":
            return self.env._("%(used)s used", used=self._format_plan(self.used))
        if self.state == "released":
            return self.env._("Released")
        if not self._holds():
            return self.env._("The line covers it without counting it")
        held = self._format_plan(self.reserved)
        if not self.uncovered:
            return self.env._("%(held)s reserved", held=held)
        return self.env._(
            "%(held)s reserved, %(rest)s overage",
            held=held,
            rest=self._format_plan(self.uncovered),
        )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        self._check_facts(set().union(*vals_list))
        plans = super().create(vals_list)
        if plans.ticket_id:
            plans.ticket_id.check_access("write")
        plans._check_line()
        plans._reserve()
        for plan in plans:
            plan._tell_plan()
        return plans

    def write(self, vals):
        self._check_facts(vals.keys())
        if vals.keys() & FIXED:
            self._check_fixed(vals)
        moved = self.browse()
        if vals.keys() & HOLDING:
            moved = self.filtered(lambda plan: plan.state == "reserved")
            if moved != self:
                raise UserError(
                    self.env._("A plan that is over stays as it is. Make another one.")
                )
        result = super().write(vals)
        moved._reserve()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("What was reserved is on record. Release the plan instead.")
        )

    def _check_facts(self, names):
        """Refuse to write what follows from reserving, using and releasing."""
        if names & FACTS and not self.env.su:
            raise UserError(
                self.env._("What is held follows from the plan. Move or release it.")
            )

    def _check_fixed(self, vals):
        """Refuse to turn a plan into one for something else."""
        current = [
            self._convert_to_write({name: plan[name] for name in vals.keys() & FIXED})
            for plan in self
        ]
        if any(vals[name] != value for plan in current for name, value in plan.items()):
            raise UserError(
                self.env._("Release this plan and make one for the other ticket.")
            )

    def _check_line(self):
        """Refuse a line that is not the ticket's.

        :raises UserError: with what to do
        """
        for plan in self:
            line = plan.contract_line_id
            if plan.ticket_id and plan.ticket_id.service_contract_line_id != line:
                raise UserError(
                    self.env._(
                        "%(ticket)s is not on %(line)s. Choose its line, or plan "
                        "without a ticket.",
                        ticket=plan.ticket_id.display_name,
                        line=line.display_name,
                    )
                )

    # === ACTIONS === #

    def action_release(self):
        """Release what is held: the visit does not take place."""
        self.check_access("write")
        self._release()
        return True

    def action_reserve(self):
        """Look again for what could not be held, such as after a top-up."""
        self.check_access("write")
        self.filtered(lambda plan: plan.state == "reserved")._reserve()
        return True

    def action_view_ticket(self):
        """Open the ticket."""
        self.ensure_one()
        return self.ticket_id._get_records_action()

    # === CRON METHODS === #

    @api.model
    def _cron_release(self, limit=100):
        """Release plans that are long past, and tell who they belong to."""
        cron = self.env["ir.cron"]
        domain = self._get_stale_domain()
        cron._commit_progress(remaining=self.search_count(domain))
        for plan in self.search(domain, limit=limit):
            try:
                with self.env.cr.savepoint():
                    plan._release()
                    plan._tell_owner(
                        self.env._(
                            "Nothing was delivered on %(day)s or since, so what was "
                            "reserved is available again. Log the visit if it took "
                            "place, or plan another.",
                            day=plan._format_day(),
                        )
                    )
            except RACE_LOST as error:
                _logger.info("Plan %s is released later: %s", plan.id, error)
            except Exception:
                # Whatever is wrong with one plan: the others go on, and the next run
                # tries it again.
                _logger.exception("Plan %s can't be released", plan.id)
            if not cron._commit_progress(1):
                break

    @api.model
    def _get_stale_domain(self):
        """Return the domain of open plans that are longer past than their company
        waits."""
        now = self.env["service.contract"]._service_now()
        companies = self.env["res.company"].search(
            [("service_reservation_days", ">", 0)]
        )
        return Domain("state", "=", "reserved") & Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain(
                "planned_at",
                "<",
                now - timedelta(days=company.service_reservation_days),
            )
            for company in companies
        )

    # === TELLING === #

    def _tell_plan(self):
        """Note on the ticket what is planned and what is held for it."""
        ticket = self.ticket_id
        if not ticket:
            return
        ticket_sudo = ticket.sudo()  # who may plan may note it
        ticket_sudo.message_post(
            body=self.env._(
                "Planned for %(day)s: %(plan)s. %(held)s.",
                day=self._format_day(),
                plan=self._get_html_link(),
                held=self.held_text,
            )
        )

    def _tell_owner(self, note):
        """Schedule an activity for whose plan lost what it held.

        :param note: why, and what to do
        """
        self.activity_schedule(
            "service_contract.mail_activity_type_reservation",
            note=note,
            user_id=(self.user_id or self.create_uid).id,
        )

    def _format_day(self):
        return format_datetime(
            self.env, self.planned_at, tz=self.contract_id.tz, dt_format="short"
        )
