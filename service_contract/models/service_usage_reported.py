# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging

from odoo import api, models
from odoo.exceptions import MissingError, UserError

from ..importing.events import (
    fingerprint,
    read_event,
    write_instant,
    write_quantity,
)
from ..importing.refusal import Refusal
from ..importing.values import shown
from ..transactions import RACE_LOST

_logger = logging.getLogger(__name__)


class ServiceUsage(models.Model):
    """From reported events to usages and answers."""

    _inherit = "service.usage"

    # === REPORTING === #

    @api.model
    def _report(self, company, given):
        """Record events, each once and for itself.

        :param company: whose contracts are meant
        :param given: list of events as they were sent
        :return: the answer to each, in the same order
        """
        answers, events = self._read_events(given)
        known = self._get_reported(company, [e.external_key for e in events.values()])
        known = known.grouped("external_key")
        new = {}
        for number, event in events.items():
            if usage := known.get(event.external_key):
                answers[number] = usage._answer_reported(event, usage.receipt_ids)
            else:
                new[number] = event
        if new:
            answers.update(self._report_new(company, new))
        return [answers[number] for number in range(len(given))]

    @api.model
    def _read_events(self, given):
        """Return, by number, answers to events that can't be read, and the others."""
        now = self.env["service.contract"]._service_now()
        answers, events = {}, {}
        for number, values in enumerate(given):
            try:
                events[number] = read_event(values, now)
            except Refusal as refusal:
                key = values.get("external_key") if isinstance(values, dict) else None
                key = shown(key, 255) if isinstance(key, str) else None
                answers[number] = self._refuse_event(key, refusal)
        return answers, events

    @api.model
    def _report_new(self, company, events):
        """Record events with new keys, by number; return the answers by number.

        Of events with the same key the first one that can be recorded is.
        """
        answers, first, values = {}, {}, {}
        found = self.env["service.contract.line"]._find_reported(
            company, list(events.values())
        )
        for (number, event), named in zip(events.items(), found, strict=True):
            try:
                if isinstance(named, Refusal):
                    raise named
                if event.external_key not in first:
                    vals = self._prepare_reported(event, named)
                    values[event.external_key] = vals
                    first[event.external_key] = event
            except Refusal as refusal:
                answers[number] = self._refuse_event(event.external_key, refusal)
        usages, failed = self._capture_apart(values)
        receipts = usages._make_receipts(first).grouped("usage_id")
        recorded = usages.grouped("external_key")
        for number, event in events.items():
            key = event.external_key
            if number in answers:
                continue
            if key in failed:
                answers[number] = self._refuse_event(key, failed[key])
            else:
                usage = recorded[key]
                receipt, is_first = receipts[usage], event is first[key]
                answers[number] = usage._answer_reported(event, receipt, is_first)
        return answers

    @api.model
    def _prepare_reported(self, event, named):
        """Return the values of the usage of an event.

        :param named: the records that the event names, see ``_find_reported``
        :raises Refusal: where the line's currency has no such amount
        """
        line, ticket = named["contract_line_id"], named["ticket_id"]
        employee = named["employee_id"]
        if ticket:
            values = ticket._prepare_service_usage()
        else:
            partner = line.contract_id.commercial_partner_id
            values = {
                "company_id": line.company_id.id,
                "partner_id": partner.id,
                "zone_id": partner.service_travel_zone_id.id,
            }
        return {
            **values,
            **{name: record.id for name, record in named.items()},
            "source": "api",
            "external_key": event.external_key,
            "unit": event.unit,
            "quantity": event.get_base_quantity(line.currency_id.decimal_places),
            "event_at": event.event_at,
            "ended_at": event.ended_at,
            "role_id": employee.service_role_id.id,
            "level_id": employee.service_level_id.id,
            "visit_key": event.visit_key,
            "follows_ticket": event.is_by_ticket,
            "description": event.description,
        }

    @api.model
    def _capture_apart(self, values):
        """Record usages together; if that fails, each for itself.

        Recording itself is never refused; settling may fail on a contract that is
        broken, which must not hold up the events of the others.

        :param values: values of usages by key
        :return: the usages, and refusals by key
        """
        usages = self.sudo()  # ledger: no ACL; the lines were read as the user
        try:
            with self.env.cr.savepoint():
                return usages._capture(list(values.values())), {}
        except RACE_LOST:
            raise
        except Exception as error:  # noqa: BLE001 - told to the caller and the log
            # Anything: a contract that is broken is settled in here.
            if len(values) == 1:
                return usages, {next(iter(values)): self._explain_failure(error)}
        failed = {}
        for key, vals in values.items():
            usage, refusals = self._capture_apart({key: vals})
            usages |= usage
            failed.update(refusals)
        return usages, failed

    @api.model
    def _explain_failure(self, error):
        """Return why an event could not be recorded, for the caller and the log."""
        if isinstance(error, UserError):
            return str(error)
        _logger.exception("A reported event can't be recorded")
        return self.env._(
            "This event could not be recorded; the server's log says why. Send it "
            "again once that is solved."
        )

    def _make_receipts(self, events):
        """Keep what was reported and what is answered.

        :param events: by key
        :return: the receipts, one for each usage
        """
        values = []
        for usage in self:
            event = events[usage.external_key]
            payload = event.get_payload()
            values.append(
                {
                    "usage_id": usage.id,
                    "company_id": usage.company_id.id,
                    "payload": payload,
                    "payload_hash": fingerprint(payload),
                    "answer": usage._prepare_answer(event),
                    "evidence": event.evidence,
                }
            )
        return self.env["service.usage.receipt"].create(values)

    def _prepare_answer(self, event):
        """Return what an event was recorded as. It is kept, and answered again."""
        self.ensure_one()
        unit, quantity = write_quantity(
            self.unit, self.quantity, self.currency_id.decimal_places
        )
        return {
            "usage_id": self.id,
            "external_key": self.external_key,
            "contract": self.contract_id.name,
            "line_id": self.contract_line_id.id,
            "ticket": event.ticket,
            "unit": unit,
            "quantity": quantity,
            "event_at": write_instant(self.event_at),
            "ended_at": write_instant(event.ended_at),
            "received_at": write_instant(self.received_at),
        }

    # === ANSWERS === #

    def _answer_reported(self, event, receipt, is_first=False):
        """Return the answer to an event whose key is that of this usage.

        :param receipt: of the usage; none if it was not reported over the API
        :param is_first: it is the event that made the usage
        """
        self.ensure_one()
        payload = event.get_payload()
        if fingerprint(payload) == receipt.payload_hash:
            return {
                "status": "ok" if is_first else "already",
                "already": not is_first,
                "external_key": self.external_key,
                "usage": receipt.answer,
            }
        before = receipt.payload or {}
        differences = [
            name
            for name in sorted(payload.keys() | before.keys())
            if payload.get(name) != before.get(name)
        ]
        return {
            "status": "conflict",
            "external_key": self.external_key,
            "reason": self.env._(
                "%(key)s was used for another event, recorded at %(instant)s; this one "
                "differs in: %(differences)s. Nothing was changed. Give another event "
                "a key of its own.",
                key=self.external_key,
                instant=write_instant(self.received_at),
                differences=", ".join(differences),
            ),
        }

    @api.model
    def _refuse_event(self, key, refusal):
        """Return the answer to an event that is not recorded.

        :param refusal: or the reason as a text
        """
        is_text = isinstance(refusal, str)
        return {
            "status": "refused",
            "external_key": key,
            "reason": refusal if is_text else self._explain_refusal(refusal),
        }

    @api.model
    def _explain_refusal(self, refusal):
        """Return what is wrong with an event, in the caller's language."""
        return self.env._(
            "%(field)s %(problem)s",
            field=refusal.column,
            problem=self.env._(refusal.message),
        )

    # === READING === #

    @api.model
    def _get_reported(self, company, keys):
        """Return what was reported with these keys."""
        # No rule may hide a known key; the company was checked.
        return self.sudo().search(  # ledger: no ACL
            [
                ("company_id", "=", company.id),
                ("source", "=", "api"),
                ("external_key", "in", keys),
            ]
        )

    @api.model
    def _get_reported_one(self, company, key):
        """Return the usage that was reported with a key.

        :raises MissingError: if there is none
        """
        usage = self
        if isinstance(key, str) and "\0" not in key:
            usage = self._get_reported(company, [key.strip()])
        if not usage:
            raise MissingError(
                self.env._(
                    "Nothing was reported to %(company)s with the key %(key)s.",
                    company=company.name,
                    key=shown(key),
                )
            )
        return usage

    def _explain_reported(self):
        """Return what the usage was charged as, and why."""
        self.ensure_one()
        standing = self.charge_ids._get_standing()
        return {
            "usage": self.receipt_ids.answer,
            "state": self.state,
            "withdrawn": self.is_void,
            "charges": [
                charge._get_reported_values() for charge in standing.sorted("id")
            ],
        }
