# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may do what: the published table, and the door to every method."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ServiceContractCommon

ROLES = ("contract", "billing", "manager", "agent", "internal", "portal")
OPERATIONS = {"c": "create", "r": "read", "w": "write", "d": "unlink"}
# Rights by role, in the order of ROLES. A model that is not here fails the test.
RIGHTS = {
    "service.approval": ("r", "r", "r", "r", "", ""),
    "service.approval.ask": ("crw", "crw", "crw", "crw", "", ""),
    "service.approval.decide": ("crw", "crw", "crw", "crw", "", ""),
    "service.approval.rule": ("r", "r", "crwd", "", "", ""),
    "service.balance.alert": ("r", "r", "r", "", "", ""),
    "service.billing.period": ("r", "r", "r", "", "", ""),
    "service.billing.run": ("r", "crwd", "crwd", "", "", ""),
    "service.billing.run.line": ("r", "crwd", "crwd", "", "", ""),
    "service.charge": ("r", "r", "r", "r", "", ""),
    "service.charge.waive": ("", "crw", "crw", "", "", ""),
    "service.charge.why": ("crw", "crw", "crw", "crw", "crw", ""),
    "service.contract": ("crw", "crw", "crwd", "r", "", "r"),
    "service.contract.books": ("", "", "r", "", "", ""),
    "service.contract.hold": ("r", "r", "r", "", "", ""),
    "service.contract.import": ("", "", "crwd", "", "", ""),
    "service.contract.line": ("crwd", "crwd", "crwd", "r", "", ""),
    "service.contract.rerate": ("crw", "crw", "crw", "", "", ""),
    "service.contract.rerate.line": ("crwd", "crwd", "crwd", "", "", ""),
    "service.contract.suspend": ("crw", "crw", "crw", "", "", ""),
    "service.contract.template": ("r", "r", "crwd", "", "", ""),
    "service.contract.template.line": ("r", "r", "crwd", "", "", ""),
    "service.contract.terminate": ("crw", "crw", "crw", "", "", ""),
    "service.courtesy": ("crwd", "crwd", "crwd", "", "", ""),
    "service.courtesy.budget": ("r", "r", "crwd", "", "", ""),
    "service.courtesy.reason": ("r", "r", "crwd", "r", "", ""),
    "service.courtesy.report": ("r", "r", "r", "", "", ""),
    "service.courtesy.withdraw": ("crw", "crw", "crw", "", "", ""),
    "service.coverage.adjust": ("", "", "crw", "", "", ""),
    "service.coverage.counter": ("r", "r", "r", "r", "", ""),
    "service.coverage.entry": ("r", "r", "r", "", "", ""),
    "service.coverage.quota": ("crwd", "crwd", "crwd", "", "", ""),
    "service.coverage.reservation": ("crw", "crw", "crw", "crw", "", ""),
    "service.coverage.site": ("r", "r", "r", "", "", ""),
    "service.covered.item": ("crwd", "crwd", "crwd", "", "", ""),
    "service.employee.level": ("r", "r", "crwd", "r", "r", ""),
    "service.employee.role": ("r", "r", "crwd", "r", "r", ""),
    "service.giveaway": ("r", "r", "r", "", "", ""),
    "service.giveaway.decide": ("crw", "crw", "crw", "", "", ""),
    "service.extra.work": ("crw", "crw", "crw", "crw", "", ""),
    "service.extra.work.line": ("crwd", "crwd", "crwd", "crwd", "", ""),
    "service.outbox": ("r", "r", "r", "", "", ""),
    "service.rate.change": ("", "", "crwd", "", "", ""),
    "service.rate.change.line": ("", "", "crwd", "", "", ""),
    "service.rate.export": ("crw", "crw", "crwd", "", "", ""),
    "service.rate.import": ("", "", "crwd", "", "", ""),
    "service.rate.mapping": ("", "", "crwd", "", "", ""),
    "service.rate.mapping.column": ("", "", "crwd", "", "", ""),
    "service.rate.card": ("r", "r", "crwd", "", "", ""),
    "service.rate.modifier": ("r", "r", "crwd", "", "", ""),
    "service.rate.rule": ("r", "r", "crwd", "", "", ""),
    "service.routing.rule": ("r", "r", "crwd", "", "", ""),
    "service.skill": ("r", "r", "crwd", "r", "", ""),
    "service.sla.alarm": ("r", "r", "r", "r", "", ""),
    "service.sla.event": ("r", "r", "r", "r", "", ""),
    "service.sla.pause": ("r", "r", "r", "r", "", ""),
    "service.sla.timer": ("r", "r", "r", "r", "", ""),
    "service.ticket.backdate": ("", "", "", "", "", ""),
    "service.ticket.call": ("", "", "", "crw", "", ""),
    "service.ticket.pause": ("", "", "", "crw", "", ""),
    "service.sla.pause.reason": ("r", "r", "crwd", "r", "", ""),
    "service.sla.credit": ("r", "r", "r", "", "", ""),
    "service.sla.credit.decide": ("", "crw", "crw", "", "", ""),
    "service.sla.reassign": ("", "", "", "crw", "", ""),
    "service.sla.reassign.candidate": ("", "", "", "crwd", "", ""),
    "service.sla.start": ("", "", "crw", "", "", ""),
    "service.sla.rescue": ("r", "r", "r", "r", "", ""),
    "service.sla.rescue.step": ("r", "r", "crwd", "r", "", ""),
    "service.sla.policy": ("r", "r", "crwd", "r", "", ""),
    "service.sla.report": ("r", "r", "r", "", "", ""),
    "service.sla.target": ("r", "r", "crwd", "r", "", ""),
    "service.sla.version": ("r", "r", "r", "r", "", ""),
    "service.task.code": ("r", "r", "crwd", "r", "r", ""),
    "service.task.code.item": ("r", "r", "crwd", "r", "r", ""),
    "service.tier": ("r", "r", "crwd", "r", "", ""),
    "service.topup": ("r", "r", "r", "", "", ""),
    "service.topup.order": ("crw", "crw", "crw", "", "", ""),
    "service.travel.zone": ("r", "r", "crwd", "r", "r", ""),
    "service.usage": ("r", "r", "r", "r", "", ""),
    "service.usage.log": ("", "", "", "crw", "", ""),
    "service.usage.receipt": ("r", "r", "r", "", "", ""),
    "service.visit.plan": ("crw", "crw", "crw", "crw", "", ""),
}
# Of all dialogs that import a file
IMPORT = {
    "action_back": "manager group",
    "action_check": "manager group",
    "action_download_refused": "manager group",
    "action_import": "manager group",
}
# Methods of ours that can be called from outside, beside those of the ORM. Whoever
# adds one says here what guards it.
PUBLIC = {
    "account.analytic.line": {"action_view_service_why": "reads the time"},
    "account.move": {
        "action_view_service_contracts": "opens a list",
        "button_cancel": "Odoo's, frees billing periods",
        "button_draft": "Odoo's, refuses cancelled invoices of ours",
    },
    "account.move.line": {"action_view_service_why": "reads the invoice line"},
    "helpdesk.ticket": {
        "action_view_service_why": "reads the ticket",
        "action_assign_to_me": "writes the ticket",
        "action_find_contract_line": "writes the ticket",
        "action_suggest_assignee": "opens a dialog",
        "action_resume_sla": "writes the ticket",
        "action_view_service_approvals": "opens a list",
        "action_view_service_charges": "opens a list",
        "action_view_service_contract": "opens a form",
        "action_view_service_reservations": "opens a list",
        "message_new": "mail's, with the instant of the mail that comes in",
        "message_post": "mail's, tickets made together post theirs in the end",
    },
    "res.partner": {"action_view_service_contracts": "opens a list"},
    "sale.order": {"action_view_service_contracts": "opens a list"},
    "service.approval": {
        "action_approve": "approval rules",
        "action_refuse": "approval rules",
        "action_view_order": "opens a form",
        "action_withdraw": "who asked, or approval rules",
    },
    "service.approval.ask": {"action_apply": "reads what it asks about"},
    "service.approval.decide": {"action_apply": "approval rules"},
    "service.billing.run": {
        "action_preview": "billing group",
        "action_resume": "billing group",
        "action_start": "billing group",
        "action_stop": "billing group",
        "action_view_invoices": "opens a list",
    },
    "service.charge": {
        "action_bill": "approval rules",
        "action_rate_again": "billing group",
        "action_view_service_why": "reads the charge",
        "action_waive": "approval rules",
    },
    "service.charge.waive": {"action_apply": "approval rules"},
    "service.contract": {
        "action_cancel": "writes the contract",
        "action_check_books": "manager group",
        "action_confirm": "writes the contract",
        "action_hold": "writes the contract",
        "action_resume": "writes the contract",
        "action_retry_billing": "writes the contract; the scheduler bills",
        "action_view_approvals": "opens a list",
        "action_view_billing_periods": "opens a list",
        "action_view_charges": "opens a list",
        "action_view_courtesies": "opens a list",
        "action_view_invoices": "opens a list",
        "action_view_sale_order": "opens a form",
        "action_view_sites": "opens a list",
        "action_view_sla_report": "opens a list",
        "action_view_sla_credits": "opens a list",
        "action_view_tickets": "opens a list",
        "action_view_usages": "opens a list",
    },
    "service.contract.import": {
        "action_view_contracts": "opens a list",
        **IMPORT,
    },
    "service.import.mixin": IMPORT,
    "service.courtesy": {
        "action_grant": "billing group, or a budget",
        "action_view_charges": "opens a list",
        "action_withdraw": "billing group, or a budget",
    },
    "service.courtesy.report": {"action_open": "opens a form"},
    "service.courtesy.withdraw": {"action_apply": "billing group, or a budget"},
    "service.giveaway": {
        "action_decide": "opens a dialog",
        "action_dismiss": "opens a dialog",
        "action_look_now": "who may read it",
        "action_make_change": "contract users",
        "action_make_charge": "billing group",
        "action_make_courtesy": "billing group, or a budget",
        "action_open_source": "opens a form",
    },
    "service.giveaway.decide": {"action_apply": "see the findings"},
    "service.contract.line": {
        "action_cancel_line": "writes the contract",
        "action_top_up": "writes the contract; billing group",
    },
    "service.contract.suspend": {"action_apply": "writes the contract"},
    "service.contract.template": {
        "action_create_contract": "opens a form",
        "action_view_contracts": "opens a list",
    },
    "service.contract.terminate": {"action_apply": "writes the contract"},
    "service.coverage.adjust": {"action_apply": "manager group"},
    "service.coverage.counter": {"action_view_entries": "opens a list"},
    "service.coverage.site": {"action_view_draws": "opens a list"},
    "service.coverage.reservation": {
        "action_release": "writes the plan",
        "action_reserve": "writes the plan",
        "action_view_ticket": "opens a form",
    },
    "service.rate.card": {"action_view_contracts": "opens a list"},
    "service.rate.change": {"action_apply": "manager group"},
    "service.rate.export": {"action_export": "reads the cards"},
    "service.rate.import": {
        "action_map": "manager group",
        "action_read_columns": "manager group",
        "action_view_cards": "opens a list",
        **IMPORT,
    },
    "service.sla.timer": {"action_explain": "opens a form"},
    "service.sla.policy": {
        "action_view_contracts": "opens a list",
        "action_view_timers": "opens a list",
    },
    "service.sla.report": {"action_view_ticket": "opens a form"},
    "service.sla.start": {"action_start": "manager group"},
    "service.ticket.backdate": {"action_apply": "helpdesk managers"},
    "service.ticket.call": {"action_apply": "writes the ticket"},
    "service.ticket.pause": {"action_apply": "writes the ticket"},
    "service.extra.work": {"action_apply": "writes the ticket; approval rules"},
    "service.sla.credit": {
        "action_approve": "approval rules",
        "action_refuse": "approval rules",
        "action_take_back": "approval rules",
    },
    "service.sla.credit.decide": {"action_apply": "approval rules"},
    "service.sla.reassign.candidate": {"action_assign": "writes the ticket"},
    "service.sla.rescue.step": {"action_execute": "writes the ticket"},
    "service.topup.order": {"action_apply": "writes the contract; billing group"},
    "service.usage": {
        "action_rate_again": "billing group",
        "api_explain": "user group, own companies",
        "api_get_balance": "user group, own companies",
        "api_report_usage": "user group, own companies",
        "api_report_usages": "user group, own companies",
    },
    "service.usage.log": {"action_apply": "writes the ticket"},
    "service.visit.plan": {"action_apply": "writes the ticket"},
}
ADDON = "odoo.addons.service_contract"


