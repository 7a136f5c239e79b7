# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fields import BigInteger
from ..tools import format_units
from ._append_only import protect_columns


class ServiceCoverageEntry(models.Model):
    """One change of a counter. Never edited: a correction is another entry."""

    _name = "service.coverage.entry"
    _description = "Coverage Entry"
    _inherit = ["service.quantity.mixin"]
    _order = "event_at desc, id desc"
    _shown_quantities = {"shown_quantity": "quantity"}

    counter_id = fields.Many2one(
        "service.coverage.counter", required=True, ondelete="restrict", index=True
    )
    contract_line_id = fields.Many2one(
        related="counter_id.contract_line_id", store=True, index=True
    )
    contract_id = fields.Many2one(
        related="counter_id.contract_id", store=True, index=True
    )
    company_id = fields.Many2one(related="counter_id.company_id", store=True)
    unit = fields.Selection(related="counter_id.unit")
    kind = fields.Selection(
        [
            ("grant", "Granted"),
            ("draw", "Drawn"),
            ("reverse", "Given back"),
            ("rollover", "Carried over"),
            ("adjust", "Adjusted"),
            ("reserve", "Reserved"),
            ("release", "Released"),
        ],
        required=True,
    )
    quantity = BigInteger(
        required=True, help="Change of what remains, in base units. A draw is negative."
    )
    shown_quantity = fields.Float(
        string="Change",
        compute="_compute_shown_quantities",
        aggregator="sum",
        help="In hours, cases, visits or currency.",
    )
    event_at = fields.Datetime(
        required=True, index=True, help="When it happened, however late it is recorded."
    )
    usage_id = fields.Many2one("service.usage", ondelete="restrict", index=True)
    reversed_entry_id = fields.Many2one(
        "service.coverage.entry", ondelete="restrict", index="btree_not_null"
    )
    reservation_id = fields.Many2one(
        "service.coverage.reservation", ondelete="restrict", index="btree_not_null"
    )
    reason = fields.Char()

    _reversed_once = models.UniqueIndex(
        "(reversed_entry_id) WHERE reversed_entry_id IS NOT NULL",
        "This entry was reversed already.",
    )

    def init(self):
        """Refuse changes in the database too: other addons may use SQL."""
        protect_columns(
            self.env.cr,
            self._table,
            [
                "counter_id",
                "kind",
                "quantity",
                "event_at",
                "usage_id",
                "reservation_id",
            ],
        )

    @api.depends("quantity", "unit")
    def _compute_shown_quantities(self):
        return super()._compute_shown_quantities()

    @api.depends("kind", "quantity")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for entry in self:
            counter = entry.counter_id
            entry.display_name = self.env._(
                "%(kind)s: %(quantity)s",
                kind=kinds.get(entry.kind),
                quantity=format_units(
                    self.env,
                    entry.quantity,
                    counter.coverage_type,
                    counter.currency_id,
                    unit=True,
                ),
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The ledger is append-only; post a correction."))
