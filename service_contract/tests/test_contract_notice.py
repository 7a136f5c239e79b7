# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import ServiceContractCommon


@tagged("post_install", "-at_install")
class TestContractNotice(ServiceContractCommon):
    def _remind(self, instant):
        self.run_cron("service.contract", "_cron_notice", instant)

    def _reminders(self, contract):
        kind = self.env.ref("service_contract.mail_activity_type_notice")
        return contract.sudo().activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )

    def test_dates_follow_from_the_terms(self):
        contract = self.make_contract(notice_days=90, minimum_term_months=6)
        self.assertEqual(contract.date_notice, date(2025, 10, 2))
        self.assertEqual(contract.date_minimum_end, date(2025, 6, 30))

    def test_open_end_has_no_notice(self):
        contract = self.make_contract(notice_days=90, date_end=False)
        self.assertFalse(contract.date_notice)

    def test_responsible_is_reminded_once_on_the_local_day(self):
        contract = self.make_contract(notice_days=90)
        self._remind("2025-10-01 21:59:00")
        self.assertFalse(self._reminders(contract), "still 1 October in Rome")
        self._remind("2025-10-01 22:00:00")
        reminder = self._reminders(contract)
        self.assertEqual(reminder.user_id, contract.user_id)
        self.assertEqual(reminder.date_deadline, date(2025, 10, 2))
        self._remind("2025-10-05 12:00:00")
        self.assertEqual(self._reminders(contract), reminder)

    def test_batches_reach_every_contract(self):
        contracts = [self.make_contract(notice_days=90) for _ in range(5)]
        self.run_cron(
            "service.contract", "_cron_notice", "2025-11-01 12:00:00", limit=2
        )
        for contract in contracts:
            self.assertEqual(len(self._reminders(contract)), 1)

    def test_only_a_manager_cancels_inside_the_minimum_term(self):
        contract = self.make_contract(minimum_term_months=6)
        with self.assertRaisesRegex(UserError, "minimum term"):
            contract.action_cancel("2025-06-30", "Moved away")
        contract.with_user(self.user_manager).action_cancel("2025-06-30", "Moved away")
        self.assertEqual(contract.date_cancelled, date(2025, 6, 30))

    def test_anybody_cancels_from_the_day_after_the_minimum_term(self):
        contract = self.make_contract(minimum_term_months=6)
        contract.action_cancel("2025-07-01", "Moved away")
        self.assertEqual(contract.date_cancelled, date(2025, 7, 1))

    def test_template_hands_its_terms_over(self):
        self.template_cases.write(
            {"minimum_term_months": 3, "notice_days": 30, "unpaid_hold_days": 14}
        )
        contract = self.make_contract(template_id=self.template_cases.id)
        self.assertRecordValues(
            contract,
            [{"minimum_term_months": 3, "notice_days": 30, "unpaid_hold_days": 14}],
        )
        with self.assertRaisesRegex(UserError, "locked"):
            contract.notice_days = 5

    def test_negative_notice_is_refused(self):
        with self.assertRaises(ValidationError):
            self.make_contract(notice_days=-1)

    def test_contract_in_force_cannot_be_archived(self):
        contract = self.make_contract()
        with self.assertRaisesRegex(UserError, "in force"):
            contract.action_archive()
        contract.action_cancel(reason="Over")
        contract.action_archive()
        self.assertFalse(contract.active)
