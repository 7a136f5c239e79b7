# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import entitlement

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
        domain="[('contract_id.commercial_partner_id', '=', commercial_partner_id), "
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

    @api.depends("service_lookup")
    @api.depends_context("lang")
    def _compute_service_lookup_html(self):
        for ticket in self:
            ticket.service_lookup_html = self.env["ir.qweb"]._render(
                "service_contract.ticket_lookup", {"verdicts": ticket._explain_lookup()}
            )

    def _explain_lookup(self):
        """Return the verdicts of the lookup in the reader's words."""
        self.ensure_one()
        labels = {
            "state": self.env._("Contract is in force"),
            "dates": self.env._("Line covers that day"),
            "contact": self.env._("Contact is covered"),
            "site": self.env._("Site is covered"),
            "product": self.env._("Product is covered"),
            "serial": self.env._("Serial number is covered"),
            "category": self.env._("Category is covered"),
            "channel": self.env._("Channel is covered"),
            "balance": self.env._("Allotment is left, or the line goes on without"),
        }
        # sudo: the agent may read why, but not the contract itself
        lines_sudo = self.env["service.contract.line"].sudo()
        verdicts = []
        for verdict in self.service_lookup or []:
            line = lines_sudo.browse(verdict["line"]).exists()
            verdicts.append(
                {
                    "name": line.display_name or self.env._("Deleted line"),
                    "chosen": line == self.service_contract_line_id,
                    "proposed": line == self.service_proposed_line_id,
                    "covers": not verdict["failed"],
                    "conditions": [
                        (
                            label,
                            code not in verdict["failed"],
                            code in verdict["stated"],
                        )
                        for code, label in labels.items()
                    ],
                }
            )
        return verdicts

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        manual = tickets.filtered("service_contract_line_id")
        manual._check_line_accepts()
        manual.service_line_is_manual = True
        # The first choice is no change that anybody needs to be told about.
        tickets.with_context(mail_notrack=True)._find_contract_line()
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
        result = super().write(vals)
        if vals.get("stage_id") and "service_contract_now" in self.env.context:
            self._date_stage_change()
        if vals.keys() & LOOKUP_FIELDS:
            self._find_contract_line()
        if vals.get("service_contract_line_id"):
            self._check_line_belongs()
        if vals.keys() & DRAW_FIELDS:
            self._sync_usages()
        return result

    def unlink(self):
        usage_model = self.env["service.usage"].sudo()  # ledger: no ACL
        usage_model._sync("timesheet", dict.fromkeys(self.timesheet_ids))
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

    # === BUSINESS METHODS: LOOKUP === #

    def _get_requested_at(self):
        """Return the instant that decides coverage (naive UTC)."""
        self.ensure_one()
        return self.requested_at or self.env["service.contract"]._service_now()

    def _get_entitlement_request(self):
        """Return the ticket as the engine sees it."""
        self.ensure_one()
        return entitlement.Request(
            contact=self.partner_id.id or None,
            site=self.site_id.id or None,
            product=self.product_id.id or None,
            serial=self.product_serial or None,
            category=self.category_id.id or None,
            channel=self.channel_id.id or None,
        )

    def _find_contract_line(self):
        """Propose the line that covers each ticket, and use it unless somebody chose.

        A choice by hand for another customer or company is dropped: it can't be
        right.
        """
        tickets = self.filtered("partner_id")
        ranked = self.env["service.contract.line"]._rank_for_tickets(tickets)
        lines = self.env["service.contract.line"].sudo()  # agents: no contract ACL
        for ticket in self:
            verdicts = ranked.get(ticket, [])
            best = verdicts[0] if verdicts and verdicts[0].covers else None
            proposed = lines.browse(best.candidate.key if best else False)
            vals = {
                "service_proposed_line_id": proposed.id,
                "service_lookup": [
                    {
                        "line": verdict.candidate.key,
                        "state": verdict.candidate.state,
                        "failed": [c.code for c in verdict.conditions if not c.passed],
                        "stated": [c.code for c in verdict.conditions if c.weight],
                    }
                    for verdict in verdicts[:20]
                ],
            }
            is_wrong = (
                ticket.service_contract_line_id and not ticket._has_line_that_belongs()
            )
            if not ticket.service_line_is_manual or is_wrong:
                vals["service_contract_line_id"] = proposed.id
                vals["service_line_is_manual"] = False
            ticket._write_found_line(vals)

    def _write_found_line(self, vals):
        """Write what was found, without looking or drawing again."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    def _has_line_that_belongs(self):
        """Whether the contract is of the ticket's customer and company."""
        self.ensure_one()
        contract = self.service_contract_line_id.sudo().contract_id  # agents: no ACL
        return (
            contract.commercial_partner_id == self.partner_id.commercial_partner_id
            and contract.company_id == self.company_id
        )

    def _check_line_belongs(self):
        """Refuse a contract of another customer or company.

        :raises UserError: with what to do
        """
        for ticket in self:
            if ticket.service_contract_line_id and not ticket._has_line_that_belongs():
                raise UserError(
                    self.env._(
                        "%(line)s belongs to another customer or company than ticket "
                        "%(ticket)s. Choose one of the ticket's customer.",
                        line=ticket.service_contract_line_id.sudo().display_name,
                        ticket=ticket.display_name,
                    )
                )

    def _check_line_accepts(self, line=None):
        """Refuse a line by hand where its policy says so.

        :raises UserError: with the reason and what to do
        """
        if not self:
            return
        # sudo: agents may not read contracts, the policy counts all the same
        lines_sudo = (line or self.service_contract_line_id).sudo()
        balances = lines_sudo._get_refusing_lots(self)
        for ticket in self:
            chosen = line.sudo() if line else ticket.service_contract_line_id.sudo()
            instant = ticket._get_requested_at()
            contract = chosen.contract_id
            state = contract._state_on(contract._local_day(instant))
            if state != "active" and contract.ticket_policy == "refuse":
                labels = dict(
                    contract._fields["state"]._description_selection(self.env)
                )
                raise UserError(
                    self.env._(
                        "%(contract)s is %(state)s and takes no tickets. Choose "
                        "another contract, or leave the ticket without one.",
                        contract=contract.display_name,
                        state=labels[state].lower(),
                    )
                )
            if chosen._refuses(instant, balances):
                raise UserError(
                    self.env._(
                        "%(line)s is used up and takes no new tickets. Adjust its "
                        "allotment, or leave the ticket without a contract.",
                        line=chosen.display_name,
                    )
                )

    # === BUSINESS METHODS: DRAW-DOWN === #

    def _sync_usages(self):
        """Make the case and the time of the tickets draw what they should."""
        usage_model = self.env["service.usage"].sudo()  # ledger: no ACL
        tickets = self.sudo()
        usage_model._sync(
            "ticket", {ticket: ticket._prepare_case_usage() for ticket in tickets}
        )
        tickets.timesheet_ids._sync_usages()
        usage_model._sync_logged(
            {ticket: ticket._prepare_logged_usage() for ticket in tickets}
        )

    def _prepare_case_usage(self):
        """Return the values of the ticket's case, or None while it counts none."""
        self.ensure_one()
        line = self.service_contract_line_id
        moment = self.requested_at
        if not line or self.stage_id.service_is_cancelled or self.duplicate_id:
            return None
        if line.draw_moment == "resolve":
            if not self.stage_id.closed:
                return None
            moment = self._get_resolved_at()
        return {
            **self._prepare_service_usage(),
            "description": self.display_name,
            "unit": "case",
            "quantity": 1,
            "event_at": moment,
        }

    def _prepare_logged_usage(self):
        """Return what the visits and parts typed on the ticket have in common, or
        None while they count for nothing."""
        self.ensure_one()
        if not self.service_contract_line_id or self.stage_id.service_is_cancelled:
            return None
        return self._prepare_service_usage()

    def _prepare_service_usage(self):
        """Return what the usages of the ticket have in common."""
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "partner_id": self.commercial_partner_id.id,
            "contract_line_id": self.service_contract_line_id.id,
            "exempt_reason": self.no_decrement_reason if self.no_decrement else None,
            "ticket_id": self.id,
        }

    def _get_resolved_at(self):
        """Return when the ticket was resolved (naive UTC).

        The closing date moves when the stage is written again; a case that is drawn
        stays where it is until the ticket is reopened.
        """
        self.ensure_one()
        case = self.service_usage_ids.filtered(
            lambda usage: (
                usage.source == "ticket"
                and not usage.is_void
                and usage.contract_line_id == self.service_contract_line_id
            )
        )
        return case.event_at or self.closed_date or self.requested_at
