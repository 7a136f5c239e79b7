# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import io

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader

from .common_billing import BillingCommon
from .common_courtesy import CourtesyCommon
from .portal_common import PortalCommon

REPORT = "service_contract.account_move_proof_report"


@tagged("post_install", "-at_install")
class TestAccountMoveProof(CourtesyCommon, BillingCommon):
    """The page behind an invoice: each line with its work."""

    def proof(self, move):
        """Return the sections of an invoice as an accountant reads them."""
        report = self.env["report.service_contract.account_move_proof"]
        report = report.with_user(self.user_billing)
        return report._get_report_values(move.ids)["proofs"][move.id]

    def outcomes(self, section):
        return [
            (row["quantity"], row["kind"], row["amount"]) for row in section["rows"]
        ]

    def make_billed(self, count=3, **values):
        """Bill two cases of a month in arrears, and what is used beyond them."""
        values = {"overage_price": 60, "billing_timing": "arrears", **values}
        contract = self.make_contract([self.line_values("cases", 2, **values)])
        self.use_cases(contract, count, "2025-01-10")
        self.bill("2025-02-01")
        return contract

    def test_overage_sums_to_its_line_and_a_fee_shows_what_it_paid_for(self):
        contract = self.make_billed(4)
        (move,) = self.invoices_of(contract)
        fee, overage = self.proof(move)
        self.assertEqual(fee["contract"], contract.name)
        self.assertIn("2 cases each month", fee["promise"])
        self.assertEqual(self.outcomes(fee), [("1 case", "covered", "")] * 2)
        self.assertEqual(
            [row[:2] for row in self.outcomes(overage)], [("1 case", "billable")] * 2
        )
        lines = move.invoice_line_ids.filtered("service_charge_ids")
        self.assertEqual(sum(lines.service_charge_ids.mapped("amount")), 120)
        self.assertIn("120.00", overage["total"])

    def test_day_of_the_contract_decides_whose_period_it_is(self):
        """23:30 UTC on 31 January is February in Rome, and still January in Lisbon."""
        for tz, count in (("Europe/Rome", 0), ("Europe/Lisbon", 1)):
            contract = self.make_contract(
                [self.line_values("cases", 5, billing_timing="arrears")], tz=tz
            )
            usage = self.use_cases(contract, 1, "2025-01-31")
            self.assertTrue(usage)
            late = self.env["service.usage"]._capture(
                [
                    {
                        "company_id": contract.company_id.id,
                        "source": "manual",
                        "external_key": f"late {tz}",
                        "unit": "case",
                        "quantity": 1,
                        "event_at": "2025-01-31 23:30:00",
                        "contract_line_id": contract.line_ids.id,
                    }
                ]
            )
            self.assertEqual(late.charge_ids.kind, "covered")
            self.bill("2025-02-01")
            (fee,) = self.proof(self.invoices_of(contract)[:1])
            self.assertEqual(len(fee["rows"]), 1 + count, tz)

    def test_courtesy_is_behind_the_line_that_shows_it(self):
        line = self.make_line(billing_timing="arrears")
        line.contract_id.show_courtesy = True
        self.use(line, exempt_reason="Our own fault")
        self.bill("2025-02-01")
        sections = self.proof(self.invoices_of(line.contract_id)[:1])
        given = [self.outcomes(section) for section in sections if section["rows"]]
        self.assertEqual(given, [[("1 case", "courtesy", "")]])

    def test_what_was_corrected_is_not_shown(self):
        contract = self.make_contract(
            [self.line_values("cases", 2, billing_timing="arrears")]
        )
        usage = self.use_cases(contract, 1, "2025-01-10")
        usage.write({"is_void": True, "state": "pending"})
        usage._settle()
        self.bill("2025-02-01")
        (fee,) = self.proof(self.invoices_of(contract))
        self.assertFalse(fee["rows"])

    def test_invoice_without_contracts_says_so(self):
        move = self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.customer.id}
        )
        self.assertEqual(self.proof(move), [])
        html = self.env["ir.actions.report"]._render_qweb_html(REPORT, move.ids)[0]
        self.assertIn(b"bills no service contract", html)

    def test_who_may_not_read_the_invoice_gets_nothing(self):
        move = self.invoices_of(self.make_billed())
        report = self.env["report.service_contract.account_move_proof"]
        with self.assertRaises(AccessError):
            report.with_user(self.user_agent)._get_report_values(move.ids)

    def test_queries_do_not_grow_with_invoices_or_work(self):
        moves = self.env["account.move"]
        for count in (1, 5, 20):
            moves |= self.invoices_of(self.make_billed(count))
        counts = []
        for of_some in (moves, moves[:1], moves):  # the first fills caches
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["report.service_contract.account_move_proof"]._get_report_values(
                of_some.ids
            )
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_pdf_tells_the_work(self):
        """By the real wkhtmltopdf."""
        contract = self.make_billed(4)
        (move,) = self.invoices_of(contract)
        move.action_post()
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        # No server is up that it could get the style sheets from.
        with mute_logger("odoo.addons.base.models.ir_actions_report"):
            content, kind = report._render_qweb_pdf(REPORT, move.ids)
        self.assertEqual(kind, "pdf")
        pages = PdfFileReader(io.BytesIO(content)).pages
        text = " ".join(" ".join(page.extract_text().split()) for page in pages)
        for expected in (
            "Proof of Services",
            move.name,
            contract.name,
            "Covered",
            "Billed",
            "120.00",
        ):
            self.assertIn(expected, text)


@tagged("post_install", "-at_install")
class TestPortalProof(PortalCommon):
    """Customers get the proof of the invoices that they may read."""

    def test_who_reads_the_invoice_gets_its_proof(self):
        url = f"/my/contracts/proof/{self.invoice.id}"
        self.log_in(self.portal_owner)
        self.assertIn(url, self.get(self.contract.access_url).text)
        response = self.get(url)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        self.assertIn("One month", response.text)
        self.assertNotIn("secret-timesheet", response.text)
        token = self.invoice._portal_ensure_token()
        self.log_in(None)
        self.assertEqual(self.get(f"{url}?access_token={token}").status_code, 200)
        self.assertEqual(self.get(url).status_code, 303)

    def test_strangers_and_drafts_get_nothing(self):
        draft = self.make_invoice(self.contract, post=False)
        for user, invoice in (
            (self.portal_stranger, self.invoice),
            (self.portal_owner, self.foreign_invoice),
            (self.portal_owner, draft),
        ):
            self.log_in(user)
            response = self.get(f"/my/contracts/proof/{invoice.id}")
            self.assert_redirects(response, "/my/contracts")
