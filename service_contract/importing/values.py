# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One raw cell into one typed value, or a refusal that says what to write instead."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from openpyxl.utils.datetime import from_excel

from odoo.tools import LazyTranslate

from .refusal import Refusal

_lt = LazyTranslate(__name__)

MAX_TEXT = 10_000
FIRST_DAY, LAST_DAY = date(1980, 1, 1), date(2200, 12, 31)
ISO, DAY_FIRST, MONTH_FIRST = "iso", "dmy", "mdy"
AUTO, DOT, COMMA = "auto", "dot", "comma"

_ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_SHORT_DATE = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_SHORT_YEAR_DATE = re.compile(r"(\d{1,2})[-/. ]{1,2}(\d{1,2})[-/. ]{1,2}(\d{4}|\d{2})")
_BASIC_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
# 3-Feb-24, as spreadsheets write days in English, and Feb 3, 2024
_NAMED_DATE = re.compile(r"(\d{1,2})[-/. ]*([a-z]{3,9})[-/., ]*(\d{4}|\d{2})")
_NAME_FIRST_DATE = re.compile(r"([a-z]{3,9})[. ]*(\d{1,2}),? +(\d{4}|\d{2})")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_MIDNIGHT = re.compile(r"([T ]0?0:00(:00(\.0+)?)?Z?| 12:00(:00)? ?AM)$", re.IGNORECASE)
_HOURS_MINUTES = re.compile(r"(\d{1,9}):([0-5]\d)")
_SPACES = re.compile(r"[\s'’_]")


class Formula(str):
    """A formula of a spreadsheet, whose result the file may not carry."""


class CellError(str):
    """An error value of a spreadsheet, such as #REF!."""


def is_empty(cell):
    """Whether nothing is written in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def shown(cell, length=40):
    """Return a cell as a message shows it: in full or its beginning."""
    text = str(cell)
    return text if len(text) <= length else text[:length] + "…"


def check_readable(cell, keeps_lost=False):
    """Refuse cells that hold no value of their own or can't be stored.

    :param keeps_lost: accept the mark for a character that another program lost
    """
    if isinstance(cell, Formula):
        raise Refusal(_lt("holds a formula: copy it and paste it as a value"))
    if isinstance(cell, CellError):
        raise Refusal(
            _lt("holds the error %(error)s: write the value", error=str(cell))
        )
    if not isinstance(cell, str):
        return
    if len(cell) > MAX_TEXT:
        raise Refusal(
            _lt(
                "is %(length)s characters long: shorten it to %(limit)s at most",
                length=len(cell),
                limit=MAX_TEXT,
            )
        )
    for char in cell:
        unstorable = unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\r\n"
        if unstorable or (char == "\ufffd" and not keeps_lost):
            raise Refusal(
                _lt(
                    "holds an unreadable character (U+%(code)s): delete it, or choose "
                    "the encoding of the file",
                    code=f"{ord(char):04X}",
                )
            )


def to_text(cell):
    """Return a cell as text; whole numbers without decimals."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    text = str(cell).strip()
    # The mark that our own files put before what a spreadsheet would calculate
    return text[1:] if re.match(r"'[=+\-@]", text) else text


