# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import defaultdict

from odoo import api, models

from ..engine.routing import first_match

# In the context of the write that routes. A context from outside can't hold it.
_ROUTING = object()


class HelpdeskTicket(models.Model):
    """A new ticket goes to the team and the person that a routing rule names.

    Nobody's choice is overridden: a team or an assignee that the ticket has already
    stays. See ``engine/routing.py`` for the order of the people.
    """

    _inherit = "helpdesk.ticket"

    @api.model_create_multi
    def create(self, vals_list):
        given = [
            {
                name
                for name in ("team_id", "user_id")
                if vals.get(name) or self.env.context.get(f"default_{name}")
            }
            for vals in vals_list
        ]
        tickets = super(
            HelpdeskTicket, self.with_context(service_contract_given=given)
        ).create(vals_list)
        return tickets.with_env(self.env)

    def _start_sla(self):
        """Route first: the team is one of the facts that choose the targets."""
        given = self.env.context.get("service_contract_given")
        if given is not None:
            self._route(dict(zip(self, given, strict=True)))
        return super()._start_sla()

    def _follow_sla(self, vals, stages_before):
        if self.env.context.get("service_contract_routing") is _ROUTING:
            # The timers start in a moment, with the team that was set.
            return None
        return super()._follow_sla(vals, stages_before)

    def _route(self, given):
        """Set team and assignee of new tickets by the rules, and say why.

        The number of queries depends on the rules that are used, not on the tickets;
        without rules there are none.

        :param given: {ticket: names of the fields, team_id or user_id, that whoever
            made the ticket filled in}; defaults are nobody's choice
        """
        rule_by_ticket = self._find_routing_rules(given)
        if not rule_by_ticket:
            return
        tickets = self.browse(ticket.id for ticket in rule_by_ticket)
        tickets = tickets.sudo()  # the rules route, whoever made the ticket
        teams = {t: t._get_routed_team(rule_by_ticket[t], given[t]) for t in tickets}
        suggested = tickets._suggest_for_rules(rule_by_ticket, teams, given)
        routes, notes = defaultdict(tickets.browse), {}
        for ticket, team in teams.items():
            rule, suggestion = rule_by_ticket[ticket], suggested.get(ticket)
            user = ticket._get_routed_user(rule, team, suggestion, given[ticket])
            if (team, user) != (ticket.team_id, ticket.user_id):
                # Both at once: a team alone drops who is not in it.
                routes[team.id, user.id] |= ticket
            notes[ticket.id] = ticket._explain_route(rule, team, user, suggestion)
        for (team_id, user_id), routed in routes.items():
            # The note says it in words; followers are told of the assignment.
            routed.with_context(
                mail_notrack=True, service_contract_routing=_ROUTING
            ).write({"team_id": team_id, "user_id": user_id})
        tickets._message_log_batch(notes)

    def _find_routing_rules(self, given):
        """Return the rule for each ticket whose team or assignee nobody chose.

        :param given: see ``_route``
        :return: {ticket: rule as superuser}; tickets without a rule are left out
        """
        rule_model = self.env["service.routing.rule"]
        found = {}
        for ticket in self:
            rules = rule_model._get_rules(ticket.company_id.id)
            if not rules or len(given[ticket]) == 2:
                continue
            ticket_sudo = ticket.sudo()  # agents: no contract ACL
            category = ticket_sudo.category_id
            key = first_match(
                rules,
                ticket_sudo.service_contract_id.tier_id.id or None,
                frozenset(map(int, (category.parent_path or "").split("/")[:-1])),
                frozenset(category.service_skill_ids.ids),
            )
            if key:
                found[ticket] = rule_model.sudo().browse(key)  # see _get_rules
        return found

    def _get_routed_team(self, rule, given):
        """Return the team that the ticket gets.

        What was chosen stays; of a chosen assignee also the team that follows, and a
        team that the person is not in is not set.
        """
        self.ensure_one()
        if not rule.team_id or "team_id" in given:
            return self.team_id
        if "user_id" in given and (
            self.team_id or self.user_id not in rule.team_id.user_ids
        ):
            return self.team_id
        return rule.team_id

    def _get_routed_user(self, rule, team, suggestion, given):
        """Return the person that the ticket gets, if any."""
        self.ensure_one()
        members = team.user_ids
        if "user_id" in given:
            return self.user_id
        if suggestion:
            return self.env["res.users"].browse(suggestion.candidate.key)
        if rule.assign == "user" and (not team or rule.user_id in members):
            return rule.user_id
        if rule.assign == "none" and (not team or self.user_id in members):
            # A default, such as who made the ticket.
            return self.user_id
        return self.env["res.users"]

    def _suggest_for_rules(self, rule_by_ticket, teams, given):
        """Return for tickets of rules that ask for it who is free and able.

        A ticket counts for who gets it, so that a batch is spread.

        :return: {ticket: ``Suggestion``}; tickets that nobody can take are left out
        """
        teams = {
            ticket: team
            for ticket, team in teams.items()
            if rule_by_ticket[ticket].assign == "suggested"
            and "user_id" not in given[ticket]
        }
        people = self._get_people(teams)
        taken, found = defaultdict(int), {}
        for ticket, team in teams.items():
            ranked = ticket._suggest(people, team, taken)
            if ranked and ranked[0].is_able:
                found[ticket] = ranked[0]
                taken[ranked[0].candidate.key] += 1
        return found

    def _explain_route(self, rule, team, user, suggestion):
        """Return the note that says who got the ticket, and why."""
        self.ensure_one()
        words = {"rule": rule.name, "team": team.display_name, "user": user.name}
        if suggestion:
            words["why"] = self._explain_suggestion(suggestion)
            return (
                self.env._(
                    "Routed by %(rule)s to %(user)s of %(team)s: %(why)s.", **words
                )
                if team
                else self.env._("Routed by %(rule)s to %(user)s: %(why)s.", **words)
            )
        if rule.assign == "suggested" and not user:
            return self.env._(
                "Routed by %(rule)s. Nobody is free and able now; assign it by hand.",
                **words,
            )
        if user and team:
            return self.env._("Routed by %(rule)s to %(user)s of %(team)s.", **words)
        if user:
            return self.env._("Routed by %(rule)s to %(user)s.", **words)
        return self.env._("Routed by %(rule)s to %(team)s.", **words)
