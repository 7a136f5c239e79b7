# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.fields import Command

from .common import NOW, ServiceContractCommon


class RoutingCommon(ServiceContractCommon):
    """Two teams, two skills, three people who work from 8 to 17 in Rome."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold, cls.silver = cls.env["service.tier"].create(
            [{"name": "Gold"}, {"name": "Silver"}]
        )
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "8 to 17",
                "tz": "Europe/Rome",
                "company_id": cls.company.id,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Day",
                                "dayofweek": str(day),
                                "hour_from": 8,
                                "hour_to": 17,
                                "day_period": "morning",
                            }
                        )
                        for day in range(5)
                    ),
                ],
            }
        )
        cls.anna, cls.bruno, cls.carla = (
            cls._make_user(f"sc_{name}", "helpdesk_mgmt.group_helpdesk_user", name=name)
            for name in ("Anna", "Bruno", "Carla")
        )
        cls.people = cls.anna | cls.bruno | cls.carla
        cls.employees = cls.env["hr.employee"].create(
            [
                {
                    "name": user.name,
                    "user_id": user.id,
                    "company_id": cls.company.id,
                    "resource_calendar_id": cls.calendar.id,
                    "tz": "Europe/Rome",
                }
                for user in cls.people
            ]
        )
        cls.network = cls.env["service.skill"].create(
            {"name": "Network", "user_ids": [Command.set((cls.anna | cls.bruno).ids)]}
        )
        cls.category = cls.env["helpdesk.ticket.category"].create(
            {
                "name": "Router",
                "company_id": cls.company.id,
                "service_skill_ids": [Command.set(cls.network.ids)],
            }
        )
        cls.first_level, cls.second_level = cls.env["helpdesk.ticket.team"].create(
            [
                {
                    "name": name,
                    "company_id": cls.company.id,
                    "user_ids": [Command.set(cls.people.ids)],
                }
                for name in ("First level", "Second level")
            ]
        )

    @classmethod
    def make_rule(cls, **values):
        return (
            cls.env["service.routing.rule"]
            .with_user(cls.user_manager)
            .create({"name": "Rule", "company_id": cls.company.id, **values})
        )

    @classmethod
    def put_on_leave(cls, user, start="2025-01-15 00:00:00", end="2025-01-16 00:00:00"):
        cls.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": cls.calendar.id,
                "resource_id": cls.employees.filtered(
                    lambda employee: employee.user_id == user
                ).resource_id.id,
                "date_from": start,
                "date_to": end,
            }
        )

    @staticmethod
    def notes_of(ticket):
        return "\n".join(
            message.body for message in ticket.sudo().message_ids if message.body
        )


class TestRouting(RoutingCommon):
    """A new ticket goes where the first rule that fits sends it."""

    def test_tier_of_the_contract_sets_the_team(self):
        self.make_contract(tier_id=self.gold.id)
        self.make_rule(tier_ids=self.gold.ids, team_id=self.second_level.id)
        ticket = self.make_ticket()
        self.assertEqual(ticket.team_id, self.second_level)
        self.assertIn("Routed by Rule to Second level.", self.notes_of(ticket))

    def test_another_tier_is_left_alone(self):
        self.make_contract(tier_id=self.silver.id)
        self.make_rule(tier_ids=self.gold.ids, team_id=self.second_level.id)
        ticket = self.make_ticket()
        self.assertFalse(ticket.team_id)
        self.assertNotIn("Routed", self.notes_of(ticket))

    def test_who_made_the_ticket_is_no_choice(self):
        self.company.helpdesk_mgmt_ticket_auto_assign = True
        self.assertEqual(self.make_ticket().user_id, self.user_agent)
        self.make_rule(
            team_id=self.second_level.id, assign="user", user_id=self.anna.id
        )
        self.assertEqual(self.make_ticket().user_id, self.anna)

    def test_a_default_of_the_screen_is_a_choice(self):
        self.make_rule(team_id=self.second_level.id)
        tickets = self.env["helpdesk.ticket"].with_context(
            default_team_id=self.first_level.id
        )
        ticket = tickets.create({"name": "Cold", "description": "-"})
        self.assertEqual(ticket.team_id, self.first_level)

    def test_rules_apply_in_their_order(self):
        self.make_rule(sequence=2, team_id=self.first_level.id)
        self.make_rule(
            sequence=1, skill_ids=self.network.ids, team_id=self.second_level.id
        )
        self.assertEqual(self.make_ticket().team_id, self.first_level)
        self.assertEqual(
            self.make_ticket(category_id=self.category.id).team_id, self.second_level
        )

    def test_a_category_below_is_meant_too(self):
        below = self.category.create(
            {
                "name": "Firmware",
                "parent_id": self.category.id,
                "company_id": self.company.id,
            }
        )
        self.make_rule(category_ids=self.category.ids, team_id=self.second_level.id)
        self.assertEqual(
            self.make_ticket(category_id=below.id).team_id, self.second_level
        )

    def test_a_team_that_was_chosen_stays(self):
        self.make_rule(
            team_id=self.second_level.id, assign="user", user_id=self.anna.id
        )
        ticket = self.make_ticket(team_id=self.first_level.id)
        self.assertEqual(ticket.team_id, self.first_level)
        self.assertEqual(ticket.user_id, self.anna)

    def test_an_assignee_who_was_chosen_stays(self):
        self.make_rule(
            team_id=self.second_level.id, assign="user", user_id=self.anna.id
        )
        ticket = self.make_ticket(user_id=self.carla.id)
        self.assertEqual(ticket.user_id, self.carla)

    def test_an_assignee_outside_of_the_team_keeps_the_team_away(self):
        self.make_rule(team_id=self.second_level.id)
        ticket = self.make_ticket(user_id=self.user_agent.id)
        self.assertEqual(ticket.user_id, self.user_agent)
        self.assertFalse(ticket.team_id)

    def test_suggested_is_skilled_at_work_and_least_busy(self):
        self.make_ticket(team_id=self.second_level.id, user_id=self.anna.id)
        self.make_rule(team_id=self.second_level.id, assign="suggested")
        ticket = self.make_ticket(category_id=self.category.id)
        self.assertEqual(ticket.user_id, self.bruno)
        self.assertIn(
            "Routed by Rule to Bruno of Second level: can do Network, works now, in "
            "the team, 0 open tickets.",
            self.notes_of(ticket),
        )
        self.put_on_leave(self.bruno)
        ticket = self.make_ticket(category_id=self.category.id)
        self.assertEqual(ticket.user_id, self.anna)

    def test_nobody_is_assigned_when_nobody_is_able(self):
        self.make_rule(team_id=self.second_level.id, assign="suggested")
        for user in (self.anna, self.bruno):
            self.put_on_leave(user)
        ticket = self.make_ticket(category_id=self.category.id)
        self.assertEqual(ticket.team_id, self.second_level)
        self.assertFalse(ticket.user_id)
        self.assertIn("Nobody is free and able now", self.notes_of(ticket))

    def test_a_batch_is_spread(self):
        self.make_rule(team_id=self.second_level.id, assign="suggested")
        tickets = (
            self.env["helpdesk.ticket"]
            .with_user(self.user_agent)
            .create(
                [
                    {"name": "Cold", "description": "-", "partner_id": self.contact.id}
                    for _number in range(6)
                ]
            )
        )
        self.assertEqual(
            {user: len(own) for user, own in tickets.grouped("user_id").items()},
            dict.fromkeys(self.people, 2),
        )

    def test_who_sees_own_tickets_only_may_make_one_that_is_routed(self):
        user = self._make_user("sc_own", "helpdesk_mgmt.group_helpdesk_user_own")
        self.make_rule(
            team_id=self.second_level.id, assign="user", user_id=self.anna.id
        )
        ticket = self.make_ticket(user=user)
        self.assertEqual(ticket.sudo().user_id, self.anna)

    def test_later_changes_route_nothing(self):
        ticket = self.make_ticket()
        self.make_rule(team_id=self.second_level.id)
        ticket.category_id = self.category
        self.assertFalse(ticket.team_id)

    def test_rules_of_another_company_do_not_count(self):
        self.env["service.routing.rule"].create(
            {
                "name": "Theirs",
                "company_id": self.other_company.id,
                "assign": "user",
                "user_id": self.user_other.id,
            }
        )
        self.assertNotEqual(self.make_ticket().user_id, self.user_other)

    def test_a_rule_that_does_nothing_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "does nothing yet"):
            self.make_rule()
        with self.assertRaisesRegex(ValidationError, "is not a member"):
            self.make_rule(
                team_id=self.second_level.id, assign="user", user_id=self.user_agent.id
            )

    def test_queries_do_not_grow_with_tickets(self):
        self.make_contract(tier_id=self.gold.id)
        self.make_rule(
            tier_ids=self.gold.ids, team_id=self.second_level.id, assign="suggested"
        )
        counts = []
        for size in (3, 50):
            tickets = self.env["helpdesk.ticket"].create(
                [
                    {"name": "Cold", "description": "-", "partner_id": self.contact.id}
                    for _number in range(size)
                ]
            )
            given = dict.fromkeys(tickets, frozenset())
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            rules = tickets._find_routing_rules(given)
            teams = dict.fromkeys(tickets.sudo(), self.second_level)
            tickets.sudo()._suggest_for_rules(rules, teams, given)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_without_rules_there_is_no_query(self):
        ticket = self.make_ticket()
        given = {ticket: set()}
        ticket._route(given)
        with self.assertQueryCount(0):
            ticket._route(given)


class TestSuggestion(RoutingCommon):
    """Who could take a ticket, in words."""

    def suggest(self, ticket, instant=NOW):
        ticket = self.at(ticket, instant)
        return [
            (
                self.env["res.users"].browse(suggestion.candidate.key).name,
                ticket._explain_suggestion(suggestion),
            )
            for suggestion in ticket._get_suggestions()
        ]

    def test_ranked_with_reasons(self):
        ticket = self.make_ticket(
            team_id=self.second_level.id, category_id=self.category.id
        )
        self.put_on_leave(self.anna)
        self.assertEqual(
            self.suggest(ticket),
            [
                ("Bruno", "can do Network, works now, in the team, 0 open tickets"),
                (
                    "Carla",
                    "can't do Network, works now, in the team, 0 open tickets",
                ),
                ("Anna", "on leave, can do Network, in the team, 0 open tickets"),
            ],
        )

    def test_after_hours_it_says_when_they_work_again(self):
        ticket = self.make_ticket(team_id=self.second_level.id)
        name, why = self.suggest(ticket, datetime(2025, 1, 15, 19, 0))[0]
        self.assertEqual(
            (name, why), ("Anna", "works again Thu 08:00, in the team, 0 open tickets")
        )

    def test_the_assignee_is_left_out(self):
        ticket = self.make_ticket(team_id=self.second_level.id, user_id=self.anna.id)
        self.assertEqual(
            [name for name, _why in self.suggest(ticket)], ["Bruno", "Carla"]
        )

    def test_queries_do_not_grow_with_people(self):
        ticket = self.make_ticket(team_id=self.second_level.id)
        counts = []
        for size in (1, 50):
            users = self.env["res.users"].create(
                [
                    {"name": f"User {size} {n}", "login": f"sc_{size}_{n}"}
                    for n in range(size)
                ]
            )
            self.env["hr.employee"].create(
                [
                    {
                        "name": user.name,
                        "user_id": user.id,
                        "company_id": self.company.id,
                        "resource_calendar_id": self.calendar.id,
                    }
                    for user in users
                ]
            )
            self.second_level.user_ids = [Command.set(users.ids)]
            ticket._get_suggestions()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(len(ticket._get_suggestions()), size)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_without_a_team_all_teams_are_asked(self):
        self.assertEqual(len(self.suggest(self.make_ticket())), 3)
