# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import TODAY, ServiceContractCommon

STATES = ("draft", "invoiced", "active", "on_hold", "expired", "cancelled")
ALLOWED = {
    "confirm": {"draft"},
    "hold": {"invoiced", "active", "on_hold"},
    "resume": {"on_hold"},
    "cancel": {"draft", "invoiced", "active", "on_hold"},
    "cancel_line": {"invoiced", "active", "on_hold"},
}
AFTER = {
    ("confirm", "draft"): "active",
    ("hold", "invoiced"): "invoiced",
    ("hold", "active"): "on_hold",
    ("hold", "on_hold"): "on_hold",
    ("resume", "on_hold"): "active",
    ("cancel", "draft"): "cancelled",
    ("cancel", "invoiced"): "cancelled",
    ("cancel", "active"): "cancelled",
    ("cancel", "on_hold"): "cancelled",
}


class ContractStatesCommon(ServiceContractCommon, CronMixinCase):
    def make_in_state(self, state):
        """Make a contract that is in a state today, by the verbs alone."""
        dates = {
            "invoiced": {"date_start": date(2025, 2, 1)},
            "expired": {"date_start": date(2024, 1, 1), "date_end": date(2024, 12, 31)},
        }
        contract = self.make_contract(confirm=state != "draft", **dates.get(state, {}))
        if state == "on_hold":
            contract.action_hold(reason="Closed for a month")
        if state == "cancelled":
            contract.action_cancel(reason="Moved away")
        self.assertEqual(contract.state, state)
        return contract


@tagged("post_install", "-at_install")
class TestContractVerbs(ContractStatesCommon):
    """State changes by guarded verbs, with dates and reasons."""

    def call(self, verb, contract):
        if verb == "cancel_line":
            return contract.line_ids.action_cancel_line(reason="Sold the oven")
        if verb == "cancel":
            return contract.action_cancel(reason="Moved away")
        return getattr(contract, f"action_{verb}")()

    def test_each_verb_in_each_state(self):
        for verb, allowed in ALLOWED.items():
            for state in STATES:
                with self.subTest(verb=verb, state=state):
                    contract = self.make_in_state(state)
                    if state in allowed:
                        self.call(verb, contract)
                        after = AFTER.get((verb, state), state)
                    else:
                        after = state
                        with self.assertRaises(UserError):
                            self.call(verb, contract)
                    self.assertEqual(contract.state, after)

    def test_refusal_names_the_state_and_what_is_needed(self):
        contract = self.make_in_state("expired")
        with self.assertRaisesRegex(
            UserError, "is expired; this needs one of: .*active"
        ):
            contract.action_hold()

    def test_contract_without_lines_is_not_confirmed(self):
        contract = self.make_contract(lines=[], confirm=False)
        with self.assertRaisesRegex(UserError, "has no line"):
            contract.action_confirm()

    def test_facts_are_written_by_verbs_only(self):
        contract = self.make_in_state("active")
        for values in (
            {"state": "draft"},
            {"confirmed_at": False},
            {"date_cancelled": TODAY},
            {"cancel_reason": "None of your business"},
            {"next_bill_date": date(2030, 1, 1)},
            {"next_transition_at": datetime(2030, 1, 1)},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "Use Confirm"):
                contract.write(values)
        with self.assertRaisesRegex(UserError, "Use Confirm"):
            self.make_contract(confirm=False, state="active")

    def test_a_forged_context_is_not_a_verb(self):
        """What arrives over RPC is never the object that the verbs pass."""
        contract = self.make_in_state("active")
        for forged in (True, "1", "_VERB", {}, "<object object>"):
            forger = contract.with_context(service_contract_verb=forged)
            with self.subTest(forged):
                with self.assertRaises(UserError):
                    forger.write({"state": "draft"})
                with self.assertRaises(UserError):
                    forger.write({"date_end": date(2030, 1, 1)})
                with self.assertRaises(UserError):
                    forger.line_ids.write({"price_unit": 1})

    def test_a_request_does_not_choose_the_time(self):
        contracts = self.env["service.contract"]
        chosen = datetime(2025, 1, 2, 3)
        path = "odoo.addons.service_contract.models.service_contract_state.request"
        with patch(path, True):
            asked = contracts.with_context(service_contract_now=chosen)
            self.assertGreater(asked._service_now(), datetime(2026, 1, 1))
            # Demo data may be installed from the menu.
            ours = contracts._make_now(chosen)
            ours = contracts.with_context(service_contract_now=ours)
            self.assertEqual(ours._service_now(), chosen)

    def test_cancellation_out_of_draft_needs_a_reason(self):
        for verb in ("cancel", "cancel_line"):
            for reason in (None, "", "  "):
                contract = self.make_in_state("active")
                records = contract if verb == "cancel" else contract.line_ids
                with (
                    self.subTest(verb=verb, reason=reason),
                    self.assertRaisesRegex(UserError, "Give a reason"),
                ):
                    getattr(records, f"action_{verb}")(reason=reason)

    def test_cancel_from_a_later_day(self):
        contract = self.make_in_state("active")
        contract.action_cancel("2025-03-01", "Moved away")
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.next_transition_at, datetime(2025, 2, 28, 23))
        later = self.at(contract, "2025-02-28 23:00:00")
        later._sync_state()
        self.assertEqual(contract.state, "cancelled")

    def test_cancel_after_the_end_is_refused(self):
        contract = self.make_in_state("active")
        with self.assertRaisesRegex(UserError, "ends on"):
            contract.action_cancel("2026-01-02", "Moved away")

    def test_planned_cancellation_moves_forward_only(self):
        """What was given up for a later day can't come back by itself."""
        contract = self.make_in_state("active")
        contract.action_cancel("2025-06-01", "Moved away")
        contract.action_cancel("2025-03-01", "Sooner than we thought")
        self.assertEqual(contract.date_cancelled, date(2025, 3, 1))
        with self.assertRaisesRegex(UserError, "already"):
            contract.action_cancel("2025-06-01", "Later again")

    def test_hold_and_resume_are_in_the_chatter(self):
        contract = self.make_in_state("active")
        contract.action_hold("2025-02-01", "2025-03-01", "Renovation")
        bodies = " ".join(contract.message_ids.mapped("body"))
        self.assertIn("Renovation", bodies)
        self.assertEqual(contract.hold_ids.reason, "Renovation")

    def test_confirmation_is_dated(self):
        contract = self.make_contract(confirm=False)
        self.at(contract, "2025-01-20 10:00:00").action_confirm()
        self.assertEqual(contract.confirmed_at, datetime(2025, 1, 20, 10))


