# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Invoices of service contracts: cancelling one makes its periods due again."""

    _inherit = "account.move"

    service_billing_run_id = fields.Many2one(
        "service.billing.run",
        string="Billing Run",
        copy=False,
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    service_contract_count = fields.Integer(
        compute="_compute_service_contract_count", compute_sudo=True
    )

    def _compute_service_contract_count(self):
        counts = dict(
            self.env["account.move.line"]._read_group(
                [("move_id", "in", self.ids), ("service_contract_id", "!=", False)],
                ["move_id"],
                ["service_contract_id:count_distinct"],
            )
        )
        for move in self:
            move.service_contract_count = counts.get(move, 0)

    def _has_service_proof(self):
        """Whether customers can be shown the work behind the invoice."""
        self.ensure_one()
        return (
            self.state == "posted"
            and self.is_sale_document()
            and bool(self.invoice_line_ids.service_contract_line_id)
        )

    def button_draft(self):
        for move in self:
            if move.state == "cancel" and move.line_ids.service_billing_period_id:
                raise UserError(
                    self.env._(
                        "%(invoice)s was cancelled, so what it bills is due again. Let "
                        "the billing make a new invoice instead.",
                        invoice=move.display_name,
                    )
                )
        result = super().button_draft()
        self._sync_service_topups()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self.line_ids._free_service_billing()
        self._sync_service_topups()
        return result

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._sync_service_topups()
        return posted

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        self._sync_service_topups()
        return result

    def _sync_service_topups(self):
        """Grant or withdraw what these invoices and credit notes sell."""
        lines_sudo = self.sudo().invoice_line_ids  # who invoices: no ledger ACL
        lines_sudo.service_topup_id._sync_lots()

    def action_view_service_contracts(self):
        """Open the service contracts that the invoice bills."""
        self.ensure_one()
        contracts = self.line_ids.service_contract_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_contract_action"
        )
        if len(contracts) == 1:
            return {**action, "views": [(False, "form")], "res_id": contracts.id}
        return {**action, "domain": [("id", "in", contracts.ids)]}
