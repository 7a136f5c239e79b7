# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.exceptions import AccessError

from ..invariants import INVARIANTS


class ServiceContract(models.Model):
    """Checking the books against ``invariants.py``."""

    _inherit = "service.contract"

    @api.model
    def action_check_books(self):
        """Check the books of all companies and say what was found.

        :raises AccessError: for others than managers of service contracts
        """
        if not self.env.user.has_group(
            "service_contract.service_contract_group_manager"
        ):
            raise AccessError(self.env._("Only a manager may check the books."))
        offenders = self._check_invariants()
        if not offenders:
            message = self.env._(
                "%(count)s rules were checked and every row keeps them.",
                count=len(INVARIANTS),
            )
        else:
            labels = self._get_invariant_labels()
            message = " ".join(
                self.env._(
                    "%(rule)s Broken by %(count)s rows, among them %(ids)s.",
                    rule=labels[code],
                    count=len(rows),
                    ids=", ".join(str(id_) for _model, id_, _detail in rows[:5]),
                )
                for code, rows in offenders.items()
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Check the Books"),
                "message": message,
                "type": "danger" if offenders else "success",
                "sticky": bool(offenders),
            },
        }

    @api.model
    def _get_invariant_labels(self):
        """Return what each invariant says, by its code."""
        return {
            "counter_is_ledger": self.env._("A counter is the sum of its ledger."),
            "no_overdraw": self.env._(
                "A counter is not below zero unless its line allows it."
            ),
            "draw_is_charged": self.env._(
                "A draw in the ledger belongs to one charge."
            ),
            "usage_is_charged": self.env._(
                "The charges of a usage sum to what was delivered."
            ),
            "live_charge_is_on_line": self.env._(
                "A charge is on the line of its usage."
            ),
            "period_is_billed_once": self.env._("A period of a line is billed once."),
            "period_is_on_one_invoice": self.env._(
                "A billed period is on one invoice."
            ),
            "period_is_its_lines": self.env._(
                "The price of a period is what its invoice line says."
            ),
            "period_is_within_price": self.env._(
                "A part of a period costs no more than the whole."
            ),
            "split_period_is_within_price": self.env._(
                "The parts of a period on two lines cost no more than the whole."
            ),
            "preview_is_billed": self.env._(
                "A billing run bills what its preview shows, or marks it as changed."
            ),
            "billable_charge_is_on_one_invoice": self.env._(
                "A billable charge is on one invoice line."
            ),
            "approved_credit_is_charged": self.env._(
                "Each approved SLA credit is one charge, and no other one is."
            ),
            "waived_charge_says_why": self.env._(
                "A charge that was given away says why."
            ),
            "reversed_charge_has_reversal": self.env._(
                "A reversed charge has its reversal."
            ),
            "reversed_entry_is_returned": self.env._(
                "A reversal returns what was drawn."
            ),
            "ledgers_are_guarded": self.env._(
                "The database refuses changes of the ledgers."
            ),
            "timer_is_its_time": self.env._(
                "The seconds of an SLA timer add up to its time from start to stop."
            ),
            "verdict_is_its_time": self.env._(
                "An SLA timer is missed if, and only if, its time was used up."
            ),
            "pause_is_a_fact": self.env._(
                "What an SLA timer was paused is in the pauses of its ticket."
            ),
            "ticket_shows_its_timers": self.env._(
                "A ticket shows the earliest deadline of its running timers."
            ),
            "event_is_recorded_once": self.env._("An event is recorded once."),
            "source_counts_once": self.env._("A ticket or time entry counts once."),
        }

    @api.model
    def _check_invariants(self, numbers=None):
        """Look for rows that break an invariant, in all companies.

        :param numbers: of the invariants to check; all of them if none is given
        :return: by code of the invariant, the (model, id, detail) of each offender;
            empty when the books are right
        """
        self.env.flush_all()
        offenders = {}
        for invariant in INVARIANTS:
            if numbers and invariant.number not in numbers:
                continue
            self.env.cr.execute(invariant.query)
            if rows := self.env.cr.fetchall():
                offenders[invariant.code] = [
                    (invariant.model, id_, detail) for id_, detail in rows
                ]
        return offenders
