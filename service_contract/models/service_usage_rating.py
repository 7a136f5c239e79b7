# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models

from ..engine.rating_facts import Usage
from .sale_order_line_extra_work import OPEN_STATES


class ServiceUsage(models.Model):
    """A usage in the words of ``engine/rating.py``."""

    _inherit = "service.usage"

    def _get_engine_usage(self, quota_holders=()):
        """Return the usage as it is rated.

        :param quota_holders: ids of the sites and customers that have a quota
        :rtype: service_contract.engine.rating_facts.Usage
        """
        self.ensure_one()
        line = self.contract_line_id
        signed = self._get_signed_lines()
        day = line.contract_id._local_day(self.event_at)
        return Usage(
            unit=self.unit,
            quantity=self.quantity,
            at=self.event_at,
            day=day,
            is_timed=bool(self.ended_at),
            task=self.task_code_id.id or None,
            zone=self.zone_id.id or None,
            role=self.role_id.id or None,
            level=self.level_id.id or None,
            site=self._get_quota_holder(quota_holders),
            employee=self.employee_id.id or None,
            ticket=self.ticket_id.id or None,
            is_free=self.task_code_id.charging == "never",
            exempt=bool(self.exempt_reason),
            ruling=self.ruling or None,
            quotes=tuple((sold.id, sold._get_quoted_price()) for sold in signed),
            awaits_quote=self.quote_line_id.state in OPEN_STATES,
            quoted_in_part=self._is_quoted_in_part(signed | self.quote_line_id),
            warranty=self._get_warranty(day),
        )

    def _is_quoted_in_part(self, lines):
        """Whether the customer was asked about parts of it alone, such as the hours
        beyond an allotment.

        :param lines: of the quotations that it belongs to
        """
        self.ensure_one()
        if not lines:
            return False
        asked = self.approval_ids.filtered(lambda a: a.order_line_id in lines)
        return lines == asked.order_line_id and all(
            request.quantity < self.quantity for request in asked
        )

    def _get_signed_lines(self):
        """Return what the customer signed of such work, in the order of signing.

        None for work that belongs to no quotation: somebody decided about all of it.
        """
        self.ensure_one()
        if not self.quote_line_id:
            return self.quote_line_id
        lines = self.ticket_id.service_extra_work_ids.filtered(
            lambda line: line._is_for(self)
        )
        # Work without a task code is only what was asked about.
        lines |= self.quote_line_id | self.approval_ids.order_line_id
        return lines.filtered(
            lambda line: line.service_extra_line_id and line.state == "sale"
        ).sorted(lambda line: (line.order_id.date_order, line.id))

    def _get_quota_holder(self, quota_holders):
        """Return whose quota the usage uses: its site's, else its customer's."""
        self.ensure_one()
        for partner in (self.site_id, self.partner_id):
            if partner.id in quota_holders:
                return partner.id
        return None

    def _get_last_instant(self):
        """Return when the last of this work ended: until then it may draw from lots."""
        return max(usage.ended_at or usage.event_at for usage in self)

    def _get_site_tz(self):
        """Return the zone in which the hours of the work are meant."""
        self.ensure_one()
        place = self.site_id or self.partner_id
        contract = self.contract_line_id.contract_id
        return place._get_service_tz() or contract.tz or "UTC"
