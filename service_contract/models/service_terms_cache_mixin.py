# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models


class ServiceTermsCacheMixin(models.AbstractModel):
    """Forgets cached terms when something they consist of changes: policies, rates.

    The inheriting model lists in ``_uncached_fields`` what the terms do not depend on.
    """

    _name = "service.terms.cache.mixin"
    _description = "Part of Cached Terms"

    _uncached_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() - self._uncached_fields:
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
