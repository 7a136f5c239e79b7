# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime, timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_drawdown import HOUR, DrawdownCommon
from .common_rates import RatesCommon


@tagged("post_install", "-at_install")
class TestKept(RatesCommon, DrawdownCommon):
    """What was invoiced or decided stays, and later work reckons with it."""

    def tearDown(self):
        # An invoice of these tests bills one unit of money, whatever it is for.
        super(DrawdownCommon, self).tearDown()

    def make_line(self, card, coverage="rates", quantity=0, **values):
        line = self.line_values(coverage, quantity, **values)
        return self.make_contract([line], rate_card_id=card.id).sudo().line_ids

    def standing(self, records):
        charges = records.sudo().service_usage_ids.charge_ids._get_standing()
        return charges.sorted("id")

    def close(self, ticket):
        ticket.sudo().stage_id = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True), ("service_is_cancelled", "=", False)], limit=1
        )

    def work(self, line, start, seconds, **values):
        """Record work that began at an instant (text, UTC)."""
        start = datetime.fromisoformat(start)
        return self.env["service.usage"]._capture(
            [
                {
                    "company_id": line.company_id.id,
                    "source": "manual",
                    "external_key": f"work at {start}",
                    "unit": "second",
                    "quantity": seconds,
                    "event_at": start,
                    "ended_at": start + timedelta(seconds=seconds),
                    "contract_line_id": line.id,
                    **values,
                }
            ]
        )

    def test_a_promotion_prices_no_earlier_work_anew(self):
        junior = self.env["service.employee.level"].create({"name": "Junior"})
        card = self.make_card(
            [
                {"price": 80, "level_id": junior.id},
                {"price": 120, "level_id": self.senior.id},
            ]
        )
        line = self.make_line(card)
        employee = self.user_agent.employee_id.sudo()
        employee.service_level_id = junior
        ticket = self.make_ticket(service_contract_line_id=line.id)
        time = self.log_time(ticket, 2)
        employee.service_level_id = self.senior
        self.close(ticket)
        time.name = "Better words"
        self.assertEqual(self.standing(time).mapped("amount"), [160.0])
        time.unit_amount = 1
        self.assertEqual(self.standing(time).mapped("amount"), [80.0])
        other = self.log_time(ticket, 1)
        self.assertEqual(self.standing(other).mapped("amount"), [120.0])

    def test_a_level_that_was_missing_is_filled_in(self):
        card = self.make_card([{"price": 120, "level_id": self.senior.id}])
        line = self.make_line(card, overage_price=0.0)
        ticket = self.make_ticket(service_contract_line_id=line.id)
        employee = self.user_agent.employee_id.sudo()
        employee.service_level_id = False
        time = self.log_time(ticket, 1)
        self.assertEqual(self.standing(time).mapped("hold_reason"), ["unrated"])
        employee.service_level_id = self.senior
        time.name = "Better words"
        self.assertEqual(self.standing(time).mapped("amount"), [120.0])

    def test_another_travel_zone_takes_back_no_invoice(self):
        far = self.env["service.travel.zone"].create({"name": "Far"})
        card = self.make_card(
            [
                {"price": 80, "zone_id": self.zone.id},
                {"price": 120, "zone_id": far.id},
            ]
        )
        site = self.env["res.partner"].create(
            {
                "name": "Site",
                "parent_id": self.customer.id,
                "type": "delivery",
                "service_travel_zone_id": self.zone.id,
            }
        )
        ticket = self.make_ticket(
            service_contract_line_id=self.make_line(card).id, site_id=site.id
        )
        time = self.log_time(ticket, 1)
        self.mark_invoiced(self.standing(time))
        site.service_travel_zone_id = far
        self.close(ticket)
        self.assertRecordValues(
            time.sudo().service_usage_ids.charge_ids,
            [{"amount": 80.0, "billing_state": "invoiced"}],
        )

    def test_decisions_stay_when_the_ticket_gets_a_site(self):
        site = self.env["res.partner"].create(
            {"name": "Site", "parent_id": self.customer.id, "type": "delivery"}
        )
        for verb, args, kind in (
            ("action_waive", ("Sorry",), "courtesy"),
            ("action_bill", (), "billable"),
        ):
            with self.subTest(verb=verb):
                line = self.make_contract(
                    [self.line_values("hours", 1, exhaustion_policy="warn")]
                ).line_ids
                ticket = self.make_ticket(service_contract_line_id=line.id)
                time = self.log_time(ticket, 3)
                waiting = self.standing(time).filtered(
                    lambda charge: charge.kind == "to_approve"
                )
                manager = waiting.with_user(self.user_manager)
                getattr(manager.with_context(allowed_company_ids=None), verb)(*args)
                ticket.sudo().site_id = site
                self.assertEqual(
                    sorted(self.live(time)), sorted([("covered", HOUR), (kind, 7200)])
                )
                self.assertEqual(time.sudo().service_usage_ids.site_id, site)

    def test_only_billing_gives_away_what_was_decided(self):
        line = self.make_contract([self.line_values("hours", 1)]).line_ids
        ticket = self.make_ticket(service_contract_line_id=line.id)
        time = self.log_time(ticket, 3)
        self.mark_invoiced(
            self.standing(time).filtered(lambda charge: charge.kind == "billable")
        )
        free = {"no_decrement": True, "no_decrement_reason": "A friend"}
        with self.assertRaises(UserError), self.cr.savepoint():
            ticket.write(free)
        self.assertEqual(self.live(time), [("covered", HOUR), ("billable", 7200)])

    def test_a_minimum_of_the_day_is_charged_once(self):
        card = self.make_card(
            [
                {
                    "price": 80,
                    "rounding_scope": "day",
                    "minimum": 1,
                    "rounding_step": 0.25,
                }
            ]
        )
        line = self.make_line(card)
        first = self.work(line, "2025-01-14 14:00:00", 900)
        self.assertEqual(first.charge_ids.mapped("amount"), [80.0])
        self.mark_invoiced(first.charge_ids)
        late = self.work(line, "2025-01-14 10:00:00", 900)
        self.assertEqual(sum(late.charge_ids.mapped("amount")), 0.0)
        last = self.work(line, "2025-01-14 15:00:00", 2700)
        self.assertEqual(sum(last.charge_ids.mapped("amount")), 20.0)

    def test_overtime_counts_the_hours_that_are_invoiced(self):
        card = self.make_card(
            [{"price": 80}],
            [{"kind": "overtime", "overtime_after": 4, "percent": 150}],
        )
        line = self.make_line(card)
        worker = {"employee_id": self.env["hr.employee"].create({"name": "Eva"}).id}
        early = self.work(line, "2025-01-14 09:00:00", 4 * HOUR, **worker)
        self.mark_invoiced(early.charge_ids)
        after = self.work(line, "2025-01-14 14:00:00", 2 * HOUR, **worker)
        self.assertEqual(sum(after.charge_ids.mapped("amount")), 240.0)
        late = self.work(line, "2025-01-14 07:00:00", 1800, **worker)
        self.assertEqual(sum(late.charge_ids.mapped("amount")), 40.0)
        self.assertEqual(sum(after.charge_ids._get_standing().mapped("amount")), 240.0)
