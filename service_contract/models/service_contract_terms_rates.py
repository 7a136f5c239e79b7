# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class ServiceContractTermsMixin(models.AbstractModel):
    """Which work is in scope, and what it costs."""

    _inherit = "service.contract.terms.mixin"

    task_included_ids = fields.Many2many(
        "service.task.code",
        "service_contract_terms_task_included_rel",
        string="Tasks Included",
        check_company=True,
        help="Work in scope. Empty: all. Other work waits for an approval.",
    )
    task_excluded_ids = fields.Many2many(
        "service.task.code",
        "service_contract_terms_task_excluded_rel",
        string="Tasks Excluded",
        check_company=True,
        help="Work that is out of scope whatever is included.",
    )
    rate_card_id = fields.Many2one(
        "service.rate.card",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="What work costs that is not covered. Empty: what the contract says.",
    )

    @api.model
    def _get_terms_fields(self):
        return [
            *super()._get_terms_fields(),
            "task_included_ids",
            "task_excluded_ids",
            "rate_card_id",
        ]
