# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.exceptions import UserError

from ..engine import entitlement


class HelpdeskTicket(models.Model):
    """Finding the contract line of a ticket, and saying why."""

    _inherit = "helpdesk.ticket"

    # === COMPUTE METHODS === #

    @api.depends("service_lookup")
    @api.depends_context("lang")
    def _compute_service_lookup_html(self):
        for ticket in self:
            ticket.service_lookup_html = self.env["ir.qweb"]._render(
                "service_contract.ticket_lookup", {"verdicts": ticket._explain_lookup()}
            )

    def _explain_lookup(self):
        """Return the verdicts of the lookup in the reader's words."""
        self.ensure_one()
        labels = {
            "state": self.env._("Contract is in force"),
            "dates": self.env._("Line covers that day"),
            "contact": self.env._("Contact is covered"),
            "site": self.env._("Site is covered"),
            "product": self.env._("Product is covered"),
            "serial": self.env._("Serial number is covered"),
            "category": self.env._("Category is covered"),
            "channel": self.env._("Channel is covered"),
            "balance": self.env._("Allotment is left, or the line goes on without"),
        }
        lines_sudo = self.env["service.contract.line"].sudo()  # agents: no contract ACL
        verdicts = []
        for verdict in self.service_lookup or []:
            line = lines_sudo.browse(verdict["line"]).exists()
            verdicts.append(
                {
                    "name": line.display_name or self.env._("Deleted line"),
                    "chosen": line == self.service_contract_line_id,
                    "proposed": line == self.service_proposed_line_id,
                    "covers": not verdict["failed"],
                    "shared_by": line.contract_id.commercial_partner_id.display_name
                    if verdict.get("shared")
                    else False,
                    "conditions": [
                        (
                            label,
                            code not in verdict["failed"],
                            code in verdict["stated"],
                        )
                        for code, label in labels.items()
                    ],
                }
            )
        return verdicts

    # === BUSINESS METHODS: LOOKUP === #

    def _get_requested_at(self):
        """Return the instant that decides coverage (naive UTC)."""
        self.ensure_one()
        return self.requested_at or self.env["service.contract"]._service_now()

    def _get_entitlement_request(self):
        """Return the ticket as the engine sees it."""
        self.ensure_one()
        return entitlement.Request(
            contact=self.partner_id.id or None,
            site=self.site_id.id or None,
            product=self.product_id.id or None,
            serial=self.product_serial or None,
            category=self.category_id.id or None,
            channel=self.channel_id.id or None,
        )

    def _find_contract_line(self):
        """Propose the line that covers each ticket, and use it unless somebody chose.

        A choice by hand for another customer or company is dropped: it can't be
        right.
        """
        tickets = self.filtered("partner_id")
        ranked = self.env["service.contract.line"]._rank_for_tickets(tickets)
        lines = self.env["service.contract.line"].sudo()  # agents: no contract ACL
        for ticket in self:
            verdicts = ranked.get(ticket, [])
            best = verdicts[0] if verdicts and verdicts[0].covers else None
            proposed = lines.browse(best.candidate.key if best else False)
            vals = {
                "service_proposed_line_id": proposed.id,
                "service_lookup": [
                    {
                        "line": verdict.candidate.key,
                        "state": verdict.candidate.state,
                        "failed": [c.code for c in verdict.conditions if not c.passed],
                        "stated": [c.code for c in verdict.conditions if c.weight],
                        "shared": verdict.candidate.is_shared,
                    }
                    for verdict in verdicts[:20]
                ],
            }
            is_wrong = (
                ticket.service_contract_line_id and not ticket._has_line_that_belongs()
            )
            if not ticket.service_line_is_manual or is_wrong:
                vals["service_contract_line_id"] = proposed.id
                vals["service_line_is_manual"] = False
            ticket._write_found_line(vals)

    def _has_line_that_belongs(self):
        """Whether the contract covers the ticket's customer, in its company."""
        self.ensure_one()
        line_sudo = self.service_contract_line_id.sudo()  # agents: no contract ACL
        contract = line_sudo.contract_id
        return (
            self.partner_id.commercial_partner_id in contract._get_customers()
            and contract.company_id == self.company_id
        )

    def _check_line_belongs(self):
        """Refuse a contract of another customer or company.

        :raises UserError: with what to do
        """
        for ticket in self:
            if ticket.service_contract_line_id and not ticket._has_line_that_belongs():
                line_sudo = ticket.service_contract_line_id.sudo()  # agents: no ACL
                raise UserError(
                    self.env._(
                        "%(line)s belongs to another customer or company than ticket "
                        "%(ticket)s. Choose one of the ticket's customer, or one that "
                        "is shared with him.",
                        line=line_sudo.display_name,
                        ticket=ticket.display_name,
                    )
                )

    def _check_line_accepts(self, line=None):
        """Refuse a line by hand where its policy says so.

        :raises UserError: with the reason and what to do
        """
        if not self:
            return
        line_sudo = line and line.sudo()  # agents: no contract ACL
        lines_sudo = line_sudo or self.service_contract_line_id.sudo()  # as above
        balances = lines_sudo._get_refusing_lots(self)
        for ticket in self:
            chosen = line_sudo or ticket.service_contract_line_id.sudo()  # as above
            instant = ticket._get_requested_at()
            contract = chosen.contract_id
            state = contract._state_on(contract._local_day(instant))
            if state != "active" and contract.ticket_policy == "refuse":
                labels = dict(
                    contract._fields["state"]._description_selection(self.env)
                )
                raise UserError(
                    self.env._(
                        "%(contract)s is %(state)s and takes no tickets. Choose "
                        "another contract, or leave the ticket without one.",
                        contract=contract.display_name,
                        state=labels[state].lower(),
                    )
                )
            if chosen._refuses(instant, balances):
                raise UserError(
                    self.env._(
                        "%(line)s is used up and takes no new tickets. Adjust its "
                        "allotment, or leave the ticket without a contract.",
                        line=chosen.display_name,
                    )
                )
