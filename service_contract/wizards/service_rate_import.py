# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import Counter

from odoo import api, fields, models
from odoo.tools import LazyTranslate

from ..importing import (
    parse,
    rate_build,
    rate_columns,
    rate_rows,
    rows,
    values,
)
from ..importing.refusal import Refusal

_lt = LazyTranslate(__name__)

# Decimals of a price
DECIMALS = 4


class ServiceRateImport(models.TransientModel):
    """One file of rates on its way in: of our own form, or a list with a mapping.

    Prices are recognized by card, work and first day, so the same file again changes
    nothing.
    """

    _name = "service.rate.import"
    _description = "Import of Rate Cards"
    _inherit = ["service.import.mixin"]
    _about = ("mapping_id",)
    _report_template = "service_contract.service_rate_import_report"

    state = fields.Selection(
        selection_add=[("map", "Columns"), ("checked",)], ondelete={"map": "cascade"}
    )
    company_id = fields.Many2one(
        help="New rate cards and tasks will belong to this company."
    )
    mapping_id = fields.Many2one(
        "service.rate.mapping",
        string="Columns",
        domain="[('company_id', 'in', (False, company_id))]",
        ondelete="set null",
        help="Whose columns the file has. Empty: those of the template file.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Of new rate cards whose currency is not in the file.",
    )
    card_name = fields.Char(
        string="Rate Card",
        help="Name of the card that rows are prices of which name none.",
    )
    create_missing = fields.Boolean(
        string="Create What Is Missing",
        compute="_compute_create_missing",
        store=True,
        readonly=False,
        precompute=True,
        help="Create tasks, roles, levels and travel zones that are not known yet.",
    )
    sheet_titles = fields.Char(readonly=True)

    # The mapping, as the step shows it
    mapping_name = fields.Char(related="mapping_id.name", readonly=False)
    mapping_column_ids = fields.One2many(
        related="mapping_id.column_ids", readonly=False, string="Columns of the File"
    )
    mapping_sheet = fields.Char(related="mapping_id.sheet", readonly=False)
    mapping_header_row = fields.Integer(related="mapping_id.header_row", readonly=False)
    mapping_date_format = fields.Selection(
        related="mapping_id.date_format", readonly=False
    )
    mapping_decimal_mark = fields.Selection(
        related="mapping_id.decimal_mark",
        readonly=False,
        string="Decimal Mark of the List",
    )
    mapping_use_results = fields.Boolean(
        related="mapping_id.use_results", readonly=False
    )
    mapping_keep_lost = fields.Boolean(related="mapping_id.keep_lost", readonly=False)
    mapping_blank_words = fields.Char(related="mapping_id.blank_words", readonly=False)
    mapping_default_unit = fields.Selection(
        related="mapping_id.default_unit", readonly=False
    )
    mapping_unit_words = fields.Text(related="mapping_id.unit_words", readonly=False)
    mapping_price_rounding = fields.Selection(
        related="mapping_id.price_rounding", readonly=False
    )
    mapping_no_price = fields.Selection(related="mapping_id.no_price", readonly=False)
    mapping_skip_without_work = fields.Boolean(
        related="mapping_id.skip_without_work", readonly=False
    )
    mapping_backwards = fields.Selection(related="mapping_id.backwards", readonly=False)
    mapping_duplicates = fields.Selection(
        related="mapping_id.duplicates", readonly=False
    )
    mapping_overtime_suffix = fields.Char(
        related="mapping_id.overtime_suffix", readonly=False
    )
    mapping_overtime_after = fields.Float(
        related="mapping_id.overtime_after", readonly=False
    )

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    def _compute_currency_id(self):
        for wizard in self:
            wizard.currency_id = wizard.company_id.currency_id

    @api.depends("mapping_id")
    def _compute_create_missing(self):
        for wizard in self:
            wizard.create_missing = wizard.mapping_id.create_missing

    # === ONCHANGE METHODS === #

    @api.onchange("mapping_id", "currency_id", "card_name", "create_missing")
    def _onchange_rates(self):
        """As for the file itself."""
        self.update(self._prepare_blank_report())

    # === ACTIONS === #

    def action_map(self):
        """Say which column of the file means what; the answer is kept as a mapping."""
        self.ensure_one()
        content = self._get_content()
        mapping = self.mapping_id
        if not mapping:
            mapping = mapping.create(
                {
                    "name": self._get_source(),
                    "company_id": self.company_id.id,
                    "date_format": self.date_format,
                    "decimal_mark": self.decimal_mark,
                }
            )
        try:
            titles = parse.sheet_titles(content)
            layout = parse.Layout(
                {}, {}, sheet=mapping.sheet or "", header_row=mapping.header_row
            )
            headers = parse.read_headers(content, self.encoding, self.delimiter, layout)
        except Refusal as refusal:
            self._store_file_error(refusal)
            return self._reopen()
        mapping._add_headers(headers)
        self.write(
            {
                **self._prepare_blank_report(),
                "state": "map",
                "mapping_id": mapping.id,
                "sheet_titles": ", ".join(titles) if len(titles) > 1 else False,
            }
        )
        return self._reopen()

    def action_read_columns(self):
        """Take the columns of another sheet or row of headers instead."""
        self.ensure_one()
        self.mapping_id.column_ids.unlink()
        return self.action_map()

    def action_view_cards(self):
        """Open the rate cards that have new prices."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_rate_card_action"
        )
        action["domain"] = [("id", "in", (self.report or {}).get("card_ids", []))]
        action["target"] = "main"
        return action

    # === EXTENSION POINTS === #

    def _get_dialog_name(self):
        return self.env._("Import Rate Cards")

    def _store_file_error(self, refusal):
        result = super()._store_file_error(refusal)
        if self.mapping_id:
            self.state = "map"
        return result

    def _read_table(self):
        layout = self.mapping_id._get_mapping().get_layout()
        return parse.read(self._get_content(), self.encoding, self.delimiter, layout)

    def _read_groups(self, table):
        """Return the rate cards in a table."""
        mapping = self.mapping_id._get_mapping()
        import_rows = rate_rows.read_rows(
            table, mapping, self._get_options(), self._get_currency_marks()
        )
        if not import_rows:
            raise Refusal(
                _lt("No row says of any work what it costs. Look at the columns.")
            )
        name = (self.card_name or "").strip()
        if not name and self.mapping_id:
            name = self._get_source()
        return rate_rows.group_rows(import_rows, mapping, name)

    def _get_builder(self, dry_run):
        settings = rate_build.Settings(
            company=self._get_company(),
            currency=self.currency_id,
            source=self.filename or "?",
            creates=self.create_missing,
            overtime_after=self.mapping_id.overtime_after or 8.0,
        )
        return rate_build.RateBuilder(settings)

    def _prepare_report(self, groups, made_ids, builder):
        return {
            "card_ids": made_ids,
            "card_counts": dict(Counter(group.result for group in groups)),
            "made": dict(builder.made),
        }

    def _get_refused_layout(self):
        return self.mapping_id._get_mapping().get_layout()

    def _get_row_result(self, row, group):
        return row.result

    def _count_results(self, groups):
        return Counter(row.result for group in groups for row in group.rows)

    def _get_group_message(self, numbers):
        return self.env._("Correct row %(rows)s of the same rate card.", rows=numbers)

    def _get_message(self, row, group):
        if group.result in (rows.ERROR, rows.LATER):
            return super()._get_message(row, group)
        return " ".join(self._get_sentence(None, note) for note in row.notes)

    # === BUSINESS METHODS === #

    def _get_source(self):
        """Return the name of the file without its ending."""
        name = self.filename or ""
        return name.rpartition(".")[0] or name or self.env._("Rates")

    def _get_options(self):
        """Return how the cells of the file are meant."""
        mapping = self.mapping_id
        decimals = DECIMALS
        if mapping.price_rounding == "currency":
            decimals = self.currency_id.decimal_places
        prices = ["price", "overtime_price"] + [
            f"{rate_columns.YEAR}_{column.year}" for column in mapping.column_ids
        ]
        return rows.Options(
            self._get_choices(),
            (mapping or self).date_format,
            (mapping or self).decimal_mark,
            dict.fromkeys(prices, decimals),
            rounds=bool(mapping) and mapping.price_rounding != "refuse",
            short_years=bool(mapping),
            keeps_lost=mapping.keep_lost,
        )

    def _get_currency_marks(self):
        """Return what may stand beside an amount: US$ before $, and USD."""
        name, symbol = self.currency_id.name, self.currency_id.symbol
        return f"{name[:2]}{symbol}", symbol, name

    def _get_choices(self):
        """Return column → {normalized key or label: key} of the choices."""
        model = "service.rate.rule"
        choices = self._normalize_choices(
            {
                name: self._get_selection(model, name)
                for name in ("unit", "rounding_scope")
            }
        )
        for unit, words in rate_columns.UNIT_WORDS.items():
            for word in words:
                for text in (word, f"{word}.", f"per {word}", f"/{word}"):
                    choices["unit"].setdefault(values.normalize(text), unit)
        choices["unit"].update(self.mapping_id._get_unit_words())
        return choices