@tagged("post_install", "-at_install")
class TestContractTime(ContractStatesCommon):
    """Start, end and planned resume happen by themselves at local midnight."""

    def state_at(self, contract, instant):
        """Let the scheduled action run at an instant and return the state."""
        self.run_cron("service.contract", "_cron_sync_states", instant)
        return contract.state

    def test_start_and_end_at_local_midnight_of_each_zone(self):
        """Midnight of 1 April and of 1 November 2025, in UTC."""
        for tz, starts, ends in (
            ("UTC", "2025-04-01 00:00:00", "2025-11-01 00:00:00"),
            # Summer time began two days before, and ended five days before.
            ("Europe/Rome", "2025-03-31 22:00:00", "2025-10-31 23:00:00"),
            ("America/New_York", "2025-04-01 04:00:00", "2025-11-01 04:00:00"),
            ("Asia/Kolkata", "2025-03-31 18:30:00", "2025-10-31 18:30:00"),
            ("Australia/Lord_Howe", "2025-03-31 13:00:00", "2025-10-31 13:00:00"),
            ("Pacific/Kiritimati", "2025-03-31 10:00:00", "2025-10-31 10:00:00"),
        ):
            with self.subTest(tz):
                contract = self.make_contract(
                    tz=tz, date_start=date(2025, 4, 1), date_end=date(2025, 10, 31)
                )
                second = timedelta(seconds=1)
                start, end = map(datetime.fromisoformat, (starts, ends))
                self.assertEqual(contract.next_transition_at, start)
                self.assertEqual(self.state_at(contract, start - second), "invoiced")
                self.assertEqual(self.state_at(contract, start), "active")
                self.assertEqual(contract.next_transition_at, end)
                self.assertEqual(self.state_at(contract, end - second), "active")
                self.assertEqual(self.state_at(contract, end), "expired")
                self.assertFalse(contract.next_transition_at)

    def test_midnight_that_does_not_exist(self):
        """In Beirut the clock jumps from 00:00 to 01:00 on 30 March 2025."""
        contract = self.make_contract(tz="Asia/Beirut", date_start=date(2025, 3, 30))
        self.assertEqual(self.state_at(contract, "2025-03-29 21:59:59"), "invoiced")
        self.assertEqual(self.state_at(contract, "2025-03-29 22:00:00"), "active")

    def test_planned_resume_happens_by_itself(self):
        contract = self.make_in_state("active")
        contract.action_hold("2025-02-01", "2025-03-01", "Renovation")
        self.assertEqual(contract.state, "active")
        for instant, state in (
            ("2025-01-31 22:59:59", "active"),
            ("2025-01-31 23:00:00", "on_hold"),
            ("2025-02-28 22:59:59", "on_hold"),
            ("2025-02-28 23:00:00", "active"),
        ):
            with self.subTest(instant):
                self.assertEqual(self.state_at(contract, instant), state)

    def test_overlapping_holds_end_with_the_last(self):
        contract = self.make_in_state("active")
        contract.action_hold("2025-02-01", "2025-02-10", "Renovation")
        contract.action_hold("2025-02-05", "2025-02-20", "Flood")
        self.assertEqual(self.state_at(contract, "2025-02-10 12:00:00"), "on_hold")
        self.assertEqual(self.state_at(contract, "2025-02-20 12:00:00"), "active")

    def test_resume_ends_all_holds(self):
        contract = self.make_in_state("active")
        contract.action_hold("2025-01-10", reason="Renovation")
        contract.action_hold("2025-01-12", "2025-03-01", "Flood")
        contract.action_hold("2025-06-01", "2025-07-01", "Summer")
        self.assertEqual(contract.state, "on_hold")
        contract.action_resume()
        self.assertEqual(contract.state, "active")
        self.assertEqual(set(contract.hold_ids.mapped("date_to")), {TODAY})

    def test_resume_on_a_planned_day(self):
        contract = self.make_in_state("on_hold")
        contract.action_resume("2025-01-20")
        self.assertEqual(contract.state, "on_hold")
        self.assertEqual(self.state_at(contract, "2025-01-19 23:00:00"), "active")

    def test_contract_held_past_its_end_expires(self):
        contract = self.make_in_state("on_hold")
        self.assertEqual(self.state_at(contract, "2026-01-01 00:00:00"), "expired")

    def test_open_end_never_expires(self):
        contract = self.make_contract(date_end=False)
        self.assertEqual(contract.state, "active")
        self.assertFalse(contract.next_transition_at)
        self.assertEqual(contract._state_on(date(2099, 1, 1)), "active")

    def test_missed_runs_are_caught_up(self):
        contract = self.make_in_state("invoiced")
        self.assertEqual(self.state_at(contract, "2027-05-01 00:00:00"), "expired")

    def test_many_contracts_in_small_batches(self):
        contracts = self.env["service.contract"].union(
            *(self.make_in_state("invoiced") for _number in range(5))
        )
        self.run_cron(
            "service.contract", "_cron_sync_states", "2025-02-01 00:00:00", limit=2
        )
        self.assertEqual(set(contracts.mapped("state")), {"active"})

    def test_the_scheduled_action_is_woken_at_the_next_change(self):
        cron = self.env.ref("service_contract.ir_cron_sync_states")
        with self.capture_triggers(cron.id) as capture:
            self.make_in_state("invoiced")
        self.assertIn(datetime(2025, 1, 31, 23), capture.records.mapped("call_at"))


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


