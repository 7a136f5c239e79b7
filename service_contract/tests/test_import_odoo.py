# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.tests import tagged
from odoo.tools import file_open, mute_logger

from .common_import import ImportCommon

FIELDS = [
    "external_key",
    "partner_id",
    "date_start",
    "template_id",
    "line_ids/product_id",
    "line_ids/quantity",
    "line_ids/coverage_type",
]


@tagged("post_install", "-at_install")
class TestOdooImport(ImportCommon):
    """Odoo's own import: base_import and load()."""

    def load(self, rows, names=None):
        return (
            self.env["service.contract"]
            .with_user(self.user_manager)
            .load(names or FIELDS, rows)
        )

    def test_contracts_with_lines_are_loaded(self):
        result = self.load(
            [
                ["L1", "Trattoria Aurora", "2025-01-01", "", "[MAINT] Maintenance"]
                + ["2", "hours"],
                ["", "", "", "", "[OVEN] Oven", "1", "Nothing (billing only)"],
                ["L2", "Bar Boreale", "2025-02-01", "Template, hours", "", "", ""],
            ]
        )
        self.assertFalse(result["messages"])
        first, second = self.contracts("L1", "L2")
        self.assertEqual(first.line_ids.mapped("quantity"), [2, 1])
        self.assertEqual(first.line_ids.mapped("price_unit"), [100, 900])
        self.assertEqual(second.date_end, date(2026, 1, 31))
        self.assertEqual(second.line_ids.coverage_quantity, 10)

    def test_errors_are_messages_with_their_row(self):
        good = ["L1", "Trattoria Aurora", "2025-01-01", "", "[MAINT] Maintenance"]
        cases = [
            ([*good[:1], "Nobody", *good[2:], "1", "hours"], "Nobody"),
            ([*good, "1", "sunshine"], "sunshine"),
            ([*good[:2], "soon", *good[3:], "1", "hours"], "soon"),
            ([*good, "-1", "hours"], "negative"),
        ]
        for row, expected in cases:
            with self.subTest(expected):
                # The database refuses some of them; that is the message.
                with mute_logger("odoo.sql_db"):
                    result = self.load([row])
                self.assertFalse(result["ids"])
                self.assertIn(expected, str(result["messages"]))
        self.assertFalse(self.contracts("L1"))

    def test_values_out_of_this_world_are_messages(self):
        good = ["L1", "Trattoria Aurora", "2025-01-01", "", "[MAINT] Maintenance"]
        rows = [
            [*good, quantity, "cases", allotment]
            for quantity, allotment in (
                ("1e308", "1"),
                ("nan", "1"),
                ("1", "1e308"),
                ("1", "9" * 30),
                ("1", "2.5"),
                ("1", "\0"),
            )
        ]
        rows.append(["L\0", *good[1:], "1", "cases", "1"])
        names = [*FIELDS, "line_ids/coverage_quantity"]
        for row in rows:
            with self.subTest(row), mute_logger("odoo.sql_db"):
                result = self.load([row], names)
                self.assertFalse(result["ids"])
                self.assertTrue(result["messages"][0]["message"])
        self.assertFalse(self.contracts("L1"))

    def test_same_key_twice_is_a_message(self):
        row = ["L1", "Trattoria Aurora", "2025-01-01", "", "MAINT", "1", "hours"]
        self.assertFalse(self.load([row])["messages"])
        with mute_logger("odoo.sql_db"):
            result = self.load([row])
        self.assertFalse(result["ids"])
        self.assertIn("imported with this key", str(result["messages"]))

    def test_our_template_is_read_by_odoos_import(self):
        self.env["product.product"].create(
            [
                {"name": "Remote support", "default_code": "SUPPORT"},
                {"name": "Visit on site", "default_code": "VISIT"},
            ]
        )
        self.env["res.partner"].create([{"name": "ACME"}, {"name": "Example Ltd"}])
        self.template_cases.copy({"name": "Gold"})
        path = "service_contract/static/xls/service_contract_odoo.xlsx"
        with file_open(path, "rb") as shipped:
            wizard = (
                self.env["base_import.import"]
                .with_user(self.user_manager)
                .create(
                    {
                        "res_model": "service.contract",
                        "file": shipped.read(),
                        "file_name": "service_contract_odoo.xlsx",
                        "file_type": "application/vnd.openxmlformats-officedocument"
                        ".spreadsheetml.sheet",
                    }
                )
            )
        options = {"has_headers": True, "quoting": '"', "advanced": True}
        preview = wizard.parse_preview(options)
        self.assertNotIn("error", preview)
        names = [
            "/".join(preview["matches"].get(index, [])) or False
            for index in range(len(preview["headers"]))
        ]
        self.assertTrue(all(names), dict(zip(preview["headers"], names, strict=True)))
        result = wizard.execute_import(names, preview["headers"], preview["options"])
        self.assertFalse(result["messages"])
        contract = self.contracts("OLD-0001")
        self.assertEqual(contract.line_ids.mapped("coverage_quantity"), [10, 2])
