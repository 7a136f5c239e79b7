# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..engine.clock import Clock, NeverOpen, Window, WorkingHours
from ..engine.openings import DAY, joined, subtracted

MINUTE = 60
ONE_SECOND = timedelta(seconds=1)


class ResourceCalendar(models.Model):
    """Open hours of a promise: what the clock of the engine counts by."""

    _inherit = "resource.calendar"

    # What an answer of the clock depends on, besides attendances and leaves
    _open_hours_fields = frozenset(
        {"tz", "company_id", "schedule_type", "flexible_hours", "two_weeks_calendar"}
    )

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if not self._open_hours_fields.isdisjoint(vals):
            self._on_open_hours_change()
        return result

    # === BUSINESS METHODS === #

    def _get_clock(self, tz=None, company=None):
        """Return the clock that counts the open time of this calendar.

        It is shared by all users and transactions of the process until the calendar,
        an attendance or a leave changes.

        :param str tz: zone whose wall clock counts, by default the calendar's
        :param company: ``res.company`` whose leaves count, by default the calendar's,
            or the current one for a calendar of all companies
        :rtype: service_contract.engine.clock.Clock
        """
        self.ensure_one()
        calendar = self.sudo()  # the hours of a promise are the same for whoever asks
        company = company or calendar.company_id or self.env.company
        # The calendar's own zone is read by who makes the clock, not each time.
        return calendar._get_cached_clock(tz or None, company.id)

    @ormcache("self.id", "tz", "company_id")
    def _get_cached_clock(self, tz, company_id):
        company = self.env["res.company"].browse(company_id)
        return Clock(self._get_open_hours(tz, company))

    def _get_open_hours(self, tz=None, company=None):
        """Return what this calendar says, in the words of the engine.

        Attendances count to the minute, as screens show them, up to 24:00 sharp.
        Breaks are closed. A flexible calendar has no hours: it tells how much is
        worked, not when.

        :param tz, company: as in :meth:`_get_clock`
        :rtype: service_contract.engine.clock.WorkingHours
        """
        self.ensure_one()
        calendar = self.sudo()  # as in _get_clock
        company = company or calendar.company_id or self.env.company
        return WorkingHours(
            timezone=tz or calendar.tz,
            windows=calendar._get_open_windows(),
            closed=calendar._get_closed_periods(company),
        )

    def _get_open_windows(self):
        """Return the weekly openings as windows of the engine."""
        self.ensure_one()
        if self.flexible_hours:
            return ()
        opened, breaks = {}, {}
        for attendance in self.attendance_ids:
            key = self._get_attendance_day(attendance)
            # Hours of a day by duration may begin before it.
            span = (
                max(round(attendance.hour_from * 60) * MINUTE, 0),
                min(round(attendance.hour_to * 60) * MINUTE, 2 * DAY),
            )
            if attendance._is_work_period():
                opened.setdefault(key, []).append(span)
            elif not attendance.display_type:
                breaks.setdefault(key, []).append(span)
        return tuple(
            Window(weekday, start, end, week)
            for (week, weekday), spans in opened.items()
            for start, end in subtracted(
                joined(spans), joined(breaks.get((week, weekday), ()))
            )
            if start < DAY
        )

    def _get_attendance_day(self, attendance):
        """Return (week or None, weekday) of an attendance; weeks are numbered as in
        ``get_week_type``, and one without a number is the first."""
        week = int(attendance.week_type or 0) if self.two_weeks_calendar else None
        return week, int(attendance.dayofweek)

    def _get_closed_periods(self, company):
        """Return the leaves of everybody in a company, as pairs of naive UTC instants.

        Leaves of a parent company hold for its branches. A leave that ends at 23:59:59,
        as screens propose, ends with that minute: the day is closed to its last second.
        """
        self.ensure_one()
        leaves = self.env["resource.calendar.leaves"].search_fetch(
            [
                ("calendar_id", "in", [False, self.id]),
                ("company_id", "in", [False, *company.parent_ids.ids]),
                ("resource_id", "=", False),
                ("time_type", "=", "leave"),
            ],
            ["date_from", "date_to"],
            order="date_from, id",
        )
        return tuple(
            (
                leave.date_from,
                leave.date_to + ONE_SECOND * (leave.date_to.second == 59),
            )
            for leave in leaves
        )

    def _check_has_openings(self):
        """Refuse calendars by which no clock would ever run.

        :raises ValidationError: no hours, only flexible ones, or never an opening
        """
        now = self.env["service.contract"]._service_now()
        for calendar in self.sudo():  # as in _get_clock
            try:
                calendar._get_clock().next_open(now)
            except NeverOpen as error:
                raise ValidationError(calendar._get_never_open_message()) from error

    def _get_never_open_message(self):
        self.ensure_one()
        if self.flexible_hours:
            return self.env._(
                "“%(calendar)s” has flexible hours, so nobody can tell when it is "
                "open. Choose working hours with fixed days and times.",
                calendar=self.name,
            )
        if not self._get_open_windows():
            return self.env._(
                "“%(calendar)s” has no working hours, so a clock would never run. Add "
                "days and times to it, or choose another calendar.",
                calendar=self.name,
            )
        return self.env._(
            "“%(calendar)s” is closed by its time off for years, so a clock would "
            "never run. Shorten the time off, or choose another calendar.",
            calendar=self.name,
        )

    def _on_open_hours_change(self):
        """React to a change of hours, or of leaves of everybody: forget all clocks.

        Extension point: call super first, clocks that are asked for then are new ones.
        The calendars may be none: leaves without a calendar are those of a company.
        """
        self.env.registry.clear_cache()
