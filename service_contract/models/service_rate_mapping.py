# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import DECIMAL_MARKS, UNITS
from ..importing import rate_columns, rate_mapping, values


class ServiceRateMapping(models.Model):
    """How the price lists of somebody else are read: which column means what.

    Made once for each kind of list, in the dialog that imports rates, and chosen there
    for the next list of the kind.
    """

    _name = "service.rate.mapping"
    _description = "Columns of a Price List"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for all companies."
    )
    column_ids = fields.One2many(
        "service.rate.mapping.column", "mapping_id", string="Columns", copy=True
    )

    # The file
    sheet = fields.Char(
        help="Title of the sheet with the prices. Empty: the first one of a workbook."
    )
    header_row = fields.Integer(
        string="Row of Headers",
        help="Number of the row with the headers. 0: the first that is not empty.",
    )
    date_format = fields.Selection(
        [
            ("iso", "2026-04-03 (year first)"),
            ("dmy", "03/04/26 is 3 April"),
            ("mdy", "03/04/26 is March 4"),
        ],
        string="Days",
        default="iso",
        required=True,
        help="How days are written. Years of two digits are read as well.",
    )
    decimal_mark = fields.Selection(
        DECIMAL_MARKS,
        default="auto",
        required=True,
    )
    use_results = fields.Boolean(
        string="Results of Formulas",
        help="Take what a spreadsheet calculated when the file was saved last. "
        "Otherwise formulas are refused.",
    )
    keep_lost = fields.Boolean(
        string="Lost Characters",
        help="Accept texts with the mark � for a character that another program lost.",
    )

    # The cells
    blank_words = fields.Char(
        string="Words for Nothing",
        default="N/A; none; -",
        help="Cells with one of these are empty. Separated by semicolons.",
    )
    default_unit = fields.Selection(
        UNITS,
        default="second",
        required=True,
        help="Of prices whose unit is not in the file.",
    )
    unit_words = fields.Text(
        string="Words for Units",
        help="One a line, such as “Man-day = Pieces”. Hour, per hour, visit, each, km "
        "and the like are known.",
    )
    price_rounding = fields.Selection(
        [
            ("refuse", "Refuse more than four decimals"),
            ("currency", "Round to the currency"),
            ("four", "Round to four decimals"),
        ],
        default="refuse",
        required=True,
        help="Prices that were calculated have many decimals.",
    )
    no_price = fields.Selection(
        [("refuse", "Refuse the row"), ("on_request", "Price on request")],
        string="Without a Price",
        default="refuse",
        required=True,
        help="What becomes of a price that is empty or no number. On request: such "
        "work waits until somebody prices it.",
    )

    # The rows
    skip_without_work = fields.Boolean(
        string="Pass Over Empty Rows",
        default=True,
        help="Pass over rows without card, task, role, level and travel zone, such as "
        "prepared formulas below a list.",
    )
    backwards = fields.Selection(
        [
            (rate_mapping.REFUSE, "Refuse the row"),
            (rate_mapping.NO_END, "Leave out the last day"),
            (rate_mapping.NO_START, "Leave out the first day"),
        ],
        string="Last Day Before the First",
        default=rate_mapping.REFUSE,
        required=True,
        help="What becomes of a row whose days contradict each other.",
    )
    duplicates = fields.Selection(
        [
            (rate_mapping.REFUSE, "Refuse the rows"),
            (rate_mapping.HIGHEST, "The highest counts"),
            (rate_mapping.LOWEST, "The lowest counts"),
            (rate_mapping.FIRST, "The first counts"),
            (rate_mapping.LAST, "The last counts"),
            (rate_mapping.SUFFIX, "Keep all, numbered"),
            (rate_mapping.YEARS, "One for each contract year"),
        ],
        string="Several Prices for the Same",
        default=rate_mapping.REFUSE,
        required=True,
        help="What counts where rows differ in their price alone. Numbered: their "
        "levels get a number. Contract years: the lowest is that of the first year.",
    )
    overtime_suffix = fields.Char(
        help="Rows whose task ends so are overtime prices of the task without it: "
        "“Foreman Overtime” and “Foreman”.",
    )
    overtime_after = fields.Float(
        default=8.0,
        help="Hours a day after which overtime begins, on new rate cards.",
    )
    create_missing = fields.Boolean(
        string="Create What Is Missing",
        default=True,
        help="Create tasks, roles, levels and travel zones that are not known yet.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("unit_words")
    def _check_unit_words(self):
        self._get_unit_words()

    # === BUSINESS METHODS === #

    def _get_mapping(self):
        """Return the mapping in the words of the import; our own files' for none."""
        if not self:
            return rate_mapping.OWN
        self.ensure_one()
        return rate_mapping.Mapping(
            sources=tuple(
                rate_mapping.Source(
                    column.header, column.target, column.suffix or "", column.year
                )
                for column in self.column_ids
                if column.target
            ),
            sheet=self.sheet or "",
            header_row=self.header_row,
            uses_results=self.use_results,
            blank_words=frozenset(
                values.normalize(word)
                for word in (self.blank_words or "").split(";")
                if word.strip()
            ),
            unit=self.default_unit,
            on_request=self.no_price == "on_request",
            backwards=self.backwards,
            duplicates=self.duplicates,
            overtime_suffix=(self.overtime_suffix or "").strip(),
            skips=self.skip_without_work,
        )

    def _get_unit_words(self):
        """Return {normalized text: unit} of the words for units of this list."""
        labels = (
            self.env["service.rate.rule"]
            ._fields["unit"]
            ._description_selection(self.env)
        )
        known = {
            values.normalize(text): key
            for key, label in labels
            for text in (key, label)
        }
        words = {}
        for line in (self.unit_words or "").splitlines():
            word, _separator, unit = line.rpartition("=")
            if not line.strip():
                continue
            key = known.get(values.normalize(unit))
            if not key or not word.strip():
                raise ValidationError(
                    self.env._(
                        "“%(line)s”: write a word, an equals sign and one of: "
                        "%(units)s.",
                        line=line,
                        units=", ".join(label for _key, label in labels),
                    )
                )
            words[values.normalize(word)] = key
        return words

    def _add_headers(self, headers):
        """Add the columns of a file that are not known, with what they may mean.

        :param headers: pairs of header and the cell below it
        """
        self.ensure_one()
        known = {values.normalize(column.header) for column in self.column_ids}
        taken = set(self.column_ids.mapped("target"))
        vals_list = []
        for header, sample in headers:
            # Two columns of one header are one here; reading it refuses them by name.
            if values.normalize(header) in known:
                continue
            known.add(values.normalize(header))
            target, year = rate_mapping.guess(header)
            if target in taken and target not in (
                *rate_columns.JOINED,
                rate_columns.YEAR,
            ):
                target, year = False, 0
            taken.add(target)
            vals_list.append(
                {
                    "mapping_id": self.id,
                    "sequence": 10 * len(known),
                    "header": header,
                    "sample": values.shown(sample, 60),
                    "target": target,
                    "year": year,
                }
            )
        self.env["service.rate.mapping.column"].create(vals_list)
