# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_billing import BillingCommon
from .common_sla import SlaCommon, utc


@tagged("post_install", "-at_install")
class SlaCreditCommon(SlaCommon, BillingCommon):
    """A contract of 100 a month that gives 10 % back for each miss, 25 % at most."""

    PROMISE = {
        "sla_credit_rule": "percent",
        "sla_credit_percent": 10.0,
        "sla_credit_cap": 25.0,
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # One target, so that a ticket misses once.
        cls.policy = cls.make_policy([cls.target_values()])
        cls.contract.action_cancel(reason="Another one is tested")
        cls.contract = cls.make_promise()

    @classmethod
    def make_promise(cls, lines=None, **values):
        return cls.make_contract(
            lines or [cls.line_values("unlimited", 0)],
            **{"sla_policy_id": cls.policy.id, **cls.PROMISE, **values},
        )

    def miss(self, instant="15 12:35", **values):
        """Make a ticket at 10:00 in Rome that is closed without an answer.

        It was due at 12:00, but noon is closed: it is missed from 13:00 on.
        """
        ticket = self.make_ticket(**values)
        self.move(ticket, self.stage_done, utc(instant))
        return ticket

    def propose(self, instant=None):
        self.env.flush_all()
        self.run_cron("service.sla.credit", "_cron_propose", instant or utc("16 09:00"))
        self.env.invalidate_all()
        credits = self.env["service.sla.credit"].sudo()
        return credits.search([("company_id", "=", self.company.id)], order="id")

    def as_billing(self, credits):
        return self.at(credits.with_user(self.user_billing), utc("16 10:00"))

    def approved(self, count=1, **values):
        for _number in range(count):
            self.miss(**values)
        credits = self.propose()
        self.as_billing(credits).action_approve()
        return credits


class TestSlaCreditProposal(SlaCreditCommon):
    """A credit follows from a missed timer and what the contract promises."""

    def test_a_miss_is_proposed_once(self):
        ticket = self.miss()
        self.propose()
        self.assertRecordValues(
            self.propose(),
            [
                {
                    "ticket_id": ticket.id,
                    "metric": "first_response",
                    "contract_id": self.contract.id,
                    "breached_at": utc("15 12:00"),
                    "late_s": 35 * 60,
                    "period_from": date(2025, 1, 1),
                    "period_to": date(2025, 2, 1),
                    "fee": 100.0,
                    "amount": 10.0,
                    "state": "proposed",
                }
            ],
        )

    def test_it_says_why_in_words(self):
        ticket = self.miss()
        self.assertEqual(
            self.propose().explanation,
            f"First response of ticket {ticket.number} missed by 35 min",
        )

    def test_a_target_that_was_met_gives_nothing(self):
        self.miss("15 11:00")
        self.assertFalse(self.propose())

    def test_a_contract_without_a_promise_gives_nothing(self):
        self.contract.action_cancel(reason="No")
        self.make_promise(sla_credit_rule="none")
        self.miss()
        self.assertFalse(self.propose())

    def test_a_breach_counts_while_the_work_goes_on(self):
        ticket = self.make_ticket()
        self.at(ticket, utc("15 14:00")).priority = "2"
        credits = self.propose()
        self.assertEqual(credits.amount, 10.0)
        self.assertEqual(
            credits.explanation, f"First response of ticket {ticket.number} missed"
        )
        self.move(ticket, self.stage_done, utc("15 15:00"))
        self.propose()
        self.assertEqual(credits.late_s, 3 * 3600)

    def test_a_fixed_amount(self):
        self.contract.action_cancel(reason="No")
        self.make_promise(
            sla_credit_rule="amount", sla_credit_amount=12.5, sla_credit_cap=0
        )
        self.miss()
        self.assertEqual(self.propose().amount, 12.5)

    def test_the_cap_is_for_all_credits_of_a_period(self):
        for _number in range(4):
            self.miss()
        credits = self.propose()
        self.assertEqual(credits.mapped("amount"), [10.0, 10.0, 5.0, 0.0])
        self.assertEqual(credits.mapped("is_capped"), [False, False, True, True])
        self.assertEqual(credits[3].state, "void")
        self.assertEqual(credits[3].reason, "The cap of the period is used up.")

    def test_the_fee_of_a_broken_period_is_its_share(self):
        self.contract.action_cancel(reason="No")
        self.make_promise(date_start="2025-01-15", date_end="2025-01-25")
        self.miss()
        # 11 of the 31 days from 15 January to 14 February: 35.48
        self.assertRecordValues(self.propose(), [{"fee": 35.48, "amount": 3.55}])

    def test_a_one_off_fee_is_for_the_whole_term(self):
        self.contract.action_cancel(reason="No")
        self.make_promise([self.line_values("unlimited", 0, billing_unit="once")])
        self.miss()
        self.assertRecordValues(
            self.propose(),
            [
                {
                    "period_from": date(2025, 1, 1),
                    "period_to": date(2026, 1, 1),
                    "fee": 100.0,
                }
            ],
        )

    def test_a_line_without_a_fee_gives_nothing(self):
        self.contract.action_cancel(reason="No")
        self.make_promise([self.line_values("unlimited", 0, billing_unit="never")])
        self.miss()
        credits = self.propose()
        self.assertEqual((credits.state, credits.amount), ("void", 0.0))
        self.assertEqual(credits.reason, "The contract line has no fee for that day.")

    def test_a_superseded_timer_voids_the_proposal(self):
        ticket = self.miss()
        credits = self.propose()
        credits.timer_id.state = "superseded"
        self.propose()
        self.assertEqual(credits.state, "void")
        self.assertEqual(credits.reason, "The target was not missed after all.")
        # And it is proposed again when the facts turn once more.
        credits.timer_id.state = "missed"
        self.assertEqual(self.propose(), credits)
        self.assertEqual(credits.state, "proposed")
        self.assertTrue(ticket)

    def test_a_deleted_ticket_voids_the_proposal(self):
        ticket = self.miss()
        credits = self.propose()
        ticket.sudo().unlink()
        self.propose()
        self.assertEqual(credits.state, "void")

    def test_the_database_holds_one_credit_for_a_timer(self):
        self.miss()
        credits = self.propose()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            credits.copy({"timer_id": credits.timer_id.id})

    def test_terms_come_from_the_template_and_are_locked(self):
        self.template_unlimited.write(self.PROMISE)
        contract = self.make_contract(template_id=self.template_unlimited.id)
        self.assertEqual(contract.sla_credit_percent, 10.0)
        with self.assertRaisesRegex(UserError, "locked"):
            contract.sla_credit_percent = 20.0

    def test_queries_do_not_grow_with_misses(self):
        counts = []
        for size in (2, 20):
            tickets = self.make_ticket().browse()
            for _number in range(size):
                tickets |= self.miss()
            self.env.flush_all()
            timer_ids = tickets.sudo().sla_timer_ids.ids
            timers = self.env["service.sla.timer"].sudo().browse(timer_ids)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["service.sla.credit"].sudo()._propose(timers)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)


