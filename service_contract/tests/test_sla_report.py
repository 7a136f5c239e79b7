# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from lxml import etree

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_sla import SlaCommon, utc


@tagged("post_install", "-at_install")
class TestSlaReport(SlaCommon):
    """Verdicts, and what they owe to pauses. Target of "restore": 8 open hours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.cron"].search([]).active = False
        cls.tier = cls.env["service.tier"].create({"name": "Gold", "code": "gold"})
        cls.report = cls.env["service.sla.report"]

    def _ticket(self, start="15 09:00", **values):
        ticket = self.at(self.env["helpdesk.ticket"], utc(start)).with_user(
            self.user_agent
        )
        return ticket.create(
            {
                "name": "The oven is cold",
                "description": "<p>Since this morning.</p>",
                "partner_id": self.contact.id,
                **values,
            }
        )

    def _close(self, ticket, instant):
        self.move(ticket, self.stage_done, utc(instant))

    def _rows(self, tickets, metric="restore"):
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [("ticket_id", "in", tickets.ids), ("metric", "=", metric)]
        return self.report.search(domain)

    def test_running_target_has_no_verdict(self):
        self.assertFalse(self._rows(self._ticket()))

    def test_met_target_counts_as_a_hundred_in_the_week_it_was_met(self):
        ticket = self._ticket()
        self._close(ticket, "15 12:00")
        row = self._rows(ticket)
        self.assertEqual((row.verdict, row.state), ("met", "met"))
        self.assertEqual((row.hit_rate, row.met_count, row.missed_count), (100, 1, 0))
        self.assertEqual(row.decided_at, utc("15 12:00"))
        # From 10 to 13 in Rome, where lunch is from 12.
        self.assertEqual(row.open_hours, 2.0)
        self.assertEqual(row.target_hours, 8.0)
        self.assertEqual(row.contract_id, self.contract)
        self.assertEqual(row.partner_id, self.customer)

    def test_missed_target_counts_in_the_week_it_was_missed(self):
        ticket = self._ticket()
        self._close(ticket, "22 09:00")
        row = self._rows(ticket)
        self.assertEqual((row.verdict, row.hit_rate), ("missed", 0))
        self.assertEqual((row.met_count, row.missed_count), (0, 1))
        # 6 open hours on Wednesday, 2 on Thursday until 10 in Rome.
        self.assertEqual(row.decided_at, utc("16 09:00"))
        # 5 days of 8 hours were counted; 8 of these 40 hours were promised.
        self.assertEqual((row.open_hours, row.late_hours), (40.0, 32.0))

    def test_target_that_is_passed_is_missed_while_the_work_goes_on(self):
        ticket = self._ticket()
        self.at(ticket, utc("17 09:00"))._sync_sla()
        row = self._rows(ticket)
        self.assertEqual((row.verdict, row.state), ("missed", "running"))
        self.assertFalse(row.stopped_at)

    def test_superseded_target_has_no_verdict(self):
        ticket = self._ticket()
        self.at(ticket, utc("15 12:00")).write({"priority": "2"})
        self._close(ticket, "15 13:00")
        row = self._rows(ticket)
        self.assertEqual((len(row), row.target_hours), (1, 4.0))

    def test_target_met_only_by_its_pauses_says_so_and_why(self):
        ticket = self._ticket()
        self.move(ticket, self.stage_waiting, utc("15 10:00"))
        self.move(ticket, self.stage_progress, utc("17 10:00"))
        self._close(ticket, "17 11:00")
        row = self._rows(ticket)
        self.assertEqual(row.verdict, "met")
        self.assertTrue(row.is_met_by_pause)
        self.assertEqual(row.met_by_pause_count, 1)
        self.assertEqual(row.pause_reason_id, self.reason_customer)
        self.assertEqual(row.paused_hours, 16.0)

    def test_working_days_too_may_be_met_only_by_pauses(self):
        values = self.target_values("restore", 1, unit="working_day")
        policy = self.make_policy([values], name="Days")
        contract = self.make_contract(sla_policy_id=policy.id)
        ticket = self._ticket(service_contract_line_id=contract.line_ids.id)
        self.move(ticket, self.stage_waiting, utc("15 10:00"))
        self.move(ticket, self.stage_progress, utc("17 10:00"))
        self._close(ticket, "17 11:00")
        row = self._rows(ticket)
        self.assertTrue(row.is_met_by_pause)
        # A working day after 10 o'clock ends at 10 the next day.
        self.assertEqual(row.target_hours, 8.0)

    def test_target_that_needed_no_pause_does_not_owe_it_to_one(self):
        ticket = self._ticket()
        self.move(ticket, self.stage_waiting, utc("15 09:30"))
        self.move(ticket, self.stage_progress, utc("15 10:00"))
        self._close(ticket, "15 12:00")
        row = self._rows(ticket)
        self.assertFalse(row.is_met_by_pause)
        self.assertEqual(row.pause_reason_id, self.reason_customer)

    def test_reason_is_that_of_the_longest_pause(self):
        ticket = self._ticket()
        self.at(ticket, utc("15 09:10"))._pause_sla(self.reason_part)
        self.at(ticket, utc("15 09:20"))._resume_sla()
        self.at(ticket, utc("15 09:30"))._pause_sla(self.reason_customer)
        self.at(ticket, utc("15 10:30"))._resume_sla()
        self._close(ticket, "15 12:00")
        self.assertEqual(self._rows(ticket).pause_reason_id, self.reason_customer)

    def _ticket_paused_by(self, *reasons):
        """Make a ticket whose target of 8 hours is paused for these reasons alone."""
        values = self.target_values("restore", 8, pause_rule="reasons")
        values["pause_reason_ids"] = [Command.set([r.id for r in reasons])]
        policy = self.make_policy([values], name="Reasons")
        contract = self.make_contract(sla_policy_id=policy.id)
        return self._ticket(service_contract_line_id=contract.line_ids.id)

    def test_reason_is_one_that_pauses_this_target(self):
        ticket = self._ticket_paused_by(self.reason_part)
        self.at(ticket, utc("15 09:10"))._pause_sla(self.reason_part)
        self.at(ticket, utc("15 09:20"))._resume_sla()
        self.at(ticket, utc("15 09:30"))._pause_sla(self.reason_customer)
        self.at(ticket, utc("15 10:30"))._resume_sla()
        self._close(ticket, "15 14:00")
        row = self._rows(ticket)
        self.assertAlmostEqual(row.paused_hours, 1 / 6)
        self.assertEqual(row.pause_reason_id, self.reason_part)

    def test_reason_pauses_up_to_its_limit(self):
        self.reason_part.max_hours = 1
        ticket = self._ticket()
        self.at(ticket, utc("15 09:10"))._pause_sla(self.reason_part)
        self.at(ticket, utc("16 08:00"))._resume_sla()
        # As if it had been open all night: its limit was at 10:10 all the same.
        self.env.cr.execute(
            "UPDATE service_sla_pause SET end_at = %s WHERE ticket_id = %s",
            [utc("16 08:00"), ticket.id],
        )
        self.at(ticket, utc("16 08:10"))._pause_sla(self.reason_customer)
        self.at(ticket, utc("16 10:10"))._resume_sla()
        self._close(ticket, "16 12:00")
        self.assertEqual(self._rows(ticket).pause_reason_id, self.reason_customer)

    def test_target_without_pauses_names_no_reason(self):
        ticket = self._ticket()
        self._close(ticket, "15 12:00")
        self.assertFalse(self._rows(ticket).pause_reason_id)

    def _rescue(self, ticket, left_s):
        timer = self.timer(ticket)
        return self.env["service.sla.rescue"].create(
            {
                "ticket_id": ticket.id,
                "timer_id": timer.id,
                "step_name": "Call the customer",
                "kind": "call_customer",
                "user_id": self.user_agent.id,
                "done_at": utc("15 11:00"),
                "left_s": left_s,
            }
        )

    def test_target_met_after_a_step_is_rescued(self):
        ticket = self._ticket()
        self._rescue(ticket, 600)
        self._rescue(ticket, 60)
        self._close(ticket, "15 12:00")
        row = self._rows(ticket)
        self.assertTrue(row.is_rescued)
        self.assertEqual((row.rescue_count, row.rescued_count), (2, 1))

    def test_step_after_the_breach_rescues_nothing(self):
        ticket = self._ticket()
        self._rescue(ticket, -60)
        self._close(ticket, "22 09:00")
        row = self._rows(ticket)
        self.assertFalse(row.is_rescued)
        self.assertEqual((row.rescue_count, row.rescued_count), (0, 0))

    def test_step_before_a_miss_is_counted_and_rescues_nothing(self):
        ticket = self._ticket()
        self._rescue(ticket, 60)
        self._close(ticket, "22 09:00")
        row = self._rows(ticket)
        self.assertFalse(row.is_rescued)
        self.assertEqual((row.rescue_count, row.rescued_count), (1, 0))

    def test_miss_shows_its_credit_until_that_is_refused(self):
        contract = self.make_contract(
            sla_policy_id=self.policy.id,
            sla_credit_rule="amount",
            sla_credit_amount=30.0,
        )
        ticket = self._ticket(service_contract_line_id=contract.line_ids.id)
        self._close(ticket, "22 09:00")
        self.env.flush_all()
        self.run_cron("service.sla.credit", "_cron_propose", utc("22 10:00"))
        row = self._rows(ticket)
        self.assertEqual(row.credit_amount, 30.0)
        self.assertEqual(row.currency_id, contract.currency_id)
        credits = self.env["service.sla.credit"].search(
            [("ticket_id", "=", ticket.id), ("decision", "=", "proposed")]
        )
        credits.with_user(self.user_billing).action_refuse("Agreed by phone")
        self.assertEqual(self._rows(ticket).credit_amount, 0.0)

    def _close_after_hours(self, *hours):
        """Close a ticket each after so many open hours of Wednesday afternoon."""
        tickets = self.env["helpdesk.ticket"]
        for number in hours:
            ticket = self._ticket("15 12:00")
            self._close(ticket, f"15 {12 + number}:00")
            tickets += ticket
        return tickets

    def test_hit_rate_and_median_are_of_the_group(self):
        tickets = self._close_after_hours(1, 2, 4)
        late = self._ticket("15 12:00")
        self._close(late, "20 12:00")
        domain = [("ticket_id", "in", (tickets | late).ids)]
        self._rows(tickets)
        [(rate, median, mean)] = self.report._read_group(
            [*domain, ("metric", "=", "restore")],
            [],
            ["hit_rate:avg", "median_open_hours:median", "open_hours:avg"],
        )
        self.assertEqual(rate, 75.0)
        # 1, 2, 4 and 24 hours
        self.assertEqual((median, mean), (3.0, 7.75))

    def test_median_is_known_to_the_web_client(self):
        tickets = self._close_after_hours(1, 2, 4)
        self._rows(tickets)
        groups = self.report.with_user(self.user_contract).formatted_read_group(
            [("ticket_id", "in", tickets.ids), ("metric", "=", "restore")],
            ["decided_at:week", "partner_id"],
            ["median_open_hours:median", "hit_rate:avg", "__count"],
        )
        self.assertEqual([group["median_open_hours:median"] for group in groups], [2.0])
        field = self.report.fields_get(["median_open_hours"])["median_open_hours"]
        self.assertEqual(field["aggregator"], "median")

    def test_every_field_can_be_read_and_grouped(self):
        ticket = self._ticket()
        self.move(ticket, self.stage_waiting, utc("15 09:30"))
        self._close(ticket, "15 12:00")
        row = self._rows(ticket).with_user(self.user_contract)
        row.read()
        for name, field in self.report._fields.items():
            if field.type in ("many2one", "selection") and field.store:
                with self.subTest(name):
                    self.report._read_group([("id", "=", row.id)], [name], ["__count"])

    def test_tier_team_and_category_are_those_of_the_ticket(self):
        contract = self.make_contract(
            sla_policy_id=self.policy.id, tier_id=self.tier.id
        )
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Field", "company_id": self.company.id}
        )
        category = self.env["helpdesk.ticket.category"].create({"name": "Ovens"})
        ticket = self._ticket(
            service_contract_line_id=contract.line_ids.id,
            team_id=team.id,
            category_id=category.id,
            user_id=self.user_agent.id,
        )
        self._close(ticket, "15 12:00")
        row = self._rows(ticket)
        self.assertEqual(
            (row.tier_id, row.team_id, row.category_id, row.user_id),
            (self.tier, team, category, self.user_agent),
        )

    def test_contract_tells_its_hit_rate(self):
        tickets = self._close_after_hours(1, 2)
        late = self._ticket("15 12:00")
        self._close(late, "22 12:00")
        self._rows(tickets)
        contract = self.contract.with_user(self.user_contract)
        # Three restorations, and the first response that was never given in time. Of
        # the others, closed without an answer, there is no verdict.
        self.assertEqual(contract.sla_verdict_count, 4)
        self.assertAlmostEqual(contract.sla_hit_rate, 50, 1)
        found = self.report.search(contract.action_view_sla_report()["domain"])
        self.assertEqual(found.ticket_id, tickets | late)

    def test_verdict_opens_its_ticket(self):
        ticket = self._ticket()
        self._close(ticket, "15 12:00")
        row = self._rows(ticket).with_user(self.user_contract)
        self.assertEqual(row.action_view_ticket()["res_id"], ticket.id)

    def test_queries_do_not_grow_with_the_contracts(self):
        contracts = self.env["service.contract"].create(
            [{"partner_id": self.customer.id} for _number in range(50)]
        )
        for records in (contracts[:1], contracts):
            self.env.invalidate_all()
            with self.assertQueryCount(2):
                records._compute_sla_hit_rate()


@tagged("post_install", "-at_install")
class TestSlaReportRights(SlaCommon):
    """Contract users and helpdesk managers, each of their own companies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_helpdesk_manager = cls._make_user(
            "sc_helpdesk_manager", "helpdesk_mgmt.group_helpdesk_manager"
        )
        ticket = cls.make_ticket()
        cls.at(ticket, utc("15 12:00")).write({"stage_id": cls.stage_done.id})
        cls.env.flush_all()
        cls.rows = cls.env["service.sla.report"].search([("ticket_id", "=", ticket.id)])

    def _found(self, user):
        report = self.env["service.sla.report"].with_user(user)
        return report.with_context(allowed_company_ids=None).search(
            [("id", "in", self.rows.ids)]
        )

    def test_contract_users_and_helpdesk_managers_read_it(self):
        self.assertEqual(len(self.rows), 1)
        for user in (
            self.user_contract,
            self.user_billing,
            self.user_manager,
            self.user_helpdesk_manager,
        ):
            with self.subTest(user.login):
                rows = self._found(user)
                self.assertEqual(rows, self.rows)
                rows.read()
                views = ("pivot", "graph", "list", "search")
                rows.get_views([(False, view) for view in views])

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_else_reads_it(self):
        for user in (self.user_agent, self.user_internal, self.portal_owner):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._found(user)

    def test_other_company_sees_nothing(self):
        self.assertFalse(self._found(self.user_other))

    def test_nobody_changes_it(self):
        report = self.env["service.sla.report"].with_user(self.user_manager)
        for operation in ("create", "write", "unlink"):
            self.assertFalse(report.has_access(operation), operation)

    def test_agent_is_not_offered_the_hit_rate_of_a_contract(self):
        contracts = self.env["service.contract"]
        arch = contracts.with_user(self.user_agent).get_view(view_type="form")["arch"]
        button = etree.fromstring(arch).xpath("//*[@name='action_view_sla_report']")
        self.assertFalse(button)
