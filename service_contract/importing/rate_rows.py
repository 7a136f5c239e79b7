# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rows of raw cells into the prices of rate cards, with what is wrong in each."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo.tools import LazyTranslate

from . import rate_columns, rate_mapping, rate_same, rows, values
from .columns import Column
from .rate_columns import ON_REQUEST, OWNER, QUANTITIES, WORK, YEAR
from .refusal import Refusal

_lt = LazyTranslate(__name__)

ONE_DAY = timedelta(days=1)
MAX_NAME = 300


@dataclass(kw_only=True)
class RateRow(rows.ImportRow):
    """One row of a list.

    :param labels: of its columns, as they stand in the file
    :param notes: lazy messages of what was done with it, beside importing it
    :param result: once it is known; see ``rows``, or left out
    """

    mapping: object
    notes: list = field(default_factory=list)
    result: str | None = None

    def get_label(self, column):
        return self.mapping.get_label(column)


@dataclass
class Rate:
    """One price of one card.

    :param work: texts of task, role, level and zone; None for any
    :param price: None for one on request
    :param start, end: first and last day; None for no limit
    :param rounding: values of the fields that round quantities
    :param overtime_row: that says the price of overtime, where it is another
    :param known: rule of the database that it is; None for a new one
    :param ended: rule of the database that ends because this one begins
    """

    row: RateRow
    work: dict
    unit: str
    price: float | None
    overtime_price: float = 0.0
    start: date | None = None
    end: date | None = None
    rounding: dict = field(default_factory=dict)
    overtime_row: RateRow | None = None
    known: object = None
    ended: object = None

    @property
    def key(self):
        """What of one card can't have two prices on one day."""
        return (*(self.work[name] for name in WORK), self.unit)

    @property
    def amount(self):
        """What the price says, to tell it from another."""
        return (self.price, self.overtime_price, *sorted(self.rounding.items()))

    @property
    def first(self):
        return self.start or date.min

    @property
    def last(self):
        return self.end or date.max


@dataclass
class RateCard:
    """The rows of one rate card.

    :param name: of the card
    :param currency: code; None for the one chosen for the import
    """

    name: str
    rows: list = field(default_factory=list)
    rates: list = field(default_factory=list)
    currency: str | None = None
    result: str | None = None

    def is_refused(self):
        """Whether any of the rows has a problem."""
        return any(row.problems for row in self.rows)

    def get_new(self):
        """Return the prices that the database does not know."""
        return [rate for rate in self.rates if not rate.known]

    def set_result(self, result):
        """Note what became of the card, and of each of its rows.

        :param result: see ``rows``; of a new one, some rows may be known already
        """
        self.result = result
        new = {
            row.number
            for rate in self.get_new()
            for row in (rate.row, rate.overtime_row)
            if row
        }
        for row in self.rows:
            if row.result == rate_same.LEFT_OUT and result in (
                rows.NEW,
                rows.UNCHANGED,
            ):
                continue
            is_known = result == rows.NEW and row.number not in new
            row.result = rows.UNCHANGED if is_known else result


def read_rows(table, mapping, options, currency_marks=()):
    """Return the rows of a table with typed values and what is wrong in them.

    :param mapping: ``rate_mapping.Mapping``
    :param options: ``rows.Options``
    :param currency_marks: what may stand beside an amount, such as € and EUR
    """
    schema = _get_schema(mapping)
    marks = _get_mark_pattern(currency_marks)
    read = []
    for source in table.rows:
        row = RateRow(number=source.number, key="", cells=source.cells, mapping=mapping)
        own = _read_own(row, source, mapping, options)
        for column in schema:
            cell = own.get(column.name)
            if column.kind == "number" and isinstance(cell, str):
                own[column.name] = marks.sub("", cell).strip()
        read.append((row, source, own))
    options = rows.with_decimal_mark(options, (own for *_, own in read), schema)
    kept = []
    for row, source, own in read:
        if mapping.skips and not any(own.get(name) for name in ("card", *WORK)):
            continue
        rows.refuse_surplus(row, source)
        _read_prices(row, own, mapping)
        rows.read_cells(row, own, schema, options, table.epoch)
        _check_row(row, own)
        kept.append(row)
    return kept


