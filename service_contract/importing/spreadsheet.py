# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Writing workbooks that are safe to open: no text becomes a formula or a link."""

import csv
import io
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from .columns import COLUMNS, PROBLEM_LABEL, ROW_LABEL
from .parse import CONTRACTS

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
MAX_CELL = 32_000
BOLD = Font(bold=True)
MARKED = PatternFill("solid", fgColor="FFF3CD")

EXAMPLES = (
    {
        "external_key": "OLD-0001",
        "partner_id": "ACME-01",
        "date_start": date(2026, 1, 1),
        "date_end": date(2026, 12, 31),
        "tz": "Europe/Rome",
        "currency_id": "EUR",
        "state": "active",
        "product_id": "SUPPORT",
        "name": "Remote support, 10 hours a month",
        "quantity": 1,
        "price_unit": 400,
        "billing_unit": "month",
        "billing_timing": "advance",
        "billed_until": date(2026, 1, 31),
        "coverage_type": "hours",
        "coverage_quantity": 10,
        "coverage_period": "month",
        "exhaustion_policy": "bill",
        "overage_price": 60,
        "rollover_policy": "none",
        "covered_item_ids": "PRINTER-A#SN-1001; PRINTER-A#SN-1002",
        "remaining": 6.5,
    },
    {
        "external_key": "OLD-0001",
        "product_id": "VISIT",
        "name": "Two visits a year",
        "quantity": 1,
        "price_unit": 300,
        "billing_unit": "year",
        "coverage_type": "visits",
        "coverage_quantity": 2,
        "coverage_period": "year",
        "exhaustion_policy": "warn",
        "site_ids": "ACME-MILAN",
    },
    {
        "external_key": "OLD-0002",
        "partner_id": "info@example.com",
        "template_id": "GOLD",
        "date_start": date(2026, 3, 1),
        "state": "draft",
    },
)

# For Odoo's own import: its headers, and lines without the contract's values below
ODOO_HEADERS = (
    "External Key",
    "Customer",
    "Template",
    "Date Start",
    "Date End",
    "Lines/Product",
    "Lines/Quantity",
    "Lines/Price per Period",
    "Lines/Billed Every",
    "Lines/Covers",
    "Lines/Allotment",
    "Lines/Allotment Per",
)
ODOO_EXAMPLES = (
    ("OLD-0001", "ACME", "", date(2026, 1, 1), date(2026, 12, 31))
    + ("[SUPPORT] Remote support", 1, 400, "Months", "Hours", 10, "Month"),
    ("",) * 5 + ("[VISIT] Visit on site", 1, 300, "Years", "Visits", 2, "Year"),
    ("OLD-0002", "Example Ltd", "Gold", date(2026, 3, 1), *("",) * 8),
)


def safe_cell(value):
    """Return a value as a cell that no spreadsheet calculates; numbers stay numbers."""
    if value is None or isinstance(value, bool | int | float | date | datetime):
        return value
    text = "".join(char for char in str(value) if char >= " " or char in "\t\r\n")[
        :MAX_CELL
    ]
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def _text_cell(sheet, value):
    """Return a cell whose text is never read as a formula; None for no value."""
    if value is None:
        return None
    value = safe_cell(value)
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    elif isinstance(value, date | datetime):
        cell.number_format = "yyyy-mm-dd"
    return cell


def _header_cell(sheet, label):
    cell = WriteOnlyCell(sheet, value=label)
    cell.font = BOLD
    return cell


def write_refused(rows, layout=CONTRACTS, title="Contracts"):
    """Return a workbook of refused rows that can be corrected and imported again.

    :param rows: (number, cells by column name, text of what to correct)
    :param layout: of the file that they come from
    """
    rows = list(rows)
    given = {*layout.required}.union(*(cells for _number, cells, _problem in rows))
    shown = [name for name in layout.labels if name in given]
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(layout.sheet or title)
    sheet.freeze_panes = "C2"
    sheet.column_dimensions["B"].width = 60
    for index in range(3, len(shown) + 3):
        sheet.column_dimensions[get_column_letter(index)].width = 18
    labels = [ROW_LABEL, PROBLEM_LABEL, *(layout.labels[name] for name in shown)]
    sheet.append([_header_cell(sheet, label) for label in labels])
    for number, cells, problem in rows:
        reason = _text_cell(sheet, problem)
        reason.fill = MARKED
        texts = [_text_cell(sheet, cells.get(name)) for name in shown]
        sheet.append([number, reason, *texts])
    return _to_bytes(workbook)


def write_rows(rows, columns=COLUMNS, title="Contracts"):
    """Return a workbook of rows in our own form.

    :param rows: dicts of column name → value
    """
    workbook = Workbook(write_only=True)
    _add_rows(workbook, rows, columns, title)
    return _to_bytes(workbook)


def _add_rows(workbook, rows, columns, title):
    sheet = workbook.create_sheet(title)
    sheet.freeze_panes = "B2"
    for index in range(1, len(columns) + 1):
        sheet.column_dimensions[get_column_letter(index)].width = 18
    sheet.append([_header_cell(sheet, column.label) for column in columns])
    for row in rows:
        sheet.append([_text_cell(sheet, row.get(column.name)) for column in columns])


def write_template(
    allowed, translate, columns=COLUMNS, examples=EXAMPLES, title="Contracts"
):
    """Return the template workbook: example rows and a legend.

    :param allowed: column name → keys of its choices
    :param translate: function of a lazy text, such as ``env._``
    """
    workbook = Workbook(write_only=True)
    _add_rows(workbook, examples, columns, title)
    legend = workbook.create_sheet("Legend")
    for letter, width in zip("ABCDE", (22, 12, 10, 90, 70), strict=True):
        legend.column_dimensions[letter].width = width
    titles = ("Column", "Describes", "Required", "Meaning", "Allowed values")
    legend.append([_header_cell(legend, title) for title in titles])
    for column in columns:
        legend.append(
            [
                column.label,
                column.level,
                "yes" if column.required else "",
                translate(column.help),
                ", ".join(allowed.get(column.name, ())),
            ]
        )
    return _to_bytes(workbook)


def write_csv(rows=EXAMPLES, columns=COLUMNS):
    """Return rows as CSV in UTF-8, with the mark that Excel looks for.

    :param rows: dicts of column name → value
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([column.label for column in columns])
    for row in rows:
        writer.writerow([safe_cell(row.get(column.name)) for column in columns])
    return stream.getvalue().encode("utf-8-sig")


def write_odoo_template():
    """Return the template workbook for Odoo's own import."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Contracts")
    sheet.freeze_panes = "B2"
    for index in range(1, len(ODOO_HEADERS) + 1):
        sheet.column_dimensions[get_column_letter(index)].width = 20
    sheet.append([_header_cell(sheet, label) for label in ODOO_HEADERS])
    for example in ODOO_EXAMPLES:
        sheet.append([_text_cell(sheet, value or None) for value in example])
    return _to_bytes(workbook)


def _to_bytes(workbook):
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()