class TestSlaCreditDecision(SlaCreditCommon):
    """Billing approves or refuses; what is approved is on the next invoice."""

    def test_approved_is_on_the_next_invoice_with_its_reason(self):
        self.bill("2025-01-15")
        credits = self.approved()
        self.assertEqual(credits.state, "approved")
        self.assertRecordValues(
            credits,
            [{"decided_by_id": self.user_billing.id, "decided_at": utc("16 10:00")}],
        )
        self.bill("2025-02-01")
        line = self.lines_of(self.contract)[-1]
        self.assertEqual(line.price_subtotal, -10.0)
        self.assertEqual(
            line.name,
            f"Credit: First response of ticket {credits.ticket_number} missed by "
            "35 min",
        )
        self.assertEqual(line.service_charge_ids, credits.charge_id)
        self.assertEqual(
            self.invoices_of(self.contract).mapped("amount_untaxed"), [100.0, 90.0]
        )
        self.assertEqual(credits.state, "invoiced")
        self.assertEqual(credits.invoice_id, self.invoices_of(self.contract)[-1])
        self.assertFalse(self.env["service.contract"]._check_invariants())

    def test_a_credit_does_not_make_a_contract_due(self):
        self.bill("2025-01-15")
        due = self.contract.next_bill_date
        self.approved()
        self.assertEqual(self.contract.next_bill_date, due)

    def test_never_a_negative_invoice_what_exceeds_is_carried(self):
        self.contract.action_cancel(reason="No")
        contract = self.make_promise(
            sla_credit_rule="amount", sla_credit_amount=60.0, sla_credit_cap=0
        )
        self.bill("2025-01-15")
        credits = self.approved(3)
        self.bill("2025-02-01")
        self.assertEqual(credits.mapped("state"), ["invoiced", "approved", "approved"])
        self.bill("2025-03-01")
        self.bill("2025-04-01")
        self.assertEqual(
            self.invoices_of(contract).mapped("amount_untaxed"),
            [100.0, 40.0, 40.0, 40.0],
        )
        self.assertEqual(set(credits.mapped("state")), {"invoiced"})

    def test_a_cancelled_invoice_gives_the_credit_to_the_next_one(self):
        self.bill("2025-01-15")
        credits = self.approved()
        self.bill("2025-02-01")
        self.invoices_of(self.contract)[-1].button_cancel()
        self.assertEqual(credits.state, "approved")
        self.bill("2025-02-02")
        self.assertEqual(credits.state, "invoiced")
        self.assertFalse(self.env["service.contract"]._check_invariants())

    def test_overage_of_the_same_period_is_still_overage(self):
        self.contract.action_cancel(reason="No")
        contract = self.make_promise([self.line_values()])
        self.bill("2025-01-15")
        self.use_cases(contract, 6, "2025-01-20")
        self.approved()
        self.bill("2025-02-01")
        self.assertEqual(
            self.billed(contract, "overage"), [(*self.month(2025, 1), 120.0)]
        )
        self.assertEqual(
            self.billed(contract, "correction"),
            [(date(2025, 1, 15), date(2025, 1, 16), -10.0)],
        )

    def test_refused_with_a_reason(self):
        self.miss()
        credits = self.propose()
        with self.assertRaisesRegex(UserError, "Give the reason"):
            self.as_billing(credits).action_refuse(" ")
        self.as_billing(credits).action_refuse("Their router")
        self.assertRecordValues(
            credits,
            [
                {
                    "state": "refused",
                    "reason": "Their router",
                    "decided_by_id": self.user_billing.id,
                }
            ],
        )
        self.propose()
        self.assertEqual(credits.state, "refused")

    def test_an_approved_credit_can_be_refused_until_it_is_invoiced(self):
        self.bill("2025-01-15")
        credits = self.approved()
        self.as_billing(credits).action_refuse("A mistake")
        self.bill("2025-02-01")
        self.assertEqual(
            self.invoices_of(self.contract).mapped("amount_untaxed"), [100.0, 100.0]
        )
        self.assertFalse(self.env["service.contract"]._check_invariants())
        self.miss()
        credits = self.propose()[-1]
        self.as_billing(credits).action_approve()
        self.bill("2025-03-01")
        with self.assertRaisesRegex(UserError, "not invoiced yet"):
            self.as_billing(credits).action_refuse("Too late")

    def test_a_refusal_frees_the_cap(self):
        for _number in range(3):
            self.miss()
        credits = self.propose()
        self.as_billing(credits[:2]).action_refuse("Not ours")
        self.as_billing(credits[2]).action_approve()
        self.assertEqual(credits[2].amount, 10.0)
        self.miss()
        self.assertEqual(self.propose()[-1].amount, 10.0)

    def test_facts_are_read_again_before_an_approval(self):
        self.miss()
        credits = self.propose()
        credits.timer_id.state = "merged"
        self.as_billing(credits).action_approve()
        self.assertEqual(credits.state, "void")
        self.assertFalse(credits.charge_id)

    def test_only_proposed_ones_are_approved(self):
        credits = self.approved()
        with self.assertRaisesRegex(UserError, "Only proposed"):
            self.as_billing(credits).action_approve()

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_only_billing_decides(self):
        self.miss()
        credits = self.propose()
        for call in (
            lambda: credits.with_user(self.user_contract).action_approve(),
            lambda: credits.with_user(self.user_contract).action_refuse("No"),
            lambda: credits.with_user(self.user_contract).write({"amount": 99}),
            lambda: credits.with_user(self.user_billing).write({"amount": 99}),
        ):
            with self.assertRaises(AccessError):
                call()
        self.assertEqual(credits.with_user(self.user_contract).amount, 10.0)

    def test_who_asked_for_it_does_not_decide(self):
        self.miss()
        credit = self.as_billing(self.propose())
        asking = self.env["service.approval.ask"].with_user(self.user_billing)
        asking.create(
            {"sla_credit_ids": [Command.set(credit.ids)], "reason": "He is right"}
        ).action_apply()
        for decide in (credit.action_approve, lambda: credit.action_refuse("No")):
            with self.assertRaisesRegex(AccessError, "yourself"), self.cr.savepoint():
                decide()
        credit.with_user(self.user_manager).action_approve()
        self.assertEqual(credit.decision, "approved")

    def test_a_credit_is_not_waived_or_billed_as_work(self):
        credits = self.approved()
        with self.assertRaisesRegex(UserError, "Refuse the credit instead"):
            credits.charge_id.with_user(self.user_billing).action_waive("No")

    def test_the_customer_sees_the_credit_and_why(self):
        credits = self.approved()
        draws = self.contract.sudo()._get_portal_values(self.portal_owner)["draws"]
        shown = next(draw for draw in draws if draw["kind_text"] == "Credit")
        self.assertEqual(shown["description"], credits.explanation)
        self.assertIn("10.00", shown["amount"])
        self.assertEqual(
            shown["why"], ["The contract promises a credit for each miss."]
        )

    def test_the_dialog_says_how_many_and_how_much(self):
        for _number in range(2):
            self.miss()
        credits = self.propose()
        wizard = (
            self.env["service.sla.credit.decide"]
            .with_user(self.user_billing)
            .create({"credit_ids": [Command.set(credits.ids)]})
        )
        self.assertIn("2 credits of", wizard.preview)
        self.assertIn("20.00", wizard.preview)
        wizard.action_apply()
        self.assertEqual(set(credits.mapped("state")), {"approved"})

    def test_queries_do_not_grow_with_approvals(self):
        counts = []
        self.contract.action_cancel(reason="No")
        self.make_promise(sla_credit_percent=0.5, sla_credit_cap=0)
        for size in (2, 20):
            for _number in range(size):
                self.miss()
            credits = self.propose().filtered(lambda c: c.state == "proposed")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.as_billing(credits).action_approve()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        # What the first ones looked up is known by then.
        self.assertLessEqual(counts[1], counts[0])
