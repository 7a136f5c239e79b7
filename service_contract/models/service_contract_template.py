# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from odoo.addons.base.models.res_partner import _tz_get


class ServiceContractTemplate(models.Model):
    """What contracts are made from: duration, policies and lines.

    A contract copies all of it when it is made; later changes of the template do
    not touch running contracts.
    """

    _name = "service.contract.template"
    _description = "Service Contract Template"
    _inherit = ["mail.thread", "service.contract.policy.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(
        help="Short name, used to find the template in an import. Unique.", copy=False
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: usable in all companies."
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Currency of the prices of the lines.",
    )
    term_unit = fields.Selection(
        [("month", "Months"), ("year", "Years"), ("open", "Open end")],
        default="year",
        required=True,
    )
    term_interval = fields.Integer(
        string="Term",
        default=1,
        required=True,
        help="How long a contract made from this template runs.",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        help="Zone of the contract's days. Empty: the customer's, then the company's.",
    )
    note = fields.Html(string="Terms and Conditions", translate=True)
    line_ids = fields.One2many(
        "service.contract.template.line", "template_id", string="Lines", copy=True
    )
    contract_count = fields.Integer(compute="_compute_contract_count")

    _code_uniq = models.UniqueIndex(
        "(code) WHERE code IS NOT NULL", "Another template has this code already."
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_contract_count(self):
        counts = dict(
            self.env["service.contract"]._read_group(
                [("template_id", "in", self.ids)], ["template_id"], ["__count"]
            )
        )
        for template in self:
            template.contract_count = counts.get(template, 0)

    @api.constrains("term_unit", "term_interval")
    def _check_term(self):
        for template in self:
            if template.term_unit != "open" and template.term_interval < 1:
                raise ValidationError(
                    self.env._("The term must be at least one month or year.")
                )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for template, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%(name)s (copy)", name=template.name)
        return vals_list

    def action_create_contract(self):
        """Open a new contract made from this template."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Contract"),
            "res_model": "service.contract",
            "view_mode": "form",
            "context": {"default_template_id": self.id},
        }

    def action_view_contracts(self):
        """Open the contracts made from this template."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_contract_action"
        )
        action["domain"] = [("template_id", "=", self.id)]
        return action

    def _prepare_contract(self):
        """Return values of a contract made from this template."""
        self.ensure_one()
        return {
            "ticket_policy": self.ticket_policy,
            "hold_billing": self.hold_billing,
            "warning_percent": self.warning_percent,
            "invoice_posting": self.invoice_posting,
            "note": self.note,
            "line_ids": [
                Command.create(line._prepare_contract_line()) for line in self.line_ids
            ],
        }