@tagged("post_install", "-at_install")
class TestContractRecord(ContractStatesCommon):
    """Numbers, copies, deletion, archive, branches."""

    def test_draft_is_deleted_by_a_manager(self):
        contract = self.make_in_state("draft").with_user(self.user_manager)
        contract.unlink()
        self.assertFalse(contract.exists())

    def test_contract_in_force_is_not_deleted(self):
        for state in ("invoiced", "active", "on_hold", "expired"):
            contract = self.make_in_state(state).with_user(self.user_manager)
            with self.subTest(state), self.assertRaises(UserError):
                contract.unlink()

    def test_contract_with_charges_is_not_deleted(self):
        contract = self.make_in_state("active")
        self.make_ticket()
        contract.action_cancel(reason="Moved away")
        with self.assertRaisesRegex(UserError, "carries charges"):
            contract.with_user(self.user_manager).unlink()

    def test_contract_with_a_ledger_is_not_deleted(self):
        """Nothing was drawn, but what was granted is on record."""
        contract = self.make_in_state("cancelled")
        with self.assertRaisesRegex(UserError, "archive it"):
            contract.with_user(self.user_manager).unlink()

    def test_contract_in_force_is_not_archived(self):
        for state in ("invoiced", "active", "on_hold"):
            contract = self.make_in_state(state)
            with self.subTest(state), self.assertRaisesRegex(UserError, "in force"):
                contract.action_archive()
        contract = self.make_in_state("expired")
        contract.action_archive()
        self.assertFalse(contract.active)

    def test_each_company_counts_its_own_contracts(self):
        """A sequence for each company is made with the company."""
        for company, prefix in ((self.company, "ROME"), (self.other_company, "OTHER")):
            sequence = self.env["ir.sequence"].search(
                [("code", "=", "service.contract"), ("company_id", "=", company.id)]
            )
            self.assertEqual(len(sequence), 1)
            # Numbers that other tests have drawn are not rolled back.
            sequence.write({"prefix": f"{prefix}/", "padding": 3, "number_next": 1})
        names = [self.make_contract(confirm=False).name for _number in range(2)]
        self.assertEqual(names, ["ROME/001", "ROME/002"])
        other = self.make_contract(
            confirm=False, user=self.user_other, company_id=self.other_company.id
        )
        self.assertEqual(other.name, "OTHER/001")

    def test_a_company_without_a_sequence_says_what_to_do(self):
        self.env["ir.sequence"].search([("code", "=", "service.contract")]).unlink()
        with self.assertRaisesRegex(UserError, "There is no sequence"):
            self.make_contract(confirm=False)

    @mute_logger("odoo.sql_db")
    def test_number_is_unique_in_the_company(self):
        contract = self.make_in_state("draft")
        with self.assertRaisesRegex(Exception, "service_contract_name_uniq"):
            self.make_contract(confirm=False, name=contract.name)
            self.env.flush_all()

    def test_copy_is_a_new_draft_from_today(self):
        original = self.make_contract(
            date_start=date(2024, 3, 1), date_end=date(2025, 2, 28)
        )
        original.line_ids.action_cancel_line("2025-02-01", "Sold the oven")
        copy = original.copy()
        self.assertEqual(copy.state, "draft")
        self.assertNotEqual(copy.name, original.name)
        self.assertEqual(copy.date_start, TODAY)
        self.assertEqual(copy.date_end, TODAY + timedelta(days=364))
        self.assertFalse(copy.date_cancelled or copy.confirmed_at)
        line = copy.line_ids
        self.assertEqual(line.date_start, TODAY)
        self.assertFalse(line.date_cancelled or line.cancel_reason or line.next_lot_at)
        self.assertEqual(line.price_unit, original.line_ids.price_unit)
        self.assertEqual(line.coverage_quantity, 5)
        copy.action_confirm()
        self.assertEqual(copy.state, "active")

    def test_dates_are_in_order(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "service_contract_dates_order"),
        ):
            self.make_contract(date_end=date(2024, 12, 31))

    def test_line_lies_within_its_contract(self):
        for start in (date(2024, 12, 31), date(2026, 1, 1)):
            with self.subTest(start), self.assertRaises(ValidationError):
                self.make_contract([self.line_values(date_start=start)])

    def test_contract_of_a_branch(self):
        """A branch uses the template of its company and has its own contracts."""
        self.template_cases.company_id = self.company
        contract = self.make_contract(
            template_id=self.template_cases.id, company_id=self.branch.id
        )
        self.assertEqual(contract.company_id, self.branch)
        self.assertEqual(contract.line_ids.company_id, self.branch)
        self.assertEqual(contract.state, "active")

    def test_template_of_another_company_is_refused(self):
        self.template_cases.company_id = self.other_company
        with self.assertRaises(UserError):
            self.make_contract(template_id=self.template_cases.id, confirm=False)


