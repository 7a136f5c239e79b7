# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

UNPAID_HELP = (
    "Days after the due date of an invoice of this contract from which it goes on hold "
    "by itself. It resumes when nothing is overdue any more. 0: never."
)


class ServiceContractTemplate(models.Model):
    """Whether contracts made from the template pause while unpaid."""

    _inherit = "service.contract.template"

    unpaid_hold_days = fields.Integer(
        string="Hold If Unpaid For (days)", help=UNPAID_HELP
    )

    def _prepare_contract(self):
        return {
            **super()._prepare_contract(),
            "unpaid_hold_days": self.unpaid_hold_days,
        }


class ServiceContractHold(models.Model):
    """A hold may be there because an invoice is unpaid."""

    _inherit = "service.contract.hold"

    is_unpaid = fields.Boolean(
        string="Unpaid", help="Ends by itself when nothing is overdue any more."
    )


class ServiceContract(models.Model):
    """No service while invoices of the contract are overdue, where it says so."""

    _inherit = "service.contract"

    unpaid_hold_days = fields.Integer(
        string="Hold If Unpaid For (days)", help=UNPAID_HELP
    )

    @api.constrains("unpaid_hold_days")
    def _check_unpaid_hold_days(self):
        if any(contract.unpaid_hold_days < 0 for contract in self):
            raise ValidationError(
                self.env._("The days until an unpaid hold can't be negative.")
            )

    @api.model
    def _get_locked_fields(self):
        return super()._get_locked_fields() | {"unpaid_hold_days"}

    @api.model
    def _cron_hold_unpaid(self, limit=200):
        """Hold contracts whose invoices are overdue, and resume those that paid."""
        cron = self.env["ir.cron"]
        domain = Domain(
            [("unpaid_hold_days", ">", 0), ("state", "in", ["active", "on_hold"])]
        )
        last_id = 0
        while found := self.search(
            domain & Domain("id", ">", last_id), limit=limit, order="id"
        ):
            last_id = found[-1].id
            locked = found.try_lock_for_update(allow_referencing=True)
            locked._sync_unpaid_hold()
            if not cron._commit_progress(len(found)):
                break

    def _sync_unpaid_hold(self):
        """Begin or end the hold for unpaid invoices, as their due dates say."""
        overdue = self._get_overdue_invoices()
        for contract in self:
            holds = contract.hold_ids.filtered(
                lambda hold: hold.is_unpaid and not hold.date_to
            )
            invoices = overdue.get(contract)
            if invoices and not holds:
                reason = self.env._(
                    "Unpaid: %(invoices)s",
                    invoices=", ".join(move.display_name for move in invoices),
                )
                contract._create_hold(contract._today(), None, reason, is_unpaid=True)
            elif holds and not invoices:
                for hold in holds:
                    hold.date_to = max(contract._today(), hold.date_from)
                contract.message_post(body=self.env._("Paid: service resumes."))
        self._sync_state()

    def _get_overdue_invoices(self):
        """Return the invoices that are overdue for too long, by contract."""
        moves = self.env["account.move"].search(
            [
                ("line_ids.service_contract_id", "in", self.ids),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "in", ["not_paid", "partial"]),
                ("invoice_date_due", "<", self._service_now().date()),
            ]
        )
        overdue = {}
        for move in moves:
            for contract in move.line_ids.service_contract_id & self:
                grace = timedelta(days=contract.unpaid_hold_days)
                if move.invoice_date_due + grace < contract._today():
                    overdue.setdefault(contract, self.env["account.move"])
                    overdue[contract] |= move
        return overdue
