# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

SOURCES = ("charge_id", "timesheet_id", "ticket_id", "invoice_line_id")


class ServiceChargeWhy(models.TransientModel):
    """Answers "why is this billable?" for whoever may read what was asked about."""

    _name = "service.charge.why"
    _description = "Why Is This Billable?"
    _inherit = "service.dialog.mixin"
    _about = SOURCES

    charge_id = fields.Many2one("service.charge", ondelete="cascade")
    timesheet_id = fields.Many2one("account.analytic.line", ondelete="cascade")
    ticket_id = fields.Many2one("helpdesk.ticket", ondelete="cascade")
    invoice_line_id = fields.Many2one("account.move.line", ondelete="cascade")
    html = fields.Html(compute="_compute_html", string="Each Rule")

    @api.depends(*SOURCES)
    @api.depends_context("lang", "uid")
    def _compute_html(self):
        for wizard in self:
            wizard.html = wizard._get_charges()._render_why()

    def _get_charges(self):
        """Return the charges that stand behind what was asked about."""
        self.ensure_one()
        source = next((self[name] for name in SOURCES if self[name]), None)
        if source is None:
            return self.charge_id
        source.check_access("read")
        source_sudo = source.sudo()  # who may read the source may know why; see above
        charges = source_sudo._get_charges_to_explain()
        # What is not recorded yet is what the reader decides about now: it is first.
        return charges.sorted(
            lambda charge: (bool(charge._origin), charge.event_at, charge._origin.id)
        )

    @api.model
    def _open(self, source):
        """Return the action that shows why, of one source."""
        source.ensure_one()
        source.check_access("read")
        by_model = {self._fields[name].comodel_name: name for name in SOURCES}
        wizard = self.create({by_model[source._name]: source.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why Is This Billable?"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }
