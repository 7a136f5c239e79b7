# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models

from odoo.addons.base.models.res_partner import _tz_get

from ..importing import build, columns, lookup, parse, rows


class ServiceContractImport(models.TransientModel):
    """One file of contracts on its way in.

    Contracts are recognized by their external key and company, so the same file again
    changes nothing.
    """

    _name = "service.contract.import"
    _description = "Import of Service Contracts"
    _inherit = ["service.import.mixin"]
    _report_template = "service_contract.service_contract_import_report"

    company_id = fields.Many2one(help="The contracts will belong to this company.")

    # === ACTIONS === #

    def action_view_contracts(self):
        """Open the contracts that this import made."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_contract_action"
        )
        action["domain"] = [("id", "in", (self.report or {}).get("contract_ids", []))]
        action["target"] = "main"
        return action

    # === EXTENSION POINTS === #

    def _get_dialog_name(self):
        return self.env._("Import Contracts")

    def _read_table(self):
        return parse.read(self._get_content(), self.encoding, self.delimiter)

    def _read_groups(self, table):
        """Return the contracts in a table, their references looked up."""
        options = rows.Options(
            self._get_choices(),
            self.date_format,
            self.decimal_mark,
            self._get_decimals(),
        )
        import_rows = rows.read_rows(table, options)
        lookup.Lookup(self._get_company()).resolve(import_rows)
        return rows.group_rows(import_rows)

    def _get_builder(self, dry_run):
        return build.Builder(
            self._get_company(), self.filename or "?", numbered=not dry_run
        )

    def _prepare_report(self, groups, made_ids, builder):
        return {
            "contract_count": len(groups),
            "contract_ids": made_ids,
            "unbilled_count": self._count_unbilled(groups),
        }

    def _get_refused_layout(self):
        return parse.CONTRACTS

    def _get_group_message(self, numbers):
        return self.env._("Correct row %(rows)s of the same contract.", rows=numbers)

    # === BUSINESS METHODS === #

    def _get_choices(self):
        """Return column → {normalized key or label: key} of the choices."""
        choices = {
            "state": [("draft", "Draft"), (rows.ACTIVE, "Active")],
            "tz": _tz_get(self),
        }
        for column in columns.COLUMNS:
            if column.kind == "choice" and column.name not in choices:
                choices[column.name] = self._get_selection(
                    "service.contract.line", column.name
                )
        return self._normalize_choices(choices)

    def _get_decimals(self):
        """Return how many decimals the columns with digits store."""
        line_fields = self.env["service.contract.line"]._fields
        return {
            column.name: line_fields[column.name].get_digits(self.env)[1]
            for column in columns.COLUMNS
            if column.kind == "number"
            and column.name in line_fields
            and line_fields[column.name].get_digits(self.env)
        }

    def _count_unbilled(self, import_contracts):
        """Return how many new contracts will be invoiced from a past start on."""
        today = self.env["service.contract"]._service_now().date()
        return sum(
            contract.result == rows.NEW
            and contract.values["date_start"] < today
            and not any("billed_until" in row.values for row in contract.rows)
            for contract in import_contracts
        )
