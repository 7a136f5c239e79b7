# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta
from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import NOW
from .test_counters import HOUR, CountersCommon


class BalanceCommon(CountersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "aurora@example.com"

    def make_line(self, quantity=10, coverage="hours", mail=True, **values):
        contract = self.make_contract(
            [self.line_values(coverage, quantity, **values)], low_balance_mail=mail
        )
        return contract.line_ids

    def work(self, line, hours, day="2025-01-15"):
        self.draw(line, round(hours * HOUR), f"{day} 10:00:00", unit="second")

    def warn(self, instant=None):
        self.run_cron("service.balance.alert", "_cron_warn", instant)
        self.env.invalidate_all()

    def told(self, line):
        return line.sudo().balance_alert_ids.sorted("id").mapped("percent")

    def activities(self, line):
        xmlid = "service_contract.mail_activity_type_low_balance"
        return line.contract_id.sudo().activity_search([xmlid])

    def outbox(self, line):
        return (
            self.env["service.outbox"]
            .search([("res_model", "=", "service.balance.alert")])
            .filtered(lambda row: row.res_id in line.sudo().balance_alert_ids.ids)
        )


@tagged("post_install", "-at_install")
class TestLowBalance(BalanceCommon):
    """The responsible and the customer are told of each threshold, once."""

    def test_each_threshold_is_told_once(self):
        line = self.make_line()
        self.work(line, 7.9)
        self.warn()
        self.assertEqual(self.told(line), [])
        self.work(line, 0.1)
        for _again in range(3):
            self.warn()
            self.assertEqual(self.told(line), [80])
        self.work(line, 1.5)
        self.warn()
        self.assertEqual(self.told(line), [80, 95])
        self.assertEqual(len(self.activities(line)), 2)
        self.assertEqual(len(self.outbox(line)), 2)

    def test_thresholds_passed_together_are_told_as_one(self):
        line = self.make_line()
        self.work(line, 12)
        self.warn()
        self.assertEqual(self.told(line), [80, 95])
        self.assertEqual(len(self.activities(line)), 1)
        self.assertIn("10:00 of 10:00 h used", self.activities(line).note)
        self.assertEqual(self.outbox(line).period.split("/")[1], "95")

    def test_the_draw_that_passes_one_triggers_the_action(self):
        line = self.make_line()
        cron_type = type(self.env["ir.cron"])
        with patch.object(cron_type, "_trigger", autospec=True) as trigger:
            for hours, calls in ((5, 0), (2.9, 0), (0.1, 1), (0.5, 1), (1, 2), (4, 2)):
                self.work(line, hours)
                self.assertEqual(trigger.call_count, calls, f"after {hours} h")

    def test_watching_reads_nothing(self):
        alert_type = type(self.env["service.balance.alert"])
        watch, counts = alert_type._watch, []

        def count_queries(alerts, lots_by_line):
            before = self.cr.sql_log_count
            watch(alerts, lots_by_line)
            counts.append(self.cr.sql_log_count - before)

        for lines in (1, 50):
            contract = self.make_contract([self.line_values("hours", 10)] * lines)
            self.env.flush_all()
            self.env.invalidate_all()
            with patch.object(alert_type, "_watch", count_queries):
                self.env["service.usage"]._capture(
                    [
                        {
                            "company_id": line.company_id.id,
                            "source": "api",
                            "external_key": f"watched {line.id}",
                            "unit": "second",
                            "quantity": HOUR,
                            "event_at": NOW,
                            "contract_line_id": line.id,
                        }
                        for line in contract.line_ids
                    ]
                )
        self.assertEqual(counts, [0, 0])

    def test_lots_are_measured_together(self):
        """A carried lot that is used up is no low balance."""
        line = self.make_line(rollover_policy="all")
        self.open_lots(line, "2025-02-15 00:00:00")
        self.work(line, 12, day="2025-02-10")
        self.warn("2025-02-15 00:00:00")
        self.assertEqual(self.told(line), [])
        self.work(line, 5, day="2025-02-10")
        self.warn("2025-02-15 00:00:00")
        self.assertEqual(self.told(line), [80])

    def test_next_period_tells_again(self):
        line = self.make_line()
        self.work(line, 8)
        self.warn()
        self.open_lots(line, "2025-02-15 00:00:00")
        self.warn("2025-02-15 00:00:00")
        self.assertEqual(self.told(line), [80])
        self.work(line, 8, day="2025-02-10")
        self.warn("2025-02-15 00:00:00")
        self.assertEqual(self.told(line), [80, 80])

    def test_work_taken_back_and_done_again_is_not_told_again(self):
        line = self.make_line(coverage="cases", quantity=5)
        tickets = [self.make_ticket() for _number in range(4)]
        self.warn()
        tickets[0].stage_id = self.stage_cancelled
        self.warn()
        tickets[0].stage_id = self.stage_new
        self.warn()
        self.assertEqual(self.told(line), [80])

    def test_adjustment_that_helps_lets_it_be_told_again(self):
        line = self.make_line()
        self.work(line, 8)
        self.warn()
        lot = line.sudo().counter_ids
        lot._adjust(HOUR // 100, "Too little to help")
        lot._adjust(-HOUR // 50, "Taken away")
        self.warn()
        self.assertEqual(self.told(line), [80])
        lot._adjust(10 * HOUR, "Goodwill")
        self.warn()
        self.work(line, 9)
        self.warn()
        self.assertEqual(self.told(line), [80, 80])

    def test_no_thresholds_no_warning(self):
        line = self.make_line(balance_thresholds=False)
        self.work(line, 12)
        self.warn()
        self.assertFalse(self.told(line))

    def test_thresholds_come_from_the_company_and_stay_open(self):
        self.company.service_balance_thresholds = "50"
        line = self.make_line()
        self.assertEqual(line.balance_thresholds, "50")
        line.balance_thresholds = "60, 100"
        for text in ("0", "80;90", "101"):
            with self.assertRaisesRegex(ValidationError, "from 1 to 100"):
                line.balance_thresholds = text
            with self.assertRaisesRegex(ValidationError, "from 1 to 100"):
                self.company.service_balance_thresholds = text

    def test_one_bad_line_does_not_stop_the_others(self):
        bad, good = self.make_line(), self.make_line()
        for line in bad | good:
            self.work(line, 8)
        tell = type(self.env["service.balance.alert"])._tell

        def fail(alerts, vals_list):
            if vals_list[0]["contract_line_id"] == bad.id:
                raise ValueError("Something")
            return tell(alerts, vals_list)

        alert = "odoo.addons.service_contract.models.service_balance_alert"
        with patch(f"{alert}.ServiceBalanceAlert._tell", fail), mute_logger(alert):
            self.warn()
        self.assertEqual((self.told(bad), self.told(good)), ([], [80]))
        self.warn()
        self.assertEqual(self.told(bad), [80])


@tagged("post_install", "-at_install")
class TestLapsing(BalanceCommon):
    """What is left is said to lapse a month before it does."""

    def lapses(self, line, instant):
        return self.at(line, instant).lapse_text

    def test_allotment_that_is_not_carried_over(self):
        line = self.make_line(coverage_period="year")
        self.work(line, 4)
        self.assertEqual(self.lapses(line, "2025-12-01 22:59:59"), "")
        self.assertEqual(
            self.lapses(line, "2025-12-01 23:00:00"), "6:00 h until 12/31/2025"
        )
        self.work(line, 6)
        self.assertEqual(self.lapses(line, "2025-12-15 00:00:00"), "")

    def test_carried_over_and_what_is_above_the_cap(self):
        line = self.make_line(rollover_policy="all")
        self.assertEqual(self.lapses(line, "2025-01-15 00:00:00"), "")
        capped = self.make_line(rollover_policy="capped", rollover_cap=4)
        self.assertEqual(
            self.lapses(capped, "2025-01-15 00:00:00"), "6:00 h until 01/31/2025"
        )
        self.open_lots(capped, "2025-02-10 00:00:00")
        self.assertEqual(
            self.lapses(capped, "2025-02-15 00:00:00"),
            "6:00 h until 02/28/2025, 4:00 h until 02/28/2025",
        )

    def test_nothing_is_carried_beyond_the_end(self):
        line = self.make_line(rollover_policy="all")
        line.contract_id.action_cancel("2025-01-20", "Moved")
        self.assertEqual(
            self.lapses(line, "2025-01-15 00:00:00"), "10:00 h until 01/19/2025"
        )

    def test_low_balance_tells_what_lapses(self):
        line = self.make_line()
        self.work(line, 8)
        self.warn()
        self.assertIn(
            "what is left lapses soon: 2:00 h until 01/31/2025",
            self.activities(line).note,
        )

    def test_filter_of_counters(self):
        line = self.make_line(coverage_period="year")
        lot = self.lots(line)
        lot.sudo().valid_to = fields.Datetime.now() + timedelta(days=20)
        view = self.env.ref("service_contract.service_coverage_counter_view_search")
        arch = etree.fromstring(view.arch)
        domain = arch.find(".//filter[@name='lapsing']").get("domain")
        counters = self.env["service.coverage.counter"]
        self.assertIn(lot, counters.search(safe_eval(domain)))
        lot.sudo().valid_to = fields.Datetime.now() + timedelta(days=40)
        self.assertNotIn(lot, counters.search(safe_eval(domain)))


@tagged("post_install", "-at_install")
class TestOutbox(BalanceCommon):
    """A mail is owed once and sent once."""

    def send(self, instant=None):
        self.run_cron("service.outbox", "_cron_send", instant)
        self.env.invalidate_all()

    def low_line(self, **values):
        line = self.make_line(**values)
        self.work(line, 8)
        self.warn()
        return line

    def mails(self, line):
        return self.env["mail.mail"].search(
            [
                ("model", "=", "service.balance.alert"),
                ("res_id", "in", line.sudo().balance_alert_ids.ids),
            ]
        )

    def test_sent_once(self):
        line = self.low_line()
        for _again in range(3):
            self.send()
        mail = self.mails(line)
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertIn("8:00 of 10:00 h used", mail.body_html)
        self.assertIn("80 %", mail.subject)
        self.assertFalse(mail.auto_delete)
        self.assertEqual(self.outbox(line).state, "sent")

    def test_the_same_reason_is_owed_once(self):
        line = self.low_line()
        alert = line.sudo().balance_alert_ids
        for _again in range(2):
            alert._tell_customer()
        self.assertEqual(len(self.outbox(line)), 1)

    def test_not_where_the_contract_says_no(self):
        line = self.low_line(mail=False)
        self.assertFalse(self.outbox(line))
        self.assertTrue(self.activities(line))

    def test_company_decides_for_new_contracts(self):
        self.assertFalse(self.make_contract().low_balance_mail)
        self.company.service_low_balance_mail = True
        self.assertTrue(self.make_contract().low_balance_mail)

    def test_customer_without_address_is_noted(self):
        self.customer.email = False
        line = self.low_line()
        self.assertFalse(self.outbox(line))
        bodies = "".join(line.contract_id.message_ids.mapped("body"))
        self.assertIn("no e-mail address", bodies)

    def test_copy_of_a_database_sends_nothing(self):
        line = self.low_line()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        self.send()
        self.assertFalse(self.mails(line))
        self.assertEqual(self.outbox(line).state, "pending")

    def test_failure_waits_longer_each_time(self):
        line = self.low_line()
        template = self.env.ref("service_contract.mail_template_low_balance")
        with patch.object(type(template), "send_mail", side_effect=UserError("No")):
            self.send()
            self.send()
        row = self.outbox(line)
        self.assertEqual((row.state, row.attempts, row.error), ("pending", 1, "No"))
        self.send(row.next_attempt_at)
        self.assertEqual(self.outbox(line).state, "sent")
        self.assertEqual(len(self.mails(line)), 1)
