# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

# Facts that decide which targets apply and from when on.
TARGET_FIELDS = {
    "category_id",
    "channel_id",
    "company_id",
    "partner_id",
    "priority",
    "product_id",
    "product_serial",
    "requested_at",
    "service_contract_line_id",
    "site_id",
    "team_id",
    "user_id",
}
# Facts that decide how the timers stand.
CLOCK_FIELDS = TARGET_FIELDS | {"active", "duplicate_id", "stage_id"}


class HelpdeskTicket(models.Model):
    """A ticket whose deadlines are kept by timers.

    Whatever happens to a ticket is recorded as a fact (``service.sla.event``,
    ``service.sla.pause``) and ends in ``_sync_sla``, which reads all facts anew.
    """

    _inherit = "helpdesk.ticket"

    requested_at = fields.Datetime(tracking=True)
    sla_timer_ids = fields.One2many(
        "service.sla.timer", "ticket_id", string="SLA Timers", groups="base.group_user"
    )
    sla_event_ids = fields.One2many(
        "service.sla.event", "ticket_id", string="SLA Events", groups="base.group_user"
    )
    sla_pause_ids = fields.One2many(
        "service.sla.pause", "ticket_id", string="SLA Pauses", groups="base.group_user"
    )
    sla_due_at = fields.Datetime(
        string="SLA Due",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="The earliest deadline of the running targets.",
    )
    sla_state = fields.Selection(
        [
            ("none", "No target"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("breached", "Breached"),
            ("met", "Met"),
            ("missed", "Missed"),
            ("void", "No verdict"),
        ],
        string="SLA",
        default="none",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Breached: a target is missed and its work goes on. Met, missed: the "
        "verdict after all of them. No verdict: in time it was closed without an "
        "answer, or archived.",
    )
    sla_is_paused = fields.Boolean(
        compute="_compute_sla_is_paused",
        string="SLA Paused",
        groups="base.group_user",
    )

    # === COMPUTE METHODS === #

    @api.depends("sla_pause_ids.end_at")
    def _compute_sla_is_paused(self):
        for ticket in self:
            pauses_sudo = ticket.sudo().sla_pause_ids  # whether it is paused shows
            ticket.sla_is_paused = bool(pauses_sudo._filter_open())

    # === ACTIONS === #

    def action_resume_sla(self):
        """Let the clocks run again after a pause."""
        self.check_access("write")
        if not self._resume_sla():
            raise UserError(
                self.env._("No pause is open; the clocks of this ticket run already.")
            )
        self._sync_sla()
        return True

    # === BUSINESS METHODS: WHAT HAPPENS TO A TICKET === #

    def _start_sla(self):
        """Start the timers of new tickets."""
        tickets = self.sudo()  # facts: no ACL
        nowhere = self.env["helpdesk.ticket.stage"]
        has_facts = tickets._record_stages(dict.fromkeys(tickets, nowhere))
        tickets._sync_sla(is_new=True, has_facts=has_facts)

    def _get_stages_before(self, vals):
        """Return the stages before a write that may change them."""
        # Of an assignee the team may follow, and of the team the stage.
        if vals.keys() & {"stage_id", "team_id", "user_id"}:
            return {ticket: ticket.stage_id for ticket in self.sudo()}  # as below
        return {}

    def _follow_sla(self, vals, stages_before):
        """Record what a write changed and read the clocks again.

        :param stages_before: from ``_get_stages_before``
        """
        tickets = self.sudo()  # facts and timers: no ACL
        changed = {
            ticket: stage
            for ticket, stage in stages_before.items()
            if ticket.stage_id != stage
        }
        if changed:
            tickets.browse(t.id for t in changed)._record_stages(changed)
        if changed or vals.keys() & CLOCK_FIELDS:
            tickets._sync_sla(retarget=bool(vals.keys() & TARGET_FIELDS))

    def _notify_sla_board(self):
        """Tell the boards that deadlines of these tickets have changed. A hook."""

    def _write_sla_columns(self, columns):
        """Write state and deadline together with what else is to be written.

        Into the cache, from where they go to the database in the same UPDATE as the
        other changes of the ticket.

        :param columns: {ticket: (state, due instant or None)}
        """
        state_field, due_field = self._fields["sla_state"], self._fields["sla_due_at"]
        changed = []
        for ticket, (state, due_at) in columns.items():
            if (ticket.sla_state or "none", ticket.sla_due_at or None) != (
                state,
                due_at,
            ):
                state_field.write(ticket, state)
                due_field.write(ticket, due_at or False)
                changed.append(ticket.id)
        if changed:
            tickets = self.browse(changed)
            tickets.modified(["sla_state", "sla_due_at"])
            tickets._notify_sla_board()
