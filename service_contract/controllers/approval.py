# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from .tools import MAX_ID, parse_text


class ServiceApprovalController(http.Controller):
    """Approve or refuse from a link in a mail, on a phone.

    The links only show the page: nothing is decided by following one. The buttons on
    it post, with the session's token, as the person who is logged in.
    """

    @http.route(
        "/service/approval/<int:approval_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def show(self, approval_id, choice=None, **kw):
        """Show what is asked, with the buttons for who may decide.

        :param choice: approve or refuse: which button is put first
        """
        approval = self._get_approval(approval_id)
        return self._render(approval, choice=parse_text(choice))

    @http.route(
        "/service/approval/<int:approval_id>/decide",
        type="http",
        auth="user",
        methods=["POST"],
    )
    def decide(self, approval_id, answer=None, note=None, **kw):
        """Approve or refuse, and show what became of it.

        :param answer: approve or refuse
        """
        approval = self._get_approval(approval_id)
        note = parse_text(note).strip() or None
        try:
            with request.env.cr.savepoint():
                if answer == "approve":
                    approval.action_approve(note=note)
                elif answer == "refuse":
                    approval.action_refuse(note=note)
                else:
                    raise UserError(request.env._("Approve or refuse."))
        except (AccessError, UserError) as error:
            response = self._render(approval, error=str(error))
            response.status_code = 403 if isinstance(error, AccessError) else 409
            return response
        return request.redirect(f"/service/approval/{approval.id}", code=303)

    def _get_approval(self, approval_id):
        """Return a request that the user sees; the others are not there for him."""
        approvals = request.env["service.approval"]
        if not approvals.has_access("read"):
            raise request.not_found()
        approval = approvals.search([("id", "=", min(approval_id, MAX_ID))])
        if not approval:
            raise request.not_found()
        return approval

    def _render(self, approval, choice="", error=None):
        # A decision that failed was undone: the page shows what is stored.
        approval.invalidate_recordset()
        return request.render(
            "service_contract.approval_page",
            {
                "approval": approval,
                "values": approval._get_page_values(),
                "refuse_first": choice == "refuse",
                "error": error,
            },
        )
