# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models
from odoo.tools import SQL

from ..const import BASE_PER_SHOWN


class ServiceQuantityMixin(models.AbstractModel):
    """Quantities of base units as people count them: hours, cases, visits, amounts.

    The inheriting model has a stored ``unit`` and ``contract_line_id``. Its fields in
    ``_shown_quantities`` are computed, not stored, and can be summed in reports all
    the same: rows are inserted and bumped by SQL, and carry the base units only.
    """

    _name = "service.quantity.mixin"
    _description = "Quantities as People Count Them"

    # By the name of a shown field: the field with its base units.
    _shown_quantities = {}

    def _compute_shown_quantities(self):
        for record in self:
            scale = record._get_base_units_per_unit()
            for shown, base in self._shown_quantities.items():
                record[shown] = record[base] / scale

    def _get_base_units_per_unit(self):
        self.ensure_one()
        if self.unit == "minor":
            return 10**self.contract_line_id.currency_id.decimal_places
        return BASE_PER_SHOWN.get(self.unit, 1)

    def _read_group_select(self, aggregate_spec, query):
        """Sum shown quantities by their base units, each divided by its unit."""
        name, _separator, function = aggregate_spec.partition(":")
        base = self._shown_quantities.get(name)
        if not base or function != "sum":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            """
            SUM(%(base)s::numeric / CASE %(unit)s
                %(scales)s
                WHEN 'minor' THEN 10 ^ (
                    SELECT currency.decimal_places
                      FROM service_contract_line AS line
                      JOIN res_currency AS currency ON currency.id = line.currency_id
                     WHERE line.id = %(line)s
                )
                ELSE 1
            END)
            """,
            base=self._field_to_sql(self._table, base, query),
            unit=self._field_to_sql(self._table, "unit", query),
            scales=SQL(" ").join(
                SQL("WHEN %s THEN %s", unit, scale)
                for unit, scale in BASE_PER_SHOWN.items()
            ),
            line=self._field_to_sql(self._table, "contract_line_id", query),
        )
