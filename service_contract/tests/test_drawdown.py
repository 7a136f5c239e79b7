# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import random
from datetime import date, datetime, time
from unittest.mock import patch

from psycopg2 import errors

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const import UNIT_OF_COVERAGE
from .common import ServiceContractCommon

HOUR = 3600


class DrawdownCommon(ServiceContractCommon):
    def drawn(self, line):
        """Return the base units drawn from all lots of a line."""
        return sum(line.sudo().counter_ids.mapped("drawn"))

    def live(self, records):
        """Return kind and quantity of the charges that stand, in order."""
        charges = records.sudo().service_usage_ids.charge_ids
        return [
            (charge.kind, charge.quantity)
            for charge in charges.sorted("id")
            if not charge.is_reversed and not charge.reversed_charge_id
        ]

    def assertBooksAreRight(self):
        self.assertEqual(self.env["service.contract"]._check_invariants(), {})

    def tearDown(self):
        self.assertBooksAreRight()
        super().tearDown()

    def mark_invoiced(self, charges):
        """Put charges on an invoice, as the billing run does."""
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Overage",
                            "price_unit": 1,
                            "service_contract_line_id": charges.contract_line_id.id,
                        },
                    )
                ],
            }
        )
        charges.sudo().write(
            {"billing_state": "invoiced", "invoice_line_id": move.invoice_line_ids.id}
        )


@tagged("post_install", "-at_install")
class TestCases(DrawdownCommon):
    """A ticket draws one case, gives it back when it is cancelled, and never two."""

    def test_case_is_drawn_when_opened(self):
        line = self.make_contract().line_ids
        ticket = self.make_ticket()
        self.assertEqual(ticket.service_contract_line_id, line)
        self.assertEqual(self.drawn(line), 1)
        self.assertEqual(self.live(ticket), [("covered", 1)])
        self.assertEqual(line.remaining_quantity, 4)

    def test_case_is_drawn_when_resolved(self):
        line = self.make_contract([self.line_values(draw_moment="resolve")]).line_ids
        ticket = self.make_ticket()
        self.assertEqual(self.drawn(line), 0)
        resolved = self.at(ticket, "2025-03-10 10:00:00")
        resolved.stage_id = self.stage_done
        usage = ticket.sudo().service_usage_ids
        self.assertEqual(usage.event_at, datetime(2025, 3, 10, 10))
        self.assertEqual(self.drawn(line), 1)
        lot = usage.charge_ids.counter_id
        self.assertEqual(lot.valid_from, datetime(2025, 2, 28, 23))

    def test_resolved_case_stays_in_its_period(self):
        """Another closed stage, or the same again, is not another resolution."""
        line = self.make_contract([self.line_values(draw_moment="resolve")]).line_ids
        ticket = self.make_ticket()
        self.at(ticket, "2025-01-20 10:00:00").stage_id = self.stage_done
        other_done = self.stage_done.copy({"name": "Done and dusted"})
        for stage in (self.stage_done, other_done):
            self.at(ticket, "2025-03-10 10:00:00").write({"stage_id": stage.id})
            self.assertEqual(len(ticket.sudo().service_usage_ids), 1)
        self.assertEqual(
            ticket.sudo().service_usage_ids.event_at, datetime(2025, 1, 20, 10)
        )
        self.assertEqual(self.drawn(line), 1)

    def test_overage_beyond_the_allotment(self):
        self.make_contract()
        tickets = [self.make_ticket() for _number in range(7)]
        kinds = [self.live(ticket) for ticket in tickets]
        self.assertEqual(kinds[:5], [[("covered", 1)]] * 5)
        self.assertEqual(kinds[5:], [[("billable", 1)]] * 2)
        charge = tickets[6].sudo().service_charge_ids
        self.assertEqual(charge.amount, 60)
        self.assertEqual(charge.billing_state, "to_invoice")

    def test_cancelled_ticket_gives_the_case_back(self):
        line = self.make_contract().line_ids
        ticket = self.make_ticket()
        ticket.stage_id = self.stage_cancelled
        self.assertEqual(self.drawn(line), 0)
        self.assertEqual(self.live(ticket), [])
        ticket.stage_id = self.stage_new
        self.assertEqual(self.drawn(line), 1)
        self.assertEqual(self.live(ticket), [("covered", 1)])

    def test_reopened_ticket_is_one_case(self):
        for moment in ("open", "resolve"):
            line = self.make_contract([self.line_values(draw_moment=moment)]).line_ids
            ticket = self.make_ticket(service_contract_line_id=line.id)
            for _round in range(3):
                ticket.stage_id = self.stage_done
                self.assertEqual(self.drawn(line), 1)
                ticket.stage_id = self.stage_progress
                self.assertEqual(self.drawn(line), 1 if moment == "open" else 0)
            ticket.stage_id = self.stage_done
            self.assertEqual(self.live(ticket), [("covered", 1)])

    def test_deleted_ticket_gives_everything_back(self):
        line = self.make_contract([self.line_values("hours", 10)]).line_ids
        ticket = self.make_ticket()
        entry = self.log_time(ticket, 2)
        usages = ticket.sudo().service_usage_ids
        self.assertEqual(self.drawn(line), 2 * HOUR)
        ticket.sudo().unlink()
        self.assertEqual(self.drawn(line), 0)
        self.assertEqual(set(usages.mapped("is_void")), {True})
        self.assertFalse(entry.ticket_id)

    def test_duplicate_draws_nothing(self):
        line = self.make_contract().line_ids
        ticket, duplicate = self.make_ticket(), self.make_ticket()
        self.assertEqual(self.drawn(line), 2)
        duplicate.duplicate_id = ticket
        self.assertEqual(self.drawn(line), 1)

    def test_do_not_decrement_needs_a_reason_and_is_a_courtesy(self):
        line = self.make_contract().line_ids
        ticket = self.make_ticket()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "no_decrement_reason"),
            self.cr.savepoint(),
        ):
            ticket.no_decrement = True
            self.env.flush_all()
        ticket.write({"no_decrement": True, "no_decrement_reason": "Our own fault"})
        self.assertEqual(self.drawn(line), 0)
        self.assertEqual(self.live(ticket), [("courtesy", 1)])
        courtesy = ticket.sudo().service_charge_ids.filtered(
            lambda charge: charge.kind == "courtesy"
        )
        self.assertEqual(courtesy.reason, "Our own fault")
        self.assertEqual(courtesy.billing_state, "no")
        ticket.no_decrement = False
        self.assertEqual(self.drawn(line), 1)
        self.assertEqual(self.live(ticket), [("covered", 1)])

    def test_request_of_an_earlier_period_draws_from_that_period(self):
        contract = self.make_contract()
        self.run_cron("service.contract.line", "_cron_open_lots", "2025-03-15 00:00:00")
        ticket = self.at(self.make_ticket(), "2025-03-15 09:00:00")
        ticket.requested_at = datetime(2025, 2, 10, 9)
        lots = contract.sudo().counter_ids.sorted("period_no")
        self.assertEqual(lots.mapped("drawn"), [0, 1, 0])
        ticket.requested_at = datetime(2025, 1, 31, 23)
        self.assertEqual(lots.mapped("drawn"), [0, 1, 0])
        ticket.requested_at = datetime(2025, 1, 31, 22, 59, 59)
        self.assertEqual(lots.mapped("drawn"), [1, 0, 0])


