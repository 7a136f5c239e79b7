# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import NOW
from .common_rates import RatesCommon

QUIET = ("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")


class ChecklistCommon(RatesCommon):
    """``remote`` has two steps, one of them required; ``onsite`` has one, required."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.remote.checklist_ids = [
            Command.create(
                {"name": "Backup is readable", "is_required": True, "sequence": 1}
            ),
            Command.create({"name": "Firmware is up to date", "sequence": 2}),
        ]
        cls.onsite.checklist_ids = [
            Command.create({"name": "Customer has signed", "is_required": True})
        ]
        cls.training = cls.env["service.task.code"].create(
            {"code": "TRAINING", "name": "Training"}
        )

    def make(self, task=None, **values):
        return self.make_ticket(service_task_code_id=(task or self.remote).id, **values)

    def names(self, ticket):
        return ticket.sudo().service_check_ids.mapped("name")

    def step(self, ticket, name):
        checks = ticket.service_check_ids
        return checks.filtered(lambda check: check.name == name)

    def notes(self, ticket):
        return "".join(
            str(message.body)
            for message in ticket.sudo().message_ids
            if message.subtype_id == self.env.ref("mail.mt_note")
        )


@tagged("post_install", "-at_install")
class TestChecklist(ChecklistCommon):
    """A ticket has the steps of its task, each once."""

    def test_new_ticket_has_the_steps_of_its_task(self):
        checks = self.make().service_check_ids
        self.assertRecordValues(
            checks,
            [
                {
                    "name": "Backup is readable",
                    "is_required": True,
                    "is_done": False,
                    "company_id": self.company.id,
                },
                {
                    "name": "Firmware is up to date",
                    "is_required": False,
                    "is_done": False,
                    "company_id": self.company.id,
                },
            ],
        )
        self.assertEqual(checks.item_id, self.remote.checklist_ids)

    def test_ticket_that_gets_a_task_later_has_its_steps(self):
        ticket = self.make_ticket()
        self.assertFalse(ticket.service_check_ids)
        ticket.service_task_code_id = self.remote
        self.assertEqual(len(ticket.service_check_ids), 2)

    def test_same_task_again_changes_nothing(self):
        ticket = self.make()
        checks = ticket.service_check_ids
        self.remote.checklist_ids = [Command.create({"name": "New step"})]
        ticket.service_task_code_id = self.remote
        self.assertEqual(ticket.service_check_ids, checks)

    def test_task_that_is_edited_does_not_rewrite_history(self):
        ticket = self.make()
        item = self.remote.checklist_ids[0]
        item.write({"name": "Something else", "is_required": False})
        self.remote.checklist_ids[1].unlink()
        ticket.invalidate_recordset()
        self.assertRecordValues(
            ticket.service_check_ids,
            [
                {"name": "Backup is readable", "is_required": True},
                {"name": "Firmware is up to date", "is_required": False},
            ],
        )

    def test_other_task_takes_what_is_open_and_leaves_what_is_done(self):
        ticket = self.make()
        self.step(ticket, "Firmware is up to date").is_done = True
        ticket.service_task_code_id = self.onsite
        self.assertCountEqual(
            self.names(ticket), ["Firmware is up to date", "Customer has signed"]
        )
        self.assertTrue(self.step(ticket, "Firmware is up to date").is_done)

    def test_former_task_that_comes_back_doubles_nothing(self):
        ticket = self.make()
        self.step(ticket, "Firmware is up to date").is_done = True
        ticket.service_task_code_id = self.onsite
        ticket.service_task_code_id = self.remote
        self.assertCountEqual(
            self.names(ticket), ["Backup is readable", "Firmware is up to date"]
        )

    def test_ticket_without_a_task_keeps_only_what_is_done(self):
        ticket = self.make()
        self.step(ticket, "Firmware is up to date").is_done = True
        ticket.service_task_code_id = False
        self.assertEqual(self.names(ticket), ["Firmware is up to date"])

    def test_copy_starts_anew(self):
        ticket = self.make()
        ticket.service_check_ids.write({"is_done": True})
        copy = ticket.copy()
        self.assertCountEqual(self.names(copy), self.names(ticket))
        self.assertFalse(any(copy.service_check_ids.mapped("is_done")))

    def test_progress(self):
        ticket, other, without = self.make(), self.make(), self.make_ticket()
        self.step(ticket, "Firmware is up to date").is_done = True
        tickets = ticket | other | without
        self.assertEqual(
            tickets.mapped("service_checklist_progress"), ["1/2", "0/2", False]
        )

    def test_progress_follows_the_form_before_it_is_saved(self):
        ticket = self.make()
        with Form(ticket) as form:
            with form.service_check_ids.edit(0) as line:
                line.is_done = True
            self.assertEqual(form.service_checklist_progress, "1/2")
        self.assertEqual(ticket.service_checklist_progress, "1/2")

    def test_filter_finds_what_is_required_and_open(self):
        tickets = ticket, other = self.make(), self.make()
        self.step(ticket, "Backup is readable").is_done = True
        view = self.env["helpdesk.ticket"].get_view(view_type="search")
        self.assertIn("service_checklist_open", view["arch"])
        found = ticket.search(
            [
                ("id", "in", [each.id for each in tickets]),
                (
                    "service_check_ids",
                    "any",
                    [("is_required", "=", True), ("is_done", "=", False)],
                ),
            ]
        )
        self.assertEqual(found, other)


@tagged("post_install", "-at_install")
class TestChecklistTicks(ChecklistCommon):
    """Who ticked when is recorded by the server and by nobody else."""

    def test_tick_records_who_and_when(self):
        check = self.step(self.make(), "Backup is readable")
        check.is_done = True
        self.assertRecordValues(
            check, [{"done_at": NOW, "done_by_id": self.user_agent.id}]
        )
        check.is_done = False
        self.assertRecordValues(check, [{"done_at": False, "done_by_id": False}])

    def test_ticking_what_is_ticked_is_no_deed(self):
        check = self.step(self.make(), "Backup is readable")
        check.is_done = True
        colleague = self._make_user(
            "sc_colleague_2", "helpdesk_mgmt.group_helpdesk_user"
        )
        later = self.at(check, NOW + timedelta(hours=1)).with_user(colleague)
        later.write({"is_done": True})
        self.assertRecordValues(
            check, [{"done_at": NOW, "done_by_id": self.user_agent.id}]
        )

    def test_neither_person_nor_time_can_be_forged(self):
        ticket = self.make()
        check = self.step(ticket, "Backup is readable")
        for values in (
            {"is_done": True, "done_by_id": self.user_manager.id},
            {"is_done": True, "done_at": "2020-01-01 00:00:00"},
            {"done_by_id": self.user_manager.id},
            {"name": "Nothing"},
            {"is_required": False},
            {"ticket_id": self.make_ticket().id},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "only ticked"):
                check.write(values)
            commands = [Command.update(check.id, values)]
            with (
                self.subTest(commands),
                self.assertRaisesRegex(UserError, "only ticked"),
            ):
                ticket.write({"service_check_ids": commands})
        self.assertFalse(check.is_done)

    def test_neither_context_nor_defaults_forge_a_step(self):
        forged = {
            "default_is_done": True,
            "default_done_at": "2020-01-01 00:00:00",
            "default_done_by_id": self.user_manager.id,
            "default_is_required": False,
        }
        for name, value in forged.items():
            self.env["ir.default"].set(
                "service.ticket.check",
                name.removeprefix("default_"),
                value,
                user_id=self.user_agent.id,
            )
        tickets = self.env["helpdesk.ticket"].with_user(self.user_agent)
        made = tickets.with_context(**forged).create(
            {
                "name": "Forged",
                "description": "<p>…</p>",
                "service_task_code_id": self.remote.id,
            }
        )
        changed = self.make_ticket()
        changed.with_context(**forged).service_task_code_id = self.remote
        for ticket in (made, changed):
            self.assertRecordValues(
                self.step(ticket, "Backup is readable"),
                [
                    {
                        "is_done": False,
                        "is_required": True,
                        "done_at": False,
                        "done_by_id": False,
                    }
                ],
            )

    @mute_logger(*QUIET)
    def test_steps_are_neither_made_nor_taken_by_hand(self):
        ticket, other = self.make(), self.make()
        check = self.step(ticket, "Backup is readable")
        for command in (
            Command.create({"name": "Mine", "is_done": True}),
            Command.delete(check.id),
            Command.unlink(check.id),
            Command.clear(),
        ):
            with self.subTest(command), self.assertRaises(AccessError):
                ticket.write({"service_check_ids": [command]})
        with self.assertRaises(UserError):
            other.write({"service_check_ids": [Command.link(check.id)]})
        for role in (self.user_agent, self.user_manager):
            with self.subTest(role.login), self.assertRaises(AccessError):
                check.with_user(role).create({"ticket_id": ticket.id, "name": "Mine"})
        self.assertEqual(len(ticket.sudo().service_check_ids), 2)


@tagged("post_install", "-at_install")
class TestChecklistClose(ChecklistCommon):
    """Colleagues can't close a ticket over required steps; others are not held up."""

    def assertRefused(self, ticket, names, vals=None):
        with self.assertRaises(UserError) as caught:
            ticket.write(vals or {"stage_id": self.stage_done.id})
            self.env.flush_all()
        message = str(caught.exception)
        for name in names:
            self.assertIn(name, message)
        self.assertIn("change the task", message)
        return message

    def test_colleague_is_told_what_is_left(self):
        ticket = self.make()
        message = self.assertRefused(ticket, ["Backup is readable", ticket.number])
        self.assertNotIn("Firmware", message)
        self.assertFalse(ticket.closed)

    def test_done_required_steps_let_the_ticket_close(self):
        ticket = self.make()
        self.step(ticket, "Backup is readable").is_done = True
        ticket.stage_id = self.stage_done
        self.assertTrue(ticket.closed)
        self.assertNotIn("Closed although", self.notes(ticket))

    def test_tick_and_close_in_one_go(self):
        ticket = self.make()
        check = self.step(ticket, "Backup is readable")
        ticket.write(
            {
                "stage_id": self.stage_done.id,
                "service_check_ids": [Command.update(check.id, {"is_done": True})],
            }
        )
        self.assertTrue(ticket.closed)

    def test_task_that_changes_with_the_stage_counts(self):
        ticket = self.make()
        vals = {
            "stage_id": self.stage_done.id,
            "service_task_code_id": self.onsite.id,
        }
        self.assertRefused(ticket, ["Customer has signed"], vals)
        ticket.write({**vals, "service_task_code_id": self.training.id})
        self.assertTrue(ticket.closed)

    def test_each_ticket_of_many_is_named(self):
        tickets = self.make() | self.make(self.onsite) | self.make_ticket()
        self.assertRefused(
            tickets,
            [tickets[0].number, "Backup is readable", tickets[1].number, "signed"],
        )

    def test_stage_dated_back_is_refused_as_well(self):
        ticket = self.make(requested_at=NOW - timedelta(days=2))
        helper = self._make_user("sc_head", "helpdesk_mgmt.group_helpdesk_manager")
        with self.assertRaisesRegex(UserError, "Backup is readable"):
            ticket.with_user(helper)._change_stage_in_past(
                self.stage_done, NOW - timedelta(minutes=1), "Forgotten"
            )

    def test_cancelled_or_merged_work_has_nothing_left_to_do(self):
        cancelled, merged = self.make(), self.make()
        self.stage_cancelled.service_is_cancelled = True
        cancelled.stage_id = self.stage_cancelled
        merged.write(
            {"duplicate_id": self.make_ticket().id, "stage_id": self.stage_done.id}
        )
        for ticket in (cancelled, merged):
            self.assertTrue(ticket.closed)
            self.assertNotIn("Closed although", self.notes(ticket))
        # Not a way around it, either.
        self.assertRefused(cancelled, ["Backup is readable"])

    def test_open_stages_and_other_fields_ask_nothing(self):
        ticket = self.make()
        ticket.stage_id = self.stage_progress
        ticket.name = "Another title"
        self.assertEqual(ticket.stage_id, self.stage_progress)

    def test_ticket_that_is_closed_can_be_changed(self):
        ticket = self.make()
        ticket.sudo().stage_id = self.stage_done
        ticket.write({"name": "Another title", "stage_id": self.stage_done.id})
        self.step(ticket, "Backup is readable").is_done = True

    def test_customer_closes_in_the_portal_and_it_is_noted(self):
        ticket = self.make()
        self.stage_done.close_from_portal = True
        seen = ticket.with_user(self.portal_owner)
        self.assertIn(self.stage_done, seen._get_portal_close_stages(self.portal_owner))
        seen.sudo().stage_id = self.stage_done
        self.assertTrue(ticket.closed)
        note = ticket.sudo().message_ids.filtered(
            lambda message: "Closed although" in message.body
        )
        self.assertIn("Backup is readable", note.body)
        self.assertNotIn("Firmware", note.body)
        self.assertTrue(note.is_internal)
        self.assertEqual(note.author_id, self.env.ref("base.partner_root"))

    def test_what_happens_by_itself_closes_and_is_noted(self):
        tickets = self.make() | self.make(self.onsite) | self.make_ticket()
        tickets.with_user(self.env.ref("base.user_root")).stage_id = self.stage_done
        self.assertEqual(set(tickets.mapped("closed")), {True})
        self.assertIn("Backup is readable", self.notes(tickets[0]))
        self.assertIn("Customer has signed", self.notes(tickets[1]))
        self.assertNotIn("Closed although", self.notes(tickets[2]))

    def test_ticket_that_is_made_closed_is_noted(self):
        ticket = self.make(stage_id=self.stage_done.id)
        self.assertTrue(ticket.closed)
        self.assertIn("Backup is readable", self.notes(ticket))


