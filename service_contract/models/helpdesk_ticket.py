# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

# Facts that the entitlement lookup looks at.
LOOKUP_FIELDS = {
    "category_id",
    "channel_id",
    "company_id",
    "partner_id",
    "product_id",
    "product_serial",
    "requested_at",
    "site_id",
}
# Facts that decide what the ticket draws.
DRAW_FIELDS = LOOKUP_FIELDS | {
    "duplicate_id",
    "no_decrement",
    "no_decrement_reason",
    "service_contract_line_id",
    "service_task_code_id",
    "stage_id",
}


class HelpdeskTicket(models.Model):
    """A ticket finds the contract line that covers it and draws it down."""

    _inherit = "helpdesk.ticket"

    requested_at = fields.Datetime(
        required=True,
        default=lambda self: self.env["service.contract"]._service_now(),
        copy=False,
        help="When the customer asked. The ticket counts in the coverage period of "
        "this instant, however late it is recorded.",
    )
    site_id = fields.Many2one(
        "res.partner",
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
        help="Address that needs service.",
    )
    product_id = fields.Many2one("product.product")
    product_serial = fields.Char(string="Serial Number")

    service_contract_line_id = fields.Many2one(
        "service.contract.line",
        string="Contract Line",
        tracking=True,
        check_company=True,
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
        domain="['|', "
        "('contract_id.commercial_partner_id', '=', commercial_partner_id), "
        "('contract_id.beneficiary_ids', '=', commercial_partner_id), "
        "('coverage_type', '!=', 'none'), ('company_id', '=', company_id)]",
        help="Line that covers this ticket. Found by itself; you may choose another.",
    )
    service_contract_id = fields.Many2one(
        related="service_contract_line_id.contract_id",
        string="Service Contract",
        store=True,
        index="btree_not_null",
    )
    service_proposed_line_id = fields.Many2one(
        "service.contract.line",
        groups="base.group_user",
        string="Proposed Line",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Line that was found by itself.",
    )
    service_line_is_manual = fields.Boolean(
        string="Chosen by Hand", readonly=True, copy=False, groups="base.group_user"
    )
    service_lookup = fields.Json(
        copy=False,
        groups="base.group_user",
        help="The lines that were looked at, with each condition.",
    )
    service_lookup_html = fields.Html(
        compute="_compute_service_lookup_html", string="Why", groups="base.group_user"
    )
    service_coverage_state = fields.Selection(
        [
            ("no_customer", "No customer"),
            ("no_contract", "No contract"),
            ("draft", "Contract is a draft"),
            ("invoiced", "Contract has not started"),
            ("on_hold", "Contract is on hold"),
            ("expired", "Contract is expired"),
            ("cancelled", "Contract is cancelled"),
            ("uncovered", "Not covered by the contract"),
            ("exempt", "Draws nothing"),
            ("uncounted", "Covered"),
            ("plenty", "Covered, enough left"),
            ("nearly", "Covered, nearly used up"),
            ("used_up", "Used up"),
        ],
        compute="_compute_service_coverage_state",
        string="Coverage",
        groups="base.group_user",
    )
    service_coverage_text = fields.Char(
        related="service_contract_line_id.coverage_text", string="Balance"
    )
    service_coverage_percent = fields.Float(
        related="service_contract_line_id.coverage_percent"
    )
    no_decrement = fields.Boolean(
        string="Do Not Decrement",
        groups="base.group_user",
        tracking=True,
        copy=False,
        help="This ticket draws nothing. It stays on record as a courtesy.",
    )
    no_decrement_reason = fields.Char(
        tracking=True, copy=False, groups="base.group_user"
    )

    timesheet_ids = fields.One2many(
        "account.analytic.line",
        "ticket_id",
        string="Timesheets",
        groups="base.group_user",
    )
    project_id = fields.Many2one(
        "project.project",
        string="Timesheet Project",
        compute="_compute_project_id",
        store=True,
        readonly=False,
        domain="[('allow_timesheets', '=', True)]",
        help="Time on this ticket is recorded on this project.",
    )
    total_hours = fields.Float(
        compute="_compute_total_hours", string="Hours Spent", groups="base.group_user"
    )
    service_usage_ids = fields.One2many(
        "service.usage", "ticket_id", groups="base.group_user"
    )
    service_charge_ids = fields.One2many(
        "service.charge", "ticket_id", groups="base.group_user"
    )

    service_charge_count = fields.Integer(
        compute="_compute_service_charge_count", groups="base.group_user"
    )

    _no_decrement_reason = models.Constraint(
        "CHECK (NOT no_decrement OR COALESCE(no_decrement_reason, '') <> '')",
        "Give the reason why this ticket draws nothing.",
    )

    # === COMPUTE METHODS === #

    @api.depends("service_contract_id", "company_id", "team_id")
    def _compute_project_id(self):
        for ticket in self:
            ticket.project_id = (
                ticket.service_contract_id.sudo().project_id  # agents: no contract ACL
                or ticket.company_id.service_project_id
                or ticket.project_id
            )

    @api.depends("timesheet_ids.unit_amount")
    def _compute_total_hours(self):
        hours = dict(
            self.env["account.analytic.line"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["unit_amount:sum"]
            )
        )
        for ticket in self:
            ticket.total_hours = hours.get(ticket, 0.0)

    @api.depends("service_charge_ids")
    def _compute_service_charge_count(self):
        counts = dict(
            self.env["service.charge"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.service_charge_count = counts.get(ticket, 0)

    @api.depends(
        "partner_id",
        "service_contract_line_id.coverage_level",
        "service_contract_id.state",
        "service_lookup",
        "no_decrement",
    )
    def _compute_service_coverage_state(self):
        for ticket in self:
            ticket.service_coverage_state = ticket._get_coverage_state()

    def _get_coverage_state(self):
        """Return how the ticket is covered; the nearest miss, where it is not."""
        line = self.service_contract_line_id.sudo()  # agents: no contract ACL
        if line:
            contract = line.contract_id
            if contract.state != "active":
                return contract.state
            if self.no_decrement:
                return "exempt"
            level = line.coverage_level
            return "uncovered" if level == "not_granted" else level
        if not self.partner_id:
            return "no_customer"
        verdicts = self.service_lookup or []
        if not verdicts:
            return "no_contract"
        # The contract that would have covered it, had it been in force, says why.
        for verdict in verdicts:
            failed = set(verdict["failed"])
            if "state" in failed and failed <= {"state", "dates"}:
                return verdict["state"]
        if any(verdict["failed"] == ["balance"] for verdict in verdicts):
            return "used_up"
        return "uncovered"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        manual = tickets.filtered("service_contract_line_id")
        manual._check_line_accepts()
        manual.service_line_is_manual = True
        # The first choice is no change that anybody needs to be told about.
        tickets.with_context(mail_notrack=True)._find_contract_line()
        tickets._start_sla()
        tickets._sync_usages()
        return tickets

    def write(self, vals):
        if "service_contract_line_id" in vals and "service_line_is_manual" not in vals:
            vals = {**vals, "service_line_is_manual": True}
            line = self.env["service.contract.line"].browse(
                vals["service_contract_line_id"]
            )
            if line:
                self.filtered(
                    lambda ticket: ticket.service_contract_line_id != line
                )._check_line_accepts(line)
        stages_before = self._get_stages_before(vals)
        result = super().write(vals)
        if vals.get("stage_id") and "service_contract_now" in self.env.context:
            self._date_stage_change()
        if vals.keys() & LOOKUP_FIELDS:
            self._find_contract_line()
        if vals.get("service_contract_line_id"):
            self._check_line_belongs()
        self._follow_sla(vals, stages_before)
        if vals.keys() & DRAW_FIELDS:
            self._sync_usages()
        if vals.keys() & {"product_id", "product_serial"}:
            self._rate_item_again()
        return result

    def unlink(self):
        usage_model = self.env["service.usage"].sudo()  # ledger: no ACL
        times_sudo = self.sudo().timesheet_ids  # also the time of others
        usage_model._sync("timesheet", dict.fromkeys(times_sudo))
        usage_model._sync("ticket", dict.fromkeys(self))
        usage_model._sync_logged(dict.fromkeys(self))
        return super().unlink()

    def _date_stage_change(self):
        """Date a change of stage by the time passed in; helpdesk_mgmt took the
        server's."""
        now = self.env["service.contract"]._service_now()
        vals = {"last_stage_update": now}
        if self.stage_id.closed:
            vals["closed_date"] = now
        # The stage is written already, so nothing but the dates follows from this.
        return super().write(vals)  # pylint: disable=super-method-mismatch

    def _write_found_line(self, vals):
        """Write what was found, without looking or drawing again."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    # === ACTIONS === #

    def action_find_contract_line(self):
        """Forget the choice by hand and look again."""
        self.write({"service_line_is_manual": False})
        self._find_contract_line()
        self._sync_usages()
        return True

    def action_view_service_charges(self):
        """Open what this ticket drew and costs."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_charge_action"
        )
        action["domain"] = [("ticket_id", "=", self.id)]
        return action

    def action_view_service_contract(self):
        """Open the contract that covers this ticket."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "service.contract",
            "res_id": self.service_contract_id.id,
            "view_mode": "form",
        }
