# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class ServiceContract(models.Model):
    """What was asked and offered on a contract."""

    _inherit = "service.contract"

    approval_ids = fields.One2many(
        "service.approval", "contract_id", string="Requests for Approval"
    )
    approval_count = fields.Integer(compute="_compute_approval_count")
    has_extra_work = fields.Boolean(
        copy=False,
        readonly=True,
        help="Extra work was quoted on this contract: new work may belong to it.",
    )

    @api.depends("approval_ids")
    def _compute_approval_count(self):
        counts = dict(
            self.env["service.approval"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.approval_count = counts.get(contract, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_approval_rules(self):
        """Remove the rules of a draft; the cache of rules has to hear of it."""
        rules = self.env["service.approval.rule"].sudo()  # they go with the contract
        rules.with_context(active_test=False).search(
            [("contract_id", "in", self.ids)]
        ).unlink()

    def action_view_approvals(self):
        """Open what was asked on this contract."""
        self.ensure_one()
        return self.env["service.approval"]._get_list_action(
            [("contract_id", "=", self.id)]
        )

    def _prepare_quotation(self):
        """Return values of a quotation to the customer of the contract."""
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.invoice_partner_id.id,
            "pricelist_id": self.pricelist_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "payment_term_id": self.payment_term_id.id,
            "journal_id": self.journal_id.id,
            "client_order_ref": self.reference,
            "origin": self.name,
            "user_id": self.user_id.id,
        }
