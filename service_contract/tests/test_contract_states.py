# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY

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
from .common_states import ContractStatesCommon


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