def _get_schema(mapping):
    """Return the columns of a list as columns of ours, prices of years included."""
    schema = [*rate_columns.COLUMNS, Column(OWNER, "", "", "text", "")]
    price = rate_columns.BY_NAME["price"]
    schema += [
        replace(price, name=f"{YEAR}_{source.year}")
        for source in mapping.sources
        if source.target == YEAR
    ]
    return schema


def _get_mark_pattern(currency_marks):
    texts = "|".join(re.escape(mark) for mark in currency_marks if mark)
    return re.compile(f"^\\s*({texts})|({texts})\\s*$") if texts else re.compile("(?!)")


def _read_own(row, source, mapping, options):
    """Return the raw cells of a row by our columns; refuse what can't be read."""
    readable = {}
    for name, cell in source.cells.items():
        try:
            values.check_readable(cell, options.keeps_lost)
            readable[name] = cell
        except Refusal as refusal:
            header = mapping.get_layout().labels[name]
            row.problems.append((header, refusal.message))
    return mapping.to_own(readable)


def _read_prices(row, own, mapping):
    """Take out of the cells what stands for a price on request.

    Of a contract year it is that price alone, and None.
    """
    names = [name for name in own if name == "price" or name.startswith(f"{YEAR}_")]
    for name in names:
        cell = own[name]
        if not isinstance(cell, str):
            continue
        if values.normalize(cell) == ON_REQUEST:
            _set_on_request(row, own, name)
        elif mapping.on_request and not _is_number(cell):
            _set_on_request(row, own, name)
            row.notes.append(
                _lt(
                    "“%(value)s” is no price, so it is on request: such work waits "
                    "until somebody prices it",
                    value=values.shown(cell),
                )
            )
    if mapping.on_request and not names and "on_request" not in row.values:
        row.values["on_request"] = True
        row.notes.append(
            _lt("There is no price, so it is on request: such work waits for one")
        )


def _set_on_request(row, own, name):
    del own[name]
    if name == "price":
        row.values["on_request"] = True
    else:
        row.values[name] = None


def _is_number(text):
    return bool(re.fullmatch(r"[\s'’]*[-+]?[\d.,:\s'’]*\d[\d.,:\s'’]*", text))


def _check_row(row, own):
    """Refuse what no cells of a row may say, or not together."""
    row.key = values.shown(own.get("task") or own.get("level") or own.get("role") or "")
    has_years = any(name.startswith(YEAR) for name in (*own, *row.values))
    has_price = "price" in own or has_years
    if not has_price and not row.values.get("on_request") and not row.problems:
        row.refuse(_lt("is empty: write a price, or “on request”"), "price")
    for name in ("card", "role", "level", "zone"):
        if len(row.values.get(name) or "") > MAX_NAME:
            row.refuse(
                _lt("is longer than %(limit)s characters: shorten it", limit=MAX_NAME),
                name,
            )
    _check_days(row)
    minimum, maximum = (row.values.get(name) or 0 for name in ("minimum", "maximum"))
    if maximum and maximum < minimum:
        row.refuse(_lt("is below the minimum"), "maximum")
    if not row.values.get("date_from") and has_years and not row.problems:
        row.refuse(_lt("is empty: prices of contract years count from it"), "date_from")


def _check_days(row):
    """Refuse days that end before they begin, or do as the mapping says."""
    start, end = row.values.get("date_from"), row.values.get("date_to")
    if not (start and end and end < start):
        return
    mode = row.mapping.backwards
    if mode == rate_mapping.REFUSE:
        row.refuse(_lt("is before the first day"), "date_to")
    elif mode == rate_mapping.NO_END:
        del row.values["date_to"]
        row.notes.append(
            _lt(
                "The last day, %(day)s, is before the first, so the price has none",
                day=end.isoformat(),
            )
        )
    else:
        del row.values["date_from"]
        row.notes.append(
            _lt(
                "The first day, %(day)s, is after the last, so the price has none",
                day=start.isoformat(),
            )
        )


