# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Nobody sees or touches what belongs to another company."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_access import AccessCommon


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
        task = cls.env["service.task.code"].create(
            {
                "name": "Theirs",
                "code": "THEIRS",
                "company_id": company_id,
                "checklist_ids": [Command.create({"name": "Step"})],
            }
        )
        cls.make_ticket(
            partner=cls.stranger,
            user=cls.user_other,
            company_id=company_id,
            service_task_code_id=task.id,
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

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_nobody_compares_amounts_of_the_other(self):
        """Neither what they were paid, nor what they ask."""
        wizards = self.env["service.contract.rerate"].with_user(self.user_manager)
        wizards = wizards.with_context(allowed_company_ids=None)
        ours = self.make_contract()
        self.template_cases.company_id = self.company
        for contract, template in (
            (self.theirs, self.template_cases),
            (ours, self.template_visits),
        ):
            vals = {
                "contract_id": contract.id,
                "template_id": template.id,
                "date_from": "2025-01-01",
                "date_to": "2025-01-31",
            }
            with self.subTest(contract.display_name):
                with self.assertRaises(AccessError), self.cr.savepoint():
                    wizards.create(vals)
                spec = {name: {} for name in (*vals, "note")}
                spec["line_ids"] = {"fields": {"actual_amount": {}}}
                with self.assertRaises(AccessError), self.cr.savepoint():
                    wizards.onchange(vals, list(vals), spec)
        with self.assertRaises(AccessError):
            wizards.new({"contract_id": self.theirs.id}).note  # noqa: B018
        allowed = {"contract_id": ours.id, "template_id": self.template_cases.id}
        self.assertTrue(wizards.create(allowed).line_ids)

    def test_their_own_people_see_it(self):
        for name in self.company_models():
            model = self.env[name].with_user(self.user_other)
            rows = model.with_context(allowed_company_ids=None).search([])
            with self.subTest(name):
                self.assertEqual(
                    rows & self.rows_of_theirs(name), self.rows_of_theirs(name)
                )

    def dialogs_about_theirs(self):
        """Return, for each dialog, values that name what belongs to them."""

        def one(name):
            return self.rows_of_theirs(name)[:1]

        def only(name):
            return [Command.set(one(name).ids)]

        ticket = {"ticket_id": one("helpdesk.ticket").id}
        line = {"contract_line_id": one("service.contract.line").id}
        contract = {"contract_id": self.theirs.id}
        charges, credits = only("service.charge"), only("service.sla.credit")
        counter = {"counter_id": one("service.coverage.counter").id, "quantity": 1}
        offer = [Command.create({"approval_id": one("service.approval").id})]
        rule = one("service.rate.card").rule_ids[:1]
        new_price = [Command.create({"rule_id": rule.id})]
        why = {"reason": "Why not"}
        pause = self.env["service.sla.pause.reason"].create({"name": "Why not"})
        own = {"ticket_id": self.make_ticket().id}
        return [
            ("service.approval.ask", {"charge_ids": charges, **why}),
            ("service.approval.ask", {"sla_credit_ids": credits, **why}),
            ("service.approval.decide", {"approval_ids": only("service.approval")}),
            ("service.charge.waive", {"charge_ids": charges, **why}),
            ("service.charge.why", ticket),
            ("service.charge.why", {"charge_id": one("service.charge").id}),
            ("service.contract.rerate", contract),
            ("service.contract.suspend", contract),
            ("service.contract.terminate", contract),
            ("service.contract.terminate", {"line_id": line["contract_line_id"]}),
            (
                "service.courtesy.withdraw",
                {"courtesy_ids": only("service.courtesy"), **why},
            ),
            ("service.coverage.adjust", {**counter, **why}),
            ("service.extra.work", ticket),
            ("service.extra.work", {**own, "line_ids": offer}),
            ("service.giveaway.decide", {"giveaway_ids": only("service.giveaway")}),
            ("service.giveaway.decide", {"giveaway_ids": [], **line}),
            ("service.rate.change", {"rule_ids": [Command.set(rule.ids)]}),
            ("service.rate.change", {"line_ids": new_price}),
            ("service.rate.export", {"card_ids": only("service.rate.card")}),
            ("service.rate.import", {"mapping_id": one("service.rate.mapping").id}),
            ("service.sla.credit.decide", {"credit_ids": credits}),
            ("service.sla.reassign", ticket),
            (
                "service.ticket.backdate",
                {**ticket, **why, "stage_id": self.stage_done.id},
            ),
            ("service.ticket.call", {**ticket, "note": "Called"}),
            ("service.ticket.pause", {**ticket, "reason_id": pause.id}),
            ("service.topup.order", line),
            ("service.usage.log", {**ticket, "description": "Visit"}),
            ("service.visit.plan", {**ticket, "planned_at": "2025-01-20 09:00:00"}),
        ]

    def make_head(self, company):
        """Return somebody who may open each dialog in his company."""
        return self._make_user(
            f"sc_head_{company.id}",
            "service_contract.service_contract_group_manager,"
            "helpdesk_mgmt.group_helpdesk_manager",
            company.ids,
        )

    def test_every_dialog_is_tried(self):
        tried = {name for name, _vals in self.dialogs_about_theirs()}
        others = {
            # Parts of a dialog, and dialogs about nothing that belongs to a company.
            "service.contract.import",
            "service.contract.rerate.line",
            "service.extra.work.line",
            "service.rate.change.line",
            "service.sla.reassign.candidate",
            "service.sla.start",
        }
        dialogs = {name for name in self.models() if self.env[name]._transient}
        self.assertEqual(tried | others, dialogs)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_no_dialog_tells_of_the_other_company(self):
        user = self.make_head(self.company)
        for name, vals in self.dialogs_about_theirs():
            model = self.env[name].with_user(user)
            model = model.with_context(allowed_company_ids=None)
            spec = {field: {} for field in model._fields}
            with self.subTest(name, new=vals):
                self.env.invalidate_all()
                with self.assertRaises(AccessError), self.cr.savepoint():
                    model.create(vals)
            with self.subTest(name, typed=vals):
                self.env.invalidate_all()
                with self.assertRaises(AccessError), self.cr.savepoint():
                    model.onchange(dict(vals), list(vals), spec)
            with self.subTest(name, proposed=vals):
                self.env.invalidate_all()
                context = {f"default_{field}": value for field, value in vals.items()}
                if name == "service.extra.work":
                    context = {"active_ids": [vals["ticket_id"]]}
                if "approval_id" in str(vals):
                    continue
                with self.assertRaises(AccessError), self.cr.savepoint():
                    model.with_context(**context).onchange({}, [], spec)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_no_dialog_is_turned_to_the_other_company(self):
        user = self.make_head(self.company)
        contract = self.make_contract()
        wizard = self.env["service.topup.order"].with_user(user)
        wizard = wizard.create({"contract_line_id": contract.line_ids.id})
        with self.assertRaises(AccessError):
            wizard.write({"contract_line_id": self.theirs.line_ids[:1].id})

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_no_dialog_is_read_by_others(self):
        owner, user = (self.make_head(c) for c in (self.other_company, self.company))
        for name, vals in self.dialogs_about_theirs():
            if name == "service.extra.work" and "line_ids" in vals:
                continue
            model = self.env[name].with_context(allowed_company_ids=None)
            dialog = model.with_user(owner).create(vals)
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(name, vals=vals):
                self.assertFalse(model.with_user(user).search([]) & dialog)
                with self.assertRaises(AccessError):
                    dialog.with_user(user).read()

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
