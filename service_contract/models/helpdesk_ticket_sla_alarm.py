# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models

ACTIVITY = "service_contract.mail_activity_type_sla"


class HelpdeskTicket(models.Model):
    """Who hears of an alarm."""

    _inherit = "helpdesk.ticket"

    def _tell_sla_alarm(self, alarm):
        """Schedule the activity of an alarm, or change the one that is open already.

        For the assignee, else the team's leader. Without either, the board shows it.

        :param alarm: service.sla.alarm
        """
        self.ensure_one()
        user = self.user_id or self.team_id.user_id
        if not user:
            return
        ticket = self.with_context(lang=user.lang)
        summary = ticket._get_sla_alarm_summary(alarm)
        known = ticket.activity_search([ACTIVITY])
        if known:
            known.write({"summary": summary, "user_id": user.id})
            return
        deadline = fields.Date.context_today(
            self.with_context(tz=user.tz), alarm.timer_id.due_at or alarm.due_at
        )
        ticket.activity_schedule(
            ACTIVITY, summary=summary, user_id=user.id, date_deadline=deadline
        )

    def _get_sla_alarm_summary(self, alarm):
        """Return what an alarm says, in one line."""
        self.ensure_one()
        labels = dict(
            self.env["service.sla.timer"]
            ._fields["metric"]
            ._description_selection(self.env)
        )
        metric = labels[alarm.timer_id.metric]
        if alarm.percent == 100:
            return self.env._("%(target)s is missed", target=metric)
        return self.env._(
            "%(target)s: %(percent)s %% of the time is used",
            target=metric,
            percent=alarm.percent,
        )
