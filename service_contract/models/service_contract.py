# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.base.models.res_partner import _tz_get

from ..const import CONTRACT_STATES
from ..engine import lifecycle

# People and sites of whom the contract covers.
COVERED_PARTNERS = (
    "['|', ('commercial_partner_id', '=', commercial_partner_id),"
    " ('commercial_partner_id', 'in', beneficiary_ids)]"
)


class ServiceContract(models.Model):
    """An agreement with a customer, made of lines that say what it entitles to.

    Its dates, its confirmation, its holds and its cancellation are facts; the state
    is what follows from them on a day in the contract's time zone
    (``engine/lifecycle.py``) and moves by itself. Out of draft the terms are
    locked: lines can be added, or cancelled from a date.
    """

    _name = "service.contract"
    _description = "Service Contract"
    _inherit = [
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "service.contract.policy.mixin",
    ]
    _order = "date_start desc, id desc"
    _rec_names_search = ["name", "reference", "partner_id.name"]
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    # Identity
    name = fields.Char(
        string="Number", required=True, copy=False, default="/", readonly=True
    )
    reference = fields.Char(
        string="Customer Reference", help="The customer's own number of this contract."
    )
    external_key = fields.Char(
        copy=False,
        readonly=True,
        help="Key of the contract in the system it was imported from.",
    )
    active = fields.Boolean(default=True)
    template_id = fields.Many2one(
        "service.contract.template", check_company=True, ondelete="restrict", index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    tag_color = fields.Integer(string="Color")

    # Parties
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        tracking=True,
        check_company=True,
        ondelete="restrict",
        index=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    invoice_partner_id = fields.Many2one(
        "res.partner",
        string="Billing Contact",
        compute="_compute_from_partner",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        check_company=True,
        ondelete="restrict",
        help="Receives the invoices.",
    )
    contact_ids = fields.Many2many(
        "res.partner",
        "service_contract_contact_rel",
        string="Covered Contacts",
        domain=COVERED_PARTNERS,
        help="Who may call on this contract. Empty: everybody of the customer.",
    )
    site_ids = fields.Many2many(
        "res.partner",
        "service_contract_site_rel",
        string="Covered Sites",
        domain=COVERED_PARTNERS,
        help="Addresses that are covered. Empty: all of the customer.",
    )

    # Dates
    date_start = fields.Date(
        required=True,
        tracking=True,
        default=lambda self: self._default_date_start(),
        help="First day of service, in the contract's time zone.",
    )
    date_end = fields.Date(
        compute="_compute_date_end",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Last day of service. Empty: open end.",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        compute="_compute_tz",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Days begin and end in this zone.",
    )
    confirmed_at = fields.Datetime(copy=False, readonly=True)
    date_cancelled = fields.Date(
        string="Cancelled From",
        copy=False,
        readonly=True,
        tracking=True,
        help="First day that is no longer served.",
    )
    cancel_reason = fields.Text(copy=False, readonly=True, groups="base.group_user")
    hold_ids = fields.One2many("service.contract.hold", "contract_id", copy=False)
    next_transition_at = fields.Datetime(
        compute="_compute_next_transition_at",
        store=True,
        index="btree_not_null",
        help="When the state will change by itself.",
    )

    # Money
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        compute="_compute_from_partner",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        compute="_compute_from_partner",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        compute="_compute_from_partner",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    journal_id = fields.Many2one(
        "account.journal",
        domain="[('type', '=', 'sale')]",
        check_company=True,
        help="Empty: the company's default sales journal.",
    )

    # State and terms
    state = fields.Selection(
        CONTRACT_STATES,
        default="draft",
        required=True,
        copy=False,
        readonly=True,
        tracking=True,
        index=True,
        group_expand=True,
        help="Draft: being written. Invoiced: agreed, not started. Active. On hold: no "
        "service for the time being. Expired: the end is past. Cancelled.",
    )
    note = fields.Html(string="Terms and Conditions")

    # Relations
    line_ids = fields.One2many(
        "service.contract.line", "contract_id", string="Lines", copy=True
    )
    counter_ids = fields.One2many(
        "service.coverage.counter", "contract_id", string="Counters", copy=False
    )
    usage_ids = fields.One2many("service.usage", "contract_id", copy=False)
    charge_ids = fields.One2many("service.charge", "contract_id", copy=False)
    ticket_ids = fields.One2many("helpdesk.ticket", "service_contract_id")
    sale_order_id = fields.Many2one(
        "sale.order", copy=False, readonly=True, index="btree_not_null"
    )
    project_id = fields.Many2one(
        "project.project",
        string="Timesheet Project",
        check_company=True,
        domain="[('allow_timesheets', '=', True)]",
        help="Time on this contract's tickets is recorded here. Empty: the company's "
        "service project.",
    )
    ticket_count = fields.Integer(compute="_compute_ticket_count")
    usage_count = fields.Integer(compute="_compute_usage_count")

    _name_uniq = models.UniqueIndex(
        "(name, company_id) WHERE name != '/'",
        "Another contract of the company has this number.",
    )
    _external_key_uniq = models.UniqueIndex(
        "(external_key, company_id) WHERE external_key IS NOT NULL",
        "Another contract of the company was imported with this key.",
    )
    _dates_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "The contract can't end before it starts.",
    )

    # === DEFAULTS === #

    @api.model
    def _default_date_start(self):
        """Return today in the user's time zone, which the form shows."""
        return fields.Date.context_today(self, self._service_now())

    # === COMPUTE METHODS === #

    @api.depends("partner_id", "company_id")
    def _compute_from_partner(self):
        for contract in self:
            company = contract.company_id or self.env.company
            partner = contract.partner_id.with_company(company)
            if not partner:
                contract.invoice_partner_id = contract.invoice_partner_id
                contract.pricelist_id = contract.pricelist_id
                contract.payment_term_id = contract.payment_term_id
                contract.fiscal_position_id = contract.fiscal_position_id
                continue
            invoice_partner = partner.browse(
                partner.address_get(["invoice"])["invoice"]
            )
            contract.invoice_partner_id = invoice_partner
            contract.pricelist_id = partner.property_product_pricelist
            contract.payment_term_id = partner.property_payment_term_id
            contract.fiscal_position_id = (
                self.env["account.fiscal.position"]
                .with_company(company)
                ._get_fiscal_position(invoice_partner, partner)
            )

    @api.depends("template_id", "date_start")
    def _compute_date_end(self):
        for contract in self:
            template = contract.template_id
            if not template or not contract.date_start:
                contract.date_end = contract.date_end
            elif template.term_unit == "open":
                contract.date_end = False
            else:
                term = relativedelta(
                    **{f"{template.term_unit}s": template.term_interval}
                )
                contract.date_end = contract.date_start + term - timedelta(days=1)

    @api.depends("partner_id", "company_id", "template_id")
    def _compute_tz(self):
        for contract in self:
            contract.tz = (
                contract.template_id.tz
                or contract.partner_id.tz
                or contract.company_id.partner_id.tz
                or self.env.user.tz
                or "UTC"
            )

    @api.depends("template_id", "pricelist_id", "company_id")
    def _compute_currency_id(self):
        for contract in self:
            contract.currency_id = (
                contract.template_id.currency_id
                or contract.pricelist_id.currency_id
                or contract.company_id.currency_id
                or self.env.company.currency_id
            )

    @api.depends(
        "state",
        "confirmed_at",
        "date_start",
        "date_end",
        "date_cancelled",
        "tz",
        "hold_ids.date_from",
        "hold_ids.date_to",
    )
    def _compute_next_transition_at(self):
        now = self._service_now()
        for contract in self:
            day = contract.date_start and lifecycle.next_change(
                contract._get_life(), contract._local_day(now)
            )
            contract.next_transition_at = bool(day) and contract._day_start(day)

    @api.depends("ticket_ids")
    def _compute_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group(
                [("service_contract_id", "in", self.ids)],
                ["service_contract_id"],
                ["__count"],
            )
        )
        for contract in self:
            contract.ticket_count = counts.get(contract, 0)

    @api.depends("usage_ids")
    def _compute_usage_count(self):
        counts = dict(
            self.env["service.usage"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.usage_count = counts.get(contract, 0)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for contract in self:
            contract.access_url = f"/my/contracts/{contract.id}"
        return result

    # === CONSTRAINT METHODS === #

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        templates = self.env["service.contract.template"]
        for vals in vals_list:
            company = self.env["res.company"].browse(
                vals.get("company_id") or self.env.company.id
            )
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].with_company(
                    company
                ).next_by_code("service.contract") or self._missing_sequence(company)
            if vals.get("template_id"):
                template = templates.browse(vals["template_id"])
                for name, value in template._prepare_contract().items():
                    vals.setdefault(name, value)
        return super().create(vals_list)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for contract, vals in zip(self, vals_list, strict=True):
            today = contract._today()
            if vals.get("date_end"):
                term = vals["date_end"] - vals["date_start"]
                vals["date_end"] = today + term
            vals["date_start"] = today
            vals.update(default or {})
        return vals_list

    # === ONCHANGE METHODS === #

    @api.onchange("template_id")
    def _onchange_template_id(self):
        template = self.template_id
        if not template or self.state != "draft":
            return
        for name, value in template._prepare_contract().items():
            if name == "line_ids":
                value = [Command.clear(), *value]
            self[name] = value

    # === ACTIONS: NAVIGATION === #

    def action_view_tickets(self):
        """Open the tickets of the contract."""
        return self._view_related("helpdesk_mgmt.helpdesk_ticket_action")

    def action_view_sale_order(self):
        """Open the sale order that sold the contract."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.sale_order_id.id,
            "view_mode": "form",
        }

    def action_view_usages(self):
        """Open what was delivered on the contract."""
        return self._view_related("service_contract.service_usage_action")

    def action_view_charges(self):
        """Open the rated charges of the contract."""
        return self._view_related("service_contract.service_charge_action")

    def _view_related(self, xmlid):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        link = "service_contract_id" if "helpdesk" in xmlid else "contract_id"
        action["domain"] = [(link, "=", self.id)]
        action["context"] = {f"default_{link}": self.id}
        if link == "service_contract_id":
            action["context"] = {"default_partner_id": self.partner_id.id}
        return action

    # === BUSINESS METHODS === #

    def _missing_sequence(self, company):
        raise UserError(
            self.env._(
                "There is no sequence with the code service.contract for %(company)s. "
                "An administrator can make one under Settings, Technical, Sequences.",
                company=company.display_name,
            )
        )