class AccessCommon(ServiceContractCommon):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = dict(
            zip(
                ROLES,
                (
                    cls.user_contract,
                    cls.user_billing,
                    cls.user_manager,
                    cls.user_agent,
                    cls.user_internal,
                    cls.portal_owner,
                ),
                strict=True,
            )
        )

    @classmethod
    def models(cls):
        """Return the names of the addon's own models that have a table."""
        return sorted(
            name
            for name, model in cls.env.registry.items()
            if name.startswith("service.") and not model._abstract
        )


@tagged("post_install", "-at_install")
class TestRights(AccessCommon):
    """The table of rights is what the database grants, for every model."""

    def test_every_model_is_in_the_table(self):
        self.assertEqual(self.models(), sorted(RIGHTS))

    def test_rights_of_each_role(self):
        for name, by_role in RIGHTS.items():
            for role, granted in zip(ROLES, by_role, strict=True):
                model = self.env[name].with_user(self.users[role])
                actual = "".join(
                    letter
                    for letter, operation in OPERATIONS.items()
                    if model.has_access(operation)
                )
                with self.subTest(model=name, role=role):
                    self.assertEqual(sorted(actual), sorted(granted))

    def test_every_model_with_a_company_has_a_rule(self):
        for name in self.models():
            model = self.env[name]
            if model._transient or "company_id" not in model._fields:
                continue
            rules = self.env["ir.rule"].search(
                [("model_id.model", "=", name), ("groups", "=", False)]
            )
            with self.subTest(name):
                self.assertTrue(any("company_ids" in r.domain_force for r in rules))


