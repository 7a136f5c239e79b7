# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models
from odoo.tools import format_date

# How many periods that are over the page of a contract shows, all lines together.
PAST_PERIODS = 36


class ServiceContractLine(models.Model):
    """What customers see of a contract line."""

    _inherit = "service.contract.line"

    def _get_portal_values(self, share):
        """Return what the page shows of the lines: promise, balance, periods past.

        :param share: see ``service.contract._get_portal_shares``
        """
        current = self._get_current_lots()
        past = self._get_portal_past_lots()
        carried = self._get_portal_carried(past)
        return [
            {
                "name": line.name,
                "promise": line._get_portal_promise(),
                "limits": line._get_portal_limits(share),
                "cancelled_from": line.date_cancelled
                and format_date(self.env, line.date_cancelled)
                or "",
                "is_counted": line._is_counted(),
                "bars": [lot._get_portal_bar() for lot in current.get(line, ())],
                "past": [
                    lot._get_portal_past(carried.get(lot, 0))
                    for lot in past
                    if lot.contract_line_id == line
                ],
            }
            for line in self
        ]

    def _get_portal_summaries(self, lots_by_line):
        """Return what a list of contracts shows of the lines that cover something.

        :param lots_by_line: the lots that are valid now
        """
        return [
            {
                "name": line.name.split("\n")[0],
                "promise": line._get_portal_promise(),
                "bars": [lot._get_portal_bar() for lot in lots_by_line.get(line, ())],
            }
            for line in self
            if line.coverage_type != "none" and not line.date_cancelled
        ]

    def _get_portal_past_lots(self):
        """Return the last lots that are over, the last first."""
        now = self.env["service.contract"]._service_now()
        return self.env["service.coverage.counter"].search(
            [
                ("contract_line_id", "in", self.ids),
                ("kind", "!=", "courtesy"),
                ("valid_to", "<=", now),
            ],
            order="valid_from desc, id desc",
            limit=PAST_PERIODS,
        )

    def _get_portal_carried(self, lots):
        """Return what was carried out of lots into the next period, by lot."""
        groups = self.env["service.coverage.entry"]._read_group(
            [
                ("counter_id", "in", lots.ids),
                ("kind", "=", "rollover"),
                ("quantity", "<", 0),
            ],
            ["counter_id"],
            ["quantity:sum"],
        )
        # PostgreSQL adds 64 bits up to a numeric, which comes back as a float.
        return {lot: -int(quantity) for lot, quantity in groups}

    def _get_portal_promise(self):
        """Return what the line entitles to, in words."""
        self.ensure_one()
        if self.coverage_type == "none":
            return self.env._("A fee; it covers no service by itself.")
        if not self._is_counted():
            return self.env._("Service without a limit.")
        quantity = self._format_units(self.coverage_base_quantity)
        texts = {
            "term": self.env._("%(quantity)s for the whole term.", quantity=quantity),
            "month": self.env._("%(quantity)s each month.", quantity=quantity),
            "quarter": self.env._("%(quantity)s each quarter.", quantity=quantity),
            "half_year": self.env._("%(quantity)s each half-year.", quantity=quantity),
            "year": self.env._("%(quantity)s each year.", quantity=quantity),
        }
        beyond = {
            "block": self.env._("When it is used up, new tickets are not covered."),
            "warn": self.env._("Work beyond it is agreed with you first."),
            "bill": self.env._("Work beyond it is billed."),
            "negative": self.env._("Work beyond it is covered too."),
        }
        promise = [texts[self.coverage_period], beyond[self.exhaustion_policy]]
        if self._is_multiplied():
            promise.insert(
                1,
                self.env._(
                    "An hour of work draws %(drawn)s.", drawn=self._get_drawn_per_hour()
                ),
            )
        return " ".join(promise)

    def _get_portal_limits(self, share):
        """Return to what the line is limited, as pairs of label and names.

        :param share: see ``service.contract._get_portal_shares``; who shares a contract
            sees names of the own company only
        """
        self.ensure_one()
        contract = self.contract_id

        def names_of(partners):
            return partners.filtered(
                lambda partner: not share or partner.commercial_partner_id == share
            ).mapped("name")

        limits = [
            (self.env._("Sites"), names_of(self.site_ids or contract.site_ids)),
            (
                self.env._("Contacts"),
                names_of(self.contact_ids or contract.contact_ids),
            ),
            (
                self.env._("Items"),
                not share and self.covered_item_ids.mapped(self._get_portal_item),
            ),
            (self.env._("Channels"), self.channel_ids.mapped("name")),
            (self.env._("Categories"), self.category_ids.mapped("complete_name")),
        ]
        return [
            (label, ", ".join(name for name in names if name))
            for label, names in limits
            if names
        ]

    def _get_portal_item(self, item):
        """Return a covered item in words, and how long it is under warranty."""
        if not item.date_warranty_end:
            return item.display_name
        return self.env._(
            "%(item)s (under warranty until %(day)s)",
            item=item.display_name,
            day=format_date(self.env, item.date_warranty_end),
        )


class ServiceCoverageCounter(models.Model):
    """What customers see of a lot: a bar that also says what it means."""

    _inherit = "service.coverage.counter"

    def _get_portal_bar(self):
        """Return share, level and balance of the lot, in numbers and in words."""
        self.ensure_one()
        line = self.contract_line_id
        granted = self.granted
        level = line._get_coverage_level(self, granted, granted - self.remaining)
        levels = line._fields["coverage_level"]._description_selection(self.env)
        percent = 100 * self.drawn // granted if granted else 100
        reserved = 100 * self.reserved // granted if granted else 0
        return {
            "label": line.name.split("\n")[0],
            "is_carried": self.kind == "rollover",
            "is_topup": self.kind == "topup",
            "percent": max(0, min(percent, 100)),
            "reserved_percent": max(0, min(reserved, 100 - percent)),
            "level": level,
            "level_text": dict(levels)[level],
            "text": line._get_coverage_text(self, granted, self.drawn, self.reserved),
            "left": self.env._(
                "%(quantity)s available", quantity=line._format_units(self.remaining)
            )
            if self.reserved
            else self.env._(
                "%(quantity)s left", quantity=line._format_units(self.remaining)
            ),
        }

    def _get_portal_past(self, carried):
        """Return what became of a lot that is over, in words.

        :param carried: how much of it was carried into the next period
        """
        self.ensure_one()
        line = self.contract_line_id
        quantity = line._format_units(carried)
        return {
            "from": format_date(self.env, self.contract_id._local_day(self.valid_from)),
            # What left the lot was granted by it all the same.
            "text": line._get_coverage_text(
                self, self.granted + carried, self.drawn, self.reserved
            ),
            "is_carried": self.kind == "rollover",
            "carried": self.env._("%(quantity)s carried over", quantity=quantity)
            if carried
            else "",
        }
