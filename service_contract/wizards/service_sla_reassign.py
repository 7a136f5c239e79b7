# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

SHOWN = 3


class ServiceSlaReassign(models.TransientModel):
    """Shows who could take a ticket, and why; one click assigns."""

    _name = "service.sla.reassign"
    _description = "Reassign a Ticket"
    _inherit = "service.dialog.mixin"
    _about = ("ticket_id", "step_id")

    ticket_id = fields.Many2one("helpdesk.ticket", required=True)
    step_id = fields.Many2one("service.sla.rescue.step")
    note = fields.Text(related="step_id.note")
    candidate_ids = fields.One2many(
        "service.sla.reassign.candidate",
        "wizard_id",
        compute="_compute_candidate_ids",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("ticket_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            ticket = wizard.ticket_id
            best = ticket._get_suggestions()[:SHOWN] if ticket else []
            wizard.candidate_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "user_id": suggestion.candidate.key,
                            "reasons": ticket._explain_suggestion(suggestion),
                            "is_able": suggestion.is_able,
                        }
                    )
                    for suggestion in best
                ),
            ]


class ServiceSlaReassignCandidate(models.TransientModel):
    """One person who could take the ticket."""

    _name = "service.sla.reassign.candidate"
    _description = "Person Who Could Take a Ticket"
    _inherit = "service.dialog.mixin"
    _about = ("wizard_id",)

    wizard_id = fields.Many2one(
        "service.sla.reassign", required=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", string="Person", required=True)
    reasons = fields.Char(string="Why")
    is_able = fields.Boolean(string="Free and Able")

    def action_assign(self):
        """Assign the ticket to this person; a rescue step is logged as taken."""
        self.ensure_one()
        ticket, step = self.wizard_id.ticket_id, self.wizard_id.step_id
        ticket.check_access("write")
        if ticket.team_id and self.user_id not in ticket.team_id.user_ids:
            raise UserError(
                self.env._(
                    "%(user)s is not in %(team)s any more. Choose somebody else.",
                    user=self.user_id.name,
                    team=ticket.team_id.display_name,
                )
            )
        timer = None
        # The step comes from the browser: only one that reassigns is taken here.
        if step.kind == "reassign":
            timer = ticket._get_offered_rescues().get(step)
        ticket.user_id = self.user_id
        result = self.env._(
            "assigned to %(user)s (%(why)s)", user=self.user_id.name, why=self.reasons
        )
        if timer:
            ticket._log_rescue(step, timer, result)
        else:
            ticket._message_log(body=self.env._("Ticket %(what)s.", what=result))
        return {"type": "ir.actions.act_window_close"}