@tagged("post_install", "-at_install")
class TestPublicMethods(AccessCommon):
    """No method can be called from outside that nobody has thought about."""

    def own_methods(self):
        """Return, by model, the methods of the addon that the outside may call."""
        found = {}
        orm = set(dir(self.env.registry["base"]))
        for name, model in self.env.registry.items():
            for base in model.__mro__:
                if not (base.__module__ or "").startswith(ADDON):
                    continue
                for method, value in vars(base).items():
                    if method.startswith("_") or method in orm or not callable(value):
                        continue
                    found.setdefault(name, set()).add(method)
        return found

    def test_allow_list_is_exact(self):
        self.assertEqual(
            self.own_methods(), {model: set(names) for model, names in PUBLIC.items()}
        )

    def test_machinery_is_private(self):
        for model, method in (
            ("service.usage", "_capture"),
            ("service.usage", "_settle"),
            ("service.charge", "_rate"),
            ("service.coverage.counter", "_adjust"),
            ("service.coverage.counter", "_post_entries"),
            ("service.coverage.reservation", "_release"),
            ("service.coverage.reservation", "_use_up"),
            ("service.contract", "_as_verb"),
            ("service.contract", "_cron_sync_states"),
            ("service.usage", "init"),
        ):
            with self.subTest(f"{model}.{method}"), self.assertRaises(AccessError):
                get_public_method(self.env[model], method)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_who_may_not_write_may_not_call_the_verbs(self):
        contract = self.make_contract([self.line_values("cases", 0)])
        draft = self.make_contract(confirm=False)
        held = self.make_contract()
        held.action_hold()
        charge = self.make_ticket(
            service_contract_line_id=contract.line_ids.id
        ).service_charge_ids
        calls = {
            "confirm": lambda user: draft.with_user(user).action_confirm(),
            "hold": lambda user: contract.with_user(user).action_hold(),
            "resume": lambda user: held.with_user(user).action_resume(),
            "cancel": lambda user: contract.with_user(user).action_cancel(reason="No"),
            "cancel line": lambda user: contract.line_ids.with_user(
                user
            ).action_cancel_line(reason="No"),
            "bill": lambda user: charge.with_user(user).action_bill(),
            "waive": lambda user: charge.with_user(user).action_waive("No"),
            "retry billing": lambda user: contract.with_user(
                user
            ).action_retry_billing(),
        }
        billing_only = {"bill", "waive"}
        for role in ("agent", "internal", "portal", "contract"):
            for name, call in calls.items():
                if role == "contract" and name not in billing_only:
                    continue
                with (
                    self.subTest(role=role, verb=name),
                    self.assertRaises(AccessError),
                    self.cr.savepoint(),
                ):
                    call(self.users[role])
                    self.env.flush_all()
        self.assertEqual((contract.state, draft.state), ("active", "draft"))
        self.assertFalse(charge.sudo().is_reversed)


