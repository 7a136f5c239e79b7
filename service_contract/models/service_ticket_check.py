# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models
from odoo.exceptions import UserError


class ServiceTicketCheck(models.Model):
    """One step of the checklist of a ticket, and who did it when.

    Made when the ticket gets its task, as a copy: whoever edits the task later does
    not rewrite what was agreed for this ticket. People only tick.
    """

    _name = "service.ticket.check"
    _description = "Checklist Step of a Ticket"
    _order = "sequence, id"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", index=True
    )
    item_id = fields.Many2one(
        "service.task.code.item",
        string="Step of the Task",
        ondelete="set null",
        index="btree_not_null",
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Step", required=True)
    is_required = fields.Boolean(
        string="Required", help="The ticket can't be closed without it."
    )
    is_done = fields.Boolean(string="Done")
    done_at = fields.Datetime(readonly=True)
    done_by_id = fields.Many2one("res.users", readonly=True)

    _once = models.UniqueIndex(
        "(ticket_id, item_id) WHERE item_id IS NOT NULL",
        "This step is on the checklist of the ticket already.",
    )
    _done_at_some_time = models.Constraint(
        "CHECK (COALESCE(is_done, FALSE) = (done_at IS NOT NULL))",
        "A step is done at some time, and only a step that is done.",
    )

    # === CRUD METHODS === #

    def write(self, vals):
        if not self.env.su:
            self._check_may_tick(vals)
        if "is_done" not in vals:
            return super().write(vals)
        is_done = bool(vals["is_done"])
        # Who ticks what is ticked did not do it.
        changed = self.filtered(lambda check: check.is_done != is_done)
        now = self.env["service.contract"]._service_now()
        super(ServiceTicketCheck, changed).write(
            {
                **vals,
                "done_at": is_done and now,
                "done_by_id": is_done and self.env.uid,
            }
        )
        rest = {name: value for name, value in vals.items() if name != "is_done"}
        return super(ServiceTicketCheck, self - changed).write(rest)

    # === CHECKS === #

    def _check_may_tick(self, vals):
        """Refuse all but ticking, and ticking to who may not write the ticket.

        :raises AccessError, UserError: accordingly
        """
        if vals.keys() - {"is_done"}:
            raise UserError(
                self.env._(
                    "Steps of a checklist are only ticked: who did them and when is "
                    "recorded by itself, and the steps come from the task."
                )
            )
        self.ticket_id.check_access("write")

    # === BUSINESS METHODS === #

    def _renew(self, tickets):
        """Make the lists of tickets those of their tasks.

        Steps of former tasks that are done stay on record. The number of queries does
        not depend on the number of tickets.

        :param tickets: helpdesk.ticket records whose task was set or changed
        """
        known = self.search([("ticket_id", "in", tickets.ids)])
        stale = known.filtered(
            lambda check: (
                not check.is_done
                and check.item_id.task_code_id != check.ticket_id.service_task_code_id
            )
        )
        kept = known - stale
        present = {(check.ticket_id.id, check.item_id.id) for check in kept}
        stale.unlink()
        self.create(
            [
                self._prepare_check(ticket, item)
                for ticket in tickets
                for item in ticket.service_task_code_id.checklist_ids
                if (ticket.id, item.id) not in present
            ]
        )

    def _prepare_check(self, ticket, item):
        """Return the values of a step that is yet to be done.

        All are named: people can have defaults of their own.
        """
        return {
            "ticket_id": ticket.id,
            "item_id": item.id,
            "sequence": item.sequence,
            "name": item.name,
            "is_required": item.is_required,
            "is_done": False,
            "done_at": False,
            "done_by_id": False,
        }
