# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.fields import Domain

from .service_contract_line_coverage import COVERAGE_LEVELS

# What a person has to look at first.
URGENCY = ("used_up", "nearly", "plenty", "not_granted", "uncounted")


class ServiceContract(models.Model):
    """The contract shows the balance of the line that is closest to its end."""

    _inherit = "service.contract"

    coverage_percent = fields.Float(compute="_compute_coverage", string="Used (%)")
    reserved_percent = fields.Float(compute="_compute_coverage", string="Reserved (%)")
    coverage_text = fields.Char(compute="_compute_coverage", string="Balance")
    coverage_level = fields.Selection(
        COVERAGE_LEVELS,
        compute="_compute_coverage",
        search="_search_coverage_level",
        string="Coverage",
        help="Of the line that is closest to being used up.",
    )

    @api.depends("line_ids.coverage_level", "line_ids.date_cancelled")
    @api.depends_context("service_contract_now", "lang")
    def _compute_coverage(self):
        self.line_ids.mapped("coverage_level")  # of all contracts at once
        for contract in self:
            lines = contract.line_ids.filtered(
                lambda line: line.coverage_type != "none" and not line.date_cancelled
            )
            line = min(lines, key=contract._get_urgency, default=lines)
            contract.coverage_percent = line.coverage_percent
            contract.reserved_percent = line.reserved_percent
            contract.coverage_text = line.coverage_text
            contract.coverage_level = line.coverage_level

    @api.model
    def _search_coverage_level(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("line_ids", "any", [("coverage_level", "in", list(value))])

    @api.model
    def _get_urgency(self, line):
        """Return a key that sorts the line closest to its end first."""
        taken = line.coverage_percent + line.reserved_percent
        return URGENCY.index(line.coverage_level), -taken