@tagged("post_install", "-at_install")
class TestReassignment(DrawdownCommon):
    """A ticket that moves to another contract leaves nothing behind on the first."""

    def setUp(self):
        super().setUp()
        self.lines = [self.make_contract().line_ids for _number in range(3)]
        self.ticket = self.make_ticket(service_contract_line_id=self.lines[0].id)

    def drawn_of_all(self):
        return [self.drawn(line) for line in self.lines]

    def test_case_and_time_move_along(self):
        hours = [self.make_contract([self.line_values("hours")]) for _number in "ab"]
        ticket = self.make_ticket(service_contract_line_id=hours[0].line_ids.id)
        self.log_time(ticket, 3)
        ticket.service_contract_line_id = hours[1].line_ids
        self.assertEqual([self.drawn(c.line_ids) for c in hours], [0, 3 * HOUR])

    def test_moved_twice_is_settled(self):
        """Charges that were taken back earlier do not keep the usage pending."""
        for index in (1, 2, 0, 2):
            self.ticket.service_contract_line_id = self.lines[index]
            expected = [0, 0, 0]
            expected[index] = 1
            self.assertEqual(self.drawn_of_all(), expected)
        self.ticket.stage_id = self.stage_cancelled
        self.assertEqual(self.drawn_of_all(), [0, 0, 0])
        self.assertEqual(self.ticket.sudo().service_usage_ids.state, "settled")

    def test_without_contract(self):
        self.ticket.service_contract_line_id = False
        self.assertEqual(self.drawn_of_all(), [0, 0, 0])
        self.assertTrue(self.ticket.service_line_is_manual)

    def make_invoiced_ticket(self):
        line = self.make_contract([self.line_values("cases", 0)]).line_ids
        ticket = self.make_ticket(service_contract_line_id=line.id)
        self.mark_invoiced(ticket.sudo().service_usage_ids.charge_ids)
        return ticket

    def test_refused_when_invoiced(self):
        ticket = self.make_invoiced_ticket()
        with self.assertRaisesRegex(UserError, "is on invoice .* already"):
            ticket.service_contract_line_id = self.lines[1]

    def test_customer_is_not_changed_when_invoiced(self):
        self.make_contract(partner_id=self.stranger.id)
        ticket = self.make_invoiced_ticket()
        with self.assertRaisesRegex(UserError, "is on invoice .* already"):
            ticket.partner_id = self.stranger

    def test_withdrawn_after_the_invoice_is_credited(self):
        """The invoice stays; the next one carries the credit."""
        for _number in range(5):
            last = self.make_ticket(service_contract_line_id=self.lines[0].id)
        charge = last.sudo().service_charge_ids
        self.assertEqual(charge.kind, "billable")
        self.mark_invoiced(charge)
        last.stage_id = self.stage_cancelled
        credit = charge.search([("reversed_charge_id", "=", charge.id)])
        self.assertEqual(credit.billing_state, "to_invoice")
        self.assertEqual(credit.amount, -60)
        self.assertEqual(charge.billing_state, "invoiced")

    def test_time_that_moves_to_another_ticket_is_found_there(self):
        line = self.make_contract([self.line_values("hours", 10)]).line_ids
        first = self.make_ticket(service_contract_line_id=line.id)
        second = self.make_ticket(service_contract_line_id=line.id)
        entry = self.log_time(first, 1)
        entry.ticket_id = second
        self.assertEqual(self.drawn(line), HOUR)
        usage = entry.sudo().service_usage_ids
        self.assertEqual(usage.ticket_id, second)
        self.assertEqual(usage.charge_ids.ticket_id, second)
        self.assertEqual(self.live(first), [("covered", 1)])
        self.assertEqual(self.live(second), [("covered", 1), ("covered", HOUR)])


