# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..exceptions import UsageConflict
from ..importing.events import read_place, write_instant
from ..importing.refusal import Refusal

MAX_EVENTS = 1000


class ServiceUsage(models.Model):
    """The way in for other systems: report usages, read balances, ask why.

    A reported event is recorded once, whatever is lost on the way: its key identifies
    it for ever, and the same report again gets the answer of the first.
    """

    _inherit = "service.usage"

    receipt_ids = fields.One2many("service.usage.receipt", "usage_id")

    # === API === #

    @api.model
    def api_report_usage(
        self,
        external_key: str,
        unit: str,
        quantity: str | float,
        event_at: str,
        ended_at: str | None = None,
        tz: str | None = None,
        contract: str | None = None,
        contract_key: str | None = None,
        line_id: int | None = None,
        ticket: str | None = None,
        task_code: str | None = None,
        employee_id: int | None = None,
        visit_key: str | None = None,
        description: str | None = None,
        evidence: str | None = None,
        company_id: int | None = None,
    ) -> dict:
        """Record one delivered thing, once.

        Send it again with the same key until you have an answer: the same event
        changes nothing and gets the answer of the first time, with ``already``. The
        key is kept for ever.

        :param external_key: identifies the event, up to 255 characters; begin it with
            the name of your system
        :param unit: case, visit, hour, minute, second, piece, km or amount
        :param quantity: in that unit, above zero, as a number or as a text with a dot;
            it must be a whole number of cases, visits, seconds, metres or cents
        :param event_at: when it was delivered, or began: ISO 8601 with an offset, as in
            2026-04-03T14:30:00+02:00; fractions of a second are dropped
        :param ended_at: when it ended; without it the day counts, and no hour of it.
            Time is no more than there is between event_at and ended_at
        :param tz: time zone of instants that are written without an offset, as in
            Europe/Rome
        :param contract: number of the contract
        :param contract_key: key of the contract in the system it was imported from
        :param line_id: contract line; needed where several lines of the contract fit
        :param ticket: number of the ticket the work was for; alone, it also says which
            contract line
        :param task_code: code of the task
        :param employee_id: who did it, whose role and level the rates may depend on
        :param visit_key: the same for all that was delivered in one visit
        :param description: what was done, up to 1000 characters
        :param evidence: link or reference to the proof, up to 2000 characters
        :param company_id: whose contracts are meant; your own company if left out
        :returns: ``status`` (ok or already), ``already``, and ``usage``: what was
            recorded
        :raises UsageConflict: 409, the key was used for another event before
        :raises ValidationError: 422, something is wrong with the event; nothing was
            recorded
        :raises AccessError: 403
        """
        event = {
            "external_key": external_key,
            "unit": unit,
            "quantity": quantity,
            "event_at": event_at,
            "ended_at": ended_at,
            "tz": tz,
            "contract": contract,
            "contract_key": contract_key,
            "line_id": line_id,
            "ticket": ticket,
            "task_code": task_code,
            "employee_id": employee_id,
            "visit_key": visit_key,
            "description": description,
            "evidence": evidence,
        }
        [answer] = self._report(self._get_reporting_company(company_id), [event])
        if answer["status"] == "conflict":
            raise UsageConflict(answer["reason"])
        if answer["status"] == "refused":
            raise ValidationError(answer["reason"])
        return answer

    @api.model
    def api_report_usages(
        self, events: list[dict], company_id: int | None = None
    ) -> dict:
        """Record up to 1000 delivered things, each once and for itself.

        An event that is refused does not stop the others. Send the whole list again
        until you have an answer.

        :param events: what api_report_usage takes, each as an object
        :param company_id: whose contracts are meant; your own company if left out
        :returns: ``results``: for each event, in the same order, ``external_key`` and
            ``status``: ok and already with ``usage``, conflict and refused with
            ``reason``
        :raises ValidationError: 422, this is no list of up to 1000 events
        :raises AccessError: 403
        """
        company = self._get_reporting_company(company_id)
        if not isinstance(events, list) or len(events) > MAX_EVENTS:
            raise ValidationError(
                self.env._("Send a list of at most %(limit)s events.", limit=MAX_EVENTS)
            )
        return {"results": self._report(company, events)}

    @api.model
    @api.readonly
    def api_get_balance(
        self,
        contract: str | None = None,
        contract_key: str | None = None,
        line_id: int | None = None,
        ticket: str | None = None,
        company_id: int | None = None,
    ) -> dict:
        """Return what is left of a contract's allotments now.

        Quantities are texts in the unit beside them: seconds, cases, visits or amount.

        :param contract: number of the contract
        :param contract_key: key of the contract in the system it was imported from
        :param line_id: contract line, whose balance alone is returned
        :param ticket: number of a ticket, for the balance of its contract line
        :param company_id: whose contracts are meant; your own company if left out
        :returns: ``contract``, ``state``, ``currency``, ``at``, and ``lines``: for each
            line ``line_id``, ``name``, ``coverage``, ``unit``, ``granted``, ``used``,
            ``reserved``, ``remaining``, ``text`` and its ``lots``; the quantities are
            null for a line that counts nothing
        :raises ValidationError: 422, no such contract
        :raises AccessError: 403
        """
        company = self._get_reporting_company(company_id)
        given = {
            "contract": contract,
            "contract_key": contract_key,
            "line_id": line_id,
            "ticket": ticket,
        }
        line_model = self.env["service.contract.line"]
        try:
            found, lines = line_model._find_balances(company, read_place(given))
        except Refusal as refusal:
            raise ValidationError(self._explain_refusal(refusal)) from None
        return {
            "contract": found.name,
            "state": found.state,
            "currency": found.currency_id.name,
            "at": write_instant(found._service_now()),
            "lines": lines._get_reported_balances(),
        }

    @api.model
    @api.readonly
    def api_explain(self, external_key: str, company_id: int | None = None) -> dict:
        """Return what a reported usage was charged as, and why.

        :param external_key: of the report
        :param company_id: whose contracts are meant; your own company if left out
        :returns: ``usage`` as it was answered; ``state``: pending until its charges are
            worked out, within seconds; ``withdrawn``; and ``charges``: each with
            ``kind``, ``unit``, ``quantity``, ``amount``, ``currency``, ``billing``,
            ``invoice`` and ``why``, one sentence a rule in your language
        :raises MissingError: 404, nothing was reported with this key
        :raises AccessError: 403
        """
        company = self._get_reporting_company(company_id)
        return self._get_reported_one(company, external_key)._explain_reported()

    # === RIGHTS === #

    @api.model
    def _get_reporting_company(self, company_id):
        """Return the company whose contracts are meant.

        :raises AccessError: for who may not use the API, or not for this company
        """
        if not self.env.su and not self.env.user.has_group(
            "service_contract.service_contract_group_user"
        ):
            raise AccessError(
                self.env._("Only users of service contracts may use this.")
            )
        if company_id is None:
            return self.env.company
        companies = self.env.companies
        if type(company_id) is not int or company_id not in companies.ids:
            raise AccessError(
                self.env._(
                    "You may report for these companies: %(companies)s.",
                    companies=", ".join(
                        f"{company.name} ({company.id})" for company in companies
                    ),
                )
            )
        return companies.browse(company_id)
