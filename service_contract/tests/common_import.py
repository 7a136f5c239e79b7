# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Files of contracts, and what an import makes of them."""

import base64
import csv
import io

from openpyxl import Workbook, load_workbook

from .common import ServiceContractCommon

HEADER = (
    "External Key",
    "Customer",
    "Start",
    "End",
    "State",
    "Product",
    "Price",
    "Covers",
    "Allotment",
)
# A contract that is right, in the columns of HEADER
GOOD = {
    "External Key": "K1",
    "Customer": "AURORA",
    "Start": "2025-01-01",
    "End": "2025-12-31",
    "State": "active",
    "Product": "MAINT",
    "Price": "120.50",
    "Covers": "hours",
    "Allotment": "10",
}


def to_csv(rows, delimiter=",", encoding="utf-8"):
    """Return the bytes of a CSV file with a header for all keys of the rows."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows([row.get(name, "") for name in header] for row in rows)
    return stream.getvalue().encode(encoding)


def to_xlsx(rows):
    """Return the bytes of a workbook with a header for all keys of the rows."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    workbook = Workbook()
    workbook.active.append(header)
    for row in rows:
        workbook.active.append([row.get(name) for name in header])
    return workbook_bytes(workbook)


def workbook_bytes(workbook):
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def sheet_values(content):
    """Return the rows of the first sheet of a workbook."""
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


class ImportFiles:
    """Files that somebody imports, and what the report says of them."""

    import_model = "service.contract.import"
    import_filename = "contracts.csv"

    @classmethod
    def make_import(cls, content, user=None, filename=None, **values):
        """Return the wizard with a file, as the manager.

        :param content: bytes, or rows for a CSV file
        """
        if not isinstance(content, bytes):
            content = to_csv(content)
        user = user or cls.user_manager
        wizards = (
            cls.env[cls.import_model]
            .with_user(user)
            .with_context(allowed_company_ids=user.company_id.ids)
        )
        return wizards.create(
            {
                "data": base64.b64encode(content),
                "filename": filename or cls.import_filename,
                **values,
            }
        )

    @classmethod
    def import_file(cls, content, **values):
        """Import a file and return the wizard."""
        wizard = cls.make_import(content, **values)
        wizard.action_import()
        return wizard

    @staticmethod
    def results(wizard):
        """Return row number → result of the report."""
        return {row["number"]: row["result"] for row in wizard.report["rows"]}

    @staticmethod
    def messages(wizard):
        """Return what the report says is to be corrected, or why there is none."""
        if "file_error" in wizard.report:
            return wizard.report["file_error"]
        return "\n".join(row["message"] for row in wizard.report["rows"])

    def assert_refused(self, cases, good, imported):
        """Check what is said of rows, and that nothing comes of them.

        :param cases: (what is changed, what the report says)
        :param good: the row that is changed, right otherwise
        :param imported: function that returns what came of the row
        """
        for changes, expected in cases:
            with self.subTest(**changes):
                wizard = self.import_file([{**good, **changes}])
                self.assertIn(expected.lower(), self.messages(wizard).lower())
                self.assertFalse(imported())


class ImportCommon(ImportFiles, ServiceContractCommon):
    """A manager with files, a customer ``AURORA`` and products ``MAINT``, ``OVEN``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({"ref": "AURORA", "vat": "IT12345670017"})
        cls.customer.email = "Aurora@Example.com"
        cls.stranger.ref = "BOREALE"
        cls.site.ref = "AURORA-KITCHEN"
        cls.product.default_code = "MAINT"
        cls.oven.write({"default_code": "OVEN", "barcode": "4006381333931"})
        cls.template_cases.code = "CASES"

    @classmethod
    def contracts(cls, *keys):
        """Return the imported contracts as the manager sees them."""
        return (
            cls.env["service.contract"]
            .with_user(cls.user_manager)
            .search([("external_key", "in", keys)], order="external_key")
        )
