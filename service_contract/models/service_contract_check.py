# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models

from ..invariants import INVARIANTS


class ServiceContract(models.Model):
    """Checking the books against ``invariants.py``."""

    _inherit = "service.contract"

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
