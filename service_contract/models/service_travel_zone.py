# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ServiceTravelZone(models.Model):
    """A region whose journeys cost the same. It stands on the address of a site."""

    _name = "service.travel.zone"
    _description = "Travel Zone"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The nearest zone comes first.")
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex(
        "((name->>'en_US'))", "There is a travel zone of this name already."
    )