@tagged("post_install", "-at_install")
class TestTyped(DrawdownCommon):
    """Visits and parts typed on a ticket follow the ticket."""

    def setUp(self):
        super().setUp()
        self.lines = [
            self.make_contract([self.line_values("visits", 5)]).line_ids
            for _number in range(2)
        ]
        self.ticket = self.make_ticket(service_contract_line_id=self.lines[0].id)
        self.log = (
            self.env["service.usage.log"]
            .with_user(self.user_agent)
            .create(
                {
                    "ticket_id": self.ticket.id,
                    "description": "Came by twice",
                    "unit": "visit",
                    "quantity": 2,
                }
            )
        )
        self.log.action_apply()

    def drawn_of_both(self):
        return [self.drawn(line) for line in self.lines]

    def test_drawn_once(self):
        self.assertEqual(self.drawn_of_both(), [2, 0])
        self.log.action_apply()
        self.assertEqual(self.drawn_of_both(), [2, 0])

    def test_withdrawn_with_the_ticket(self):
        self.ticket.stage_id = self.stage_cancelled
        self.assertEqual(self.drawn_of_both(), [0, 0])
        self.ticket.stage_id = self.stage_progress
        self.assertEqual(self.drawn_of_both(), [2, 0])
        self.ticket.sudo().unlink()
        self.assertEqual(self.drawn_of_both(), [0, 0])

    def test_moves_with_the_ticket(self):
        self.ticket.service_contract_line_id = self.lines[1]
        self.assertEqual(self.drawn_of_both(), [0, 2])

    def test_exempt_with_the_ticket(self):
        self.ticket.write({"no_decrement": True, "no_decrement_reason": "Our fault"})
        self.assertEqual(self.drawn_of_both(), [0, 0])


