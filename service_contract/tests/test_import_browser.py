# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tests import HttpCase, tagged

from .common_import import ImportCommon


@tagged("post_install", "-at_install")
class TestImportBrowser(ImportCommon, HttpCase):
    def test_check_then_import(self):
        self.start_tour(
            "/odoo/action-service_contract.service_contract_import_action",
            "service_contract_import",
            login="sc_manager",
        )
        contract = self.contracts("OLD-1")
        self.assertEqual(contract.partner_id, self.customer)
        self.assertEqual(contract.line_ids.price_unit, 120.5)
        self.assertFalse(self.contracts("OLD-2"))
