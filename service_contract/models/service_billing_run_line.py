# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ServiceBillingRunLine(models.Model):
    """Preview of one invoice of a billing run."""

    _name = "service.billing.run.line"
    _description = "Billing Run Preview"
    _order = "run_id, id"

    run_id = fields.Many2one(
        "service.billing.run", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    contract_id = fields.Many2one(
        "service.contract", required=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(related="contract_id.partner_id")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    invoice_lines_count = fields.Integer(string="Lines")
    amount = fields.Monetary(help="Untaxed.")
    amount_company = fields.Monetary(
        string="In Company Currency", currency_field="company_currency_id"
    )
    warning = fields.Char()
    is_changed = fields.Boolean(
        string="Changed Since",
        readonly=True,
        help="What was due changed after the preview, so the run billed something "
        "else.",
    )
