# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import SQL, str2bool

from ..const import MAX_BACKOFF_MINUTES
from ..transactions import RACE_LOST

_logger = logging.getLogger(__name__)


class ServiceOutbox(models.Model):
    """A mail that is owed to somebody, once for each document, purpose and period.

    The row is inserted by the transaction that finds the reason for the mail. A
    scheduled action hands it over to Odoo's mail queue and marks it in one
    transaction, so that neither a retry nor a crash sends it twice.
    """

    _name = "service.outbox"
    _description = "Mail to a Customer"
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    res_model = fields.Char(string="Document Model", required=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", required=True
    )
    purpose = fields.Selection(
        [("low_balance", "Low balance"), ("quota", "Quota used up")], required=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Recipient", required=True, ondelete="restrict"
    )
    period = fields.Char(
        required=True, help="What it is about, so that the next one is told again."
    )
    template_id = fields.Many2one(
        "mail.template", string="Mail", required=True, ondelete="restrict"
    )
    state = fields.Selection(
        [("pending", "To send"), ("sent", "Sent"), ("cancelled", "Cancelled")],
        default="pending",
        required=True,
        help="Sent: handed over to the outgoing mails.",
    )
    sent_at = fields.Datetime()
    attempts = fields.Integer(help="Failed attempts in a row.")
    error = fields.Text(help="Why the last attempt failed.")
    next_attempt_at = fields.Datetime(help="Not tried again before this instant.")

    _once = models.UniqueIndex(
        "(res_model, res_id, purpose, partner_id, period)",
        "This was told to this recipient already.",
    )
    _pending_idx = models.Index("(id) WHERE state = 'pending'")

    @api.model
    def _queue(self, document, purpose, partner, period, template):
        """Owe a mail about a document to a partner, unless it is owed already.

        :param document: record with a ``company_id``, that the template renders
        :param period: text that tells one occasion from the next
        """
        now = self.env.cr.now()
        self.env.flush_all()  # the foreign keys look into the database
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO service_outbox (
                    company_id, res_model, res_id, purpose, partner_id, period,
                    template_id, state, attempts, create_uid, create_date, write_uid,
                    write_date
                )
                VALUES (%s, %s, %s, %s, %s, %s, %s, 'pending', 0, %s, %s, %s, %s)
                ON CONFLICT (res_model, res_id, purpose, partner_id, period) DO NOTHING
                """,
                document.company_id.id,
                document._name,
                document.id,
                purpose,
                partner.id,
                period,
                template.id,
                *(self.env.uid, now) * 2,
            )
        )
        cron = self.env.ref("service_contract.ir_cron_send_outbox", False)
        if cron:
            cron.sudo()._trigger()  # users may not write scheduled actions

    @api.model
    def _cron_send(self, limit=200):
        """Hand pending mails over to Odoo's mail queue, each in its transaction.

        On a copy of a database, which Odoo has neutralized, nothing is sent.
        """
        cron = self.env["ir.cron"]
        parameters = self.env["ir.config_parameter"]
        if str2bool(parameters.get_param("database.is_neutralized", "False"), False):
            return
        now = self.env["service.contract"]._service_now()
        due = Domain("state", "=", "pending") & (
            Domain("next_attempt_at", "=", False) | Domain("next_attempt_at", "<=", now)
        )
        cron._commit_progress(remaining=self.search_count(due))
        seen = self
        # Each once a turn: what is busy or lost its race stays due.
        while rows := self.search(
            due & Domain("id", "not in", seen.ids), limit=limit, order="id"
        ):
            for row in rows:
                locked = row.try_lock_for_update()
                if locked:
                    locked._send()
                if not cron._commit_progress(1):
                    return
            seen |= rows

    def _send(self):
        """Send one mail, or note why not and wait longer after each failure."""
        self.ensure_one()
        now = self.env["service.contract"]._service_now()
        document = self.env[self.res_model].browse(self.res_id).exists()
        if not document:
            self.state = "cancelled"
            return
        try:
            with self.env.cr.savepoint():
                self.template_id.send_mail(
                    document.id,
                    email_values={
                        "recipient_ids": [Command.set(self.partner_id.ids)],
                        "auto_delete": False,
                    },
                )
                self.write({"state": "sent", "sent_at": now, "error": False})
        except RACE_LOST as error:
            # It stays due, and is no failure of the mail.
            _logger.info("Mail %s is sent later: %s", self.id, error)
        except Exception as error:
            # Whatever is wrong with one mail, as in a template that was changed, must
            # not keep the others from going.
            _logger.info("Mail %s can't be sent", self.id, exc_info=True)
            attempts = self.attempts + 1
            minutes = min(2 ** min(attempts, 16), MAX_BACKOFF_MINUTES)
            self.write(
                {
                    "error": str(error) or repr(error),
                    "attempts": attempts,
                    "next_attempt_at": now + timedelta(minutes=minutes),
                }
            )
