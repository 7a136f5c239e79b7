# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.fields import Domain
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
        """Return the records that events name.

        Nothing is guessed: an event that fits several lines is refused. The number of
        queries does not grow with the events.

        :param company: whose contracts are meant
        :param events: of ``importing/events.py``
        :return: for each event, its line, ticket, task code and employee, by the names
            of a usage's fields; or the refusal
        """
        named = _Named(self, company, events)
        return [self._find_one(named, event) for event in events]

    @api.model
    def _find_one(self, named, event):
        """Return the records that an event names, or the refusal."""
        try:
            contract, line, ticket = named.get_place(event)
            task = named.get("task_code", event.task_code)
            return {
                "contract_line_id": line
                or contract.line_ids._choose_reported(event, task),
                "ticket_id": ticket,
                "task_code_id": task,
                "employee_id": named.get("employee_id", event.employee_id),
            }
        except Refusal as refusal:
            return refusal

    def _choose_reported(self, event, task):
        """Return which of a contract's lines an event that names none is meant for.

        One that serves at that time is preferred, and has the task in its scope, and
        counts the unit.

        :param task: task code, may be empty
        :raises Refusal: where several fit as well
        """
        lines = self.filtered(lambda line: line.coverage_type != "none")
        serving = lines.filtered(lambda line: line._serves_at(event.event_at))
        in_scope = serving.filtered(lambda line: line._has_in_scope(task))
        for fitting in (in_scope, serving):
            counting = fitting.filtered(lambda line: line._draws(event.unit))
            if fitting:
                return (counting or fitting)._only_reported()
        return lines._only_reported()

    def _only_reported(self):
        if len(self) == 1:
            return self
        message = _lt("has no line that covers anything")
        if self:
            message = _lt(
                "has several lines that fit: name one by its line_id (%(ids)s)",
                ids=", ".join(map(str, self.ids)),
            )
        raise Refusal(message, column="contract")

    def _has_in_scope(self, task):
        """Whether a task code, or work without one, is in the line's scope."""
        self.ensure_one()
        included = self.task_included_ids
        return task not in self.task_excluded_ids and (
            not task or not included or task in included
        )

    # === BALANCES === #

    @api.model
    def _find_balances(self, company, place):
        """Return the contract that a place names, and the line it names or all.

        :raises Refusal: where it names none
        """
        contract, line, _ticket = _Named(self, company, [place]).get_place(place)
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
                "valid_to": write_instant(counter.valid_to),
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
    """The records that events name: one search per way of naming them."""

    def __init__(self, lines, company, places):
        self.company = company
        of_company = [("company_id", "=", company.id)]
        contracts = lines.env["service.contract"]
        # Who reports work may lack the right to read tickets and employees: only the
        # lines of the ones, and the roles of the others, are read.
        tickets_sudo = lines.env["helpdesk.ticket"].sudo()  # any team's
        employees_sudo = lines.env["hr.employee"].sudo()  # no HR rights
        tasks = lines.env["service.task.code"]
        self.by_name = {}
        for name, model, field, domain in (
            ("contract", contracts, "name", of_company),
            ("contract_key", contracts, "external_key", of_company),
            ("line_id", lines, "id", of_company),
            ("ticket", tickets_sudo, "number", of_company),
            ("employee_id", employees_sudo, "id", of_company),
            ("task_code", tasks, "code", tasks._check_company_domain(company)),
        ):
            values = {getattr(place, name, None) for place in places} - {None}
            found = model
            if values:
                found = model.search(Domain(field, "in", list(values)) & Domain(domain))
            self.by_name[name] = model, found.grouped(field)

    def get(self, name, value):
        """Return the one record that a field names; none if it is empty.

        :raises Refusal: where it names none, or several
        """
        model, found = self.by_name[name]
        if value is None:
            return model
        records = found.get(value, model)
        if len(records) > 1:
            # A task code of the company hides the one that all companies share.
            records = records.filtered("company_id")
        if len(records) == 1:
            return records
        message = _lt("names more than one record: %(value)s", value=value)
        if not records:
            message = _lt(
                "is not known in %(company)s: %(value)s",
                company=self.company.name,
                value=value,
            )
        raise Refusal(message, column=name)

    def get_place(self, place):
        """Return the contract that a place names, and its line and ticket if it says
        them.

        :raises Refusal: where something is not known, or what it names disagrees
        """
        contract = self.get("contract", place.contract)
        by_key = self.get("contract_key", place.contract_key)
        line = self.get("line_id", place.line_id)
        ticket_sudo = self.get("ticket", place.ticket)
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
        for name, other in (("contract_key", by_key), ("line_id", line.contract_id)):
            if other and other != named:
                raise Refusal(
                    _lt("is not of contract %(contract)s", contract=named.name),
                    column=name,
                )
        ticket_customer = ticket_sudo.commercial_partner_id
        if ticket_customer and ticket_customer not in named._get_customers():
            raise Refusal(
                _lt("is of another customer than the contract"), column="ticket"
            )
        return named, line, ticket_sudo
