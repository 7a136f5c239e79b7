# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..importing import rate_columns, values


class ServiceRateMappingColumn(models.Model):
    """One column of a price list and what it means."""

    _name = "service.rate.mapping.column"
    _description = "Column of a Price List"
    _order = "mapping_id, sequence, id"

    mapping_id = fields.Many2one(
        "service.rate.mapping", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="mapping_id.company_id", store=True)
    sequence = fields.Integer(
        default=10, help="Columns that make up one thing are joined in this order."
    )
    header = fields.Char(required=True, help="As it stands in the file.")
    sample = fields.Char(string="Example", help="What the file has below the header.")
    target = fields.Selection(
        rate_columns.TARGETS,
        string="Is",
        help="Empty: not read. Several columns can be the task or the level together.",
    )
    year = fields.Integer(
        string="Contract Year", help="Of the price of a contract year, from 1 on."
    )
    suffix = fields.Char(
        string="After Numbers", help="Such as “ years”: 5 becomes “5 years”."
    )

    @api.constrains("header")
    def _check_header(self):
        """Refuse two columns of a list that are the same in the file."""
        for mapping in self.mapping_id:
            headers = [values.normalize(c.header) for c in mapping.column_ids]
            if len(set(headers)) < len(headers):
                raise ValidationError(
                    self.env._(
                        "%(list)s names a column twice. Delete one of the two.",
                        list=mapping.name,
                    )
                )
