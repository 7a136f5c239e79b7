# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import takewhile

from odoo import api, models
from odoo.fields import Domain

from ..const import BASE_PER_SHOWN
from ..engine.allocation import in_drawing_order
from ..engine.rating import note_worked, rate
from ..engine.rating_facts import Books, event_order, quote_of
from .service_charge_insert import PLAIN_KINDS


class ServiceCharge(models.Model):
    """Rating: facts are fetched for all usages at once, the engine answers, and its
    answer is stored. The number of queries does not grow with the usages."""

    _inherit = "service.charge"

    # === RATING === #

    @api.model
    def _rate(self, usages, released=None):
        """Return what becomes of usages, in memory.

        :param usages: all those of their lines that are to be rated
        :param released: charges whose draws are as good as returned
        :return: ``engine.rating_facts.Rating`` by usage, in the order of their events,
            and ``Books`` by line after it
        """
        books = self._get_books(usages, released or self.browse())
        holders = {
            line: {partner_id for _lot, partner_id in of_line.quotas}
            for line, of_line in books.items()
        }
        facts = {
            usage: usage._get_engine_usage(holders[usage.contract_line_id])
            for usage in usages
        }
        others = self._get_others_worked(usages)
        facts.update((usage, usage._get_engine_usage()) for usage in others)
        terms, ratings = {}, {}
        for usage in sorted(
            usages | others,
            key=lambda usage: (
                *event_order(facts[usage]),
                usage.source,
                # So that 100 comes after 99.
                len(usage.external_key),
                usage.external_key,
            ),
        ):
            line, tz = usage.contract_line_id, usage._get_site_tz()
            if usage in others:
                note_worked(facts[usage], line._get_engine_card(tz), books[line])
                continue
            if (line, tz) not in terms:
                terms[line, tz] = line._get_rating_terms(tz)
            ratings[usage] = rate(facts[usage], terms[line, tz], books[line])
            books[line].take(ratings[usage])
        return ratings, books

    @api.model
    def _rate_again(self, usages, live):
        """Rate usages, and find out what is new about it.

        :param usages: to be rated, those included that came later
        :param live: charges that stand, of usages that may be withdrawn by now
        :return: the ratings that are new or differ, by usage in the order of events,
            without what is invoiced already; and the charges that stand no longer
        """
        live |= usages.charge_ids._get_standing()
        if not usages:
            return {}, live
        ratings, books = self._rate(usages, live)
        by_usage = live.grouped("usage_id")
        kept, changed = set(), {}
        for usage, rating in ratings.items():
            standing = by_usage.get(usage, self)
            same = standing._get_same(rating)
            if not len(same) == len(standing) == len(rating.charges):
                # What is on an invoice and stays as it is needs no credit.
                same = self.browse().concat(
                    *takewhile(lambda c: c.billing_state == "invoiced", same)
                )
                rest = rating.charges[len(same) :]
                changed[usage] = replace(rating, charges=rest)
            kept.update(same.ids)
        self.env["service.balance.alert"]._watch(
            {line: books_of_line.left for line, books_of_line in books.items()}
        )
        return changed, live.filtered(lambda charge: charge.id not in kept)

    def _get_same(self, rating):
        """Return the first of these charges of a usage that are as a rating says."""
        if self.contract_line_id != self.usage_id.contract_line_id:
            return self.browse()
        charges = self.sorted("id")
        rated = [
            (
                charge.kind,
                charge.quantity,
                charge.charged,
                charge.amount,
                charge.hold,
                charge.lot,
                charge.drawn,
                charge.price,
                charge.start,
                quote_of(charge.rules),
            )
            for charge in rating.charges
        ]
        pairs = zip(charges, rated, strict=False)  # as many as there are of both
        same = takewhile(lambda pair: pair[0]._get_rated() == pair[1], pairs)
        return self.browse().concat(*(charge for charge, _rated in same))

    def _get_rated(self):
        """Return of this charge what a rating says of one."""
        self.ensure_one()
        return (
            self.kind,
            self.quantity,
            self.charged_quantity,
            round(self.amount * 10**self.currency_id.decimal_places),
            self.hold_reason or None,
            self.entry_id.counter_id.id or None,
            -self.entry_id.quantity,
            self.rate_rule_id.id or None,
            self.started_at or None,
            self._get_quote(),
        )

    def _get_quote(self):
        """Return what the charge has to do with a quotation, see ``quote_of``."""
        self.ensure_one()
        return quote_of(self.explanation or [])

    @api.model
    def _make(self, ratings):
        """Store ratings: the charges, and the draws behind them.

        :param ratings: by usage, see ``_rate``
        :return: the charges
        """
        entries, vals_list = [], []
        for usage, rating in ratings.items():
            for charge in rating.charges:
                vals = self._prepare_charge(usage, charge)
                if charge.lot is not None:
                    vals["entry_no"] = len(entries)
                    entries.append(
                        {
                            "counter_id": charge.lot,
                            "kind": "draw",
                            "quantity": -charge.drawn,
                            "event_at": vals["event_at"],
                            "usage_id": usage.id,
                        }
                    )
                vals_list.append(vals)
        posted = self.env["service.coverage.counter"]._post_entries(entries)
        for vals in vals_list:
            if "entry_no" in vals:
                vals["entry_id"] = posted[vals.pop("entry_no")].id
        others = {
            vals["usage_id"] for vals in vals_list if vals["kind"] not in PLAIN_KINDS
        }
        charges = self._insert_plain(
            [vals for vals in vals_list if vals["usage_id"] not in others]
        ) + self.create([vals for vals in vals_list if vals["usage_id"] in others])
        self._after_rating(charges)
        return charges

    @api.model
    def _after_rating(self, charges):
        """React to new charges. Extension point: many of them at once."""

    @api.model
    def _prepare_charge(self, usage, charge):
        """Return values of a charge.

        :param charge: ``engine.rating_facts.Charge``
        """
        line = usage.contract_line_id
        scale = 10**line.currency_id.decimal_places
        is_priced = charge.per_unit is not None and charge.kind != "covered"
        price = amount = 0.0
        if is_priced:
            price = float(charge.per_unit * self._get_base_per_shown(line, usage.unit))
            amount = charge.amount / scale
        return {
            "usage_id": usage.id,
            "contract_line_id": line.id,
            "event_at": charge.start or usage.event_at,
            "kind": charge.kind,
            "hold_reason": charge.hold,
            "unit": usage.unit,
            "quantity": charge.quantity,
            "charged_quantity": charge.charged,
            "started_at": charge.start,
            "ended_at": charge.end,
            "rate_rule_id": charge.price,
            "rounded_in": charge.group,
            "unit_price": price / scale if usage.unit != "minor" else price,
            "amount": amount,
            "explanation": list(charge.rules),
            "reason": self._get_reason(usage, charge.kind),
            "billing_state": "to_invoice" if charge.kind == "billable" else "no",
        }

    @api.model
    def _get_base_per_shown(self, line, unit):
        """Return how many base units one unit has as people count it."""
        if unit == "minor":
            return 1
        return BASE_PER_SHOWN.get(unit, 1)

    @api.model
    def _get_reason(self, usage, kind):
        """Return why somebody decided about the usage beforehand."""
        if usage.exempt_reason:
            return usage.exempt_reason
        return kind in ("courtesy", "excluded") and usage.ruling_reason

    @api.model
    def _preview(self, usages):
        """Return unsaved charges: how usages would be rated now.

        :param usages: may be records in memory
        """
        if not usages:
            return []
        ratings, _books = self._rate(usages)
        return [
            self.new(self._prepare_charge(usage, charge))
            for usage, rating in ratings.items()
            for charge in rating.charges
        ]

    # === BOOKS === #

    @api.model
    def _get_books(self, usages, released):
        """Return the books of the usages' lines as they were before these usages.

        :param released: charges whose draws are as good as returned
        """
        lots = self._get_lots(usages)
        books = {
            line: Books(
                lots=in_drawing_order(counter._get_lot() for counter in counters),
                left={counter.id: counter.remaining for counter in counters},
            )
            for line, counters in lots.items()
        }
        left = {key: of_line.left for of_line in books.values() for key in of_line.left}
        for entry in released.entry_id:
            if entry.counter_id.id in left:
                left[entry.counter_id.id][entry.counter_id.id] -= entry.quantity
        self._add_rounded(usages, books)
        self._add_quoted(usages, books)
        for line, quotas in self._get_quotas(usages, lots, released).items():
            books[line].quotas.update(quotas)
        return books

    @api.model
    def _get_quotas(self, usages, counters_by_line, released):
        """Return what sites may still draw of lots, by line and (counter, partner).

        Extension point.

        :param released: charges whose draws are as good as returned
        """
        return {}

    @api.model
    def _get_lots(self, usages):
        """Return the counters that usages may draw from, by line, in one query."""
        first, last = min(usages.mapped("event_at")), usages._get_last_instant()
        counters = self.env["service.coverage.counter"].search(
            [
                ("contract_line_id", "in", usages.contract_line_id.ids),
                "|",
                ("valid_from", "<=", last),
                ("source_counter_id.valid_from", "<=", last),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">", first),
            ]
        )
        by_line = counters.grouped("contract_line_id")
        none = counters.browse()
        return {line: by_line.get(line, none) for line in usages.contract_line_id}

    @api.model
    def _get_standing_domain(self, usages):
        """Return the domain of charges that stand, but for those of some usages."""
        return Domain(
            [
                ("is_reversed", "=", False),
                ("reversed_charge_id", "=", False),
                ("contract_line_id", "in", usages.contract_line_id.ids),
                ("usage_id", "not in", usages.ids),
            ]
        )

    @api.model
    def _add_rounded(self, usages, books):
        """Note what other usages put into the days and tickets that are rounded."""
        cards = [line._get_engine_card() for line in books]
        if not any(card and card.rounds_together for card in cards):
            return
        groups = self._read_group(
            self._get_standing_domain(usages)
            & Domain("rounded_in", "!=", False)
            & (
                Domain("ticket_id", "in", usages.ticket_id.ids)
                | Domain(
                    [
                        # What is invoiced stays, though it came later that day.
                        ("event_at", ">=", self._get_day_before(usages)),
                        ("event_at", "<=", self._get_day_after(usages)),
                    ]
                )
            ),
            ["contract_line_id", "rounded_in"],
            ["quantity:sum", "charged_quantity:sum"],
        )
        for line, group, quantity, charged in groups:
            books[line].rounded[group] = quantity
            books[line].charged[group] = charged

    @api.model
    def _get_day_before(self, usages):
        """Return an instant before the local day of the first usage."""
        return min(usages.mapped("event_at")) - timedelta(days=2)

    @api.model
    def _get_day_after(self, usages):
        """Return an instant after the local day of the last usage."""
        return max(usages.mapped("event_at")) + timedelta(days=2)

    @api.model
    def _get_others_worked(self, usages):
        """Return the work that counts towards overtime of usages, without them.

        That of their lines on the days before and on theirs, where a card has overtime.
        """

        def has_overtime(line):
            card = line._get_engine_card()
            return card and card.thresholds

        lines = usages.contract_line_id.filtered(has_overtime)
        if not lines:
            return self.env["service.usage"]
        return self.env["service.usage"].search(
            [
                ("contract_line_id", "in", lines.ids),
                ("unit", "=", "second"),
                ("is_void", "=", False),
                ("event_at", ">=", self._get_day_before(usages)),
                ("event_at", "<=", max(usages.mapped("event_at"))),
                ("id", "not in", usages.ids),
            ]
        )

    @api.model
    def _add_quoted(self, usages, books):
        """Note what of the signed quotations is left: what is billed by them is used
        up, and not what somebody decided to bill beyond them."""
        signed = {usage: usage._get_signed_lines() for usage in usages}
        if not any(signed.values()):
            return
        taken = Counter()
        for charge in self.search(
            self._get_standing_domain(usages)
            & Domain("usage_id.quote_line_id", "!=", False)
            & Domain("kind", "=", "billable")
        ):
            taken[charge._get_quote()] += charge.quantity
        for usage, lines in signed.items():
            for sold in lines:
                left = sold._get_quoted_quantity() - taken[sold.id]
                books[usage.contract_line_id].quotes[sold.id] = left