# === CARDS === #


def group_rows(import_rows, mapping, card_name):
    """Return the cards that rows are prices of, in the order of their first rows.

    :param card_name: of the card where rows name none
    """
    cards_of_owner = {}
    for row in import_rows:
        owner, card = row.values.get(OWNER), row.values.get("card")
        if owner and card:
            cards_of_owner.setdefault(owner, set()).add(card)
    cards = {}
    for row in import_rows:
        name = _get_card_name(row, cards_of_owner, card_name)
        card = cards.setdefault(name or ("row", row.number), RateCard(name or ""))
        card.rows.append(row)
        currency = row.values.get("currency")
        if currency and card.currency not in (None, currency):
            row.refuse(
                _lt("differs from other rows of the same card: write the same"),
                "currency",
            )
        card.currency = card.currency or currency
    for card in cards.values():
        if not card.is_refused():
            for row in card.rows:
                card.rates += _get_rates(row, mapping)
            rate_same.join_overtime(card, mapping)
            rate_same.resolve(card, mapping)
    return list(cards.values())


def _get_card_name(row, cards_of_owner, card_name):
    """Return the name of the card of a row; refuse a row that belongs to none."""
    if name := row.values.get("card"):
        return name
    owner = row.values.get(OWNER)
    known = cards_of_owner.get(owner, ()) if owner else ()
    if len(known) == 1:
        name = next(iter(known))
        row.notes.append(
            _lt(
                "The row names no card: it is on %(card)s, the only one of %(owner)s",
                card=name,
                owner=owner,
            )
        )
        return name
    if len(known) > 1:
        row.refuse(
            _lt("is empty, and %(owner)s has several: write one", owner=owner), "card"
        )
        return None
    if not card_name:
        row.refuse(
            _lt("is empty: write it, or choose a rate card for the import"), "card"
        )
    return card_name


def _get_rates(row, mapping):
    """Return the prices in a row: one, or one for each year."""
    typed = row.values
    rate = Rate(
        row,
        {name: typed.get(name) or None for name in WORK},
        typed.get("unit") or mapping.unit,
        None if typed.get("on_request") else typed.get("price"),
        typed.get("overtime_price") or 0.0,
        typed.get("date_from"),
        typed.get("date_to"),
        {name: typed[name] for name in QUANTITIES if typed.get(name)},
    )
    if rate.rounding and "rounding_scope" not in rate.rounding:
        rate.rounding["rounding_scope"] = "entry"
    if rate.overtime_price and (rate.unit != "second" or rate.price is None):
        row.refuse(_lt("is for prices per hour alone: empty it"), "overtime_price")
    years = sorted(
        (int(name.rpartition("_")[2]), price)
        for name, price in typed.items()
        if name.startswith(f"{YEAR}_")
    )
    return _get_years(rate, years) if years else [rate]


def _get_years(rate, years):
    """Return the price of each contract year, which count from the first day.

    The last one holds until the last day of the row.
    """
    starts = [rate.start + relativedelta(years=year - 1) for year, _price in years]
    ends = [start - ONE_DAY for start in starts[1:]] + [rate.end]
    made = []
    for start, end, (_year, price) in zip(starts, ends, years, strict=True):
        if rate.end and start > rate.end:
            rate.row.notes.append(
                _lt(
                    "Prices of years after the last day, %(end)s, are left out",
                    end=rate.end.isoformat(),
                )
            )
            break
        last = min(end, rate.end) if end and rate.end else end
        made.append(replace(rate, price=price, start=start, end=last))
    return made


def get_amounts(rate):
    """Return the values of the fields that say what a rate costs."""
    return {
        "price": rate.price or 0.0,
        "overtime_price": rate.overtime_price,
        "on_request": rate.price is None,
        **{name: rate.rounding.get(name, 0.0) for name in QUANTITIES[1:]},
        "rounding_scope": rate.rounding.get("rounding_scope", "none"),
    }
