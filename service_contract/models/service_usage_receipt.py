# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from ._append_only import protect_columns


class ServiceUsageReceipt(models.Model):
    """What was reported over the API, and what was answered.

    Made together with the usage, one for one. The same report again gets the same
    answer; another report with the same key is refused by the hash.
    """

    _name = "service.usage.receipt"
    _description = "Receipt of a Reported Usage"
    _order = "id desc"
    _rec_name = "usage_id"
    _check_company_auto = True

    usage_id = fields.Many2one("service.usage", required=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, index=True)
    payload = fields.Json(string="Reported", required=True)
    payload_hash = fields.Char(required=True, help="SHA-256 of what was reported.")
    answer = fields.Json(required=True)
    evidence = fields.Char(help="Where the proof is kept: a link or a reference.")

    _usage_uniq = models.UniqueIndex("(usage_id)", "This usage has its receipt.")

    def init(self):
        """Refuse changes in the database too: other addons may use SQL."""
        protect_columns(
            self.env.cr,
            self._table,
            ["usage_id", "company_id", "payload", "payload_hash", "answer", "evidence"],
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A receipt is kept for ever, as its usage is."))