@tagged("post_install", "-at_install")
class TestTime(DrawdownCommon):
    """Hours come from timesheets on the ticket, split to the second."""

    def setUp(self):
        super().setUp()
        self.line = self.make_contract([self.line_values("hours", 10)]).line_ids
        self.ticket = self.make_ticket()

    def time_charges(self):
        """Return kind and hours of what stands of the recorded time."""
        return [
            (kind, quantity / HOUR)
            for kind, quantity in self.live(self.ticket)
            if quantity != 1
        ]

    def test_recorded_time_is_drawn(self):
        self.log_time(self.ticket, 1.5)
        self.assertEqual(self.drawn(self.line), 1.5 * HOUR)
        self.assertEqual(self.ticket.total_hours, 1.5)

    def test_hours_are_whole_seconds(self):
        """0.1 h is no binary fraction; ten of them are one hour all the same."""
        for _number in range(10):
            self.log_time(self.ticket, 0.1)
        self.assertEqual(self.drawn(self.line), HOUR)
        self.log_time(self.ticket, 1 / 3)
        self.assertEqual(self.drawn(self.line), HOUR + 1200)

    def test_less_than_half_a_second_draws_nothing(self):
        entry = self.log_time(self.ticket, 0.0001)
        self.assertFalse(entry.sudo().service_usage_ids)

    def test_one_entry_is_split_to_the_second(self):
        self.log_time(self.ticket, 9.75)
        self.log_time(self.ticket, 1)
        self.assertEqual(
            self.time_charges(),
            [("covered", 9.75), ("covered", 0.25), ("billable", 0.75)],
        )
        billable = self.ticket.sudo().service_charge_ids.filtered(
            lambda charge: charge.kind == "billable"
        )
        self.assertEqual(billable.amount, 45)

    def test_edited_hours(self):
        entry = self.log_time(self.ticket, 4)
        entry.unit_amount = 11
        self.assertEqual(self.drawn(self.line), 10 * HOUR)
        self.assertEqual(self.time_charges(), [("covered", 10), ("billable", 1)])
        entry.unit_amount = 2
        self.assertEqual(self.time_charges(), [("covered", 2)])
        self.assertEqual(self.drawn(self.line), 2 * HOUR)
        entry.unit_amount = 0
        self.assertEqual(self.drawn(self.line), 0)

    def test_edited_date_moves_to_the_other_period(self):
        now = "2025-02-20 09:00:00"
        entry = self.at(self.log_time(self.ticket, 4), now)
        entry.date = date(2025, 2, 3)
        lots = self.line.sudo().counter_ids.sorted("period_no")
        self.assertEqual(lots.mapped("drawn"), [0, 4 * HOUR])

    def test_deleted_time_is_given_back(self):
        entry = self.log_time(self.ticket, 4)
        entry.unlink()
        self.assertEqual(self.drawn(self.line), 0)

    def test_time_taken_off_the_ticket_is_given_back(self):
        entry = self.log_time(self.ticket, 4)
        entry.ticket_id = False
        self.assertEqual(self.drawn(self.line), 0)
        entry.ticket_id = self.ticket
        self.assertEqual(self.drawn(self.line), 4 * HOUR)

    def test_cancelled_ticket_gives_its_time_back(self):
        self.log_time(self.ticket, 4)
        self.ticket.stage_id = self.stage_cancelled
        self.assertEqual(self.drawn(self.line), 0)
        self.ticket.stage_id = self.stage_progress
        self.assertEqual(self.drawn(self.line), 4 * HOUR)

    def test_time_recorded_in_days(self):
        self.log_time(
            self.ticket, 0.5, product_uom_id=self.env.ref("uom.product_uom_day").id
        )
        self.assertEqual(self.drawn(self.line), 4 * HOUR)

    def test_negative_time_is_refused(self):
        with self.assertRaisesRegex(UserError, "not negative"):
            self.log_time(self.ticket, -1)

    def test_work_of_a_past_period_draws_from_its_lot(self):
        """However late it is typed."""
        self.run_cron("service.contract.line", "_cron_open_lots", "2025-04-10 00:00:00")
        now = "2025-04-10 09:00:00"
        self.log_time(self.at(self.ticket, now), 2, day=date(2025, 1, 31))
        lots = self.line.sudo().counter_ids.sorted("period_no")
        self.assertEqual(lots.mapped("drawn"), [2 * HOUR, 0, 0, 0])

    def test_late_time_of_an_expired_contract(self):
        """Work of the last day counts; work of the day after is not covered."""
        self.run_cron("service.contract", "_cron_sync_states", "2026-01-10 00:00:00")
        self.assertEqual(self.line.contract_state, "expired")
        self.log_time(self.ticket, 1, day=date(2025, 12, 31))
        self.log_time(self.ticket, 1, day=date(2026, 1, 1))
        self.assertEqual(self.time_charges(), [("covered", 1), ("to_approve", 1)])

    def test_time_recorded_before_the_ticket_finds_its_contract(self):
        ticket = self.make_ticket(self.stranger)
        self.log_time(ticket, 2)
        self.assertFalse(ticket.sudo().service_usage_ids)
        line = self.make_contract(
            [self.line_values("hours", 1)], partner_id=self.stranger.id
        ).line_ids
        ticket.action_find_contract_line()
        self.assertEqual(ticket.service_contract_line_id, line)
        self.assertEqual(self.drawn(line), HOUR)

    def test_time_on_a_line_of_cases_is_included(self):
        line = self.make_contract([self.line_values("cases", 5)]).line_ids
        ticket = self.make_ticket(service_contract_line_id=line.id)
        self.log_time(ticket, 3)
        self.assertEqual(self.live(ticket), [("covered", 1), ("covered", 3 * HOUR)])
        self.assertEqual(self.drawn(line), 1)

    def test_exempt_ticket_draws_no_time(self):
        self.log_time(self.ticket, 3)
        self.ticket.write({"no_decrement": True, "no_decrement_reason": "Our fault"})
        self.assertEqual(self.drawn(self.line), 0)
        self.assertEqual(self.time_charges(), [("courtesy", 3)])


