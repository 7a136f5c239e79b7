# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.tools import LazyTranslate

from ..const import UNIT_OF_COVERAGE
from ..importing.events import write_instant, write_quantity
from ..importing.refusal import Refusal

_lt = LazyTranslate(__name__)


class ServiceContractLine(models.Model):
    """The lines that other systems name, and what is left of them."""

    _inherit = "service.contract.line"

    # === FINDING === #

    @api.model
    def _find_reported(self, company, events):
        """Return the lines and tickets that events name.

        Nothing is guessed: an event that fits several lines is refused. The number of
        queries does not grow with the events.

        :param company: whose contracts are meant
        :param events: of ``importing/events.py``
        :return: for each event, a pair of line and ticket or the refusal
        """
        named = _Named(self, company, events)
        return [self._find_one(named, event) for event in events]

    @api.model
    def _find_one(self, named, event):
        """Return the line and ticket of an event, or the refusal."""
        try:
            contract, line, ticket = named.get(event)
            return line or contract.line_ids._choose_reported(event), ticket
        except Refusal as refusal:
            return refusal

    def _choose_reported(self, event):
        """Return which of a contract's lines an event that names none is meant for.

        The one that counts its unit; failing that, the one that serves at that time,
        or the only one there is.

        :raises Refusal: where several fit
        """
        lines = self.filtered(lambda line: line.coverage_type != "none")
        serving = lines.filtered(lambda line: line._serves_at(event.event_at))
        counting = serving.filtered(lambda line: line._get_draw_rate(event.unit))
        for fitting in (counting, serving, lines):
            if len(fitting) > 1:
                raise Refusal(
                    _lt(
                        "has several lines that fit: name one by its line_id (%(ids)s)",
                        ids=", ".join(map(str, fitting.ids)),
                    ),
                    column="contract",
                )
            if fitting:
                return fitting
        raise Refusal(_lt("has no line that covers anything"), column="contract")

    # === BALANCES === #

    @api.model
    def _find_balances(self, company, place):
        """Return the contract that a place names, and the line it names or all.

        :raises Refusal: where it names none
        """
        contract, line, _ticket = _Named(self, company, [place]).get(place)
        return contract, line or contract.line_ids

    def _get_reported_balances(self):
        """Return what is left of each line now, as the API answers it."""
        lots = self._get_current_lots()
        none = self.env["service.coverage.counter"]
        return [line._get_reported_balance(lots.get(line, none)) for line in self]

    def _get_reported_balance(self, counters):
        """Return what is left of the lots that are valid now."""
        self.ensure_one()
        balance = {
            "line_id": self.id,
            "name": self.name,
            "coverage": self.coverage_type,
            "text": self.coverage_text or None,
        }
        lots = [
            {
                "kind": counter.kind,
                "valid_from": write_instant(counter.valid_from),
                "valid_to": counter.valid_to and write_instant(counter.valid_to) or None,
                **_write_sums(counter.unit, counter, self.currency_id.decimal_places),
            }
            for counter in counters
        ]
        unit = UNIT_OF_COVERAGE.get(self.coverage_type)
        if not unit:
            none = dict.fromkeys(("unit", "granted", "used", "reserved", "remaining"))
            return {**balance, **none, "lots": lots}
        decimal_places = self.currency_id.decimal_places
        return {
            **balance,
            "unit": write_quantity(unit, 0, decimal_places)[0],
            **_write_sums(unit, counters, decimal_places),
            "lots": lots,
        }


def _write_sums(unit, counters, decimal_places):
    """Return the balances of counters together, as texts."""
    return {
        name: write_quantity(unit, sum(counters.mapped(field)), decimal_places)[1]
        for name, field in (
            ("granted", "granted"),
            ("used", "drawn"),
            ("reserved", "reserved"),
            ("remaining", "remaining"),
        )
    }


class _Named:
    """The records that places name: one search per way of naming them."""

    def __init__(self, lines, company, places):
        self.company = company
        contracts = lines.env["service.contract"]
        # Who reports work needs no rights on tickets; only their lines are read.
        tickets_sudo = lines.env["helpdesk.ticket"].sudo()
        self.by_field = {
            name: self._search(model, field, {getattr(place, name) for place in places})
            for name, model, field in (
                ("contract", contracts, "name"),
                ("contract_key", contracts, "external_key"),
                ("line_id", lines, "id"),
                ("ticket", tickets_sudo, "number"),
            )
        }

    def _search(self, model, field, values):
        values.discard(None)
        if not values:
            return model, {}
        found = model.search(
            [("company_id", "=", self.company.id), (field, "in", list(values))]
        )
        return model, found.grouped(field)

    def _get(self, place, name):
        """Return the one record that a field names; none if it is empty."""
        model, found = self.by_field[name]
        value = getattr(place, name)
        if value is None:
            return model
        records = found.get(value, model)
        if len(records) != 1:
            message = (
                _lt("names more than one record: %(value)s", value=value)
                if records
                else _lt(
                    "is not known in %(company)s: %(value)s",
                    company=self.company.name,
                    value=value,
                )
            )
            raise Refusal(message, column=name)
        return records

    def get(self, place):
        """Return the contract that a place names, and its line and ticket if it says
        them.

        :raises Refusal: where something is not known, or what it names disagrees
        """
        contract = self._get(place, "contract")
        by_key = self._get(place, "contract_key")
        line = self._get(place, "line_id")
        ticket_sudo = self._get(place, "ticket")
        if ticket_sudo and not (contract or by_key or line):
            line = ticket_sudo.service_contract_line_id.with_env(line.env)
            if not line:
                raise Refusal(
                    _lt(
                        "has no contract line: choose it on the ticket first, or name "
                        "the line"
                    ),
                    column="ticket",
                )
        named = contract or by_key or line.contract_id
        for name, other in (
            ("contract_key", by_key),
            ("line_id", line.contract_id),
        ):
            if other and other != named:
                raise Refusal(
                    _lt("is not of contract %(contract)s", contract=named.name),
                    column=name,
                )
        customer = named.commercial_partner_id
        if ticket_sudo and ticket_sudo.commercial_partner_id != customer:
            raise Refusal(
                _lt("is of another customer than the contract"), column="ticket"
            )
        return named, line, ticket_sudo
