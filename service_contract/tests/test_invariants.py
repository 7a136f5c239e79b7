# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..hooks import APPEND_ONLY_TABLES
from ..invariants import INVARIANTS
from .common_billing import BillingCommon

# Breaks one row each, behind the back of the triggers. ``%s`` is the id of the
# record of that kind: usage, charge, entry or counter of the draw.
BREAKS = {
    "timer_is_its_time": (
        "UPDATE service_sla_timer SET off_s = off_s + 1 WHERE id = %(timer)s"
    ),
    "verdict_is_its_time": (
        "UPDATE service_sla_timer SET state = 'missed' WHERE id = %(timer)s"
    ),
    "pause_is_a_fact": "DELETE FROM service_sla_pause WHERE ticket_id = %(paused)s",
    "ticket_shows_its_timers": (
        "UPDATE helpdesk_ticket SET sla_due_at = '2025-01-01' WHERE id = %(paused)s"
    ),
    "counter_is_ledger": (
        "UPDATE service_coverage_counter"
        " SET drawn = drawn - 1, remaining = remaining + 1 WHERE id = %(counter)s"
    ),
    "reserved_is_planned": (
        "UPDATE service_coverage_reservation SET state = 'released', reserved = 0"
        " WHERE id = %(plan)s"
    ),
    "quota_is_kept": (
        "INSERT INTO service_coverage_quota (contract_line_id, contract_id, partner_id,"
        " kind, percent, since_entry) SELECT usage.contract_line_id, usage.contract_id,"
        " usage.partner_id, 'share', 1, 0 FROM service_usage AS usage"
        " WHERE usage.id = %(usage)s"
    ),
    "reservation_is_ledger": (
        "UPDATE service_coverage_reservation SET reserved = 0 WHERE id = %(plan)s"
    ),
    "draw_is_charged": (
        "UPDATE service_charge SET entry_id = NULL WHERE id = %(charge)s"
    ),
    "usage_is_charged": "UPDATE service_charge SET quantity = 2 WHERE id = %(charge)s",
    "live_charge_is_on_line": (
        "UPDATE service_charge SET contract_line_id = %(other_line)s"
        " WHERE id = %(charge)s"
    ),
    "reversed_charge_has_reversal": (
        "UPDATE service_charge SET is_reversed = TRUE WHERE id = %(charge)s"
    ),
    "reversed_entry_is_returned": (
        "UPDATE service_coverage_entry SET kind = 'reverse' WHERE id = %(entry)s"
    ),
    "ledgers_are_guarded": (
        "ALTER TABLE service_charge DISABLE TRIGGER service_charge_append_only"
    ),
    "event_is_recorded_once": (
        "DROP INDEX service_usage_key_uniq; UPDATE service_usage"
        " SET external_key = 'same', source = 'api' WHERE id IN %(usages)s"
    ),
    "source_counts_once": (
        "UPDATE service_usage SET ticket_id = %(ticket)s WHERE id IN %(usages)s"
    ),
    "period_is_billed_once": (
        "DROP INDEX service_billing_period_billed_once;"
        "ALTER TABLE service_billing_period"
        " DROP CONSTRAINT IF EXISTS service_billing_period_overlap;"
        "INSERT INTO service_billing_period"
        " (contract_line_id, contract_id, kind, period_no, date_from, date_to, state)"
        " SELECT contract_line_id, contract_id, kind, period_no, date_from, date_to,"
        " state FROM service_billing_period WHERE id = %(period)s"
    ),
    "period_is_on_one_invoice": (
        "UPDATE account_move SET state = 'cancel' WHERE id = %(move)s"
    ),
    "billable_charge_is_on_one_invoice": (
        "UPDATE service_charge SET invoice_line_id = NULL WHERE id = %(billed)s"
    ),
    "approved_credit_is_charged": (
        "INSERT INTO service_sla_credit (contract_line_id, metric, breached_at,"
        " period_from, amount, decision, charge_id)"
        " SELECT contract_line_id, 'restore', event_at, event_at::date, 5, 'approved',"
        " id FROM service_charge WHERE id = %(charge)s"
    ),
    "waived_charge_says_why": (
        "UPDATE service_charge SET kind = 'courtesy', billing_state = 'no'"
        " WHERE id = %(charge)s"
    ),
    "extra_work_is_agreed": (
        """UPDATE service_charge SET explanation = '[{"code": "excluded_task"}]'"""
        " WHERE id = %(billed)s"
    ),
    "decision_is_on_record": (
        "INSERT INTO service_approval (contract_line_id, requested_by_id, name, kind,"
        " asked, state, requested_at, valid_until)"
        " SELECT contract_line_id, 1, 'x', 'scope', 'bill', 'approved', event_at,"
        " event_at FROM service_charge WHERE id = %(charge)s"
    ),
    "courtesy_is_one_lot": (
        "INSERT INTO service_courtesy (contract_id, contract_line_id, reason_id, note,"
        " unit, date_from, granted_at)"
        " SELECT contract_id, id, (SELECT MIN(id) FROM service_courtesy_reason), 'Why',"
        " 'minor', '2025-01-01', '2025-01-01' FROM service_contract_line"
        " WHERE id = %(other_line)s"
    ),
    "given_charge_is_shown_for_nothing": (
        "UPDATE service_charge SET kind = 'courtesy',"
        " courtesy_invoice_line_id = invoice_line_id WHERE id = %(billed)s"
    ),
    "period_is_its_lines": (
        "UPDATE account_move_line SET price_subtotal = price_subtotal - 0.01"
        " WHERE service_billing_period_id = %(recurring)s"
    ),
    "period_is_within_price": (
        "UPDATE service_billing_period SET amount = amount + 0.01"
        " WHERE id = %(recurring)s"
    ),
    "split_period_is_within_price": (
        "UPDATE service_billing_period SET amount = amount + 0.02 WHERE id = %(part)s"
    ),
    "preview_is_billed": (
        "UPDATE service_billing_run_line SET amount = amount + 0.01"
        " WHERE id = %(preview)s"
    ),
    "no_overdraw": (
        "ALTER TABLE service_coverage_counter"
        " DROP CONSTRAINT service_coverage_counter_no_overdraw;"
        "UPDATE service_coverage_counter"
        " SET drawn = 9, remaining = granted - 9 WHERE id = %(counter)s"
    ),
}