@tagged("post_install", "-at_install")
class TestMultiplier(DrawdownCommon):
    """An hour of work may draw more, or less, than an hour."""

    def make_line(self, percent, hours=10, **values):
        return self.make_contract(
            [self.line_values("hours", hours, draw_multiplier=percent, **values)]
        ).line_ids

    def work(self, hours):
        ticket = self.make_ticket()
        self.log_time(ticket, hours)
        return ticket.sudo().service_charge_ids.filtered(
            lambda charge: charge.unit == "second"
        )

    def test_each_percentage(self):
        for percent, drawn in ((100, 7200), (150, 10_800), (50, 3600), (333, 23_976)):
            with self.subTest(percent=percent):
                line = self.make_line(percent, priority=1)
                charge = self.work(2)
                self.assertEqual(self.drawn(line), drawn)
                self.assertEqual((charge.kind, charge.quantity), ("covered", 2 * HOUR))
                line.contract_id.with_user(self.user_manager).action_cancel(
                    reason="The next one"
                )

    def test_double_with_half_an_hour_left_covers_a_quarter(self):
        """What is left over is billed as long as it took, at the overage price."""
        line = self.make_line(200, hours=0.5)
        covered, overage = self.work(1)
        self.assertEqual((covered.kind, covered.quantity), ("covered", 900))
        self.assertEqual(covered.entry_id.quantity, -1800)
        self.assertEqual((overage.kind, overage.quantity), ("billable", 2700))
        self.assertEqual(overage.amount, 45)
        self.assertEqual(line.sudo().counter_ids.remaining, 0)

    def test_below_zero_goes_as_much_as_it_draws(self):
        line = self.make_line(200, hours=0.5, exhaustion_policy="negative")
        self.work(1)
        self.assertEqual(line.sudo().counter_ids.remaining, -5400)

    def test_reversal_gives_back_what_was_drawn(self):
        line = self.make_line(150, hours=1)
        ticket = self.make_ticket()
        for hours in (0.1, 1 / 3, 0.75):
            self.log_time(ticket, hours)
        self.assertEqual(self.drawn(line), HOUR)
        ticket.stage_id = self.stage_cancelled
        self.assertEqual(self.drawn(line), 0)
        self.assertEqual(line.sudo().counter_ids.remaining, HOUR)

    def test_is_told_in_words(self):
        line = self.make_line(150)
        self.assertIn("an hour of work draws 1:30 h", line.promise_text)
        self.assertIn("An hour of work draws 1:30 h.", line._get_portal_promise())
        charge = self.work(1)
        self.assertEqual(
            charge.explanation_text.split("\n")[0],
            "This line counts work at 150 % of its time.",
        )
        self.assertIn("1:30 h drawn", charge.explanation_text)

    def test_means_nothing_but_hours(self):
        for coverage in ("cases", "amount", "visits"):
            line = self.make_contract(
                [self.line_values(coverage, 500, draw_multiplier=200)], confirm=False
            ).line_ids
            self.assertNotIn("draws", line.promise_text)
            unit = UNIT_OF_COVERAGE[coverage]
            self.assertEqual(line._get_draw_rate(unit), 1)

    def test_from_one_to_a_thousand_percent(self):
        for percent in (0, -150, 1001):
            with (
                self.subTest(percent),
                self.assertRaisesRegex(ValidationError, "from 1 to 1000 %"),
            ):
                self.make_line(percent)

    def test_comes_with_the_template_and_is_locked(self):
        template = self.env["service.contract.template"].create(
            {
                "name": "On site",
                "line_ids": [
                    Command.create(self.line_values("hours", 5, draw_multiplier=200))
                ],
            }
        )
        contract = self.make_contract(template_id=template.id)
        self.assertEqual(contract.line_ids.draw_multiplier, 200)
        with self.assertRaisesRegex(UserError, "Draw Multiplier"):
            contract.line_ids.draw_multiplier = 100


