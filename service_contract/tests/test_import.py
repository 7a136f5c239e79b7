# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import base64
from datetime import date, datetime
from unittest.mock import Mock, patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_open

from ..importing import spreadsheet
from ..importing.build import BATCH
from .common_import import (
    GOOD,
    ImportCommon,
    sheet_values,
    to_xlsx,
)

WIZARD = "odoo.addons.service_contract.wizards.service_import_mixin"


@tagged("post_install", "-at_install")
class TestImport(ImportCommon):
    # === WHAT IS MADE === #

    def test_rows_with_one_key_are_lines_of_one_contract(self):
        wizard = self.import_file(
            [
                {**GOOD, "Colour": "not a column"},
                {**GOOD, "External Key": "K2", "Customer": "Bar Boreale"},
                {
                    "External Key": "K1",
                    "Product": "OVEN",
                    "Price": "5",
                    "Covers": "none",
                },
            ]
        )
        self.assertEqual(self.results(wizard), {2: "new", 3: "new", 4: "new"})
        self.assertEqual(wizard.report["ignored"], ["Colour"])
        first, second = self.contracts("K1", "K2")
        self.assertRecordValues(
            first.line_ids.sorted(),
            [
                {
                    "product_id": self.product.id,
                    "price_unit": 120.5,
                    "coverage_type": "hours",
                    "coverage_quantity": 10,
                },
                {
                    "product_id": self.oven.id,
                    "price_unit": 5,
                    "coverage_type": "none",
                    "coverage_quantity": 0,
                },
            ],
        )
        self.assertRecordValues(
            first + second,
            [
                {
                    "partner_id": self.customer.id,
                    "date_start": date(2025, 1, 1),
                    "date_end": date(2025, 12, 31),
                    "state": "active",
                    "company_id": self.company.id,
                },
                {
                    "partner_id": self.stranger.id,
                    "date_start": date(2025, 1, 1),
                    "date_end": date(2025, 12, 31),
                    "state": "active",
                    "company_id": self.company.id,
                },
            ],
        )

    def test_check_stores_nothing_and_uses_no_number(self):
        sequence = self.env.ref("service_contract.ir_sequence_service_contract")
        before = sequence.number_next_actual
        wizard = self.make_import([GOOD])
        wizard.action_check()
        self.assertEqual(wizard.state, "checked")
        self.assertEqual(self.results(wizard), {2: "new"})
        self.assertFalse(self.contracts("K1"))
        self.assertEqual(sequence.number_next_actual, before)
        self.assertIn("Nothing is stored yet", wizard.report_html)

    def test_each_column_arrives_in_its_field(self):
        card = self.env["service.rate.card"].create(
            {"name": "Engineers", "currency_id": self.usd.id}
        )
        tasks = self.env["service.task.code"].create(
            [{"name": name, "code": name[:2]} for name in ("Repair", "Tuning", "Spray")]
        )
        rows = [
            {
                **GOOD,
                "Time Zone": "asia/tokyo",
                "Currency": "USD",
                "Billing Contact": "BOREALE",
                "Customer Reference": "PO-7",
                "Description": "=Care",
                "Quantity": "2",
                "Discount (%)": "10",
                "Billed Every": "Quarters",
                "Billing Interval": "2",
                "Billing Timing": "arrears",
                "Periods Begin On": "day",
                "Billing Day": "15",
                "Proration": "whole",
                "Allotment Per": "Half-year",
                "Case Counts": "resolve",
                "When Used Up": "warn",
                "Overage Price": "60",
                "Unused Units": "capped",
                "Rollover Cap": "4",
                "Draw Multiplier (%)": "150",
                "Carried For": "3",
                "Rate Card": "Engineers",
                "Tasks Included": "Re; Tuning",
                "Tasks Excluded": "Sp",
                "Warranty Applies": "after",
                "Sites": "AURORA-KITCHEN; Cellar",
                "Covered Products": "OVEN#S1; OVEN#S2; Fridge",
            }
        ]
        self.import_file(rows)
        contract = self.contracts("K1")
        self.assertRecordValues(
            contract,
            [
                {
                    "tz": "Asia/Tokyo",
                    "currency_id": self.usd.id,
                    "invoice_partner_id": self.stranger.id,
                    "reference": "PO-7",
                }
            ],
        )
        self.assertRecordValues(
            contract.line_ids,
            [
                {
                    "name": "=Care",
                    "quantity": 2,
                    "discount": 10,
                    "billing_unit": "quarter",
                    "billing_interval": 2,
                    "billing_timing": "arrears",
                    "billing_alignment": "day",
                    "billing_day": 15,
                    "proration": "whole",
                    "coverage_period": "half_year",
                    "draw_moment": "resolve",
                    "exhaustion_policy": "warn",
                    "overage_price": 60,
                    "rollover_policy": "capped",
                    "rollover_cap": 4,
                    "draw_multiplier": 150,
                    "rollover_periods": 3,
                    "rate_card_id": card.id,
                    "task_included_ids": tasks[:2].ids,
                    "task_excluded_ids": tasks[2:].ids,
                    "warranty_rule": "after",
                    "site_ids": (self.site + self.site_2).ids,
                }
            ],
        )
        self.assertEqual(
            {(i.product_id, i.serial) for i in contract.line_ids.covered_item_ids},
            {(self.oven, "S1"), (self.oven, "S2"), (self.fridge, False)},
        )
        again = self.import_file(rows)
        self.assertEqual(again.report["counts"], {"unchanged": 1})

    def test_customer_is_found_by_reference_vat_email_and_name(self):
        names = ["AURORA", "IT12345670017", "aurora@example.com", "Trattoria Aurora"]
        self.import_file(
            [
                {**GOOD, "External Key": f"K{number}", "Customer": name}
                for number, name in enumerate(names)
            ]
        )
        contracts = self.contracts("K0", "K1", "K2", "K3")
        self.assertEqual(contracts.mapped("partner_id"), self.customer)
        self.assertEqual(len(contracts), 4)

    def test_template_gives_what_the_file_leaves_empty(self):
        start = {"Customer": "AURORA", "Start": "2025-01-01"}
        self.import_file(
            [
                {"External Key": "A", **start, "Template": "CASES"},
                {"External Key": "B", **start, "Template": "CASES", "Price": "7"},
                {
                    "External Key": "C",
                    **start,
                    "Template": "Template, cases",
                    "Product": "OVEN",
                },
            ]
        )
        whole, priced, other = self.contracts("A", "B", "C")
        self.assertEqual(whole.date_end, date(2025, 12, 31))
        self.assertEqual(whole.line_ids.coverage_quantity, 5)
        self.assertEqual(whole.line_ids.price_unit, 100)
        self.assertEqual(priced.line_ids.coverage_quantity, 5)
        self.assertEqual(priced.line_ids.price_unit, 7)
        self.assertEqual(other.line_ids.product_id, self.oven)
        self.assertEqual(other.line_ids.coverage_type, "unlimited")
        self.assertEqual(other.state, "draft")

    def test_workbook_days_and_numbers_are_read_as_they_are(self):
        rows = [
            {**GOOD, "External Key": 1001, "Start": datetime(2025, 1, 1), "Price": 9.5},
            {**GOOD, "External Key": "D", "Start": date(2025, 1, 1), "Price": 9},
            # Unformatted days are numbers, and some exports write midnight
            {**GOOD, "External Key": "S", "Start": 45658, "Price": "9,5"},
            {**GOOD, "External Key": "T", "Start": "2025-01-01 00:00:00"},
        ]
        self.import_file(to_xlsx(rows), filename="wrong-extension.csv")
        contracts = self.contracts("1001", "D", "S", "T")
        self.assertEqual(len(contracts), 4)
        self.assertEqual(set(contracts.mapped("date_start")), {date(2025, 1, 1)})
        self.assertEqual(contracts.line_ids.mapped("price_unit"), [9.5, 9, 9.5, 120.5])

    # === THE SAME FILE AGAIN === #

    def test_same_file_again_changes_nothing(self):
        rows = [GOOD, {**GOOD, "External Key": "K2", "State": "draft"}]
        self.import_file(rows)
        contracts = self.contracts("K1", "K2")
        entries = contracts.counter_ids.entry_ids
        again = self.import_file(rows)
        self.assertEqual(again.report["counts"], {"unchanged": 2})
        # The same facts, written another way
        other = self.import_file([{**rows[0], "Start": "2025/1/1", "Price": "120,5"}])
        self.assertEqual(other.report["counts"], {"unchanged": 1})
        self.assertEqual(self.contracts("K1", "K2"), contracts)
        self.assertEqual(contracts.counter_ids.entry_ids, entries)

    def test_changed_row_is_refused_and_nothing_updated(self):
        self.import_file([GOOD])
        wizard = self.import_file([{**GOOD, "Price": "99", "End": "2026-12-31"}])
        self.assertEqual(self.results(wizard), {2: "error"})
        self.assertIn("in: End, Price", self.messages(wizard))
        self.assertIn("amend", self.messages(wizard))
        contract = self.contracts("K1")
        self.assertEqual(contract.line_ids.price_unit, 120.5)
        self.assertEqual(contract.date_end, date(2025, 12, 31))

    def test_key_of_a_contract_made_otherwise_is_refused(self):
        contract = self.make_contract(external_key="K1", confirm=False)
        wizard = self.import_file([GOOD])
        self.assertIn("made in another way", self.messages(wizard))
        self.assertEqual(self.contracts("K1"), contract)

    def test_archived_contract_keeps_its_key(self):
        self.import_file([{**GOOD, "State": "draft"}])
        self.contracts("K1").action_archive()
        wizard = self.import_file([{**GOOD, "State": "draft"}])
        self.assertEqual(wizard.report["counts"], {"unchanged": 1})

    def test_second_press_imports_nothing_again(self):
        wizard = self.import_file([GOOD])
        report = wizard.report
        wizard.action_import()
        self.assertEqual(wizard.report, report)
        self.assertEqual(len(self.contracts("K1")), 1)

    def test_key_taken_meanwhile_is_reported(self):
        """Another transaction made the key after this one looked."""
        self.import_file([GOOD])
        with patch(
            "odoo.addons.service_contract.importing.build.Builder._get_existing",
            return_value={},
        ):
            wizard = self.import_file([GOOD, {**GOOD, "External Key": "K2"}])
        self.assertEqual(self.results(wizard), {2: "error", 3: "new"})
        self.assertIn("made at the same moment", self.messages(wizard))

    # === ALL OR REPORTED === #

    def test_contract_with_a_bad_row_is_not_imported_at_all(self):
        wizard = self.import_file(
            [
                GOOD,
                {"External Key": "K1", "Product": "OVEN", "Price": "much"},
                {**GOOD, "External Key": "K2"},
            ]
        )
        self.assertEqual(self.results(wizard), {2: "error", 3: "error", 4: "new"})
        self.assertIn("row 3 of the same contract", self.messages(wizard))
        self.assertFalse(self.contracts("K1"))
        self.assertTrue(self.contracts("K2"))

    def test_all_or_nothing(self):
        rows = [GOOD, {**GOOD, "External Key": "K2", "Price": "much"}]
        wizard = self.import_file(rows, all_or_nothing=True)
        self.assertFalse(self.contracts("K1", "K2"))
        self.assertIn("Nothing is imported", wizard.report_html)
        self.assertEqual(wizard.new_count, 0)

    def test_refused_by_the_contract_itself_leaves_no_trace(self):
        """What only the making of the contract finds out, in the middle of a batch."""
        rows = [{**GOOD, "External Key": f"K{number}"} for number in range(5)]
        rows[2].update({"Covers": "", "Template": "CASES", "Allotment": "2.5"})
        wizard = self.import_file(rows)
        self.assertEqual(wizard.report["counts"], {"new": 4, "error": 1})
        self.assertIn("whole numbers", self.messages(wizard))
        self.assertEqual(len(self.contracts("K0", "K1", "K2", "K3", "K4")), 4)

    def test_time_is_up_then_import_goes_on(self):
        rows = [{**GOOD, "External Key": f"K{number}"} for number in range(BATCH + 1)]
        wizard = self.make_import(rows)
        with (
            patch(f"{WIZARD}.ServiceImportMixin._get_seconds", return_value=1),
            patch(
                "odoo.addons.service_contract.importing.build.time",
                monotonic=Mock(side_effect=[0, 0.5, 2]),
            ),
        ):
            wizard.action_import()
        self.assertEqual(wizard.report["counts"], {"new": BATCH, "later": 1})
        self.assertEqual(wizard.state, "checked")
        wizard.action_import()
        self.assertEqual(wizard.report["counts"], {"unchanged": BATCH, "new": 1})
        self.assertEqual(wizard.state, "done")

    # === OPENING BALANCES === #

    def test_opening_balance_is_an_adjustment(self):
        self.import_file([{**GOOD, "Remaining Now": "6:30"}])
        lot = self.contracts("K1").counter_ids
        self.assertEqual(lot.remaining, 6.5 * 3600)
        self.assertRecordValues(
            lot.entry_ids.sorted("id"),
            [
                {"kind": "grant", "quantity": 36000, "reason": False},
                {
                    "kind": "adjust",
                    "quantity": -12600,
                    "reason": "Opening balance (import)",
                },
            ],
        )

    def test_full_balance_posts_nothing(self):
        self.import_file([{**GOOD, "Remaining Now": "10"}])
        entries = self.contracts("K1").counter_ids.entry_ids
        self.assertEqual(entries.mapped("kind"), ["grant"])

    def test_carried_units_are_part_of_the_balance(self):
        carrying = {
            **GOOD,
            "Start": "2024-11-01",
            "Unused Units": "all",
            "Carried For": "0",
        }
        self.import_file(
            [
                {**carrying, "External Key": "LESS", "Remaining Now": "12"},
                {**carrying, "External Key": "MORE", "Remaining Now": "50"},
            ]
        )
        for key, hours in (("LESS", 12), ("MORE", 50)):
            lines = self.contracts(key).line_ids
            self.assertEqual(lines.remaining_quantity, hours)
        carried = self.contracts("LESS").counter_ids.filtered(
            lambda lot: lot.kind == "rollover" and lot.period_no == 2
        )
        self.assertEqual(carried.remaining, 2 * 3600)

    def test_billing_goes_on_where_the_old_system_stopped(self):
        past = {**GOOD, "Start": "2024-11-15"}
        wizard = self.import_file(
            [
                {**past, "External Key": "A", "Billed Through": "2025-01-14"},
                {**past, "External Key": "B", "Billed Every": "once"}
                | {"Billed Through": "2024-11-15"},
                {**past, "External Key": "C", "Billed Through": "2025-12-31"},
                {**past, "External Key": "D"},
            ]
        )
        self.assertEqual(wizard.report["counts"], {"new": 4})
        self.assertEqual(wizard.report["unbilled_count"], 1)
        self.assertEqual(
            self.contracts("A", "B", "C", "D").line_ids.mapped("next_bill_date"),
            [date(2025, 1, 15), False, False, date(2024, 11, 15)],
        )

    # === THE REPORT === #

    def test_refused_rows_come_back_as_a_safe_file(self):
        wizard = self.import_file(
            [
                {**GOOD, "Description": "=cmd|' /C calc'!A0", "Price": "much"},
                {**GOOD, "External Key": "K2"},
            ]
        )
        action = wizard.action_download_refused()
        self.assertIn(f"/{wizard.id}/refused_file/", action["url"])
        header, refused = sheet_values(base64.b64decode(wizard.refused_file))
        cells = dict(zip(header, refused, strict=True))
        self.assertEqual(cells["Row"], 2)
        self.assertIn("not a number", cells["What to Correct"])
        self.assertEqual(cells["Description"], "'=cmd|' /C calc'!A0")
        # Corrected in place, it can be imported as it is
        cells["Price"] = 3
        again = self.import_file(to_xlsx([cells]))
        self.assertEqual(again.report["counts"], {"new": 1})
        self.assertEqual(again.report["ignored"], [])
        self.assertEqual(self.contracts("K1").line_ids.name, "=cmd|' /C calc'!A0")

    def test_text_never_becomes_a_formula(self):
        for start in ("=", "+", "-", "@", "\t", "\r"):
            self.assertEqual(spreadsheet.safe_cell(f"{start}1"), f"'{start}1")
        self.assertEqual(spreadsheet.safe_cell(-1.5), -1.5)
        self.assertEqual(spreadsheet.safe_cell("a\x07b"), "ab")

    def test_page_shows_the_first_hundred_rows(self):
        rows = [GOOD] + [
            {**GOOD, "External Key": f"B{number}", "Price": "<b>much</b>"}
            for number in range(150)
        ]
        wizard = self.make_import(rows)
        wizard.action_check()
        self.assertEqual(len(wizard.report["rows"]), 100)
        self.assertEqual(wizard.report["rows"][0]["result"], "error")
        self.assertEqual(wizard.report["refused_row_count"], 150)
        self.assertIn("&lt;b&gt;much", wizard.report_html)
        refused = sheet_values(base64.b64decode(wizard.refused_file))
        self.assertEqual(len(refused), 151)

    # === WHO AND WHERE === #

    def test_only_managers_import(self):
        for user in (self.user_contract, self.user_billing, self.user_agent):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.make_import([GOOD], user=user)

    def test_other_company_is_refused_and_its_keys_are_its_own(self):
        with self.assertRaises(UserError):
            self.make_import([GOOD], company_id=self.other_company.id).action_check()
        self.import_file([GOOD])
        other = self.import_file([GOOD], user=self.user_other)
        self.assertEqual(other.report["counts"], {"new": 1})
        both = self.env["service.contract"].sudo().search([("external_key", "=", "K1")])
        self.assertEqual(both.company_id, self.company | self.other_company)

    def test_records_of_another_company_are_not_found(self):
        elsewhere = {"company_id": self.other_company.id}
        self.env["res.partner"].create({"name": "Far", "ref": "FAR", **elsewhere})
        self.env["product.product"].create({"name": "Far", **elsewhere})
        wizard = self.import_file([{**GOOD, "Customer": "FAR", "Product": "Far"}])
        self.assertIn("Customer is not known", self.messages(wizard))
        self.assertIn("Product is not known", self.messages(wizard))

    def test_queries_do_not_grow_with_the_rows_of_a_batch(self):
        def count(rows):
            wizard = self.make_import(rows)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            wizard.action_check()
            return self.env.cr.sql_log_count - before

        rows = [{**GOOD, "External Key": f"K{number}"} for number in range(BATCH)]
        count(rows[:2])  # warm
        few, many = count(rows[:10]), count(rows)
        self.assertLess(many - few, 15)

    # === THE FILES WE SHIP === #

    def test_template_files_are_those_of_the_columns(self):
        wizard = self.env["service.contract.import"]
        allowed = {
            name: list(dict.fromkeys(choices.values()))
            for name, choices in wizard._get_choices().items()
            if name != "tz"
        }
        files = {
            "import.xlsx": spreadsheet.write_template(allowed, self.env._),
            "odoo.xlsx": spreadsheet.write_odoo_template(),
        }
        for name, content in files.items():
            with self.subTest(name), self._open_template(name) as shipped:
                self.assertEqual(sheet_values(shipped.read()), sheet_values(content))
        with self._open_template("import.csv") as shipped:
            self.assertEqual(shipped.read(), spreadsheet.write_csv())

    def test_template_file_reads_without_errors_of_form(self):
        with self._open_template("import.xlsx") as shipped:
            wizard = self.make_import(shipped.read())
        wizard.action_check()
        self.assertEqual(wizard.report["row_count"], 3)
        for sentence in self.messages(wizard).split(". "):
            self.assertRegex(sentence, "not known|create it first|^Correct|^$|^\n")

    def test_templates_are_offered_by_odoos_import(self):
        for offered in self.env["service.contract"].get_import_templates():
            with file_open(offered["template"].lstrip("/"), "rb") as shipped:
                self.assertTrue(shipped.read().startswith(b"PK"))

    def _open_template(self, name):
        return file_open(f"service_contract/static/xls/service_contract_{name}", "rb")
