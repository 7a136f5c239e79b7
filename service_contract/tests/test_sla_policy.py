# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Policies: what may be written, and what timers keep."""

from psycopg2 import IntegrityError
from psycopg2.errors import RestrictViolation

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_sla_policy import SlaPolicyCommon


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
