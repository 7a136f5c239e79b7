# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rows of raw cells into contracts of typed values, with what is wrong in each."""

from dataclasses import dataclass, field, replace

from odoo.tools import LazyTranslate

from . import columns, values
from .refusal import Refusal

_lt = LazyTranslate(__name__)

MAX_KEY = 128
NEW, UNCHANGED, ERROR, LATER = "new", "unchanged", "error", "later"
ACTIVE = "active"


@dataclass(frozen=True)
class Options:
    """How the cells of a file are meant.

    :param choices: column name → {normalized text: key}
    :param date_format: see ``values.to_date``
    :param decimal_mark: dot or comma as declared; auto to see it in the file
    :param decimals: column name → how many decimals of it are stored
    :param rounds: whether more decimals are rounded instead of refused
    :param short_years: see ``values.to_date``
    :param keeps_lost: see ``values.check_readable``
    """

    choices: dict
    date_format: str = values.ISO
    decimal_mark: str = values.AUTO
    decimals: dict = field(default_factory=dict)
    rounds: bool = False
    short_years: bool = False
    keeps_lost: bool = False


@dataclass
class ImportRow:
    """One row: one line of a contract.

    :param number: as a spreadsheet shows it
    :param key: external key as far as it can be read, for the report
    :param cells: raw cells, for the file of refused rows
    :param values: column name → typed value; references are texts until looked up
    :param problems: (column label or None, lazy message)
    """

    number: int
    key: str
    cells: dict
    values: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)

    def refuse(self, message, column=None):
        """Note what is wrong with the row, or with one of its columns."""
        self.problems.append((column and self.get_label(column), message))

    def get_label(self, column):
        """Return the header of a column."""
        return columns.BY_NAME[column].label

    def describes_line(self):
        """Whether the row says anything about a line."""
        return any(columns.BY_NAME[name].level == columns.LINE for name in self.cells)


@dataclass
class ImportContract:
    """The rows with one external key: one contract.

    :param values: what the rows say about the contract itself
    :param result: new, unchanged, error or later; None while unknown
    """

    key: str
    rows: list = field(default_factory=list)
    values: dict = field(default_factory=dict)
    result: str | None = None

    def is_refused(self):
        """Whether any of the rows has a problem."""
        return any(row.problems for row in self.rows)

    def to_json(self):
        """Return what the file says, to tell a changed row from the same one."""
        return {
            "contract": _plain(self.values),
            "lines": [_plain(_level(row.values, columns.LINE)) for row in self.rows],
        }


def _level(typed, level):
    return {
        name: value
        for name, value in typed.items()
        if columns.BY_NAME[name].level == level
    }


def _plain(typed):
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in typed.items()
    }


def read_rows(table, options):
    """Return the rows of a table with typed values and what is wrong in them."""
    cells = [row.cells for row in table.rows]
    options = with_decimal_mark(options, cells, columns.COLUMNS)
    return [_read_row(row, options, table.epoch) for row in table.rows]


def with_decimal_mark(options, rows_of_cells, schema):
    """Return the options with the decimal mark that the numbers of a file show.

    :param rows_of_cells: dicts of column name → raw cell
    :param schema: the columns
    """
    if options.decimal_mark != values.AUTO:
        return options
    names = [column.name for column in schema if column.kind in ("number", "whole")]
    mark = values.detect_decimal_mark(
        cells.get(name) for cells in rows_of_cells for name in names
    )
    return replace(options, decimal_mark=mark)


def _read_row(source, options, epoch):
    key = source.cells.get("external_key", "")
    row = ImportRow(source.number, values.shown(values.to_text(key)), source.cells)
    refuse_surplus(row, source)
    read_cells(row, source.cells, columns.COLUMNS, options, epoch)
    _check_row(row)
    return row


def refuse_surplus(row, source):
    """Refuse a row with more cells than there are headers."""
    if source.surplus is not None:
        row.refuse(
            _lt(
                "There is more in this row than there are headers: %(value)s. Check "
                "the quotation marks and the delimiter.",
                value=values.shown(source.surplus),
            )
        )


def read_cells(row, cells, schema, options, epoch):
    """Note the typed values of raw cells on a row, and what is wrong with them."""
    for column in schema:
        cell = cells.get(column.name)
        try:
            if cell is not None:
                values.check_readable(cell, options.keeps_lost)
                row.values[column.name] = _typed(column, cell, options, epoch)
        except Refusal as refusal:
            row.refuse(refusal.message, column.name)


def _typed(column, cell, options, epoch):
    """Return a readable cell as the type of its column."""
    if column.kind == "date":
        return values.to_date(cell, options.date_format, epoch, options.short_years)
    if column.kind in ("number", "whole"):
        decimals = 0 if column.kind == "whole" else options.decimals.get(column.name)
        number = values.to_number(
            cell, column.limits, options.decimal_mark, decimals, options.rounds
        )
        return int(number) if column.kind == "whole" else number
    if column.kind == "choice":
        return values.to_choice(cell, options.choices[column.name])
    if column.kind == "list":
        return values.to_list(cell, columns.LIST_SEPARATOR)
    return values.to_text(cell)


def _check_row(row):
    """Refuse what no two cells of a row may say together."""
    if "external_key" not in row.cells:
        row.refuse(
            _lt("is empty: every row needs the key of its contract"), "external_key"
        )
    if len(row.values.get("external_key", "")) > MAX_KEY:
        row.refuse(
            _lt("is longer than %(limit)s characters: shorten it", limit=MAX_KEY),
            "external_key",
        )
    whole = row.values.get("coverage_type") in ("cases", "visits")
    for name in ("coverage_quantity", "rollover_cap", "remaining"):
        if whole and row.values.get(name, 0) % 1:
            row.refuse(_lt("must be whole: cases and visits can't be split"), name)


def group_rows(import_rows):
    """Return the contracts that rows describe, in the order of their first rows.

    Rows without a readable key stand alone. What rows say about the contract must
    agree; after the first row it may be left out.
    """
    contracts = {}
    for row in import_rows:
        key = row.values.get("external_key")
        place = key if key else ("row", row.number)
        contract = contracts.setdefault(place, ImportContract(key or ""))
        contract.rows.append(row)
        for name, value in _level(row.values, columns.CONTRACT).items():
            if value is None:
                continue  # refused already
            known = contract.values.setdefault(name, value)
            if known != value:
                row.refuse(
                    _lt(
                        "differs from row %(first)s of the same contract: write the "
                        "same, or leave it empty here",
                        first=contract.rows[0].number,
                    ),
                    name,
                )
    for contract in contracts.values():
        _check_contract(contract)
    return list(contracts.values())


def _check_contract(contract):
    """Refuse what a contract can't do without."""
    first = contract.rows[0]
    given = {name for row in contract.rows for name in row.cells}
    for column in columns.REQUIRED:
        if column.name not in given and column.name != "external_key":
            first.refuse(_lt("is empty, and is needed"), column.name)
    start, end = contract.values.get("date_start"), contract.values.get("date_end")
    if start and end and end < start:
        first.refuse(_lt("is before the start"), "date_end")
    if contract.values.get("state") != ACTIVE:
        for row in contract.rows:
            if "remaining" in row.values:
                row.refuse(
                    _lt(
                        "needs a contract that is running: write active as its state, "
                        "or leave this empty"
                    ),
                    "remaining",
                )
