# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import BASE_PER_SHOWN
from ..tools import delivered_to_base


class ServiceUsageLog(models.TransientModel):
    """The journey of a visit: there and back, once however many technicians come."""

    _inherit = "service.usage.log"

    travel_task_id = fields.Many2one(
        "service.task.code",
        string="Journey",
        domain="[('is_travel', '=', True), ('unit', 'in', ('piece', 'metre'))]",
        help="How the journey there and back is charged: a task in pieces once per "
        "trip, a task in kilometres by twice the distance of the site. The price may "
        "depend on the travel zone of the site. Empty: no journey.",
    )
    visit_reference = fields.Char(
        string="Visit",
        help="Who logs the same visit types the same: the journey is charged once. "
        "Empty: one visit per ticket, site and day.",
    )

    # === BUSINESS METHODS === #

    @api.depends("travel_task_id", "visit_reference")
    def _compute_preview(self):
        return super()._compute_preview()

    def action_apply(self):
        action = super().action_apply()
        if self.unit == "visit" and self.travel_task_id:
            usages = self.env["service.usage"].sudo()  # ledger: no ACL; checked above
            # Recorded already, and withdrawn with the ticket it was logged on?
            usages._move_journeys([self._get_visit_key()])._settle_again()
        return action

    def _get_usages_to_log(self):
        vals_list = super()._get_usages_to_log()
        if self.unit != "visit":
            return vals_list
        key = self._get_visit_key()
        vals_list = [{**vals, "visit_key": key} for vals in vals_list]
        if self.travel_task_id:
            vals_list.append(self._prepare_travel(key))
        return vals_list

    def _get_visit_key(self):
        """Return what is the same for all who log this visit."""
        self.ensure_one()
        contract_sudo = self.contract_line_id.sudo().contract_id  # agents: no ACL
        reference = (self.visit_reference or "").strip()
        if reference:
            return f"visit-{contract_sudo.id}-{reference}"
        ticket = self.ticket_id
        day = contract_sudo._local_day(self.event_at)
        return f"visit-{contract_sudo.id}-{ticket.id}-{ticket.site_id.id or 0}-{day}"

    def _prepare_travel(self, key):
        """Return the values of the journey's usage; the key makes it one."""
        self.ensure_one()
        task = self.travel_task_id
        return {
            **self._prepare_usage(),
            "external_key": f"{key}:travel",
            "visit_key": key,
            "description": task.display_name,
            "unit": task.unit,
            "task_code_id": task.id,
            "quantity": self._get_travel_quantity(),
        }

    def _get_travel_quantity(self):
        """Return the journey there and back in base units.

        :raises UserError: where it is charged by a distance that nobody entered
        """
        self.ensure_one()
        if self.travel_task_id.unit != "metre":
            return BASE_PER_SHOWN["piece"]
        site = self.ticket_id.site_id or self.ticket_id.partner_id
        distance = delivered_to_base(
            self.env, site.service_distance_km, BASE_PER_SHOWN["metre"]
        )
        if distance <= 0:
            raise UserError(
                self.env._(
                    "Nobody entered how far it is to %(site)s. Write the distance on "
                    "the address, or choose a journey that is charged per trip.",
                    site=site.display_name or self.ticket_id.display_name,
                )
            )
        return 2 * distance
