# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.tools import SQL


class ImportFuzz:
    """Tries files that may be spoilt in any way, on top of ``ImportFiles``."""

    # Tables that an import writes
    written_tables = ()

    def try_file(self, content, options, is_imported):
        """Check a file, and import it twice if asked to.

        :param options: values of the dialog
        :return: how many of its rows were read
        """
        wizard = self.make_import(content, **options)
        before = self.count_records()
        wizard.action_check()
        self.assert_report(wizard)
        self.assertEqual(self.count_records(), before, "A check stores nothing.")
        if not is_imported or "file_error" in wizard.report:
            return wizard.report.get("row_count", 0)
        checked = wizard.report["rows"]
        wizard.action_import()
        self.assertEqual(wizard.report["rows"], checked, "A check is the import.")
        self.assert_whole(wizard)
        before = self.count_records()
        again = self.make_import(content, **options)
        again.action_import()
        self.assertFalse(again.report["counts"].get("new"))
        self.assertEqual(self.count_records(), before, "The same file again.")
        return wizard.report["row_count"]

    def assert_report(self, wizard):
        """Whatever the file was, the report says what came of it."""
        report = wizard.report
        self.assertTrue(wizard.report_html)
        if "file_error" in report:
            self.assertTrue(report["file_error"].strip())
            return
        self.assertEqual(len(report["rows"]), report["row_count"])
        for row in report["rows"]:
            self.assertIn(row["result"], ("new", "unchanged", "left_out", "error"))
            silent = row["result"] in ("new", "unchanged")
            self.assertTrue(silent or row["message"].strip(), row)

    def assert_whole(self, wizard):
        """Nothing is half-imported."""
        raise NotImplementedError

    def count_records(self):
        """Return how many rows the tables have that an import writes."""
        self.env.flush_all()
        return {
            table: self.env.execute_query(
                SQL("SELECT COUNT(*) FROM %s", SQL.identifier(table))
            )[0][0]
            for table in self.written_tables
        }
