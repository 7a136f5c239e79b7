# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_drawdown import HOUR, DrawdownCommon


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
