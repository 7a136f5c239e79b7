# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Usages reported by other systems: once, for the right line, and with an answer."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2 import errors

from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..exceptions import UsageConflict
from .common_usage_api import AT, ApiCommon


@tagged("post_install", "-at_install")
class TestReport(ApiCommon):
    def test_an_event_is_a_usage_that_draws(self):
        answer = self.report(description="Cable replaced", evidence="photo 7")
        usage = self.usages()
        self.assertEqual(
            answer,
            {
                "status": "ok",
                "already": False,
                "external_key": "crm-1",
                "usage": {
                    "usage_id": usage.id,
                    "external_key": "crm-1",
                    "contract": self.contract.name,
                    "line_id": self.line.id,
                    "ticket": None,
                    "unit": "second",
                    "quantity": "5400",
                    "event_at": AT,
                    "ended_at": None,
                    "received_at": "2025-01-15T09:00:00Z",
                },
            },
        )
        self.assertRecordValues(
            usage,
            [
                {
                    "company_id": self.company.id,
                    "external_key": "crm-1",
                    "unit": "second",
                    "quantity": 5400,
                    "description": "Cable replaced",
                    "partner_id": self.customer.id,
                    "contract_line_id": self.line.id,
                    "ticket_id": False,
                    "state": "settled",
                }
            ],
        )
        self.assertEqual(usage.charge_ids.kind, "covered")
        self.assertEqual(usage.receipt_ids.evidence, "photo 7")
        self.assertEqual(usage.receipt_ids.create_uid, self.user_contract)
        self.assertEqual(self.line.sudo().counter_ids.drawn, 5400)

    def test_the_same_event_again_gets_the_same_answer(self):
        first = self.report()
        for changes in ({}, {"unit": "minute", "quantity": 90}):
            again = self.report(**changes)
            self.assertTrue(again["already"])
            self.assertEqual(again["status"], "already")
            self.assertEqual(again["usage"], first["usage"])
        self.assertEqual(len(self.usages()), 1)
        self.assertEqual(self.line.sudo().counter_ids.drawn, 5400)

    def test_the_answer_stays_whatever_happens_to_the_contract(self):
        first = self.report()
        self.contract.action_cancel(reason="Over")
        self.contract.sudo().active = False
        self.assertEqual(self.report()["usage"], first["usage"])
        with self.assertRaisesRegex(ValidationError, "contract is not known"):
            self.report("crm-2")

    def test_another_event_with_the_same_key_is_a_conflict(self):
        self.report()
        with self.assertRaisesRegex(
            UsageConflict, "differs in: event_at, quantity. Nothing was changed"
        ):
            self.report(quantity=2, event_at="2025-01-15T08:30:00Z")
        self.assertEqual(self.usages().quantity, 5400)
        self.assertEqual(UsageConflict("").http_status, 409)

    def test_a_key_recorded_by_other_means_is_a_conflict(self):
        self.env["service.usage"].sudo()._capture(
            [
                {
                    "company_id": self.company.id,
                    "source": "api",
                    "external_key": "crm-1",
                    "unit": "second",
                    "quantity": 5400,
                    "event_at": "2025-01-15 08:00:00",
                    "contract_line_id": self.line.id,
                }
            ]
        )
        with self.assertRaises(UsageConflict):
            self.report()

    def test_receipts_are_kept(self):
        self.report()
        receipt = self.usages().receipt_ids
        with self.assertRaises(UserError):
            receipt.unlink()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.RestrictViolation),
            self.cr.savepoint(),
        ):
            receipt.payload_hash = "0"
            receipt.flush_recordset()

    def test_bad_input_is_refused_and_nothing_is_done(self):
        for changes in (
            {"quantity": float("inf")},
            {"quantity": 1e308},
            {"quantity": -1},
            {"quantity": "0.33333"},
            {"unit": "fortnight"},
            {"external_key": "a\0b"},
            {"external_key": ""},
            {"description": "x" * 10_000_000},
            {"event_at": "2025-01-15T08:00:00"},
            {"event_at": "2999-01-15T08:00:00Z"},
            {"event_at": "0001-01-15T08:00:00Z"},
            {"contract": "SC-unknown"},
            {"contract": None},
            {"line_id": 2**31 - 1},
            {"ticket": "HT-unknown"},
            {"contract_key": "no such key"},
        ):
            with self.subTest(str(changes)[:60]), self.assertRaises(ValidationError):
                self.report(**changes)
        self.assertFalse(self.usages())
        self.assertFalse(self.line.sudo().counter_ids.drawn)


