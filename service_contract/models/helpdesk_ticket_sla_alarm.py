# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models

from .service_sla_timer import LIVE_STATES

ACTIVITY = "service_contract.mail_activity_type_sla"


class HelpdeskTicket(models.Model):
    """Who hears of an alarm."""

    _inherit = "helpdesk.ticket"

    def _tell_sla_alarm(self, alarm):
        """Schedule the activity of an alarm, or change the one that is open already.

        It names every target in danger, the most urgent first, and is due with the
        first of them. For the assignee, else the team's leader. Without either, the
        board shows it.

        :param alarm: service.sla.alarm
        """
        self.ensure_one()
        user = self.user_id or self.team_id.user_id
        if not user:
            return
        ticket = self.with_context(lang=user.lang)
        timers = ticket.sla_timer_ids.filtered(
            lambda timer: timer.state in LIVE_STATES and timer.alarm_percent
        )
        timers = timers.sorted(lambda timer: (-timer.alarm_percent, timer.id))
        due_at = min(filter(None, timers.mapped("due_at")), default=alarm.due_at)
        values = {
            "summary": "; ".join(map(ticket._get_sla_alarm_summary, timers)),
            "user_id": user.id,
            "date_deadline": fields.Date.context_today(
                self.with_context(tz=user.tz), due_at
            ),
        }
        known = ticket.activity_search([ACTIVITY])
        if known:
            known.write(values)
            return
        ticket.activity_schedule(ACTIVITY, **values)

    def _get_sla_alarm_summary(self, timer):
        """Return what is to be said of a timer, in a few words."""
        self.ensure_one()
        labels = dict(
            self.env["service.sla.timer"]
            ._fields["metric"]
            ._description_selection(self.env)
        )
        metric = labels[timer.metric]
        if timer.alarm_percent == 100:
            return self.env._("%(target)s is missed", target=metric)
        return self.env._(
            "%(target)s: %(percent)s %% of the time is used",
            target=metric,
            percent=timer.alarm_percent,
        )
