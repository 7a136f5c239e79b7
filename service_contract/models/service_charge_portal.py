# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

from ..const import UNIT_OF_COVERAGE


class ServiceCharge(models.Model):
    """What customers see of a charge."""

    _inherit = "service.charge"

    @api.model
    def _get_portal_domain(self):
        """Return the domain of the charges that stand and say something.

        Corrected ones are left out, and what a counted line covers without counting
        it, such as the case of a ticket on a line of hours.
        """
        return (
            Domain("is_reversed", "=", False)
            & Domain("reversed_charge_id", "=", False)
            & (
                Domain("kind", "!=", "covered")
                | Domain("entry_id", "!=", False)
                | Domain(
                    "contract_line_id.coverage_type", "not in", [*UNIT_OF_COVERAGE]
                )
            )
        )

    def _get_portal_values(self, tickets, share):
        """Return what the pages show of one draw.

        :param tickets: what is shown of tickets, by id
        :param share: see ``service.contract._get_portal_shares``; prices are a matter
            between us and the customer
        """
        self.ensure_one()
        kinds = {
            "covered": self.env._("Covered"),
            "billable": self.env._("Beyond the allotment")
            if share
            else self.env._("Billed"),
            "courtesy": self.env._("Courtesy, free of charge"),
            "warranty": self.env._("Warranty, free of charge"),
            "excluded": self.env._("Not charged"),
            "to_approve": self.env._("To be agreed with you"),
        }
        ticket = self.ticket_id
        is_typed = not ticket and self.usage_id.source in ("manual", "import", "api")
        customer = self.usage_id.partner_id.commercial_partner_id
        is_other = customer and customer != self.contract_id.commercial_partner_id
        # What others pay and why is between them and us.
        is_told = not share or self.kind == "covered"
        return {
            "day": format_date(self.env, self.contract_id._local_day(self.event_at)),
            "ticket": tickets.get(ticket.id),
            # Descriptions of timesheets are written for colleagues.
            "description": is_typed and self.description or "",
            "drawn_by": is_other and not share and customer.name or "",
            "quantity": self.quantity_text,
            "kind": self.kind,
            "kind_text": kinds[self.kind],
            "amount": self.kind == "billable"
            and not share
            and formatLang(self.env, self.amount, currency_obj=self.currency_id)
            or "",
            "why": self.explanation_text.split("\n") if is_told else [],
            "gates": self._get_gates() if is_told else [],
        }
