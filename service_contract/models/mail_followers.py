# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models


class MailFollowers(models.Model):
    _inherit = "mail.followers"

    def _get_subscription_data(self, doc_data, pids, *args, **kwargs):
        """Ask once for all tickets of a batch who follows their team."""
        batch = self.env["helpdesk.ticket"]._get_batch()
        ask = super()._get_subscription_data
        if not batch or pids:
            return ask(doc_data, pids, *args, **kwargs)
        key = repr((doc_data, args, kwargs))
        if key not in batch.followers:
            batch.followers[key] = ask(doc_data, pids, *args, **kwargs)
        return batch.followers[key]