def to_date(cell, date_format=ISO, epoch=None, short_years=False):
    """Return a cell as a day.

    :param date_format: how days with slashes, dots or dashes are meant; with ISO
        only those are accepted that can be read in one way
    :param epoch: day 0 of a workbook, where days may be bare numbers
    :param short_years: accept 5/4/20, and a separator that was typed twice, where the
        order of day and month is declared
    """
    serial = isinstance(cell, int | float) and not isinstance(cell, bool)
    if epoch and serial and 20_000 <= cell <= 110_000:
        cell = from_excel(cell, epoch)
    if isinstance(cell, datetime):
        if cell.time() != time():
            raise Refusal(_lt("is a day with a time of day: write the day alone"))
        return _bounded(cell.date())
    if isinstance(cell, date):
        return _bounded(cell)
    if not isinstance(cell, str):
        raise _not_a_day(cell)
    text = _MIDNIGHT.sub("", _ascii_digits(cell.strip()))
    if match := _ISO_DATE.fullmatch(text) or _BASIC_DATE.fullmatch(text):
        return _day(cell, *match.groups())
    if named := _get_named(text.casefold()):
        day, month, year = named
        if len(year) == 2 and not short_years:
            raise _not_a_day(cell)
        return _day(cell, _full_year(year), month, day)
    is_declared = date_format in (DAY_FIRST, MONTH_FIRST)
    pattern = _SHORT_YEAR_DATE if short_years and is_declared else _SHORT_DATE
    match = pattern.fullmatch(text)
    if not match:
        raise _not_a_day(cell)
    first, second, year = match.groups()
    year = _full_year(year)
    if date_format == DAY_FIRST:
        return _day(cell, year, second, first)
    if date_format == MONTH_FIRST:
        return _day(cell, year, first, second)
    if first != second and int(first) <= 12 and int(second) <= 12:
        raise Refusal(
            _lt(
                "could be day or month first (%(value)s): write it as "
                "%(iso_1)s or %(iso_2)s, or declare the date format",
                value=shown(cell),
                iso_1=f"{year}-{int(second):02d}-{int(first):02d}",
                iso_2=f"{year}-{int(first):02d}-{int(second):02d}",
            )
        )
    if int(first) > 12:
        return _day(cell, year, second, first)
    return _day(cell, year, first, second)


def _get_named(text):
    """Return day, month and year of a day whose month is an English word, or None."""
    if match := _NAMED_DATE.fullmatch(text):
        day, name, year = match.groups()
    elif match := _NAME_FIRST_DATE.fullmatch(text):
        name, day, year = match.groups()
    else:
        return None
    # Three letters tell all months apart
    number = next((n for n, full in enumerate(_MONTHS, 1) if full.startswith(name)), 0)
    return day, number, year


def _full_year(year):
    """Return a year of four digits; of two as POSIX reads them, for want of a better
    reason."""
    return year if len(year) == 4 else f"{19 if int(year) >= 69 else 20}{year}"


def _day(cell, year, month, day):
    try:
        return _bounded(date(int(year), int(month), int(day)))
    except ValueError:
        raise _not_a_day(cell) from None


def _bounded(day):
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Refusal(
            _lt(
                "is not between %(first)s and %(last)s; for an open end leave the end "
                "empty",
                first=FIRST_DAY.isoformat(),
                last=LAST_DAY.isoformat(),
            )
        )
    return day


def _not_a_day(cell):
    return Refusal(
        _lt("is not a day (%(value)s): write it as 2026-04-03", value=shown(cell))
    )


def to_number(cell, limits, decimal_mark=AUTO, decimals=None, rounds=False):
    """Return a cell as a finite number within limits.

    Hours may be written as 6:30. A lone comma or dot before three digits is refused
    where it could be either a decimal or a thousands mark.

    :param decimal_mark: dot or comma as the user declared or the file shows; auto
        takes the dot
    :param decimals: how many are stored; more are refused rather than cut off
    :param rounds: round to so many instead
    """
    if isinstance(cell, bool):
        raise _not_a_number(cell)
    if isinstance(cell, timedelta | time):
        raise Refusal(_lt("is a time of day: write hours as a number, such as 6.5"))
    number = cell if isinstance(cell, int | float) else _parse(cell, decimal_mark)
    smallest, largest = limits
    if not smallest <= number <= largest:
        raise Refusal(
            _lt(
                "is %(value)s: write a number from %(smallest)s to %(largest)s",
                value=shown(cell),
                smallest=smallest,
                largest=largest,
            )
        )
    if decimals is None:
        return float(number)
    is_exact = abs(number - round(number, decimals)) <= 1e-9 * max(1.0, abs(number))
    if not (is_exact or rounds):
        raise _too_exact(cell, decimals)
    return round(float(number), decimals)


