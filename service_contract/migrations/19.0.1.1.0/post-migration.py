# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


def migrate(cr, version):
    """Charges from before there was rounding were charged as they were delivered."""
    cr.execute("UPDATE service_charge SET charged_quantity = quantity")