@tagged("post_install", "-at_install")
class TestQueue(ApiCommon):
    """Where reports wait for a contract, further ones join them."""

    def pend(self):
        """Leave a usage of the contract pending, as after a lost race."""
        with patch.object(
            type(self.env["service.usage"]),
            "_settle",
            side_effect=errors.SerializationFailure,
        ):
            self.report("crm-0")

    def states(self):
        usages = self.usages().sorted("external_key")
        usages.invalidate_recordset(["state"])
        return usages.mapped("state")

    def test_reports_queue_and_are_settled_together(self):
        self.pend()
        self.report("crm-1")
        self.report("crm-2")
        self.assertEqual(self.states(), ["pending"] * 3)
        self.run_cron("service.usage", "_cron_settle")
        self.assertEqual(self.states(), ["settled"] * 3)
        self.report("crm-3")
        self.assertEqual(self.states(), ["settled"] * 4)

    def test_nobody_joins_who_waits_in_vain(self):
        """As on a server whose scheduled actions stand still."""
        self.pend()
        before = self.env.cr.now() - timedelta(minutes=3)
        self.env.cr.execute("UPDATE service_usage SET create_date = %s", [before])
        self.report("crm-1")
        self.assertEqual(self.states(), ["pending", "settled"])

    def test_other_contracts_and_other_sources_do_not_queue(self):
        self.pend()
        other = self.make_contract([self.line_values("hours", 10)])
        self.report("crm-1", contract=other.name)
        ticket = self.make_ticket(service_contract_line_id=self.line.id)
        self.assertEqual(self.states(), ["pending", "settled"])
        self.assertEqual(ticket.sudo().service_usage_ids.state, "settled")

    def test_decisions_do_not_queue(self):
        self.report("crm-1")
        self.pend()
        usage = self.usages().filtered(lambda usage: usage.external_key == "crm-1")
        usage._settle_again()
        self.assertEqual(usage.state, "settled")


