# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from ..tools import format_sums


class ServiceGiveawayDecide(models.TransientModel):
    """Asks for the reason before findings are given away or dismissed, and for the
    contract line that carries them."""

    _name = "service.giveaway.decide"
    _description = "Decide About Giveaways"
    _inherit = "service.dialog.mixin"
    _about = ("giveaway_ids", "contract_line_id")

    decision = fields.Selection(
        [
            ("courtesy", "Make it a courtesy"),
            ("charge", "Charge it to the contract"),
            ("change", "Offer it as a quotation"),
            ("dismiss", "Dismiss it"),
        ],
        default="courtesy",
        required=True,
    )
    giveaway_ids = fields.Many2many(
        "service.giveaway",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason_id = fields.Many2one(
        "service.courtesy.reason",
        default=lambda self: self.env["service.courtesy.reason"]._get_default(),
    )
    note = fields.Char(help="In your own words, for the record.")
    partner_id = fields.Many2one(
        "res.partner", compute="_compute_partner_id", string="Customer"
    )
    contract_line_id = fields.Many2one(
        "service.contract.line",
        compute="_compute_contract_line_id",
        store=True,
        readonly=False,
        domain="['|', ('contract_id.commercial_partner_id', '=', partner_id),"
        " ('contract_id.beneficiary_ids', '=', partner_id),"
        " ('contract_id.confirmed_at', '!=', False), ('coverage_type', '!=', 'none')]",
        help="Carries the charge.",
    )
    preview = fields.Text(compute="_compute_preview", string="What Will Happen")

    @api.depends("giveaway_ids")
    def _compute_partner_id(self):
        for wizard in self:
            customers = wizard.giveaway_ids.partner_id
            wizard.partner_id = customers if len(customers) == 1 else False

    @api.depends("giveaway_ids")
    def _compute_contract_line_id(self):
        for wizard in self:
            lines = wizard.giveaway_ids.contract_line_id
            wizard.contract_line_id = lines if len(lines) == 1 else False

    @api.depends("giveaway_ids", "decision")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            found = wizard.giveaway_ids
            words = {
                "count": len(found),
                "value": format_sums(found, "value"),
            }
            texts = {
                "courtesy": self.env._(
                    "%(count)s findings worth %(value)s are given away, on record with "
                    "your name and the reason.",
                    **words,
                ),
                "charge": self.env._(
                    "%(count)s findings worth about %(value)s are recorded on the "
                    "contract, which covers or bills them by its terms.",
                    **words,
                ),
                "change": self.env._(
                    "A quotation for each customer, of %(value)s together. Check and "
                    "send it.",
                    **words,
                ),
                "dismiss": self.env._(
                    "%(count)s findings leave the list and do not come back.", **words
                ),
            }
            wizard.preview = texts[wizard.decision]

    def action_apply(self):
        """Decide; rights and states are checked by the findings."""
        self.ensure_one()
        found = self.giveaway_ids
        line = self.contract_line_id
        if self.decision != "dismiss" and line and found.contract_line_id != line:
            found._choose_contract_line(line)
        if self.decision == "courtesy":
            found._make_courtesy(self.reason_id, self.note)
        elif self.decision == "charge":
            found.action_make_charge()
        elif self.decision == "change":
            return found.action_make_change()
        else:
            found._dismiss(self.note)
        return {"type": "ir.actions.act_window_close"}
