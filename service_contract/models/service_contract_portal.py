# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

# How many draws, tickets and invoices the page of a contract shows.
PAGE_ROWS = 20


class ServiceContract(models.Model):
    """What customers see of their contracts under ``/my``.

    The pages get plain values made here and no records of lines, counters or
    charges, so a template can't show more than is listed in this file: no notes, no
    reasons typed for colleagues, no costs, nothing of other customers.
    """

    _inherit = "service.contract"
    # Who may see a contract may write about it, as customers do on the page.
    _mail_post_access = "read"

    # === PORTAL: SHARING === #

    @api.depends("state")
    def _compute_access_warning(self):
        result = super()._compute_access_warning()
        for contract in self:
            if contract.state == "draft":
                contract.access_warning = self.env._(
                    "Customers see this contract once it is confirmed."
                )
        return result

    # === PORTAL: WHICH CONTRACTS === #

    @api.model
    def _get_portal_domain(self):
        """Return the domain of the contracts that the user sees as a customer.

        Those of the record rule of portal users, and those that are shared with the
        user's company, whose records he may not read (``_get_portal_shares``).
        Employees, whom that rule does not bind, see their own company's too and not
        every customer's.
        """
        customer = self.env.user.commercial_partner_id
        return (
            Domain("company_id", "in", self.env.companies.ids)
            & Domain("state", "!=", "draft")
            & (
                Domain("commercial_partner_id", "=", customer.id)
                | Domain("beneficiary_ids", "in", customer.ids)
            )
        )

    def _get_portal_summaries(self):
        """Return what the list of contracts shows of each, in a few queries."""
        lots_by_line = self.line_ids._get_current_lots()
        shares = self._get_portal_shares(self.env.user)
        return [
            {
                **contract._get_portal_header(shares[contract]),
                "lines": contract.line_ids._get_portal_summaries(lots_by_line)
                if contract.state in ("invoiced", "active", "on_hold")
                else [],
            }
            for contract in self
        ]

    # === PORTAL: ONE CONTRACT === #

    def _get_portal_values(self, viewer):
        """Return everything that the page of the contract shows, as plain values.

        The number of queries does not grow with the draws, tickets or invoices.

        :param viewer: res.users who looks; links lead only to what they may read
        """
        self.ensure_one()
        share = self._get_portal_shares(viewer)[self]
        return {
            **self._get_portal_header(share),
            "contact": self._get_portal_contact(),
            "next_invoice": self.next_bill_date
            and not share
            and format_date(self.env, max(self.next_bill_date, self._today()))
            or "",
            "lines": self.line_ids._get_portal_values(share),
            "sites": self._get_portal_sites(share),
            "draws": self._get_portal_draws(viewer, share, limit=PAGE_ROWS),
            "draw_count": self._get_portal_draw_count(share),
            "tickets": self._get_portal_tickets(viewer, share),
            "invoices": [] if share else self._get_portal_invoices(viewer),
        }

    def _get_portal_header(self, share=None):
        """Return number, state and dates; days are those of the contract's zone.

        :param share: see ``_get_portal_shares``
        """
        self.ensure_one()
        return {
            "number": self.name,
            "reference": not share and self.reference or "",
            "shared_by": share and self.commercial_partner_id.name or "",
            "url": self.access_url,
            "state": self.state,
            "state_label": self._get_portal_state_label(),
            "state_text": self._get_portal_state_text(),
            "date_start": format_date(self.env, self.date_start),
            "date_end": self.date_end
            and format_date(self.env, self.date_end)
            or self.env._("open end"),
            "tz": self.tz,
        }

    def _get_portal_state_label(self):
        if self.state == "invoiced":
            return self.env._("Not started")
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _get_portal_state_text(self):
        """Return what the state means for the customer, with the day it is about."""
        self.ensure_one()
        if self.state == "invoiced":
            day = format_date(self.env, self.date_start)
            return self.env._("Service starts on %(day)s.", day=day)
        if self.state == "on_hold":
            return self._get_portal_hold_text()
        if self.state == "cancelled":
            day = format_date(self.env, self.date_cancelled)
            return self.env._("Cancelled from %(day)s.", day=day)
        if self.state == "expired":
            day = format_date(self.env, self.date_end)
            return self.env._("Ended on %(day)s.", day=day)
        if self.date_cancelled:
            last_day = self.date_cancelled - timedelta(days=1)
            return self.env._(
                "In force until %(day)s.", day=format_date(self.env, last_day)
            )
        if self.date_end:
            day = format_date(self.env, self.date_end)
            return self.env._("In force until %(day)s.", day=day)
        return self.env._("In force.")

    def _get_portal_hold_text(self):
        today = self._today()
        resumes = [
            hold.date_to
            for hold in self.hold_ids
            if hold.date_from <= today and hold.date_to and hold.date_to > today
        ]
        if not resumes:
            return self.env._("No service for the time being.")
        return self.env._(
            "No service until it resumes on %(day)s.",
            day=format_date(self.env, max(resumes)),
        )

    def _get_portal_contact(self):
        """Return whom to ask: the responsible, or the company where there is none."""
        self.ensure_one()
        partner = self.user_id.partner_id or self.company_id.partner_id
        return {
            "name": partner.name,
            "email": partner.email or "",
            "phone": partner.phone or "",
        }

    # === PORTAL: DRAWS === #

    def _get_portal_draw_domain(self, share=None):
        """Return the domain of the charges of the contract that are shown.

        :param share: see ``_get_portal_shares``
        """
        self.ensure_one()
        whose = Domain("contract_id", "=", self.id)
        if share:
            whose &= Domain("usage_id.partner_id.commercial_partner_id", "=", share.id)
        return whose & self.env["service.charge"]._get_portal_domain()

    def _get_portal_draw_count(self, share=None):
        return self.env["service.charge"].search_count(
            self._get_portal_draw_domain(share)
        )

    def _get_portal_draws(self, viewer, share, limit, offset=0):
        """Return what was drawn and billed, the last first.

        :param viewer: res.users who looks
        :param share: see ``_get_portal_shares``
        """
        charges = self.env["service.charge"].search(
            self._get_portal_draw_domain(share), limit=limit, offset=offset
        )
        tickets = self._get_portal_ticket_values(charges.ticket_id, viewer, share)
        return [charge._get_portal_values(tickets, share) for charge in charges]

    # === PORTAL: SITES === #

    def _get_portal_sites(self, share):
        """Return what each site or customer drew of the lots that are valid now.

        Of contracts that are divided or shared.

        :param share: see ``_get_portal_shares``
        """
        if not self.beneficiary_ids and not any(self.line_ids.mapped("has_quotas")):
            return []
        domain = Domain("contract_id", "=", self.id)
        if share:
            domain &= Domain("customer_id", "=", share.id)
        rows = self.env["service.coverage.site"]._get_current(domain)
        return [
            row._get_portal_values()
            for row in rows.sorted(lambda row: (row.contract_line_id.id, row.id))
        ]

    # === PORTAL: TICKETS === #

    def _get_portal_tickets(self, viewer, share):
        """Return the last tickets of the contract.

        :param viewer: res.users who looks
        :param share: see ``_get_portal_shares``
        """
        customer = share or self.commercial_partner_id
        tickets = self.env["helpdesk.ticket"].search(
            [
                ("service_contract_id", "=", self.id),
                ("commercial_partner_id", "=", customer.id),
            ],
            order="requested_at desc, id desc",
            limit=PAGE_ROWS,
        )
        return list(self._get_portal_ticket_values(tickets, viewer, share).values())

    def _get_portal_ticket_values(self, tickets, viewer, share):
        """Return what is shown of tickets, by id; another customer's are left out.

        :param viewer: res.users who looks; only tickets they may read get a link
        :param share: see ``_get_portal_shares``
        """
        self.ensure_one()
        customer = share or self.commercial_partner_id
        own = tickets.filtered(lambda ticket: ticket.commercial_partner_id == customer)
        readable_ids = set(own.with_user(viewer)._filtered_access("read").ids)
        return {
            ticket.id: {
                "number": ticket.number,
                "title": ticket.name,
                "stage": ticket.stage_id.name or "",
                "day": format_date(self.env, self._local_day(ticket.requested_at)),
                "url": ticket.access_url if ticket.id in readable_ids else "",
            }
            for ticket in own
        }

    # === PORTAL: INVOICES === #

    def _get_portal_invoices(self, viewer):
        """Return the last posted invoices and credit notes with lines of the contract.

        An invoice that another customer receives is shown to that customer only.

        :param viewer: res.users who looks; amount and link only where they may read
        """
        self.ensure_one()
        moves = self.env["account.move"].search(
            [
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("invoice_line_ids.service_contract_id", "=", self.id),
            ],
            order="invoice_date desc, id desc",
            limit=PAGE_ROWS,
        )
        readable_ids = set(moves.with_user(viewer)._filtered_access("read").ids)
        return [self._get_portal_invoice(move, readable_ids) for move in moves]

    def _get_portal_invoice(self, move, readable_ids):
        values = {
            "number": move.name,
            "is_credit": move.move_type == "out_refund",
            "day": format_date(self.env, move.invoice_date),
            "url": "",
            "proof_url": "",
            "amount": "",
            "status": "",
        }
        if move.id not in readable_ids:
            return values
        return {
            **values,
            "url": move.access_url,
            "proof_url": f"/my/contracts/proof/{move.id}",
            "amount": formatLang(
                self.env, move.amount_total, currency_obj=move.currency_id
            ),
            "status": self._get_portal_payment_text(move),
        }

    def _get_portal_payment_text(self, move):
        if move.currency_id.is_zero(move.amount_residual):
            return self.env._("Settled")
        return self.env._(
            "Open, due on %(day)s",
            day=format_date(self.env, move.invoice_date_due or move.invoice_date),
        )