@tagged("post_install", "-at_install")
class TestOtherUnits(DrawdownCommon):
    """Amounts, visits, parts and unlimited lines."""

    def capture(self, line, unit, quantity, key="1", **values):
        usage_model = self.env["service.usage"]
        return usage_model._capture(
            [
                {
                    "company_id": line.company_id.id,
                    "source": "api",
                    "external_key": key,
                    "unit": unit,
                    "quantity": quantity,
                    "event_at": datetime(2025, 1, 15, 9),
                    "contract_line_id": line.id,
                    **values,
                }
            ]
        )

    def kinds(self, usage):
        return [
            (charge.kind, charge.quantity) for charge in usage.charge_ids.sorted("id")
        ]

    def test_amount_covers_hours_by_their_value(self):
        """500.00 pay for 8:20 h at 60.00; the rest is billed at that price."""
        line = self.make_contract([self.line_values("amount", 500)]).line_ids
        usage = self.capture(line, "second", 10 * HOUR)
        self.assertEqual(self.kinds(usage), [("covered", 30_000), ("billable", 6_000)])
        self.assertEqual(self.drawn(line), 50_000)
        self.assertEqual(sorted(usage.charge_ids.mapped("amount")), [0.0, 100.0])

    def test_amount_covers_parts(self):
        line = self.make_contract([self.line_values("amount", 500)]).line_ids
        usage = self.capture(line, "minor", 60_000)
        self.assertEqual(self.kinds(usage), [("covered", 50_000), ("billable", 10_000)])
        billable = usage.charge_ids.filtered(lambda c: c.kind == "billable")
        self.assertEqual(billable.amount, 100)

    def test_currency_without_cents(self):
        line = self.make_contract(
            [self.line_values("amount", 5000, overage_price=6000)],
            currency_id=self.jpy.id,
        ).line_ids
        self.assertEqual(line.coverage_base_quantity, 5000)
        usage = self.capture(line, "second", HOUR)
        self.assertEqual(self.kinds(usage), [("covered", 3000), ("billable", 600)])
        self.assertEqual(sum(usage.charge_ids.mapped("amount")), 1000)

    def test_visits(self):
        line = self.make_contract([self.line_values("visits", 2)]).line_ids
        usages = [self.capture(line, "visit", 1, key=str(n)) for n in range(3)]
        self.assertEqual(
            [self.kinds(usage) for usage in usages],
            [[("covered", 1)], [("covered", 1)], [("billable", 1)]],
        )

    def test_parts_are_no_part_of_an_allotment_of_cases(self):
        line = self.make_contract().line_ids
        usage = self.capture(line, "minor", 1234)
        self.assertEqual(self.kinds(usage), [("billable", 1234)])
        self.assertEqual(usage.charge_ids.amount, 12.34)

    def test_unlimited_covers_everything_uncounted(self):
        line = self.make_contract([self.line_values("unlimited", 0)]).line_ids
        for unit in ("case", "second", "visit", "minor"):
            usage = self.capture(line, unit, 7, key=unit)
            self.assertEqual(self.kinds(usage), [("covered", 7)])
        self.assertFalse(line.sudo().counter_ids)

    def test_policies_when_used_up(self):
        for policy, kind in (
            ("bill", "billable"),
            ("warn", "to_approve"),
            ("block", "to_approve"),
            ("negative", "covered"),
        ):
            line = self.make_contract(
                [self.line_values("cases", 1, exhaustion_policy=policy)]
            ).line_ids
            usage = self.capture(line, "case", 3, key=policy)
            self.assertEqual(self.kinds(usage), [("covered", 1), (kind, 2)])
            self.assertEqual(line.remaining_quantity, -2 if policy == "negative" else 0)

    def test_same_event_twice_is_one_record(self):
        line = self.make_contract().line_ids
        first = self.capture(line, "case", 1, key="call 17")
        self.assertFalse(self.capture(line, "case", 1, key="call 17"))
        self.assertEqual(self.drawn(line), 1)
        again = self.env["service.usage"].search([("external_key", "=", "call 17")])
        self.assertEqual(again, first)

    def test_same_event_twice_in_one_call(self):
        line = self.make_contract().line_ids
        vals = {
            "company_id": line.company_id.id,
            "source": "api",
            "external_key": "twin",
            "unit": "case",
            "quantity": 1,
            "event_at": datetime(2025, 1, 15, 9),
            "contract_line_id": line.id,
        }
        self.assertEqual(len(self.env["service.usage"]._capture([vals, vals])), 1)
        self.assertEqual(self.drawn(line), 1)

    def test_drawn_in_event_order_within_a_batch(self):
        line = self.make_contract([self.line_values("cases", 1)]).line_ids
        vals = [
            {
                "company_id": line.company_id.id,
                "source": "import",
                "external_key": str(day),
                "unit": "case",
                "quantity": 1,
                "event_at": datetime(2025, 1, day),
                "contract_line_id": line.id,
            }
            for day in (14, 3, 9)
        ]
        usages = self.env["service.usage"]._capture(vals)
        covered = usages.charge_ids.filtered(lambda charge: charge.kind == "covered")
        self.assertEqual(covered.usage_id.external_key, "3")

    def test_held_days_are_covered_work(self):
        """Whether to deliver was asked before; what was delivered counts."""
        contract = self.make_contract()
        contract.action_hold()
        usage = self.capture(contract.line_ids, "case", 1)
        self.assertEqual(self.kinds(usage), [("covered", 1)])

    def test_work_on_a_draft_waits_for_the_agreement(self):
        """Nobody is billed for what is not agreed; once it is, the work is covered."""
        contract = self.make_contract(confirm=False)
        ticket = self.make_ticket(service_contract_line_id=contract.line_ids.id)
        self.log_time(ticket, 2)
        self.assertEqual(
            self.live(ticket), [("to_approve", 1), ("to_approve", 2 * HOUR)]
        )
        contract.action_confirm()
        self.assertEqual(self.live(ticket), [("covered", 1), ("covered", 2 * HOUR)])
        self.assertEqual(self.drawn(contract.line_ids), 1)

    def test_cancelled_line_covers_nothing_from_that_day(self):
        line = self.make_contract().line_ids
        line.action_cancel_line("2025-01-15", "Sold the oven")
        day_before = self.capture(
            line, "case", 1, key="before", event_at=datetime(2025, 1, 14, 22, 59)
        )
        that_day = self.capture(line, "case", 1, key="that day")
        self.assertEqual(self.kinds(day_before), [("covered", 1)])
        self.assertEqual(self.kinds(that_day), [("to_approve", 1)])


