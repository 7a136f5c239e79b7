# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The bytes of a CSV or XLSX file into rows of raw cells."""

import codecs
import csv
import io
import zipfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest

from openpyxl import load_workbook

from odoo.tools import LazyTranslate

from .columns import COLUMNS, PROBLEM_LABEL, ROW_LABEL
from .refusal import Refusal
from .values import CellError, Formula, is_empty, normalize, shown

_lt = LazyTranslate(__name__)

MAX_BYTES = 25 * 2**20
MAX_UNPACKED_BYTES = 400 * 2**20
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_FIELD = 131_072
AUTO = "auto"
DELIMITERS = (",", ";", "\t", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass
class Row:
    """One row of the file.

    :param number: as a spreadsheet shows it, the header being 1
    :param cells: column name → raw cell, empty ones left out
    :param surplus: the first cell beyond the headers that holds something
    """

    number: int
    cells: dict
    surplus: object = None


@dataclass
class Table:
    """What a file holds.

    :param rows: rows that are not empty
    :param ignored: headers of columns that are not read
    :param epoch: day 0 of a workbook's days; None for CSV
    """

    rows: list = field(default_factory=list)
    ignored: list = field(default_factory=list)
    epoch: datetime | None = None


@dataclass(frozen=True)
class Layout:
    """Where in a file the cells are.

    :param names: normalized header → column name
    :param labels: column name → header, for messages
    :param required: names of the columns that there must be
    :param sheet: title of the sheet of a workbook; empty for the first
    :param header_row: number of the row with the headers; 0 for the first that is not
        empty
    :param uses_results: take the stored results of formulas
    """

    names: dict
    labels: dict
    required: tuple = ()
    sheet: str = ""
    header_row: int = 0
    uses_results: bool = False


def layout_of(columns):
    """Return the layout of our own files, whose headers are labels or names."""
    names = {normalize(column.label): column.name for column in columns}
    names.update((normalize(column.name), column.name) for column in columns)
    return Layout(
        names,
        {column.name: column.label for column in columns},
        tuple(column.name for column in columns if column.required),
    )


CONTRACTS = layout_of(COLUMNS)


def read(content, encoding=AUTO, delimiter=AUTO, layout=CONTRACTS):
    """Return the table in a file; its kind is seen from the content, not the name.

    :param content: bytes of the file
    :param layout: where in the file the cells are
    :param encoding: of a CSV file; auto for UTF-8 or what its first bytes declare
    :param delimiter: of a CSV file; auto for the one that separates known headers
    :raises Refusal: for a file that can't be read, with what to do
    """
    raw_rows, epoch = _read_raw(content, encoding, delimiter, layout)
    table = _to_table(raw_rows, layout)
    table.epoch = epoch
    return table


def read_headers(content, encoding=AUTO, delimiter=AUTO, layout=CONTRACTS):
    """Return (header, cell below it) of the columns of a file, as texts.

    :param content, encoding, delimiter, layout: as in :func:`read`
    :raises Refusal: for a file that can't be read, with what to do
    """
    raw_rows, _epoch = _read_raw(content, encoding, delimiter, layout)
    header, below = None, []
    for number, cells in enumerate(raw_rows, start=1):
        if number < layout.header_row or all(is_empty(cell) for cell in cells):
            continue
        if header is None:
            header = cells
            continue
        below = cells
        break
    if header is None:
        raise _no_header()
    texts = [str(cell) if cell is not None else "" for cell in below]
    texts += [""] * (len(header) - len(texts))
    return [
        (" ".join(str(label).split()), text)
        for label, text in zip(header, texts, strict=False)
        if not is_empty(label)
    ]


def sheet_titles(content):
    """Return the titles of the sheets of a workbook; none of another file."""
    if not content.startswith(b"PK"):
        return []
    return [sheet.title for sheet in _open_workbook(content).worksheets]


def _read_raw(content, encoding, delimiter, layout):
    """Return the rows of raw cells of a file, and the day 0 of a workbook or None."""
    if not content:
        raise _no_header()
    if len(content) > MAX_BYTES:
        raise Refusal(
            _lt(
                "The file is larger than %(limit)s MB. Split it.",
                limit=MAX_BYTES // 2**20,
            )
        )
    if content.startswith(b"PK"):
        return _read_workbook(content, layout)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refusal(
            _lt("This is an old or encrypted Excel file. Save it as XLSX or CSV.")
        )
    text = _decode(content, encoding)
    return _csv_rows(text, delimiter, layout.names), None


# === CSV === #


def _decode(content, encoding):
    """Return the text of a CSV file. The encoding is never guessed."""
    for bom, name in _BOMS:
        if content.startswith(bom):
            encoding = name
            break
    try:
        text = content.decode("utf-8" if encoding == AUTO else encoding)
    except UnicodeDecodeError as error:
        if encoding == AUTO:
            raise Refusal(
                _lt(
                    "The file is not in UTF-8 (byte %(position)s). Save it as CSV "
                    "UTF-8, or choose its encoding; Excel often writes Windows-1252.",
                    position=error.start,
                )
            ) from None
        raise Refusal(
            _lt(
                "The file is not in %(encoding)s (byte %(position)s). Choose another "
                "encoding, or save it as CSV UTF-8.",
                encoding=encoding,
                position=error.start,
            )
        ) from None
    if text.count("\0") * 5 > len(text):
        raise Refusal(
            _lt(
                "This is not a text file. Choose its encoding, or save it as CSV UTF-8."
            )
        )
    return text.replace("\0", "\ufffd")


def _csv_rows(text, delimiter, names):
    """Yield the rows of a CSV text, its header first."""
    stream = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline="")
    if delimiter == AUTO:
        delimiter = _detect_delimiter(text, names)
    reader = csv.reader(stream, delimiter=delimiter)
    try:
        yield from reader
    except csv.Error:
        raise Refusal(
            _lt(
                "Line %(line)s can't be read: a cell is longer than %(limit)s "
                "characters. Look for a quotation mark that is not closed.",
                line=reader.line_num,
                limit=MAX_FIELD,
            )
        ) from None


