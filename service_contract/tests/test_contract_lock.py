# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, datetime

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY
from .common_states import ContractStatesCommon


@tagged("post_install", "-at_install")
class TestContractLock(ContractStatesCommon):
    """Out of draft the terms are locked; a line is added, or cancelled from a date."""

    def test_terms_of_an_agreed_contract_are_locked(self):
        contract = self.make_in_state("active")
        for values in (
            {"partner_id": self.stranger.id},
            {"date_start": date(2025, 2, 1)},
            {"date_end": date(2026, 12, 31)},
            {"currency_id": self.usd.id},
            {"tz": "UTC"},
            {"site_ids": [Command.set(self.site.ids)]},
            {"name": "Mine"},
            {"hold_billing": "continue"},
            {"template_id": self.template_cases.id},
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(
                    UserError, "these terms are locked: .+ Add a line"
                ),
            ):
                contract.write(values)

    def test_terms_of_an_agreed_line_are_locked(self):
        line = self.make_in_state("active").line_ids
        for values in (
            {"price_unit": 1.0},
            {"quantity": 2.0},
            {"coverage_quantity": 99},
            {"exhaustion_policy": "negative"},
            {"overage_price": 1.0},
            {"billing_unit": "year"},
            {"date_start": date(2025, 2, 1)},
            {"date_end": date(2025, 2, 1)},
            {"site_ids": [Command.set(self.site.ids)]},
            {"covered_item_ids": [Command.create({"product_id": self.oven.id})]},
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(UserError, "these terms are locked: .+ Cancel"),
            ):
                line.write(values)
        with self.assertRaisesRegex(UserError, "these terms are locked"):
            line.contract_id.write(
                {"line_ids": [Command.update(line.id, {"price_unit": 1.0})]}
            )

    def test_covered_items_of_an_agreed_line_are_locked(self):
        item = {"covered_item_ids": [Command.create({"product_id": self.oven.id})]}
        line = self.make_contract([self.line_values(**item)]).line_ids
        item = line.covered_item_ids
        with self.assertRaisesRegex(UserError, "locked"):
            item.write({"serial": "1234"})
        with self.assertRaisesRegex(UserError, "locked"):
            item.create({"line_id": line.id, "product_id": self.fridge.id})
        with self.assertRaisesRegex(UserError, "locked"):
            item.unlink()
        other = self.make_contract(confirm=False).line_ids
        free = item.create({"line_id": other.id, "product_id": self.fridge.id})
        with self.assertRaisesRegex(UserError, "locked"):
            free.line_id = line

    def test_facts_of_a_line_are_written_by_its_verb_only(self):
        line = self.make_in_state("active").line_ids
        for values in ({"date_cancelled": TODAY}, {"cancel_reason": "No"}):
            with self.subTest(values), self.assertRaisesRegex(UserError, "Use Confirm"):
                line.write(values)

    def test_progress_of_a_line_is_not_written_by_people(self):
        progress = (
            {"next_billing_period": 7},
            {"next_bill_date": date(2030, 1, 1)},
            {"next_lot_at": datetime(2030, 1, 1)},
        )
        for user in (self.user_contract, self.user_manager):
            for state in ("draft", "active"):
                line = self.make_in_state(state).line_ids.with_user(user)
                lines = line.contract_id.line_ids
                extra = {**self.line_values(), "contract_id": line.contract_id.id}
                for values in progress:
                    with self.subTest(values, user=user.login, state=state):
                        with self.assertRaisesRegex(UserError, "billed and granted"):
                            line.write(values)
                        with self.assertRaisesRegex(UserError, "billed and granted"):
                            line.contract_id.write(
                                {"line_ids": [Command.update(line.id, values)]}
                            )
                        with self.assertRaisesRegex(UserError, "billed and granted"):
                            lines.create({**extra, **values})
                        defaults = {f"default_{k}": v for k, v in values.items()}
                        with self.assertRaisesRegex(UserError, "billed and granted"):
                            lines.with_context(**defaults).create(extra)
        line.sudo().next_billing_period = 7  # superuser: repairs
        self.assertEqual(line.next_billing_period, 7)

    def test_progress_of_the_billing_is_not_written_by_people(self):
        run = self.env["service.billing.run"].create({})
        progress = (
            {"last_billed_at": datetime(2030, 1, 1)},
            {"billing_error": "Nothing"},
            {"billing_attempts": 99},
            {"next_attempt_at": datetime(2030, 1, 1)},
            {"billing_run_id": run.id},
        )
        for user in (self.user_contract, self.user_billing, self.user_manager):
            for state in ("draft", "active"):
                contract = self.make_in_state(state).with_user(user)
                new = {"partner_id": self.customer.id, "date_start": TODAY}
                for values in progress:
                    with self.subTest(values, user=user.login, state=state):
                        with self.assertRaisesRegex(UserError, "what was billed"):
                            contract.write(values)
                        with self.assertRaisesRegex(UserError, "what was billed"):
                            contract.create({**new, **values})
                        defaults = {f"default_{k}": v for k, v in values.items()}
                        with self.assertRaisesRegex(UserError, "what was billed"):
                            contract.with_context(**defaults).create(new)
        contract.sudo().next_attempt_at = datetime(2030, 1, 1)  # superuser: repairs
        contract.action_retry_billing()
        self.assertFalse(contract.next_attempt_at)

    def test_facts_of_a_line_are_not_created_by_people(self):
        contract = self.make_in_state("active")
        extra = {**self.line_values(), "contract_id": contract.id}
        with self.assertRaisesRegex(UserError, "Use Confirm"):
            contract.line_ids.create({**extra, "date_cancelled": TODAY})

    def test_a_contract_starts_today_in_the_zone_of_who_makes_it(self):
        contracts = self.env["service.contract"].with_user(self.user_contract)
        for tz, day in (("UTC", 9), ("Asia/Tokyo", 10)):
            records = contracts.with_context(
                tz=tz, service_contract_now=datetime(2031, 5, 9, 20)
            )
            default = records.default_get(["date_start"])["date_start"]
            self.assertEqual(fields.Date.to_date(default), date(2031, 5, day))
            run = records.env["service.billing.run"].default_get(["date"])
            self.assertEqual(fields.Date.to_date(run["date"]), date(2031, 5, day))

    def test_draft_is_open(self):
        contract = self.make_in_state("draft")
        contract.write({"date_end": date(2026, 12, 31), "tz": "UTC"})
        contract.line_ids.write({"price_unit": 1.0, "coverage_quantity": 9})
        self.assertEqual(contract.line_ids.coverage_base_quantity, 9)
        contract.line_ids.unlink()
        self.assertFalse(contract.line_ids)

    def test_agreed_line_is_not_deleted(self):
        contract = self.make_in_state("active")
        with self.assertRaisesRegex(UserError, "Cancel it from a date"):
            contract.with_user(self.user_manager).line_ids.unlink()
        with self.assertRaisesRegex(UserError, "Cancel it from a date"):
            contract.with_user(self.user_manager).write(
                {"line_ids": [Command.delete(contract.line_ids.id)]}
            )

    def test_added_line_starts_today_and_is_granted_at_once(self):
        contract = self.make_in_state("active")
        contract.write({"line_ids": [Command.create(self.line_values("hours", 2))]})
        added = contract.line_ids[-1]
        self.assertEqual(added.date_start, TODAY)
        self.assertEqual(added.sudo().counter_ids.granted, 7200)
        self.assertIn(added.name, " ".join(contract.message_ids.mapped("body")))

    def test_no_line_is_added_to_a_contract_that_is_over(self):
        for state in ("expired", "cancelled"):
            contract = self.make_in_state(state)
            with (
                self.subTest(state),
                self.assertRaisesRegex(UserError, "is over, so no line"),
                self.cr.savepoint(),
            ):
                contract.write({"line_ids": [Command.create(self.line_values())]})

    def test_line_does_not_move_to_another_contract(self):
        line = self.make_in_state("draft").line_ids
        with self.assertRaises(UserError):
            line.contract_id = self.make_in_state("active")

    def test_cancelled_line_covers_no_longer_from_that_day(self):
        contract = self.make_in_state("active")
        line = contract.line_ids
        line.action_cancel_line("2025-01-20", "Sold the oven")
        self.assertEqual(line.date_cancelled, date(2025, 1, 20))
        self.assertEqual(line.cancel_reason, "Sold the oven")
        lot = line.sudo().counter_ids
        self.assertEqual(lot.valid_to, datetime(2025, 1, 19, 23))
        self.assertFalse(line.next_lot_at)
        self.assertEqual(contract.state, "active")

    def test_line_is_not_cancelled_later_than_it_is_already(self):
        line = self.make_in_state("active").line_ids
        line.action_cancel_line("2025-01-20", "Sold the oven")
        with self.assertRaisesRegex(UserError, "already"):
            line.action_cancel_line("2025-01-25", "Keeps it a bit")
        line.action_cancel_line("2025-01-18", "Sooner")
        self.assertEqual(line.date_cancelled, date(2025, 1, 18))

    def test_cancelling_one_line_leaves_the_others(self):
        contract = self.make_contract([self.line_values(), self.line_values("hours")])
        contract.line_ids[0].action_cancel_line(reason="Sold the oven")
        self.assertFalse(contract.line_ids[1].date_cancelled)
