# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging

from odoo import models
from odoo.tools import SQL

from ..engine import sla, sla_plan
from ..engine.clock import NeverOpen

_logger = logging.getLogger(__name__)


class HelpdeskTicket(models.Model):
    """Reading the clocks of tickets: facts in, timers out."""

    _inherit = "helpdesk.ticket"

    def _sync_sla(self, retarget=False, is_new=False, has_facts=True):
        """Make the timers of the tickets what their facts say now.

        One query each for the claim, events, pauses and timers, one for what changed
        and one for what is new, however many tickets there are.

        :param retarget: contract, priority or the like have changed: look again which
            targets apply
        :param is_new: the tickets were made just now and have no timers
        :param has_facts: there may be events or pauses
        :return: the reading of each timer that was there and goes on, by its id
        """
        tickets = self.sudo()  # SLA records: no ACL for those who work on tickets
        if not tickets:
            return {}
        if not is_new:
            tickets._claim_facts()
        now = self.env["service.contract"]._service_now()
        events, pauses, rows = {}, {}, {}
        if has_facts:
            events = self.env["service.sla.event"]._get_by_ticket(tickets.ids)
            pauses = tickets._get_pauses_within_limits(now)
        if not is_new:
            rows = tickets.env["service.sla.timer"]._get_rows_by_ticket(tickets.ids)
        wanted = tickets._get_wanted_aims(rows, retarget, is_new)
        reader = _Reader(tickets.env, now)
        plans = {}
        for ticket in tickets:
            known, aims = rows.get(ticket.id, ()), wanted[ticket.id]
            if known or aims:
                facts = (events.get(ticket.id, ()), pauses.get(ticket.id, ()))
                plans[ticket] = reader.plan(ticket, known, aims, facts)
        reader.apply(plans)
        tickets._write_sla_columns(
            {
                ticket: sla_plan.summarize(
                    plans[ticket].states if ticket in plans else ()
                )
                for ticket in tickets
            }
        )
        recounted = [r["id"] for row in rows.values() for r in row if r["due_before"]]
        if recounted:
            reader.timers.browse(recounted)._record_moved_deadlines(now)
        tickets.browse(
            ticket.id for ticket, plan in plans.items() if plan.is_calmed
        )._renew_sla_activities()
        return {id_: r for plan in plans.values() for id_, r in plan.live.items()}

    def _claim_facts(self):
        """Make whoever reads the facts of these tickets at the same time try again.

        In REPEATABLE READ a lock alone would not do: who waited for it goes on with an
        old snapshot, and judges by old facts. A row that was *written* since makes the
        second fail with a serialization error, and its request is tried again.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_ticket SET sla_state = sla_state WHERE id IN %s",
                self._ids,
            )
        )

    def _get_pauses_within_limits(self, now):
        """Return the pauses by ticket id, after ending those whose limit has come."""
        pause_model = self.env["service.sla.pause"]
        pauses = pause_model._get_by_ticket(self.ids)
        expired = [
            pause
            for found in pauses.values()
            for pause in found
            if not pause["end_at"] and pause["limit_at"] and pause["limit_at"] <= now
        ]
        pause_model._end(
            [(pause["id"], pause["limit_at"], "limit") for pause in expired]
        )
        for pause in expired:
            pause["end_at"] = pause["limit_at"]
        return pauses

    # === WHICH TARGETS === #

    def _get_wanted_aims(self, rows, retarget, is_new):
        """Return what each ticket's timers are to count to.

        A running timer keeps its version, unless another target or policy applies.
        The verdict of a closed ticket stands; only new ones are judged as closed.

        :param rows: timers by ticket id, see ``_get_rows_by_ticket``
        :return: {ticket id: {metric: Aim}}
        """
        wanted, asking = {}, self.browse()
        for ticket in self:
            known = rows.get(ticket.id)
            if retarget or (not known and (is_new or not ticket.stage_id.closed)):
                asking += ticket
            else:
                wanted[ticket.id] = ticket._get_kept_aims(known) if known else {}
        policies = self.env["service.sla.policy"]._find_for_tickets(asking)
        versions = {}
        for ticket, policy in policies.items():
            if policy and policy not in versions:
                versions[policy] = policy._get_version()
            known = rows.get(ticket.id, ())
            if not known and ticket.stage_id.closed and not is_new:
                wanted[ticket.id] = {}
                continue
            wanted[ticket.id] = ticket._get_new_aims(versions.get(policy), known)
        return wanted

    def _get_kept_aims(self, rows):
        """Return the aims of the timers that are there, and of the same version those
        that have no timer yet."""
        self.ensure_one()
        latest = self.env["service.sla.version"].browse(rows[-1]["version_id"])
        kept = self._get_version_aims(latest)
        kept.update({row["metric"]: sla_plan.get_aim(row) for row in rows})
        return kept

    def _get_new_aims(self, newest, rows):
        """Return the aims that a policy sets, by the version of the timers that are
        there as far as it says the same.

        :param newest: version of now of the policy; None without a policy
        """
        self.ensure_one()
        if not newest:
            return {}
        aims = self._get_version_aims(newest)
        policy_id = newest._get_policy_id()
        of_policy = [row for row in rows if row["policy_id"] == policy_id]
        if of_policy:
            version = self.env["service.sla.version"].browse(
                of_policy[-1]["version_id"]
            )
            for metric, aim in self._get_version_aims(version).items():
                targets = {(r["version_id"], r["target_key"]) for r in of_policy}
                if (aim.version, aim.key) in targets:
                    aims[metric] = aim
        return aims

    def _get_version_aims(self, version):
        """Return the aims that a version sets for the ticket, by metric."""
        self.ensure_one()
        contract = self.service_contract_line_id.contract_id
        keys = version._match_targets(
            {
                "priority": self.priority,
                "category_id": self.category_id.id,
                "team_id": self.team_id.id,
                "tier_id": contract.tier_id.id,
            }
        )
        site_tz = None
        if version._get_terms()["policy"]["timezone_source"] == "site":
            site_tz = (self.site_id or self.partner_id)._get_service_tz()
        return {
            version._get_target(key).metric: sla_plan.Aim(
                version.id,
                key,
                version._get_calendar(key).id or None,
                version._get_zone(key, contract.tz or None, site_tz or None),
            )
            for key in keys
        }


class _Reader:
    """Reads the clocks of many tickets at one instant and stores what they say.

    Tickets that were opened together and have no other facts are read once.
    """

    def __init__(self, env, now):
        self.env = env
        self.now = now
        self.timers = env["service.sla.timer"]
        self.versions = env["service.sla.version"]
        self._plain = {}

    def plan(self, ticket, rows, wanted, facts):
        """Return the plan for a ticket: see ``engine/sla_plan.py``.

        :param rows: its timers that are not superseded
        :param wanted: {metric: Aim}
        :param facts: its events and pauses, as dicts
        """
        readings, unread = {}, set()
        aims = {(row["metric"], sla_plan.get_aim(row)) for row in rows}
        for metric, aim in aims.union(wanted.items()):
            found = self._read(ticket, aim, facts)
            readings[metric, aim] = found
            if found is None:
                unread.add((metric, aim))
        situation = self._get_situation(ticket, rows, wanted, facts[1])
        plan = sla_plan.make_plan(
            [r for r in rows if (r["metric"], sla_plan.get_aim(r)) not in unread],
            {m: aim for m, aim in wanted.items() if (m, aim) not in unread},
            readings,
            situation,
        )
        for row in rows:
            if (row["metric"], sla_plan.get_aim(row)) in unread:
                plan.states.append((row["state"], row["due_at"], row["breached_at"]))
        return plan

    def _get_situation(self, ticket, rows, wanted, pauses):
        version = next((aim.version for aim in wanted.values()), None)
        if version is None:
            version = rows[-1]["version_id"]
        terms = self.versions.browse(version)._get_terms()["policy"]
        return sla_plan.Situation(
            self.now,
            merged_into=ticket.duplicate_id.id or None,
            is_archived=not ticket.active,
            tells_late=terms["alarm_when_late"],
            restarts=terms["reopen"] == "restart",
            pause_ends_at=min(
                (p["limit_at"] for p in pauses if p["limit_at"] and not p["end_at"]),
                default=None,
            ),
        )

    def _read(self, ticket, aim, facts):
        """Return the readings of a target; None where it never opens."""
        opened_at = ticket.requested_at
        key = (aim, opened_at, ticket.company_id.id)
        is_plain = not any(facts)
        if is_plain and key in self._plain:
            return self._plain[key]
        version = self.versions.browse(aim.version)
        terms = version._get_terms()["policy"]
        by_stage = terms["response_by"] == "message_or_stage"
        try:
            clock = self.timers._get_clock_of(
                aim.calendar, aim.tz, ticket.company_id.id
            )
            readings = sla.read(
                version._get_target(aim.key),
                clock,
                ticket._get_sla_facts(*facts, by_stage),
                self.now,
                reopen=terms["reopen"],
                reopen_window_s=terms["reopen_window_s"],
            )
        except NeverOpen as error:
            # A calendar that was emptied must not keep anybody from working.
            _logger.warning("SLA of ticket %s can't be counted: %s", ticket.id, error)
            readings = None
        if is_plain:
            self._plain[key] = readings
        return readings

    def apply(self, plans):
        """Store the plans of tickets: {ticket: Plan}."""
        self.timers._update([row for plan in plans.values() for row in plan.updates])
        rows, late, links = [], [], []
        for ticket, plan in plans.items():
            links += [(id_, len(rows) + n) for id_, n in plan.replaced.items()]
            for metric, aim, values in plan.inserts:
                late.append((ticket.id, values["late"]))
                rows.append(self._prepare(ticket, metric, aim, values))
        ids = self.timers._insert(rows)
        self.timers._link_successors([(id_, ids[n]) for id_, n in links])
        self.timers._record_alarms(
            [
                (timer_id, ticket_id, percent, at, None, "late_start")
                for timer_id, (ticket_id, passed) in zip(ids, late, strict=True)
                for percent, at in passed
            ]
        )

    def _prepare(self, ticket, metric, aim, values):
        """Return the row of a timer that starts."""
        version = self.versions.browse(aim.version)
        return {
            **values,
            "ticket_id": ticket.id,
            "company_id": ticket.company_id.id,
            "policy_id": version._get_policy_id(),
            "version_id": aim.version,
            "target_key": aim.key,
            "metric": metric,
            "calendar_id": aim.calendar,
            "tz": aim.tz,
            "target_text": _get_text(version._get_target(aim.key)),
        }


def _get_text(target):
    """Return a target in short, alike in all languages: 4 h, 2 d."""
    unit = {"minute": "min", "hour": "h", "working_day": "d", "wall_hour": "h/24"}
    return f"{target.amount} {unit[target.unit]}"