@tagged("post_install", "-at_install")
class TestInvariants(BillingCommon):
    """The checks find nothing in good books, and each finds what it is there for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_contract(
            [cls.line_values("cases", 2), cls.line_values("hours", 1)]
        )
        cls.tickets = cls.make_ticket() | cls.make_ticket() | cls.make_ticket()
        cls.split = cls.make_split_contract()
        cls.previewed_run = cls.env["service.billing.run"].create(
            {"company_id": cls.company.id, "date": date(2025, 2, 1)}
        )
        cls.previewed_run.action_preview()
        cls.previewed_run._process()
        cls.paused = cls.make_paused_ticket()
        visits = cls.make_contract([cls.line_values("visits", 2)]).line_ids
        cls.plan = cls.env["service.coverage.reservation"].create(
            {"contract_line_id": visits.id, "planned_at": "2025-01-20 09:00:00"}
        )

    @classmethod
    def make_paused_ticket(cls):
        """Make a ticket whose clock stood still for an hour."""
        cls.env["service.sla.policy"].create(
            {
                "name": "Default",
                "company_id": cls.company.id,
                "is_default": True,
                "calendar_id": False,
                "target_ids": [Command.create({"metric": "restore", "amount": 8})],
            }
        )
        ticket = cls.make_ticket()
        reason = cls.env["service.sla.pause.reason"].create({"name": "A part"})
        cls.at(ticket, "2025-01-15 10:00:00")._pause_sla(reason)
        cls.at(ticket, "2025-01-15 11:00:00").action_resume_sla()
        return ticket

    @classmethod
    def make_split_contract(cls):
        """Make a contract whose line is replaced within a month of the calendar."""
        values = cls.line_values(price_unit=99.99, billing_alignment="calendar")
        contract = cls.make_contract([{**values, "billing_timing": "arrears"}])
        line = contract.line_ids
        line.action_cancel_line(date(2025, 1, 16), "Replaced")
        contract.line_ids.create(
            {
                **values,
                "billing_timing": "arrears",
                "contract_id": contract.id,
                "date_start": date(2025, 1, 16),
            }
        )
        return contract

    def test_good_books_have_no_offenders(self):
        self.assertEqual(self.contract.sudo()._check_invariants(), {})

    def test_parts_of_a_split_period_sum_to_its_price(self):
        parts = self.billed(self.split)
        self.assertEqual(
            [part[:2] for part in parts],
            [
                (date(2025, 1, 1), date(2025, 1, 16)),
                (date(2025, 1, 16), date(2025, 2, 1)),
            ],
        )
        self.assertAlmostEqual(sum(part[2] for part in parts), 99.99)

    def test_a_change_after_the_preview_is_marked(self):
        run = self.env["service.billing.run"].create(
            {"company_id": self.company.id, "date": date(2025, 3, 1)}
        )
        run.action_preview()
        self.contract.action_cancel(date(2025, 2, 10), "Moved away")
        self.use_cases(self.split, 9, "2025-02-10", self.split.line_ids[-1])
        run._process()
        self.assertEqual(run.state, "done")
        changed = run.line_ids.filtered("is_changed").contract_id
        self.assertEqual(changed, self.split)
        self.assertEqual(self.contract.sudo()._check_invariants(), {})

    def test_manager_checks_the_books(self):
        contracts = self.env["service.contract"].with_user(self.user_manager)
        params = contracts.action_check_books()["params"]
        self.assertEqual(params["type"], "success")
        self.assertIn(f"{len(INVARIANTS)} rules", params["message"])
        self.env.flush_all()
        self.env.cr.execute("DROP TRIGGER service_charge_append_only ON service_charge")
        params = contracts.action_check_books()["params"]
        self.assertEqual(params["type"], "danger")
        self.assertIn("refuses changes of the ledgers", params["message"])
        with self.assertRaises(AccessError):
            contracts.with_user(self.user_billing).action_check_books()

    def test_every_invariant_has_words(self):
        labels = {self.env._(invariant.label) for invariant in INVARIANTS}
        self.assertEqual(len(labels), len(INVARIANTS))
        self.assertNotIn("", labels)

    def test_every_invariant_is_broken_by_one_test(self):
        self.assertLessEqual({i.code for i in INVARIANTS}, BREAKS.keys())

    def test_each_broken_row_is_found(self):
        usages = self.tickets.sudo().service_usage_ids.sorted("id")
        usage = usages[0]
        billed = usages[2].charge_ids
        self.assertEqual(billed.billing_state, "invoiced")
        charge = usage.charge_ids
        ids = {
            "usages": tuple(usages.ids),
            "usage": usage.id,
            "charge": charge.id,
            "entry": charge.entry_id.id,
            "counter": charge.counter_id.id,
            "other_line": (self.contract.line_ids - charge.contract_line_id).id,
            "ticket": usage.ticket_id.id,
            "billed": billed.id,
            "move": billed.invoice_line_id.move_id.id,
            "period": billed.invoice_line_id.service_billing_period_id.id,
            "recurring": self.contract.sudo()
            .billing_period_ids.filtered(lambda period: period.kind == "recurring")[0]
            .id,
            "part": self.split.sudo().billing_period_ids.sorted("id")[0].id,
            "timer": self.paused.sudo().sla_timer_ids[0].id,
            "paused": self.paused.id,
            "plan": self.plan.id,
            "preview": self.previewed_run.line_ids[0].id,
        }
        self.env.flush_all()
        for code, query in BREAKS.items():
            with self.subTest(code), self.env.cr.savepoint() as savepoint:
                for table in APPEND_ONLY_TABLES:
                    self.env.cr.execute(
                        SQL(
                            "ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)
                        )
                    )
                self.env.cr.execute(query, ids)
                self.assertIn(code, self.contract.sudo()._check_invariants())
                savepoint.rollback()
