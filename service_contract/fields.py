# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Field types that Odoo lacks."""

from odoo import fields


class BigInteger(fields.Integer):
    """An integer of 64 bits.

    Coverage is counted in seconds and in minor currency units; a retainer of
    30 million rupiah does not fit in Odoo's 32 bits.
    """

    _column_type = ("int8", "int8")
