# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_sla import SlaCommon, utc


@tagged("post_install", "-at_install")
class TestSlaRescue(SlaCommon):
    """First response is due at 12:00 in Rome (11:00 UTC): 75 % are used at 11:30."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_lead = cls._make_user(
            "sc_lead", "helpdesk_mgmt.group_helpdesk_user", name="Lea Lead"
        )
        cls.team, cls.second_level = cls.env["helpdesk.ticket.team"].create(
            [
                {
                    "name": name,
                    "company_id": cls.company.id,
                    "user_id": cls.user_lead.id,
                    "user_ids": [Command.set(users.ids)],
                }
                for name, users in (
                    ("First level", cls.user_agent | cls.user_lead),
                    ("Second level", cls.user_lead),
                )
            ]
        )
        cls.action = cls.env["ir.actions.server"].create(
            {
                "name": "Raise the priority",
                "model_id": cls.env["ir.model"]._get_id("helpdesk.ticket"),
                "state": "code",
                "code": "record.write({'priority': '3'})",
            }
        )

    @classmethod
    def make_step(cls, kind="call_customer", **values):
        return cls.env["service.sla.rescue.step"].create(
            {
                "policy_id": cls.policy.id,
                "name": f"Do {kind}",
                "kind": kind,
                "percent": 75,
                "note": "Be quick",
                **values,
            }
        )

    def make_endangered(self, instant="15 10:40", **values):
        """Make a ticket at 10:00 in Rome whose alarms came until an instant."""
        ticket = self.make_ticket(user_id=self.user_agent.id, **values)
        self.env.flush_all()
        self.run_cron("service.sla.timer", "_cron_alarms", utc(instant))
        self.env.invalidate_all()
        return self.at(ticket, utc(instant))

    def do(self, ticket, step):
        """Press the button of a step as the agent."""
        return (
            step.with_user(self.user_agent)
            .with_context(
                service_contract_ticket_id=ticket.id,
                service_contract_now=ticket.env.context["service_contract_now"],
            )
            .action_execute()
        )

    # === OFFERED === #

    def test_a_step_is_offered_from_its_threshold_on(self):
        half, most, breach = (
            self.make_step(percent=percent) for percent in (50, 75, 100)
        )
        for instant, offered in (
            ("15 09:30", self.env["service.sla.rescue.step"]),
            ("15 10:10", half),
            ("15 10:40", half | most),
            ("15 13:00", half | most | breach),
        ):
            with self.subTest(instant):
                ticket = self.make_endangered(instant)
                self.assertEqual(ticket.rescue_step_ids, offered)

    def test_a_step_for_another_target_is_not_offered(self):
        self.make_step(metric="restore")
        mine = self.make_step(metric="first_response")
        self.assertEqual(self.make_endangered().rescue_step_ids, mine)

    def test_nothing_is_offered_when_the_target_is_met(self):
        self.make_step()
        ticket = self.make_endangered()
        self.assertTrue(ticket.rescue_step_ids)
        self.move(ticket, self.stage_done, utc("15 10:45"))
        self.env.invalidate_all()
        self.assertFalse(ticket.rescue_step_ids)

    def test_what_a_miss_costs_is_said(self):
        self.make_step()
        self.contract._as_verb().write(
            {"sla_credit_rule": "percent", "sla_credit_percent": 10.0}
        )
        ticket = self.make_endangered()
        self.assertIn("10.00", ticket.rescue_stake_text)

    # === TAKEN === #

    def test_what_was_done_is_logged(self):
        step = self.make_step()
        ticket = self.make_endangered()
        self.do(ticket, step)
        rescue = ticket.rescue_ids
        self.assertRecordValues(
            rescue,
            [
                {
                    "step_id": step.id,
                    "step_name": "Do call_customer",
                    "metric": "first_response",
                    "user_id": self.user_agent.id,
                    "done_at": utc("15 10:40"),
                    "left_s": 20 * 60,
                    "left_text": "0 h 20",
                    "outcome": "open",
                }
            ],
        )
        self.assertIn("Rescue step Do call_customer", ticket.message_ids[0].body)

    def test_the_outcome_follows_from_the_timer(self):
        step = self.make_step()
        late = self.make_endangered("15 13:00")
        self.do(late, step)
        tickets = [self.make_endangered() for _number in range(3)]
        for ticket in tickets:
            self.do(ticket, step)
        self.at(tickets[0], utc("15 10:49")).with_user(self.user_agent).message_post(
            body="It works", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.move(tickets[0], self.stage_done, utc("15 10:50"))
        self.move(tickets[1], self.stage_done, utc("15 14:00"))
        self.env.flush_all()
        self.env.invalidate_all()
        rescues = self.env["service.sla.rescue"]
        expected = ["saved", "missed", "open", "late"]
        for ticket, outcome in zip([*tickets, late], expected, strict=True):
            with self.subTest(outcome):
                rescue = ticket.sudo().rescue_ids
                self.assertEqual(rescue.outcome, outcome)
                self.assertIn(rescue, rescues.search([("outcome", "=", outcome)]))
        self.assertEqual(late.sudo().rescue_ids.left_s, -3600)

    # === WHAT IT SAVED === #

    def promise(self, percent=10.0):
        """Let the contract of 100 a month give a share of it back for each miss."""
        self.contract._as_verb().write(
            {
                "sla_credit_rule": "percent" if percent else "none",
                "sla_credit_percent": percent,
            }
        )

    def answer(self, ticket, instant):
        self.at(ticket, utc(instant)).with_user(self.user_agent).message_post(
            body="It works", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.env.flush_all()
        self.env.invalidate_all()

    def worth(self, rescues):
        names = ("outcome", "stake", "cost", "saved", "net")
        return [tuple(row[name] for name in names) for row in rescues.sorted("id")]

    def test_a_target_that_was_met_after_a_step_saved_the_credit(self):
        self.promise()
        step = self.make_step(cost=3.0)
        ticket = self.make_endangered()
        self.do(ticket, step)
        rescue = ticket.sudo().rescue_ids
        self.assertEqual(self.worth(rescue), [("open", 10, 3, 0, -3)])
        self.assertEqual(rescue.currency_id, self.company.currency_id)
        self.answer(ticket, "15 10:50")
        self.assertEqual(self.worth(rescue), [("saved", 10, 3, 10, 7)])

    def test_the_last_step_in_time_saved_it_and_each_costs(self):
        self.promise()
        step = self.make_step(cost=3.0)
        ticket = self.make_endangered()
        self.do(ticket, step)
        self.do(ticket, step)
        self.answer(ticket, "15 10:50")
        self.assertEqual(
            self.worth(ticket.sudo().rescue_ids),
            [("saved", 10, 3, 0, -3), ("saved", 10, 3, 10, 7)],
        )

    def test_a_step_in_vain_or_too_late_saved_nothing(self):
        self.promise()
        step = self.make_step(cost=3.0)
        vain, late = self.make_endangered(), self.make_endangered("15 13:00")
        for ticket in (vain, late):
            self.do(ticket, step)
            self.answer(ticket, "15 14:00")
        self.assertEqual(self.worth(vain.sudo().rescue_ids), [("missed", 10, 3, 0, -3)])
        self.assertEqual(self.worth(late.sudo().rescue_ids), [("late", 0, 3, 0, -3)])

    def test_without_a_promise_the_count_tells(self):
        self.promise(0)
        step = self.make_step()
        ticket = self.make_endangered()
        self.do(ticket, step)
        self.answer(ticket, "15 10:50")
        self.assertEqual(self.worth(ticket.sudo().rescue_ids), [("saved", 0, 0, 0, 0)])

    def test_it_is_told_in_the_currency_of_the_company(self):
        self.promise()
        self.set_currency_rate(self.usd, 2.0)
        # The contract is in dollars, two of which are one euro
        contract = self.make_contract(
            sla_policy_id=self.policy.id,
            currency_id=self.usd.id,
            pricelist_id=False,
            sla_credit_rule="percent",
            sla_credit_percent=10.0,
        )
        step = self.make_step(cost=3.0)
        ticket = self.make_endangered(service_contract_line_id=contract.line_ids.id)
        self.do(ticket, step)
        self.answer(ticket, "15 10:50")
        self.assertEqual(self.worth(ticket.sudo().rescue_ids), [("saved", 5, 3, 5, 2)])

    def test_pivot_and_graph_sum_and_group_what_follows_from_the_timers(self):
        self.promise()
        step = self.make_step(cost=3.0)
        tickets = [self.make_endangered() for _number in range(3)]
        for ticket in tickets:
            self.do(ticket, step)
        self.answer(tickets[0], "15 10:50")
        self.answer(tickets[1], "15 14:00")
        rescues = self.env["service.sla.rescue"].with_user(self.user_contract)
        domain = [("ticket_id", "in", [ticket.id for ticket in tickets])]
        groups = rescues.formatted_read_group(
            domain,
            ["outcome"],
            ["saved:sum", "cost:sum", "net:sum", "net:sum_currency", "__count"],
        )
        self.assertEqual(
            {
                g["outcome"]: (g["saved:sum"], g["cost:sum"], g["net:sum"])
                for g in groups
            },
            {"missed": (0, 3, -3), "open": (0, 3, -3), "saved": (10, 3, 7)},
        )
        for name in ("saved", "cost", "net"):
            field = rescues.fields_get([name])[name]
            self.assertEqual(field["aggregator"], "sum")
        self.assertTrue(rescues.fields_get(["outcome"])["outcome"]["groupable"])
        found = rescues.search(domain, order="net desc")
        self.assertEqual(found.mapped("net"), [7, -3, -3])
        rescues.get_views([(False, kind) for kind in ("list", "pivot", "graph")])

    def test_analysis_tells_what_was_saved_by_target(self):
        self.promise()
        step = self.make_step(cost=3.0)
        ticket = self.make_endangered()
        self.do(ticket, step)
        self.do(ticket, step)
        self.answer(ticket, "15 10:50")
        row = self.env["service.sla.report"].search(
            [("ticket_id", "=", ticket.id), ("metric", "=", "first_response")]
        )
        self.assertEqual(
            (row.rescue_saved, row.rescue_cost, row.rescue_net, row.rescued_count),
            (10, 6, 4, 1),
        )
        self.assertEqual(row.company_currency_id, self.company.currency_id)

    def test_call_plans_a_call_for_the_assignee(self):
        self.contact.phone = "+39 06 1234"
        step = self.make_step()
        ticket = self.make_endangered()
        self.do(ticket, step)
        activity = ticket.activity_ids.filtered(lambda a: a.summary == step.name)
        self.assertEqual(activity.user_id, self.user_agent)
        self.assertIn("+39 06 1234", activity.note)
        self.assertIn("+39 06 1234", ticket.rescue_ids.result)

    def test_escalation_to_a_person_gives_a_to_do_and_keeps_the_assignee(self):
        step = self.make_step("escalate_user", user_id=self.user_lead.id)
        ticket = self.make_endangered()
        self.do(ticket, step)
        activity = ticket.activity_ids.filtered(lambda a: a.summary == step.name)
        self.assertEqual(activity.user_id, self.user_lead)
        self.assertEqual(ticket.user_id, self.user_agent)
        self.assertIn(self.user_lead.partner_id, ticket.message_partner_ids)

    def test_escalation_to_a_team_moves_the_ticket(self):
        step = self.make_step("escalate_team", team_id=self.second_level.id)
        ticket = self.make_endangered(team_id=self.team.id)
        self.do(ticket, step)
        self.assertEqual(ticket.team_id, self.second_level)
        activity = ticket.activity_ids.filtered(lambda a: a.summary == step.name)
        self.assertEqual(activity.user_id, self.user_lead)

    def test_who_sees_only_a_team_may_escalate_to_another(self):
        restricted = self._make_user(
            "sc_team", "helpdesk_mgmt.group_helpdesk_user_team", self.company.ids
        )
        leader = self._make_user(
            "sc_leader", "helpdesk_mgmt.group_helpdesk_user_team", self.company.ids
        )
        self.team.user_ids += restricted
        self.second_level.write(
            {"user_id": leader.id, "user_ids": [Command.set(leader.ids)]}
        )
        step = self.make_step("escalate_team", team_id=self.second_level.id)
        ticket = self.make_endangered(team_id=self.team.id)
        self.env.flush_all()
        self.env.invalidate_all()
        step.with_user(restricted).with_context(
            service_contract_ticket_id=ticket.id,
            service_contract_now=utc("15 10:40"),
        ).action_execute()
        self.env.flush_all()
        ticket = ticket.sudo()
        self.assertEqual(ticket.team_id, self.second_level)
        self.assertEqual(ticket.rescue_ids.user_id, restricted)
        activity = ticket.activity_ids.filtered(lambda a: a.summary == step.name)
        self.assertEqual(activity.user_id, leader)
        self.assertFalse(ticket.with_user(restricted).has_access("read"))

    def test_a_workaround_is_proposed_and_not_sent(self):
        step = self.make_step("workaround", message="<p>Turn it off and on.</p>")
        ticket = self.make_endangered()
        action = self.do(ticket, step)
        self.assertEqual(action["res_model"], "mail.compose.message")
        self.assertIn("Turn it off", action["context"]["default_body"])
        self.assertEqual(action["context"]["default_res_ids"], ticket.ids)
        self.assertFalse(
            ticket.message_ids.filtered(lambda m: "Turn it off" in (m.body or ""))
        )
        self.assertTrue(ticket.rescue_ids)

    def test_reassigning_shows_three_with_reasons_and_one_click_assigns(self):
        step = self.make_step("reassign")
        ticket = self.make_endangered(team_id=self.team.id)
        action = self.do(ticket, step)
        self.assertFalse(ticket.rescue_ids)
        wizard = (
            self.env["service.sla.reassign"]
            .with_user(self.user_agent)
            .with_context(
                **action["context"],
                service_contract_now=ticket.env.context["service_contract_now"],
            )
            .create({})
        )
        candidate = wizard.candidate_ids
        self.assertEqual(candidate.user_id, self.user_lead)
        self.assertIn("0 open tickets", candidate.reasons)
        candidate.action_assign()
        self.assertEqual(ticket.user_id, self.user_lead)
        self.assertIn("assigned to Lea Lead", ticket.rescue_ids.result)

    def test_suggestions_without_a_step_are_no_rescue(self):
        ticket = self.make_ticket(team_id=self.team.id)
        action = ticket.action_suggest_assignee()
        wizard = (
            self.env["service.sla.reassign"]
            .with_user(self.user_agent)
            .with_context(**action["context"])
            .create({})
        )
        wizard.candidate_ids[0].action_assign()
        self.assertTrue(ticket.user_id)
        self.assertFalse(ticket.rescue_ids)

    def test_assigning_takes_no_step_of_another_kind(self):
        step = self.make_step()
        ticket = self.make_endangered(team_id=self.team.id)
        wizard = (
            self.env["service.sla.reassign"]
            .with_user(self.user_agent)
            .with_context(service_contract_now=utc("15 10:40"))
            .create({"ticket_id": ticket.id, "step_id": step.id})
        )
        wizard.candidate_ids[0].action_assign()
        self.assertTrue(ticket.user_id)
        self.assertFalse(ticket.rescue_ids)

    # === SERVER ACTIONS === #

    def test_a_server_action_runs_on_the_ticket(self):
        step = self.make_step("server_action", server_action_id=self.action.id)
        ticket = self.make_endangered()
        self.do(ticket, step)
        self.assertEqual(ticket.priority, "3")
        self.assertEqual(ticket.rescue_ids.kind, "server_action")

    def test_a_server_action_that_fails_changes_nothing_and_says_so(self):
        self.action.code = "record.write({'priority': '3'}); raise UserError('Busy')"
        step = self.make_step("server_action", server_action_id=self.action.id)
        ticket = self.make_endangered()
        with (
            mute_logger("odoo.addons.base.models.ir_actions"),
            self.assertRaisesRegex(UserError, "failed, and nothing was changed.*Busy"),
        ):
            self.do(ticket, step)
        self.assertEqual(ticket.priority, "1")
        self.assertFalse(ticket.rescue_ids)

    def test_only_an_administrator_chooses_a_server_action(self):
        values = {
            "policy_id": self.policy.id,
            "name": "Mine",
            "kind": "server_action",
            "server_action_id": self.action.id,
        }
        steps = self.env["service.sla.rescue.step"].with_user(self.user_manager)
        with self.assertRaises(AccessError):
            steps.create(values)
        step = self.make_step().with_user(self.user_manager)
        with self.assertRaises(AccessError):
            step.write({"server_action_id": self.action.id})

    def test_a_server_action_for_something_else_is_refused(self):
        self.action.model_id = self.env["ir.model"]._get_id("res.partner")
        with self.assertRaisesRegex(ValidationError, "must be one for tickets"):
            self.make_step("server_action", server_action_id=self.action.id)

    # === RIGHTS === #

    def test_a_step_that_is_not_offered_is_refused(self):
        step = self.make_step(percent=100)
        ticket = self.make_endangered()
        with self.assertRaisesRegex(UserError, "is not offered"):
            self.do(ticket, step)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_who_may_not_write_the_ticket_may_not_take_a_step(self):
        step = self.make_step()
        ticket = self.make_endangered()
        for user in (self.user_internal, self.user_contract):
            call = step.with_user(user).with_context(
                service_contract_ticket_id=ticket.id,
                service_contract_now=utc("15 10:40"),
            )
            with self.assertRaises(AccessError):
                call.action_execute()

    def test_what_a_step_needs_is_asked_for(self):
        for kind in ("escalate_user", "escalate_team", "workaround", "server_action"):
            with (
                self.subTest(kind),
                self.assertRaisesRegex(ValidationError, "fill in"),
                self.cr.savepoint(),
            ):
                self.make_step(kind)

    def test_a_manager_copies_a_policy_with_its_steps(self):
        self.make_step()
        policy = self.policy.with_user(self.user_manager)
        self.assertEqual(policy.copy().rescue_step_ids.name, "Do call_customer")
        self.make_step("server_action", server_action_id=self.action.id)
        with self.assertRaisesRegex(AccessError, "Only an administrator"):
            policy.copy()

    def test_steps_are_no_terms_of_the_policy(self):
        self.make_ticket()
        version = self.policy.version
        self.make_step()
        self.make_ticket()
        self.assertEqual(self.policy.version, version)
