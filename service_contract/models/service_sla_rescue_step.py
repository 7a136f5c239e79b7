# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

# What each kind of step needs to know.
NEEDED_FIELDS = {
    "escalate_user": "user_id",
    "escalate_team": "team_id",
    "workaround": "message",
    "server_action": "server_action_id",
}


class ServiceSlaRescueStep(models.Model):
    """What to do when a target is in danger: one line of a policy's playbook.

    Offered on a ticket, with a button, once a timer of the policy has passed the
    threshold. Managers write the steps; only an administrator may choose a server
    action.
    """

    _name = "service.sla.rescue.step"
    _description = "SLA Rescue Step"
    _order = "policy_id, percent, sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    policy_id = fields.Many2one(
        "service.sla.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", compute_sudo=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True, help="What the button says.")
    metric = fields.Selection(
        lambda self: self._selection_metric(),
        string="For",
        help="Target that the step is for. Empty: all.",
    )
    percent = fields.Integer(
        string="From (%)",
        default=75,
        required=True,
        help="Share of the target after which the step is offered; 100 is the breach. "
        "It is offered with the first warning of the target from this share on.",
    )
    kind = fields.Selection(
        [
            ("reassign", "Reassign"),
            ("call_customer", "Call the customer"),
            ("escalate_user", "Escalate to a person"),
            ("escalate_team", "Escalate to a team"),
            ("workaround", "Propose a workaround"),
            ("server_action", "Server action"),
        ],
        string="Step",
        default="reassign",
        required=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        domain="[('share', '=', False)]",
        ondelete="restrict",
        help="Gets a to-do on the ticket; the assignee stays.",
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        check_company=True,
        ondelete="restrict",
        help="Gets the ticket.",
    )
    message = fields.Html(
        string="Workaround",
        translate=True,
        help="Message to the customer that is proposed; it can be edited before it is "
        "sent.",
    )
    server_action_id = fields.Many2one(
        "ir.actions.server",
        domain="[('model_id.model', '=', 'helpdesk.ticket')]",
        ondelete="restrict",
        groups="base.group_system",
        copy=False,
        help="Runs on the ticket with the rights of who presses the button. Only an "
        "administrator can choose it.",
    )
    note = fields.Text(
        string="What to Do",
        translate=True,
        help="In words, for who presses the button.",
    )
    cost = fields.Monetary(
        help="What the step costs us, to compare it with the credit that is at stake."
    )

    _percent_range = models.Constraint(
        "CHECK (percent BETWEEN 1 AND 100)",
        "A rescue step is offered from 1 to 100 % of the target.",
    )

    @api.model
    def _selection_metric(self):
        return self.env["service.sla.timer"]._fields["metric"].selection

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for step in self:
            step.currency_id = (step.company_id or self.env.company).currency_id

    @api.constrains("kind", *NEEDED_FIELDS.values())
    def _check_needed(self):
        for step in self:
            step_sudo = step.sudo()  # managers may not read server actions
            name = NEEDED_FIELDS.get(step.kind)
            if name and not step_sudo[name]:
                raise ValidationError(
                    self.env._(
                        "Rescue step %(step)s: fill in %(field)s.",
                        step=step.name,
                        field=self._fields[name]._description_string(self.env),
                    )
                )
            model = step_sudo.server_action_id.model_id.model
            if model not in (False, "helpdesk.ticket"):
                raise ValidationError(
                    self.env._(
                        "Rescue step %(step)s: the server action must be one for "
                        "tickets.",
                        step=step.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("server_action_id") for vals in vals_list):
            self._check_is_administrator()
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("server_action_id"):
            self._check_is_administrator()
        return super().write(vals)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for step, vals in zip(self.sudo(), vals_list, strict=True):  # create checks
            if step.server_action_id:
                vals.setdefault("server_action_id", step.server_action_id.id)
        return vals_list

    def _check_is_administrator(self):
        if not self.env.is_system():
            raise AccessError(
                self.env._("Only an administrator may choose a server action.")
            )

    def action_execute(self):
        """Take the step on the ticket of the context.

        The ticket checks that the step is offered on it, and the rights of the user.
        """
        self.ensure_one()
        ticket_id = self.env.context.get("service_contract_ticket_id")
        return self.env["helpdesk.ticket"].browse(ticket_id)._execute_rescue(self)


class ServiceSlaPolicy(models.Model):
    """What to do before a target of the policy is missed."""

    _inherit = "service.sla.policy"

    rescue_step_ids = fields.One2many(
        "service.sla.rescue.step", "policy_id", string="Rescue Steps", copy=True
    )
