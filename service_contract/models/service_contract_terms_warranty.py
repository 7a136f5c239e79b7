# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class ServiceContractTermsMixin(models.AbstractModel):
    """What comes first: the warranty of an item, or the contract."""

    _inherit = "service.contract.terms.mixin"

    warranty_rule = fields.Selection(
        [
            ("before", "Before the contract"),
            ("after", "After the contract"),
            ("instead", "Instead of the contract"),
        ],
        string="Warranty Applies",
        default="before",
        required=True,
        help="For work on a covered item that is under warranty.\n"
        "Before: the warranty covers what it includes and nothing is drawn. Two hours "
        "of labour under warranty leave all ten hours of the allotment.\n"
        "After: the allotment is drawn first. With one hour left, the second hour is "
        "warranty and not billed.\n"
        "Instead: while the warranty lasts, the contract covers nothing of the item. "
        "A journey that the warranty does not include is billed at the rates or waits "
        "for a decision, even if hours are left.",
    )

    @api.model
    def _get_terms_fields(self):
        return [*super()._get_terms_fields(), "warranty_rule"]
