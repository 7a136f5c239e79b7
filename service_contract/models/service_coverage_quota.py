# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.quota import lots_by_group, share_out
from ..fields import BigInteger

# Lots that a coverage period has together.
PERIOD_KINDS = ("allotment", "rollover")


class ServiceCoverageQuota(models.Model):
    """How much of a line's lots a site, or another customer, may draw by itself.

    It is soft: work beyond it is recorded, but waits for somebody to approve it while
    units are left that others may need, and who looks after the site is asked once for
    each lot. It may change any time; what was drawn before stays drawn.
    """

    _name = "service.coverage.quota"
    _description = "Coverage Quota"
    _order = "contract_line_id, partner_id, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    contract_line_id = fields.Many2one(
        "service.contract.line", required=True, ondelete="cascade", index=True
    )
    contract_id = fields.Many2one(
        related="contract_line_id.contract_id", store=True, index=True
    )
    company_id = fields.Many2one(related="contract_line_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_line_id.currency_id")
    coverage_type = fields.Selection(related="contract_line_id.coverage_type")
    allowed_partner_ids = fields.Many2many(
        "res.partner", compute="_compute_allowed_partner_ids"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Site or Customer",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('commercial_partner_id', 'in', allowed_partner_ids)]",
        help="A site, or one of the customers that the contract covers as a whole.",
    )
    kind = fields.Selection(
        [("share", "Share of each lot"), ("quantity", "Units per coverage period")],
        default="share",
        required=True,
    )
    percent = fields.Integer(string="Share (%)", aggregator=None)
    quantity = fields.Float(
        string="Units",
        aggregator=None,
        help="Hours, cases, visits or currency. What was carried into a period counts "
        "in that period; a top-up counts by itself.",
    )
    base_quantity = BigInteger(
        compute="_compute_base_quantity", store=True, aggregator=None
    )
    user_id = fields.Many2one(
        "res.users",
        string="Tell",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Gets an activity when work would go beyond the quota.",
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Ask",
        domain="[('commercial_partner_id', 'in', allowed_partner_ids)]",
        help="Contact of the site, who gets a mail when work would go beyond the "
        "quota.",
    )
    told_counter_ids = fields.Many2many(
        "service.coverage.counter",
        "service_coverage_quota_told_rel",
        copy=False,
        help="Lots for which somebody was told.",
    )
    balance_text = fields.Char(
        string="Drawn Now",
        compute="_compute_balance_text",
        compute_sudo=True,
        help="Of the lots that are valid now.",
    )
    since_entry = BigInteger(
        readonly=True,
        copy=False,
        help="Last ledger entry before the quota was set: what was drawn by then is no "
        "breach of it.",
    )

    _once = models.UniqueIndex(
        "(contract_line_id, partner_id)", "The line has a quota for this one already."
    )
    _percent_range = models.Constraint(
        "CHECK (kind != 'share' OR percent BETWEEN 1 AND 100)",
        "A share is from 1 to 100 %.",
    )
    _quantity_positive = models.Constraint(
        "CHECK (kind != 'quantity' OR quantity > 0)",
        "Say how many units may be drawn in a period.",
    )

    # === COMPUTE METHODS === #

    @api.depends("contract_id.partner_id", "contract_id.beneficiary_ids")
    def _compute_allowed_partner_ids(self):
        for quota in self:
            quota.allowed_partner_ids = quota.contract_id._get_customers()

    @api.depends("kind", "quantity", "contract_line_id")
    def _compute_base_quantity(self):
        for quota in self:
            line = quota.contract_line_id
            quota.base_quantity = line._to_base_units(quota.quantity) if line else 0

    @api.depends("kind", "percent", "quantity", "contract_line_id.counter_ids.drawn")
    @api.depends_context("lang", "service_contract_now")
    def _compute_balance_text(self):
        rows = self.env["service.coverage.site"]._get_current(
            Domain("quota_id", "in", self._origin.ids)
        )
        by_quota = rows.grouped("quota_id")
        for quota in self:
            line, sites = quota.contract_line_id, by_quota.get(quota._origin, rows[:0])
            quota.balance_text = line and self.env._(
                "%(drawn)s of %(allowed)s",
                drawn=line._format_units(sum(sites.mapped("drawn")), unit=False),
                allowed=line._format_units(sum(sites.mapped("allowed"))),
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("contract_line_id", "partner_id")
    def _check_partner(self):
        for quota in self:
            line, partner = quota.contract_line_id, quota.partner_id
            if not line._is_counted():
                raise ValidationError(
                    self.env._(
                        "%(line)s counts nothing, so it has nothing to divide.",
                        line=line.display_name,
                    )
                )
            customer = partner.commercial_partner_id
            if customer not in quota.contract_id._get_customers():
                raise ValidationError(
                    self.env._(
                        "%(contract)s does not cover %(partner)s.",
                        contract=quota.contract_id.display_name,
                        partner=partner.display_name,
                    )
                )
            others = line.quota_ids.partner_id - partner
            is_part_of_another = customer in others
            if is_part_of_another or partner in others.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Divide %(customer)s by sites, or give it one quota as a "
                        "whole: not both on one line.",
                        customer=customer.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        mark = self._get_mark()
        quotas = super().create([{**vals, "since_entry": mark} for vals in vals_list])
        for quota in quotas:
            quota._note(self.env._("Quota of %(partner)s: %(quota)s."))
        return quotas

    def write(self, vals):
        is_other = bool(vals.keys() & {"kind", "partner_id", "percent", "quantity"})
        if is_other:
            vals = {**vals, "since_entry": self._get_mark()}
        result = super().write(vals)
        if is_other:
            for quota in self:
                quota._note(self.env._("Quota of %(partner)s is now: %(quota)s."))
            self.contract_line_id._rate_waiting()
        return result

    def unlink(self):
        for quota in self:
            quota._note(self.env._("Quota of %(partner)s is gone; it was: %(quota)s."))
        lines = self.contract_line_id
        result = super().unlink()
        lines._rate_waiting()
        return result

    @api.model
    def _get_mark(self):
        """Return how far the ledger has come: what was drawn before breaks no quota."""
        entries_sudo = self.env["service.coverage.entry"].sudo()  # of all companies
        return entries_sudo.search([], order="id desc", limit=1).id or 0

    def _note(self, text):
        """Note on the contract what became of the quota."""
        contract_sudo = self.contract_id.sudo()  # who may divide it may note it
        contract_sudo.message_post(
            body=text
            % {
                "partner": self.partner_id.display_name,
                "quota": self._get_text(),
            }
        )

    def _get_text(self):
        """Return the quota in words."""
        self.ensure_one()
        if self.kind == "share":
            return self.env._("%(percent)s %% of each lot", percent=self.percent)
        return self.env._(
            "%(units)s per period",
            units=self.contract_line_id._format_units(self.base_quantity),
        )

    # === BUSINESS METHODS === #

    @api.model
    def _get_left(self, lines, counters, partners):
        """Return what sites and customers may still draw of lots.

        In a fixed number of queries, and none for lines without quotas.

        :param counters: lots of the lines
        :param partners: sites and customers that are asked for
        :return: units by (counter id, partner id); nothing where there is no quota
        """
        lines = lines.filtered("has_quotas")
        quotas = lines.quota_ids.filtered(lambda quota: quota.partner_id in partners)
        counters = counters.filtered(lambda lot: lot.contract_line_id in lines)
        if not quotas or not counters:
            return {}
        drawn, before = quotas._get_drawn(counters)
        granted = quotas._get_granted(counters)
        left = {}
        for quota in quotas:
            lots = counters.filtered(
                lambda lot, quota=quota: lot.contract_line_id == quota.contract_line_id
            )
            if quota.kind == "quantity":
                quota._share_out(lots, drawn, before, left)
                continue
            for lot in lots:
                key = (quota.id, lot.id)
                allowed = granted.get(lot.id, 0) * quota.percent // 100
                allowed = max(allowed, before.get(key, 0))
                left[lot.id, quota.partner_id.id] = allowed - drawn.get(key, 0)
        return left

    def _share_out(self, lots, drawn, before, left):
        """Share what is left of a quantity out over the lots that it is meant for.

        :param drawn, before: see ``_get_drawn``
        :param left: units by (counter id, partner id); filled
        """
        for group, members in lots_by_group(
            lots._in_drawing_order(), lambda lot: lot._get_quota_group()
        ).items():
            key = (self.id, group)
            allowed = max(self.base_quantity, before.get(key, 0))
            parts = share_out(
                allowed - drawn.get(key, 0),
                [lot.granted - lot.drawn for lot in members],
            )
            for lot, part in zip(members, parts, strict=True):
                left[lot.id, self.partner_id.id] = part

    def _get_drawn(self, counters):
        """Return what was drawn under the quotas, and what of it before they were set:
        that may stay, also where it is more than the quota.

        :return: each by (quota id, counter id), and by (quota id, group) of all lots of
            the periods of the counters
        """
        self.env["service.coverage.entry"].flush_model()
        self.env["service.usage"].flush_model(["site_id", "partner_id"])
        # SQL: joins the ledger with who caused it; a row for each quota and lot.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT quota.id, counter.id, -SUM(entry.quantity),
                       -COALESCE(
                           SUM(entry.quantity) FILTER (
                               WHERE entry.id <= quota.since_entry
                           ), 0
                       )
                  FROM service_coverage_quota AS quota
                  JOIN service_coverage_counter AS counter
                    ON counter.contract_line_id = quota.contract_line_id
                  JOIN service_coverage_entry AS entry
                    ON entry.counter_id = counter.id
                   AND entry.kind IN ('draw', 'reverse')
                  JOIN service_usage AS usage
                    ON usage.id = entry.usage_id
                   AND quota.partner_id IN (usage.site_id, usage.partner_id)
                 WHERE quota.id IN %s
                   AND (
                           counter.id IN %s
                        OR (counter.contract_line_id, counter.period_no) IN %s
                       )
              GROUP BY quota.id, counter.id
                """,
                tuple(self.ids),
                tuple(counters.ids),
                tuple({(lot.contract_line_id.id, lot.period_no) for lot in counters}),
            )
        )
        lots = self.env["service.coverage.counter"].browse({row[1] for row in rows})
        group_of = {lot.id: lot._get_quota_group() for lot in lots}
        drawn, before = Counter(), Counter()
        for quota_id, counter_id, units, units_before in rows:
            for place in (counter_id, group_of[counter_id]):
                drawn[quota_id, place] += int(units)
                before[quota_id, place] += int(units_before)
        return drawn, before

    def _get_granted(self, counters):
        """Return what was ever granted to lots, by id: a share of it does not shrink
        when a part is carried over or withdrawn."""
        groups = self.env["service.coverage.entry"]._read_group(
            [
                ("counter_id", "in", counters.ids),
                ("kind", "not in", ("draw", "reverse", "reserve", "release")),
                ("quantity", ">", 0),
            ],
            ["counter_id"],
            ["quantity:sum"],
        )
        return {counter.id: int(quantity) for counter, quantity in groups}
