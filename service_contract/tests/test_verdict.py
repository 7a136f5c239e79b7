# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What work would be, told before it is done or saved."""

from datetime import date

from psycopg2 import IntegrityError

from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_drawdown import HOUR, DrawdownCommon
from .common_rates import RatesCommon


@tagged("post_install", "-at_install")
class TestVerdict(RatesCommon, DrawdownCommon):
    def setUp(self):
        super().setUp()
        self.line = self.make_contract(
            [self.line_values("hours", 1, rate_card_id=self.card.id)]
        ).line_ids
        self.ticket = self.make_ticket()

    def verdict(self, ticket=None):
        ticket = (ticket or self.ticket).with_user(self.user_agent)
        ticket.invalidate_recordset()
        return ticket.service_verdict_state, ticket.service_verdict_text

    def type_time(self, form, hours, **values):
        """Type time into the ticket's list; return the line's verdict, unsaved."""
        with form.timesheet_ids.new() as line:
            line.name = "Typed"
            line.employee_id = self.user_agent.employee_id
            line.date = date(2025, 1, 15)
            for name, value in values.items():
                setattr(line, name, value)
            line.unit_amount = hours
            return line.service_rating_text

    def open_form(self, ticket=None):
        ticket = (ticket or self.ticket).with_user(self.user_agent)
        return Form(ticket.with_context(allowed_company_ids=self.company.ids))

    # === ON THE TICKET === #

    def test_next_hour_covered_partly_billable(self):
        self.assertEqual(
            self.verdict(), ("covered", "Covered 1:00 h; 0:00 h left after")
        )
        self.log_time(self.ticket, 0.5)
        state, text = self.verdict()
        self.assertEqual(state, "partly")
        self.assertEqual(
            text.replace("\N{NO-BREAK SPACE}", " "),
            "Covered 0:30 h, Billable 0:30 h at 80.00 €/h; 0:00 h left after",
        )
        self.log_time(self.ticket, 1)
        state, text = self.verdict()
        self.assertEqual(state, "billable")
        self.assertIn("Billable 1:00 h", text)

    def test_next_work_takes_as_long_as_its_task(self):
        self.remote.default_quantity = 0.25
        self.ticket.service_task_code_id = self.remote
        self.assertEqual(
            self.verdict(), ("covered", "Covered 0:15 h; 0:45 h left after")
        )

    def test_out_of_scope_and_never_charged(self):
        line = self.make_contract(
            [self.line_values("hours", 5, task_excluded_ids=self.onsite.ids)]
        ).line_ids
        ticket = self.make_ticket(
            service_contract_line_id=line.id, service_task_code_id=self.onsite.id
        )
        state, text = self.verdict(ticket)
        self.assertEqual(state, "out_of_scope")
        self.assertIn("To approve 1:00 h (Out of scope)", text)
        self.onsite.charging = "never"
        self.assertEqual(self.verdict(ticket)[0], "free")

    def test_no_verdict_without_line_or_on_a_closed_ticket(self):
        self.assertEqual(self.verdict(self.make_ticket(self.stranger)), (False, False))
        self.ticket.stage_id = self.stage_done
        self.assertEqual(self.verdict(), (False, False))

    def test_what_somebody_is_to_decide(self):
        line = self.make_contract(
            [self.line_values("hours", 1, exhaustion_policy="warn")]
        ).line_ids
        ticket = self.make_ticket(service_contract_line_id=line.id)
        self.log_time(ticket, 1)
        self.assertEqual(
            self.verdict(ticket),
            (
                "to_approve",
                "To approve 1:00 h (Allotment used up); 0:00 h left after",
            ),
        )

    # === WHILE TIME IS TYPED === #

    def test_typed_time_is_told_before_it_is_saved(self):
        form = self.open_form()
        text = self.type_time(form, 1.5)
        self.assertEqual(
            text.replace("\N{NO-BREAK SPACE}", " "),
            "Covered 1:00 h, Billable 0:30 h at 80.00 €/h; 0:00 h left after",
        )
        self.assertEqual(self.drawn(self.line), 0, "Nothing is recorded yet.")
        form.save()
        self.assertEqual(self.drawn(self.line), HOUR)
        self.assertIn(
            "Covered 1:00 h", self.ticket.timesheet_ids.sudo().service_rating_text
        )

    def test_an_edited_line_is_rated_as_if_it_were_new(self):
        entry = self.log_time(self.ticket, 1)
        form = self.open_form()
        with form.timesheet_ids.edit(0) as line:
            self.assertEqual(line.service_rating_text, "Covered 1:00 h")
            line.unit_amount = 0.5
            self.assertEqual(
                line.service_rating_text, "Covered 0:30 h; 0:30 h left after"
            )
        self.assertEqual(entry.sudo().service_rating_text, "Covered 1:00 h")

    def test_task_and_start_count_while_typing(self):
        card = self.make_card(
            [{"price": 80}, {"task_code_id": self.onsite.id, "price": 100}],
            [{"name": "Night", "kind": "after_hours", "percent": 150}],
        )
        line = self.make_contract(
            [self.line_values("hours", 1, rate_card_id=card.id)]
        ).line_ids
        ticket = self.make_ticket(service_contract_line_id=line.id)
        self.log_time(ticket, 1)
        form = self.open_form(ticket)
        self.assertIn("80.00", self.type_time(form, 1))
        self.assertIn(
            "100.00", self.type_time(form, 1, service_task_code_id=self.onsite)
        )
        self.assertIn(
            "150.00",
            self.type_time(
                form,
                1,
                service_task_code_id=self.onsite,
                service_started_at="2025-01-15 20:00:00",
            ),
        )

    def test_task_of_the_ticket_is_that_of_its_time(self):
        self.ticket.service_task_code_id = self.remote
        entry = self.log_time(self.ticket, 0.5)
        self.assertEqual(entry.service_task_code_id, self.remote)
        other = self.log_time(self.ticket, 0.5, service_task_code_id=False)
        self.assertFalse(other.service_task_code_id)
        form = self.open_form()
        self.type_time(form, 0.25)
        form.save()
        new = self.ticket.timesheet_ids - entry - other
        self.assertEqual(new.service_task_code_id, self.remote)

    # === QUERIES === #

    def test_typed_lines_take_no_query_each(self):
        self.log_time(self.ticket, 0.25)

        def count(number):
            self.env.flush_all()
            self.env.invalidate_all()
            lines = self.env["account.analytic.line"].browse()
            for _n in range(number):
                lines |= lines.new(
                    {
                        "ticket_id": self.ticket.id,
                        "unit_amount": 0.25,
                        "date": date(2025, 1, 15),
                        "employee_id": self.user_agent.employee_id.id,
                    }
                )
            before = self.env.cr.sql_log_count
            verdicts = lines.sudo()._get_verdicts()
            self.assertEqual(len(verdicts), number)
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertLessEqual(count(50), count(1) + 2)

    def test_verdicts_of_tickets_take_no_query_each(self):
        tickets = self.env["helpdesk.ticket"].union(
            *(self.make_ticket() for _number in range(20))
        )

        def count(records):
            tickets = records.with_user(self.user_agent)
            return self.count_queries(tickets.mapped, "service_verdict_state")

        count(tickets[:1])
        self.assertLessEqual(count(tickets), count(tickets[:1]) + 3)

    def test_task_takes_no_longer_than_a_calendar_goes(self):
        for quantity in (1e8, float("inf"), float("nan")):
            with (
                self.subTest(quantity),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.onsite.default_quantity = quantity
                self.env.flush_all()

    # === CASES AND TYPED WORK === #

    def make_scoped_ticket(self, coverage, task=None, quantity=5):
        """Return a ticket on a new line that excludes work on site."""
        scope = {"task_excluded_ids": [Command.set(self.onsite.ids)]}
        line = self.make_contract(
            [self.line_values(coverage, quantity, exhaustion_policy="bill", **scope)]
        ).line_ids
        return self.make_ticket(
            service_contract_line_id=line.id, service_task_code_id=task and task.id
        )

    def test_case_is_out_of_scope_with_its_task(self):
        ticket = self.make_scoped_ticket("cases", self.onsite)
        self.assertEqual(self.verdict(ticket)[0], "out_of_scope")
        self.assertEqual(self.live(ticket), [("to_approve", 1)])
        self.assertEqual(self.drawn(ticket.service_contract_line_id), 0)

    def test_case_follows_the_task_of_its_ticket(self):
        ticket = self.make_scoped_ticket("cases")
        self.assertEqual(self.live(ticket), [("covered", 1)])
        for task, kind in (
            (self.onsite, "to_approve"),
            (self.remote, "covered"),
            (self.remote.browse(), "covered"),
        ):
            ticket.service_task_code_id = task
            self.assertEqual(self.live(ticket), [(kind, 1)])

    def test_case_on_an_invoice_keeps_its_task(self):
        ticket = self.make_scoped_ticket("cases", self.remote, quantity=0)
        self.mark_invoiced(ticket.sudo().service_usage_ids.charge_ids)
        ticket.service_task_code_id = self.onsite
        self.assertEqual(self.live(ticket), [("billable", 1)])

    def test_case_that_was_decided_keeps_its_task(self):
        ticket = self.make_scoped_ticket("cases", self.onsite)
        charges = ticket.service_charge_ids.with_user(self.user_manager)
        charges.action_waive("Sorry")
        ticket.service_task_code_id = self.remote
        self.assertEqual(self.live(ticket), [("courtesy", 1)])

    def test_typed_work_is_of_the_task_of_its_ticket(self):
        ticket = self.make_scoped_ticket("visits", self.onsite)
        for task, kind in ((None, "to_approve"), (self.remote, "covered")):
            dialog = self.open_log(ticket)
            self.assertEqual(dialog.task_code_id, self.onsite)
            if task:
                dialog.task_code_id = task
            dialog.save().action_apply()
            self.assertEqual(self.live(ticket)[-1], (kind, 1))
        dialog = self.open_log(ticket)
        dialog.task_code_id = self.remote.browse()
        dialog.save().action_apply()
        self.assertEqual(self.live(ticket)[-1], ("covered", 1))

    def test_typed_work_takes_as_long_as_its_task(self):
        self.onsite.default_quantity = 2.5
        dialog = self.open_log(self.ticket)
        dialog.task_code_id = self.onsite
        self.assertEqual(dialog.quantity, 1, "nobody knows how many visits")
        dialog.unit = "second"
        self.assertEqual(dialog.quantity, 2.5)

    def open_log(self, ticket):
        dialogs = self.env["service.usage.log"].with_user(self.user_agent)
        dialog = Form(dialogs.with_context(active_id=ticket.id))
        dialog.description = "Done"
        return dialog
