# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging
from dataclasses import dataclass
from datetime import datetime

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import email_normalize

from ..engine import mail_time, response

_logger = logging.getLogger(__name__)

# How often a fetched mail is tried that loses against somebody who is faster.
MAIL_TRIES = 5
# What the type of a message says about who wrote it.
AUTOMATIC_TYPES = {
    "auto_comment": response.TEMPLATE,
    "email_outgoing": response.MASS_MAIL,
    "out_of_office": response.OUT_OF_OFFICE,
}


@dataclass(frozen=True)
class _Mail:
    """What the headers say of a mail that comes in; no request can put this into a
    context.

    :param automatic: see ``response.detect_automatic``
    :param sent_at: when it was written, None if that can't be right
    :param received_at: when our mail server got it
    """

    automatic: str
    sent_at: datetime | None
    received_at: datetime | None


# Marks the context of a logged call, for the same reason as an object of its own.
_CALL = object()


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Remember, while an incoming mail is processed, who sent it and when.

        A fetched mail that lost a race (see ``_claim_facts``) is tried again. Odoo does
        so for requests, but the fetcher would drop it; it gives each mail a transaction
        of its own.
        """
        now = self.env["service.contract"]._service_now()
        mail = _Mail(
            response.detect_automatic(dict(message.items())),
            mail_time.get_sent(message.get("Date"), now),
            mail_time.get_received(message.get_all("Received", ()), now),
        )
        threads = self.with_context(service_contract_mail=mail)
        process = super(MailThread, threads)._message_route_process
        if not self.env.context.get("default_fetchmail_server_id"):
            return process(message, message_dict, routes)
        for _attempt in range(MAIL_TRIES - 1):
            try:
                # Some values are taken out of the dict on the way
                result = process(message, {**message_dict}, routes)
                self.env.cr.flush()
                return result
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                _logger.info("A fetched mail is tried again: %s", error)
                self.env.cr.rollback()
                self.env.transaction.reset()
        return process(message, message_dict, routes)


class HelpdeskTicket(models.Model):
    """Messages as facts: who answered whom, and does it count?"""

    _inherit = "helpdesk.ticket"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A request by mail counts from when the customer sent it."""
        mail = self._get_mail()
        if mail and mail.sent_at:
            custom_values = {"requested_at": mail.sent_at, **(custom_values or {})}
        return super().message_new(msg_dict, custom_values=custom_values)

    def _message_post_after_hook(self, message, msg_values):
        """Record what was written; an answer or a customer's message moves clocks."""
        result = super()._message_post_after_hook(message, msg_values)
        # What the system logs about itself is no message to anybody.
        if message.message_type != "notification":
            self.sudo()._record_message(message.sudo())  # facts: no ACL
        return result

    def _record_message(self, message):
        """Record a message as an event and draw the consequences.

        What is written on a duplicate counts on the ticket that goes on.
        """
        self.ensure_one()
        if message.subtype_id == self._creation_subtype():
            return  # the request itself, by mail
        judgement = response.judge(
            self._get_message_channel(message),
            self._get_message_author(message),
            self._get_message_visibility(message),
            self._get_message_automatic(message),
        )
        is_customer = judgement.kind == "customer"
        ticket = self
        if judgement.counts or is_customer:
            ticket = self._get_surviving_ticket()
        at = ticket._get_message_instant(message, is_customer)
        self.env["service.sla.event"]._record(
            [
                {
                    "ticket_id": ticket.id,
                    "at": at,
                    "kind": judgement.kind,
                    "counts": judgement.counts,
                    "why": judgement.why,
                    "partner_id": message.author_id.id or None,
                    "message_id": message.id,
                }
            ]
        )
        if is_customer:
            reasons = ticket.sla_pause_ids.reason_id.filtered("ends_on_reply")
            ticket._resume_sla("reply", reasons, at)
        if judgement.counts or is_customer:
            ticket._sync_sla()

    def _get_message_instant(self, message, is_customer):
        """Return when a message counts: now, or when the mail was on its way already.

        Not before what is on record: who had answered by then had not read it.
        """
        self.ensure_one()
        now = self._get_sla_instant()
        mail = self._get_mail()
        if not mail or message.message_type != "email":
            return now
        at = mail.sent_at if is_customer else mail.received_at
        if not at or at >= now:
            return now
        events = self.env["service.sla.event"]._get_by_ticket(self.ids)
        pauses = self.env["service.sla.pause"]._get_by_ticket(self.ids)
        recorded = [
            self.requested_at,
            *(event["at"] for event in events.get(self.id, ())),
            *(pause["start_at"] for pause in pauses.get(self.id, ())),
        ]
        return at if at > max(recorded) else now

    def _log_call(self, note):
        """Log a call with the customer, which counts as an answer.

        :param note: what was said; customers do not see it
        """
        self.ensure_one()
        self.with_context(service_contract_channel=_CALL).message_post(
            body=self.env._("Call with the customer: %(note)s", note=note),
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )

    def _get_surviving_ticket(self):
        """Return the ticket that this one is a duplicate of, or itself."""
        self.ensure_one()
        ticket, seen = self, self
        while ticket.duplicate_id and ticket.duplicate_id not in seen:
            ticket = ticket.duplicate_id
            seen += ticket
        return ticket

    # === WHAT THE ENGINE ASKS === #

    def _get_message_channel(self, message):
        if self.env.context.get("service_contract_channel") is _CALL:
            return response.CALL
        if message.message_type == "email":
            return response.MAIL
        if message.author_id.user_ids.filtered("share"):
            return response.PORTAL
        return response.WEB

    def _get_message_author(self, message):
        """Return whose message it is. Who asked is the customer, also an employee."""
        author = message.author_id
        if author == self.env.ref("base.partner_root"):
            return response.SYSTEM
        if author and author == self.partner_id:
            return response.CUSTOMER
        if author.user_ids.filtered(lambda user: not user.share):
            return response.AGENT
        customer = self.partner_id.commercial_partner_id
        if customer and author.commercial_partner_id == customer:
            return response.CUSTOMER
        sender = email_normalize(message.email_from)
        known = {email_normalize(self.partner_email), self.partner_id.email_normalized}
        is_unknown = not self.partner_id and not self.partner_email
        if (sender and sender in known) or is_unknown:
            return response.CUSTOMER
        return response.OTHER

    @api.model
    def _get_message_visibility(self, message):
        subtype = message.subtype_id
        if message.is_internal or not subtype or subtype.internal:
            return response.INTERNAL
        return response.PUBLIC

    @api.model
    def _get_message_automatic(self, message):
        mail = self._get_mail()
        if mail and mail.automatic:
            return mail.automatic
        return AUTOMATIC_TYPES.get(message.message_type, "")

    @api.model
    def _get_mail(self):
        """Return what is known of the mail that comes in, None if none does."""
        mail = self.env.context.get("service_contract_mail")
        # A context from outside may hold anything.
        return mail if isinstance(mail, _Mail) else None
