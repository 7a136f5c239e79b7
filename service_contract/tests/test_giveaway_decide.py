# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime

from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common_courtesy import HOUR
from .common_giveaway import GiveawayCommon


@tagged("post_install", "-at_install")
class TestGiveawayDecide(GiveawayCommon):
    """One tap makes a finding a courtesy, a quotation or a charge; who, when and why
    are kept."""

    def find(self, kind, source):
        self.look()
        return self.as_billing(self.found(kind, res_id=source.id))

    def find_time(self, hours=2, coverage="hours", quantity=0):
        """Time on a ticket that lost its line; return the finding and the line."""
        line = self.make_line(coverage, quantity)
        time = self.work(hours, partner=self.contact)
        time.ticket_id.service_contract_line_id = False
        return self.find("time", time), line

    def assertDecided(self, found, state, reason=False):
        self.assertRecordValues(
            found.sudo(),
            [
                {
                    "state": state,
                    "reason": reason,
                    "decided_by_id": self.user_billing.id,
                    "decided_at": datetime(2025, 1, 15, 9),
                }
            ],
        )
        self.assertFalse(self.look())
        self.assertEqual(found.sudo().state, state)

    # === COURTESY === #

    def test_time_becomes_a_courtesy(self):
        found, line = self.find_time()
        found.action_make_courtesy()
        usage = found.sudo().usage_id
        self.assertEqual(usage.contract_line_id, line)
        self.assertEqual(self.live(usage), [("courtesy", 2 * HOUR, 120.0)])
        charge = self.standing(usage)
        self.assertEqual(charge.reason, "Goodwill")
        self.assertEqual(charge.courtesy_reason_id, self.reason)
        self.assertDecided(found, "courtesy", "Goodwill")

    def test_courtesy_of_time_stays_one_whatever_happens_to_it(self):
        found, line = self.find_time()
        time = self.env["account.analytic.line"].browse(found.sudo().res_id)
        found.action_make_courtesy()
        time.unit_amount = 3
        self.assertEqual(
            self.live(time.service_usage_ids), [("courtesy", 3 * HOUR, 180.0)]
        )
        time.ticket_id.service_contract_line_id = line
        self.assertEqual(
            self.live(time.service_usage_ids), [("courtesy", 3 * HOUR, 180.0)]
        )

    def test_time_of_no_contract_is_a_courtesy_on_the_list_itself(self):
        found = self.find("time", self.work())
        found.action_make_courtesy()
        self.assertFalse(found.sudo().usage_id)
        self.assertDecided(found, "courtesy", "Goodwill")
        row = self.env["service.courtesy.report"].search(
            [("partner_id", "=", self.stranger.id)]
        )
        self.assertRecordValues(
            row,
            [
                {
                    "source": "found",
                    "amount": 100,
                    "hours": 2,
                    "user_id": self.user_billing.id,
                    "reason_id": self.reason.id,
                }
            ],
        )
        self.assertEqual(row.action_open()["res_id"], found.id)

    def test_without_a_usual_reason_the_tap_asks(self):
        found, _line = self.find_time()
        self.reason.is_default = False
        action = found.action_make_courtesy()
        self.assertEqual(action["res_model"], "service.giveaway.decide")
        wizard = (
            self.env["service.giveaway.decide"]
            .with_user(self.user_billing)
            .with_context(**action["context"])
            .create({"reason_id": self.reason_fault.id, "note": "Wrong cable"})
        )
        self.assertIn("120.00", wizard.preview)
        wizard.action_apply()
        self.assertDecided(found, "courtesy", "Our fault: Wrong cable")

    def test_what_nobody_decided_becomes_a_courtesy(self):
        self.company.service_undecided_days = 0
        usage = self.use(self.make_line(exhaustion_policy="warn"))
        found = self.find("undecided", usage)
        found.action_make_courtesy()
        self.assertEqual(self.live(usage), [("courtesy", 1, 60.0)])
        self.assertDecided(found, "courtesy", "Goodwill")

    def test_silent_ticket_becomes_a_courtesy(self):
        line = self.make_line("hours", 10)
        ticket = self.answer()
        found = self.find("silent", ticket)
        found.action_make_courtesy()
        self.assertEqual(ticket.no_decrement_reason, "Goodwill")
        time = ticket.service_usage_ids.filtered(lambda usage: usage.unit == "second")
        self.assertEqual(self.live(time), [("courtesy", 900, 15.0)])
        self.assertEqual(sum(line.counter_ids.mapped("drawn")), 0)
        self.assertDecided(found, "courtesy", "Goodwill")

    def test_what_has_no_charge_becomes_a_courtesy(self):
        usage = self.use(self.make_line())
        self.standing(usage).sudo()._reverse()
        found = self.find("uncharged", usage)
        found.action_make_courtesy()
        self.assertEqual(self.live(usage), [("courtesy", 1, 60.0)])
        self.assertDecided(found, "courtesy", "Goodwill")

    def test_parts_become_a_courtesy(self):
        line = self.make_line("hours")
        for kind, source in (
            ("sale_line", self.sell()),
            ("invoice_line", self.invoice()),
        ):
            with self.subTest(kind):
                found = self.find(kind, source)
                found.action_make_courtesy()
                usage = found.sudo().usage_id
                self.assertEqual(usage.contract_line_id, line)
                self.assertEqual(self.live(usage), [("courtesy", 5000, 50.0)])
                self.assertDecided(found, "courtesy", "Goodwill")

    def test_many_at_once(self):
        self.make_line("hours")
        self.work(partner=self.contact).ticket_id.service_contract_line_id = False
        self.work()
        self.sell()
        found = self.as_billing(self.look())
        self.assertEqual(len(found), 3)
        wizard = (
            self.env["service.giveaway.decide"]
            .with_user(self.user_billing)
            .create({"giveaway_ids": found.ids, "reason_id": self.reason_fault.id})
        )
        wizard.action_apply()
        self.assertEqual(set(found.mapped("state")), {"courtesy"})

    def test_budget_limits_it(self):
        found, _line = self.find_time()
        self.env["service.courtesy.budget"].create(
            {
                "name": "Goodwill",
                "company_id": self.company.id,
                "amount": 100,
                "date_from": "2025-01-01",
            }
        )
        with self.assertRaisesRegex(UserError, "120"):
            found.action_make_courtesy()
        found.with_user(self.user_manager).action_make_courtesy()
        self.assertEqual(found.state, "courtesy")

    # === CHARGE === #

    def test_time_is_charged(self):
        found, line = self.find_time()
        found.action_make_charge()
        usage = found.sudo().usage_id
        self.assertEqual(self.live(usage), [("billable", 2 * HOUR, 120.0)])
        self.assertEqual(usage.contract_line_id, line)
        self.assertDecided(found, "charge")

    def test_charged_time_draws_what_is_left(self):
        found, _line = self.find_time(quantity=10)
        found.action_make_charge()
        self.assertEqual(self.live(found.sudo().usage_id), [("covered", 2 * HOUR, 0.0)])

    def test_time_of_no_contract_can_not_be_charged(self):
        found = self.find("time", self.work())
        with self.assertRaisesRegex(UserError, "quotation"):
            found.action_make_charge()
        self.assertEqual(found.state, "open")

    def test_another_line_of_the_customer(self):
        found, line = self.find_time()
        other = self.make_line("hours", overage_price=90)
        theirs = self.make_line("hours", partner_id=self.stranger.id)
        wizards = self.env["service.giveaway.decide"].with_user(self.user_billing)
        values = {"giveaway_ids": found.ids, "decision": "charge"}
        wizard = wizards.create(values)
        self.assertEqual(wizard.contract_line_id, line)
        with self.assertRaisesRegex(UserError, "not a line of"):
            wizards.create({**values, "contract_line_id": theirs.id}).action_apply()
        wizards.create({**values, "contract_line_id": other.id}).action_apply()
        self.assertEqual(
            self.live(found.sudo().usage_id), [("billable", 2 * HOUR, 180.0)]
        )

    def test_line_of_a_contract_that_is_shared(self):
        sister = self.env["res.partner"].create({"name": "Alba", "is_company": True})
        lines = self.env["service.contract.line"].union(
            *(
                self.make_line("hours", beneficiary_ids=[Command.set(sister.ids)])
                for _number in range(2)
            )
        )
        planning = self.plan(sister)
        found = self.find("time", planning)
        wizards = self.env["service.giveaway.decide"].with_user(self.user_billing)
        wizard = wizards.create({"giveaway_ids": found.ids, "decision": "charge"})
        self.assertEqual(wizard.contract_line_id, lines[0])
        domain = wizard._fields["contract_line_id"].domain
        choices = safe_eval(domain, {"partner_id": sister.id})
        self.assertEqual(lines.search(choices), lines)
        wizard.contract_line_id = lines[1]
        wizard.action_apply()
        usage = found.sudo().usage_id
        self.assertEqual(usage.contract_line_id, lines[1])
        self.assertEqual(usage.partner_id, sister)
        self.assertEqual(self.live(usage), [("billable", HOUR, 60.0)])

    def test_what_nobody_decided_is_billed(self):
        self.company.service_undecided_days = 0
        usage = self.use(self.make_line(exhaustion_policy="warn"))
        found = self.find("undecided", usage)
        found.action_make_charge()
        self.assertEqual(self.live(usage), [("billable", 1, 60.0)])
        self.assertDecided(found, "charge")

    def test_what_is_too_much_for_billing_is_for_others_here_too(self):
        self.company.service_undecided_days = 0
        line = self.make_line(exhaustion_policy="warn", overage_price=6000)
        usage = self.use(line)
        found = self.find("undecided", usage)
        for decide, error in (
            (found.action_make_courtesy, AccessError),
            (found.action_make_charge, RedirectWarning),
        ):
            with self.assertRaises(error), self.cr.savepoint():
                decide()
        self.assertEqual(self.live(usage), [("to_approve", 1, 6000.0)])
        found.with_user(self.user_manager).action_make_charge()
        self.assertEqual(self.live(usage), [("billable", 1, 6000.0)])

    def test_what_has_no_price_is_not_billed(self):
        self.company.service_undecided_days = 0
        usage = self.use(self.make_line(exhaustion_policy="warn", overage_price=0))
        found = self.find("undecided", usage)
        with self.assertRaisesRegex(UserError, "no price"):
            found.action_make_charge()

    def test_silent_ticket_is_charged(self):
        line = self.make_line("hours", 10)
        ticket = self.answer()
        found = self.find("silent", ticket)
        found.action_make_charge()
        self.assertEqual(sum(line.counter_ids.mapped("drawn")), 900)
        self.assertDecided(found, "charge")

    def test_part_is_charged(self):
        self.make_line("hours")
        found = self.find("sale_line", self.sell())
        found.action_make_charge()
        self.assertEqual(self.live(found.sudo().usage_id), [("billable", 5000, 50.0)])
        self.assertDecided(found, "charge")

    # === CHANGE === #

    def test_time_is_offered(self):
        found, line = self.find_time()
        action = found.with_user(self.user_contract).action_make_change()
        order = found.sudo().sale_order_id
        self.assertEqual(action["res_id"], order.id)
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.partner_id, line.contract_id.partner_id)
        self.assertRecordValues(
            order.order_line,
            [
                {
                    "product_id": self.product_overage.id,
                    "product_uom_qty": 2,
                    "price_unit": 60,
                }
            ],
        )
        self.assertIn("Worked on it", order.order_line.name)
        self.assertEqual(found.state, "change")
        self.assertEqual(found.decided_by_id, self.user_contract)

    def test_cancelled_quotation_opens_it_again(self):
        found, _line = self.find_time()
        found.action_make_change()
        self.look()
        self.assertEqual(found.state, "change")
        found.sudo().sale_order_id._action_cancel()
        self.look()
        self.assertEqual(found.state, "open")

    def test_part_is_offered_at_its_price(self):
        self.make_line("hours")
        found = self.find("invoice_line", self.invoice())
        found.action_make_change()
        self.assertRecordValues(
            found.sudo().sale_order_id.order_line,
            [
                {
                    "product_id": self.part.id,
                    "product_uom_qty": 2,
                    "price_unit": 25,
                }
            ],
        )

    def test_one_quotation_for_each_customer(self):
        self.work()
        self.work()
        self.make_line("hours")
        self.sell()
        found = self.as_billing(self.look())
        with self.assertRaisesRegex(UserError, "settings"):
            found.action_make_change()
        self.company.service_change_product_id = self.product
        action = found.action_make_change()
        orders = self.env["sale.order"].search(action["domain"])
        self.assertEqual(sorted(len(order.order_line) for order in orders), [1, 2])

    def find_undecided(self, quantity=HOUR, unit="second", line=None, **values):
        """Work that waits for a decision; return the finding and the usage."""
        self.company.service_undecided_days = 0
        line = line or self.make_line("hours", 1, exhaustion_policy="warn")
        usage = self.use(line, quantity, unit, **values)
        return self.find("undecided", usage), usage

    def test_work_on_a_contract_waits_for_the_customer_and_is_billed_once(self):
        """An hour is covered; the two others are offered, and nothing else."""
        found, usage = self.find_undecided(3 * HOUR)
        found.with_user(self.user_contract).action_make_change()
        order = found.sudo().sale_order_id
        self.assertEqual(order.amount_untaxed, 120)
        self.assertEqual(
            self.live(usage), [("covered", HOUR, 0.0), ("to_approve", 2 * HOUR, 120.0)]
        )
        self.assertEqual(self.standing(usage)[1].hold_reason, "awaiting_quote")
        request = usage.approval_ids
        self.assertTrue(request.is_with_customer)
        order.order_line.price_unit = 50
        order.action_confirm()
        self.assertEqual(
            self.live(usage), [("billable", 2 * HOUR, 100.0), ("covered", HOUR, 0.0)]
        )
        self.assertEqual(order.invoice_status, "no")
        self.assertRecordValues(request, [{"state": "approved", "decision": "quote"}])

    def test_open_request_is_answered_by_the_quotation(self):
        task = self.env["service.task.code"].create({"name": "Cabling", "code": "X"})
        line = self.make_line("hours", 9, task_excluded_ids=[Command.set(task.ids)])
        found, usage = self.find_undecided(line=line, task_code_id=task.id)
        request = usage.approval_ids
        self.assertEqual(request.state, "pending")
        found.action_make_change()
        self.assertTrue(request.is_with_customer)
        found.sudo().sale_order_id.action_confirm()
        self.assertEqual(usage.approval_ids, request)
        self.assertRecordValues(request, [{"state": "approved", "decision": "quote"}])
        self.assertEqual(self.live(usage), [("billable", HOUR, 60.0)])

    def test_declined_quotation_leaves_the_charge_open(self):
        found, usage = self.find_undecided(3 * HOUR)
        found.action_make_change()
        found.sudo().sale_order_id._action_cancel()
        self.assertEqual(usage.approval_ids.state, "refused")
        self.assertEqual(self.standing(usage)[-1].hold_reason, "used_up")
        self.look()
        self.assertEqual(found.state, "open")
        found.action_make_charge()
        self.assertEqual(
            self.live(usage), [("covered", HOUR, 0.0), ("billable", 2 * HOUR, 120.0)]
        )

    def test_quotation_shows_rounded_hours_and_is_about_all_of_them(self):
        line = self.make_line("hours", exhaustion_policy="warn")
        found, usage = self.find_undecided(HOUR // 3, line=line)
        found.action_make_change()
        order = found.sudo().sale_order_id
        self.assertEqual(order.order_line.product_uom_qty, 0.33)
        order.action_confirm()
        self.assertEqual(
            self.live(usage), [("billable", HOUR // 3, order.amount_untaxed)]
        )

    def test_work_without_a_charge_is_billed_as_quoted(self):
        usage = self.use(self.make_line("hours", 5), 2 * HOUR, "second")
        self.standing(usage).sudo()._reverse()
        found = self.find("uncharged", usage)
        found.action_make_change()
        order = found.sudo().sale_order_id
        order.action_confirm()
        self.assertEqual(
            self.live(usage), [("billable", 2 * HOUR, order.amount_untaxed)]
        )

    def test_work_that_was_billed_at_0_is_billed_as_quoted(self):
        card = self.env["service.rate.card"].create(
            {
                "name": "For Nothing",
                "company_id": self.company.id,
                "rule_ids": [Command.create({"price": 0})],
            }
        )
        line = self.make_line("hours", exhaustion_policy="warn", rate_card_id=card.id)
        usage = self.use(line, HOUR, "second")
        self.standing(usage).with_user(self.user_manager).action_bill()
        found = self.find("zero_price", usage)
        found.action_make_change()
        self.assertEqual(self.live(usage), [("to_approve", HOUR, 0.0)])
        found.sudo().sale_order_id.action_confirm()
        self.assertEqual(self.live(usage), [("billable", HOUR, 50.0)])

    def test_nothing_is_offered_twice(self):
        found, _usage = self.find_undecided(3 * HOUR)
        found.action_make_change()
        found.sudo().write({"state": "open"})
        with self.assertRaisesRegex(UserError, "is about this already"):
            found.action_make_change()

    # === DISMISS === #

    def test_dismissing_takes_a_reason(self):
        found, _line = self.find_time()
        action = found.action_dismiss()
        wizards = self.env["service.giveaway.decide"].with_user(self.user_billing)
        wizards = wizards.with_context(**action["context"])
        with self.assertRaisesRegex(UserError, "reason"):
            wizards.create({}).action_apply()
        wizards.create({"note": "It was lunch"}).action_apply()
        self.assertDecided(found, "dismissed", "It was lunch")

    # === GUARDS === #

    def test_nothing_is_decided_twice(self):
        found, _line = self.find_time()
        found.action_make_courtesy()
        for call in (
            found.action_make_courtesy,
            found.action_make_charge,
            found.action_make_change,
        ):
            with (
                self.subTest(call.__name__),
                self.assertRaisesRegex(UserError, "decided already"),
            ):
                call()

    def test_what_is_gone_is_not_decided(self):
        found, line = self.find_time()
        time = self.env["account.analytic.line"].browse(found.sudo().res_id)
        time.ticket_id.service_contract_line_id = line
        with self.assertRaisesRegex(UserError, "no longer so"):
            found.action_make_charge()
        self.assertEqual(len(time.service_usage_ids), 1)

    def test_who_may_decide(self):
        found, _line = self.find_time()
        contract = found.with_user(self.user_contract)
        for call in (contract.action_make_courtesy, contract.action_make_charge):
            with self.subTest(call.__name__), self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            contract._dismiss("No")
        self.env["service.courtesy.budget"].create(
            {
                "name": "Goodwill",
                "company_id": self.company.id,
                "amount": 500,
                "date_from": "2025-01-01",
                "user_id": self.user_contract.id,
            }
        )
        for user in (self.user_agent, self.user_internal):
            agent = found.with_user(user)
            for call in (
                agent.action_make_courtesy,
                agent.action_make_charge,
                agent.action_make_change,
            ):
                with (
                    self.subTest(user=user.login, call=call.__name__),
                    self.assertRaises(AccessError),
                ):
                    call()
        contract.action_make_courtesy()
        self.assertEqual(found.decided_by_id, self.user_contract)
