# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common_sla import utc
from .test_sla_credit import SlaCreditCommon


class TestSlaCreditFacts(SlaCreditCommon):
    """Credits follow the facts: one for each promise, of the contract that covers."""

    def late(self, **values):
        """Make an open ticket whose target was missed; a higher priority has another
        target, so that a change of it starts another timer."""
        self.policy.target_ids = [
            Command.create(self.target_values(amount=1, priority="2"))
        ]
        ticket = self.make_ticket(**values)
        self.run_cron("service.sla.timer", "_cron_alarms", utc("15 15:00"))
        return ticket

    def raise_priority(self, ticket):
        self.at(ticket, utc("16 11:00")).priority = "2"
        timers = ticket.sudo().sla_timer_ids.sorted("id")
        self.assertEqual(timers.mapped("state"), ["superseded", "running"])
        self.assertTrue(timers[1].breached_at)

    # === ONE PROMISE, ONE CREDIT === #

    def test_a_change_of_priority_gives_no_second_credit(self):
        ticket = self.late()
        first = self.propose()
        self.as_billing(first).action_approve()
        self.raise_priority(ticket)
        credits = self.propose(utc("16 12:00"))
        self.assertEqual(credits.mapped("state"), ["approved", "void"])
        self.assertEqual(
            credits[1].reason, "This promise of the ticket has its credit already."
        )
        self.assertEqual(self.propose(utc("16 13:00")), credits)

    def test_a_refusal_gives_way_to_the_credit_of_the_other_target(self):
        ticket = self.late()
        first = self.propose()
        self.as_billing(first).action_approve()
        self.raise_priority(ticket)
        second = self.propose(utc("16 12:00")) - first
        self.as_billing(first).action_refuse("Judged by the other target")
        self.assertEqual(second.state, "proposed")
        self.assertEqual(second.amount, 10.0)

    def test_a_proposal_moves_to_the_other_target(self):
        ticket = self.late()
        self.propose()
        self.raise_priority(ticket)
        credits = self.propose(utc("16 12:00"))
        self.assertEqual(credits.mapped("state"), ["void", "proposed"])

    # === OF THE CONTRACT THAT COVERS === #

    def correct(self, ticket, contract, instant="16 09:30"):
        """Correct the customer and with it the contract of a ticket."""
        self.at(ticket, utc(instant)).write(
            {
                "partner_id": contract.partner_id.id,
                "service_contract_line_id": contract.line_ids.id,
            }
        )
        self.assertEqual(ticket.sudo().service_contract_id, contract)

    def make_other(self, **values):
        other = self.env["res.partner"].create({"name": "The right one"})
        return self.make_promise(partner_id=other.id, sla_credit_percent=4.0, **values)

    def test_a_proposal_follows_the_ticket_to_its_right_contract(self):
        right = self.make_other()
        ticket = self.late()
        credits = self.propose()
        self.correct(ticket, right)
        self.assertEqual(self.propose(), credits)
        self.assertEqual(credits.contract_id, right)
        self.assertEqual(credits.partner_id, right.partner_id)
        self.assertEqual((credits.state, credits.amount), ("proposed", 4.0))

    def test_what_moved_to_another_contract_is_not_approved_unseen(self):
        right = self.make_other()
        ticket = self.late()
        credits = self.propose()
        self.correct(ticket, right)
        self.as_billing(credits).action_approve()
        self.assertEqual((credits.state, credits.contract_id), ("proposed", right))
        self.as_billing(credits).action_approve()
        self.assertEqual((credits.state, credits.amount), ("approved", 4.0))

    def test_a_contract_without_a_promise_voids_the_proposal(self):
        right = self.make_other(sla_credit_rule="none")
        ticket = self.late()
        credits = self.propose()
        self.correct(ticket, right)
        self.assertEqual(self.propose().state, "void")
        self.assertEqual(
            credits.reason, "The contract of the ticket promises no credit."
        )
        self.correct(ticket, self.contract, "16 10:30")
        self.assertEqual(self.propose().state, "proposed")
        self.assertEqual(credits.contract_id, self.contract)

    # === APPROVED, BUT THE TICKET MOVED === #

    def test_approved_credit_of_a_moved_ticket_is_marked_and_can_be_taken_back(self):
        right = self.make_other()
        ticket = self.late()
        credits = self.propose()
        self.as_billing(credits).action_approve()
        self.assertFalse(credits.is_moved)
        self.correct(ticket, right)
        self.assertTrue(credits.is_moved)
        moved = credits.search([("is_moved", "=", True)])
        self.assertEqual(moved, credits)
        self.assertNotIn(credits, credits.search([("is_moved", "=", False)]))
        # What billing approved stays until billing says otherwise
        self.assertEqual(self.propose(), credits)
        self.assertEqual(
            (credits.state, credits.contract_id), ("approved", self.contract)
        )
        charge = credits.charge_id
        self.as_billing(credits).action_take_back()
        self.assertEqual(charge.billing_state, "cancelled")
        self.assertEqual(
            (credits.state, credits.contract_id, credits.amount, credits.is_moved),
            ("proposed", right, 4.0, False),
        )
        self.assertIn("taken back", self.contract.message_ids[0].body)
        self.env.flush_all()
        self.as_billing(credits).action_approve()
        self.assertEqual(credits.charge_id.contract_line_id, right.line_ids)
        self.assertFalse(self.env["service.contract"]._check_invariants())

    def test_taken_back_without_a_promise_it_is_void(self):
        right = self.make_other(sla_credit_rule="none")
        ticket = self.late()
        credits = self.propose()
        self.as_billing(credits).action_approve()
        self.correct(ticket, right)
        self.as_billing(credits).action_take_back()
        self.assertEqual((credits.state, bool(credits.charge_id)), ("void", False))

    def test_only_billing_takes_back_and_only_what_is_approved(self):
        self.late()
        credits = self.propose()
        with self.assertRaisesRegex(UserError, "Only credits that are approved"):
            self.as_billing(credits).action_take_back()
        self.as_billing(credits).action_approve()
        with self.assertRaises(AccessError):
            credits.with_user(self.user_contract).action_take_back()

    # === LATE BY === #

    def test_working_days_are_late_by_the_open_hours_of_now(self):
        self.policy.target_ids.unlink()
        values = self.target_values("restore", 1, unit="working_day")
        self.policy.target_ids = [Command.create(values)]
        ticket = self.make_ticket()
        self.assertEqual(self.timer(ticket).target_seconds, 8 * 3600)
        # On Wednesdays the office is open until 21:00 from now on.
        self.env["resource.calendar.attendance"].create(
            {
                "name": "Evening",
                "calendar_id": self.calendar.id,
                "dayofweek": "2",
                "hour_from": 17,
                "hour_to": 21,
                "day_period": "afternoon",
            }
        )
        self.at(ticket, utc("15 10:00"))._sync_sla()
        self.assertEqual(self.timer(ticket).target_seconds, 12 * 3600)
        self.move(ticket, self.stage_done, utc("16 10:00"))
        timer = self.timer(ticket)
        self.assertEqual((timer.state, timer.counted_s), ("missed", 13 * 3600))
        self.assertEqual(self.propose().late_s, 3600)
        self.assertFalse(self.env["service.contract"]._check_invariants())

    # === WITHIN THE CAP === #

    def test_what_the_cap_voided_comes_back_in_the_order_of_misses(self):
        for minute in ("31", "32", "33", "34"):
            self.miss(f"15 12:{minute}")
        credits = self.propose()
        self.assertEqual(credits.mapped("amount"), [10.0, 10.0, 5.0, 0.0])
        self.as_billing(credits[0]).action_refuse("Not ours")
        self.assertEqual(credits.mapped("amount"), [10.0, 10.0, 10.0, 5.0])
        self.assertEqual(
            credits.mapped("state"), ["refused", "proposed", "proposed", "proposed"]
        )
        self.assertFalse(credits[3].reason)

    def test_a_void_proposal_frees_the_cap(self):
        for _number in range(4):
            self.miss()
        credits = self.propose()
        credits[0].timer_id.state = "merged"
        self.propose()
        self.assertEqual(
            credits.mapped("state"), ["void", "proposed", "proposed", "proposed"]
        )
        self.assertEqual(credits[3].amount, 5.0)
        credits[0].timer_id.state = "missed"
        self.propose()
        self.assertEqual(credits.mapped("amount"), [10.0, 10.0, 5.0, 0.0])
        self.assertEqual(credits[3].state, "void")

    # === FAILURES === #

    def test_a_miss_that_fails_keeps_no_other_from_its_credit(self):
        tickets = [self.miss() for _number in range(3)]
        model = self.env.registry["service.sla.credit"]
        prepare = model._prepare_credit

        def fail(self, timer):
            if timer.ticket_id == tickets[1]:
                raise ValueError("This one is broken")
            return prepare(self, timer)

        logger = "odoo.addons.service_contract.models.service_sla_credit"
        with patch.object(model, "_prepare_credit", fail), mute_logger(logger):
            credits = self.propose()
        self.assertEqual(credits.ticket_id.ids, [tickets[0].id, tickets[2].id])
        self.assertEqual(len(self.propose()), 3)
