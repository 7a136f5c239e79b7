# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which line covers a ticket, and what its people are told."""

from datetime import date, datetime
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from .common_tickets import TicketsCommon


@tagged("post_install", "-at_install")
class TestLookup(TicketsCommon):
    """A ticket finds its contract line by itself."""

    def test_of_the_company_of_any_contact(self):
        line = self.make_line()
        department = self.env["res.partner"].create(
            {"name": "Kitchen staff", "parent_id": self.contact.id}
        )
        for partner in (self.customer, self.contact, self.site, department):
            with self.subTest(partner.name):
                ticket = self.make_ticket(partner)
                self.assertEqual(ticket.service_contract_line_id, line)
        self.assertFalse(self.make_ticket(self.stranger).service_contract_line_id)

    def test_contract_made_for_a_contact_serves_the_company(self):
        line = self.make_line(contract={"partner_id": self.contact.id})
        self.assertEqual(
            self.make_ticket(self.contact_2).service_contract_line_id, line
        )

    def test_each_condition(self):
        """Each stated condition is met by the first ticket and not by the second."""
        for code, terms, met, missed in (
            (
                "contact",
                {"contact_ids": [Command.set(self.contact.ids)]},
                {"partner": self.contact},
                {"partner": self.contact_2},
            ),
            (
                "site",
                {"site_ids": [Command.set(self.site.ids)]},
                {"site_id": self.site.id},
                {"site_id": self.site_2.id},
            ),
            (
                "product",
                {"covered_item_ids": [Command.create({"product_id": self.oven.id})]},
                {"product_id": self.oven.id, "product_serial": "any"},
                {"product_id": self.fridge.id},
            ),
            (
                "serial",
                {
                    "covered_item_ids": [
                        Command.create({"product_id": self.oven.id, "serial": "S1"})
                    ]
                },
                {"product_id": self.oven.id, "product_serial": "S1"},
                {"product_id": self.oven.id, "product_serial": "S2"},
            ),
            (
                "category",
                {"category_ids": [Command.set(self.category.ids)]},
                {"category_id": self.category.id},
                {"category_id": self.category_2.id},
            ),
            (
                "channel",
                {"channel_ids": [Command.set(self.channel.ids)]},
                {"channel_id": self.channel.id},
                {"channel_id": self.channel_2.id},
            ),
        ):
            line = self.make_line(**terms)
            with self.subTest(f"{code} is met"):
                ticket = self.make_ticket(**met)
                self.assertEqual(ticket.service_contract_line_id, line)
                self.assertEqual(self.failed(ticket), {line.id: []})
            with self.subTest(f"{code} is missed"):
                ticket = self.make_ticket(**missed)
                self.assertFalse(ticket.service_contract_line_id)
                self.assertIn(code, self.failed(ticket)[line.id])
            line.contract_id.action_cancel(reason="Next case")
            line.contract_id.action_archive()

    def test_conditions_of_the_contract_count_where_the_line_has_none(self):
        limited = {"site_ids": [Command.set(self.site.ids)]}
        line = self.make_line(contract=limited)
        self.assertFalse(self.make_ticket(site_id=self.site_2.id).service_contract_id)
        other = self.make_line(
            contract=limited, site_ids=[Command.set(self.site_2.ids)]
        )
        found = self.make_ticket(site_id=self.site_2.id).service_contract_line_id
        self.assertEqual(found, other)
        found = self.make_ticket(site_id=self.site.id).service_contract_line_id
        self.assertEqual(found, line)

    def test_line_of_another_period_does_not_cover(self):
        line = self.make_line(
            contract={"date_start": date(2024, 1, 1)}, date_start=date(2025, 2, 1)
        )
        ticket = self.make_ticket()
        self.assertEqual(self.failed(ticket), {line.id: ["dates"]})
        later = self.at(ticket, datetime(2025, 2, 1, 9))
        later.requested_at = datetime(2025, 1, 31, 23)
        self.assertEqual(ticket.service_contract_line_id, line)

    def test_day_of_the_request_decides_in_the_contract_s_zone(self):
        """22:59 UTC of 31 December is still the old year in Rome; 23:00 is not."""
        line = self.make_line()
        before = self.make_ticket(requested_at=datetime(2024, 12, 31, 22, 59))
        after = self.make_ticket(requested_at=datetime(2024, 12, 31, 23))
        self.assertFalse(before.service_contract_line_id)
        self.assertEqual(after.service_contract_line_id, line)

    def test_ranking(self):
        """Most specific, then priority, earliest expiry, oldest."""
        oldest = self.make_line(priority=5)
        self.make_line(priority=5)
        self.assertEqual(self.make_ticket().service_contract_line_id, oldest)
        ends = self.make_line(contract={"date_end": date(2025, 6, 30)}, priority=5)
        self.assertEqual(self.make_ticket().service_contract_line_id, ends)
        first = self.make_line(priority=1)
        self.assertEqual(self.make_ticket().service_contract_line_id, first)
        specific = self.make_line(
            priority=99, category_ids=[Command.set(self.category.ids)]
        )
        ticket = self.make_ticket(category_id=self.category.id)
        self.assertEqual(ticket.service_contract_line_id, specific)

    def test_lines_that_are_only_billed_cover_nothing(self):
        self.make_line("none")
        self.assertFalse(self.make_ticket().service_contract_line_id)

    def test_archived_contract_is_not_looked_at(self):
        line = self.make_line(
            contract={"date_start": date(2024, 1, 1), "date_end": date(2024, 12, 31)}
        )
        line.contract_id.action_archive()
        self.assertFalse(self.make_ticket().sudo().service_lookup)

    def test_explanation_names_every_condition(self):
        line = self.make_line(
            site_ids=[Command.set(self.site.ids)],
            category_ids=[Command.set(self.category.ids)],
        )
        ticket = self.make_ticket(site_id=self.site.id)
        (verdict,) = ticket._explain_lookup()
        self.assertEqual(verdict["name"], line.display_name)
        self.assertFalse(verdict["covers"])
        answers = {label: passed for label, passed, _stated in verdict["conditions"]}
        self.assertEqual(len(answers), 9)
        self.assertFalse(answers.pop("Category is covered"))
        self.assertTrue(all(answers.values()))
        self.assertIn("Site is covered", ticket.service_lookup_html)

    def test_thirty_candidate_lines(self):
        self.make_contract([self.line_values("unlimited", 0) for _number in range(29)])
        best = self.make_line(priority=1)
        ticket = self.make_ticket()
        self.assertEqual(ticket.service_contract_line_id, best)
        self.assertLessEqual(len(ticket.sudo().service_lookup), 20)


