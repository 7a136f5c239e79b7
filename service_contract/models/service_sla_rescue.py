# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..fields import BigInteger
from .service_sla_timer import LIVE_STATES

# Verdicts that say nothing about whether a step helped.
MOOT_STATES = ("void", "superseded", "merged")
OUTCOMES = [
    ("open", "Open"),
    ("saved", "Met after it"),
    ("missed", "Missed all the same"),
    ("late", "Taken after the breach"),
    ("moot", "Target replaced or without a verdict"),
]


class ServiceSlaRescue(models.Model):
    """A rescue step that somebody took on a ticket. Never changed.

    Whether it helped follows from the timer.
    """

    _name = "service.sla.rescue"
    _description = "SLA Rescue"
    _order = "done_at desc, id desc"
    _rec_name = "step_name"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", index=True
    )
    timer_id = fields.Many2one(
        "service.sla.timer", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True)
    metric = fields.Selection(related="timer_id.metric", store=True)
    step_id = fields.Many2one(
        "service.sla.rescue.step", ondelete="set null", index="btree_not_null"
    )
    step_name = fields.Char(string="Step Taken", required=True)
    kind = fields.Selection(
        lambda self: self.env["service.sla.rescue.step"]._fields["kind"].selection,
        required=True,
    )
    user_id = fields.Many2one(
        "res.users", string="By", required=True, ondelete="restrict"
    )
    done_at = fields.Datetime(string="At", required=True)
    left_s = BigInteger(
        string="Left (s)",
        help="Open seconds that were left until the target was due; negative after it.",
    )
    left_text = fields.Char(string="Time Left", compute="_compute_left_text")
    result = fields.Text()
    outcome = fields.Selection(
        OUTCOMES, compute="_compute_outcome", search="_search_outcome"
    )

    @api.depends("timer_id.state", "timer_id.breached_at", "left_s")
    def _compute_outcome(self):
        for rescue in self:
            timer = rescue.timer_id
            if rescue.left_s < 0:
                rescue.outcome = "late"
            elif timer.state in MOOT_STATES:
                rescue.outcome = "moot"
            elif timer.breached_at or timer.state == "missed":
                rescue.outcome = "missed"
            else:
                rescue.outcome = "saved" if timer.state == "met" else "open"

    @api.depends("left_s")
    @api.depends_context("lang")
    def _compute_left_text(self):
        for rescue in self:
            hours, minutes = divmod(abs(rescue.left_s) // 60, 60)
            words = {"hours": hours, "minutes": f"{minutes:02d}"}
            if rescue.left_s < 0:
                rescue.left_text = self.env._(
                    "%(hours)s h %(minutes)s too late", **words
                )
            else:
                rescue.left_text = self.env._("%(hours)s h %(minutes)s", **words)

    def _search_outcome(self, operator, value):
        if operator != "in":
            return NotImplemented
        replaced = Domain("timer_id.state", "in", MOOT_STATES)
        missed = Domain("timer_id.breached_at", "!=", False) | Domain(
            "timer_id.state", "=", "missed"
        )
        late = Domain("left_s", "<", 0)
        domains = {
            "late": late,
            "moot": ~late & replaced,
            "missed": ~late & ~replaced & missed,
            "saved": ~late & ~missed & Domain("timer_id.state", "=", "met"),
            "open": ~late & ~missed & Domain("timer_id.state", "in", LIVE_STATES),
        }
        return Domain.OR(domains[code] for code in value if code in domains)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Rescues are on record and can't be deleted."))
