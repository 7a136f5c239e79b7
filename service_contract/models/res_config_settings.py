# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    service_project_id = fields.Many2one(
        related="company_id.service_project_id", readonly=False
    )
    service_balance_thresholds = fields.Char(
        related="company_id.service_balance_thresholds", readonly=False
    )
    service_low_balance_mail = fields.Boolean(
        related="company_id.service_low_balance_mail", readonly=False
    )
    service_reservation_days = fields.Integer(
        related="company_id.service_reservation_days", readonly=False
    )
    service_sla_policy_id = fields.Many2one(
        related="company_id.service_sla_policy_id", readonly=False
    )
    service_approval_own = fields.Boolean(
        related="company_id.service_approval_own", readonly=False
    )
    service_quote_pause_reason_id = fields.Many2one(
        related="company_id.service_quote_pause_reason_id", readonly=False
    )
    service_giveaway_digest = fields.Boolean(
        related="company_id.service_giveaway_digest", readonly=False
    )
    service_giveaway_user_id = fields.Many2one(
        related="company_id.service_giveaway_user_id", readonly=False
    )
    service_giveaway_days = fields.Integer(
        related="company_id.service_giveaway_days", readonly=False
    )
    service_undecided_days = fields.Integer(
        related="company_id.service_undecided_days", readonly=False
    )
    service_answer_minutes = fields.Integer(
        related="company_id.service_answer_minutes", readonly=False
    )
    service_hour_value = fields.Monetary(
        related="company_id.service_hour_value", readonly=False
    )
    service_change_product_id = fields.Many2one(
        related="company_id.service_change_product_id", readonly=False
    )
