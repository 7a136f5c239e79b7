# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

from .service_coverage_quota import PERIOD_KINDS


class ServiceContractLine(models.Model):
    """A line whose lots are divided."""

    _inherit = "service.contract.line"

    quota_ids = fields.One2many(
        "service.coverage.quota", "contract_line_id", copy=False
    )
    has_quotas = fields.Boolean(compute="_compute_has_quotas", store=True)
    beneficiary_ids = fields.Many2many(related="contract_id.beneficiary_ids")

    @api.depends("quota_ids")
    def _compute_has_quotas(self):
        for line in self:
            line.has_quotas = bool(line.quota_ids)

    def _rate_waiting(self):
        """Rate work again that waits because of a quota, since that has changed."""
        charges_sudo = self.env["service.charge"].sudo()  # ledger: no ACL
        charges_sudo.search(
            [
                ("contract_line_id", "in", self.ids),
                ("hold_reason", "=", "quota"),
                ("is_reversed", "=", False),
                ("reversed_charge_id", "=", False),
            ]
        ).usage_id._settle_again()


class ServiceCoverageCounter(models.Model):
    """Which lots a quantity of a quota is meant for together."""

    _inherit = "service.coverage.counter"

    def _get_quota_group(self):
        """Return what tells the lots of one period from others."""
        self.ensure_one()
        if self.kind in PERIOD_KINDS:
            return (self.contract_line_id.id, "period", self.period_no)
        return (self.contract_line_id.id, "lot", self.id)


class ServiceCharge(models.Model):
    """Rating asks what a site may still draw, and tells when that is not enough."""

    _inherit = "service.charge"

    @api.model
    def _get_quotas(self, usages, counters_by_line, released):
        quotas = super()._get_quotas(usages, counters_by_line, released)
        divided = usages.contract_line_id.filtered("has_quotas")
        if not divided:
            return quotas
        counters = self.env["service.coverage.counter"].union(
            *(counters_by_line[line] for line in divided)
        )
        left = self.env["service.coverage.quota"]._get_left(
            divided, counters, usages.site_id | usages.partner_id
        )
        for entry in released.entry_id:
            usage = entry.usage_id
            for partner in usage.site_id | usage.partner_id:
                key = (entry.counter_id.id, partner.id)
                if key in left:
                    left[key] -= entry.quantity
        line_of = {counter.id: counter.contract_line_id for counter in counters}
        for key, units in left.items():
            quotas.setdefault(line_of[key[0]], {})[key] = units
        return quotas

    @api.model
    def _after_rating(self, charges):
        result = super()._after_rating(charges)
        over = charges.filtered(lambda charge: charge.hold_reason == "quota")
        if over:
            self.env["service.coverage.quota"]._tell(over)
        return result


class ServiceCoverageQuota(models.Model):
    """Asking who looks after a site, once for each lot."""

    _inherit = "service.coverage.quota"

    @api.model
    def _tell(self, charges):
        """Ask about work that waits since it would go beyond a quota.

        :param charges: of several lines and sites
        """
        lots = self.env["service.coverage.counter"]._find_lots(
            charges.contract_line_id, charges.mapped("event_at")
        )
        for charge in charges:
            usage, line = charge.usage_id, charge.contract_line_id
            quota = line.quota_ids.filtered(
                lambda quota, usage=usage: (
                    quota.partner_id in usage.site_id | usage.partner_id
                )
            )
            valid = lots.get(line, charge.counter_id).filtered(
                lambda lot, charge=charge: lot._is_valid_at(charge.event_at)
            )
            lot = valid._in_drawing_order()[:1]
            if quota and lot and lot not in quota.told_counter_ids:
                quota._tell_once(lot, charge)

    def _tell_once(self, lot, charge):
        """Tell of a lot of which work wants more than the quota allows."""
        self.ensure_one()
        self.told_counter_ids |= lot
        contact = self.contact_id.filtered("email")
        if contact:
            self.env["service.outbox"]._queue(
                self,
                "quota",
                contact,
                str(lot.id),
                self.env.ref("service_contract.mail_template_quota"),
            )
        if self.user_id or not contact:
            contract = self.contract_id
            contract.activity_schedule(
                "service_contract.mail_activity_type_quota",
                note=self.env._(
                    "%(partner)s has used its quota of %(line)s (%(quota)s). "
                    "%(work)s waits: approve it, bill it, or raise the quota.",
                    partner=self.partner_id.display_name,
                    line=self.contract_line_id.display_name,
                    quota=self._get_text(),
                    work=charge.usage_id.display_name,
                ),
                user_id=(self.user_id or contract.user_id or self.env.user).id,
            )
