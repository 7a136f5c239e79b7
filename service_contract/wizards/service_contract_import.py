# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import base64
import binascii
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import config

from odoo.addons.base.models.res_partner import _tz_get

from ..importing import build, columns, lookup, parse, rows, spreadsheet, values
from ..importing.refusal import Refusal

# More rows than these are in the file of refused rows, not on the page.
SHOWN_ROWS = 100


class ServiceContractImport(models.TransientModel):
    """One file of contracts on its way in: uploaded, checked, imported.

    A check is the whole import, rolled back. A contract of which any row is wrong is
    not imported at all. Contracts are recognized by their external key and company,
    so the same file again changes nothing.
    """

    _name = "service.contract.import"
    _description = "Import of Service Contracts"

    state = fields.Selection(
        [("upload", "File"), ("checked", "Checked"), ("done", "Imported")],
        default="upload",
        required=True,
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        help="The contracts will belong to this company.",
    )
    data = fields.Binary(string="File", attachment=False)
    filename = fields.Char()
    encoding = fields.Selection(
        [
            ("auto", "UTF-8"),
            ("cp1252", "Windows-1252 (Western Europe)"),
            ("cp1250", "Windows-1250 (Central Europe)"),
            ("cp1251", "Windows-1251 (Cyrillic)"),
            ("latin-1", "ISO 8859-1"),
            ("utf-16", "UTF-16"),
        ],
        default="auto",
        required=True,
        help="Of a CSV file. XLSX files say it themselves.",
    )
    delimiter = fields.Selection(
        [
            ("auto", "Detect"),
            (",", "Comma"),
            (";", "Semicolon"),
            ("\t", "Tab"),
            ("|", "Bar"),
        ],
        default="auto",
        required=True,
        help="What separates the cells of a CSV file.",
    )
    date_format = fields.Selection(
        [
            ("iso", "2026-04-03 (year first)"),
            ("dmy", "03/04/2026 is 3 April"),
            ("mdy", "03/04/2026 is March 4"),
        ],
        default="iso",
        required=True,
        help="With year first, 03/04/2026 is refused: it could be either day.",
    )
    decimal_mark = fields.Selection(
        [("auto", "Detect"), ("dot", "1234.56"), ("comma", "1234,56")],
        default="auto",
        required=True,
        help="How numbers are written in a CSV file.",
    )
    all_or_nothing = fields.Boolean(
        help="Import no contract at all while any row of the file is wrong. Otherwise "
        "the contracts without errors are imported."
    )
    report = fields.Json(readonly=True)
    report_html = fields.Html(compute="_compute_report_html", sanitize=False)
    new_count = fields.Integer(readonly=True)
    error_count = fields.Integer(readonly=True)
    refused_file = fields.Binary(attachment=False, readonly=True)

    # === COMPUTE METHODS === #

    @api.depends("report")
    def _compute_report_html(self):
        for wizard in self:
            wizard.report_html = bool(wizard.report) and self.env["ir.qweb"]._render(
                "service_contract.service_contract_import_report",
                {"report": wizard.report},
            )

    # === ONCHANGE METHODS === #

    @api.onchange(
        "data",
        "company_id",
        "encoding",
        "delimiter",
        "date_format",
        "decimal_mark",
        "all_or_nothing",
    )
    def _onchange_input(self):
        """What was checked is no longer what would be imported."""
        self.update(self._prepare_blank_report())

    # === ACTIONS === #

    def action_check(self):
        """Do the import, report what came of it, and roll it back."""
        self.ensure_one()
        self._run(dry_run=True)
        return self._reopen()

    def action_import(self):
        """Import the contracts without errors and report.

        Pressed twice, the second waits for the first, is retried and finds it done.
        """
        self.ensure_one()
        if self.state != "done":
            # Written first: of two transactions, one gets here and the other fails
            # to serialize, before either has made a contract.
            self.state = "done"
            self.flush_recordset(["state"])
            self._run(dry_run=False)
        return self._reopen()

    def action_download_refused(self):
        """Download the refused rows with what to correct in each."""
        self.ensure_one()
        if not self.refused_file:
            raise UserError(self.env._("No row was refused."))
        name = self.env._("refused_rows.xlsx")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/refused_file/{name}"
            "?download=true",
            "target": "download",
        }

    def action_view_contracts(self):
        """Open the contracts that this import made."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_contract_action"
        )
        action["domain"] = [("id", "in", (self.report or {}).get("contract_ids", []))]
        action["target"] = "main"
        return action

    def action_back(self):
        """Go back to the choice of the file."""
        self.ensure_one()
        self.write(self._prepare_blank_report())
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Contracts"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # === BUSINESS METHODS === #

    def _prepare_blank_report(self):
        return {
            "state": "upload",
            "report": False,
            "new_count": 0,
            "error_count": 0,
            "refused_file": False,
        }

    def _run(self, dry_run):
        """Read the file, make its contracts, and store the report.

        :param dry_run: roll the contracts back afterwards
        """
        try:
            table = parse.read(self._get_content(), self.encoding, self.delimiter)
        except Refusal as refusal:
            self.write(
                {
                    **self._prepare_blank_report(),
                    "report": {"file_error": self.env._(refusal.message)},
                    "error_count": 1,
                }
            )
            return
        import_contracts = self._read_contracts(table)
        contract_ids = self._make(import_contracts, dry_run)
        self._store_report(import_contracts, table, contract_ids, dry_run)

    def _get_content(self):
        """Return the bytes of the file."""
        try:
            return base64.b64decode(self.with_context(bin_size=False).data or b"")
        except binascii.Error as error:
            raise UserError(self.env._("The file did not arrive whole.")) from error

    def _read_contracts(self, table):
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

    def _get_company(self):
        """Return the company, for a user who may work in it."""
        if self.company_id not in self.env.companies:
            company_sudo = self.company_id.sudo()  # it may be hidden: only its name
            raise UserError(
                self.env._(
                    "Switch to %(company)s first: contracts can only be imported into "
                    "a company that you have selected.",
                    company=company_sudo.name,
                )
            )
        return self.company_id.with_company(self.company_id)

    def _get_choices(self):
        """Return column → {normalized key or label: key} of the choices."""
        choices = {
            "state": [("draft", "Draft"), (rows.ACTIVE, "Active")],
            "tz": _tz_get(self),
        }
        line_model = self.env["service.contract.line"]
        for column in columns.COLUMNS:
            if column.kind == "choice" and column.name not in choices:
                field = line_model._fields[column.name]
                choices[column.name] = [
                    *field._description_selection(self.with_context(lang=None).env),
                    *field._description_selection(self.env),
                ]
        return {
            name: {
                values.normalize(text): key
                for key, label in pairs
                for text in (label, key)
            }
            for name, pairs in choices.items()
        }

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

    def _make(self, import_contracts, dry_run):
        """Make the contracts of the file.

        :param dry_run: roll them back
        :return: ids of the new contracts; none where they were rolled back
        """
        builder = build.Builder(
            self._get_company(), self.filename or "?", numbered=not dry_run
        )
        with self.env.cr.savepoint() as savepoint:
            contract_ids = builder.run(import_contracts, self._get_seconds())
            results = Counter(contract.result for contract in import_contracts)
            broken = results[rows.ERROR] or results[rows.LATER]
            if dry_run or (self.all_or_nothing and broken):
                savepoint.rollback()
                return []
        return contract_ids

    def _get_seconds(self):
        """Return how long an import may take before it stops in good order.

        The rest is imported when the user presses Import again. Half of what the
        server allows a request is left for reading the file and for the report.
        """
        limits = [config["limit_time_cpu"], config["limit_time_real"]]
        return min((limit / 2 for limit in limits if limit), default=None)

    # === REPORT === #

    def _store_report(self, import_contracts, table, contract_ids, dry_run):
        """Store what came of each row; the page gets the first of them."""
        all_rows = self._get_report_rows(import_contracts)
        refused = [row for row in all_rows if row["result"] == rows.ERROR]
        others = [row for row in all_rows if row["result"] != rows.ERROR]
        results = Counter(contract.result for contract in import_contracts)
        cells = {row.number: row.cells for c in import_contracts for row in c.rows}
        nothing = bool(self.all_or_nothing and (refused or results[rows.LATER]))
        self.write(
            {
                "state": "checked" if dry_run or results[rows.LATER] else "done",
                "new_count": 0 if nothing else results[rows.NEW],
                "error_count": results[rows.ERROR],
                "report": {
                    "is_dry_run": dry_run,
                    "nothing": nothing,
                    "row_count": len(all_rows),
                    "contract_count": len(import_contracts),
                    "counts": dict(results),
                    "refused_row_count": len(refused),
                    "rows": (refused + others)[:SHOWN_ROWS],
                    "ignored": table.ignored,
                    "unbilled_count": self._count_unbilled(import_contracts),
                    "contract_ids": contract_ids,
                },
                "refused_file": bool(refused)
                and base64.b64encode(
                    spreadsheet.write_refused(
                        (row["number"], cells[row["number"]], row["message"])
                        for row in refused
                    )
                ),
            }
        )

    def _count_unbilled(self, import_contracts):
        """Return how many new contracts will be invoiced from a past start on."""
        today = self.env["service.contract"]._service_now().date()
        return sum(
            contract.result == rows.NEW
            and contract.values["date_start"] < today
            and not any("billed_until" in row.values for row in contract.rows)
            for contract in import_contracts
        )

    def _get_report_rows(self, import_contracts):
        """Return what to show of each row, in the order of the file."""
        report_rows = [
            {
                "number": row.number,
                "key": row.key,
                "result": contract.result,
                "message": self._get_message(row, contract),
            }
            for contract in import_contracts
            for row in contract.rows
        ]
        return sorted(report_rows, key=lambda row: row["number"])

    def _get_message(self, row, contract):
        """Return what is wrong with a row and what to do about it."""
        if contract.result == rows.LATER:
            return self.env._("Not reached in the time of one request.")
        if contract.result != rows.ERROR:
            return ""
        if not row.problems:
            wrong = [str(other.number) for other in contract.rows if other.problems]
            return self.env._(
                "Correct row %(rows)s of the same contract.", rows=", ".join(wrong)
            )
        sentences = []
        for label, message in row.problems:
            text = self.env._(message) if not isinstance(message, str) else message
            if label:
                text = self.env._("%(column)s %(problem)s", column=label, problem=text)
            sentences.append(text.rstrip(".") + ".")
        return " ".join(sentences)
