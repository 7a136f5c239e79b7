# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError


class HelpdeskTicket(models.Model):
    """The checklist of the task: what must be done before the ticket is closed."""

    _inherit = "helpdesk.ticket"

    service_check_ids = fields.One2many(
        "service.ticket.check",
        "ticket_id",
        string="Checklist Steps",
        groups="base.group_user",
    )
    service_checklist_progress = fields.Char(
        compute="_compute_service_checklist_progress",
        compute_sudo=True,
        string="Checklist",
        groups="base.group_user",
        help="Steps of the task that are done, of all.",
    )

    # === COMPUTE METHODS === #

    @api.depends("service_check_ids.is_done")
    def _compute_service_checklist_progress(self):
        # In a form, what is ticked is not in the database yet.
        saved = self.filtered("id")
        counts = {
            ticket: [check.is_done for check in ticket.service_check_ids]
            for ticket in self - saved
        }
        groups = self.env["service.ticket.check"]._read_group(
            [("ticket_id", "in", saved.ids)], ["ticket_id", "is_done"], ["__count"]
        )
        for ticket, is_done, count in groups:
            counts.setdefault(ticket, []).extend([is_done] * count)
        for ticket in self:
            steps = counts.get(ticket)
            ticket.service_checklist_progress = (
                f"{sum(steps)}/{len(steps)}" if steps else False
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        nowhere = self.env["helpdesk.ticket.stage"]
        tasked = tickets.sudo().filtered("service_task_code_id")  # customers: no field
        tasked._renew_checklist()
        # Nobody could tick before: closed at once, it is noted and not refused.
        steps = tasked._get_steps_left(dict.fromkeys(tasked, nowhere))
        tickets._note_steps_left(steps)
        return tickets

    def write(self, vals):
        tasks_before = {}
        if "service_task_code_id" in vals:
            tasks_before = {t: t.service_task_code_id for t in self.sudo()}  # as above
        stages_before = self._get_stages_before(vals)
        result = super().write(vals)
        self.browse(
            ticket.id
            for ticket, task in tasks_before.items()
            if ticket.service_task_code_id != task
        ).sudo()._renew_checklist()  # steps: nobody may make them
        steps = self._get_steps_left(stages_before)
        if steps and self.env.user._is_internal() and not self.env.su:
            self._refuse_to_close(steps)
        self._note_steps_left(steps)
        return result

    # === BUSINESS METHODS === #

    def _renew_checklist(self):
        """Make the lists of the tickets those of their tasks."""
        if self:
            self.env["service.ticket.check"]._renew(self)

    def _get_steps_left(self, stages_before):
        """Return the required steps that are open on tickets that were closed now.

        Work on what is cancelled or merged into another ticket isn't completed, so
        nothing is left to do there.

        :param stages_before: {ticket as superuser: stage}
        :return: {ticket as superuser: service.ticket.check records}
        """
        closed_ids = [
            ticket.id
            for ticket, stage in stages_before.items()
            if ticket.service_task_code_id
            and not ticket.duplicate_id
            and ticket.stage_id._is_completing()
            and not stage._is_completing()
        ]
        if not closed_ids:
            return {}
        checks_sudo = self.env["service.ticket.check"].sudo()  # whoever closes
        return checks_sudo.search(
            [
                ("ticket_id", "in", closed_ids),
                ("is_required", "=", True),
                ("is_done", "=", False),
            ]
        ).grouped("ticket_id")

    def _refuse_to_close(self, steps):
        """Say what is left to do before the tickets can be closed.

        :param steps: from ``_get_steps_left``
        :raises UserError: always
        """
        raise UserError(
            self.env._(
                "Required steps of the checklist are open.\n\n%(steps)s\n\n"
                "Tick them under Checklist, or change the task of the ticket if they "
                "don't belong to this work.",
                steps="\n\n".join(
                    "\n- ".join([ticket.display_name, *checks.mapped("name")])
                    for ticket, checks in steps.items()
                ),
            )
        )

    def _note_steps_left(self, steps):
        """Log on tickets that were closed all the same what was not done.

        :param steps: from ``_get_steps_left``
        """
        if not steps:
            return
        tickets = self.browse(ticket.id for ticket in steps)
        tickets._message_log_batch(
            {
                ticket.id: self.env._(
                    "Closed although required steps of the checklist are open: "
                    "%(steps)s",
                    steps=", ".join(checks.mapped("name")),
                )
                for ticket, checks in steps.items()
            },
            # A customer closes a ticket, but knows no checklist.
            author_id=self.env.ref("base.partner_root").id,
        )
