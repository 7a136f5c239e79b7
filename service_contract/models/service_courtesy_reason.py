# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class ServiceCourtesyReason(models.Model):
    """A common reason to give service away, so that reports can be grouped by it."""

    _name = "service.courtesy.reason"
    _description = "Courtesy Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_default = fields.Boolean(
        string="Used by One Tap",
        help="The reason of a finding that one tap makes a courtesy. Without any, the "
        "tap asks for the reason.",
    )

    _name_uniq = models.UniqueIndex(
        "(name) WHERE active", "There is such a reason already."
    )

    @api.model
    def _get_default(self):
        """Return the reason that one tap gives, if there is one."""
        return self.search([("is_default", "=", True)], limit=1)

    def _get_text(self, note=None):
        """Return the reason in words: its name, and what somebody wrote beside it."""
        note = (note or "").strip()
        if not self:
            return note
        self.ensure_one()
        if not note:
            return self.name
        return self.env._("%(reason)s: %(note)s", reason=self.name, note=note)