def _too_exact(cell, decimals):
    if not decimals:
        return Refusal(_lt("is %(value)s: write a whole number", value=shown(cell)))
    return Refusal(
        _lt(
            "has more than %(decimals)s decimals (%(value)s), and no more are stored: "
            "round it",
            decimals=decimals,
            value=shown(cell),
        )
    )


def _parse(cell, decimal_mark):
    if not isinstance(cell, str):
        raise _not_a_number(cell)
    text = _SPACES.sub("", _ascii_digits(cell)).replace("\u2212", "-")
    if match := _HOURS_MINUTES.fullmatch(text):
        return int(match[1]) + int(match[2]) / 60
    try:
        return float(_with_dot(text, cell, decimal_mark))
    except ValueError:
        raise _not_a_number(cell) from None


def _with_dot(text, cell, decimal_mark):
    """Return a written number without thousands marks and with a decimal dot."""
    mark = mark_of(text)
    if mark == AUTO:
        if decimal_mark == AUTO and "," in text:
            raise _two_readings(cell)
        mark = DOT if decimal_mark == AUTO else decimal_mark
    elif mark and decimal_mark not in (AUTO, mark):
        raise Refusal(
            _lt(
                "is %(value)s, which has another decimal mark than declared: correct "
                "one of the two",
                value=shown(cell),
            )
        )
    if mark == COMMA:
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", "")


def mark_of(text):
    """Return which decimal mark a written number shows.

    :return: dot, comma, auto where it could be either, None where there is none
    """
    dots, commas = text.count("."), text.count(",")
    if not dots and not commas:
        return None
    if dots and commas:
        return DOT if text.rindex(".") > text.rindex(",") else COMMA
    if dots > 1:
        return COMMA
    if commas > 1:
        return DOT
    separator = "." if dots else ","
    if re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}\{separator}\d{{3}}", text):
        return AUTO
    return DOT if dots else COMMA


def detect_decimal_mark(cells):
    """Return the decimal mark that the written numbers of a file agree on.

    :return: dot or comma; auto where nothing shows it or the cells disagree
    """
    marks = {
        mark_of(_SPACES.sub("", cell)) for cell in cells if isinstance(cell, str)
    } & {DOT, COMMA}
    return marks.pop() if len(marks) == 1 else AUTO


def _two_readings(cell):
    return Refusal(
        _lt(
            "is %(value)s, which could be a decimal or a thousands mark: write it "
            "without thousands marks, or declare the decimal mark",
            value=shown(cell),
        )
    )


def _not_a_number(cell):
    return Refusal(_lt("is not a number: %(value)s", value=shown(cell)))


def _ascii_digits(text):
    """Return text with the digits and decimal marks of any script as ASCII."""
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text
    ).translate({0x66B: ".", 0x66C: None})


def normalize(text):
    """Return text as headers and choices are compared: case and spacing apart."""
    return " ".join(
        unicodedata.normalize("NFKC", str(text))
        .replace("_", " ")
        .replace("*", " ")
        .casefold()
        .split()
    )


def to_choice(cell, choices):
    """Return the key of a choice, given by key or label.

    :param choices: normalized text → key
    """
    key = choices.get(normalize(to_text(cell)))
    if key is None:
        keys = sorted(set(choices.values()))
        if len(keys) > 20:
            raise Refusal(
                _lt(
                    "is not known: %(value)s. Write it as in %(example)s",
                    value=shown(cell),
                    example="Europe/Rome",
                )
            )
        raise Refusal(
            _lt(
                "is not known: %(value)s. Write one of: %(allowed)s",
                value=shown(cell),
                allowed=", ".join(keys),
            )
        )
    return key


def to_list(cell, separator):
    """Return the entries of a cell, each once, in their order."""
    entries = re.split(f"[{separator}\n]", to_text(cell))
    return list(dict.fromkeys(entry.strip() for entry in entries if entry.strip()))