@tagged("post_install", "-at_install")
class TestOwnCompanyOnly(AccessCommon):
    """Nobody sees or touches what belongs to another company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["service.sla.policy"].create(
            {
                "name": "Theirs",
                "company_id": cls.other_company.id,
                "calendar_id": False,
                "is_default": True,
                "target_ids": [
                    Command.create({"metric": "first_response", "amount": 1})
                ],
            }
        )
        cls.theirs = cls.make_contract(
            [
                cls.line_values(
                    covered_item_ids=[(0, 0, {"product_id": cls.oven.id})],
                    coverage_quantity=0,
                )
            ],
            user=cls.user_other,
            company_id=cls.other_company.id,
            date_start="2024-12-01",
        )
        cls.theirs.action_hold("2025-06-01", "2025-07-01")
        ticket = cls.make_ticket(
            user=cls.user_other, product_id=cls.oven.id, company_id=cls.other_company.id
        )
        assert ticket.service_contract_id == cls.theirs
        cls.template_visits.company_id = cls.other_company
        run = (
            cls.env["service.billing.run"]
            .with_user(cls.user_other)
            .with_context(allowed_company_ids=cls.other_company.ids)
            .create({"company_id": cls.other_company.id, "date": "2025-01-15"})
        )
        run.action_preview()
        run._process()
        cls._make_their_service_levels(ticket)
        cls._make_their_low_balance()
        cls._make_their_approvals()
        cls._make_their_rates()
        cls._make_their_plan()
        api = cls.env["service.usage"].with_user(cls.user_other)
        api.with_context(allowed_company_ids=None).api_report_usage(
            "theirs", "case", 1, "2025-01-15T08:00:00Z", contract=cls.theirs.name
        )

    @classmethod
    def _make_their_plan(cls):
        """A visit of theirs."""
        cls.env["service.coverage.quota"].create(
            {
                "contract_line_id": cls.theirs.line_ids.id,
                "partner_id": cls.site.id,
                "percent": 50,
            }
        )
        plans = cls.env["service.coverage.reservation"].with_user(cls.user_other)
        plans.with_context(allowed_company_ids=None).create(
            {
                "contract_line_id": cls.theirs.line_ids.id,
                "planned_at": "2025-01-20 09:00:00",
            }
        )

    @classmethod
    def _make_their_approvals(cls):
        """A rule of theirs, and a request."""
        cls.env["service.approval.rule"].create(
            {
                "name": "Theirs",
                "company_id": cls.other_company.id,
                "kind": "scope",
                "user_ids": [Command.set(cls.user_other.ids)],
            }
        )
        cls.env["service.approval"]._request(
            [
                {
                    "name": "Theirs",
                    "kind": "scope",
                    "asked": "bill",
                    "contract_line_id": cls.theirs.line_ids[:1].id,
                    "amount": 1,
                }
            ]
        )

    @classmethod
    def _make_their_low_balance(cls):
        """A balance of theirs that is told, owed to the customer and topped up."""
        cls.customer.email = "aurora@example.com"
        contract = cls.make_contract(
            [cls.line_values("hours", 1)],
            user=cls.user_other,
            company_id=cls.other_company.id,
            low_balance_mail=True,
        )
        line = contract.line_ids.sudo()
        cls.env["service.balance.alert"]._tell(
            [
                {
                    "contract_line_id": line.id,
                    "counter_id": line.counter_ids.id,
                    "percent": 80,
                    "granted": 3600,
                }
            ]
        )
        line._top_up(cls.product, 1, 3600, 10, "posted", "invoice")
        cls._make_their_courtesies(line)

    @classmethod
    def _make_their_courtesies(cls, line):
        """A credit of theirs, a budget, a draw of it and a finding."""
        courtesies = cls.env["service.courtesy"].with_user(cls.user_other)
        courtesies.with_context(allowed_company_ids=None).create(
            {
                "contract_id": line.contract_id.id,
                "contract_line_id": line.id,
                "reason_id": cls.env.ref(
                    "service_contract.courtesy_reason_goodwill"
                ).id,
                "note": "Theirs",
                "amount": 100,
            }
        ).action_grant()
        cls.env["service.courtesy.budget"].create(
            {"name": "Theirs", "company_id": cls.other_company.id, "amount": 100}
        )
        usage = cls.env["service.usage"]._capture(
            [
                {
                    "company_id": cls.other_company.id,
                    "source": "manual",
                    "external_key": "theirs",
                    "unit": "second",
                    "quantity": 60,
                    "event_at": cls.env["service.contract"]._service_now(),
                    "contract_line_id": line.id,
                    "exempt_reason": "Theirs",
                }
            ]
        )
        usage.charge_ids._reverse()
        cls.env["service.giveaway"]._look(cls.other_company)
        usage._settle_again()

    @classmethod
    def _make_their_rates(cls):
        company_id = cls.other_company.id
        cls.env["service.task.code"].create(
            {
                "name": "Theirs",
                "code": "THEIRS",
                "company_id": company_id,
                "checklist_ids": [Command.create({"name": "Step"})],
            }
        )
        cls.env["service.rate.mapping"].create(
            {
                "name": "Theirs",
                "company_id": company_id,
                "column_ids": [Command.create({"header": "H"})],
            }
        )
        cls.env["service.rate.card"].create(
            {
                "name": "Theirs",
                "company_id": company_id,
                "currency_id": cls.usd.id,
                "rule_ids": [Command.create({"price": 1})],
                "modifier_ids": [Command.create({"name": "S", "kind": "weekend"})],
            }
        )

    @classmethod
    def _make_their_service_levels(cls, ticket):
        """Make a row of each model of the SLA whose company is the other one."""
        company = cls.other_company
        cls.env["service.routing.rule"].create(
            {
                "name": "Theirs",
                "company_id": company.id,
                "assign": "user",
                "user_id": cls.user_other.id,
            }
        )
        timer = ticket.sudo().sla_timer_ids[:1]
        step = cls.env["service.sla.rescue.step"].create(
            {"name": "Theirs", "policy_id": timer.policy_id.id}
        )
        ticket._log_rescue(step, timer, "done")
        timer.breached_at = "2025-01-15 12:00:00"
        credit_model = cls.env["service.sla.credit"]
        credit_model.create(credit_model._prepare_credit(timer))

    def test_every_model_has_a_row_of_theirs(self):
        """Without one the next test would prove nothing."""
        for name in self.company_models():
            with self.subTest(name):
                self.assertTrue(self.rows_of_theirs(name))

    def company_models(self):
        # Lines of a preview go with the preview.
        return [
            name
            for name in self.models()
            if not self.env[name]._transient
            and "company_id" in self.env[name]._fields
            and name != "service.billing.run.line"
        ]

    def rows_of_theirs(self, name):
        return (
            self.env[name].sudo().search([("company_id", "=", self.other_company.id)])
        )

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_manager_of_one_company_sees_nothing_of_the_other(self):
        for name in self.company_models():
            rows = self.rows_of_theirs(name)
            model = self.env[name].with_user(self.user_manager)
            model = model.with_context(allowed_company_ids=None)
            with self.subTest(name):
                self.assertFalse(model.search([]) & rows)
                with self.assertRaises(AccessError):
                    rows.with_env(model.env)[:1].read(["display_name"])

    def test_their_own_people_see_it(self):
        for name in self.company_models():
            model = self.env[name].with_user(self.user_other)
            rows = model.with_context(allowed_company_ids=None).search([])
            with self.subTest(name):
                self.assertEqual(
                    rows & self.rows_of_theirs(name), self.rows_of_theirs(name)
                )

    def test_branch_sees_its_own_contracts_and_the_templates_of_its_company(self):
        self.template_cases.company_id = self.company
        of_company = self.make_contract()
        of_branch = self.make_contract(company_id=self.branch.id)
        user = self._make_user(
            "sc_branch",
            "service_contract.service_contract_group_user",
            self.branch.ids,
        )
        env = self.env(user=user, context={})
        seen = env["service.contract"].search([])
        self.assertIn(of_branch, seen)
        self.assertNotIn(of_company, seen)
        templates = env["service.contract.template"].search([])
        self.assertIn(self.template_cases, templates)
        self.assertNotIn(self.template_visits, templates)
        head = self.env(user=self.user_contract, context={})
        allowed = (self.company | self.branch).ids
        seen = head["service.contract"].with_context(allowed_company_ids=allowed)
        self.assertLessEqual(of_company | of_branch, seen.search([]))


@tagged("post_install", "-at_install")
class TestPortalRights(AccessCommon):
    """Customers read their own company's contracts, and nothing else of ours."""

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_contracts_of_the_own_company_only(self):
        contract = self.make_contract(partner_id=self.contact_2.id)
        draft = self.make_contract(confirm=False)
        other = self.make_contract(partner_id=self.stranger.id)
        for user in (self.portal_owner, self.portal_colleague):
            seen = self.env["service.contract"].with_user(user).search([])
            self.assertEqual(seen, contract)
        seen = self.env["service.contract"].with_user(self.portal_stranger).search([])
        self.assertEqual(seen, other)
        for record in (draft, other):
            with self.assertRaises(AccessError):
                record.with_user(self.portal_owner).read(["name"])

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_nothing_can_be_changed(self):
        contract = self.make_contract().with_user(self.portal_owner)
        for values in ({"note": "Mine"}, {"user_id": False}, {"warning_percent": 1}):
            with self.subTest(values), self.assertRaises(AccessError):
                contract.write(values)
        with self.assertRaises(AccessError):
            contract.create({"partner_id": self.customer.id})
        with self.assertRaises(AccessError):
            contract.unlink()

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_internal_fields_of_a_ticket_are_not_theirs(self):
        self.make_contract()
        ticket = self.make_ticket()
        for name in (
            "service_lookup",
            "no_decrement_reason",
            "service_proposed_line_id",
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                ticket.with_user(self.portal_owner).read([name])
