# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models

from ..engine import sla
from ..engine.clock import NeverOpen
from .service_sla_timer import LIVE_STATES

# How far ahead, and how many, openings are told to the browser.
HORIZON = timedelta(days=14)
MAX_OPENINGS = 30


class ServiceSlaTimer(models.Model):
    """Showing a timer: the countdown, and how it was counted."""

    _inherit = "service.sla.timer"

    def _get_facts(self):
        """Return the facts of the timers as the engine reads them, by timer."""
        events = self.env["service.sla.event"]._get_by_ticket(self.ticket_id.ids or [0])
        pauses = self.env["service.sla.pause"]._get_by_ticket(self.ticket_id.ids or [0])
        return {
            timer: timer.ticket_id._get_sla_facts(
                events.get(timer.ticket_id.id, ()),
                pauses.get(timer.ticket_id.id, ()),
                timer.version_id._get_terms()["policy"]["response_by"]
                == "message_or_stage",
            )
            for timer in self
        }

    def _read_at(self, facts, as_of):
        """Return the reading of this timer at an instant, None if there is none."""
        self.ensure_one()
        terms = self.version_id._get_terms()["policy"]
        try:
            readings = sla.read(
                self.version_id._get_target(self.target_key),
                self._get_clock(),
                facts,
                as_of,
                reopen=terms["reopen"],
                reopen_window_s=terms["reopen_window_s"],
            )
        except NeverOpen:
            return None
        return next((r for r in readings if r.cycle == self.cycle), None)

    def _get_panel(self, now):
        """Return what the countdown of each timer shows, see the decision ``sla``.

        :param now: naive UTC
        :return: {timer: dict ready for JSON}
        """
        facts = self._get_facts()
        labels = dict(self._fields["metric"]._description_selection(self.env))
        return {
            timer: {
                "id": timer.id,
                "metric": timer.metric,
                "label": labels[timer.metric],
                **timer._get_figures(facts[timer], now),
                **timer._get_hours_ahead(now),
                "policy": timer.policy_id.name,
                "version": timer.version_id.number,
            }
            for timer in self
        }

    def _get_figures(self, facts, now):
        """Return state, instants and seconds of a timer, read at an instant."""
        self.ensure_one()
        is_live = self.state in LIVE_STATES
        reading = self._read_at(facts, now) if is_live else None
        shown = reading or self
        warnings = reading.warnings if reading else ()
        target_s = reading.target_s if reading else self._get_target_seconds(facts)
        pause = self._get_open_pause() if is_live and shown.state == "paused" else None
        return {
            "state": shown.state,
            "due_at": _iso(shown.due_at),
            "breached_at": _iso(shown.breached_at),
            "target_s": target_s,
            "counted_s": shown.counted_s,
            "remaining_open_s": target_s - shown.counted_s,
            "paused_since": _iso(pause and pause.start_at),
            "pause_reason": pause.reason_id.name if pause else False,
            "resumes_at": _iso(shown.resumes_at),
            "warnings": [[percent, _iso(at)] for percent, at in warnings],
            "untold": is_live and self._is_untold(),
        }

    def _is_untold(self):
        """Whether nobody was told of the last alarm, and nobody is at work yet."""
        self.ensure_one()
        if not self.alarm_percent or self.ticket_id._get_sla_alarm_user():
            return False
        last = self.alarm_ids.sorted("percent")[-1:]
        return last.outcome == "nobody"

    def _get_target_seconds(self, facts):
        """Return the open seconds that an ended timer had; working days have as many
        as they were open for."""
        self.ensure_one()
        if self.target_seconds:
            return self.target_seconds
        reading = self._read_at(facts, self.stopped_at or self.evaluated_at)
        return reading.target_s if reading else self.counted_s

    def _get_open_pause(self):
        """Return the first of the pauses that hold this timer now."""
        pauses = self.version_id._get_target(self.target_key).pauses
        return self.ticket_id.sla_pause_ids._filter_open().filtered(
            lambda pause: pauses is None or str(pause.reason_id.id) in pauses
        )[:1]

    def _get_hours_ahead(self, now):
        """Return the openings that the timer counts, from an instant on."""
        self.ensure_one()
        until = now + HORIZON
        clock = self._get_clock()
        hours = {"tz": clock.hours.timezone, "as_of": _iso(now)}
        target = self.version_id._get_target(self.target_key)
        if target.unit == "wall_hour":
            openings = [(now, until)]
        else:
            openings = []
            for start, end in clock.open_periods(now, until):
                openings.append((start, end))
                if len(openings) == MAX_OPENINGS:
                    break
        is_open = bool(openings) and openings[0][0] <= now
        return {
            **hours,
            "open_now": is_open,
            "next_open": _iso(openings[0][0]) if openings and not is_open else False,
            "openings": [[_iso(start), _iso(end)] for start, end in openings],
        }

    def _explain(self):
        """Return day by day how this timer was counted, ready for JSON.

        :return: list of dicts: day (ISO date), open_s, counted_s, paused_s, gap_s,
            skipped_s (open by the week, but for a holiday)
        """
        self.ensure_one()
        timer = self.sudo()  # whoever reads the timer may know how it was counted
        now = self.env["service.contract"]._service_now()
        facts = timer._get_facts()[timer]
        as_of = now if timer.state in LIVE_STATES else timer.evaluated_at
        if timer.state in ("superseded", "merged"):
            as_of = timer.stopped_at
        reading = timer._read_at(facts, as_of)
        if reading is None:
            return []
        target = timer.version_id._get_target(timer.target_key)
        days = sla.explain(target, timer._get_clock(), facts, reading, as_of)
        return [
            {
                "day": day.day.isoformat(),
                "open_s": day.open_s,
                "counted_s": day.counted_s,
                "paused_s": day.paused_s,
                "gap_s": day.gap_s,
                "skipped_s": day.skipped_s,
            }
            for day in days
        ]


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    sla_panel = fields.Json(
        compute="_compute_sla_panel", string="Targets", groups="base.group_user"
    )

    @api.depends("sla_timer_ids", "sla_pause_ids", "sla_event_ids", "sla_state")
    @api.depends_context("lang", "service_contract_now")
    def _compute_sla_panel(self):
        panels = self._get_sla_panel()
        for ticket in self:
            ticket.sla_panel = panels.get(ticket.id, [])

    def _get_sla_panel(self):
        """Return what the countdown shows: the live or last timer of each target.

        :return: {ticket id: list of dicts}
        """
        now = self.env["service.contract"]._service_now()
        last = {}
        tickets_sudo = self.sudo()  # who reads the ticket may see its deadlines
        for timer in tickets_sudo.sla_timer_ids.sorted("id"):
            if timer.state != "superseded":
                last[timer.ticket_id.id, timer.metric] = timer
        timers = self.env["service.sla.timer"].sudo()  # as above
        panel = timers.browse(t.id for t in last.values())._get_panel(now)
        found = {}
        for (ticket_id, _metric), timer in last.items():
            found.setdefault(ticket_id, []).append(panel[timer])
        return found


def _iso(instant):
    """Return a naive UTC instant as ISO 8601 with Z, False for none."""
    return instant.isoformat(timespec="seconds") + "Z" if instant else False
