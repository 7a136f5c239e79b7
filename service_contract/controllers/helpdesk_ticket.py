# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import http
from odoo.http import request

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk

from .tools import parse_id, parse_text, parse_token

# Session key of the message that the next ticket page shows once.
MESSAGE_KEY = "service_contract_ticket_message"


class ServiceContractTicketController(HelpdeskTicketController):
    """Closing and submitting tickets, fenced.

    ``helpdesk_mgmt`` closes any ticket for anybody who is logged in, over GET.
    """

    @http.route(methods=["POST"])
    def support_ticket_close(self, ticket_id=None, stage_id=None, **kw):
        """Close one's own ticket.

        A ticket that is not there and one that is not the user's get the same answer.
        """
        ticket = request.env["helpdesk.ticket"].search(
            [("id", "=", parse_id(ticket_id))]
        )
        if not ticket:
            raise request.not_found()
        stages = ticket._get_portal_close_stages(request.env.user)
        stage = stages.filtered(lambda stage: stage.id == parse_id(stage_id))
        if stage:
            ticket_sudo = ticket.sudo()  # customers: no write; checked above
            ticket_sudo.stage_id = stage
        else:
            request.session[MESSAGE_KEY] = "not_closed"
        return request.redirect(f"/my/ticket/{ticket.id}", code=302)

    @http.route(methods=["POST"])
    def submit_ticket(self, **kw):
        """Make a ticket, or show the form again and say what is wrong.

        Size and type of uploads are not restricted here yet beyond Odoo's limit.
        """
        error = self._get_submit_error(**kw)
        if error:
            values = self._get_create_new_ticket_values(**kw)
            response = request.render(
                "helpdesk_mgmt.portal_create_ticket",
                {**values, "service_contract_error": error},
            )
            response.status_code = 400
            return response
        return super().submit_ticket(**kw)

    def _get_submit_error(self, **kw):
        """Return what is wrong with a submitted ticket, or False."""
        texts = [kw.get(name) for name in ("subject", "description")]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            return request.env._("Give a subject and a description.")
        if texts != [parse_text(text) for text in texts]:
            return request.env._("The text contains characters that can't be stored.")
        offered = [("show_in_portal", "=", True)]
        for name in ("category", "team"):
            known = request.env[f"helpdesk.ticket.{name}"].search(offered).ids
            if kw.get(name) and parse_id(kw[name]) not in known:
                return request.env._("Choose one of the offered teams and categories.")
        return False


class ServiceContractTicketPortal(CustomerPortalHelpdesk):
    """The list and the page of a ticket, fenced."""

    @http.route()
    def portal_my_tickets(self, date_begin=None, date_end=None, **kw):
        """List one's tickets; what the page does not know is left out."""
        known = {
            "sortby": self._ticket_get_searchbar_sortings(),
            "groupby": self._ticket_get_searchbar_groupby(),
            "search_in": self._ticket_get_searchbar_inputs(),
        }
        for name, choices in known.items():
            if kw.get(name) not in choices:
                kw.pop(name, None)
        kw["search"] = parse_text(kw.get("search"))
        return super().portal_my_tickets(**kw)

    @http.route()
    def portal_my_ticket(self, ticket_id, access_token=None, **kw):
        """Show a ticket to whom may read it, or has its token."""
        return super().portal_my_ticket(ticket_id, parse_token(access_token), **kw)

    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        values["closed_stages"] = ticket._get_portal_close_stages(request.env.user)
        values["sla_targets"] = ticket._get_portal_targets()
        values["ticket_message"] = request.session.pop(MESSAGE_KEY, None)
        return values
