# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime

from psycopg2 import errors

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_courtesy import HOUR
from .common_giveaway import GiveawayCommon


@tagged("post_install", "-at_install")
class TestGiveawayFind(GiveawayCommon):
    """Each kind is found, and what is covered, billed or on record is not."""

    def assertFound(self, kind, source, **values):
        """Look, and check the finding of a source."""
        self.look()
        found = self.found(kind, res_id=source.id)
        self.assertRecordValues(
            found, [{"state": "open", "res_model": source._name, **values}]
        )
        return found

    def assertNotFound(self, kind, source):
        self.look()
        self.assertFalse(self.found(kind, res_id=source.id))

    # === TIME === #

    def test_time_of_a_customer_without_a_contract(self):
        time = self.work()
        self.assertFound(
            "time",
            time,
            partner_id=self.stranger.id,
            contract_line_id=False,
            hours=2,
            quantity=2 * HOUR,
            value=100,
            team_id=self.team.id,
            user_id=self.user_agent.id,
            ticket_id=time.ticket_id.id,
            description="Worked on it",
        )

    def test_time_that_no_line_took_is_worth_its_price(self):
        line = self.make_line("hours", category_ids=False)
        time = self.work(partner=self.contact)
        self.assertTrue(time.service_usage_ids)
        self.assertNotFound("time", time)
        time.ticket_id.service_contract_line_id = False
        self.assertFound("time", time, contract_line_id=line.id, value=120)

    def test_time_on_a_cancelled_ticket(self):
        self.make_line("hours")
        time = self.work(partner=self.contact)
        time.ticket_id.stage_id = self.stage_cancelled
        self.assertFound("time", time, value=120)

    def test_time_on_a_project_of_a_customer_with_a_contract(self):
        line = self.make_line("hours")
        project = self.env["project.project"].create(
            {
                "name": "Roll-out",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "allow_timesheets": True,
            }
        )
        times = self.env["account.analytic.line"].create(
            [
                {
                    "name": "Planning",
                    "project_id": project.id,
                    "unit_amount": 1,
                    "date": day,
                    "employee_id": self.user_agent.employee_id.id,
                }
                for day in ("2025-01-09", "2024-12-20")
            ]
        )
        self.assertFound(
            "time", times[0], contract_line_id=line.id, team_id=self.team.id
        )
        # There was no contract in December.
        self.assertNotFound("time", times[1])

    def test_customer_with_whom_a_contract_is_shared(self):
        """His own contract would come first, as for his tickets."""
        sister = self.env["res.partner"].create({"name": "Alba", "is_company": True})
        share = {"beneficiary_ids": [Command.set(sister.ids)]}
        line = self.make_line("hours", **share)
        time = self.work(partner=sister)
        time.ticket_id.service_contract_line_id = False
        planning = self.plan(sister)
        sold = self.sell(partner=sister)
        values = {"contract_line_id": line.id, "partner_id": sister.id}
        self.assertFound("time", time, **values)
        self.assertFound("time", planning, **values)
        self.assertFound("sale_line", sold, **values)
        own = self.make_line("hours", partner_id=sister.id)
        self.assertFound(
            "sale_line", self.sell(partner=sister), contract_line_id=own.id
        )

    def test_time_that_is_nobodys_business(self):
        internal = self.env["account.analytic.line"].create(
            {
                "name": "Meeting",
                "project_id": self.project.id,
                "unit_amount": 1,
                "date": "2025-01-10",
                "employee_id": self.user_agent.employee_id.id,
            }
        )
        self.assertNotFound("time", internal)
        own = self.work(partner=self.company.partner_id)
        self.assertNotFound("time", own)

    def test_time_that_somebody_exempted(self):
        time = self.work()
        time.ticket_id.write({"no_decrement": True, "no_decrement_reason": "A test"})
        self.assertNotFound("time", time)

    def test_time_of_long_ago(self):
        time = self.work_long_ago()
        self.assertNotFound("time", time)
        self.company.service_giveaway_days = 90
        self.look()
        self.assertTrue(self.found("time", res_id=time.id))

    def work_long_ago(self, recorded="2024-11-02"):
        """Time of a day that is not looked at any more; return the timesheet."""
        time = self.log_time(self.make_ticket(self.stranger), 1, "2024-11-01")
        self.env.flush_all()
        self.cr.execute(
            "UPDATE account_analytic_line SET create_date = %s WHERE id = %s",
            (recorded, time.id),
        )
        return time

    def test_time_of_long_ago_that_was_recorded_lately(self):
        self.assertFound("time", self.work_long_ago("2025-01-14"), value=50)

    # === NOTES === #

    def test_answer_without_anything(self):
        ticket = self.answer(partner=self.stranger)
        self.assertFound("silent", ticket, hours=0.25, value=12.5)

    def test_note_without_anything(self):
        self.assertFound("silent", self.answer(note=True, partner=self.stranger))

    def test_answer_on_a_line_of_hours_without_time(self):
        line = self.make_line("hours", 10)
        ticket = self.answer()
        self.assertEqual(ticket.service_contract_line_id, line)
        self.assertFound("silent", ticket, contract_line_id=line.id, value=15)

    def test_answer_whose_case_counts(self):
        for coverage in ("cases", "unlimited"):
            with self.subTest(coverage):
                line = self.make_line(coverage, 5)
                self.assertNotFound("silent", self.answer())
                line.contract_id.action_cancel("2025-01-01", "Next")

    def test_answer_with_time(self):
        self.make_line("hours", 10)
        ticket = self.answer(close=False)
        self.log_time(ticket, 0.5)
        ticket.stage_id = self.stage_done
        self.assertNotFound("silent", ticket)

    def test_what_is_no_work(self):
        for label, ticket in (
            ("open", self.answer(partner=self.stranger, close=False)),
            ("nobody said anything", self.make_ticket(self.stranger)),
        ):
            if label != "open":
                ticket.stage_id = self.stage_done
            with self.subTest(label):
                self.assertNotFound("silent", ticket)

    # === CHARGES === #

    def test_what_nobody_decided_about(self):
        line = self.make_line(exhaustion_policy="warn")
        usage = self.use(line)
        self.assertNotFound("undecided", usage)
        self.company.service_undecided_days = 0
        self.assertFound(
            "undecided", usage, value=60, contract_line_id=line.id, quantity=1
        )

    def test_what_is_billed_at_a_price_of_0(self):
        card = self.env["service.rate.card"].create(
            {
                "name": "For Nothing",
                "company_id": self.company.id,
                "rule_ids": [Command.create({"price": 0})],
            }
        )
        line = self.make_line("hours", rate_card_id=card.id)
        usage = self.use(line, HOUR, "second")
        self.assertRecordValues(
            self.standing(usage), [{"kind": "billable", "amount": 0}]
        )
        self.assertFound("zero_price", usage, contract_line_id=line.id)
        # At the price of the line it is billed for something.
        self.assertNotFound("zero_price", self.use(self.make_line()))

    def test_what_has_no_price_waits_and_is_not_billed_at_0(self):
        usage = self.use(self.make_line(overage_price=0))
        self.assertEqual(self.standing(usage).kind, "to_approve")
        self.assertNotFound("zero_price", usage)

    def test_what_has_no_charge(self):
        line = self.make_line()
        usage = self.use(line)
        self.assertNotFound("uncharged", usage)
        self.standing(usage).sudo()._reverse()
        found = self.assertFound("uncharged", usage, value=60)
        usage._settle_again()
        self.look()
        self.assertEqual(found.state, "gone")

    # === PARTS === #

    def test_part_that_was_sold_at_0(self):
        line = self.make_line("hours")
        sold = self.sell()
        found = self.assertFound(
            "sale_line",
            sold,
            value=50,
            contract_line_id=line.id,
            product_id=self.part.id,
            partner_id=self.customer.id,
        )
        self.assertEqual(found.action_open_source()["res_id"], sold.order_id.id)

    def test_part_with_a_discount_of_100_percent(self):
        self.make_line("hours")
        self.assertFound("sale_line", self.sell(25, discount=100), value=50)

    def test_sales_that_are_no_giveaway(self):
        self.make_line("hours")
        gift = self.env["product.product"].create(
            {"name": "Pen", "type": "consu", "list_price": 0}
        )
        for label, line in (
            ("paid", self.sell(25)),
            ("of no worth", self.sell(product=gift)),
            ("no contract", self.sell(partner=self.stranger)),
        ):
            with self.subTest(label):
                self.assertNotFound("sale_line", line)

    def test_quotation_is_no_sale(self):
        self.make_line("hours")
        sold = self.sell()
        sold.order_id._action_cancel()
        self.assertNotFound("sale_line", sold)

    def test_part_that_was_invoiced_at_0(self):
        self.make_line("hours")
        self.assertFound("invoice_line", self.invoice(), value=50)

    def test_invoices_that_are_no_giveaway(self):
        line = self.make_line("hours")
        draft = self.invoice()
        draft.move_id.button_draft()
        free = self.invoice()
        free.service_contract_id = line.contract_id
        for label, row in (
            ("paid", self.invoice(25)),
            ("draft", draft),
            ("made by the contract", free),
            ("no contract", self.invoice(partner=self.stranger)),
        ):
            with self.subTest(label):
                self.assertNotFound("invoice_line", row)

    def test_what_was_sold_at_0_is_not_found_again_on_its_invoice(self):
        self.make_line("hours")
        sold = self.sell()
        invoiced = self.invoice(sale_line_ids=sold.ids)
        self.look()
        self.assertTrue(self.found("sale_line", res_id=sold.id))
        self.assertFalse(self.found("invoice_line", res_id=invoiced.id))

    # === THE LIST === #

    def test_nothing_is_found_twice(self):
        time = self.work()
        self.assertEqual(len(self.look()), 1)
        self.assertFalse(self.look())
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            self.found("time", res_id=time.id).copy()
            self.env.flush_all()

    def test_what_is_gone_closes_and_comes_back(self):
        time = self.work()
        found = self.assertFound("time", time)
        ticket = time.ticket_id
        ticket.write({"no_decrement": True, "no_decrement_reason": "A test"})
        self.assertFalse(self.look())
        self.assertEqual(found.state, "gone")
        ticket.write({"no_decrement": False})
        time.unit_amount = 3
        self.assertEqual(self.look(), found)
        self.assertRecordValues(found, [{"state": "open", "hours": 3, "value": 150}])

    def test_deleted_source_closes_it(self):
        time = self.work()
        found = self.assertFound("time", time)
        time.unlink()
        self.look()
        self.assertEqual(found.state, "gone")

    def test_look_now_and_the_scheduled_action(self):
        self.work()
        action = (
            self.env["service.giveaway"].with_user(self.user_contract).action_look_now()
        )
        self.assertIn("1 new", action["params"]["message"])
        self.work()
        self.env.flush_all()
        self.run_cron("service.giveaway", "_cron_look")
        self.assertEqual(len(self.found("time", company_id=self.company.id)), 2)

    def test_other_companies(self):
        ticket = self.make_ticket(
            self.stranger, user=self.user_other, company_id=self.other_company.id
        )
        project = self.env["project.project"].create(
            {
                "name": "Theirs",
                "company_id": self.other_company.id,
                "allow_timesheets": True,
            }
        )
        ticket.sudo().project_id = project
        self.env["account.analytic.line"].with_user(self.user_other).with_context(
            allowed_company_ids=None
        ).create(
            {
                "name": "Theirs",
                "ticket_id": ticket.id,
                "unit_amount": 1,
                "date": "2025-01-10",
                "employee_id": self.user_other.employee_id.id,
            }
        )
        self.assertFalse(self.look())
        found = self.look(self.other_company)
        self.assertEqual(found.company_id, self.other_company)
        self.assertEqual(found.currency_id, self.usd)
        seen = self.env["service.giveaway"].with_user(self.user_manager).search([])
        self.assertNotIn(found, seen)

    def test_queries_do_not_grow(self):
        self.company.service_undecided_days = 0
        uom = self.env.ref("uom.product_uom_dozen")
        counts = []
        for number in (2, 50):
            for source in range(number):
                customer = self.env["res.partner"].create({"name": f"C{source}"})
                line = self.make_line(
                    "hours", exhaustion_policy="warn", partner_id=customer.id
                )
                time = self.work(partner=customer)
                time.ticket_id.service_contract_line_id = line if source % 2 else False
                time.ticket_id.stage_id = self.stage_cancelled
                time.user_id = self.env["res.users"].browse(
                    self.user_agent.id if source % 2 else self.user_manager.id
                )
                self.use(line, HOUR, "second")
                product = self.part.copy({"name": f"P{source}"})
                self.sell(product=product, partner=customer, product_uom_id=uom.id)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            found = self.look()
            counts.append(self.cr.sql_log_count - before)
            self.assertEqual(len(found), 3 * number)
        # The first look also finds the main company, which is kept then.
        self.assertLessEqual(counts[1], counts[0])

    # === WEEKLY LIST === #

    def test_leaders_are_told_once_a_week(self):
        outbox = self.env["service.outbox"]
        self.work()
        self.look()
        giveaways = self.env["service.giveaway"]
        giveaways._queue_digests(self.company)
        mails = outbox.search([("purpose", "=", "giveaway")])
        self.assertFalse(mails)
        self.company.service_giveaway_digest = True
        for _again in range(2):
            giveaways._queue_digests(self.company)
        mails = outbox.search([("purpose", "=", "giveaway")])
        self.assertEqual(mails.partner_id, self.user_manager.partner_id)
        self.assertEqual(mails.period, "2025-W03")
        self.at(giveaways, datetime(2025, 1, 22))._queue_digests(self.company)
        self.assertEqual(outbox.search_count([("purpose", "=", "giveaway")]), 2)
        mails._send()
        self.assertEqual(mails.state, "sent")
        sent = self.env["mail.mail"].search(
            [("recipient_ids", "=", self.user_manager.partner_id.id)], limit=1
        )
        self.assertIn("Desk", sent.body_html)
        self.assertIn("Bar Boreale", sent.body_html)
        self.assertIn("100.00", sent.body_html)

    def test_somebody_is_told_of_the_rest(self):
        self.make_line("hours")
        self.sell()
        self.look()
        self.company.write(
            {
                "service_giveaway_digest": True,
                "service_giveaway_user_id": self.user_billing.id,
            }
        )
        self.env["service.giveaway"]._queue_digests(self.company)
        mail = self.env["service.outbox"].search([("purpose", "=", "giveaway")])
        self.assertEqual(mail.partner_id, self.user_billing.partner_id)
        digest = self.user_billing._get_giveaway_digest()
        self.assertEqual([part["count"] for part in digest], [1])
