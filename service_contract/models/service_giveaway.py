# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import COVERAGE_OF_UNIT, UNITS
from ..fields import BigInteger
from ..tools import format_units

KINDS = [
    ("time", "Time on no contract"),
    ("uncharged", "Delivered, not charged"),
    ("undecided", "Nobody decided"),
    ("zero_price", "Billed at 0"),
    ("silent", "Answered, nothing recorded"),
    ("sale_line", "Sold at 0"),
    ("invoice_line", "Invoiced at 0"),
]
# Where the cause of each kind is.
SOURCE_MODELS = {
    "time": "account.analytic.line",
    "uncharged": "service.usage",
    "undecided": "service.usage",
    "zero_price": "service.usage",
    "silent": "helpdesk.ticket",
    "sale_line": "sale.order.line",
    "invoice_line": "account.move.line",
}


class ServiceGiveaway(models.Model):
    """Something that was given away and nobody said so.

    Found by looking at what was done, sold and charged (``service_giveaway_find.py``),
    once for each source and kind. Somebody makes it a courtesy, a quotation or a
    charge, or dismisses it with a reason; it closes by itself when its cause is gone.
    """

    _name = "service.giveaway"
    _description = "Silent Giveaway"
    _inherit = ["service.insert.mixin"]
    _order = "day desc, id desc"
    _rec_name = "description"
    _check_company_auto = True

    # What was found
    kind = fields.Selection(KINDS, required=True, index=True)
    res_model = fields.Char(string="Source Model", required=True)
    res_id = fields.Many2oneReference(
        string="Source", model_field="res_model", required=True
    )
    found_at = fields.Datetime(required=True)
    description = fields.Char()
    day = fields.Date(required=True, help="When it was done.")
    unit = fields.Selection(UNITS, required=True)
    quantity = BigInteger(aggregator=None, help="In base units.")
    quantity_text = fields.Char(compute="_compute_quantity_text", string="How Much")
    hours = fields.Float(help="Of work; recorded, or assumed for an answer.")
    value = fields.Monetary(
        string="Worth", help="An estimate: at the price of the contract or the product."
    )

    # Whose it is
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", ondelete="restrict", index="btree_not_null"
    )
    contract_line_id = fields.Many2one(
        "service.contract.line",
        ondelete="restrict",
        index="btree_not_null",
        help="Where it is charged, if it is.",
    )
    contract_id = fields.Many2one(related="contract_line_id.contract_id", store=True)
    ticket_id = fields.Many2one(
        "helpdesk.ticket", ondelete="set null", index="btree_not_null"
    )
    product_id = fields.Many2one("product.product", ondelete="set null")
    team_id = fields.Many2one(
        "helpdesk.ticket.team", ondelete="set null", index="btree_not_null"
    )
    user_id = fields.Many2one("res.users", string="Done By", ondelete="set null")

    # What became of it
    state = fields.Selection(
        [
            ("open", "Open"),
            ("courtesy", "Courtesy"),
            ("change", "Quotation"),
            ("charge", "Charged"),
            ("dismissed", "Dismissed"),
            ("gone", "No longer so"),
        ],
        default="open",
        required=True,
        index=True,
        help="No longer so: recorded, decided or corrected at its source since.",
    )
    reason_id = fields.Many2one(
        "service.courtesy.reason", string="Kind of Reason", ondelete="restrict"
    )
    reason = fields.Char()
    decided_by_id = fields.Many2one("res.users", ondelete="restrict")
    decided_at = fields.Datetime()
    usage_id = fields.Many2one(
        "service.usage",
        string="Delivered Service",
        ondelete="restrict",
        index="btree_not_null",
        help="What was recorded of it.",
    )
    sale_order_id = fields.Many2one(
        "sale.order", string="Quotation", ondelete="set null", index="btree_not_null"
    )

    _found_once = models.UniqueIndex("(kind, res_id)", "This was found already.")
    _open_idx = models.Index("(company_id, kind) WHERE state = 'open'")
    _decided = models.Constraint(
        "CHECK (state IN ('open', 'gone') OR"
        " (decided_by_id IS NOT NULL AND decided_at IS NOT NULL))",
        "A decision has somebody who made it.",
    )

    # === COMPUTE METHODS === #

    @api.depends("quantity", "unit", "contract_line_id")
    @api.depends_context("lang")
    def _compute_quantity_text(self):
        for giveaway in self:
            giveaway.quantity_text = bool(giveaway.quantity) and format_units(
                self.env,
                giveaway.quantity,
                COVERAGE_OF_UNIT.get(giveaway.unit),
                giveaway.contract_line_id.currency_id or giveaway.currency_id,
                unit=True,
            )

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Findings are kept; dismiss this one."))

    # === ACTIONS === #

    def action_open_source(self):
        """Open what was done: the ticket, the usage, the order or the invoice."""
        self.ensure_one()
        source = self.env[self.res_model].browse(self.res_id).exists()
        record = self.ticket_id
        if self.kind == "sale_line":
            record = source.order_id
        elif self.kind == "invoice_line":
            record = source.move_id
        elif self.kind != "silent":
            record = self.ticket_id or source
        if not record:
            raise UserError(self.env._("It was deleted since."))
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }
