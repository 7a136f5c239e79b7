# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Files of rates that went wrong: each gives a report, and nothing is half-imported.

The mutations are those of files of contracts, on columns of rates. As there, larger
runs on demand: ``SC_FUZZ_FILES``, ``SC_FUZZ_ROWS``, ``SC_FUZZ_SEED``.
"""

import io
import os
import random
from collections import defaultdict
from unittest.mock import patch

from openpyxl import load_workbook

from odoo.tests import tagged
from odoo.tools import SQL

from .common_import import workbook_bytes
from .common_import_fuzz import ImportFuzz
from .common_rate_import import RateImportCommon
from .import_mutations import MUTATIONS
from .test_import import WIZARD

FILES = int(os.environ.get("SC_FUZZ_FILES", "1"))
ROWS = int(os.environ.get("SC_FUZZ_ROWS", "120"))
SEED = int(os.environ.get("SC_FUZZ_SEED", "20250115"))
# Columns of contracts, which the mutations spoil, by those of rates
RENAMED = {
    "External Key": "Rate Card",
    "Customer": "Role",
    "Product": "Task",
    "Description": "Level",
    "Start": "From",
    "End": "To",
    "Price": "Price",
    "Allotment": "Minimum",
    "Remaining Now": "Maximum",
    "Covers": "Unit",
    "Billed Every": "Rounded",
    "Quantity": "Step",
    "Sites": "Travel Zone",
}


@tagged("post_install", "-at_install")
class TestRateImportFuzz(ImportFuzz, RateImportCommon):
    written_tables = (
        "service_rate_card",
        "service_rate_rule",
        "service_rate_modifier",
        "service_task_code",
        "service_employee_level",
        "service_employee_role",
        "service_travel_zone",
    )

    def test_classes_of_mutations(self):
        read = 0
        with patch(f"{WIZARD}.SHOWN_ROWS", 10**6):
            for number in range(FILES):
                for place, name in enumerate(MUTATIONS):
                    seed = f"{SEED}-{name}-{number}"
                    with self.subTest(seed):
                        is_imported = (place + number + SEED) % 3 == 0
                        read += self._try_file(name, seed, is_imported)
        self.assertGreater(read, FILES * len(MUTATIONS) * ROWS // 4)

    def _make_rows(self, rng):
        """Return the rows of a good file, in the columns of contracts."""
        rows = []
        for number in range(ROWS):
            start = f"20{rng.randrange(10, 26)}-0{rng.randrange(1, 10)}-01"
            rows.append(
                {
                    "External Key": f"Card {number % 12}",
                    "Customer": rng.choice(["Test Engineer", ""]),
                    "Product": rng.choice(["REMOTE", "ONSITE", "TRAVEL", ""]),
                    "Description": f"Level {number}",
                    "Start": start,
                    "End": rng.choice(["", "2030-12-31"]),
                    "Price": f"{rng.randrange(1, 300)}.{rng.randrange(10)}5",
                    "Covers": rng.choice(["Hours", "visit", ""]),
                    "Quantity": "",
                    "Allotment": "",
                }
            )
        return rows

    def _try_file(self, name, seed, is_imported):
        """Try a mutated file and return how many of its rows were read."""
        rng = random.Random(seed)
        content, options = MUTATIONS[name](rng, self._make_rows(rng))
        options = {**options, "create_missing": True}
        return self.try_file(self._rename(content), options, is_imported)

    def _rename(self, content):
        """Return a file with the headers of rates, where it has headers."""
        if content.startswith(b"PK"):
            return self._rename_in_workbook(content)
        head, end, rest = content.partition(b"\n")
        for old, new in RENAMED.items():
            head = head.replace(old.encode(), new.encode(), 1)
        return head + end + rest

    def _rename_in_workbook(self, content):
        try:
            workbook = load_workbook(io.BytesIO(content))
            header = next(workbook.worksheets[0].iter_rows())
        except Exception:  # noqa: BLE001 - it is damaged, which is the point
            return content
        for cell in header:
            cell.value = RENAMED.get(cell.value, cell.value)
        return workbook_bytes(workbook)

    def assert_whole(self, wizard):
        """Cards have all of their prices or none of them."""
        results = defaultdict(set)
        for row in wizard.report["rows"]:
            results[row["result"]].add(row["number"])
        made = self.env.execute_query(
            SQL(
                "SELECT COUNT(*) FROM service_rate_rule WHERE card_id = ANY(%s)",
                wizard.report["card_ids"],
            )
        )[0][0]
        self.assertGreaterEqual(made, len(results["new"]))
        overlap = self.env["service.rate.card"].browse(wizard.report["card_ids"])
        self.assertFalse(overlap.rule_ids._find_overlap())