@tagged("post_install", "-at_install")
class TestDecisions(DrawdownCommon):
    """Billing decides about work that nobody promised; each decision is on record."""

    def setUp(self):
        super().setUp()
        self.make_contract([self.line_values("cases", 0, exhaustion_policy="warn")])
        self.charge = self.make_ticket().sudo().service_charge_ids
        self.assertEqual(self.charge.kind, "to_approve")

    def test_bill(self):
        decided = self.charge.with_user(self.user_billing).action_bill()
        self.assertEqual(decided.kind, "billable")
        self.assertEqual(decided.amount, 60)
        self.assertTrue(self.charge.is_reversed)

    def test_waive_needs_a_reason(self):
        charge = self.charge.with_user(self.user_billing)
        with self.assertRaisesRegex(UserError, "reason"):
            charge.action_waive(" ")
        decided = charge.action_waive("Old friend")
        self.assertEqual((decided.kind, decided.reason), ("courtesy", "Old friend"))
        self.assertEqual(decided.create_uid, self.user_billing)

    def test_decided_once(self):
        charge = self.charge.with_user(self.user_billing)
        charge.action_bill()
        with self.assertRaisesRegex(UserError, "corrected already"):
            charge.action_waive("Second thoughts")

    def test_covered_work_needs_no_decision(self):
        self.make_contract(partner_id=self.stranger.id)
        charge = self.make_ticket(self.stranger).sudo().service_charge_ids
        with self.assertRaisesRegex(UserError, "Only uncovered"):
            charge.with_user(self.user_billing).action_waive("Why not")


@tagged("post_install", "-at_install")
class TestBusyContract(DrawdownCommon):
    """What can't be settled now stays pending; nobody sees an error."""

    def test_locked_contract_leaves_the_usage_pending(self):
        line = self.make_contract().line_ids
        empty = self.env["service.contract"]
        with patch.object(
            type(empty), "try_lock_for_update", lambda self, **kwargs: self.browse()
        ):
            ticket = self.make_ticket()
        usage = ticket.sudo().service_usage_ids
        self.assertEqual(usage.state, "pending")
        self.assertEqual(self.drawn(line), 0)
        self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(usage.state, "settled")
        self.assertEqual(self.drawn(line), 1)

    def test_contract_that_stays_busy_is_tried_again_soon(self):
        empty = self.env["service.contract"]
        cron = self.env.ref("service_contract.ir_cron_settle_usages")
        triggers = self.env["ir.cron.trigger"].with_user(SUPERUSER_ID)
        self.make_contract()
        with patch.object(
            type(empty), "try_lock_for_update", lambda self, **kwargs: self.browse()
        ):
            ticket = self.make_ticket()
            before = triggers.search_count([("cron_id", "=", cron.id)])
            self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(ticket.sudo().service_usage_ids.state, "pending")
        after = triggers.search_count([("cron_id", "=", cron.id)])
        self.assertEqual(after - before, 1)

    def test_one_locked_contract_does_not_stop_the_others(self):
        """A usage that leaves a locked contract waits; the rest goes on."""
        busy, free = self.make_contract(), self.make_contract()
        tickets = self.make_ticket(service_contract_line_id=busy.line_ids.id)
        tickets |= self.make_ticket(service_contract_line_id=free.line_ids.id)
        usages = tickets.sudo().service_usage_ids
        locked = type(busy).try_lock_for_update
        with patch.object(
            type(busy),
            "try_lock_for_update",
            lambda self, **kwargs: locked(self - busy.sudo(), **kwargs),
        ):
            other = self.make_contract().line_ids
            tickets.service_contract_line_id = other
        self.assertEqual(usages.mapped("state"), ["pending", "settled"])
        self.assertEqual(self.drawn(busy.line_ids), 1)
        self.assertEqual(self.drawn(other), 1)
        self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(self.drawn(busy.line_ids), 0)
        self.assertEqual(self.drawn(other), 2)

    def test_lost_race_leaves_the_usage_pending(self):
        line = self.make_contract().line_ids
        usage_model = type(self.env["service.usage"])
        with patch.object(
            usage_model, "_settle", side_effect=errors.SerializationFailure()
        ):
            ticket = self.make_ticket()
        self.assertEqual(ticket.sudo().service_usage_ids.state, "pending")
        self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(self.drawn(line), 1)

    def test_one_bad_contract_does_not_stop_the_others(self):
        bad, good = self.make_contract(), self.make_contract()
        usage_model = type(self.env["service.usage"])
        settle = usage_model._settle

        def fail(self):
            if bad.sudo() in self.contract_id:
                raise UserError("Broken")  # pylint: disable=translation-required
            return settle(self)

        with patch.object(usage_model, "_settle_or_defer", lambda self: None):
            for contract in (bad, good):
                self.make_ticket(service_contract_line_id=contract.line_ids.id)
        with (
            patch.object(usage_model, "_settle", fail),
            mute_logger("odoo.addons.service_contract.models.service_usage"),
        ):
            self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(self.drawn(good.line_ids), 1)
        self.assertEqual(self.drawn(bad.line_ids), 0)
        self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(self.drawn(bad.line_ids), 1)


