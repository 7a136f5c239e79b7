# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Files that went wrong: each gives a report, and nothing is half-imported.

A run is told by its seed, which each failure prints. Larger ones on demand:
``SC_FUZZ_FILES`` (files of each class, 1), ``SC_FUZZ_ROWS`` (rows of a file, 250),
``SC_FUZZ_SEED``, and ``SC_FUZZ_SHARE`` (each so-manieth file is also imported, 4).
"""

import os
import random
from collections import Counter
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from .common_import import ImportCommon
from .common_import_fuzz import ImportFuzz
from .import_mutations import MUTATIONS
from .test_import import WIZARD

FILES = int(os.environ.get("SC_FUZZ_FILES", "1"))
ROWS = int(os.environ.get("SC_FUZZ_ROWS", "250"))
SEED = int(os.environ.get("SC_FUZZ_SEED", "20250115"))
SHARE = int(os.environ.get("SC_FUZZ_SHARE", "4"))


@tagged("post_install", "-at_install")
class TestImportFuzz(ImportFuzz, ImportCommon):
    written_tables = (
        "service_contract",
        "service_contract_line",
        "service_covered_item",
        "service_coverage_counter",
        "service_coverage_entry",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].create([{"name": "Twin"}, {"name": "Twin"}])

    def test_forty_classes_of_mutations(self):
        self.assertEqual(len(MUTATIONS), 40)
        read = 0
        with patch(f"{WIZARD}.SHOWN_ROWS", 10**6):
            for number in range(FILES):
                for place, name in enumerate(MUTATIONS):
                    seed = f"{SEED}-{name}-{number}"
                    with self.subTest(seed):
                        share = (place + number + SEED) % SHARE == 0
                        read += self._try_file(name, seed, share)
        # Some classes make files that are refused as a whole; most are read
        self.assertGreater(read, FILES * len(MUTATIONS) * ROWS // 2)

    def _try_file(self, name, seed, is_imported):
        """Try a mutated file and return how many of its rows were read."""
        rng = random.Random(seed)
        content, options = MUTATIONS[name](rng, self._make_rows(rng, seed))
        return self.try_file(content, options, is_imported)

    def _make_rows(self, rng, seed):
        """Return rows of good contracts of one to four lines, for a mutation."""
        rows = []
        while len(rows) < ROWS:
            header = {
                "External Key": f"{rng.randrange(10**9)}/{len(rows)}",
                "Customer": rng.choice(["AURORA", "IT12345670017", "Bar Boreale"]),
                "Start": rng.choice(["2025-01-01", "2024-12-15", "2025-02-01"]),
                "End": rng.choice(["", "2025-12-31"]),
                "State": rng.choice(["draft", "active", "active"]),
            }
            for _line in range(rng.randrange(1, 5)):
                covers = rng.choice(["hours", "cases", "visits", "amount", "unlimited"])
                line = {
                    "Product": rng.choice(["MAINT", "OVEN", "4006381333931", "Fridge"]),
                    "Description": rng.choice(["", "Care", "Càffè"]),
                    "Price": rng.choice(["", "10", "99.50"]),
                    "Covers": covers,
                    "Allotment": rng.choice(["1", "5", "20"]),
                }
                rows.append({**header, **line})
                header = {"External Key": header["External Key"]}
        return rows[:ROWS]

    def assert_report(self, wizard):
        report = wizard.report
        if "file_error" not in report:
            self.assertEqual(sum(report["counts"].values()), report["contract_count"])
        return super().assert_report(wizard)

    def assert_whole(self, wizard):
        """Each new contract has all of its lines, each refused one is not there."""
        new, refused = Counter(), set()
        for row in wizard.report["rows"]:
            if row["result"] == "new":
                new[row["key"]] += 1
            else:
                refused.add(row["key"])
        made = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT contract.external_key, COUNT(line.id)
                      FROM service_contract AS contract
                      JOIN service_contract_line AS line
                        ON line.contract_id = contract.id
                     WHERE contract.id = ANY(%s)
                  GROUP BY contract.id
                    """,
                    wizard.report["contract_ids"],
                )
            )
        )
        self.assertEqual({key: made.get(key) for key in new}, dict(new))
        self.assertEqual(len(made), len(new))
        self.assertFalse(made.keys() & refused)
        unbalanced = self.env.execute_query(
            SQL(
                """
                SELECT counter.id
                  FROM service_coverage_counter AS counter
                  JOIN service_coverage_entry AS entry ON entry.counter_id = counter.id
                 WHERE counter.contract_id = ANY(%s)
              GROUP BY counter.id
                HAVING SUM(entry.quantity) != counter.remaining
                """,
                wizard.report["contract_ids"],
            )
        )
        self.assertFalse(unbalanced)
