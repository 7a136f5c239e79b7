# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rate cards of a file into those of the database."""

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from psycopg2 import DataError, IntegrityError

from odoo.exceptions import UserError
from odoo.tools import LazyTranslate, mute_logger

from .rate_columns import WORK
from .rate_known import NAMED_BY, KnownRates, get_code
from .rate_rows import MAX_NAME, get_amounts
from .refusal import Refusal
from .rows import ERROR, LATER, NEW, UNCHANGED
from .values import shown

_lt = LazyTranslate(__name__)

# Prices that are made in one savepoint
BATCH = 1000


@dataclass
class Settings:
    """What the user chose.

    :param company: res.company of new cards and tasks
    :param currency: res.currency of cards whose currency the file does not say
    :param source: name of the file, for the record
    :param creates: whether tasks, roles, levels and zones that are not known are made
    :param overtime_after: hours a day after which the overtime of new cards begins
    """

    company: object
    currency: object
    source: str
    creates: bool = False
    overtime_after: float = 8.0


class RateBuilder:
    """Makes the rate cards of a file, a batch in a savepoint.

    A card of which any row is wrong is not made, or left as it is. Prices are
    recognized by card, work and first day: what is known stays, what is new is added,
    and ends the price before it.
    """

    def __init__(self, settings):
        context = {
            "mail_create_nolog": True,
            "tracking_disable": True,
            "active_test": False,
        }
        company = settings.company
        self.env = company.env(context={**company.env.context, **context})
        self.settings = settings
        self.known = KnownRates(settings, self.env)
        # How many were made of what
        self.made = defaultdict(int)

    def run(self, import_cards, seconds=None):
        """Make what is new and right; give each card and row its result.

        :param import_cards: ``rate_rows.RateCard``
        :param seconds: stop when they are over and leave the rest for later
        :return: ids of the cards that have new prices
        """
        deadline = time.monotonic() + seconds if seconds else None
        self.known.find(import_cards)
        todo = []
        for card in import_cards:
            if not card.is_refused():
                self.known.compare(card)
            if card.is_refused():
                card.set_result(ERROR)
            elif card.get_new():
                todo.append(card)
            else:
                card.set_result(UNCHANGED)
        made_ids = []
        for batch in _in_batches(todo):
            if deadline and time.monotonic() > deadline:
                for card in batch:
                    card.set_result(LATER)
                continue
            ids = self._create_safely(batch)
            if ids is None and len(batch) > 1:
                ids = []
                for card in batch:
                    ids += self._create_safely([card]) or []
            made_ids += ids or []
        return made_ids

    def _create_safely(self, batch):
        """Create what a batch of cards has new, in a savepoint.

        :return: ids of the cards, or None where it did not work: a single card is
            refused then
        """
        ids = {name: dict(texts) for name, texts in self.known.ids.items()}
        made = dict(self.made)
        try:
            with (
                mute_logger("odoo.sql_db"),  # what the database refuses is reported
                self.env.cr.savepoint(),
            ):
                cards = self._create(batch)
        except (UserError, Refusal, IntegrityError, DataError) as error:
            # What was made in the savepoint is gone
            self.known.ids = defaultdict(dict, ids)
            self.made = defaultdict(int, made)
            if len(batch) == 1:
                batch[0].rows[0].refuse(self._explain(error))
                batch[0].set_result(ERROR)
            return None
        for card in batch:
            card.set_result(NEW)
        return cards.ids

    def _explain(self, error):
        """Return what a business error says to the user."""
        if isinstance(error, Refusal):
            return error.message
        if isinstance(error, UserError):
            return str(error)
        return _lt(
            "The database refused it: %(reason)s",
            reason=error.diag.message_primary or str(error),
        )

    def _create(self, batch):
        """Create names, cards and prices; end the prices before them."""
        new = [(card, rate) for card in batch for rate in card.get_new()]
        self._create_names(rate for _card, rate in new)
        cards = self._create_cards(batch)
        self._end_rules(rate for _card, rate in new)
        self.env["service.rate.rule"].create(
            [self._prepare_rule(cards[card.name], rate) for card, rate in new]
        )
        self.env.flush_all()
        self.made["rates"] += len(new)
        self._add_overtime(batch, cards)
        records = self.env["service.rate.card"].union(*cards.values())
        records._message_log_batch(
            bodies={
                cards[card.name].id: self.env._(
                    "%(count)s prices imported from %(file)s.",
                    count=len(card.get_new()),
                    file=self.settings.source,
                )
                for card in batch
            }
        )
        return records

    def _create_names(self, rates):
        """Create the tasks, roles, levels and zones that are not known yet."""
        missing = defaultdict(dict)
        for rate in rates:
            for name in WORK:
                text = rate.work[name]
                if text and text not in self.known.ids[name]:
                    missing[name].setdefault(text, rate)
        for name, texts in missing.items():
            prepare = self._prepare_task if name == "task" else self._prepare_name
            records = self.env[NAMED_BY[name][0]].create(
                [prepare(text, rate) for text, rate in texts.items()]
            )
            self.known.ids[name].update(zip(texts, records.ids, strict=True))
            self.made[name] += len(records)

    def _prepare_name(self, text, rate):
        return {"name": text}

    def _prepare_task(self, text, rate):
        """Return the values of a task; a long text is its description."""
        vals = {
            "code": get_code(text),
            "name": shown(text, MAX_NAME - 1),
            "unit": rate.unit,
            "company_id": self.settings.company.id,
        }
        if vals["name"] != text:
            vals["description"] = text
        return vals

    def _create_cards(self, batch):
        """Return name → card of a batch; those that are new are made."""
        missing = [card for card in batch if card.name not in self.known.cards]
        records = self.env["service.rate.card"].create(
            [
                {
                    "name": card.name,
                    "company_id": self.settings.company.id,
                    "currency_id": self.known.get_currency(card).id,
                }
                for card in missing
            ]
        )
        self.made["card"] += len(records)
        made = {
            card.name: record for card, record in zip(missing, records, strict=True)
        }
        return {
            card.name: self.known.cards.get(card.name) or made[card.name]
            for card in batch
        }

    def _add_overtime(self, batch, cards):
        """Say on new cards with prices of overtime when it begins."""
        self.env["service.rate.modifier"].create(
            [
                {
                    "card_id": cards[card.name].id,
                    "name": self.env._("Overtime"),
                    "kind": "overtime",
                    "overtime_after": self.settings.overtime_after,
                }
                for card in batch
                if card.name not in self.known.cards
                and any(rate.overtime_price for rate in card.rates)
            ]
        )

    def _end_rules(self, rates):
        """Let known prices end the day before those that follow them."""
        ends = defaultdict(self.env["service.rate.rule"].browse)
        for rate in rates:
            if rate.ended:
                last_day = rate.start - timedelta(days=1)
                ends[last_day] |= rate.ended
        for last_day, rules in ends.items():
            rules.write({"date_to": last_day})

    def _prepare_rule(self, card, rate):
        ids = self.known.ids
        return {
            "card_id": card.id,
            "unit": rate.unit,
            "date_from": rate.start,
            "date_to": rate.end,
            **get_amounts(rate),
            **{
                field: rate.work[name] and ids[name][rate.work[name]]
                for name, (_model, _fields, field) in NAMED_BY.items()
            },
        }


def _in_batches(cards):
    """Yield lists of cards with about as many prices as fit in a savepoint."""
    batch, size = [], 0
    for card in cards:
        batch.append(card)
        size += len(card.rates)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
