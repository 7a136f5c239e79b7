# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models


class HelpdeskTicket(models.Model):
    """What customers may do with their tickets under ``/my``."""

    _inherit = "helpdesk.ticket"

    def _get_portal_close_stages(self, viewer):
        """Return the stages to which a user may close the ticket from the portal.

        To read a ticket is not enough: people of other companies follow tickets too.

        :param viewer: res.users who wants to close it
        :return: helpdesk.ticket.stage records, none where the user may not
        """
        self.ensure_one()
        customer = self.commercial_partner_id
        ticket = self.with_user(viewer)
        viewer_sudo = viewer.sudo()  # portal users may not read users
        is_own = bool(customer) and customer == viewer_sudo.commercial_partner_id
        if not ticket.has_access("read" if is_own else "write"):
            return self.env["helpdesk.ticket.stage"]
        ticket_sudo = self.sudo()  # stages and teams: portal users read few of them
        if ticket_sudo.stage_id.closed:
            return ticket_sudo.stage_id.browse()
        team = ticket_sudo.team_id.with_company(ticket_sudo.company_id)
        return team._get_applicable_stages().filtered("close_from_portal")

    def _get_portal_targets(self):
        """Return the promises on this ticket as its customer may see them.

        What was promised, until when, and whether it was kept: no policies, no names,
        no reasons of the house. A missed target that nobody has met yet is late.

        :return: list of dicts: label, state (running, paused, late, met, missed),
            due_at (naive UTC, None while paused)
        """
        self.ensure_one()
        panel = self.sudo().sla_panel or []  # the customer reads no SLA records
        targets = []
        for target in panel:
            state = target["state"]
            if state in ("void", "superseded", "merged"):
                continue
            if state == "running" and target["remaining_open_s"] < 0:
                state = "late"
            due_at = target["due_at"] and target["due_at"].removesuffix("Z")
            targets.append(
                {
                    "label": target["label"],
                    "state": state,
                    "due_at": fields.Datetime.to_datetime(
                        due_at and due_at.replace("T", " ")
                    ),
                }
            )
        return targets
