# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dataclasses import replace

from odoo import api, fields, models

from ..const import COVERAGE_OF_UNIT


class ServiceCoverageCounter(models.Model):
    """Lots of goodwill: beside the allotment, in money or in what the line counts."""

    _inherit = "service.coverage.counter"

    kind = fields.Selection(
        selection_add=[("courtesy", "Courtesy")], ondelete={"courtesy": "cascade"}
    )
    courtesy_id = fields.Many2one(
        "service.courtesy", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    # A courtesy may be an amount where the line counts hours.
    coverage_type = fields.Selection(
        related=None, compute="_compute_coverage_type", selection="_selection_coverage"
    )

    _courtesy_uniq = models.UniqueIndex(
        "(courtesy_id) WHERE courtesy_id IS NOT NULL",
        "This courtesy has its lot already.",
    )
    _courtesy_has_credit = models.Constraint(
        "CHECK ((kind = 'courtesy') = (courtesy_id IS NOT NULL))",
        "A lot of goodwill belongs to a courtesy.",
    )

    @api.model
    def _selection_coverage(self):
        return self.env["service.contract.line"]._fields["coverage_type"].selection

    @api.depends("unit")
    def _compute_coverage_type(self):
        for counter in self:
            counter.coverage_type = COVERAGE_OF_UNIT.get(counter.unit)

    def _get_lot(self):
        lot = super()._get_lot()
        if self.kind == "courtesy":
            return replace(lot, kind="courtesy", unit=self.unit)
        return lot

    def _get_left_text(self):
        """Return what is left of lots of goodwill: 40.00 € courtesy."""
        return " + ".join(
            self.env._(
                "%(left)s courtesy",
                left=lots[0]._format_units(sum(lots.mapped("remaining"))),
            )
            for lots in self.grouped("unit").values()
        )
