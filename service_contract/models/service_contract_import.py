# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models


class ServiceContract(models.Model):
    """What an import leaves on a contract, and the files it starts from."""

    _inherit = "service.contract"

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
