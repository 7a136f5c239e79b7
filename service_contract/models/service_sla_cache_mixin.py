# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models


class ServiceSlaCacheMixin(models.AbstractModel):
    """Forgets the cached terms of all policies when something they consist of changes.

    The inheriting model lists in ``_sla_uncached_fields`` what the terms do not
    depend on.
    """

    _name = "service.sla.cache.mixin"
    _description = "Part of the Terms of an SLA Policy"

    _sla_uncached_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() - self._sla_uncached_fields:
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
