# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Work that waits for a decision, and those who may decide."""

from odoo.fields import Command

from .common_drawdown import DrawdownCommon

LATE = "2025-01-25 09:00:00"


class ApprovalCommon(DrawdownCommon):
    """A contract of hours that leaves out one kind of work, at 60 an hour.

    ============= ===========================================================
    user_billing  decides up to 500, by the rules that come with the addon
    user_manager  decides everything, also what he asked for
    user_lead     an agent whom a rule names for scope, up to 100
    user_agent    logs the time, and so asks
    ============= ===========================================================
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_lead = cls._make_user(
            "sc_lead",
            "helpdesk_mgmt.group_helpdesk_user,hr_timesheet.group_hr_timesheet_user",
        )
        cls.env["service.approval.rule"].create(
            {
                "name": "The lead knows",
                "kind": "scope",
                "user_ids": [Command.set(cls.user_lead.ids)],
                "amount_limit": 100,
                "sequence": 5,
                "company_id": cls.company.id,
            }
        )
        cls.extra, cls.usual = cls.env["service.task.code"].create(
            [
                {"name": "Cabling", "code": "X1", "product_id": cls.oven.id},
                {"name": "Support", "code": "S1"},
            ]
        )
        cls.contract = cls.make_contract(
            [
                cls.line_values(
                    "hours",
                    10,
                    exhaustion_policy="warn",
                    task_excluded_ids=[Command.set(cls.extra.ids)],
                )
            ],
            user_id=cls.user_contract.id,
        ).sudo()
        cls.line = cls.contract.line_ids
        cls.ticket = cls.make_ticket(service_contract_line_id=cls.line.id)

    def work(self, hours=2, task=None, ticket=None, **values):
        """Log time on work that the contract leaves out; return its usage."""
        task = self.extra if task is None else task
        time = self.log_time(
            ticket or self.ticket, hours, service_task_code_id=task.id, **values
        )
        return time.sudo().service_usage_ids

    def ask(self, hours=2, **values):
        """Return the request that is made by itself for work out of scope."""
        return self.requests(self.work(hours, **values))

    def requests(self, usages):
        return self.env["service.approval"].search([("usage_id", "in", usages.ids)])

    def ask_by_hand(self, charges, asked="courtesy", user=None, **values):
        """Ask by the dialog; return the requests."""
        wizard = (
            self.env["service.approval.ask"]
            .with_user(user or self.user_agent)
            .with_context(active_model=charges._name, active_ids=charges.ids)
            .create({"asked": asked, "reason": "He is right", **values})
        )
        wizard.action_apply()
        if charges._name == "helpdesk.ticket":
            charges = charges.service_charge_ids
        return self.requests(charges.sudo().usage_id)

    def kinds(self, usage):
        """Return the kinds of the charges of a usage that stand."""
        charges = usage.charge_ids.filtered(
            lambda c: not c.is_reversed and not c.reversed_charge_id
        )
        return charges.mapped("kind")

    def use_up(self):
        """Work as long as the allotment covers it."""
        self.work(10, task=self.usual)

    def tell(self):
        self.env.flush_all()
        self.run_cron("service.approval", "_cron_tell")
        self.env.invalidate_all()

    def expire(self, instant=LATE):
        self.env.flush_all()
        self.run_cron("service.approval", "_cron_expire", instant)
        self.env.invalidate_all()
