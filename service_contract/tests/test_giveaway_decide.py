# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

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

    def test_what_nobody_decided_is_billed(self):
        self.company.service_undecided_days = 0
        usage = self.use(self.make_line(exhaustion_policy="warn"))
        found = self.find("undecided", usage)
        found.action_make_charge()
        self.assertEqual(self.live(usage), [("billable", 1, 60.0)])
        self.assertDecided(found, "charge")

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