@tagged("post_install", "-at_install")
class TestContractFromTemplate(ServiceContractCommon):
    """A contract is made from its template in one step and keeps its own terms."""

    def test_lines_are_copied(self):
        template = self.template_hours
        template.line_ids.write(
            {
                "billing_unit": "quarter",
                "exhaustion_policy": "warn",
                "rollover_policy": "capped",
                "rollover_cap": 2,
                "category_ids": [
                    Command.create({"name": "Ovens"}),
                ],
                "covered_product_ids": [Command.set(self.oven.ids)],
                "analytic_distribution": False,
            }
        )
        contract = self.make_contract(template_id=template.id)
        line, model = contract.line_ids, template.line_ids
        for name in model._get_terms_fields():
            with self.subTest(name):
                self.assertEqual(line[name], model[name])
        self.assertEqual(line.covered_item_ids.product_id, self.oven)

    def test_later_changes_of_the_template_do_not_touch_contracts(self):
        contract = self.make_contract(template_id=self.template_cases.id)
        self.template_cases.line_ids.write({"price_unit": 1, "coverage_quantity": 1})
        self.assertEqual(contract.line_ids.price_unit, 100)
        self.assertEqual(contract.line_ids.coverage_quantity, 5)

    def test_analytic_distribution_is_copied(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        account = self.env["account.analytic.account"].create(
            {"name": "Kitchens", "plan_id": plan.id, "company_id": False}
        )
        distribution = {str(account.id): 100.0}
        self.template_cases.line_ids.analytic_distribution = distribution
        contract = self.make_contract(template_id=self.template_cases.id)
        self.assertEqual(contract.line_ids.analytic_distribution, distribution)

    def test_term_of_the_template(self):
        for unit, interval, end in (
            ("month", 6, date(2025, 6, 30)),
            ("year", 2, date(2026, 12, 31)),
            ("open", 1, False),
        ):
            with self.subTest(unit):
                self.template_cases.write(
                    {"term_unit": unit, "term_interval": interval}
                )
                contract = (
                    self.env["service.contract"]
                    .with_user(self.user_contract)
                    .create(
                        {
                            "partner_id": self.customer.id,
                            "template_id": self.template_cases.id,
                            "date_start": date(2025, 1, 1),
                        }
                    )
                )
                self.assertEqual(contract.date_end, end)

    def pricelist(self, price):
        return self.env["product.pricelist"].create(
            {
                "name": "Friends",
                "currency_id": self.eur.id,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "0_product_variant",
                            "product_id": self.product.id,
                            "compute_price": "fixed",
                            "fixed_price": price,
                        }
                    )
                ],
            }
        )

    def test_template_price_wins_over_the_pricelist(self):
        contract = self.make_contract(
            confirm=False,
            template_id=self.template_cases.id,
            pricelist_id=self.pricelist(33).id,
        )
        self.assertEqual(contract.line_ids.price_unit, 100)
        contract.line_ids.quantity = 3
        self.assertEqual(contract.line_ids.price_unit, 100)
        contract.pricelist_id = self.pricelist(44)
        self.assertEqual(contract.line_ids.price_unit, 100)

    def test_pricelist_price_where_the_template_says_so(self):
        self.template_cases.line_ids.use_pricelist = True
        contract = self.make_contract(
            confirm=False,
            template_id=self.template_cases.id,
            pricelist_id=self.pricelist(33).id,
        )
        self.assertEqual(contract.line_ids.price_unit, 33)
        contract.pricelist_id = self.pricelist(44)
        self.assertEqual(contract.line_ids.price_unit, 44)

    def test_form_keeps_the_template_price_in_any_order(self):
        """And the terms that the form does not show."""
        self.customer.with_company(
            self.company
        ).property_product_pricelist = self.pricelist(33)
        self.template_cases.line_ids.write(
            {
                "draw_moment": "resolve",
                "exhaustion_policy": "warn",
                "rollover_policy": "all",
                "proration": "whole",
            }
        )
        contracts = self.env["service.contract"].with_user(self.user_contract)
        for names in (("template_id", "partner_id"), ("partner_id", "template_id")):
            values = {
                "template_id": self.template_cases,
                "partner_id": self.customer,
            }
            with self.subTest(first=names[0]):
                form = Form(contracts)
                for name in names:
                    form[name] = values[name]
                form.date_start = date(2025, 1, 1)
                contract = form.save()
                self.assertEqual(len(contract.line_ids), 1)
                line, model = contract.line_ids, self.template_cases.line_ids
                for name in model._get_terms_fields():
                    self.assertEqual(line[name], model[name], name)

    def test_line_of_a_template_line_takes_the_terms_that_are_left_out(self):
        model = self.template_cases.line_ids
        model.write({"draw_moment": "resolve", "exhaustion_policy": "negative"})
        contract = self.make_contract(
            [
                {
                    "template_line_id": model.id,
                    "product_id": self.product.id,
                    "quantity": 2,
                }
            ]
        )
        line = contract.line_ids
        self.assertEqual(line.quantity, 2)
        self.assertEqual(line.draw_moment, "resolve")
        self.assertEqual(line.exhaustion_policy, "negative")
        self.assertEqual(line.coverage_quantity, 5)
