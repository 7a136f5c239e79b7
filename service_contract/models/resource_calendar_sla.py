# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models


class ResourceCalendar(models.Model):
    """A holiday that is added later moves the deadlines of open tickets."""

    _inherit = "resource.calendar"

    def _on_open_hours_change(self):
        result = super()._on_open_hours_change()
        timers = self.env["service.sla.timer"]
        timers.sudo()._recount_later(self)  # timers: no ACL for who plans leave
        return result
