# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import base64
import binascii
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import config

from ..const import DECIMAL_MARKS
from ..importing import rows, spreadsheet, values
from ..importing.refusal import Refusal

# More rows than these are in the file of refused rows, not on the page.
SHOWN_ROWS = 100
ENCODINGS = [
    ("auto", "UTF-8"),
    ("cp1252", "Windows-1252 (Western Europe)"),
    ("cp1250", "Windows-1250 (Central Europe)"),
    ("cp1251", "Windows-1251 (Cyrillic)"),
    ("latin-1", "ISO 8859-1"),
    ("utf-16", "UTF-16"),
]
DELIMITERS = [
    ("auto", "Detect"),
    (",", "Comma"),
    (";", "Semicolon"),
    ("\t", "Tab"),
    ("|", "Bar"),
]
DATE_FORMATS = [
    ("iso", "2026-04-03 (year first)"),
    ("dmy", "03/04/2026 is 3 April"),
    ("mdy", "03/04/2026 is March 4"),
]


class ServiceImportMixin(models.AbstractModel):
    """One file on its way in: uploaded, checked, imported.

    A check is the whole import, rolled back. Rows belong to groups, such as the lines
    of a contract: a group of which any row is wrong is not imported at all.
    """

    _name = "service.import.mixin"
    _description = "Import of a File"
    _inherit = "service.dialog.mixin"

    # Template of the report
    _report_template = ""

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
        help="What is imported will belong to this company.",
    )
    data = fields.Binary(string="File", attachment=False)
    filename = fields.Char()
    encoding = fields.Selection(
        ENCODINGS,
        default="auto",
        required=True,
        help="Of a CSV file. XLSX files say it themselves.",
    )
    delimiter = fields.Selection(
        DELIMITERS,
        default="auto",
        required=True,
        help="What separates the cells of a CSV file.",
    )
    date_format = fields.Selection(
        DATE_FORMATS,
        default="iso",
        required=True,
        help="With year first, 03/04/2026 is refused: it could be either day.",
    )
    decimal_mark = fields.Selection(
        DECIMAL_MARKS,
        default="auto",
        required=True,
        help="How numbers are written in a CSV file.",
    )
    all_or_nothing = fields.Boolean(
        help="Import nothing at all while any row of the file is wrong. Otherwise what "
        "is without errors is imported."
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
                self._report_template, {"report": wizard.report}
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
        """Import what is without errors and report.

        Pressed twice, the second waits for the first, is retried and finds it done.
        """
        self.ensure_one()
        if self.state != "done":
            # Written first: of two transactions, one gets here and the other fails
            # to serialize, before either has made anything.
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

    def action_back(self):
        """Go back to the choice of the file."""
        self.ensure_one()
        self.write(self._prepare_blank_report())
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self._get_dialog_name(),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # === EXTENSION POINTS === #

    def _get_dialog_name(self):
        """Return the title of the dialog."""
        raise NotImplementedError

    def _read_table(self):
        """Return the rows of raw cells of the file (``importing/parse.py``).

        :raises Refusal: for a file that can't be read
        """
        raise NotImplementedError

    def _read_groups(self, table):
        """Return the groups of rows in a table, their references looked up."""
        raise NotImplementedError

    def _get_builder(self, dry_run):
        """Return what makes records of groups; its ``run`` returns their ids."""
        raise NotImplementedError

    def _prepare_report(self, groups, made_ids, builder):
        """Return what else the report says.

        :param made_ids: what the builder's ``run`` returned; none if rolled back
        """
        return {}

    def _get_refused_layout(self):
        """Return the layout of the file of refused rows."""
        raise NotImplementedError

    def _get_row_result(self, row, group):
        """Return what became of a row: new, unchanged, error, later."""
        return group.result

    def _count_results(self, groups):
        """Return how many came to which result: of groups, or of their rows."""
        return Counter(group.result for group in groups)

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
        """Read the file, make its records, and store the report.

        :param dry_run: roll the records back afterwards
        """
        try:
            table = self._read_table()
            groups = self._read_groups(table)
        except Refusal as refusal:
            self._store_file_error(refusal)
            return
        builder = self._get_builder(dry_run)
        made_ids = self._make(builder, groups, dry_run)
        report = self._prepare_report(groups, made_ids, builder)
        self._store_report(groups, table, report, dry_run)

    def _store_file_error(self, refusal):
        """Report why the file can't be read."""
        self.write(
            {
                **self._prepare_blank_report(),
                "report": {"file_error": self.env._(refusal.message)},
                "error_count": 1,
            }
        )

    def _get_content(self):
        """Return the bytes of the file."""
        try:
            return base64.b64decode(self.with_context(bin_size=False).data or b"")
        except binascii.Error as error:
            raise UserError(self.env._("The file did not arrive whole.")) from error

    def _get_company(self):
        """Return the company, for a user who may work in it."""
        if self.company_id not in self.env.companies:
            company_sudo = self.company_id.sudo()  # it may be hidden: only its name
            raise UserError(
                self.env._(
                    "Switch to %(company)s first: files can only be imported into a "
                    "company that you have selected.",
                    company=company_sudo.name,
                )
            )
        return self.company_id.with_company(self.company_id)

    @api.model
    def _normalize_choices(self, choices):
        """Return column → {normalized key or label: key}.

        :param choices: column → (key, label) pairs
        """
        return {
            name: {
                values.normalize(text): key
                for key, label in pairs
                for text in (label, key)
            }
            for name, pairs in choices.items()
        }

    @api.model
    def _get_selection(self, model_name, name):
        """Return (key, label) of a selection field, in English and as the user reads
        it."""
        field = self.env[model_name]._fields[name]
        return [
            *field._description_selection(self.with_context(lang=None).env),
            *field._description_selection(self.env),
        ]

    def _make(self, builder, groups, dry_run):
        """Make the records of the file.

        :param dry_run: roll them back
        :return: what the builder returns; nothing where it was rolled back
        """
        with self.env.cr.savepoint() as savepoint:
            made_ids = builder.run(groups, self._get_seconds())
            results = Counter(group.result for group in groups)
            broken = results[rows.ERROR] or results[rows.LATER]
            if dry_run or (self.all_or_nothing and broken):
                savepoint.rollback()
                return []
        return made_ids

    def _get_seconds(self):
        """Return how long an import may take before it stops in good order.

        The rest is imported when the user presses Import again. Half of what the
        server allows a request is left for reading the file and for the report.
        """
        limits = [config["limit_time_cpu"], config["limit_time_real"]]
        return min((limit / 2 for limit in limits if limit), default=None)

    # === REPORT === #

    def _store_report(self, groups, table, report, dry_run):
        """Store what came of each row; the page gets the first of them."""
        all_rows = self._get_report_rows(groups)
        refused = [row for row in all_rows if row["result"] == rows.ERROR]
        rest = [row for row in all_rows if row["result"] != rows.ERROR]
        rest.sort(key=lambda row: not row["message"])
        results = self._count_results(groups)
        cells = {row.number: row.cells for group in groups for row in group.rows}
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
                    "group_count": len(groups),
                    "counts": dict(results),
                    "refused_row_count": len(refused),
                    "rows": (refused + rest)[:SHOWN_ROWS],
                    "ignored": table.ignored,
                    **report,
                },
                "refused_file": bool(refused)
                and base64.b64encode(
                    spreadsheet.write_refused(
                        (
                            (row["number"], cells[row["number"]], row["message"])
                            for row in refused
                        ),
                        self._get_refused_layout(),
                    )
                ),
            }
        )

    def _get_report_rows(self, groups):
        """Return what to show of each row, in the order of the file."""
        report_rows = [
            {
                "number": row.number,
                "key": row.key,
                "result": self._get_row_result(row, group),
                "message": self._get_message(row, group),
            }
            for group in groups
            for row in group.rows
        ]
        return sorted(report_rows, key=lambda row: row["number"])

    def _get_message(self, row, group):
        """Return what is wrong with a row and what to do about it."""
        if group.result == rows.LATER:
            return self.env._("Not reached in the time of one request.")
        if group.result != rows.ERROR:
            return ""
        if not row.problems:
            wrong = [str(other.number) for other in group.rows if other.problems]
            return self._get_group_message(", ".join(wrong))
        return " ".join(
            self._get_sentence(label, message) for label, message in row.problems
        )

    def _get_group_message(self, numbers):
        """Return why a row without an error is not imported.

        :param numbers: of the rows of its group that are wrong
        """
        raise NotImplementedError

    def _get_sentence(self, label, message):
        """Return what is to be said about a row, or one of its columns."""
        text = self.env._(message) if not isinstance(message, str) else message
        if label:
            text = self.env._("%(column)s %(problem)s", column=label, problem=text)
        return text.rstrip(".") + "."
