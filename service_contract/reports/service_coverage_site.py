# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import UNITS
from ..fields import BigInteger


class ServiceCoverageSite(models.Model):
    """What each site, or customer, has drawn of a lot, and what its quota leaves.

    Read from the ledger whenever it is asked for; nothing is stored. A draw is in one
    row: that of the quota that it used, else of its site, else of its customer. So the
    rows of a lot sum to what was drawn from it.
    """

    _name = "service.coverage.site"
    _description = "Draws by Site"
    _inherit = ["service.quantity.mixin"]
    _auto = False
    _order = "valid_from desc, partner_id, id"
    _rec_name = "partner_id"
    _depends = {
        "service.coverage.counter": [
            "company_id",
            "contract_id",
            "contract_line_id",
            "kind",
            "period_no",
            "unit",
            "valid_from",
            "valid_to",
        ],
        "service.coverage.entry": ["counter_id", "kind", "quantity", "usage_id"],
        "service.coverage.quota": [
            "base_quantity",
            "contract_line_id",
            "kind",
            "partner_id",
            "percent",
        ],
        "service.usage": ["partner_id", "site_id"],
    }
    _shown_quantities = {
        "drawn_quantity": "drawn",
        "quota_quantity": "allowed",
        "left_quantity": "quota_left",
    }

    counter_id = fields.Many2one("service.coverage.counter", string="Lot")
    contract_line_id = fields.Many2one("service.contract.line", string="Line")
    contract_id = fields.Many2one("service.contract")
    company_id = fields.Many2one("res.company")
    partner_id = fields.Many2one("res.partner", string="Site or Customer")
    customer_id = fields.Many2one("res.partner")
    quota_id = fields.Many2one("service.coverage.quota", string="Its Quota")
    kind = fields.Selection(
        selection=lambda self: (
            self.env["service.coverage.counter"]._fields["kind"].selection
        )
    )
    valid_from = fields.Datetime()
    valid_to = fields.Datetime()
    unit = fields.Selection(UNITS)
    drawn = BigInteger(string="Drawn (base units)", aggregator=None)
    allowed = BigInteger(string="Quota (base units)", aggregator=None)
    quota_left = BigInteger(string="Left (base units)", aggregator=None)
    drawn_quantity = fields.Float(
        string="Drawn", compute="_compute_shown_quantities", aggregator="sum"
    )
    quota_quantity = fields.Float(
        string="Quota",
        compute="_compute_shown_quantities",
        aggregator="sum",
        help="0 where there is no quota.",
    )
    left_quantity = fields.Float(
        string="Left of the Quota",
        compute="_compute_shown_quantities",
        aggregator="sum",
        help="Below zero where more was approved, or drawn before the quota was set.",
    )

    @api.depends("drawn", "allowed", "quota_left", "unit")
    def _compute_shown_quantities(self):
        return super()._compute_shown_quantities()

    def action_view_draws(self):
        """Open the ledger entries of the row."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_coverage_entry_action"
        )
        partner = self.partner_id.id
        action["domain"] = [
            ("counter_id", "=", self.counter_id.id),
            ("kind", "in", ("draw", "reverse")),
            "|",
            ("usage_id.site_id", "=", partner),
            ("usage_id.partner_id", "=", partner),
        ]
        return action

    def _get_portal_values(self):
        """Return what customers see of the row."""
        self.ensure_one()
        line = self.contract_line_id
        return {
            "name": self.partner_id.display_name,
            "line": line.name.split("\n")[0],
            "drawn": line._format_units(self.drawn),
            "quota": self.quota_id and line._format_units(self.allowed) or "",
            "left": self.quota_id and line._format_units(self.quota_left) or "",
        }

    @api.model
    def _get_current(self, domain):
        """Return the rows of a domain whose lots are valid now."""
        now = self.env["service.contract"]._service_now()
        return self.search(
            domain
            & Domain("valid_from", "<=", now)
            & (Domain("valid_to", "=", False) | Domain("valid_to", ">", now))
        )

    # === QUERY === #

    @property
    def _table_query(self):
        return SQL(
            """
            WITH draw AS (%(draws)s),
                 divided AS (%(divided)s),
                 site AS (%(sites)s)
            SELECT site.id, site.quota_id, site.partner_id, site.counter_id,
                   site.drawn::bigint AS drawn,
                   site.allowed::bigint AS allowed,
                   site.quota_left::bigint AS quota_left,
                   partner.commercial_partner_id AS customer_id,
                   counter.contract_line_id, counter.contract_id, counter.company_id,
                   counter.kind, counter.valid_from, counter.valid_to, counter.unit
              FROM site
              JOIN service_coverage_counter AS counter ON counter.id = site.counter_id
         LEFT JOIN res_partner AS partner ON partner.id = site.partner_id
            """,
            draws=self._get_draws_query(),
            divided=self._get_divided_query(),
            sites=self._get_sites_query(),
        )

    @api.model
    def _get_draws_query(self):
        """What was drawn of each lot: by quota, else by site, else by customer."""
        return SQL(
            """
            SELECT MIN(entry.id) AS id,
                   entry.counter_id,
                   quota.id AS quota_id,
                   COALESCE(quota.partner_id, usage.site_id, usage.partner_id)
                       AS partner_id,
                   -SUM(entry.quantity) AS drawn
              FROM service_coverage_entry AS entry
              JOIN service_usage AS usage ON usage.id = entry.usage_id
         LEFT JOIN service_coverage_quota AS quota
                ON quota.contract_line_id = entry.contract_line_id
               AND quota.partner_id IN (usage.site_id, usage.partner_id)
             WHERE entry.kind IN ('draw', 'reverse')
          GROUP BY entry.counter_id, quota.id,
                   COALESCE(quota.partner_id, usage.site_id, usage.partner_id)
            """
        )

    @api.model
    def _get_divided_query(self):
        """What each quota allows of each lot of its line.

        A quantity is meant for the lots of a period together: it is told with the
        allotment, and not once more with what was carried into the period.
        """
        return SQL(
            """
            SELECT quota.id AS quota_id,
                   quota.partner_id,
                   counter.id AS counter_id,
                   CASE
                       WHEN quota.kind = 'share'
                       THEN granted.quantity * quota.percent / 100
                       WHEN counter.kind <> 'rollover' THEN quota.base_quantity
                   END AS allowed,
                   CASE
                       WHEN quota.kind = 'quantity'
                        AND counter.kind = 'allotment'
                       THEN counter.period_no
                   END AS group_no
              FROM service_coverage_quota AS quota
              JOIN service_coverage_counter AS counter
                ON counter.contract_line_id = quota.contract_line_id
        CROSS JOIN LATERAL (
                   SELECT COALESCE(SUM(entry.quantity), 0)::bigint AS quantity
                     FROM service_coverage_entry AS entry
                    WHERE entry.counter_id = counter.id
                      AND entry.kind NOT IN (
                              'draw', 'reverse', 'reserve', 'release'
                          )
                      AND entry.quantity > 0
                   ) AS granted
             WHERE counter.kind <> 'courtesy'
            """
        )

    @api.model
    def _get_sites_query(self):
        """A row for each quota and lot, and one for each draw that has no quota.

        Reads ``draw`` and ``divided`` of ``_table_query``.
        """
        return SQL(
            """
            SELECT divided.quota_id * 4294967296 + divided.counter_id AS id,
                   divided.quota_id, divided.partner_id, divided.counter_id,
                   COALESCE(draw.drawn, 0) AS drawn,
                   divided.allowed,
                   divided.allowed - COALESCE(draw.drawn, 0) - COALESCE(
                       (
                           SELECT SUM(other.drawn)
                             FROM draw AS other
                             JOIN service_coverage_counter AS carried
                               ON carried.id = other.counter_id
                              AND carried.kind = 'rollover'
                              AND carried.period_no = divided.group_no
                            WHERE other.quota_id = divided.quota_id
                       ), 0
                   ) AS quota_left
              FROM divided
         LEFT JOIN draw
                ON draw.quota_id = divided.quota_id
               AND draw.counter_id = divided.counter_id
         UNION ALL
            SELECT draw.id, NULL, draw.partner_id, draw.counter_id, draw.drawn,
                   NULL, NULL
              FROM draw
         LEFT JOIN divided
                ON divided.quota_id = draw.quota_id
               AND divided.counter_id = draw.counter_id
             WHERE divided.quota_id IS NULL
            """
        )
