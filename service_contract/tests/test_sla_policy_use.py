# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Policies: which one applies, contracts that name them, screens and rights."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_import import GOOD, ImportCommon
from .common_sla_policy import SlaPolicyCommon


@tagged("post_install", "-at_install")
class TestPolicyOfTicket(SlaPolicyCommon):
    """Line, else contract, else the company's policy for everybody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold = cls.make_policy()
        cls.silver = cls.make_policy(name="Silver")
        cls.standard = cls.make_policy(name="Standard")

    def found(self, tickets):
        return self.env["service.sla.policy"]._find_for_tickets(tickets)

    def test_line_then_contract_then_everybody_else(self):
        for of_line in (False, self.gold.id):
            for of_contract in (False, self.silver.id):
                for is_default in (False, True):
                    self.standard.is_default = is_default
                    line = self.line_values("unlimited", 0, sla_policy_id=of_line)
                    contract = self.make_contract([line], sla_policy_id=of_contract)
                    ticket = self.make_ticket()
                    ticket.service_contract_line_id = contract.line_ids
                    expected = (
                        of_line or of_contract or (is_default and self.standard.id)
                    )
                    with self.subTest(
                        line=of_line, contract=of_contract, default=is_default
                    ):
                        self.assertEqual(self.found(ticket)[ticket].id, expected)

    def test_customers_without_a_contract_get_the_default(self):
        ticket = self.make_ticket(self.stranger)
        self.assertFalse(self.found(ticket)[ticket])
        self.standard.is_default = True
        self.assertEqual(self.found(ticket)[ticket], self.standard)
        self.standard.active = False
        self.assertFalse(self.found(ticket)[ticket])

    def test_an_archived_policy_still_binds_its_contracts(self):
        contract = self.make_contract(sla_policy_id=self.gold.id)
        ticket = self.make_ticket()
        self.gold.action_archive()
        self.assertEqual(ticket.service_contract_id, contract)
        self.assertEqual(self.found(ticket)[ticket], self.gold)

    def test_policies_of_another_company_never_apply(self):
        """Not for the superuser either, whom no record rule binds (peer defect 0.7)."""
        self.make_policy(
            user=self.user_other,
            is_default=True,
            company_id=self.other_company.id,
            calendar_id=self.make_calendar(self.other_company).id,
        )
        ticket = self.make_ticket(self.stranger)
        both = (self.company | self.other_company).ids
        for env in (
            self.env,
            self.env(su=True),
            self.env(context={**self.env.context, "allowed_company_ids": both}),
        ):
            policies = env["service.sla.policy"]
            self.assertFalse(policies._find_for_tickets(ticket.with_env(env))[ticket])

    def test_the_nearest_company_s_policy_applies(self):
        shared = self.make_policy(
            name="Shared", company_id=False, calendar_id=False, is_default=True
        )
        ticket, of_branch, theirs = (
            self.make_ticket(self.stranger, self.env.user, company_id=company.id)
            for company in (self.company, self.branch, self.other_company)
        )
        tickets = ticket | of_branch | theirs
        self.assertEqual(set(self.found(tickets).values()), {shared})
        self.standard.is_default = True
        found = self.found(tickets)
        self.assertEqual(found[ticket], self.standard)
        self.assertEqual(found[of_branch], self.standard)
        self.assertEqual(found[theirs], shared)
        own = self.make_policy(
            company_id=self.branch.id, calendar_id=False, is_default=True
        )
        found = self.found(tickets)
        self.assertEqual(found[of_branch], own)
        self.assertEqual(found[ticket], self.standard)

    def test_a_contract_can_not_name_a_policy_of_another_company(self):
        theirs = self.make_policy(
            user=self.user_other,
            company_id=self.other_company.id,
            calendar_id=self.make_calendar(self.other_company).id,
        )
        with self.assertRaises(UserError):
            self.make_contract(sla_policy_id=theirs.id, user=self.env.user)
        with self.assertRaises(UserError):
            self.make_contract(
                [self.line_values(sla_policy_id=theirs.id)], user=self.env.user
            )

    def test_agents_need_no_contract_rights(self):
        self.make_contract(sla_policy_id=self.gold.id)
        ticket = self.make_ticket().with_user(self.user_agent)
        found = ticket.env["service.sla.policy"]._find_for_tickets(ticket)
        self.assertEqual(found[ticket], self.gold)
        self.assertTrue(found[ticket]._match_targets({"priority": "1"}))

    def test_queries_do_not_grow_with_the_tickets(self):
        self.standard.is_default = True
        contracts = [
            self.make_contract(
                [self.line_values("unlimited", 0, sla_policy_id=policy)],
                sla_policy_id=self.silver.id,
            )
            for policy in (self.gold.id, False)
        ]
        tickets = self.env["helpdesk.ticket"]
        for number in range(50):
            ticket = self.make_ticket(no_decrement=True, no_decrement_reason="Test")
            if number % 3:
                ticket.service_contract_line_id = contracts[number % 3 - 1].line_ids
            else:
                ticket.service_contract_line_id = False
            tickets |= ticket
        self.env.flush_all()
        self.found(tickets)
        for count in (1, 50):
            self.env.invalidate_all()
            # ticket, line, contract, and what their rules read
            with self.subTest(count), self.assertQueryCount(3):
                found = self.found(tickets[:count])
        self.assertEqual(set(found.values()), {self.gold, self.silver, self.standard})
        with self.assertQueryCount(0):
            self.found(tickets)


@tagged("post_install", "-at_install")
class TestPolicyOnContract(SlaPolicyCommon):
    """Tier and policy are terms: copied, then locked."""

    def test_template_to_contract_to_line(self):
        policy, of_line = self.make_policy(), self.make_policy(name="Silver")
        template = self.template_cases
        template.write({"tier_id": self.tier.id, "sla_policy_id": policy.id})
        template.line_ids.sla_policy_id = of_line
        contract = self.make_contract(template_id=template.id)
        self.assertEqual(
            (contract.tier_id, contract.sla_policy_id), (self.tier, policy)
        )
        self.assertEqual(contract.line_ids.sla_policy_id, of_line)
        template.write({"tier_id": False, "sla_policy_id": False})
        self.assertEqual(
            (contract.tier_id, contract.sla_policy_id), (self.tier, policy)
        )

    def test_template_of_all_companies_may_name_the_policy_of_one(self):
        policy = self.make_policy()
        template = self.template_cases
        template.write({"sla_policy_id": policy.id})
        template.line_ids.sla_policy_id = policy
        contract = self.make_contract(template_id=template.id)
        self.assertEqual(contract.sla_policy_id, policy)
        with self.assertRaises(UserError):
            self.make_contract(
                template_id=template.id,
                user=self.user_other,
                company_id=self.other_company.id,
            )

    def test_template_chosen_in_the_form(self):
        policy = self.make_policy()
        self.template_cases.write({"tier_id": self.tier.id, "sla_policy_id": policy.id})
        form = Form(self.env["service.contract"].with_user(self.user_contract))
        form.partner_id = self.customer
        form.template_id = self.template_cases
        contract = form.save()
        self.assertEqual(
            (contract.tier_id, contract.sla_policy_id), (self.tier, policy)
        )

    def test_agreed_terms_are_locked(self):
        policy = self.make_policy()
        contract = self.make_contract(confirm=False)
        contract.write({"tier_id": self.tier.id, "sla_policy_id": policy.id})
        contract.line_ids.sla_policy_id = policy
        contract.action_confirm()
        for record, values in (
            (contract, {"tier_id": False}),
            (contract, {"sla_policy_id": False}),
            (contract.line_ids, {"sla_policy_id": False}),
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "locked"):
                record.write(values)

    def test_a_contract_whose_clock_never_runs_is_not_confirmed(self):
        policy = self.make_policy()
        on_contract = self.make_contract(confirm=False, sla_policy_id=policy.id)
        line = self.line_values(sla_policy_id=policy.id)
        on_line = self.make_contract([line], confirm=False)
        self.calendar.attendance_ids.unlink()
        for contract in (on_contract, on_line):
            with self.assertRaisesRegex(UserError, "Gold can't measure any time"):
                contract.action_confirm()
            self.assertEqual(contract.state, "draft")
        policy.calendar_id = False
        (on_contract | on_line).action_confirm()
        self.assertEqual(on_contract.state, "active")

    def test_sold_contracts_have_the_terms_of_their_template(self):
        policy = self.make_policy()
        self.template_cases.write({"tier_id": self.tier.id, "sla_policy_id": policy.id})
        self.product.product_tmpl_id.service_contract_template_id = self.template_cases
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        order.action_confirm()
        contract = self.env["service.contract"].search(
            [("sale_order_id", "=", order.id)]
        )
        self.assertEqual(
            (contract.tier_id, contract.sla_policy_id), (self.tier, policy)
        )


@tagged("post_install", "-at_install")
class TestPolicyImport(SlaPolicyCommon, ImportCommon):
    """A file of contracts names tier and policy, or leaves them to the template."""

    def test_tier_and_policy_of_a_file(self):
        gold = self.make_policy(name="Aurora Gold")
        silver = self.make_policy(name="Aurora Silver")
        self.tier.write({"code": "T1", "name": "Tier One"})
        self.template_cases.write({"tier_id": self.tier.id, "sla_policy_id": gold.id})
        template = {"Template": "CASES", "Tier": "", "SLA Policy": ""}
        self.import_file(
            [
                {
                    **GOOD,
                    "External Key": "A",
                    "Tier": "T1",
                    "SLA Policy": "Aurora Silver",
                },
                {**GOOD, "External Key": "B", "Tier": "Tier One", "SLA Policy": ""},
                {**GOOD, "External Key": "C", **template},
                {
                    **GOOD,
                    "External Key": "D",
                    **template,
                    "SLA Policy": "Aurora Silver",
                },
            ]
        )
        contracts = self.contracts("A", "B", "C", "D")
        self.assertEqual(
            [(c.tier_id, c.sla_policy_id) for c in contracts],
            [
                (self.tier, silver),
                (self.tier, gold.browse()),
                (self.tier, gold),
                (self.tier, silver),
            ],
        )

    def test_a_policy_that_is_not_known_is_reported(self):
        wizard = self.import_file([{**GOOD, "SLA Policy": "Platinum"}])
        self.assertFalse(self.contracts("K1"))
        self.assertIn("Platinum", wizard.report_html or "")


@tagged("post_install", "-at_install")
class TestPolicyScreens(SlaPolicyCommon):
    """The preview is the engine's word, and the settings move the default."""

    def preview(self, policy, now):
        return self.at(policy, now).preview_html

    def test_a_ticket_of_now_is_due_when_the_clock_says(self):
        policy = self.make_policy(
            [
                {"amount": 4},
                {"amount": 30, "unit": "minute", "priority": "3"},
                {"metric": "restore", "amount": 2, "unit": "working_day"},
                {"metric": "resolve", "amount": 8, "unit": "wall_hour"},
            ]
        )
        self.company.partner_id.tz = "Europe/Rome"
        # Wednesday 15 January 2025, 10:00 in Rome: two hours, lunch, two hours
        text = self.preview(policy, "2025-01-15 09:00:00")
        for due in (
            "Wed 15 Jan, 10:00",
            "Wed 15 Jan, 15:00",
            "Wed 15 Jan, 10:30",
            "Fri 17 Jan, 10:00",
            "Wed 15 Jan, 18:00",
            "Very High",
        ):
            self.assertIn(due, text)

    def test_what_is_asked_on_sunday_counts_from_monday(self):
        policy = self.make_policy(
            [{"metric": "restore", "amount": 1, "unit": "working_day"}]
        )
        self.company.partner_id.tz = "Europe/Rome"
        # Friday evening, Sunday and Monday before opening: asked on Monday at opening
        for now in ("2025-01-17 21:00", "2025-01-19 12:00", "2025-01-20 05:00"):
            with self.subTest(now=now):
                text = self.preview(policy, f"{now}:00")
                self.assertIn("Tue 21 Jan, 08:00", text)

    def test_a_priority_that_changes_nothing_is_not_listed(self):
        text = self.preview(self.make_policy(), "2025-01-15 09:00:00")
        self.assertIn("Any priority", text)
        self.assertNotIn("Very High", text)

    def test_a_policy_being_written_has_a_preview(self):
        form = Form(self.env["service.sla.policy"].with_user(self.user_manager))
        form.name = "Silver"
        self.assertTrue(form.preview_html)
        with form.target_ids.new() as target:
            target.amount = 0
        self.assertTrue(form.preview_html)

    def test_a_target_says_what_it_is_limited_to(self):
        policy = self.make_policy(
            [{"tier_ids": self.tier.ids, "tz": "Asia/Tokyo", "priority": "3"}]
        )
        target = policy.target_ids
        self.assertEqual(target.condition_text, "Gold, Asia/Tokyo")
        self.assertEqual(
            target.display_name, "First response within 4 hours (Very High)"
        )
        version = policy._get_version()
        self.assertEqual(version.terms_text, target.display_name)

    def test_timers_of_a_policy(self):
        policy = self.make_policy(is_default=True)
        self.assertEqual(policy.timer_count, 0)
        ticket = self.make_ticket(self.stranger)
        policy.invalidate_recordset(["timer_count"])
        self.assertEqual(policy.timer_count, 1)
        action = policy.action_view_timers()
        timers = self.env["service.sla.timer"].search(action["domain"])
        self.assertEqual(timers.ticket_id, ticket)

    def test_contracts_of_a_policy(self):
        policy = self.make_policy()
        by_contract = self.make_contract(sla_policy_id=policy.id)
        by_line = self.make_contract([self.line_values(sla_policy_id=policy.id)])
        self.make_contract()
        self.assertEqual(policy.contract_count, 2)
        action = policy.action_view_contracts()
        found = self.env["service.contract"].search(action["domain"])
        self.assertEqual(found, by_contract | by_line)

    def test_settings_choose_the_policy_for_everybody_else(self):
        gold, silver = self.make_policy(), self.make_policy(name="Silver")
        settings = self.env["res.config.settings"].with_company(self.company)
        for policy in (gold, silver, gold.browse()):
            settings.create({"service_sla_policy_id": policy.id}).execute()
            chosen = (gold | silver).filtered("is_default")
            self.assertEqual(chosen, policy)
            self.assertEqual(settings.create({}).service_sla_policy_id, policy)


