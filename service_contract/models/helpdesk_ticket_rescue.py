# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html_escape

from ..transactions import RACE_LOST
from .service_sla_timer import LIVE_STATES

_logger = logging.getLogger(__name__)

# Who may read steps and rescues; other employees may see a ticket all the same.
READERS = (
    "helpdesk_mgmt.group_helpdesk_user_own,service_contract.service_contract_group_user"
)


class HelpdeskTicket(models.Model):
    """What can be done before a target of the ticket is missed."""

    _inherit = "helpdesk.ticket"

    rescue_step_ids = fields.Many2many(
        "service.sla.rescue.step",
        string="Rescue Steps",
        compute="_compute_rescue_step_ids",
        groups=READERS,
        help="Offered because a target is in danger.",
    )
    rescue_stake_text = fields.Char(
        string="At Stake",
        compute="_compute_rescue_stake_text",
        compute_sudo=True,
        groups=READERS,
        help="Credit that the contract promises if the target is missed.",
    )
    rescue_ids = fields.One2many(
        "service.sla.rescue",
        "ticket_id",
        string="Rescues",
        groups=READERS,
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "closed",
        "sla_timer_ids.state",
        "sla_timer_ids.alarm_percent",
        "sla_timer_ids.breached_at",
    )
    @api.depends_context("service_contract_now")
    def _compute_rescue_step_ids(self):
        for ticket in self:
            steps = self.env["service.sla.rescue.step"]
            ticket.rescue_step_ids = steps.union(*ticket._get_offered_rescues())

    @api.depends("rescue_step_ids", "service_contract_line_id")
    @api.depends_context("service_contract_now", "lang")
    def _compute_rescue_stake_text(self):
        credit_model = self.env["service.sla.credit"]
        for ticket in self:
            timers = ticket._get_offered_rescues().values()
            running = (t for t in timers if t._get_reached_percent() < 100)
            timer = min(running, key=lambda timer: timer.id, default=None)
            amount = timer and credit_model._get_stake(timer)
            ticket.rescue_stake_text = amount and self.env._(
                "A miss gives the customer %(amount)s back.",
                amount=ticket.service_contract_line_id.currency_id.format(amount),
            )

    def _get_offered_rescues(self):
        """Return the steps that are offered now, each with the timer it is for.

        :return: {step: timer}; of several timers the one that is due first
        """
        self.ensure_one()
        if self.closed:
            return {}
        offered = {}
        timers = self.sla_timer_ids.filtered(lambda timer: timer.state in LIVE_STATES)
        for timer in timers.sorted(lambda t: (t.due_at or fields.Datetime.now(), t.id)):
            reached = timer._get_reached_percent()
            for step in timer.policy_id.rescue_step_ids:
                if step.percent <= reached and step.metric in (False, timer.metric):
                    offered.setdefault(step, timer)
        return offered

    # === ACTIONS === #

    def action_suggest_assignee(self):
        """Show who could take the ticket."""
        return self._open_reassign()

    def _open_reassign(self, step=None):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who Can Take It?"),
            "res_model": "service.sla.reassign",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_ticket_id": self.id,
                "default_step_id": step.id if step else False,
            },
        }

    # === BUSINESS METHODS === #

    def _execute_rescue(self, step):
        """Take a rescue step, log it, and return what to show.

        :raises UserError: the step is not offered any more, or it failed; then
            nothing is changed
        """
        self.ensure_one()
        self.check_access("write")
        timer = self._get_offered_rescues().get(step)
        if not timer:
            raise UserError(
                self.env._(
                    "%(step)s is not offered on this ticket any more. Reload the page.",
                    step=step.name,
                )
            )
        if step.kind == "reassign":
            # Logged when somebody is chosen.
            return self._open_reassign(step)
        result, action = getattr(self, f"_rescue_{step.kind}")(step)
        self._log_rescue(step, timer, result)
        if step.kind == "escalate_team":
            # Last: who sees one team's tickets alone may not even read it after that.
            self.team_id = step.team_id
        return action or True

    def _rescue_call_customer(self, step):
        partner = self.partner_id
        phone = partner.phone or partner.commercial_partner_id.phone
        user = self.user_id or self.env.user
        self.activity_schedule(
            "mail.mail_activity_data_call",
            date_deadline=self._get_rescue_day(),
            summary=step.name,
            note=self._join_notes(partner.display_name, phone, step.note),
            user_id=user.id,
        )
        result = self.env._(
            "%(user)s is to call %(customer)s, %(phone)s",
            user=user.name,
            customer=partner.display_name or self.partner_name or self.partner_email,
            phone=phone or self.env._("no phone number known"),
        )
        return result, None

    def _rescue_escalate_user(self, step):
        user = step.user_id
        self._plan_rescue_todo(step, user)
        self.message_subscribe(partner_ids=user.partner_id.ids)
        return self.env._("escalated to %(user)s", user=user.name), None

    def _rescue_escalate_team(self, step):
        """Tell the team's leader; ``_execute_rescue`` moves the ticket."""
        team = step.team_id
        if team.user_id:
            self._plan_rescue_todo(step, team.user_id)
        result = self.env._("escalated to %(team)s", team=team.display_name)
        return result, None

    def _rescue_workaround(self, step):
        language = self.partner_id.lang
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mail.action_email_compose_message_wizard"
        )
        action["context"] = {
            "default_model": self._name,
            "default_res_ids": self.ids,
            "default_composition_mode": "comment",
            "default_subtype_xmlid": "mail.mt_comment",
            "default_partner_ids": self.partner_id.ids,
            "default_body": step.with_context(lang=language).message,
        }
        return self.env._("workaround proposed to the customer"), action

    def _rescue_server_action(self, step):
        """Run the server action that an administrator chose, or fail as a whole."""
        action = step.sudo().server_action_id.sudo(False)  # chosen by an administrator
        try:
            with self.env.cr.savepoint():
                shown = action.with_context(
                    active_model=self._name, active_id=self.id, active_ids=self.ids
                ).run()
        except RACE_LOST:
            raise
        except Exception as error:
            # An action may be any Python code. Whatever it did, the savepoint undid
            # it; say so.
            if not isinstance(error, UserError):
                _logger.info("Rescue step %s failed", step.id, exc_info=True)
            raise UserError(
                self.env._(
                    "%(step)s failed, and nothing was changed: %(error)s",
                    step=step.name,
                    error=error,
                )
            ) from error
        return self.env._("done"), shown

    def _plan_rescue_todo(self, step, user):
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self._get_rescue_day(),
            summary=step.name,
            note=self._join_notes(step.note),
            user_id=user.id,
        )

    def _get_rescue_day(self):
        """Return today for the user: a rescue does not wait."""
        now = self.env["service.contract"]._service_now()
        return fields.Datetime.context_timestamp(self, now).date()

    @api.model
    def _join_notes(self, *parts):
        return "<br/>".join(html_escape(part) for part in parts if part)

    def _log_rescue(self, step, timer, result):
        """Record what was done, with the time that was left, and say it."""
        now = self.env["service.contract"]._service_now()
        left = timer._get_open_left(now)
        rescue_model = self.env["service.sla.rescue"].sudo()  # nobody may write it
        rescue_model.create(
            {
                **self._get_rescue_worth(step, timer, left, now),
                "ticket_id": self.id,
                "timer_id": timer.id,
                "step_id": step.id,
                "step_name": step.name,
                "kind": step.kind,
                "user_id": self.env.uid,
                "done_at": now,
                "left_s": left,
                "result": result,
            }
        )
        self._message_log(
            body=self.env._(
                "Rescue step %(step)s: %(result)s.", step=step.name, result=result
            )
        )

    def _get_rescue_worth(self, step, timer, left, now):
        """Return what was at stake and what the step costs, in the company's currency.

        :param left: open seconds that are left; after the breach nothing is at stake
        """
        credit_model = self.env["service.sla.credit"].sudo()  # agents: no contract ACL
        timer_sudo = timer.sudo()  # as above
        stake = credit_model._get_stake(timer_sudo) if left >= 0 else 0.0
        currency = timer_sudo.ticket_id.service_contract_line_id.currency_id
        company = self.company_id
        amounts = {"stake": (stake, currency), "cost": (step.cost, step.currency_id)}
        return {
            "currency_id": company.currency_id.id,
            **{
                name: amount
                and origin._convert(amount, company.currency_id, company, now.date())
                for name, (amount, origin) in amounts.items()
            },
        }


class ServiceSlaTimer(models.Model):
    """How near a timer is to its end, for the rescue steps."""

    _inherit = "service.sla.timer"

    rescue_ids = fields.One2many("service.sla.rescue", "timer_id", string="Rescues")

    def _get_reached_percent(self):
        """Return the highest threshold that was passed, 100 after the breach."""
        self.ensure_one()
        now = self.env["service.contract"]._service_now()
        if self.breached_at and self.breached_at <= now:
            return 100
        return self.alarm_percent or 0

    def _get_open_left(self, now):
        """Return the open seconds until the target is due, negative after it.

        While paused without an end in sight, as if the pause ended now.
        """
        self.ensure_one()
        if self.breached_at and self.breached_at <= now:
            return -self._get_clock().between(self.breached_at, now)
        if not self.due_at:
            return max((self.target_seconds or 0) - self.counted_s, 0)
        return self._get_clock().between(now, self.due_at)
