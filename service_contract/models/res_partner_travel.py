# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ResPartner(models.Model):
    """How far it is to an address."""

    _inherit = "res.partner"

    service_travel_zone_id = fields.Many2one(
        "service.travel.zone",
        string="Travel Zone",
        ondelete="restrict",
        index="btree_not_null",
        groups="base.group_user",
        help="Zone whose price a journey to this address has.",
    )
    service_distance_km = fields.Float(
        string="Distance (km)",
        digits=(16, 3),
        groups="base.group_user",
        help="One way. A journey there and back is twice as long.",
    )
