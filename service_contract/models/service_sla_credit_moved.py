# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class ServiceSlaCredit(models.Model):
    """An approved credit whose ticket has come to another contract.

    What billing approved stays until billing says otherwise: the credit is marked, and
    can be taken back as long as it is not invoiced.
    """

    _inherit = "service.sla.credit"

    is_moved = fields.Boolean(
        string="Ticket Moved",
        compute="_compute_is_moved",
        search="_search_is_moved",
        compute_sudo=True,
        help="Approved and not invoiced, but the ticket has another contract line now.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "state", "contract_line_id", "timer_id.ticket_id.service_contract_line_id"
    )
    def _compute_is_moved(self):
        for credit in self:
            ticket = credit.timer_id.ticket_id
            credit.is_moved = (
                credit.state == "approved"
                and bool(ticket)
                and ticket.service_contract_line_id != credit.contract_line_id
            )

    def _search_is_moved(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["contract_line_id", "state", "timer_id"])
        self.env["helpdesk.ticket"].flush_model(["service_contract_line_id"])
        # SQL, to compare two columns; approved credits are few until the next invoice.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT credit.id
                  FROM service_sla_credit AS credit
                  JOIN service_sla_timer AS timer ON timer.id = credit.timer_id
                  JOIN helpdesk_ticket AS ticket ON ticket.id = timer.ticket_id
                 WHERE credit.state = 'approved'
                   AND ticket.service_contract_line_id
                       IS DISTINCT FROM credit.contract_line_id
                """
            )
        )
        moved = Domain("id", "in", [id_ for (id_,) in rows])
        return Domain.OR(moved if flag else ~moved for flag in set(value))

    # === ACTIONS === #

    def action_take_back(self):
        """Make approved credits proposals again, by what the facts say now.

        The one of a ticket that has moved is proposed for its contract of today.
        """
        self._check_may_decide()
        credits = self.sudo()._lock()  # no ACL to write; the right was checked above
        if any(credit.state != "approved" for credit in credits):
            raise UserError(
                self.env._(
                    "Only credits that are approved and not invoiced yet can be taken "
                    "back."
                )
            )
        credits.charge_id._reverse()
        credits.write(
            {
                "decision": "proposed",
                "charge_id": False,
                "decided_by_id": False,
                "decided_at": False,
                "reason": False,
            }
        )
        credits._log_taken_back()
        credits._refresh()
        credits._appraise_others()
        return True

    def _log_taken_back(self):
        """Note on each contract what is not on its next invoice any more."""
        notes = {
            contract.id: self.env._(
                "SLA credits of %(amount)s taken back by %(user)s: %(why)s.",
                amount=contract.currency_id.format(sum(credits.mapped("amount"))),
                user=self.env.user.name,
                why="; ".join(credits.mapped("explanation")),
            )
            for contract, credits in self.grouped("contract_id").items()
        }
        self.contract_id._message_log_batch(notes)