def _detect_delimiter(text, names):
    """Return the delimiter that separates the most known headers, else the most."""
    header = (text.lstrip("\r\n").splitlines()[:1] or [""])[0][:MAX_FIELD]
    known = {
        delimiter: (
            sum(
                normalize(label.strip('"')) in names
                for label in header.split(delimiter)
            ),
            header.count(delimiter),
        )
        for delimiter in DELIMITERS
    }
    return max(known, key=known.get)


# === XLSX === #


def _read_workbook(content, layout):
    """Return the raw rows of a sheet of a workbook, and its day 0."""
    workbook = _open_workbook(content)
    titles = [sheet.title for sheet in workbook.worksheets]
    place = titles.index(layout.sheet) if layout.sheet in titles else 0
    if layout.sheet and layout.sheet not in titles:
        raise Refusal(
            _lt(
                "The workbook has no sheet called %(sheet)s. It has: %(titles)s.",
                sheet=layout.sheet,
                titles=shown(", ".join(titles), 200),
            )
        )
    raw_rows = _sheet_rows(workbook.worksheets[place])
    if layout.uses_results:
        results = _open_workbook(content, data_only=True)
        raw_rows = _with_results(raw_rows, _sheet_rows(results.worksheets[place]))
    return raw_rows, workbook.epoch


def _open_workbook(content, data_only=False):
    """Return a workbook that is not too large and has a sheet of cells."""
    with _readable():
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MAX_UNPACKED_BYTES:
            raise Refusal(
                _lt(
                    "The workbook unpacks to more than %(limit)s MB. Split it.",
                    limit=MAX_UNPACKED_BYTES // 2**20,
                )
            )
        workbook = load_workbook(
            io.BytesIO(content),
            read_only=True,
            keep_links=False,
            rich_text=False,
            data_only=data_only,
        )
        if not workbook.worksheets:
            raise Refusal(_lt("The workbook has no sheet with cells."))
        return workbook


