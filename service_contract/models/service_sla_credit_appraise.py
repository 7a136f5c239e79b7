# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.credit import NONE
from .service_sla_credit import MISSED_STATES


class ServiceSlaCredit(models.Model):
    """Appraising proposals, again whenever the facts or the decisions change."""

    _inherit = "service.sla.credit"

    # === ONE CREDIT === #

    def _appraise(self, given, standing):
        """Return amount and decision of a miss; what is worth nothing is void.

        :param given: see ``_get_given``; what this one takes is added
        :param standing: see ``_get_standing``
        """
        self.ensure_one()
        amount, is_capped, reason = 0, False, False
        if self._get_promise_key() in standing:
            reason = self.env._("This promise of the ticket has its credit already.")
        else:
            amount, is_capped = self._get_amount(given)
            given[self._get_cap_key()] += amount
            if not amount:
                reason = (
                    self.env._("The cap of the period is used up.")
                    if is_capped and self.fee
                    else self.env._("The contract line has no fee for that day.")
                )
        return {
            "amount": amount / 10**self.currency_id.decimal_places,
            "is_capped": is_capped,
            "decision": "proposed" if amount else "void",
            "reason": reason,
        }

    def _get_promise_key(self):
        """Return what a customer gets one credit for, whatever target applied."""
        timer = self.timer_id
        return timer.ticket_id.id, timer.metric, timer.cycle

    def _get_standing(self):
        """Return the promises of the tickets that have an approved credit."""
        approved = self.search(
            [
                ("decision", "=", "approved"),
                ("timer_id.ticket_id", "in", self.timer_id.ticket_id.ids),
                ("id", "not in", self.ids),
            ]
        )
        return {credit._get_promise_key() for credit in approved}

    # === AGAIN === #

    def _refresh(self):
        """Read the facts of proposals and void ones again.

        Those without a miss become void, the others follow their ticket to its
        contract; then all that share a cap with one that changed are appraised.
        """
        changed = self.browse()
        for credit in self.filtered(lambda c: c.decision in ("proposed", "void")):
            reason = credit._get_void_reason()
            if reason:
                if credit.decision == "proposed":
                    credit._void(reason)
                    changed |= credit
                continue
            if credit._follow_ticket() or credit.decision == "void":
                changed |= credit
        changed._appraise_others()

    def _get_void_reason(self):
        """Return why a credit has no miss that is worth something, if so."""
        self.ensure_one()
        timer = self.timer_id
        if not timer or not timer.breached_at or timer.state not in MISSED_STATES:
            return self.env._("The target was not missed after all.")
        if timer.ticket_id.service_contract_id.sla_credit_rule in (False, NONE):
            return self.env._("The contract of the ticket promises no credit.")
        return None

    def _follow_ticket(self):
        """Write what the timer and its ticket say now.

        :return: whether the credit is of another contract line or day
        """
        self.ensure_one()
        timer = self.timer_id
        is_moved = (
            timer.ticket_id.service_contract_line_id != self.contract_line_id
            or timer.breached_at != self.breached_at
        )
        if is_moved:
            self.write(self._prepare_credit(timer))
            return True
        # The fee stays as it was when the proposal was made.
        facts = self._prepare_facts(timer)
        if any(self[name] != (value or False) for name, value in facts.items()):
            self.write(facts)
        return False

    def _void(self, reason):
        self.write({"decision": "void", "reason": reason})

    def _appraise_others(self):
        """Appraise what is open or void in the same periods, or of the same tickets.

        In the order of the misses, as if all were proposed now.
        """
        if not self:
            return
        credits = self.search(
            Domain("decision", "in", ["proposed", "void"])
            & Domain("timer_id.breached_at", "!=", False)
            & Domain("timer_id.state", "in", MISSED_STATES)
            & (
                Domain("contract_line_id", "in", self.contract_line_id.ids)
                & Domain("period_from", "in", self.mapped("period_from"))
                | Domain("ticket_id", "in", self.ticket_id.ids)
            ),
            order="breached_at, id",
        ).filtered(
            lambda credit: (
                credit.ticket_id.service_contract_line_id == credit.contract_line_id
                and not credit._get_void_reason()
            )
        )
        given = credits._get_given("approved", "proposed")
        standing = credits._get_standing()
        for credit in credits:
            values = credit._appraise(given, standing)
            if any(credit[name] != value for name, value in values.items()):
                credit.write(values)

    @api.model
    def _find_missed_again(self):
        """Return void credits that may stand after all.

        Their target was missed in the end, or their ticket has come to another contract
        that promises something. What the cap or another credit voided is worth 0; it
        is appraised again when one of those changes. SQL, to compare two columns.
        """
        self.env["service.sla.timer"].flush_model(["breached_at", "state"])
        self.env["helpdesk.ticket"].flush_model(["service_contract_line_id"])
        self.env["service.contract"].flush_model(["sla_credit_rule"])
        self.flush_model(["amount", "contract_line_id", "decision", "timer_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT credit.id
                  FROM service_sla_credit AS credit
                  JOIN service_sla_timer AS timer ON timer.id = credit.timer_id
                  JOIN helpdesk_ticket AS ticket ON ticket.id = timer.ticket_id
                  JOIN service_contract AS contract
                    ON contract.id = ticket.service_contract_id
                 WHERE credit.decision = 'void'
                   AND timer.breached_at IS NOT NULL
                   AND timer.state IN %s
                   AND contract.sla_credit_rule <> %s
                   AND (credit.amount > 0
                        OR credit.contract_line_id <> ticket.service_contract_line_id)
              ORDER BY credit.id
                """,
                MISSED_STATES,
                NONE,
            )
        )
        return self.browse(id_ for (id_,) in rows)
