# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import formatLang

# Outcomes of work that a fee pays for: they are shown with the fee of their period.
PAID_BY_FEE = ("covered", "courtesy", "excluded", "warranty")


class AccountMoveProof(models.AbstractModel):
    """Proof of Services: the work behind each line of an invoice, as a PDF.

    A line of overage shows what it bills, and its sum is that of the line. A fee shows
    what was used in its period, by the day of the contract's time zone, as far as it
    is recorded when the page is printed. Customers get the page too, so it shows what
    the portal shows of a charge and nothing more.
    """

    _name = "report.service_contract.account_move_proof"
    _description = "Proof of Services"

    @api.model
    def _get_report_values(self, docids, data=None):
        moves = self.env["account.move"].browse(docids)
        moves.check_access("read")
        proofs = {}
        for lang, of_lang in moves.grouped(lambda move: move.partner_id.lang).items():
            proofs |= self._get_proofs(of_lang.with_context(lang=lang))
        return {
            "doc_ids": docids,
            "doc_model": "account.move",
            "docs": moves,
            "proofs": proofs,
        }

    @api.model
    def _get_proofs(self, moves):
        """Return the sections of each invoice; a handful of queries for all of them.

        :return: by id of the invoice, a list of sections as plain values
        """
        lines_sudo = moves.sudo().invoice_line_ids  # who reads invoices: no ledger ACL
        lines_sudo = lines_sudo.filtered("service_contract_line_id")
        charges = self.with_env(lines_sudo.env)._get_charges(lines_sudo)
        tickets = {
            ticket.id: {"number": ticket.number, "title": ticket.name}
            for of_line in charges.values()
            for charge in of_line
            if (ticket := charge.ticket_id)
            and ticket.commercial_partner_id == charge.contract_id.commercial_partner_id
        }
        proofs = {move.id: [] for move in moves}
        for line in lines_sudo:
            proofs[line.move_id.id].append(
                self._get_section(line, charges[line], tickets)
            )
        return proofs

    @api.model
    def _get_section(self, line, charges, tickets):
        contract_line = line.service_contract_line_id
        is_fee = line.service_billing_period_id.kind == "recurring"
        return {
            "contract": contract_line.contract_id.name,
            "name": line.name,
            "promise": is_fee and contract_line._get_portal_promise() or "",
            "rows": [charge._get_portal_values(tickets, None) for charge in charges],
            "total": formatLang(
                self.env, line.price_subtotal, currency_obj=line.currency_id
            ),
        }

    @api.model
    def _get_charges(self, lines):
        """Return the charges behind each invoice line, in the order of their events."""
        fees = lines.filtered(
            lambda line: line.service_billing_period_id.kind == "recurring"
        )
        domain = Domain("invoice_line_id", "in", lines.ids)
        domain |= Domain("courtesy_invoice_line_id", "in", lines.ids)
        domain |= Domain.OR(self._get_fee_domain(line) for line in fees)
        charges = self.env["service.charge"].search(domain, order="event_at, id")
        by_line = {line: charges.browse() for line in lines}
        used = charges.filtered(lambda charge: charge.kind in PAID_BY_FEE)
        for charge in charges - used:
            by_line[charge.invoice_line_id] |= charge
        for charge in used.filtered("courtesy_invoice_line_id"):
            by_line[charge.courtesy_invoice_line_id] |= charge
        for line in fees:
            by_line[line] = used.filtered(
                lambda charge, line=line: (
                    charge.contract_line_id == line.service_contract_line_id
                    and not charge.courtesy_invoice_line_id
                    and line.service_period_start
                    <= charge._get_billing_day()
                    <= line.service_period_end
                )
            )
        return {
            line: of_line.with_prefetch(charges.ids)
            for line, of_line in by_line.items()
        }

    @api.model
    def _get_fee_domain(self, line):
        """Return the domain of what may have been used in the period of a fee.

        A day more on both sides, since a day begins at another instant in each zone.
        """
        first = line.service_period_start - timedelta(days=1)
        last = line.service_period_end + timedelta(days=2)
        return (
            Domain("contract_line_id", "=", line.service_contract_line_id.id)
            & Domain("kind", "in", PAID_BY_FEE)
            & Domain("event_at", ">=", first)
            & Domain("event_at", "<", last)
            & self.env["service.charge"]._get_portal_domain()
        )
