# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class ServiceContract(models.Model):
    """What an import leaves on a contract, and the files it starts from."""

    _inherit = "service.contract"

    # Odoo's import offers no column for a field that is readonly
    external_key = fields.Char(readonly=False)
    import_values = fields.Json(
        copy=False,
        readonly=True,
        help="What the file said when the contract was imported; the same file again "
        "changes nothing.",
    )

    @api.model
    def get_import_templates(self):
        """Return the files that Odoo's own import offers for download."""
        folder = "/service_contract/static/xls"
        return [
            {
                "label": self.env._("Import Template for Service Contracts"),
                "template": f"{folder}/service_contract_odoo.xlsx",
            },
            {
                "label": self.env._(
                    "Template for Configuration, Import Contracts (with balances)"
                ),
                "template": f"{folder}/service_contract_import.xlsx",
            },
        ]

    def _load_records_create(self, vals_list):
        """Let contracts of Odoo's own import have the template's lines.

        Where the file has columns of lines and a contract leaves them empty, its
        values say that it has no line.
        """
        for vals in vals_list:
            if vals.get("template_id") and not vals.get("line_ids"):
                vals.pop("line_ids", None)
        return super()._load_records_create(vals_list)
