# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Work over midnight belongs to two days, and on the last of a month to two months."""

from odoo.tests import tagged

from .common_drawdown import HOUR, DrawdownCommon
from .common_rates import RatesCommon


@tagged("post_install", "-at_install")
class TestMidnight(DrawdownCommon, RatesCommon):
    def setUp(self):
        super().setUp()
        contract = self.make_contract(
            [self.line_values("hours", 10)], rate_card_id=self.card.id
        )
        self.line = contract.line_ids
        self.ticket = self.make_ticket()

    def work(self, hours, start, **values):
        return self.log_time(
            self.ticket, hours, start[:10], service_started_at=f"{start}:00", **values
        )

    def charges(self):
        """Return (kind, first day of the lot, hours) of what stands of the time."""
        charges = self.ticket.sudo().service_usage_ids.charge_ids._get_standing()
        charges = charges.filtered(lambda charge: charge.unit == "second")
        return [
            (
                charge.kind,
                str(charge.entry_id.counter_id.valid_from or "")[:10],
                charge.quantity / HOUR,
            )
            for charge in charges.sorted("id")
        ]

    def assertBothMonths(self, hours, start):
        """Work around midnight draws half of its hours from each month."""
        self.line.sudo()._open_lots(self.env["service.contract"]._service_now())
        self.work(hours, start)
        half = hours / 2
        self.assertEqual(
            self.charges(),
            [("covered", "2024-12-31", half), ("covered", "2025-01-31", half)],
        )

    def test_each_part_draws_from_the_month_it_was_done_in(self):
        """In Rome it is 23:00 on 31 January; both months have their lots by then."""
        self.assertBothMonths(2, "2025-01-31 22:00")

    def test_without_a_rate_card_it_is_the_same(self):
        self.line = self.make_contract([self.line_values("hours", 10)]).line_ids
        self.assertFalse(self.line.contract_id.rate_card_id)
        self.ticket = self.make_ticket(service_contract_line_id=self.line.id)
        self.assertBothMonths(4, "2025-01-31 21:00")

    def test_a_site_in_another_zone_draws_by_the_months_of_the_contract(self):
        """Midnight in Rome is six in the afternoon in New York."""
        site = self.env["res.partner"].create(
            {
                "name": "New York",
                "parent_id": self.customer.id,
                "type": "delivery",
                "service_tz": "America/New_York",
            }
        )
        self.ticket.site_id = site
        self.assertBothMonths(2, "2025-01-31 22:00")

    def test_used_up_month_leaves_the_next_one_alone(self):
        self.work(10, "2025-01-30 07:00")
        self.work(2, "2025-01-31 22:00")
        self.assertEqual(
            self.charges()[-2:],
            [("billable", "", 1), ("covered", "2025-01-31", 1)],
        )

    def test_after_the_last_midnight_of_the_contract_somebody_decides(self):
        """Without a rate card, and where nothing is counted, too."""
        for values in (self.line_values("hours", 10), self.line_values("unlimited")):
            with self.subTest(coverage=values["coverage_type"]):
                contract = self.make_contract([values], date_end="2025-01-31")
                self.ticket = self.make_ticket(
                    service_contract_line_id=contract.line_ids.id
                )
                self.work(2, "2025-01-31 22:00")
                self.assertEqual(
                    [(kind, hours) for kind, _lot, hours in self.charges()],
                    [("covered", 1), ("to_approve", 1)],
                )
                late = self.ticket.sudo().service_charge_ids.filtered("hold_reason")
                self.assertEqual(late.hold_reason, "outside")
