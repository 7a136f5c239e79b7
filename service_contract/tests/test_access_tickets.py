# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who sees a ticket sees what it draws and costs; others do not."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_approval import ApprovalCommon

AGENT = "helpdesk_mgmt.group_helpdesk_user_%s,hr_timesheet.group_hr_timesheet_user"
RULES = "odoo.addons.base.models.ir_rule"


class OwnTicketsCommon(ApprovalCommon):
    """Tickets of several people, with an hour of ``user_agent``'s work on each.

    ========= ================================================================
    user_own  sees his own tickets, and those of his team that nobody has
    user_team sees all tickets of that team, and those without a team
    mine      ticket of ``user_own``
    theirs    ticket of ``user_agent``, in another team
    worked    as ``theirs``; the hour on it is ``user_own``'s
    followed  as ``theirs``; ``user_own`` follows it
    free      ticket of nobody, in the team
    team      ticket of ``user_agent``, in the team
    no_team   ticket of ``user_agent``, in no team
    ========= ================================================================
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_own = cls._make_user("sc_own", AGENT % "own")
        cls.user_team = cls._make_user("sc_team", AGENT % "team")
        cls.env["hr.employee"].create(
            {"user_id": cls.user_own.id, "company_id": cls.company.id}
        )
        team, other_team = cls.env["helpdesk.ticket.team"].create(
            [
                {
                    "name": name,
                    "company_id": cls.company.id,
                    "user_ids": [Command.set(users.ids)],
                }
                for name, users in (
                    ("Ovens", cls.user_own | cls.user_team | cls.user_agent),
                    ("Fridges", cls.user_agent),
                )
            ]
        )
        nobody, own, agent = cls.env["res.users"], cls.user_own, cls.user_agent
        whose = {
            "mine": (own, other_team),
            "theirs": (agent, other_team),
            "worked": (agent, other_team),
            "followed": (agent, other_team),
            "free": (nobody, team),
            "team": (agent, team),
            "no_team": (agent, team.browse()),
        }
        cls.tickets = {
            name: cls.make_ticket(
                name=name,
                user_id=user.id,
                team_id=of_team.id,
                service_contract_line_id=cls.line.id,
            ).sudo()
            for name, (user, of_team) in whose.items()
        }
        cls.tickets["followed"].message_subscribe(own.partner_id.ids)
        cls.usages = {
            name: cls.log_time(ticket, 1).sudo().service_usage_ids
            for name, ticket in cls.tickets.items()
            if name != "worked"
        }
        cls.usages["worked"] = cls.log_own_time(cls.tickets["worked"])
        # Reported by other systems, on no ticket.
        cls.usages |= {
            name: cls.report(name, user, worker)
            for name, user, worker in (
                ("reported", cls.user_contract, agent),
                ("reported_of_mine", cls.user_contract, own),
                ("reported_by_me", own, agent),
            )
        }
        cls.env.invalidate_all()

    @classmethod
    def log_own_time(cls, ticket):
        """Log an hour as ``user_own``, and return its usage."""
        time = cls.env["account.analytic.line"].create(
            {
                "name": "Helped out",
                "ticket_id": ticket.id,
                "project_id": ticket.project_id.id,
                "unit_amount": 1,
                "employee_id": cls.user_own.employee_id.id,
                "user_id": cls.user_own.id,
                "date": "2025-01-15",
            }
        )
        return time.service_usage_ids

    @classmethod
    def report(cls, key, user, worker):
        usages = cls.env["service.usage"].with_user(user).sudo()
        return usages._capture(
            [
                {
                    "company_id": cls.company.id,
                    "source": "api",
                    "external_key": key,
                    "unit": "second",
                    "quantity": 60,
                    "event_at": "2025-01-15 09:00:00",
                    "contract_line_id": cls.line.id,
                    "partner_id": cls.customer.id,
                    "employee_id": worker.employee_id.id,
                }
            ]
        )


@tagged("post_install", "-at_install")
class TestRulesOfTickets(OwnTicketsCommon):
    OWN = {
        "mine",
        "worked",
        "followed",
        "free",
        "reported_of_mine",
        "reported_by_me",
    }

    def seen(self, user):
        """Return what a user finds: names of usages, and of those with charges."""
        ids = [usage.id for usage in self.usages.values()]
        env = self.env(user=user)
        env = env(context={**env.context, "allowed_company_ids": None})
        usages = env["service.usage"].search([("id", "in", ids)])
        charges = env["service.charge"].search([("usage_id", "in", ids)])
        return [
            {name for name, usage in self.usages.items() if usage.id in found}
            for found in (usages.ids, charges.sudo().usage_id.ids)
        ]

    def test_each_role_finds_what_its_tickets_draw(self):
        everything = set(self.usages)
        for user, expected in (
            (self.user_own, self.OWN),
            (self.user_team, {"free", "team", "no_team"}),
            (self.user_agent, everything),
            (self.user_contract, everything),
            (self.user_billing, everything),
            (self.user_manager, everything),
            (self.user_other, set()),
        ):
            with self.subTest(user.login):
                self.assertEqual(self.seen(user), [expected, expected])

    def test_roles_add_up(self):
        self.user_own.group_ids += self.env.ref(
            "service_contract.service_contract_group_user"
        )
        self.assertEqual(self.seen(self.user_own), [set(self.usages)] * 2)

    @mute_logger(RULES)
    def test_what_is_not_found_is_not_read(self):
        for name, usage in self.usages.items():
            for records in (usage, usage.charge_ids):
                own = records.with_user(self.user_own)
                own.invalidate_recordset()
                with self.subTest(name, model=records._name):
                    if name in self.OWN:
                        self.assertTrue(own.read(["quantity"]))
                        continue
                    with self.assertRaises(AccessError):
                        own.read(["quantity"])

    def test_sums_are_of_what_is_found(self):
        for model in ("service.usage", "service.charge"):
            own = self.env[model].with_user(self.user_own)
            domain = [
                ("contract_line_id", "=", self.line.id),
                ("unit", "=", "second"),
            ]
            [[total]] = own._read_group(domain, [], ["quantity:sum"])
            self.assertEqual(total, 4 * 3600 + 2 * 60)

    def test_who_has_no_helpdesk_rights_records_time(self):
        clerk = self._make_user("sc_clerk", "hr_timesheet.group_hr_timesheet_user")
        self.env["hr.employee"].create(
            {"user_id": clerk.id, "company_id": self.company.id}
        )
        ticket = self.tickets["theirs"]
        time = (
            self.env["account.analytic.line"]
            .with_user(clerk)
            .create(
                {
                    "name": "Helped out",
                    "ticket_id": ticket.id,
                    "project_id": ticket.project_id.id,
                    "unit_amount": 1,
                    "date": "2025-01-15",
                }
            )
        )
        self.assertEqual(time.service_rating_text, "Covered 1:00 h")
        time.unit_amount = 2
        self.assertEqual(time.service_rating_text, "Covered 2:00 h")
        self.assertIn("drawn from", self.why(time))
        usages = time.sudo().service_usage_ids
        self.assertEqual(len(usages), 2)
        time.unlink()
        self.assertTrue(all(usages.mapped("is_void")))

    def why(self, record):
        action = record.action_view_service_why()
        return record.env[action["res_model"]].browse(action["res_id"]).html


@tagged("post_install", "-at_install")
class TestOwnTicketsAgent(OwnTicketsCommon):
    """All that he does on his own tickets works, and nothing of it on others'."""

    def as_own(self, records):
        records = records.sudo(False).with_user(self.user_own)
        records.invalidate_recordset()
        return records.with_context(allowed_company_ids=self.company.ids)

    def setUp(self):
        super().setUp()
        self.mine = self.as_own(self.tickets["mine"])
        self.theirs = self.as_own(self.tickets["theirs"])

    def dialog(self, model, source, **values):
        dialogs = self.env[model].with_user(self.user_own)
        dialogs = dialogs.with_context(
            active_model=source._name,
            active_id=source.id,
            active_ids=source.ids,
            allowed_company_ids=self.company.ids,
        )
        return dialogs.create(values)

    def test_form_of_the_ticket(self):
        self.assertEqual(self.mine.service_verdict_state, "covered")
        self.assertIn("Covered 1:00 h", self.mine.service_verdict_text)
        self.assertEqual(self.mine.service_charge_count, 2)
        action = self.mine.action_view_service_charges()
        charges = self.env["service.charge"].with_user(self.user_own)
        charges = charges.search(action["domain"])
        # Of the case, and of the hour.
        self.assertEqual(charges, self.mine.service_usage_ids.charge_ids)
        self.assertLessEqual(self.usages["mine"].charge_ids, charges)
        Form(charges[0])
        with Form(self.mine) as form:
            form.service_task_code_id = self.usual
            with form.timesheet_ids.new() as line:
                line.name = "More"
                line.date = "2025-01-15"
                line.unit_amount = 0.5
                self.assertIn("Covered 0:30 h", line.service_rating_text)
        self.assertEqual(len(self.mine.service_charge_ids), 3)

    def test_ticket_that_he_only_follows_tells_it_all(self):
        ticket = self.as_own(self.tickets["followed"])
        self.assertEqual(ticket.service_charge_count, 2)
        self.assertTrue(ticket.action_view_service_why())

    @mute_logger(RULES)
    def test_why(self):
        for records in (self.mine, self.usages["mine"].charge_ids):
            action = self.as_own(records).action_view_service_why()
            wizard = self.env[action["res_model"]].with_user(self.user_own)
            self.assertIn("drawn from", wizard.browse(action["res_id"]).html)
        for records in (self.theirs, self.usages["theirs"].charge_ids):
            with self.assertRaises(AccessError), self.cr.savepoint():
                self.as_own(records).action_view_service_why()
        # Of his own hour on the ticket of another, he may know.
        own_time = self.as_own(self.usages["worked"].timesheet_id)
        self.assertTrue(own_time.action_view_service_why())

    @mute_logger(RULES)
    def test_log_service(self):
        values = {"unit": "visit", "description": "A visit", "quantity": 1}
        wizard = self.dialog(
            "service.usage.log", self.mine, ticket_id=self.mine.id, **values
        )
        self.assertTrue(wizard.preview)
        wizard.action_apply()
        self.assertEqual(len(self.as_own(self.mine).service_usage_ids), 3)
        with self.assertRaises(AccessError), self.cr.savepoint():
            self.dialog(
                "service.usage.log", self.theirs, ticket_id=self.theirs.id, **values
            )

    @mute_logger(RULES)
    def test_asking_for_an_approval(self):
        self.use_up()
        mine, theirs = (
            self.work(1, task=self.usual, ticket=self.tickets[name])
            for name in ("mine", "theirs")
        )
        for source in (self.mine, mine.charge_ids):
            wizard = self.dialog("service.approval.ask", source, reason="He is right")
            self.assertEqual(wizard.charge_ids.ids, mine.charge_ids.ids)
            self.assertIn("can decide", wizard.preview)
        wizard.action_apply()
        request = self.as_own(self.requests(mine))
        self.assertEqual(request.state, "pending")
        self.assertTrue(request.read(["why_text", "quantity_text", "usage_id"]))
        self.assertTrue(self.mine.service_approval_ids)
        Form(request)
        for source in (self.theirs, theirs.charge_ids):
            with self.assertRaises(AccessError), self.cr.savepoint():
                self.dialog("service.approval.ask", source, reason="Me too")
        own = self.as_own(theirs.charge_ids)
        for verb in (own.action_bill, lambda: own.action_waive("Friend")):
            with self.assertRaises(AccessError), self.cr.savepoint():
                verb()
        self.assertFalse(self.requests(theirs))

    def test_who_is_named_by_a_rule_decides_about_tickets_of_others(self):
        self.env["service.approval.rule"].create(
            {
                "name": "He knows",
                "kind": "scope",
                "user_ids": [Command.set(self.user_own.ids)],
                "company_id": self.company.id,
            }
        )
        request = self.as_own(self.ask(1, ticket=self.tickets["theirs"]))
        self.assertTrue(request.can_decide)
        Form(request)
        request.action_approve()
        self.assertEqual(self.kinds(request.sudo().usage_id), ["billable"])

    @mute_logger(RULES)
    def test_board(self):
        action = self.env.ref("service_contract.helpdesk_ticket_action_board")
        board = self.env[action.res_model].with_user(self.user_own)
        self.as_own(self.mine)
        found = board.search([("id", "in", [t.id for t in self.tickets.values()])])
        self.assertEqual(set(found.mapped("name")), {"mine", "followed", "free"})
        for ticket in found:
            self.assertEqual(ticket.service_charge_count, 2)
            self.assertEqual(len(ticket.service_charge_ids), 2)
        domain = [("service_charge_ids", "any", [("kind", "=", "covered")])]
        self.assertEqual(board.search(domain) & found, found)

    def test_ticket_that_he_hands_over_is_settled(self):
        self.use_up()
        self.tickets["mine"].message_unsubscribe(self.user_own.partner_id.ids)
        self.as_own(self.tickets["mine"]).write(
            {
                "no_decrement": True,
                "no_decrement_reason": "Our mistake",
                "user_id": self.user_agent.id,
            }
        )
        self.assertEqual(self.kinds(self.usages["mine"]), ["courtesy"])
