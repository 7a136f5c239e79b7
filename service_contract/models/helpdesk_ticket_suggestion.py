# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

from odoo import models
from odoo.tools import format_datetime

from ..engine.clock import NeverOpen
from ..engine.routing import Candidate, suggest

# How far ahead the next working hours of a person matter.
HORIZON = timedelta(days=14)


class HelpdeskTicket(models.Model):
    """Who could take a ticket: facts about people for ``engine/routing.py``."""

    _inherit = "helpdesk.ticket"

    def _get_suggestions(self):
        """Return who could take the ticket, the best one first, with reasons.

        The present assignee is left out.

        :return: list of ``engine.routing.Suggestion``; keys are ids of users
        """
        self.ensure_one()
        teams = {self: self.team_id}
        return [
            suggestion
            for suggestion in self._suggest(self._get_people(teams), self.team_id, {})
            if suggestion.candidate.key != self.user_id.id
        ]

    def _get_people(self, teams):
        """Return the facts about everybody who could take one of the tickets.

        The number of queries does not grow with tickets or people.

        :param teams: {ticket: team}; without a team, members of all teams can take it
        :return: {user: values of ``Candidate``, and the ids of the skills}
        """
        if not teams:
            return {}
        team_model = self.env["helpdesk.ticket.team"].sudo()  # facts for whoever asks
        asked = team_model.union(*teams.values())
        if not all(teams.values()):
            asked |= team_model.search(
                [("company_id", "in", [False, *self.company_id.ids])]
            )
        users = asked.user_ids.filtered(lambda user: not user.share)
        loads = dict(
            self.env["helpdesk.ticket"]
            .sudo()  # the load of a person, also by tickets that the asker can't see
            ._read_group(
                [("user_id", "in", users.ids), ("closed", "=", False)],
                ["user_id"],
                ["__count"],
            )
        )
        hours = self._get_working_facts(users)
        return {
            user: {
                "name": user.name,
                "open_tickets": loads.get(user, 0),
                "skill_ids": set(user.service_skill_ids.ids),
                **hours.get(user, {}),
            }
            for user in users
        }

    def _get_working_facts(self, users):
        """Return by user whether they are on leave and at work now."""
        now = self.env["service.contract"]._service_now()
        employees = (
            self.env["hr.employee"]
            .sudo()  # only whether they work now; agents may not read employees
            .search([("user_id", "in", users.ids)])
        )
        away = (
            self.env["resource.calendar.leaves"]
            .sudo()  # as above
            .search(
                [
                    ("resource_id", "in", employees.resource_id.ids),
                    ("time_type", "=", "leave"),
                    ("date_from", "<=", now),
                    ("date_to", ">", now),
                ]
            )
            .resource_id
        )
        found = {}
        for employee in employees.sorted(
            lambda employee: employee.company_id in self.company_id
        ):
            # Of several employments that in the ticket's company counts: it is last.
            found[employee.user_id] = {
                "on_leave": employee.resource_id in away,
                **self._get_hours_facts(employee, now),
            }
        return found

    def _get_hours_facts(self, employee, now):
        """Return whether an employee's working hours are open, and when they are."""
        calendar = employee.resource_calendar_id
        if not calendar:
            # Fully flexible hours: nobody knows.
            return {"works_now": None}
        clock = calendar._get_clock(employee.tz or calendar.tz, employee.company_id)
        if clock.is_open(now):
            return {"works_now": True}
        try:
            opens = clock.next_open(now)
        except NeverOpen:
            opens = None
        if opens and opens - now > HORIZON:
            opens = None
        return {"works_now": False, "works_from": opens}

    def _suggest(self, people, team, taken):
        """Rank people for this ticket.

        :param people: see ``_get_people``
        :param taken: by user id, tickets given in this batch
        """
        self.ensure_one()
        needed = set(self.sudo().category_id.service_skill_ids.ids)  # any asker
        members = team.sudo().user_ids  # as above
        candidates = []
        for user, facts in people.items():
            if team and user not in members:
                continue
            facts = dict(facts)
            skill_ids = facts.pop("skill_ids")
            facts["open_tickets"] += taken.get(user.id, 0)
            candidates.append(
                Candidate(
                    key=user.id,
                    has_skill=needed <= skill_ids if needed else None,
                    **facts,
                )
            )
        return suggest(candidates)

    def _explain_suggestion(self, suggestion):
        """Return in words what speaks for and against a person."""
        self.ensure_one()
        candidate = suggestion.candidate
        opens = candidate.works_from and format_datetime(
            self.env, candidate.works_from, dt_format="EEE HH:mm"
        )
        category = self.category_id.sudo()  # who may not read skills is told of them
        skills = ", ".join(category.service_skill_ids.mapped("name"))
        texts = {
            "on_leave": self.env._("on leave"),
            "skill": self.env._("can do %(skills)s", skills=skills),
            "no_skill": self.env._("can't do %(skills)s", skills=skills),
            "works_now": self.env._("works now"),
            "off_now": self.env._("works again %(when)s", when=opens)
            if opens
            else self.env._("does not work now"),
            "hours_unknown": self.env._("working hours unknown"),
            "team": self.env._("in the team"),
            "other_team": self.env._("in another team"),
            "load": self.env._("1 open ticket")
            if candidate.open_tickets == 1
            else self.env._("%(count)s open tickets", count=candidate.open_tickets),
        }
        return ", ".join(texts[reason.code] for reason in suggestion.reasons)
