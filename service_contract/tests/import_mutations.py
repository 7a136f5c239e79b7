# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Forty ways in which files of contracts go wrong.

Each takes a random generator and the rows of a good file (dicts of texts), and returns
the bytes of a file and the options that the user would choose.
"""

import io
import zipfile
from datetime import datetime, time, timedelta

from openpyxl import Workbook, load_workbook

from .common_import import to_csv, to_xlsx, workbook_bytes

MUTATIONS = {}


def mutation(function):
    """Register one class of mutations under its name."""
    MUTATIONS[function.__name__] = function
    return function


def spoil(rng, rows, column, values, share=0.3):
    """Write some of the values into a column of some rows."""
    for row in rows:
        if rng.random() < share:
            row[column] = rng.choice(values)
    return rows


# === BYTES === #


@mutation
def utf8_with_mark(rng, rows):
    return to_csv(rows, encoding="utf-8-sig"), {}


@mutation
def utf16_with_mark(rng, rows):
    return to_csv(rows, encoding="utf-16"), {}


@mutation
def utf16_without_mark(rng, rows):
    return to_csv(rows, encoding=rng.choice(["utf-16-le", "utf-16-be"])), {}


@mutation
def windows_text_not_declared(rng, rows):
    spoil(rng, rows, "Description", ["Càffè", "Größe", "£ 5"])
    return to_csv(rows, encoding="cp1252"), {}


@mutation
def windows_text_declared(rng, rows):
    spoil(rng, rows, "Description", ["Càffè", "Größe", "£ 5"])
    return to_csv(rows, delimiter=";", encoding="cp1252"), {"encoding": "cp1252"}


@mutation
def cut_off_somewhere(rng, rows):
    content = to_csv(rows)
    return content[: rng.randrange(len(content))], {}


@mutation
def nul_bytes(rng, rows):
    return _sprinkle(rng, to_csv(rows), [b"\0"]), {}


@mutation
def flipped_bytes(rng, rows):
    return _sprinkle(rng, to_csv(rows), [bytes([byte]) for byte in range(256)]), {}


@mutation
def bytes_that_are_not_utf8(rng, rows):
    return _sprinkle(rng, to_csv(rows), [b"\xff", b"\xc3", b"\xed\xa0\x80"]), {}


@mutation
def not_a_table_at_all(rng, rows):
    return rng.choice([b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n"]) + rng.randbytes(5_000), {}


def _sprinkle(rng, content, values):
    content = bytearray(content)
    for _time in range(20):
        place = rng.randrange(len(content))
        content[place : place + 1] = rng.choice(values)
    return bytes(content)


# === CSV === #


@mutation
def semicolons_and_tabs(rng, rows):
    return to_csv(rows, delimiter=rng.choice(";\t|")), {}


@mutation
def delimiter_declared_wrongly(rng, rows):
    return to_csv(rows, delimiter=";"), {"delimiter": ","}


@mutation
def quotation_mark_not_closed(rng, rows):
    lines = to_csv(rows).split(b"\n")
    lines[rng.randrange(1, len(lines))] += b'"'
    place = rng.randrange(1, len(lines))
    lines[place] = b'"' + lines[place]
    return b"\n".join(lines), {}


@mutation
def quotes_and_line_ends_in_cells(rng, rows):
    spoil(rng, rows, "Description", ['say "hi"', "two\nlines", "a,b;c", "\r", '"'])
    return to_csv(rows), {}


@mutation
def line_ends_of_all_systems(rng, rows):
    lines = to_csv(rows).split(b"\r\n")
    ends = [b"\n", b"\r\n", b"\r", b"\n\n\n", b"\n,,,,\n"]
    return b"".join(line + rng.choice(ends) for line in lines), {}


@mutation
def more_cells_than_headers(rng, rows):
    lines = to_csv(rows).split(b"\r\n")
    spoilt = [line + b",x" * rng.randrange(3) for line in lines[1:]]
    return b"\r\n".join(lines[:1] + spoilt), {}


@mutation
def cell_of_ten_megabytes(rng, rows):
    rng.choice(rows)[rng.choice(["Description", "Price", "Start"])] = "7" * 10_000_000
    return to_csv(rows), {}


# === HEADERS === #


@mutation
def missing_header(rng, rows):
    missing = rng.choice(list(rows[0]))
    return to_csv([{k: v for k, v in row.items() if k != missing} for row in rows]), {}


@mutation
def duplicate_header(rng, rows):
    first, second = rng.sample(list(rows[0]), 2)
    return to_csv(rows).replace(first.encode(), second.encode(), 1), {}


@mutation
def unknown_headers(rng, rows):
    for row in rows:
        row.update({"Colour": "red", "=1+1": "x", "Row": "7", "x" * 5_000: "y"})
    return to_csv(rows), {}


@mutation
def shuffled_and_restyled_headers(rng, rows):
    names = list(rows[0])
    rng.shuffle(names)
    styles = [str.upper, str.lower, "  {} *".format, lambda n: n.replace(" ", "_")]
    labels = {name: rng.choice(styles)(name) for name in names}
    return to_csv([{labels[n]: row.get(n, "") for n in names} for row in rows]), {}


@mutation
def titles_above_the_header(rng, rows):
    return b"Contracts of 2025\r\n\r\n" + to_csv(rows), {}


# === CELLS === #


@mutation
def numbers_out_of_range(rng, rows):
    values = ["1e308", "-1e308", "1e-320", "9" * 400, "1e400", str(2**63)]
    for column in ("Price", "Allotment", "Billing Interval", "Carried For"):
        spoil(rng, rows, column, values, 0.1)
    return to_csv(rows), {}


@mutation
def numbers_that_are_none(rng, rows):
    values = ["nan", "inf", "-Infinity", "0x10", "1_000", "٪", "½", "1e", "--1", "TRUE"]
    spoil(rng, rows, "Allotment", values, 0.2)
    return to_csv(spoil(rng, rows, "Price", values)), {}


@mutation
def digits_of_other_scripts(rng, rows):
    spoil(rng, rows, "Price", ["١٢٣", "१२.५", "１２", "−5", "٣٫٥", "①"])
    return to_csv(spoil(rng, rows, "Start", ["٢٠٢٥-٠١-٠١"], 0.1)), {}


@mutation
def decimal_and_thousands_marks(rng, rows):
    values = [
        "1,5",
        "1.5",
        "1,234",
        "1.234",
        "1.234,5",
        "1,234.5",
        "1 234,5",
        "1'2",
        ",",
    ]
    return to_csv(spoil(rng, rows, "Price", values, 0.6), delimiter=";"), {
        "decimal_mark": rng.choice(["auto", "dot", "comma"])
    }


@mutation
def day_and_month_traps(rng, rows):
    values = [
        "03/04/2025",
        "25/12/2024",
        "12/25/2024",
        "5.5.2025",
        "1-2-25",
        "2025/1/9",
    ]
    return to_csv(spoil(rng, rows, "Start", values, 0.6)), {
        "date_format": rng.choice(["iso", "dmy", "mdy"])
    }


@mutation
def days_that_do_not_exist(rng, rows):
    values = ["2025-02-30", "0000-00-00", "9999-12-31", "1899-12-30", "today", "45658"]
    spoil(rng, rows, "End", [*values, "2024-01-01"])
    return to_csv(spoil(rng, rows, "Start", values, 0.2)), {}


@mutation
def negative_numbers(rng, rows):
    for column in ("Quantity", "Allotment", "Rollover Cap", "Remaining Now"):
        spoil(rng, rows, column, ["-1", "-0.5", "-0"], 0.1)
    return to_csv(rows), {}


@mutation
def fractions_of_whole_units(rng, rows):
    spoil(rng, rows, "Covers", ["cases", "visits"])
    spoil(rng, rows, "Billing Interval", ["1.5", "2"], 0.1)
    return to_csv(spoil(rng, rows, "Allotment", ["2.5", "0.001", "3"])), {}


@mutation
def choices_that_are_unknown(rng, rows):
    for column in ("Covers", "State", "Billed Every", "Time Zone", "Unused Units"):
        spoil(
            rng, rows, column, ["?", "ACTIVE", "Month", "europe/rome", "none", " "], 0.2
        )
    return to_csv(rows), {}


@mutation
def records_that_are_unknown(rng, rows):
    values = [
        "Nobody",
        "Twin",
        "%",
        "aurora@example.com",
        "' OR 1=1 --",
        "AURORA\u200b",
    ]
    spoil(rng, rows, "Customer", values, 0.2)
    for column in ("Product", "Template", "Sites", "Currency", "Covered Products"):
        spoil(rng, rows, column, ["Nobody", "Twin", ";", "#", "OVEN#1;OVEN#1"], 0.1)
    return to_csv(rows), {}


@mutation
def formulas_in_texts(rng, rows):
    values = ["=1+1", "@SUM(A1)", "+1", "-1", '=HYPERLINK("http://x")', "\t=1", "'=1"]
    spoil(rng, rows, "Price", values, 0.1)
    return to_csv(spoil(rng, rows, "Description", values)), {}


@mutation
def unreadable_characters(rng, rows):
    values = [
        "\x07",
        "\x1b[31m",
        "\u202egnp.exe",
        "😀" * 300,
        "\ufffd",
        "\ud7ff",
        "\x85",
    ]
    spoil(rng, rows, "External Key", values, 0.05)
    return to_csv(spoil(rng, rows, "Description", values)), {}


@mutation
def rows_of_one_key_disagree(rng, rows):
    keys = [row["External Key"] for row in rows]
    spoil(rng, rows, "External Key", [*keys[:10], "", " ", "x" * 500])
    return to_csv(spoil(rng, rows, "End", ["2025-06-30", ""])), {}


# === XLSX === #


@mutation
def workbook_of_mixed_types(rng, rows):
    days = [45658, 45658.5, 1e9, -1, datetime(2025, 1, 1), datetime(2025, 1, 1, 9)]
    values = [True, time(6, 30), timedelta(hours=30), 10**18, 1.5, "1,5", datetime.min]
    spoil(rng, rows, "Start", [*days, "2025-01-01", time(1)])
    values = [value for value in values if value != datetime.min]
    spoil(rng, rows, "External Key", [1, 2.5, True, datetime(2025, 1, 1)], 0.1)
    return to_xlsx(spoil(rng, rows, "Price", values)), {"filename": "contracts.xlsx"}


@mutation
def workbook_with_formulas(rng, rows):
    values = ["=1+1", "=[1]Sheet1!A1", "#REF!", "#N/A", "=cmd|' /C calc'!A0"]
    for column in ("Price", "Description", "External Key"):
        spoil(rng, rows, column, values, 0.1)
    return to_xlsx(rows), {"filename": "contracts.xlsx"}


@mutation
def workbook_with_gaps_and_far_cells(rng, rows):
    workbook = load_workbook(io.BytesIO(to_xlsx(rows)))
    sheet = workbook.worksheets[0]
    for _time in range(5):
        sheet.insert_rows(rng.randrange(2, len(rows)), rng.randrange(1, 50))
    sheet.cell(row=rng.randrange(2, 9_000), column=rng.randrange(30, 300)).value = "far"
    workbook.create_sheet("Other", 1)["A1"] = "not read"
    return workbook_bytes(workbook), {}


@mutation
def workbook_that_is_damaged(rng, rows):
    content = bytearray(to_xlsx(rows))
    kind = rng.randrange(4)
    if kind == 3:
        workbook = Workbook()
        workbook.remove(workbook.active)
        workbook.create_chartsheet("Chart")
        return workbook_bytes(workbook), {}
    if kind == 0:
        return bytes(content[: rng.randrange(4, len(content))]), {}
    if kind == 1:
        for _time in range(30):
            content[rng.randrange(4, len(content))] = rng.randrange(256)
        return bytes(content), {}
    return _rewrite(
        content, "xl/worksheets/sheet1.xml", b"<sheetData", b"<sheet Data"
    ), {}


@mutation
def workbook_with_links_and_entities(rng, rows):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    workbook = load_workbook(io.BytesIO(to_xlsx(rows)))
    workbook.worksheets[0]["A1"].hyperlink = "file:///etc/passwd"
    content = workbook_bytes(workbook)
    if rng.random() < 0.5:
        content = _rewrite(
            content, "xl/worksheets/sheet1.xml", b"<worksheet", bomb + b"<worksheet"
        )
    return content, {"filename": "links.csv"}


def _rewrite(content, name, old, new):
    """Return an archive in which one member is changed."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(bytes(content))) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for member in source.namelist():
            data = source.read(member)
            copy.writestr(member, data.replace(old, new) if member == name else data)
    return target.getvalue()
