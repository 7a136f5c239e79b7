# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, datetime

from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

from .service_sla_event import ISO
from .service_sla_timer import LIVE_STATES

DAY_COLUMNS = ("open_s", "counted_s", "paused_s", "gap_s", "skipped_s")


class ServiceSlaTimer(models.Model):
    """Answering "how was this counted?" on one page, in words and sums."""

    _inherit = "service.sla.timer"

    explanation_html = fields.Html(
        compute="_compute_explanation_html",
        string="How It Was Counted",
        help="Each day's open, counted and paused time, and the events behind it.",
    )

    # === COMPUTE METHODS === #

    @api.depends("state", "counted_s", "evaluated_at")
    @api.depends_context("lang", "tz", "uid", "service_contract_now")
    def _compute_explanation_html(self):
        for timer in self:
            timer.explanation_html = self.env["ir.qweb"]._render(
                "service_contract.timer_explanation", timer._get_explanation()
            )

    def _get_explanation(self):
        """Return what the page shows, in the reader's language and zone.

        The days are those of the open hours, the instants are in the reader's zone.
        """
        self.ensure_one()
        timer_sudo = self.sudo()  # who may read the timer may know how it was counted
        days = timer_sudo._explain()
        return {
            "days": [
                {
                    "name": format_date(
                        self.env,
                        date.fromisoformat(day["day"]),
                        date_format="EEE d MMM y",
                    ),
                    "is_skipped": bool(day["skipped_s"]),
                    **{name: self._format_span(day[name]) for name in DAY_COLUMNS},
                }
                for day in days
            ],
            "sums": {
                name: self._format_span(sum(day[name] for day in days))
                for name in DAY_COLUMNS
            },
            "has": {name: any(day[name] for day in days) for name in DAY_COLUMNS},
            "differs": timer_sudo._get_differences(days),
            "events": timer_sudo._explain_events(),
            "pauses": timer_sudo._explain_pauses(),
            "zone": timer_sudo._get_clock().hours.timezone,
            "reader_zone": str(self.env.tz),
            "timer": timer_sudo,
        }

    def _get_differences(self, days):
        """Return the figures of an ended timer that the days do not sum up to.

        The days are counted with the open hours of today, which may have changed since.

        :param days: see ``_explain``
        :return: the stored figures as shown; empty if all agree, or while it goes on
        """
        self.ensure_one()
        stored = {name: self[name] for name in ("counted_s", "paused_s", "gap_s")}
        if self.state in LIVE_STATES or all(
            sum(day[name] for day in days) == value for name, value in stored.items()
        ):
            return {}
        return {
            name: self._format_span(value) or "0:00:00"
            for name, value in stored.items()
        }

    @api.model
    def _format_span(self, seconds):
        """Return hours, minutes and seconds, empty for none: "2:10:00"."""
        if not seconds:
            return ""
        minutes, seconds = divmod(int(seconds), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"

    def _explain_events(self):
        """Return the ticket's events, and why each counts or does not."""
        kinds = dict(
            self.env["service.sla.event"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        reasons = self._get_event_reasons()
        return [
            {
                "at": format_datetime(self.env, event.at, dt_format="short"),
                "what": event.stage_id.name if event.kind == "stage" else None,
                "kind": kinds[event.kind],
                "who": event.partner_id.name or event.user_id.name,
                "counts": (
                    event.is_response or event.is_restored or event.is_closed
                    if event.kind == "stage"
                    else event.counts
                ),
                "is_judged": event.kind != "hours",
                "why": self._explain_why(event, reasons),
            }
            for event in self.ticket_id.sla_event_ids
            if event.kind != "hours" or event.why.startswith(f"{self.metric} ")
        ]

    def _explain_why(self, event, reasons):
        """Return in words why an event counts, does not, or moved the deadline.

        :param reasons: see ``_get_event_reasons``
        """
        if event.kind == "hours":
            return self._explain_hours(event)
        why = reasons.get(event.why, event.why)
        return [*self._explain_stage(event), *filter(None, [why])]

    def _explain_hours(self, event):
        """Return in words how far a change of the open hours moved the deadline."""
        before, after = (
            format_datetime(self.env, datetime.strptime(text, ISO), dt_format="short")
            for text in event.why.split()[1:]
        )
        return [
            self.env._(
                "Due %(after)s instead of %(before)s", after=after, before=before
            )
        ]

    def _explain_stage(self, event):
        """Return in words what the stage of an event meant when it was entered."""
        if event.kind != "stage":
            return []
        words = [
            (event.is_response, self.env._("This stage is an answer")),
            (event.is_restored, self.env._("The service works again")),
            (event.is_closed, self.env._("This stage closes the ticket")),
        ]
        return [word for holds, word in words if holds] or [
            self.env._("A change of stage alone answers and restores nothing")
        ]

    @api.model
    def _get_event_reasons(self):
        """Return the words of the reasons that ``engine/response.py`` gives."""
        return {
            "call": self.env._("A call: the customer was spoken to"),
            "public_answer": self.env._("A person's answer to the customer"),
            "internal_note": self.env._("An internal note reaches no customer"),
            "customer_message": self.env._("The customer's own message"),
            "other_person": self.env._("Neither the customer nor one of us"),
            "system": self.env._("Written by the system"),
            "auto_reply": self.env._("An automatic reply"),
            "out_of_office": self.env._("An out-of-office reply"),
            "mass_mail": self.env._("A mail to many"),
            "template": self.env._("A notification that the system sent"),
        }

    def _explain_pauses(self):
        """Return the ticket's pauses; whether one holds this timer is the target's."""
        reasons = self.version_id._get_target(self.target_key).pauses
        ends = dict(
            self.env["service.sla.pause"]
            ._fields["ended_by"]
            ._description_selection(self.env)
        )
        return [
            {
                "start": format_datetime(self.env, pause.start_at, dt_format="short"),
                "end": pause.end_at
                and format_datetime(self.env, pause.end_at, dt_format="short"),
                "reason": pause.reason_id.name,
                "who": pause.user_id.name,
                "ended_by": ends.get(pause.ended_by),
                "counts": reasons is None or str(pause.reason_id.id) in reasons,
            }
            for pause in self.ticket_id.sla_pause_ids
        ]

    # === BUSINESS METHODS === #

    def _record_moved_deadlines(self, now):
        """Record on the tickets which deadlines a change of the open hours moved.

        Of timers that were read since then.
        """
        self.env["service.sla.event"]._record(
            [
                {
                    "ticket_id": timer.ticket_id.id,
                    "at": now,
                    "kind": "hours",
                    "why": " ".join(
                        (
                            timer.metric,
                            timer.due_before.strftime(ISO),
                            timer.due_at.strftime(ISO),
                        )
                    ),
                    "user_id": timer.hours_changed_by_id.id or None,
                }
                for timer in self
                if timer.state in LIVE_STATES
                and timer.due_at
                and timer.due_at != timer.due_before
            ]
        )
        self.write({"due_before": False, "hours_changed_by_id": False})
        self.flush_recordset()

    # === ACTIONS === #

    def action_explain(self):
        """Open the page that says how this timer was counted."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("How was this counted?"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [
                (
                    self.env.ref("service_contract.service_sla_timer_view_explain").id,
                    "form",
                )
            ],
            "target": "new",
        }
