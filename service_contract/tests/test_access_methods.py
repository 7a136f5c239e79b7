# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The door to every method that can be called from outside."""

from odoo.exceptions import AccessError
from odoo.service.model import get_public_method
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_access import AccessCommon

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
        "action_view_unrated": "opens a list",
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