@tagged("post_install", "-at_install")
class TestBanner(TicketsCommon):
    """The ticket says what the customer is entitled to, or why not."""

    def state_of(self, **values):
        return self.make_ticket(**values).service_coverage_state

    def test_no_customer(self):
        ticket = self.env["helpdesk.ticket"].create(
            {"name": "Who is it?", "description": "<p>Hello</p>"}
        )
        self.assertEqual(ticket.service_coverage_state, "no_customer")

    def test_no_contract(self):
        self.assertEqual(self.state_of(), "no_contract")

    def test_contract_that_is_not_in_force(self):
        for state, values in (
            ("draft", {"confirm": False}),
            ("invoiced", {"date_start": date(2025, 2, 1)}),
            (
                "expired",
                {"date_start": date(2024, 1, 1), "date_end": date(2024, 12, 1)},
            ),
        ):
            contract = self.make_contract(partner_id=self.stranger.id, **values)
            with self.subTest(state):
                self.assertEqual(self.state_of(partner=self.stranger), state)
            contract.action_cancel(reason="Next case") if state != "expired" else None
            contract.action_archive()

    def test_held_and_cancelled(self):
        contract = self.make_contract()
        open_ticket = self.make_ticket()
        contract.action_hold()
        self.assertEqual(self.state_of(), "on_hold")
        self.assertEqual(open_ticket.service_coverage_state, "on_hold")
        contract.action_resume()
        self.assertEqual(open_ticket.service_coverage_state, "plenty")
        contract.action_cancel(reason="Moved away")
        self.assertEqual(self.state_of(), "cancelled")

    def test_not_covered(self):
        self.make_line(site_ids=[Command.set(self.site.ids)])
        self.assertEqual(self.state_of(), "uncovered")

    def test_covered_uncounted(self):
        self.make_line()
        self.assertEqual(self.state_of(), "uncounted")

    def test_balance(self):
        self.make_contract()
        states = [self.state_of() for _number in range(6)]
        self.assertEqual(
            states, ["plenty", "plenty", "plenty", "nearly", "used_up", "used_up"]
        )

    def test_used_up_and_refused(self):
        self.make_line("cases", 1, exhaustion_policy="block")
        self.assertEqual(self.state_of(), "used_up")
        refused = self.make_ticket()
        self.assertFalse(refused.service_contract_line_id)
        self.assertEqual(refused.service_coverage_state, "used_up")

    def test_exempt(self):
        self.make_contract()
        ticket = self.make_ticket()
        ticket.write({"no_decrement": True, "no_decrement_reason": "Our own fault"})
        self.assertEqual(ticket.service_coverage_state, "exempt")

    def test_every_state_has_a_test(self):
        states = dict(
            self.env["helpdesk.ticket"]._fields["service_coverage_state"].selection
        )
        self.assertEqual(
            set(states),
            {
                "no_customer",
                "no_contract",
                "draft",
                "invoiced",
                "on_hold",
                "expired",
                "cancelled",
                "uncovered",
                "exempt",
                "uncounted",
                "plenty",
                "nearly",
                "used_up",
            },
        )