@tagged("post_install", "-at_install")
class TestRandomWalk(DrawdownCommon):
    """Whatever people do, in whatever order, the books stay right."""

    def setUp(self):
        super().setUp()
        self.rng = random.Random(20250115)
        coverages = (("cases", 4), ("hours", 5), ("amount", 300), ("unlimited", 0))
        policies = ("bill", "warn", "negative", "block")
        self.lines = self.env["service.contract.line"]
        for (coverage, quantity), policy in zip(coverages, policies, strict=True):
            contract = self.make_contract(
                [
                    self.line_values(
                        coverage,
                        quantity,
                        exhaustion_policy=policy,
                        draw_moment=self.rng.choice(["open", "resolve"]),
                        rollover_policy=self.rng.choice(["none", "all"]),
                        draw_multiplier=150,
                    )
                ]
            )
            self.lines |= contract.line_ids
        self.tickets = [self.make_ticket()]
        self.times = []

    def day(self):
        return date(2025, self.rng.randint(1, 4), self.rng.randint(1, 28))

    def moment(self):
        return datetime.combine(self.day(), time(10))

    def open_ticket(self):
        self.tickets.append(self.make_ticket())
        self.date_request(self.tickets[-1])

    def choose_line(self):
        line = self.rng.choice([*self.lines, False])
        self.rng.choice(self.tickets).service_contract_line_id = line

    def move_ticket(self):
        stages = (
            self.stage_new,
            self.stage_progress,
            self.stage_done,
            self.stage_cancelled,
        )
        ticket = self.at(self.rng.choice(self.tickets), self.moment())
        ticket.stage_id = self.rng.choice(stages)

    def exempt_ticket(self):
        on = self.rng.random() < 0.5
        self.rng.choice(self.tickets).write(
            {"no_decrement": on, "no_decrement_reason": on and "Our own fault"}
        )

    def change_request(self):
        self.date_request(self.rng.choice(self.tickets))

    def date_request(self, ticket):
        """Move the request to any day; people may not choose one that lies ahead."""
        ticket.sudo().requested_at = self.moment()

    def delete_ticket(self):
        if len(self.tickets) > 1:
            number = self.rng.randrange(len(self.tickets))
            self.tickets.pop(number).sudo().unlink()

    def record_time(self):
        hours = self.rng.choice([0.1, 0.25, 1 / 3, 2, 7])
        ticket = self.rng.choice(self.tickets)
        self.times.append(self.log_time(ticket, hours, day=self.day()))

    def edit_time(self):
        if self.times:
            entry = self.rng.choice(self.times)
            entry.unit_amount = self.rng.choice([0, 0.1, 1.75, 6])

    def move_time(self):
        if self.times:
            ticket = self.rng.choice([*self.tickets, False])
            self.rng.choice(self.times).ticket_id = ticket

    def delete_time(self):
        if self.times:
            self.times.pop(self.rng.randrange(len(self.times))).unlink()

    def test_two_hundred_operations(self):
        operations = [
            self.open_ticket,
            self.choose_line,
            self.move_ticket,
            self.exempt_ticket,
            self.change_request,
            self.delete_ticket,
            self.record_time,
            self.record_time,
            self.edit_time,
            self.move_time,
            self.delete_time,
        ]
        for number in range(200):
            operation = self.rng.choice(operations)
            try:
                with self.cr.savepoint():
                    operation()
            except UserError as error:
                # A line that is used up refuses tickets; nothing else may fail.
                self.assertIn("used up", str(error))
            if number % 20 == 0:
                self.assertBooksAreRight()
        usages = self.env["service.usage"].search([])
        self.assertEqual(set(usages.mapped("state")), {"settled"})
        self.assertGreater(len(usages.charge_ids), 100)
        entries = self.lines.sudo().counter_ids.entry_ids
        self.assertGreater(len(entries.filtered(lambda e: e.kind == "draw")), 20)
        self.assertGreater(len(entries.filtered(lambda e: e.kind == "reverse")), 10)
