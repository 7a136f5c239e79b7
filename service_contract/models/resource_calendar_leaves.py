# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._tell_open_hours_change()
        return leaves

    def write(self, vals):
        before = self._get_closed_calendars()
        result = super().write(vals)
        self._tell_open_hours_change(before)
        return result

    def unlink(self):
        before = self._get_closed_calendars()
        result = super().unlink()
        self.browse()._tell_open_hours_change(before)
        return result

    def _get_closed_calendars(self):
        """Return (is somebody else than one person concerned, calendars of those).

        No calendar means that all of the company are concerned.
        """
        general = self.filtered(lambda leave: not leave.resource_id)
        return bool(general), general.calendar_id

    def _tell_open_hours_change(self, before=(False, None)):
        """Tell the calendars when leaves of everybody change; those of one person,
        which are far more frequent, change no promise.

        :param before: what :meth:`_get_closed_calendars` said before the change
        """
        was_general, calendars_before = before
        is_general, calendars = self._get_closed_calendars()
        if was_general or is_general:
            calendars |= calendars_before or self.env["resource.calendar"]
            calendars._on_open_hours_change()
