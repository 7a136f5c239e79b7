# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class ServiceSlaAlarm(models.Model):
    """A threshold that a timer passed, once: a warning, or the breach at 100 %."""

    _name = "service.sla.alarm"
    _description = "SLA Alarm"
    _order = "due_at desc, id desc"
    _rec_name = "percent"

    timer_id = fields.Many2one(
        "service.sla.timer", required=True, ondelete="cascade", index=True
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", index=True
    )
    percent = fields.Integer(
        string="Threshold (%)", required=True, help="100 is the breach."
    )
    due_at = fields.Datetime(
        string="Passed At", required=True, help="When the threshold was passed."
    )
    fired_at = fields.Datetime(string="Told At")
    outcome = fields.Selection(
        [
            ("told", "Told"),
            ("quiet", "Told at the next opening"),
            ("nobody", "Nobody to tell"),
            ("late_start", "Passed already when the target was set"),
            ("void", "Overtaken by a higher one"),
        ],
        required=True,
    )

    _once = models.UniqueIndex(
        "(timer_id, percent)", "This threshold has had its alarm."
    )

    # === BUSINESS METHODS === #

    def _tell(self):
        """Tell the people who can still do something, and call the hook of timers."""
        self.filtered(
            lambda alarm: alarm.outcome in ("told", "quiet")
        ).ticket_id._tell_sla_alarms()
        for alarm in self:
            if alarm.outcome in ("told", "quiet", "nobody"):
                alarm.timer_id._on_threshold(alarm)
