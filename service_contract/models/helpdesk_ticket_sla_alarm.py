# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from .service_sla_timer import LIVE_STATES

ACTIVITY = "service_contract.mail_activity_type_sla"


class HelpdeskTicket(models.Model):
    """Who hears of an alarm.

    A ticket has one activity at most. It names every target in danger, the most urgent
    first, and is due with the first of them. It goes to the assignee, else to the
    team's leader; without either, the board shows that nobody was told.
    """

    _inherit = "helpdesk.ticket"

    def _get_sla_alarm_user(self):
        """Return who is told of an alarm, nobody if there is no one at work here."""
        self.ensure_one()
        users = self.user_id + self.team_id.user_id
        return users.filtered("active")[:1]

    def _tell_sla_alarms(self):
        """Schedule the activities of alarms, or change those that are open already.

        Who gets several at once is written one mail that lists them.
        """
        known = self._get_sla_activities()
        vals_list = []
        for ticket in self:
            user = ticket._get_sla_alarm_user()
            if not user:
                continue
            values = ticket._prepare_sla_activity(user)
            if ticket in known:
                known[ticket].write(values)
            else:
                vals_list.append({**values, "res_id": ticket.id})
        self._schedule_sla_activities(vals_list)

    def _renew_sla_activities(self):
        """Change the activities to what is still in danger; remove those without."""
        for ticket, activities in self._get_sla_activities().items():
            if ticket._get_endangered_timers():
                user = ticket._get_sla_alarm_user() or activities.user_id[:1]
                activities.write(ticket._prepare_sla_activity(user))
            else:
                activities.unlink()

    def _get_sla_activities(self):
        """Return the open activities of alarms by ticket, with one query."""
        if not self:
            return {}
        activities = self.env["mail.activity"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "=", self._get_sla_activity_type()),
                ("automated", "=", True),
            ]
        )
        return {
            self.browse(ticket_id): found
            for ticket_id, found in activities.grouped("res_id").items()
        }

    @api.model
    def _get_sla_activity_type(self):
        return self.env["ir.model.data"]._xmlid_to_res_id(ACTIVITY)

    def _schedule_sla_activities(self, vals_list):
        """Make activities: Odoo tells of each alone, several are told in one mail."""
        activity_model = self.env["mail.activity"]
        shared = {
            "activity_type_id": self._get_sla_activity_type(),
            "automated": True,
            "res_model_id": self.env["ir.model"]._get_id(self._name),
        }
        by_user = {}
        for vals in vals_list:
            by_user.setdefault(vals["user_id"], []).append({**shared, **vals})
        lonely = [rows[0] for rows in by_user.values() if len(rows) == 1]
        activity_model.create(lonely)
        quiet = activity_model.with_context(mail_activity_quick_update=True)
        for rows in by_user.values():
            if len(rows) > 1:
                quiet.create(rows)._tell_together()

    def _prepare_sla_activity(self, user):
        """Return what the activity says now, in the language of its user."""
        self.ensure_one()
        ticket = self.with_context(lang=user.lang)
        timers = ticket._get_endangered_timers()
        due_at = min(
            filter(None, timers.mapped("due_at") or timers.mapped("breached_at")),
            default=self.env["service.contract"]._service_now(),
        )
        return {
            "summary": "; ".join(map(ticket._get_sla_alarm_summary, timers)),
            "user_id": user.id,
            "date_deadline": fields.Date.context_today(
                self.with_context(tz=user.tz), due_at
            ),
        }

    def _get_endangered_timers(self):
        """Return the live timers that have had an alarm, the most urgent first."""
        self.ensure_one()
        timers = self.sla_timer_ids.filtered(
            lambda timer: timer.state in LIVE_STATES and timer.alarm_percent
        )
        return timers.sorted(lambda timer: (-timer.alarm_percent, timer.id))

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


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _tell_together(self):
        """Write one mail about several new activities of one user."""
        user = self.user_id
        activities = self.with_context(lang=user.lang)
        tickets = self.env["helpdesk.ticket"]
        body = activities.env["ir.qweb"]._render(
            "service_contract.sla_alarm_mail",
            {
                "rows": [
                    {
                        "name": activity.res_name,
                        "summary": activity.summary,
                        "url": tickets.browse(activity.res_id)._notify_get_action_link(
                            "view"
                        ),
                    }
                    for activity in activities
                ]
            },
            minimal_qcontext=True,
        )
        activities.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            body=body,
            subject=activities.env._("%(count)s tickets at risk", count=len(self)),
            email_layout_xmlid="mail.mail_notification_layout",
        )