@tagged("post_install", "-at_install")
class TestPolicyRights(SlaPolicyCommon):
    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_only_managers_write_promises(self):
        policy = self.make_policy()
        for user in (self.user_contract, self.user_billing, self.user_agent):
            for record in (policy, policy.target_ids, self.reason, self.tier):
                with self.subTest(user=user.login, model=record._name):
                    record.with_user(user).read(["display_name"])
                    with self.assertRaises(AccessError):
                        record.with_user(user).write({"sequence": 1})

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_customers_and_other_employees_read_none_of_it(self):
        """A peer shows its policies, with internal notes, to the portal."""
        policy = self.make_policy()
        policy._get_version()
        skill = self.env["service.skill"].create({"name": "Ovens"})
        records = (
            policy,
            policy.target_ids,
            policy.version_ids,
            self.reason,
            self.tier,
            skill,
        )
        for user in (self.portal_owner, self.user_internal):
            for record in records:
                with (
                    self.subTest(user=user.login, model=record._name),
                    self.assertRaises(AccessError),
                ):
                    record.with_user(user).read(["display_name"])

    def test_a_manager_gives_skills_without_rights_on_users(self):
        category = self.env["helpdesk.ticket.category"].create({"name": "Oven"})
        skill = (
            self.env["service.skill"]
            .with_user(self.user_manager)
            .create(
                {
                    "name": "Ovens",
                    "user_ids": self.user_agent.ids,
                    "category_ids": category.ids,
                }
            )
        )
        self.assertEqual(self.user_agent.service_skill_ids.ids, skill.ids)
        self.assertEqual(category.service_skill_ids.ids, skill.ids)