@tagged("post_install", "-at_install")
class TestChecklistQueries(ChecklistCommon):
    """What checklists cost depends on the tasks, not on the tickets."""

    def _new(self, number, task=None):
        tickets = self.env["helpdesk.ticket"].with_user(self.user_agent)
        return tickets.create(
            [
                {
                    "name": f"Ticket {each}",
                    "description": "<p>…</p>",
                    "service_task_code_id": task and task.id,
                }
                for each in range(number)
            ]
        )

    def _count_lists(self, number):
        """Return queries of the lists beside what the tickets take anyway."""
        with_list, without = (
            self.count_queries(self._new, number, task)
            for task in (self.remote, self.training)
        )
        return with_list - without

    def test_lists_of_new_tickets_cost_the_same_at_any_number(self):
        self._count_lists(2)  # caches of the process
        one, twenty = self._count_lists(1), self._count_lists(20)
        self.assertEqual(one, twenty)

    def _count_change(self, number):
        """Return queries of other lists beside what another task takes anyway."""
        with_list = self._new(number, self.remote)
        with_list.service_check_ids.filtered("is_required").write({"is_done": True})
        without = self._new(number, self.training)
        return self.count_queries(
            with_list.write, {"service_task_code_id": self.onsite.id}
        ) - self.count_queries(without.write, {"service_task_code_id": self.travel.id})

    def test_change_of_task_costs_the_same_at_any_number(self):
        self._count_change(2)  # caches of the process
        one, twenty = self._count_change(1), self._count_change(20)
        self.assertEqual(one, twenty)

    def test_progress_is_one_query(self):
        tickets = self._new(20, self.remote)
        self.env.flush_all()
        tickets.mapped("service_checklist_progress")  # caches of rights
        tickets.invalidate_recordset(["service_checklist_progress"])
        with self.assertQueryCount(1):
            tickets.mapped("service_checklist_progress")

    def test_close_without_a_task_asks_nothing(self):
        tickets = self._new(3)
        with self.assertQueryCount(0):
            self.assertFalse(
                tickets._get_steps_left(
                    dict.fromkeys(tickets.sudo(), self.stage_new.browse())
                )
            )


