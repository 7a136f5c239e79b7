# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import base64

from odoo import api, fields, models

from ..importing import rate_columns, spreadsheet


class ServiceRateExport(models.TransientModel):
    """Rate cards as a file, in the form in which they can be imported."""

    _name = "service.rate.export"
    _description = "Export of Rate Cards"
    _inherit = "service.dialog.mixin"
    _about = ("card_ids",)

    card_ids = fields.Many2many(
        "service.rate.card",
        string="Rate Cards",
        required=True,
        default=lambda self: self._default_card_ids(),
    )
    file_format = fields.Selection(
        [("xlsx", "XLSX"), ("csv", "CSV")], default="xlsx", required=True
    )
    data = fields.Binary(attachment=False, readonly=True)

    # === DEFAULTS === #

    @api.model
    def _default_card_ids(self):
        context = self.env.context
        ids = context.get("active_ids", [])
        if context.get("active_model") != "service.rate.card":
            ids = []
        return self.env["service.rate.card"].browse(ids)

    # === ACTIONS === #

    def action_export(self):
        """Download the prices of the cards."""
        self.ensure_one()
        rows = self._get_rows()
        if self.file_format == "csv":
            content = spreadsheet.write_csv(rows, rate_columns.COLUMNS)
        else:
            content = spreadsheet.write_rows(rows, rate_columns.COLUMNS, "Rates")
        self.data = base64.b64encode(content)
        name = self.env._("rates")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/data/{name}"
            f".{self.file_format}?download=true",
            "target": "download",
        }

    # === BUSINESS METHODS === #

    def _get_rows(self):
        """Return the prices as rows of the file: what is empty or 0 is left out."""
        self.card_ids.check_access("read")
        return [
            {
                "card": rule.card_id.name,
                "currency": rule.currency_id.name,
                "task": rule.task_code_id.code or None,
                "role": rule.role_id.name or None,
                "level": rule.level_id.name or None,
                "zone": rule.zone_id.name or None,
                "unit": rule.unit,
                "price": rate_columns.ON_REQUEST if rule.on_request else rule.price,
                "overtime_price": rule.overtime_price or None,
                "date_from": rule.date_from or None,
                "date_to": rule.date_to or None,
                "rounding_scope": rule.rounding_scope,
                "rounding_step": rule.rounding_step or None,
                "minimum": rule.minimum or None,
                "maximum": rule.maximum or None,
            }
            for rule in self.card_ids.rule_ids
        ]
