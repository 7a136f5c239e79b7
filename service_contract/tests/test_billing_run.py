# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError

from .common_billing import BillingCommon


class TestBillingRun(BillingCommon):
    def break_contract(self, contract):
        """Let the contract have no way to be billed: its product has no account."""
        company = contract.company_id.sudo()
        account = self.env["account.account"].create(
            {
                "name": "Archived",
                "code": f"4{contract.id:05}",
                "account_type": "income",
                "company_ids": company.ids,
            }
        )
        product = self.env["product.product"].create(
            {"name": "Broken", "type": "service"}
        )
        product.with_company(company).property_account_income_id = account
        account.active = False
        self.env.cr.execute(
            "UPDATE service_contract_line SET product_id = %s WHERE contract_id = %s",
            [product.id, contract.id],
        )
        contract.sudo().line_ids.invalidate_recordset()
        return account

    # === PREVIEW === #

    def test_a_preview_shows_what_the_run_then_makes(self):
        contracts = [
            self.make_contract([self.line_values(price_unit=price)])
            for price in (10.0, 33.33, 0.0)
        ]
        self.use_cases(contracts[0], 8, "2024-12-20")
        contracts[1].action_hold(date(2025, 1, 10), date(2025, 1, 20), "Works")
        run = (
            self.env["service.billing.run"]
            .with_user(self.user_billing)
            .create({"company_id": self.company.id, "date": date(2025, 2, 1)})
        )
        run.action_preview()
        planned = {line.contract_id: line.amount for line in run.line_ids}
        warnings = {line.contract_id: line.warning for line in run.line_ids}
        self.assertFalse(contracts[0].sudo().billing_period_ids)
        run.action_start()
        self.assertEqual(run.state, "done")
        for contract in contracts:
            made = sum(self.invoices_of(contract).mapped("amount_untaxed"))
            self.assertEqual(planned[contract], made)
        self.assertIn("no invoice", warnings[contracts[2]])
        self.assertEqual(run.amount_planned, run.amount_billed)
        self.assertEqual((run.done_count, run.move_count), (3, 2))
        self.assertEqual(run.progress, 100.0)

    def test_a_preview_warns_of_a_locked_day(self):
        self.make_contract()
        self.company.sale_lock_date = date(2025, 1, 31)
        run = self.env["service.billing.run"].create({"date": date(2025, 1, 1)})
        run.action_preview()
        self.assertIn("locked", run.line_ids.warning)

    def test_the_plan_takes_as_many_queries_for_many_contracts(self):
        contracts = self.env["service.contract"]
        for _number in range(6):
            contract = self.make_contract()
            self.use_cases(contract, 6, "2024-12-20")
            contracts |= contract.sudo()
        contracts[:1]._plan_billing(date(2025, 2, 1))

        def queries(records):
            return self.count_queries(records._plan_billing, date(2025, 2, 1))

        self.assertEqual(queries(contracts[:2]), queries(contracts))

    # === FAILURES === #

    def test_a_bad_contract_does_not_keep_the_others_from_being_billed(self):
        contracts = [self.make_contract(invoice_posting="post") for _n in range(20)]
        bad = contracts[7]
        self.break_contract(bad)
        run = self.bill("2025-01-01")
        billed = [contract for contract in contracts if self.invoices_of(contract)]
        self.assertEqual(len(billed), 19)
        self.assertTrue(bad.billing_error)
        self.assertEqual(run.failed_contract_ids, bad)
        self.assertEqual((run.done_count, run.failed_count), (19, 1))
        self.assertEqual(run.state, "done")

    def test_a_failure_waits_longer_each_time_and_is_told_once(self):
        contract = self.make_contract(invoice_posting="post")
        self.break_contract(contract)
        waits = []
        now = datetime(2025, 1, 1, 12)
        for _attempt in range(10):
            contract.sudo().with_context(service_contract_now=now)._cron_bill()
            waits.append((contract.next_attempt_at - now).total_seconds() / 60)
            now = contract.next_attempt_at
        self.assertEqual(waits, [2, 4, 8, 16, 32, 64, 128, 256, 360, 360])
        self.assertEqual(len(contract.sudo().activity_ids), 1)
        self.assertEqual(contract.billing_attempts, 10)

    def test_a_waiting_contract_is_left_alone(self):
        contract = self.make_contract(invoice_posting="post")
        self.break_contract(contract)
        now = datetime(2025, 1, 1, 12)
        for minutes in (0, 1):
            contract.sudo().with_context(
                service_contract_now=now + timedelta(minutes=minutes)
            )._cron_bill()
        self.assertEqual(contract.billing_attempts, 1)

    def test_success_clears_the_error_and_the_activity(self):
        contract = self.make_contract(invoice_posting="post")
        account = self.break_contract(contract)
        self.bill("2025-01-01")
        account.active = True
        self.bill("2025-01-02")
        self.assertEqual(len(self.invoices_of(contract)), 1)
        self.assertFalse(contract.billing_error)
        self.assertFalse(contract.next_attempt_at)
        self.assertFalse(contract.sudo().activity_ids)

    def test_a_failed_attempt_leaves_nothing_behind(self):
        contract = self.make_contract(invoice_posting="post")
        self.break_contract(contract)
        self.bill("2025-01-01")
        self.assertFalse(contract.sudo().billing_period_ids)
        self.assertFalse(
            self.env["account.move"].search([("invoice_origin", "=", contract.name)])
        )
        self.assertEqual(contract.next_bill_date, date(2025, 1, 1))

    def test_many_blocked_contracts_do_not_starve_a_good_one(self):
        unit = "odoo.addons.service_contract.models.service_contract_billing_unit"
        for _number in range(6):
            self.break_contract(self.make_contract(invoice_posting="post"))
        good = self.make_contract(date_start=date(2025, 1, 2), invoice_posting="post")
        with patch(f"{unit}.MIN_CHUNK", 2), patch(f"{unit}.MAX_CHUNK", 2):
            self.bill("2025-01-02")
        self.assertEqual(len(self.invoices_of(good)), 1)

    def test_a_contract_that_somebody_holds_is_passed_over(self):
        contract = self.make_contract()
        contracts = type(self.env["service.contract"])
        with patch.object(
            contracts, "try_lock_for_update", lambda self, **options: self.browse()
        ):
            run = self.bill("2025-01-01")
        self.assertEqual(run.state, "running")
        self.assertFalse(self.invoices_of(contract))
        run._process()
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.invoices_of(contract)), 1)

    def test_a_contract_that_stays_due_is_told_and_not_tried_for_ever(self):
        contract = self.make_contract()
        contracts = type(self.env["service.contract"])
        with patch.object(contracts, "_plan_billing", lambda *args: []):
            self.bill("2025-01-01")
        self.assertIn("nothing to bill", contract.billing_error)

    # === RIGHTS === #

    def test_users_see_the_billing_and_do_not_run_it(self):
        contract = self.make_contract()
        run = self.bill("2025-01-01")
        self.assertTrue(contract.billing_period_ids.read(["amount", "state"]))
        self.assertTrue(run.with_user(self.user_contract).read(["name", "progress"]))
        with self.assertRaises(AccessError):
            self.env["service.billing.run"].with_user(self.user_contract).create({})
        for user in (self.user_contract, self.user_billing, self.user_manager):
            with self.assertRaises(AccessError):
                contract.billing_period_ids.with_user(user).write({"amount": 1.0})

    def test_nobody_sees_the_billing_of_another_company(self):
        contract = self.make_contract()
        run = self.bill("2025-01-01")
        with self.assertRaises(AccessError):
            run.with_user(self.user_other).read(["name"])
        with self.assertRaises(AccessError):
            contract.billing_period_ids.with_user(self.user_other).read(["amount"])

    # === RUNS === #

    def test_a_stopped_run_bills_nothing_until_it_is_resumed(self):
        contracts = [self.make_contract() for _number in range(12)]
        run = (
            self.env["service.billing.run"]
            .with_user(self.user_billing)
            .create({"company_id": self.company.id, "date": date(2025, 1, 1)})
        )
        run.action_start()
        self.assertEqual(run.state, "running")
        run.action_stop()
        run._cron_process()
        self.assertFalse(self.invoices_of(contracts[0]))
        run.action_resume()
        run._cron_process()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.done_count, 12)

    def test_a_run_that_began_cannot_be_deleted(self):
        run = self.bill("2025-01-01")
        with self.assertRaises(UserError):
            run.unlink()
        with self.assertRaises(UserError):
            run.action_start()

    def test_a_run_bills_its_own_company(self):
        contract = self.make_contract()
        other = self.make_contract(
            user=self.user_other,
            company_id=self.other_company.id,
            partner_id=self.stranger.id,
        )
        self.bill("2025-01-01")
        self.assertTrue(self.invoices_of(contract))
        self.assertFalse(self.invoices_of(other))

    def test_the_scheduled_action_bills_all_companies_with_their_accounts(self):
        contract = self.make_contract(invoice_posting="post")
        other = self.make_contract(
            user=self.user_other,
            company_id=self.other_company.id,
            partner_id=self.stranger.id,
            invoice_posting="post",
        )
        contracts = self.env["service.contract"].with_context(
            service_contract_now=datetime(2025, 1, 1, 12)
        )
        contracts._cron_bill()
        for record in (contract, other):
            invoice = self.invoices_of(record)
            company = record.company_id.sudo()
            data = self.company_data[company]
            self.assertEqual(invoice.company_id, company)
            self.assertEqual(invoice.journal_id, data["journal"])
            self.assertEqual(invoice.invoice_line_ids.account_id, data["income"])
            self.assertEqual(invoice.invoice_line_ids.tax_ids, data["tax"])
            self.assertEqual(invoice.currency_id, record.currency_id)

    def test_the_scheduled_action_bills_by_the_contracts_own_day(self):
        late = self.make_contract(tz="America/New_York")
        early = self.make_contract(tz="Asia/Tokyo")
        contracts = self.env["service.contract"]
        midnight = datetime(2024, 12, 31, 15, 30)
        contracts.with_context(service_contract_now=midnight)._cron_bill()
        self.assertEqual(self.invoices_of(early).invoice_date, date(2025, 1, 1))
        self.assertFalse(self.invoices_of(late))

    def test_a_contract_that_was_billed_cannot_be_deleted(self):
        contract = self.make_contract()
        self.bill("2025-01-01")
        contract.action_cancel(day=date(2025, 1, 10), reason="Error")
        with self.assertRaises(UserError):
            contract.with_user(self.user_manager).unlink()
