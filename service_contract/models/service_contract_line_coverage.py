# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..const import UNIT_OF_COVERAGE
from ..tools import format_units

COVERAGE_LEVELS = [
    ("uncounted", "Not counted"),
    ("not_granted", "Nothing granted now"),
    ("plenty", "Enough left"),
    ("nearly", "Nearly used up"),
    ("used_up", "Used up"),
]


# Before the end of a lot, what is left of it is said to lapse soon.
LAPSE_WARNING = timedelta(days=30)


class ServiceContractLine(models.Model):
    """How much of a line's allotment is used now: figures, words and a level."""

    _inherit = "service.contract.line"

    granted_quantity = fields.Float(compute="_compute_coverage")
    used_quantity = fields.Float(compute="_compute_coverage")
    reserved_quantity = fields.Float(
        compute="_compute_coverage", help="Held by planned visits and planned work."
    )
    remaining_quantity = fields.Float(string="Available", compute="_compute_coverage")
    coverage_percent = fields.Float(
        compute="_compute_coverage",
        string="Used (%)",
        help="Share of the allotment of the current period that is used.",
    )
    reserved_percent = fields.Float(
        compute="_compute_coverage",
        string="Reserved (%)",
        help="Share of the allotment of the current period that is reserved.",
    )
    coverage_text = fields.Char(compute="_compute_coverage", string="Coverage")
    lapse_text = fields.Char(
        compute="_compute_lapse_text",
        string="Lapses Soon",
        help="What is lost within 30 days unless it is used.",
    )
    coverage_level = fields.Selection(
        COVERAGE_LEVELS, compute="_compute_coverage", search="_search_coverage_level"
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "counter_ids.granted",
        "counter_ids.drawn",
        "counter_ids.reserved",
        "promise_text",
    )
    @api.depends_context("service_contract_now", "lang")
    def _compute_coverage(self):
        lots = self._get_current_lots()
        for line in self:
            counters = lots.get(line._origin, self.env["service.coverage.counter"])
            granted, used, reserved = (
                sum(counters.mapped(name)) for name in ("granted", "drawn", "reserved")
            )
            scale = line._base_units_per_unit()
            line.granted_quantity = granted / scale
            line.used_quantity = used / scale
            line.reserved_quantity = reserved / scale
            line.remaining_quantity = (granted - used - reserved) / scale
            line.coverage_percent = 100.0 * used / granted if granted else 0.0
            line.reserved_percent = 100.0 * reserved / granted if granted else 0.0
            line.coverage_level = line._get_coverage_level(
                counters, granted, used + reserved
            )
            line.coverage_text = line._get_coverage_text(
                counters, granted, used, reserved
            )

    @api.depends("counter_ids.remaining", "counter_ids.valid_to")
    @api.depends_context("service_contract_now", "lang")
    def _compute_lapse_text(self):
        soon = self.env["service.contract"]._service_now() + LAPSE_WARNING
        lots = self._get_current_lots()
        for line in self:
            counters = lots.get(line._origin, self.env["service.coverage.counter"])
            texts = [
                self.env._(
                    "%(units)s until %(day)s",
                    units=line._format_units(units),
                    day=format_date(self.env, counter.day_to),
                )
                for counter in counters.sorted("valid_to")
                if counter.valid_to
                and counter.valid_to <= soon
                and (units := line._get_lapsing(counter)) > 0
            ]
            line.lapse_text = ", ".join(texts)

    def _search_coverage_level(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = {
            "uncounted": Domain("coverage_type", "not in", list(UNIT_OF_COVERAGE)),
            "not_granted": Domain("coverage_type", "in", list(UNIT_OF_COVERAGE))
            & ~self._domain_of_current_lots(SQL("TRUE")),
            "used_up": self._domain_of_current_lots(SQL("SUM(lot.remaining) <= 0")),
            "nearly": self._domain_of_current_lots(
                SQL(
                    """
                    SUM(lot.remaining) > 0
                    AND SUM(lot.granted - lot.remaining) * 100
                        >= SUM(lot.granted) * MAX(contract.warning_percent)
                    """
                )
            ),
            "plenty": self._domain_of_current_lots(
                SQL(
                    """
                    SUM(lot.remaining) > 0
                    AND SUM(lot.granted - lot.remaining) * 100
                        < SUM(lot.granted) * MAX(contract.warning_percent)
                    """
                )
            ),
        }
        return Domain.OR(domains[level] for level in value if level in domains)

    def _domain_of_current_lots(self, having):
        """Return the lines whose lots that are valid now fulfil a condition.

        :param having: SQL on the aggregates of ``lot``, and on ``contract``
        """
        now = self.env["service.contract"]._service_now()
        # SQL: the ORM can't compare sums; one row per line with a lot valid now.
        lines = SQL(
            """
            SELECT lot.contract_line_id
              FROM service_coverage_counter AS lot
              JOIN service_contract AS contract ON contract.id = lot.contract_id
             WHERE lot.kind != 'courtesy'
               AND lot.valid_from <= %(now)s
               AND (lot.valid_to IS NULL OR lot.valid_to > %(now)s)
             GROUP BY lot.contract_line_id
            HAVING %(having)s
            """,
            now=now,
            having=having,
        )
        self.env["service.coverage.counter"].flush_model()
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN (%s)", SQL.identifier(alias, "id"), lines
            )
        )

    # === BUSINESS METHODS === #

    def _get_coverage_level(self, counters, granted, taken):
        """Return how urgent a balance is.

        :param taken: used or reserved, in base units
        """
        if not self._is_counted():
            return "uncounted"
        if not counters:
            return "not_granted"
        if taken >= granted:
            return "used_up"
        if taken * 100 >= granted * self.contract_id.warning_percent:
            return "nearly"
        return "plenty"

    def _get_coverage_text(self, counters, granted, used, reserved=0):
        """Return the balance in words.

        Such as "6:30 of 20:00 h used, 1:00 h reserved, until 31 Dec".
        """
        if not counters:
            return self.promise_text
        text = self.env._(
            "%(used)s of %(granted)s used",
            used=self._format_units(used, unit=False),
            granted=self._format_units(granted),
        )
        if reserved:
            text = self.env._(
                "%(text)s, %(reserved)s reserved",
                text=text,
                reserved=self._format_units(reserved),
            )
        ends = [counter.valid_to for counter in counters if counter.valid_to]
        if not ends:
            return text
        last_day = self.contract_id._local_day(min(ends)) - timedelta(days=1)
        return self.env._(
            "%(text)s, until %(day)s", text=text, day=format_date(self.env, last_day)
        )

    def _get_lapsing(self, counter):
        """Return what of a lot is lost at its end, unless it is used before."""
        self.ensure_one()
        end = self._get_end()
        is_last = end and self.contract_id._day_start(end) <= counter.valid_to
        if counter.kind != "allotment" or is_last or self.rollover_policy == "none":
            return counter.remaining
        if self.rollover_policy == "capped":
            return counter.remaining - self._to_base_units(self.rollover_cap)
        return 0

    def _format_units(self, units, unit=True):
        """Return base units of the line's allotment in words: 6:30 h, 4 cases."""
        self.ensure_one()
        return format_units(
            self.env, units, self.coverage_type, self.currency_id, unit=unit
        )

    def _get_current_lots(self):
        """Return the lots that are valid now, by line, in one query."""
        now = self.env["service.contract"]._service_now()
        counters = self.env["service.coverage.counter"].search(
            [
                ("contract_line_id", "in", self._origin.ids),
                ("kind", "!=", "courtesy"),  # goodwill is no part of the allotment
                ("valid_from", "<=", now),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">", now),
            ]
        )
        return counters.grouped("contract_line_id")
