# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Policies: what may be written, which one applies, and what timers keep."""

from psycopg2 import IntegrityError
from psycopg2.errors import RestrictViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ServiceContractCommon
from .common_import import GOOD, ImportCommon


class SlaPolicyCommon(ServiceContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        policies = cls.env["service.sla.policy"]
        policies.search([("is_default", "=", True)]).is_default = False  # demo data
        cls.calendar = cls.make_calendar()
        cls.empty_calendar = cls.make_calendar(attendance_ids=[])
        cls.tier = cls.env["service.tier"].create({"name": "Gold"})
        cls.reason = cls.env["service.sla.pause.reason"].create({"name": "Asked"})

    @classmethod
    def make_calendar(cls, company=None, **values):
        """Make a calendar of Monday to Friday, 8 to 17 with a lunch break."""
        company = company or cls.company
        return (
            cls.env["resource.calendar"]
            .with_company(company)
            .create(
                {
                    "name": "Office",
                    "tz": "Europe/Rome",
                    "company_id": company.id,
                    **values,
                }
            )
        )

    @classmethod
    def make_policy(cls, targets=({},), user=None, **values):
        """Make a policy of ``company`` as the manager; a target answers in 4 hours."""
        values.setdefault("calendar_id", cls.calendar.id)
        return (
            cls.env["service.sla.policy"]
            .with_user(user or cls.user_manager)
            .with_context(allowed_company_ids=None)
            .create(
                {
                    "name": "Gold",
                    "company_id": cls.company.id,
                    "target_ids": [Command.create(dict(target)) for target in targets],
                    **values,
                }
            )
        )


@tagged("post_install", "-at_install")
class TestPolicyTerms(SlaPolicyCommon):
    """What can't be measured can't be promised."""

    def assert_refused(self, part, call):
        with self.assertRaises(ValidationError) as caught, self.cr.savepoint():
            call()
            self.env.flush_all()
        self.assertIn(part, str(caught.exception))

    @mute_logger("odoo.sql_db")
    def test_a_target_has_a_time(self):
        for amount in (0, -1, 100001):
            with (
                self.subTest(amount),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.make_policy([{"amount": amount}])
                self.env.flush_all()

    def test_warnings_are_ascending_percentages(self):
        for text in ("0", "100", "75, 50", "half", "50 75"):
            with self.subTest(text):
                self.assert_refused(
                    "such as 50, 75, 90",
                    lambda text=text: self.make_policy([{"thresholds": text}]),
                )
        policy = self.make_policy([{"thresholds": " 40,80"}])
        terms = policy._get_terms()["targets"][0]
        self.assertEqual(terms["thresholds"], [40, 80])

    def test_a_target_without_warnings(self):
        policy = self.make_policy([{"thresholds": False}])
        self.assertEqual(policy._get_terms()["targets"][0]["thresholds"], [])

    def test_warnings_default_to_half_three_quarters_and_nine_tenths(self):
        policy = self.make_policy()
        terms = policy._get_terms()["targets"][0]
        self.assertEqual(terms["thresholds"], [50, 75, 90])

    def test_a_calendar_without_openings_is_refused(self):
        closed = self.empty_calendar.id
        self.assert_refused("Gold", lambda: self.make_policy(calendar_id=closed))
        self.assert_refused("Gold", lambda: self.make_policy([{"calendar_id": closed}]))
        policy = self.make_policy()
        self.assert_refused("Gold", lambda: policy.write({"calendar_id": closed}))

    def test_without_open_hours_the_clock_runs_around_the_clock(self):
        policy = self.make_policy(calendar_id=False)
        version = policy._get_version()
        key = version._get_terms()["targets"][0]["key"]
        self.assertFalse(version._get_calendar(key))

    def test_a_new_clock_needs_a_window(self):
        for hours in (0, -1):
            self.assert_refused(
                "more than zero",
                lambda hours=hours: self.make_policy(
                    reopen="new_after", reopen_window_hours=hours
                ),
            )
        self.assertTrue(self.make_policy(reopen_window_hours=0))

    @mute_logger("odoo.sql_db")
    def test_one_policy_of_a_company_is_for_everybody_else(self):
        first = self.make_policy(is_default=True, name="Standard")
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.make_policy(is_default=True)
        first.active = False
        self.env.flush_all()
        second = self.make_policy(is_default=True)
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            first.active = True
            self.env.flush_all()
        first.invalidate_recordset()
        theirs = self.make_policy(
            user=self.user_other,
            is_default=True,
            company_id=self.other_company.id,
            calendar_id=self.make_calendar(self.other_company).id,
        )
        shared = self.make_policy(is_default=True, company_id=False, calendar_id=False)
        self.assertTrue(second.is_default and theirs.is_default and shared.is_default)

    def test_two_equal_targets_are_refused(self):
        category = self.env["helpdesk.ticket.category"].create({"name": "Oven"})
        for values in (
            {},
            {"priority": "2"},
            {"category_ids": category.ids},
            {"tier_ids": self.tier.ids, "priority": "0"},
        ):
            with self.subTest(values):
                self.assert_refused(
                    "First response within 5 hours",
                    lambda values=values: self.make_policy(
                        [{"amount": 4, **values}, {"amount": 5, **values}]
                    ),
                )
        self.assertTrue(
            self.make_policy([{}, {"metric": "resolve"}, {"priority": "2"}])
        )

    def test_pauses_by_default_but_for_the_first_response(self):
        metrics = ("first_response", "next_response", "restore", "resolve")
        policy = self.make_policy([{"metric": metric} for metric in metrics])
        self.assertEqual(
            policy.target_ids.mapped("pause_rule"), ["none", "all", "all", "all"]
        )
        self.assertEqual(
            [terms["pauses"] for terms in policy._get_terms()["targets"]],
            [[], None, None, None],
        )

    def test_a_target_that_pauses_for_reasons_names_them(self):
        self.assert_refused(
            "choose the reasons", lambda: self.make_policy([{"pause_rule": "reasons"}])
        )
        policy = self.make_policy(
            [{"pause_rule": "reasons", "pause_reason_ids": self.reason.ids}]
        )
        version = policy._get_version()
        target = version._get_target(str(policy.target_ids.id))
        self.assertEqual(target.pauses, {str(self.reason.id)})

    @mute_logger("odoo.sql_db")
    def test_limits_of_a_pause_are_not_negative(self):
        for name in ("max_hours", "budget_hours"):
            with (
                self.subTest(name),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.reason[name] = -1
                self.env.flush_all()

    @mute_logger("odoo.sql_db")
    def test_what_a_target_names_can_not_be_deleted(self):
        """Without the tier the target would be a promise to everybody."""
        self.make_policy([{"tier_ids": self.tier.ids}])
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.tier.unlink()
            self.env.flush_all()

    def test_calendar_of_another_company_is_refused(self):
        calendar = self.make_calendar(self.other_company)
        with self.assertRaises(UserError):
            self.make_policy(calendar_id=calendar.id)
        with self.assertRaises(UserError):
            self.make_policy([{"calendar_id": calendar.id}])

    def test_a_copy_is_not_for_everybody_else(self):
        copy = self.make_policy(is_default=True).copy()
        self.assertFalse(copy.is_default)
        self.assertEqual(len(copy.target_ids), 1)
        self.assertEqual((copy.version, copy.name), (0, "Gold (copy)"))

    def test_form_of_a_policy(self):
        form = Form(self.env["service.sla.policy"].with_user(self.user_manager))
        form.name = "Silver"
        form.calendar_id = self.calendar
        with form.target_ids.new() as target:
            target.metric = "restore"
            target.amount = 2
            target.unit = "working_day"
        policy = form.save()
        self.assertEqual(
            policy.target_ids.display_name, "Restore within 2 working days"
        )
        self.assertEqual(policy.target_ids.pause_rule, "all")


@tagged("post_install", "-at_install")
class TestPolicyVersions(SlaPolicyCommon):
    """A running timer keeps the terms it started with (P18)."""

    def stored(self, version):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT terms::text, digest FROM service_sla_version WHERE id = %s",
            [version.id],
        )
        return self.env.cr.fetchone()

    def test_the_first_timer_makes_version_one(self):
        policy = self.make_policy()
        self.assertEqual((policy.version, policy.version_ids), (0, policy.version_ids))
        version = policy._get_version()
        self.assertEqual((version.number, policy.version), (1, 1))
        self.assertEqual(version.terms, policy._get_terms())
        self.assertEqual(policy._get_version(), version)

    def test_an_edit_makes_a_version_only_when_a_timer_starts(self):
        policy = self.make_policy()
        first = policy._get_version()
        before = self.stored(first)
        policy.target_ids.amount = 2
        policy.target_ids.amount = 3
        policy.reopen = "restart"
        self.assertEqual(policy.version_ids, first)
        second = policy._get_version()
        self.assertEqual((second.number, policy.version), (2, 2))
        self.assertEqual(second._get_terms()["targets"][0]["amount"], 3)
        self.assertEqual(first._get_terms()["targets"][0]["amount"], 4)
        self.assertEqual(self.stored(first), before)

    def test_each_term_makes_a_version(self):
        policy = self.make_policy([{"metric": "restore"}])
        other = self.make_calendar()
        target = policy.target_ids
        changes = [
            (policy, {"calendar_id": other.id}),
            (policy, {"timezone_source": "site"}),
            (policy, {"response_by": "message_or_stage"}),
            (policy, {"reopen": "new_after"}),
            (policy, {"reopen_window_hours": 1.5}),
            (policy, {"alarm_in_hours_only": True}),
            (policy, {"alarm_when_late": True}),
            (target, {"amount": 9}),
            (target, {"unit": "working_day"}),
            (target, {"end_of_day": True}),
            (target, {"thresholds": "10"}),
            (target, {"priority": "3"}),
            (target, {"tier_ids": self.tier.ids}),
            (target, {"calendar_id": other.id}),
            (target, {"tz": "Asia/Tokyo"}),
            (target, {"pause_rule": "none"}),
            (policy, {"target_ids": [Command.create({"metric": "resolve"})]}),
            (policy, {"target_ids": [Command.delete(target.id)]}),
        ]
        for number, (record, values) in enumerate(changes, start=1):
            with self.subTest(values):
                self.assertEqual(policy._get_version().number, number)
                record.write(values)
        self.assertEqual(policy._get_version().number, len(changes) + 1)

    def test_what_no_timer_depends_on_makes_no_version(self):
        policy = self.make_policy()
        version = policy._get_version()
        policy.write({"name": "Platinum", "description": "Best", "sequence": 3})
        policy.is_default = True
        self.reason.name = "Waiting"
        self.assertEqual(policy._get_version(), version)

    def test_going_back_to_earlier_terms_is_a_new_version(self):
        policy = self.make_policy()
        first = policy._get_version()
        for amount in (5, 4):
            policy.target_ids.amount = amount
            version = policy._get_version()
        self.assertEqual((version.number, version.digest), (3, first.digest))

    def test_a_version_undone_by_a_savepoint_is_forgotten(self):
        policy = self.make_policy()
        try:
            with self.env.cr.savepoint():
                undone = policy._get_version()
                self.assertEqual(policy._get_version(), undone)
                raise ZeroDivisionError
        except ZeroDivisionError:
            policy.invalidate_recordset()
        version = policy._get_version()
        self.assertTrue(version.exists())
        self.assertEqual(version.number, 1)

    @mute_logger("odoo.sql_db")
    def test_a_version_is_never_changed(self):
        version = self.make_policy()._get_version()
        for query in (
            "UPDATE service_sla_version SET terms = '{}' WHERE id = %s",
            "UPDATE service_sla_version SET number = 7 WHERE id = %s",
            "DELETE FROM service_sla_version WHERE id = %s",
        ):
            with (
                self.subTest(query),
                self.assertRaises(RestrictViolation),
                self.cr.savepoint(),
            ):
                self.env.cr.execute(query, [version.id])

    def test_a_policy_that_measured_tickets_is_archived_not_deleted(self):
        policy = self.make_policy()
        policy._get_version()
        with self.assertRaisesRegex(ValidationError, "Archive it"):
            policy.unlink()
        policy.action_archive()
        self.assertFalse(policy.active)
        self.make_policy(name="Unused").unlink()

    def test_the_form_says_what_running_timers_keep(self):
        policy = self.make_policy()
        self.assertFalse(policy.version_note)
        policy._get_version()
        self.assertIn("start with version 1", policy.version_note)
        policy.target_ids.amount = 8
        self.assertIn("running timers keep version 1", policy.version_note)
        self.assertIn("start with version 2", policy.version_note)

    def test_cached_facts_cost_no_query(self):
        policy = self.make_policy()
        policy._get_version()
        self.env.flush_all()
        # As after a commit: what is stored may be cached.
        self.env.cr.postcommit.data.clear()
        version = policy._get_version()
        key = version._get_terms()["targets"][0]["key"]
        version._get_target(key)
        self.env.invalidate_all()
        with self.assertQueryCount(0):
            again = policy._get_version()
            again._get_target(key)
            again._match_targets({"priority": "1"})
            policy._match_targets({"priority": "1"})
            again._get_zone(key, "Europe/Rome")
            again._get_calendar(key)

    def test_zone_of_a_target(self):
        table = {
            # source, zone of the target: with contract and site, contract only, none
            ("calendar", False): (None, None, None),
            ("contract", False): ("Europe/Rome", "Europe/Rome", None),
            ("site", False): ("Asia/Tokyo", "Europe/Rome", None),
            ("site", "UTC"): ("UTC", "UTC", "UTC"),
            ("calendar", "UTC"): ("UTC", "UTC", "UTC"),
        }
        for (source, tz), expected in table.items():
            policy = self.make_policy([{"tz": tz}], timezone_source=source)
            version = policy._get_version()
            key = str(policy.target_ids.id)
            zones = (("Europe/Rome", "Asia/Tokyo"), ("Europe/Rome", None), (None, None))
            with self.subTest(source=source, tz=tz):
                self.assertEqual(
                    tuple(version._get_zone(key, *pair) for pair in zones), expected
                )


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