@tagged("post_install", "-at_install")
class TestChecklistRights(ChecklistCommon):
    """Who sees a ticket sees its list; who may write it ticks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_own, cls.user_own_2, cls.user_team = (
            cls._make_user(login, f"helpdesk_mgmt.group_helpdesk_user_{kind}")
            for login, kind in (
                ("sc_own", "own"),
                ("sc_own_2", "own"),
                ("sc_team", "team"),
            )
        )
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Field",
                "company_id": cls.company.id,
                "user_ids": [Command.set((cls.user_own | cls.user_team).ids)],
            }
        )

    def sees(self, user, ticket):
        checks = (
            self.env["service.ticket.check"]
            .with_user(user)
            .with_context(allowed_company_ids=None)
        )
        return len(checks.search([("ticket_id", "=", ticket.id)]))

    def test_lists_are_seen_as_their_tickets(self):
        ticket = self.make(team_id=self.team.id, user_id=self.user_own.id)
        for user, seen in (
            (self.user_own, 2),
            (self.user_own_2, 0),
            (self.user_team, 2),
            (self.user_agent, 2),
            (self.user_internal, 0),
            (self.user_contract, 0),
            (self.user_other, 0),
        ):
            with self.subTest(user.login):
                self.assertEqual(self.sees(user, ticket), seen)

    @mute_logger(*QUIET)
    def test_follower_without_helpdesk_reads_and_does_not_tick(self):
        ticket = self.make()
        ticket.message_subscribe(self.user_internal.partner_id.ids)
        mine = ticket.with_user(self.user_internal)
        self.assertEqual(self.sees(self.user_internal, ticket), 2)
        self.assertEqual(mine.service_checklist_progress, "0/2")
        self.assertEqual(len(mine.service_check_ids), 2)
        with self.assertRaises(AccessError):
            mine.service_check_ids.write({"is_done": True})

    @mute_logger(*QUIET)
    def test_tickets_of_others_are_not_ticked(self):
        ticket = self.make(team_id=self.team.id, user_id=self.user_own.id)
        checks = ticket.service_check_ids
        checks.with_user(self.user_own).write({"is_done": True})
        for user in (self.user_own_2, self.user_manager, self.user_other):
            with self.subTest(user.login), self.assertRaises(AccessError):
                checks.with_user(user).write({"is_done": False})

    @mute_logger(*QUIET)
    def test_rule_of_others_that_keeps_a_ticket_keeps_its_list(self):
        ticket = self.make()
        self.env["ir.rule"].create(
            {
                "name": "Frozen",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "domain_force": f"[('id', '!=', {ticket.id})]",
                "perm_read": False,
            }
        )
        with self.assertRaises(AccessError):
            ticket.service_check_ids.write({"is_done": True})

    @mute_logger(*QUIET)
    def test_customers_see_none_of_it(self):
        ticket = self.make()
        seen = ticket.with_user(self.portal_owner)
        for name in ("service_check_ids", "service_checklist_progress"):
            with self.subTest(name), self.assertRaises(AccessError):
                seen.read([name])
        with self.assertRaises(AccessError):
            self.sees(self.portal_owner, ticket)

    @mute_logger(*QUIET)
    def test_companies_are_apart(self):
        theirs = self.make_ticket(
            user=self.user_other,
            partner=self.stranger,
            service_task_code_id=self.remote.id,
        )
        checks = theirs.sudo().service_check_ids
        self.assertEqual(checks.company_id, self.other_company)
        self.assertEqual(self.sees(self.user_other, theirs), 2)
        self.assertEqual(self.sees(self.user_agent, theirs), 0)
        with self.assertRaises(AccessError):
            checks.with_user(self.user_agent).write({"is_done": True})
