# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may do what: the published table of rights, and what customers see."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_access import ROLES, AccessCommon

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
    "service.ticket.check": ("r", "r", "r", "rw", "r", ""),
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
