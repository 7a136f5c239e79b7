# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.tools import format_datetime

CLASS_OF_STATE = {
    "approved": "success",
    "refused": "danger",
    "expired": "secondary",
    "withdrawn": "secondary",
}


class ServiceApproval(models.Model):
    """Where requests are shown: the page behind the links in the mail, and lists."""

    _inherit = "service.approval"

    # === ACTIONS === #

    def action_view_order(self):
        """Open the quotation that the customer has."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }

    @api.model
    def _get_list_action(self, domain):
        """Return the action that opens some requests; one of them as a form."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_approval_action"
        )
        action |= {"domain": domain, "context": {}}
        found = self.search(domain, limit=2)
        if len(found) == 1:
            action |= {"views": [(False, "form")], "res_id": found.id}
        return action

    # === PAGE === #

    def _get_page_url(self, choice=None):
        """Return the address of the page; following it decides nothing."""
        self.ensure_one()
        query = f"?choice={choice}" if choice else ""
        return f"{self.get_base_url()}/service/approval/{self.id}{query}"

    def _get_page_values(self):
        """Return what the page shows, as plain values."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        is_open = self.state == "pending"
        return {
            "name": self.name,
            "kind": kinds[self.kind],
            "company": self.company_id.sudo().name,  # its name alone
            "amount": self.amount and self.currency_id.format(self.amount),
            "can_decide": self.can_decide,
            "obstacle": is_open and self._get_obstacle(),
            "closed_text": not is_open and self._get_answer_text(),
            "closed_class": CLASS_OF_STATE.get(self.state),
            "approve_text": self.approve_text,
            "refuse_text": self.refuse_text,
            "facts": [(name, text) for name, text in self._get_page_facts() if text],
            "links": self._get_page_links(),
            "backend_url": f"/odoo/service-approvals/{self.id}",
        }

    def _format_instant(self, instant):
        return format_datetime(self.env, instant, dt_format="short")

    def _get_answer_text(self):
        """Return in words how it was decided, by whom and when."""
        self.ensure_one()
        decisions = dict(self._fields["decision"]._description_selection(self.env))
        words = {
            "who": self.decided_by_name or self.env._("Somebody"),
            "when": self._format_instant(self.decided_at),
            "what": decisions.get(self.decision) or self.refuse_text,
        }
        texts = {
            "approved": self.env._("%(who)s approved it, %(when)s: %(what)s", **words),
            "refused": self.env._("%(who)s refused it, %(when)s: %(what)s", **words),
            "expired": self.env._(
                "Nobody decided in time, %(when)s. Ask again if it still matters.",
                **words,
            ),
            "withdrawn": self.env._(
                "Withdrawn, %(when)s. There is nothing to decide.", **words
            ),
        }
        return texts[self.state]

    def _get_page_facts(self):
        """Return pairs of a heading and a text."""
        request = self.sudo()  # names of what it is about; whoever sees it
        asked = dict(self._fields["asked"]._description_selection(self.env))
        return [
            (self.env._("Asked for"), asked[self.asked]),
            (self.env._("Why"), self.why_text),
            (self.env._("Quantity"), self.quantity_text),
            (self.env._("Customer"), request.partner_id.display_name),
            (self.env._("Contract"), request.contract_id.display_name),
            (
                self.env._("Asked by"),
                self.env._(
                    "%(who)s, %(when)s",
                    who=request.requested_by_id.name,
                    when=self._format_instant(self.requested_at),
                ),
            ),
            (
                self.env._("Valid until"),
                self.state == "pending" and self._format_instant(self.valid_until),
            ),
            (self.env._("Note"), self.note),
        ]

    def _get_page_links(self):
        """Return pairs of a text and an address: the proof, as far as one sees it."""
        links = []
        ticket = self.ticket_id
        if ticket and ticket.has_access("read"):
            links.append((ticket.display_name, f"/odoo/helpdesk-tickets/{ticket.id}"))
        usage = self.usage_id
        if usage and usage.has_access("read"):
            links.append((usage.display_name, f"/odoo/service-usages/{usage.id}"))
        for attachment in self.attachment_ids._filtered_access("read"):
            links.append((attachment.name, f"/web/content/{attachment.id}"))
        return links
