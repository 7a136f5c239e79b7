# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The names and prices of a file that the database knows already."""

from collections import defaultdict
from datetime import date, timedelta
from hashlib import sha1

from odoo.tools import LazyTranslate

from . import rate_rows
from .lookup import Lookup

_lt = LazyTranslate(__name__)

MAX_CODE = 64
# What a text of a row names: the model, the fields that may name it, the rule's field
NAMED_BY = {
    "task": ("service.task.code", ("code", "name"), "task_code_id"),
    "role": ("service.employee.role", ("name",), "role_id"),
    "level": ("service.employee.level", ("name",), "level_id"),
    "zone": ("service.travel.zone", ("name",), "zone_id"),
}
RULE_FIELDS = tuple(field for _model, _fields, field in NAMED_BY.values())
AMOUNT_FIELDS = (
    "price",
    "overtime_price",
    "on_request",
    "rounding_step",
    "minimum",
    "maximum",
    "rounding_scope",
)


class KnownRates:
    """Ids of what a file names, and the prices that its cards have.

    :param settings: ``rate_build.Settings``
    :param env: of the import
    """

    def __init__(self, settings, env):
        self.env = env
        self.settings = settings
        # Column → text → id
        self.ids = defaultdict(dict)
        # Name → card, code → currency
        self.cards = {}
        self.currencies = {}
        # (card id, what the price is for) → first day → rule
        self.rules = {}

    def find(self, import_cards):
        """Look up all that the file names: one search per way of naming it."""
        lookup = Lookup(self.settings.company.with_env(self.env))
        rates = [rate for card in import_cards for rate in card.rates]
        for name in NAMED_BY:
            self._find_names(lookup, name, rates)
        names = {card.name for card in import_cards if card.name}
        found = lookup.find("service.rate.card", ("name",), names)
        cards = self.env["service.rate.card"].browse(
            ids[0] for ids in found.values() if len(ids) == 1
        )
        self.cards = {card.name: card for card in cards}
        for card in import_cards:
            if len(found.get(card.name, ())) > 1:
                card.rows[0].refuse(
                    _lt(
                        "%(count)s rate cards are called %(name)s. Rename or archive "
                        "one of them",
                        count=len(found[card.name]),
                        name=card.name,
                    )
                )
        self._find_rules(cards)
        codes = [card.currency for card in import_cards if card.currency]
        currencies = self.env["res.currency"].search(
            [("name", "in", codes), ("active", "=", True)]
        )
        self.currencies = {currency.name: currency for currency in currencies}

    def _find_names(self, lookup, name, rates):
        """Note what the texts of a column name; refuse those that name nothing."""
        model, fields, _field = NAMED_BY[name]
        texts = {rate.work[name] for rate in rates if rate.work[name]}
        asked = set(texts)
        if name == "task":
            asked |= {get_code(text) for text in texts}
        found = lookup.find(model, fields, asked)
        for text in texts:
            ids = found.get(text) or found.get(get_code(text)) or []
            if len(ids) == 1:
                self.ids[name][text] = ids[0]
            elif ids or not self.settings.creates:
                self._refuse_name(rates, name, text, len(ids))

    def _refuse_name(self, rates, name, text, count):
        """Refuse the rows with a text that names nothing, or more than one."""
        message = (
            _lt(
                "fits %(count)s records: %(text)s. Write the code of the one you mean",
                count=count,
                text=text,
            )
            if count
            else _lt(
                "is not known in %(company)s: %(text)s. Correct it, create it first, "
                "or let the import create what is missing",
                company=self.settings.company.name,
                text=text,
            )
        )
        rows = {rate.row.number: rate.row for rate in rates if rate.work[name] == text}
        for row in rows.values():
            row.refuse(message, name)

    def _find_rules(self, cards):
        """Note the prices of known cards by card, work and first day."""
        rules = self.env["service.rate.rule"].search_fetch(
            [("card_id", "in", cards.ids)],
            ["card_id", "unit", "date_from", "date_to", *AMOUNT_FIELDS, *RULE_FIELDS],
        )
        for rule in rules:
            key = (*(rule[name].id for name in RULE_FIELDS), rule.unit)
            by_day = self.rules.setdefault((rule.card_id.id, key), {})
            by_day[rule.date_from or None] = rule

    # === COMPARISON === #

    def compare(self, card):
        """Tell new prices from known ones; refuse what contradicts them."""
        known = self.cards.get(card.name)
        currency = self.get_currency(card)
        if known and currency and known.currency_id != currency:
            card.rows[0].refuse(
                _lt(
                    "%(card)s is in %(currency)s, the file in %(other)s. Rename the "
                    "card in the file, or choose the currency",
                    card=known.name,
                    currency=known.currency_id.name,
                    other=currency.name,
                )
            )
        needs_overtime = any(rate.overtime_price for rate in card.rates)
        if known and needs_overtime and not _has_overtime(known):
            card.rows[0].refuse(
                _lt(
                    "%(card)s does not say when overtime begins. Add a modifier of "
                    "overtime to it first",
                    card=known.name,
                )
            )
        for rate in card.rates:
            self._compare_rate(known, rate)

    def get_currency(self, card):
        """Return the currency of a card, or refuse it."""
        if not card.currency:
            return None if self.cards.get(card.name) else self.settings.currency
        currency = self.currencies.get(card.currency)
        if not currency:
            card.rows[0].refuse(
                _lt(
                    "is not known: %(text)s. Write the code of a currency that is in "
                    "use, such as EUR",
                    text=card.currency,
                ),
                "currency",
            )
        return currency

    def _compare_rate(self, card, rate):
        """Note whether a price is known; refuse it if it contradicts one."""
        by_day = self._get_known(card, rate)
        rate.known = by_day.get(rate.start)
        if rate.known:
            self._compare_known(rate, by_day)
            return
        for rule in by_day.values():
            if _overlaps(rule, rate):
                self._compare_other(rate, rule)

    def _compare_known(self, rate, by_day):
        """Refuse a price that says something else than the one it is."""
        rule = rate.known
        if {name: rule[name] for name in AMOUNT_FIELDS} != rate_rows.get_amounts(rate):
            rate.row.refuse(
                _lt(
                    "This work has another price from the same day on: %(price)s. "
                    "Nothing was changed. Write the day from which on the new price "
                    "counts, or use New Prices From on the card",
                    price=rule._get_price_text(),
                )
            )
        elif not _ends_alike(rule, rate, by_day):
            rate.row.refuse(
                _lt(
                    "This price holds %(days)s already. Correct the last day",
                    days=rule._get_days_text(),
                )
            )

    def _compare_other(self, rate, rule):
        """Let an earlier price end where a new one begins; refuse any other overlap."""
        if (rule.date_from or date.min) > rate.first:
            rate.row.refuse(
                _lt(
                    "There is a price for the same work from %(day)s on. Write a last "
                    "day before it",
                    day=rule.date_from.isoformat(),
                )
            )
        elif rule.date_to and rate.last < rule.date_to:
            rate.row.refuse(
                _lt(
                    "There is a price for the same work until %(day)s, longer than "
                    "this one. End it on the card first",
                    day=rule.date_to.isoformat(),
                )
            )
        else:
            rate.ended = rule
            rate.row.notes.append(
                _lt(
                    "The price before it, %(price)s, ends the day before",
                    price=rule._get_price_text(),
                )
            )

    def _get_known(self, card, rate):
        """Return the known prices for the same work by their first days."""
        if not card:
            return {}
        key = []
        for name in NAMED_BY:
            text = rate.work[name]
            if text and text not in self.ids[name]:
                return {}
            key.append(self.ids[name][text] if text else False)
        return self.rules.get((card.id, (*key, rate.unit)), {})


def _has_overtime(card):
    return "overtime" in card.modifier_ids.mapped("kind")


def get_code(text):
    """Return the code of a task that an import makes of a text: always the same."""
    if len(text) <= MAX_CODE:
        return text
    digest = sha1(text.encode(), usedforsecurity=False).hexdigest()
    return f"{text[: MAX_CODE - 10]}…{digest[:8]}"


def _overlaps(rule, rate):
    """Whether a known price and one of the file are for some of the same days."""
    starts_before = not rule.date_from or rule.date_from <= rate.last
    return starts_before and (not rule.date_to or rule.date_to >= rate.first)


def _ends_alike(rule, rate, by_day):
    """Whether a known price ends as the file says, or because another followed it."""
    if (rule.date_to or None) == rate.end:
        return True
    return bool(rule.date_to) and rule.date_to + timedelta(days=1) in by_day
