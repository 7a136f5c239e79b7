# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Price lists of others: which of their columns mean what.

A mapping is data that a user makes once for each kind of list. Cells are only moved and
joined here; what they say is read in ``rate_rows``.
"""

import re
from dataclasses import dataclass, field

from odoo.tools import LazyTranslate

from . import rate_columns, values
from .parse import Layout
from .refusal import Refusal

_lt = LazyTranslate(__name__)

REFUSE, SUFFIX, YEARS = "refuse", "suffix", "years"
HIGHEST, LOWEST, FIRST, LAST = "highest", "lowest", "first", "last"
NO_END, NO_START = "no_end", "no_start"

_BARE_NUMBER = re.compile(r"\d+([.,]\d+)?")
# Which contract year the price under a header is of, in English. The first option comes
# after the base year, so it is the second one.
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_YEARS = (
    (r"\b(?:option(?: year| yr| period)?|oy) ?(\d{1,2})\b", 1),
    (r"\b(?:year|yr|y) ?(\d{1,2})\b", 0),
    (r"\b(\d{1,2})(?:st|nd|rd|th) (?:contract )?(?:year|yr)\b", 0),
    (rf"\b({'|'.join(_ORDINALS)}) (?:contract )?(?:year|yr)\b", 0),
    (r"\b(base) (?:year|yr|period)\b", 0),
)
_NO_YEAR = re.compile(r"\b(date|start|begin|end|overtime)\b")
# What a header suggests; the first that fits counts.
_GUESSES = (
    (r"\bovertime\b", "overtime_price"),
    (r"\b(start|begin|effective|valid from|from)\b.*|\bfrom\b", "date_from"),
    (r"\b(end|expir\w*|valid to|until)\b", "date_to"),
    (r"\b(contract|agreement|rate card)\b.*(number|no\b|id\b|card|\.|#)", "card"),
    (r"^(contract|agreement)$", "card"),
    (
        r"\b(price|rate|amount) (offered|per)\b|\bhourly (rate|price)",
        "price",
    ),
    (r"\bunit\b", "unit"),
    (r"\b(education|certification|qualification|experience|level|grade)\b", "level"),
    (r"\b(service|task|category|position|title)\b", "task"),
    (r"\brole\b", "role"),
    (r"\bzone\b", "zone"),
    (
        r"\b(vendor|company|supplier|contractor|customer) name\b",
        rate_columns.OWNER,
    ),
    (r"^(vendor|supplier|contractor)$", rate_columns.OWNER),
    (r"\bcurrency\b", "currency"),
    (r"\b(price|rate)\b", "price"),
    # The same in German, French, Italian and Spanish
    (r"überstunden|heures sup|straordinari|horas extra", "overtime_price"),
    (r"\b(ab|von|beginn|début|inizio|dal|inicio|desde)\b", "date_from"),
    (r"\b(bis|ende|fin|jusqu|fine|scadenza|hasta)\b", "date_to"),
    (r"preis|satz\b|\b(prix|tarif|prezzo|tariffa|precio|tarifa)\b", "price"),
    (r"\bvertrag|\b(contrat|contratto|contrato)\b", "card"),
    (r"\b(einheit|unité|unità|unidad)\b", "unit"),
    (r"\b(qualifikation|ausbildung|erfahrung|stufe)\b", "level"),
    (r"\b(niveau|diplôme|expérience|livello|istruzione|esperienza)\b", "level"),
    (r"\b(nivel|educación|experiencia)\b", "level"),
    (
        r"\b(leistung|tätigkeit|prestation|tâche|servizio|attività|servicio|tarea)\b",
        "task",
    ),
    (r"\b(rolle|rôle|ruolo|rol)\b", "role"),
    (
        r"\b(anbieter|lieferant|fournisseur|fornitore|proveedor)\b",
        rate_columns.OWNER,
    ),
    (r"\b(währung|devise|valuta|moneda|divisa)\b", "currency"),
)
# Headers of our own files
_OWN_HEADERS = {
    values.normalize(text): column.name
    for column in rate_columns.COLUMNS
    for text in (column.name, column.label)
    if column.name in dict(rate_columns.TARGETS)
}


@dataclass(frozen=True)
class Source:
    """One column of a list and what it means.

    :param header: as it stands in the file
    :param target: a column of ours, ``owner`` or ``year_price``
    :param suffix: put after a bare number: 5 with " years" is 5 years
    :param year: of the contract, from 1, for the price of a year
    """

    header: str
    target: str
    suffix: str = ""
    year: int = 0


@dataclass(frozen=True)
class Mapping:
    """How a kind of list is read.

    :param sources: its columns, in the order in which they are joined
    :param sheet, header_row, uses_results: see ``parse.Layout``
    :param blank_words: normalized texts that stand for nothing, such as n/a
    :param unit: of prices whose unit is empty
    :param unit_words: normalized text → unit
    :param on_request: whether a price that is no number is one on request
    :param backwards: what becomes of days that end before they begin
    :param duplicates: what becomes of prices for the same work and days
    :param overtime_suffix: end of a task's name whose rows are overtime prices
    :param skips: whether rows without card, task, role, level and zone are passed over
    """

    sources: tuple[Source, ...]
    sheet: str = ""
    header_row: int = 0
    uses_results: bool = False
    blank_words: frozenset = frozenset()
    unit: str = "second"
    unit_words: dict = field(default_factory=dict)
    on_request: bool = False
    backwards: str = REFUSE
    duplicates: str = REFUSE
    overtime_suffix: str = ""
    skips: bool = False

    def get_layout(self):
        """Return the layout of the list; its columns are numbered.

        :raises Refusal: where two columns are one, or none has a price
        """
        targets = [source.target for source in self.sources]
        if not {"price", rate_columns.YEAR} & set(targets):
            raise Refusal(_lt("No column is the price. Say which one is."))
        for target in set(targets) - {*rate_columns.JOINED, rate_columns.YEAR}:
            if targets.count(target) > 1:
                raise Refusal(
                    _lt(
                        "Several columns are “%(target)s”. Choose one of them: "
                        "%(headers)s.",
                        target=dict(rate_columns.TARGETS)[target],
                        headers=self.get_label(target),
                    )
                )
        years = [s.year for s in self.sources if s.target == rate_columns.YEAR]
        if any(year < 1 for year in years) or len(set(years)) < len(years):
            raise Refusal(
                _lt("Give each price of a contract year its own number, from 1 on.")
            )
        return Layout(
            names={
                values.normalize(source.header): str(place)
                for place, source in enumerate(self.sources)
            },
            labels={
                str(place): source.header for place, source in enumerate(self.sources)
            },
            required=tuple(str(place) for place in range(len(self.sources))),
            sheet=self.sheet,
            header_row=self.header_row,
            uses_results=self.uses_results,
        )

    def get_label(self, column):
        """Return the headers that make up a column of ours."""
        headers = [
            source.header for source in self.sources if name_of(source) == column
        ]
        return ", ".join(headers) or rate_columns.BY_NAME[column].label

    def to_own(self, cells):
        """Return the raw cells of a row by our columns.

        :param cells: by the numbers of the layout
        """
        own = {}
        for place, source in enumerate(self.sources):
            cell = cells.get(str(place))
            if cell is None or self.is_blank(cell):
                continue
            name = name_of(source)
            if source.target in rate_columns.JOINED:
                cell = " ".join(values.to_text(cell).split())
                if source.suffix and _BARE_NUMBER.fullmatch(cell):
                    cell += source.suffix
                cell = f"{own[name]}, {cell}" if name in own else cell
            own[name] = cell
        return own

    def is_blank(self, cell):
        """Whether a cell says in words that it says nothing."""
        return isinstance(cell, str) and values.normalize(cell) in self.blank_words


class OwnMapping(Mapping):
    """Our own files: their columns are ours."""

    def get_layout(self):
        return rate_columns.OWN

    def to_own(self, cells):
        return {name: cell for name, cell in cells.items() if not self.is_blank(cell)}


OWN = OwnMapping(())


def name_of(source):
    """Return the name of the column of ours that a source fills."""
    if source.target == rate_columns.YEAR:
        return f"{rate_columns.YEAR}_{source.year}"
    return source.target


def guess(header):
    """Return (target or None, year) that a header suggests."""
    text = values.normalize(header)
    if text in _OWN_HEADERS:
        return _OWN_HEADERS[text], 0
    if year := _guess_year(text):
        return rate_columns.YEAR, year
    for pattern, target in _GUESSES:
        if re.search(pattern, text):
            return target, 0
    return None, 0


def _guess_year(text):
    """Return the contract year that a normalized header names; 0 for none."""
    if _NO_YEAR.search(text):
        return 0
    for pattern, later in _YEARS:
        if match := re.search(pattern, text):
            word = match[1]
            if word == "base":
                return 1
            number = _ORDINALS.index(word) + 1 if word in _ORDINALS else int(word)
            return number + later
    return 0