@tagged("post_install", "-at_install")
class TestQueries(TicketsCommon):
    """No query count grows with the number of tickets."""

    def test_batches(self):
        self.make_line("cases", 500)
        self.make_line("hours", 500, exhaustion_policy="block")
        self.make_ticket()  # is rated again with all that came before it
        few = self.env["helpdesk.ticket"].union(
            *(self.make_ticket() for _number in range(2))
        )
        many = self.env["helpdesk.ticket"].union(
            *(self.make_ticket() for _number in range(20))
        )

        def count_queries(tickets, **values):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            # Messages about changes are written one by one, by others.
            tickets.with_context(tracking_disable=True).write(values)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        for name, values in (
            ("warm up", {"category_id": self.category.id}),
            ("another lookup", {"category_id": self.category_2.id}),
            ("another day", {"requested_at": datetime(2025, 1, 10, 9)}),
            ("cancelled", {"stage_id": self.stage_cancelled.id}),
            ("again", {"stage_id": self.stage_progress.id}),
        ):
            counts = [count_queries(tickets, **values) for tickets in (few, many)]
            if name != "warm up":
                with self.subTest(name, counts=counts):
                    # What is rated again beside them is fetched apart, or with them.
                    self.assertLessEqual(counts[1], counts[0] + 4)

    def test_creation_in_a_batch(self):
        """What lookup and draw-down add to a creation does not grow with it."""
        self.make_line("cases", 500)
        ticket_model = type(self.env["helpdesk.ticket"])

        def count_queries(number):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["helpdesk.ticket"].create(
                [
                    {
                        "name": f"Oven {index}",
                        "description": "<p>Cold.</p>",
                        "partner_id": self.contact.id,
                        "company_id": self.company.id,
                    }
                    for index in range(number)
                ]
            )
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count_queries(1)
        ours = []
        for number in (2, 20):
            with (
                patch.object(ticket_model, "_find_contract_line", lambda self: None),
                patch.object(ticket_model, "_sync_usages", lambda self: None),
            ):
                others = count_queries(number)
            ours.append(count_queries(number) - others)
        self.assertLessEqual(ours[1], ours[0] + 1, ours)