@contextmanager
def _readable():
    """Refuse a file that makes zipfile, the XML parser or openpyxl raise whatever."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        # A damaged file makes them raise anything, and nothing else runs in here.
        raise Refusal(
            _lt(
                "The workbook can't be read (%(error)s). Open it in a spreadsheet and "
                "save it as XLSX again, or as CSV UTF-8.",
                error=shown(error) or type(error).__name__,
            )
        ) from error


def _sheet_rows(sheet):
    """Yield the rows of a sheet, its header first."""
    with _readable():
        # The size that a file claims for its sheet may be wrong
        sheet.reset_dimensions()
        for cells in sheet.iter_rows(max_col=MAX_COLUMNS + 1):
            yield [_cell_value(cell) for cell in cells]


def _with_results(raw_rows, result_rows):
    """Yield rows with the stored results of formulas, where there are any."""
    for cells, results in zip_longest(raw_rows, result_rows, fillvalue=()):
        results = [*results, *[None] * (len(cells) - len(results))]
        yield [
            result if isinstance(cell, Formula) and result is not None else cell
            for cell, result in zip(cells, results, strict=False)
        ]


def _cell_value(cell):
    if cell.data_type == "f":
        return Formula(cell.value)
    if cell.data_type == "e":
        return CellError(cell.value)
    return cell.value


# === BOTH === #


def _to_table(raw_rows, layout):
    """Return the table of raw rows; the first that is not empty is the header."""
    table, header = Table(), None
    for number, cells in enumerate(raw_rows, start=1):
        if number < layout.header_row or all(is_empty(cell) for cell in cells):
            continue
        if header is None:
            header = _read_header(cells, layout)
            table.ignored = [
                shown(label)
                for label, name in zip(cells, header, strict=False)
                if name is None
                and not is_empty(label)
                and label not in (ROW_LABEL, PROBLEM_LABEL)
            ]
            continue
        if len(table.rows) >= MAX_ROWS:
            raise Refusal(
                _lt("The file has more than %(limit)s rows. Split it.", limit=MAX_ROWS)
            )
        table.rows.append(_read_row(number, cells, header))
    if header is None:
        raise _no_header()
    if not table.rows:
        raise Refusal(_lt("The file has a header and no rows below it."))
    return table


def _no_header():
    return Refusal(_lt("The file is empty. Choose a file with a header row."))


def _read_header(cells, layout):
    """Return the column name of each header; None for those that are not read."""
    while cells and is_empty(cells[-1]):
        cells = cells[:-1]
    if len(cells) > MAX_COLUMNS:
        raise Refusal(
            _lt(
                "The file has more than %(limit)s columns. Delete those that are not "
                "in the template file.",
                limit=MAX_COLUMNS,
            )
        )
    header = [layout.names.get(normalize(label)) if label else None for label in cells]
    twice = [name for name, count in Counter(header).items() if name and count > 1]
    if twice:
        raise Refusal(
            _lt(
                "Two columns are called %(labels)s. Delete or rename one of them.",
                labels=", ".join(layout.labels[name] for name in twice),
            )
        )
    missing = [layout.labels[name] for name in layout.required if name not in header]
    if missing:
        raise Refusal(
            _lt(
                "These columns are missing in the first row: %(missing)s. It has: "
                "%(found)s. Start from the template file; for CSV, check the "
                "delimiter.",
                missing=", ".join(missing),
                found=shown(", ".join(str(label) for label in cells if label), 200),
            )
        )
    return header


def _read_row(number, cells, header):
    values = {
        name: cell
        for name, cell in zip(header, cells, strict=False)
        if name and not is_empty(cell)
    }
    surplus = [cell for cell in cells[len(header) :] if not is_empty(cell)]
    return Row(number, values, surplus[0] if surplus else None)