@tagged("post_install", "-at_install")
class TestFindLine(ApiCommon):
    def line_of(self, key="crm-1", **values):
        values.setdefault("contract", None)
        line_id = self.report(key, **values)["usage"]["line_id"]
        return self.env["service.contract.line"].browse(line_id)

    def test_each_way_of_naming_it(self):
        self.contract.sudo().external_key = "OLD-7"
        ticket = self.make_ticket(service_contract_line_id=self.line.id)
        for number, values in enumerate(
            (
                {"contract": self.contract.name},
                {"contract_key": "OLD-7"},
                {"line_id": self.line.id},
                {"ticket": ticket.number},
                {
                    "contract": self.contract.name,
                    "contract_key": "OLD-7",
                    "line_id": self.line.id,
                    "ticket": ticket.number,
                },
            )
        ):
            with self.subTest(values):
                self.assertEqual(self.line_of(f"crm-{number}", **values), self.line)
        by_ticket = self.usages().filtered("ticket_id")
        self.assertEqual(len(by_ticket), 2)
        self.assertEqual(by_ticket.ticket_id, ticket)

    def test_the_exemption_of_a_ticket_counts(self):
        ticket = self.make_ticket(
            service_contract_line_id=self.line.id,
            no_decrement=True,
            no_decrement_reason="Our mistake",
        )
        self.report(contract=None, ticket=ticket.number)
        self.assertEqual(self.usages().charge_ids.kind, "courtesy")

    def test_what_names_its_ticket_alone_goes_with_it(self):
        """What names its contract stays there, and neither ends with the ticket."""
        ticket = self.make_ticket(service_contract_line_id=self.line.id)
        self.report("crm-1", contract=None, ticket=ticket.number)
        self.report("crm-2", contract=self.contract.name, ticket=ticket.number)
        follows, stays = self.usages().filtered("ticket_id").sorted("external_key")
        other = self.make_contract().sudo().line_ids
        ticket.service_contract_line_id = other
        self.assertEqual(
            (follows.contract_line_id, stays.contract_line_id), (other, self.line)
        )
        standing = follows.charge_ids.filtered(
            lambda c: not c.is_reversed and not c.reversed_charge_id
        )
        self.assertEqual(standing.contract_line_id, other)
        ticket.sudo().unlink()
        self.assertFalse((follows | stays).filtered("is_void"))

    def test_what_disagrees_is_refused(self):
        other = self.make_contract(partner_id=self.stranger.id)
        other.sudo().external_key = "OLD-8"
        ticket = self.make_ticket(service_contract_line_id=self.line.id)
        for values, word in (
            ({"contract": other.name, "line_id": self.line.id}, "line_id is not of"),
            ({"contract_key": "OLD-8"}, "contract_key is not of"),
            ({"contract": other.name, "ticket": ticket.number}, "another customer"),
        ):
            with (
                self.subTest(word),
                self.assertRaisesRegex(ValidationError, word),
            ):
                self.report(**values)

    def test_a_ticket_without_a_line_is_refused(self):
        ticket = self.make_ticket(partner=self.stranger)
        with self.assertRaisesRegex(ValidationError, "choose it on the ticket"):
            self.report(contract=None, ticket=ticket.number)

    def test_of_several_lines_the_one_that_counts_the_unit(self):
        contract = self.make_contract(
            [
                self.line_values("none", 0),
                self.line_values("hours", 10),
                self.line_values("cases", 10),
            ]
        )
        hours, cases = contract.line_ids[1:]
        self.assertEqual(self.line_of("h", contract=contract.name), hours)
        self.assertEqual(
            self.line_of("c", contract=contract.name, unit="case", quantity=1), cases
        )
        with self.assertRaisesRegex(ValidationError, "several lines that fit"):
            self.line_of("v", contract=contract.name, unit="visit", quantity=1)

    def test_a_line_that_is_over_is_not_chosen_beside_one_that_serves(self):
        lines = [
            self.line_values("hours", 10, date_end="2025-01-10"),
            self.line_values("hours", 20, date_start="2025-01-11"),
        ]
        contract = self.make_contract(lines)
        old, new = contract.line_ids
        self.assertEqual(self.line_of("new", contract=contract.name), new)
        self.assertEqual(
            self.line_of(
                "old", contract=contract.name, event_at="2025-01-09T08:00:00Z"
            ),
            old,
        )

    def test_of_several_lines_the_one_with_the_task_in_its_scope(self):
        tasks = self.env["service.task.code"].sudo()
        cable, paint = tasks.create(
            [
                {"code": "CABLE", "name": "Cable", "company_id": self.company.id},
                {"code": "PAINT", "name": "Paint", "company_id": False},
            ]
        )
        contract = self.make_contract(
            [
                self.line_values("hours", 10, task_included_ids=cable.ids),
                self.line_values("hours", 20, task_excluded_ids=cable.ids),
            ]
        )
        cables, others = contract.line_ids
        for task, line in (("CABLE", cables), ("PAINT", others), (None, None)):
            event = {"contract": contract.name, "task_code": task}
            with self.subTest(task):
                if line:
                    self.assertEqual(self.line_of(task, **event), line)
                    continue
                with self.assertRaisesRegex(ValidationError, "several lines"):
                    self.line_of("none", **event)
        with self.assertRaisesRegex(ValidationError, "task_code is not known"):
            self.report("x", task_code="WELD")
        own = paint.copy({"code": "PAINT", "company_id": self.company.id})
        self.report("own", task_code="PAINT")
        usage = self.usages().filtered(lambda usage: usage.external_key == "own")
        self.assertEqual(usage.task_code_id, own)

    def test_who_did_it_and_in_which_visit(self):
        employee = self.user_agent.employee_id.sudo()
        employee.service_role_id = self.env["service.employee.role"].create(
            {"name": "Test Engineer"}
        )
        self.report(
            employee_id=employee.id,
            visit_key="V7",
            ended_at="2025-01-15T09:30:00Z",
        )
        usage = self.usages()
        self.assertEqual(usage.employee_id, employee)
        self.assertEqual(usage.role_id, employee.service_role_id)
        self.assertEqual(usage.visit_key, "V7")
        self.assertEqual(str(usage.ended_at), "2025-01-15 09:30:00")
        theirs = self.user_other.sudo().with_company(self.other_company).employee_id
        with self.assertRaisesRegex(ValidationError, "employee_id is not known"):
            self.report("k2", employee_id=theirs.id)

    def test_time_that_does_not_fit_is_refused_and_can_be_corrected(self):
        ended_at = "2025-01-15T09:00:00Z"
        with self.assertRaisesRegex(ValidationError, "36000 seconds.* 3600 seconds"):
            self.report(quantity=10, ended_at=ended_at)
        self.assertFalse(self.usages())
        self.report(quantity=1, ended_at=ended_at)
        self.assertEqual(self.usages().quantity, 3600)
        self.assertEqual(self.env["service.contract"]._check_invariants(), {})

    def test_an_amount_is_in_the_currency_of_the_contract(self):
        contract = self.make_contract(
            [self.line_values("amount", 5000)], currency_id=self.jpy.id
        )
        self.report(contract=contract.name, unit="amount", quantity="120")
        self.assertEqual(self.usages().quantity, 120)
        with self.assertRaisesRegex(ValidationError, "whole number of cents"):
            self.report("k2", contract=contract.name, unit="amount", quantity="1.5")


