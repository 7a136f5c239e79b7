# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_drawdown import HOUR, DrawdownCommon


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
