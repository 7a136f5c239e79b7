# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ServiceTier(models.Model):
    """A level of service that customers know by name: Gold, Silver, Standard.

    It stands on templates and contracts. Targets of a policy and the routing of
    tickets may depend on it.
    """

    _name = "service.tier"
    _description = "Service Tier"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(copy=False, help="Short name, used in an import. Unique.")
    sequence = fields.Integer(default=10, help="The best tier comes first.")
    color = fields.Integer()
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex(
        "(code) WHERE code IS NOT NULL", "Another tier has this code already."
    )
