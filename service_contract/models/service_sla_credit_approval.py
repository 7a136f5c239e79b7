# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models
from odoo.exceptions import AccessError

STATE_OF_DECISION = {
    "approved": "approved",
    "refused": "refused",
    "void": "withdrawn",
}


class ServiceSlaCredit(models.Model):
    """Deciding about SLA credits takes the right of an approval rule."""

    _inherit = "service.sla.credit"

    approval_ids = fields.One2many(
        "service.approval", "sla_credit_id", string="Requests for Approval"
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("decision") in STATE_OF_DECISION:
            self._answer_requests(STATE_OF_DECISION[vals["decision"]])
        return result

    def _answer_requests(self, state):
        """Close what was asked about credits that are decided elsewhere."""
        credits_sudo = self.sudo()  # requests: no ACL to write
        pending = credits_sudo.approval_ids._filter_pending()
        if not pending:
            return
        pending._lock_pending()
        pending._close(state, decision=state == "approved" and "credit")
        if state != "withdrawn":
            pending._log_decision()

    def _get_decision_obstacle(self):
        """Return why the user may not decide about one of these, None if he may."""
        approvals = self.env["service.approval"]
        for credit in self:
            contract = credit.contract_id.sudo()  # by a rule: no contract ACL
            obstacle = approvals._get_rule_obstacle(
                "credit",
                contract,
                approvals._to_company_amount(credit.amount, contract),
            )
            request_sudo = credit.sudo().approval_ids._filter_pending()  # others' too
            obstacle = obstacle or approvals._get_own_obstacle(
                request_sudo.requested_by_id, credit.company_id
            )
            if obstacle:
                return obstacle
        return None

    def _check_may_decide(self):
        """Ask the approval rules instead of a role."""
        self.check_access("read")
        obstacle = not self.env.su and self._get_decision_obstacle()
        if obstacle:
            raise AccessError(obstacle)
