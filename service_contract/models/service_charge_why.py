# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from ..engine.explanation import list_gates


class ServiceCharge(models.Model):
    """Every rule that was looked at, shown with an icon and a word."""

    _inherit = "service.charge"

    why_html = fields.Html(
        compute="_compute_why_html",
        string="Each Rule",
        help="Every rule that was looked at, in order, and whether it was met.",
    )

    # === COMPUTE METHODS === #

    @api.depends("explanation")
    @api.depends_context("lang")
    def _compute_why_html(self):
        for charge in self:
            charge.why_html = charge._render_why()

    def _render_why(self):
        """Return the rules of these charges as HTML, in the reader's language."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        holds = dict(self._fields["hold_reason"]._description_selection(self.env))
        return self.env["ir.qweb"]._render(
            "service_contract.charge_why",
            {
                "charges": [
                    {
                        "kind": kinds[charge.kind],
                        "is_paid": charge.kind == "billable",
                        "hold": holds.get(charge.hold_reason),
                        "quantity": charge.quantity_text,
                        "amount": charge.kind != "covered"
                        # Of what has no price, 0 would say that it costs nothing.
                        and charge.hold_reason != "unrated"
                        and charge.currency_id.format(charge.amount),
                        "description": charge.description,
                        "reason": charge.reason,
                        "gates": charge._get_gates(),
                    }
                    for charge in self
                ],
                "is_list": len(self) > 1,
            },
        )

    # === BUSINESS METHODS === #

    def _get_gates(self):
        """Return (text, met) of every rule that was looked at, in order."""
        self.ensure_one()
        return [
            (self._explain(rule), is_met)
            for rule, is_met in list_gates(self.explanation or [])
        ]

    def _get_charges_to_explain(self):
        return self

    # === ACTIONS === #

    def action_view_service_why(self):
        """Open each rule behind the charge."""
        return self.env["service.charge.why"]._open(self)
