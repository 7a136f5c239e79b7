# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime

from psycopg2 import errors

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_courtesy import HOUR, CourtesyCommon


@tagged("post_install", "-at_install")
class TestCourtesy(CourtesyCommon):
    """A credit of goodwill is a lot that work uses before anything is billed."""

    def test_credit_of_100_pays_60_and_leaves_40(self):
        line = self.make_line()
        courtesy = self.make_courtesy(line, 100)
        usage = self.use(line)
        self.assertEqual(self.live(usage), [("courtesy", 1, 60.0)])
        charge = self.standing(usage)
        self.assertEqual(charge.courtesy_id, courtesy)
        self.assertEqual(charge.courtesy_reason_id, self.reason)
        self.assertEqual(charge.reason, "Goodwill: The update broke the tills")
        self.assertEqual(charge.billing_state, "no")
        lot = self.lot(courtesy)
        self.assertEqual((lot.granted, lot.drawn, lot.remaining), (10000, 6000, 4000))
        self.assertEqual(courtesy.state, "granted")

    def test_what_the_credit_does_not_cover_is_billed(self):
        line = self.make_line("hours")
        courtesy = self.make_courtesy(line, 90)
        usage = self.use(line, 2 * HOUR, "second")
        self.assertEqual(
            self.live(usage),
            [("courtesy", 1.5 * HOUR, 90.0), ("billable", 0.5 * HOUR, 30.0)],
        )
        self.assertEqual(courtesy.state, "used_up")

    def test_allotment_is_drawn_first(self):
        line = self.make_line(quantity=1)
        courtesy = self.make_courtesy(line, 100)
        self.assertEqual(self.live(self.use(line)), [("covered", 1, 0.0)])
        self.assertEqual(self.lot(courtesy).drawn, 0)
        self.assertEqual(self.live(self.use(line)), [("courtesy", 1, 60.0)])

    def test_hours_are_given_as_hours(self):
        line = self.make_line("hours")
        courtesy = self.make_courtesy(line, 0, unit="second", quantity=2)
        self.assertEqual(courtesy.value, 120)
        usage = self.use(line, 3 * HOUR, "second")
        self.assertEqual(
            self.live(usage), [("courtesy", 2 * HOUR, 120.0), ("billable", HOUR, 60.0)]
        )
        self.assertEqual(self.lot(courtesy).unit, "second")

    def test_cases_and_visits_are_given_too(self):
        for coverage, unit in (("cases", "case"), ("visits", "visit")):
            with self.subTest(unit):
                line = self.make_line(coverage)
                self.make_courtesy(line, 0, unit=unit, quantity=1)
                self.assertEqual(
                    self.live(self.use(line, 2, unit)),
                    [("courtesy", 1, 60.0), ("billable", 1, 60.0)],
                )

    def test_what_waits_for_a_decision_is_paid_too(self):
        line = self.make_line(exhaustion_policy="warn")
        usage = self.use(line)
        self.assertEqual(self.live(usage), [("to_approve", 1, 60.0)])
        self.make_courtesy(line, 100)
        self.assertEqual(self.live(usage), [("courtesy", 1, 60.0)])

    def test_overage_that_is_not_invoiced_is_paid_when_it_is_granted(self):
        line = self.make_line()
        before, within = self.use(line, day="2025-01-03"), self.use(line)
        self.make_courtesy(line, 100, date_from="2025-01-05")
        self.assertEqual(self.live(before), [("billable", 1, 60.0)])
        self.assertEqual(self.live(within), [("courtesy", 1, 60.0)])

    def test_what_somebody_decided_to_bill_stays_billed(self):
        line = self.make_line(exhaustion_policy="warn")
        usage = self.use(line)
        self.standing(usage).with_user(self.user_billing).action_bill()
        self.make_courtesy(line, 100)
        self.assertEqual(self.live(usage), [("billable", 1, 60.0)])

    def test_work_outside_the_dates_does_not_use_it(self):
        line = self.make_line()
        courtesy = self.make_courtesy(
            line, 100, date_from="2025-01-10", date_to="2025-01-11"
        )
        for day, kind in (
            ("2025-01-09", "billable"),
            ("2025-01-10", "courtesy"),
            ("2025-01-12", "billable"),
        ):
            with self.subTest(day):
                self.assertEqual(self.live(self.use(line, day=day))[0][0], kind)
        lot = self.lot(courtesy)
        self.assertEqual(lot.valid_from, datetime(2025, 1, 9, 23))
        self.assertEqual(lot.valid_to, datetime(2025, 1, 11, 23))

    def test_reversed_work_gives_it_back(self):
        line = self.make_line()
        courtesy = self.make_courtesy(line, 60)
        usage = self.use(line)
        self.assertEqual(courtesy.state, "used_up")
        usage._redirect(None)
        usage._settle_or_defer()
        self.assertEqual(self.live(usage), [])
        self.assertEqual(self.lot(courtesy).remaining, 6000)
        self.assertEqual(courtesy.state, "granted")

    def test_two_credits_the_one_that_lapses_first(self):
        line = self.make_line()
        late = self.make_courtesy(line, 60)
        soon = self.make_courtesy(line, 60, date_to="2025-02-28")
        self.use(line)
        self.assertEqual((soon.state, late.state), ("used_up", "granted"))

    def test_granting_is_on_record(self):
        line = self.make_line()
        courtesy = self.make_courtesy(line, 100)
        self.assertEqual(courtesy.approver_id, self.user_billing)
        self.assertEqual(courtesy.granted_at, datetime(2025, 1, 15, 9))
        entry = self.lot(courtesy).entry_ids
        self.assertEqual(
            (entry.kind, entry.quantity, entry.reason),
            ("grant", 10000, "Goodwill: The update broke the tills"),
        )
        self.assertIn("courtesy", line.contract_id.message_ids[0].body)

    def test_withdrawing_takes_back_what_is_unused(self):
        line = self.make_line()
        courtesy = self.make_courtesy(line, 100)
        self.use(line)
        wizard = (
            self.env["service.courtesy.withdraw"]
            .with_user(self.user_billing)
            .create({"courtesy_ids": courtesy.ids, "reason": "They cancelled"})
        )
        self.assertIn("60.00", wizard.preview)
        wizard.action_apply()
        lot = self.lot(courtesy)
        self.assertEqual((lot.granted, lot.drawn, lot.remaining), (6000, 6000, 0))
        entry = lot.entry_ids.filtered(lambda entry: entry.kind == "adjust")
        self.assertEqual((entry.quantity, entry.reason), (-4000, "They cancelled"))
        self.assertEqual((courtesy.state, courtesy.given_value), ("withdrawn", 60))
        self.assertEqual(courtesy.closed_by_id, self.user_billing)
        self.assertEqual(
            self.live(self.use(line, day="2025-01-20")), [("billable", 1, 60.0)]
        )
        with self.assertRaises(UserError):
            courtesy.action_withdraw("Again")

    def test_it_lapses_a_week_after_its_last_day(self):
        line = self.make_line()
        courtesy = self.make_courtesy(line, 100, date_to="2025-01-31")
        self.use(line)
        self.env.flush_all()
        self.run_cron("service.courtesy", "_cron_expire", datetime(2025, 2, 7, 22))
        self.env.invalidate_all()
        self.assertEqual(courtesy.state, "granted")
        self.run_cron("service.courtesy", "_cron_expire", datetime(2025, 2, 7, 23))
        self.env.invalidate_all()
        self.assertEqual((courtesy.state, courtesy.given_value), ("expired", 60))
        self.assertEqual(self.lot(courtesy).remaining, 0)
        self.assertTrue(all(self.lot(courtesy).entry_ids.mapped("reason")[:1]))

    def test_used_up_credit_does_not_lapse(self):
        line = self.make_line()
        courtesy = self.make_courtesy(line, 60, date_to="2025-01-31")
        self.use(line)
        self.run_cron("service.courtesy", "_cron_expire", datetime(2025, 3, 1))
        self.env.invalidate_all()
        self.assertEqual(courtesy.state, "used_up")

    def test_what_comes_back_after_it_lapsed_is_taken_back(self):
        line = self.make_line()
        courtesy = self.make_courtesy(line, 100, date_to="2025-01-31")
        usage = self.use(line)
        courtesy.sudo()._close("expired", "Not used in time")
        usage._redirect(None)
        usage._settle_or_defer()
        self.assertEqual(self.lot(courtesy).remaining, 6000)
        self.run_cron("service.courtesy", "_cron_expire", datetime(2025, 2, 1))
        self.env.invalidate_all()
        self.assertEqual(self.lot(courtesy).granted, 0)
        self.assertEqual((courtesy.state, courtesy.given_value), ("expired", 0))

    def test_cancelled_line_ends_it(self):
        line = self.make_line()
        courtesy = self.make_courtesy(line, 100)
        line.action_cancel_line("2025-01-20", "Moved")
        self.assertEqual(self.lot(courtesy).valid_to, datetime(2025, 1, 19, 23))

    # === BALANCE === #

    def test_coverage_mentions_it_apart(self):
        line = self.make_line("hours", 10)
        self.use(line, 3 * HOUR, "second")
        before = (line.coverage_percent, line.granted_quantity, line.coverage_level)
        text = line.coverage_text
        self.make_courtesy(line, 40)
        line.invalidate_recordset()
        self.assertEqual(
            (line.coverage_percent, line.granted_quantity, line.coverage_level), before
        )
        self.assertRegex(line.coverage_text, r"used.* \+ .*40\.00.* courtesy$")
        self.assertTrue(line.coverage_text.startswith(text))
        found = line.search([("coverage_level", "=", "plenty"), ("id", "=", line.id)])
        self.assertEqual(found, line)

    def test_credit_alone_is_no_allotment(self):
        line = self.make_line("hours")
        self.make_courtesy(line, 0, unit="second", quantity=1)
        self.assertEqual(line.granted_quantity, 0)
        self.assertRegex(line.coverage_text, r"1:00 h courtesy$")
        portal = line.sudo()._get_portal_values(None)[0]
        self.assertEqual(portal["courtesy"], "1:00 h courtesy")
        self.assertEqual(len(portal["bars"]), 1)

    def test_balance_of_the_lot_is_in_its_own_unit(self):
        courtesy = self.make_courtesy(self.make_line("hours"), 40)
        self.assertRegex(self.lot(courtesy).balance_text, r"40\.00.* of .*40\.00")
        self.assertEqual(self.lot(courtesy).granted_quantity, 40)

    def test_line_that_refuses_goes_on_for_a_case_that_is_given(self):
        line = self.make_line(exhaustion_policy="block", quantity=0)
        self.assertFalse(self.make_ticket().service_contract_line_id)
        self.make_courtesy(line, 100)
        self.assertFalse(self.make_ticket().service_contract_line_id)
        self.make_courtesy(line, 0, unit="case", quantity=1)
        ticket = self.make_ticket()
        self.assertEqual(ticket.service_contract_line_id, line)
        self.assertEqual(self.live(ticket.sudo().service_usage_ids)[0][0], "courtesy")

    def test_low_balance_does_not_count_it(self):
        line = self.make_line("hours", 10)
        self.make_courtesy(line, 0, unit="second", quantity=100)
        self.use(line, 9 * HOUR, "second")
        self.env.flush_all()
        self.assertIn(line.id, self.env["service.balance.alert"]._find_passed())

    # === RIGHTS AND RULES === #

    def test_who_may_grant(self):
        line = self.make_line()
        draft = self.make_courtesy(line, grant=False, user=self.user_contract)
        self.assertEqual(draft.state, "draft")
        with self.assertRaises(AccessError):
            draft.action_grant()
        draft.with_user(self.user_billing).action_grant()
        self.assertEqual(draft.state, "granted")
        with self.assertRaises(AccessError):
            draft.action_withdraw("No")
        with self.assertRaises(AccessError):
            self.make_courtesy(line, user=self.user_agent)

    def test_nothing_is_granted_twice(self):
        courtesy = self.make_courtesy(self.make_line())
        with self.assertRaisesRegex(UserError, "granted already"):
            courtesy.action_grant()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            self.lot(courtesy).copy()
            self.env.flush_all()

    def test_facts_are_not_typed(self):
        line = self.make_line()
        courtesy = self.make_courtesy(line, grant=False)
        for values in (
            {"granted_at": "2025-01-01"},
            {"approver_id": self.user_contract.id},
            {"closing": "expired"},
            {"value": 5},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                courtesy.write(values)
            with self.subTest(values), self.assertRaises(UserError):
                self.make_courtesy(line, grant=False, **values)
        courtesy.amount = 50
        courtesy.action_grant()
        for values in ({"amount": 500}, {"date_to": "2026-01-01"}, {"unit": "case"}):
            with self.subTest(values), self.assertRaises(UserError):
                courtesy.write(values)
        with self.assertRaises(UserError):
            courtesy.unlink()

    def test_what_can_be_given_on_a_line(self):
        line = self.make_line("hours")
        for values in (
            {"unit": "case", "quantity": 1},
            {"amount": 0},
            {"unit": "second", "quantity": 0},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.make_courtesy(line, **{"amount": 0, **values})
        other = self.make_line()
        with self.assertRaises(ValidationError):
            self.make_courtesy(line, contract_line_id=other.id)

    def test_contract_that_is_over_is_given_nothing(self):
        line = self.make_line()
        courtesy = self.make_courtesy(line, grant=False)
        line.contract_id.action_cancel("2025-01-10", "Moved")
        with self.assertRaisesRegex(UserError, "not in force"):
            courtesy.action_grant()

    def test_credit_must_fit_into_the_line(self):
        line = self.make_line()
        courtesy = self.make_courtesy(
            line, date_from="2026-01-05", date_to="2026-02-01", grant=False
        )
        with self.assertRaisesRegex(UserError, "ends before"):
            courtesy.action_grant()

    def test_form_proposes_line_and_day(self):
        line = self.make_line()
        form = Form(self.env["service.courtesy"].with_user(self.user_contract))
        form.contract_id = line.contract_id
        form.reason_id = self.reason
        form.note = "Sorry"
        form.amount = 30
        courtesy = form.save()
        self.assertEqual(courtesy.contract_line_id, line)
        self.assertEqual(str(courtesy.date_from), "2025-01-15")
        self.assertEqual(courtesy.value, 30)

    # === REPORT === #

    def test_report_of_all_kinds(self):
        line = self.make_line(exhaustion_policy="warn")
        courtesy = self.make_courtesy(line, 60)
        self.use(line)
        waived = self.use(line, day="2025-01-11")
        charge = self.standing(waived).with_user(self.user_billing)
        wizard = self.env["service.charge.waive"].with_user(self.user_billing)
        wizard = wizard.create(
            {"charge_ids": charge.ids, "courtesy_reason_id": self.reason_fault.id}
        )
        self.assertEqual(wizard.reason, "Our fault")
        wizard.action_apply()
        self.use(line, day="2025-01-12", exempt_reason="A test call")
        rows = self.env["service.courtesy.report"].with_user(self.user_contract)
        rows = rows.search([("contract_id", "=", line.contract_id.id)], order="day")
        self.assertRecordValues(
            rows,
            [
                {
                    "source": "credit",
                    "amount": 60,
                    "reason_id": self.reason.id,
                    "user_id": self.user_billing.id,
                    "courtesy_id": courtesy.id,
                },
                {
                    "source": "waived",
                    "amount": 60,
                    "reason_id": self.reason_fault.id,
                    "user_id": self.user_billing.id,
                    "courtesy_id": False,
                },
                {
                    "source": "exempt",
                    "amount": 60,
                    "reason_id": False,
                    "user_id": self.env.uid,
                    "courtesy_id": False,
                },
            ],
        )
        self.assertEqual(rows[2].reason, "A test call")
        self.assertEqual(rows[0].action_open()["res_model"], "service.courtesy")
        self.assertEqual(rows[1].action_open()["res_id"], rows[1].charge_id.id)
        by_month = rows._read_group(
            [("id", "in", rows.ids)], ["partner_id", "day:month"], ["amount:sum"]
        )
        self.assertEqual(by_month[0][2], 180)