@tagged("post_install", "-at_install")
class TestApiRights(ApiCommon):
    def calls(self, user):
        api = self.api(user)
        yield lambda: api.api_report_usage(**self.event())
        yield lambda: api.api_report_usages([self.event()])
        yield lambda: api.api_get_balance(contract=self.contract.name)
        yield lambda: api.api_explain("old")

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_who_has_no_right_is_refused(self):
        self.report("old")
        for user in (
            self.env.ref("base.public_user"),
            self.portal_owner,
            self.portal_stranger,
            self.user_agent,
            self.user_internal,
        ):
            for number, call in enumerate(self.calls(user)):
                with (
                    self.subTest(user=user.login, number=number),
                    self.assertRaises(AccessError),
                ):
                    call()
        self.assertEqual(len(self.usages()), 1)

    def test_users_billing_and_managers_may(self):
        for user in (self.user_contract, self.user_billing, self.user_manager):
            with self.subTest(user.login):
                self.report(f"by {user.login}", user)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_another_company_is_unknown(self):
        self.report("old")
        api = self.api(self.user_other).with_context(allowed_company_ids=None)
        place = {"contract": self.contract.name}
        for call in (
            lambda: api.api_report_usage(**self.event("theirs")),
            lambda: api.api_report_usage(
                **self.event("theirs", contract=None, line_id=self.line.id)
            ),
            lambda: api.api_get_balance(**place),
        ):
            with self.assertRaisesRegex(ValidationError, "is not known"):
                call()
        with self.assertRaises(MissingError):
            api.api_explain("old")
        for company in (self.company, self.branch):
            for call in (
                lambda company: api.api_report_usage(
                    **self.event("theirs"), company_id=company.id
                ),
                lambda company: api.api_get_balance(**place, company_id=company.id),
                lambda company: api.api_explain("old", company_id=company.id),
            ):
                with self.assertRaises(AccessError):
                    call(company)
        self.assertEqual(len(self.usages()), 1)

    def test_keys_of_companies_do_not_meet(self):
        ours = self.report()
        theirs = self.make_contract(
            user=self.user_other, company_id=self.other_company.id
        )
        api = self.api(self.user_other).with_context(allowed_company_ids=None)
        answer = api.api_report_usage("crm-1", "case", 1, AT, contract=theirs.name)
        self.assertFalse(answer["already"])
        self.assertNotEqual(answer["usage"]["usage_id"], ours["usage"]["usage_id"])

    def test_a_branch_is_named(self):
        contract = self.make_contract(company_id=self.branch.id)
        contract.sudo().external_key = "of the branch"
        api = self.api().with_context(allowed_company_ids=None)
        with self.assertRaisesRegex(ValidationError, "is not known"):
            api.api_get_balance(contract_key="of the branch")
        balance = api.api_get_balance(
            contract_key="of the branch", company_id=self.branch.id
        )
        self.assertEqual(balance["lines"][0]["line_id"], contract.line_ids.id)
        for company_id in (True, "1", 10**9, -1):
            with self.subTest(company_id), self.assertRaises(AccessError):
                api.api_get_balance(contract_key="of the branch", company_id=company_id)
