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
            labels = {i.code: self.env._(i.label) for i in INVARIANTS}
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
