# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date

from psycopg2 import errors

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_billing import BillingCommon
from .common_courtesy import HOUR, CourtesyCommon


@tagged("post_install", "-at_install")
class TestCourtesyInvoice(CourtesyCommon, BillingCommon):
    """What was given away is on the invoice for nothing, if the contract says so."""

    def make_line(self, coverage="cases", quantity=0, show=True, **values):
        line = super().make_line(coverage, quantity, **values)
        line.contract_id.show_courtesy = show
        return line

    def give(self, line, quantity=1, unit="case", day="2025-01-10"):
        """Deliver something that draws nothing, with a reason."""
        usage = self.use(line, quantity, unit, day, exempt_reason="Sorry")
        return self.standing(usage)

    def shown(self, line):
        """Return the invoice lines that show courtesies, in order."""
        return self.lines_of(line.contract_id).filtered("service_courtesy_ids")

    def test_zero_line_beside_the_price(self):
        line = self.make_line()
        charges = self.give(line) | self.give(line, day="2025-01-11")
        self.bill("2025-02-01")
        shown = self.shown(line)
        self.assertRecordValues(
            shown,
            [
                {
                    "quantity": 2,
                    "price_unit": 0,
                    "price_subtotal": 0,
                    "service_contract_line_id": line.id,
                    "service_period_start": date(2025, 1, 1),
                    "service_period_end": date(2025, 1, 31),
                    "product_id": self.product_overage.id,
                }
            ],
        )
        self.assertRegex(
            shown.name, r"^Line of 0 cases: 2 cases as a courtesy, worth .*120\.00"
        )
        self.assertEqual(charges.courtesy_invoice_line_id, shown)
        self.assertEqual(set(charges.mapped("billing_state")), {"no"})
        # January was billed before, February is beside it.
        self.assertEqual(shown.move_id.amount_untaxed, 200)
        self.assertEqual(
            self.billed(line.contract_id, "courtesy"),
            [(date(2025, 1, 1), date(2025, 2, 1), 0)],
        )

    def test_each_charge_is_shown_once(self):
        line = self.make_line()
        self.give(line)
        self.bill("2025-02-01")
        self.bill("2025-03-01")
        self.assertEqual(len(self.shown(line)), 1)
        late = self.give(line, day="2025-01-20")
        self.bill("2025-04-01")
        self.assertEqual(len(self.shown(line)), 2)
        self.assertEqual(late.courtesy_invoice_line_id, self.shown(line)[1])
        numbers = line.sudo().billing_period_ids.filtered(
            lambda period: period.kind == "courtesy"
        )
        self.assertEqual(sorted(numbers.mapped("period_no")), [1, 2])

    def test_contract_that_does_not_say_so_shows_nothing(self):
        line = self.make_line(show=False)
        self.give(line)
        self.bill("2025-02-01")
        self.assertFalse(self.shown(line))

    def test_month_that_is_not_over_is_not_shown(self):
        line = self.make_line()
        self.give(line, day="2025-01-10")
        self.bill("2025-01-15")
        self.assertTrue(self.invoices_of(line.contract_id))
        self.assertFalse(self.shown(line))

    def test_nothing_to_pay_makes_no_invoice(self):
        line = self.make_line(billing_unit="never")
        charge = self.give(line)
        self.bill("2025-02-01")
        self.assertFalse(self.invoices_of(line.contract_id))
        self.use_cases(line.contract_id, 1, "2025-02-10", line)
        self.bill("2025-03-01")
        self.assertEqual(charge.courtesy_invoice_line_id, self.shown(line))

    def test_units_and_periods_have_lines_of_their_own(self):
        line = self.make_line("amount", 0)
        self.give(line, 90 * 60, "second")
        self.give(line, 2500, "minor")
        self.give(line, HOUR, "second", day="2025-02-10")
        self.bill("2025-03-01")
        shown = self.shown(line)
        self.assertEqual(
            [(row.quantity, row.price_subtotal) for row in shown],
            [(1.5, 0), (1, 0), (1, 0)],
        )
        self.assertIn("1:30 h", shown[0].name)
        self.assertRegex(shown[1].name, r"25\.00")

    def test_cancelled_invoice_frees_it(self):
        line = self.make_line()
        charge = self.give(line)
        self.bill("2025-02-01")
        self.shown(line).move_id.button_cancel()
        self.assertFalse(charge.courtesy_invoice_line_id)
        self.bill("2025-02-02")
        self.assertEqual(len(self.shown(line)), 1)
        self.assertEqual(charge.courtesy_invoice_line_id.move_id.state, "draft")

    def test_removed_line_frees_it(self):
        line = self.make_line()
        charge = self.give(line)
        self.bill("2025-02-01")
        self.shown(line).unlink()
        self.assertFalse(charge.courtesy_invoice_line_id)
        self.bill("2025-03-01")
        self.assertTrue(charge.courtesy_invoice_line_id)

    def test_posted_in_bulk_as_well_as_one_by_one(self):
        for plain in (False, True):
            with self.subTest(plain=plain):
                self.env["ir.config_parameter"].set_param(
                    "service_contract.plain_invoices", plain
                )
                line = self.make_line(invoice_posting="post")
                charge = self.give(line)
                self.bill("2025-02-01")
                self.assertEqual(charge.courtesy_invoice_line_id, self.shown(line))
                self.assertEqual(self.shown(line).parent_state, "posted")

    def test_preview_is_the_run(self):
        line = self.make_line()
        self.give(line)
        contract = line.contract_id
        plan = contract.sudo()._plan_billing(date(2025, 2, 1))[0]
        rows = [row for period in plan.periods for row in period.lines]
        run = self.at(
            self.env["service.billing.run"].with_user(self.user_billing),
            "2025-02-01 12:00:00",
        ).create({"company_id": self.company.id, "date": "2025-02-01"})
        run.action_preview()
        preview = run.line_ids.filtered(lambda row: row.contract_id == contract)
        run._process()
        self.assertFalse(preview.is_changed)
        made = self.lines_of(contract)
        self.assertEqual(
            [(row.label, row.quantity, row.price_unit) for row in rows],
            [(row.name, row.quantity, row.price_unit) for row in made],
        )
        self.assertEqual(preview.invoice_lines_count, len(made))

    def test_withdrawn_work_is_not_shown(self):
        line = self.make_line()
        charge = self.give(line)
        charge.usage_id._redirect(None)
        charge.usage_id._settle_or_defer()
        self.bill("2025-02-01")
        self.assertFalse(self.shown(line))

    def test_credit_and_overage_on_one_invoice(self):
        line = self.make_line()
        self.make_courtesy(line, 60)
        self.use_cases(line.contract_id, 2, "2025-01-10", line)
        self.bill("2025-02-01")
        move = self.shown(line).move_id
        self.assertEqual(move.amount_untaxed, 260)
        self.assertRegex(self.shown(line).name, r"1 case as a courtesy, worth .*60\.00")

    def test_term_comes_from_the_template(self):
        self.template_cases.show_courtesy = True
        contract = self.make_contract(template_id=self.template_cases.id)
        self.assertTrue(contract.show_courtesy)

    def test_billed_charge_is_no_courtesy(self):
        line = self.make_line()
        usage = self.use(line)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.CheckViolation),
            self.cr.savepoint(),
        ):
            self.standing(usage).sudo().courtesy_invoice_line_id = 1
            self.env.flush_all()

    def test_invoiced_overage_is_not_waived(self):
        line = self.make_line()
        usage = self.use(line)
        self.bill("2025-02-01")
        with self.assertRaises(UserError):
            self.standing(usage).with_user(self.user_billing).action_waive("Sorry")

    def test_queries_do_not_grow(self):
        counts = []
        for number in (1, 30):
            lines = [self.make_line() for _contract in range(3)]
            for line in lines:
                for _usage in range(number):
                    self.give(line)
            contracts = self.env["service.contract"].browse(
                line.contract_id.id for line in lines
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            contracts.sudo()._plan_billing(date(2025, 2, 1))
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
