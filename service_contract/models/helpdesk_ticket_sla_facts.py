# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from ..engine import sla


@dataclass(frozen=True)
class PastChange:
    """A change of stage in the past that was checked; handed down in the context.

    :param at: when it really happened (naive UTC)
    :param why: the reason that was given
    """

    at: datetime
    why: str


class HelpdeskTicket(models.Model):
    """The facts of a ticket that its clocks are read from: stages and pauses."""

    _inherit = "helpdesk.ticket"

    # === STAGES === #

    def _get_sla_instant(self):
        """Return when what is being done happened: now, unless it is backdated."""
        change = self._get_past_change()
        return change.at if change else self.env["service.contract"]._service_now()

    def _get_past_change(self):
        """Return the change of stage in the past that is being made, or None."""
        change = self.env.context.get("service_contract_sla_change")
        # A context from outside may hold anything.
        return change if isinstance(change, PastChange) else None

    def _change_stage_in_past(self, stage, at, reason):
        """Change the stage as of an instant, and log who did it and why.

        :param stage: helpdesk.ticket.stage
        :param at: when the ticket really entered the stage (naive UTC)
        :param reason: stays on the record of the ticket
        :raises AccessError: if the user is no helpdesk manager
        :raises UserError: if the instant would turn the ticket's history around
        """
        self.ensure_one()
        self._check_past_change(at, reason)
        self.with_context(service_contract_sla_change=PastChange(at, reason)).write(
            {"stage_id": stage.id}
        )
        self._write_found_line(
            {
                "last_stage_update": at,
                **({"closed_date": at} if stage.closed else {}),
            }
        )
        self.message_post(
            body=self.env._(
                "%(stage)s since %(at)s, recorded later: %(reason)s",
                stage=stage.name,
                at=format_datetime(self.env, at),
                reason=reason,
            ),
            subtype_xmlid="mail.mt_note",
        )

    def _check_past_change(self, at, reason):
        """Refuse a change in the past without right, reason or order of time.

        :raises AccessError, UserError: see ``_change_stage_in_past``
        """
        if not self.env.user.has_group("helpdesk_mgmt.group_helpdesk_manager"):
            raise AccessError(
                self.env._(
                    "Only helpdesk managers may date a change of stage back. Ask one "
                    "of them."
                )
            )
        self.check_access("write")
        if not reason.strip():
            raise UserError(self.env._("Say why this is recorded later."))
        events_sudo = self.sudo().sla_event_ids  # read by whoever may write the ticket
        stages = events_sudo.filtered(lambda event: event.kind == "stage")
        earliest = max([self.requested_at, *stages.mapped("at")])
        latest = self.env["service.contract"]._service_now()
        if not earliest <= at <= latest:
            raise UserError(
                self.env._(
                    "Choose a time between %(earliest)s, the last change of stage or "
                    "the request, and now.",
                    earliest=format_datetime(self.env, earliest),
                )
            )

    def _record_stages(self, before):
        """Record that tickets entered their stages, and begin and end their pauses.

        :param before: {ticket: stage that it left, none for a new ticket}
        :return: whether there was anything to record
        """
        at = self._get_sla_instant()
        past = self._get_past_change()
        events, pausing = [], []
        for ticket in self:
            stage = ticket.stage_id
            tells = stage.sla_is_response or stage.sla_is_restored or stage.closed
            if before[ticket] or tells:
                events.append(
                    {
                        "ticket_id": ticket.id,
                        "at": at,
                        "kind": "stage",
                        "counts": True,
                        "why": past.why if past else None,
                        "stage_id": stage.id,
                        "is_response": stage.sla_is_response,
                        "is_restored": stage.sla_is_restored or stage.closed,
                        "is_closed": stage.closed,
                    }
                )
            if before[ticket] or stage.sla_pause_reason_id:
                pausing.append(ticket.id)
        self.env["service.sla.event"]._record(events)
        self.browse(pausing)._pause_by_stage(at, is_new=not any(before.values()))
        return bool(events or pausing)

    def _pause_by_stage(self, at, is_new=False):
        """Begin and end the pauses that follow from the stages.

        A closing ends every pause; another stage only those of stages. From one
        pausing stage to another of the same reason, the pause goes on.
        """
        pause_model = self.env["service.sla.pause"].sudo()  # facts: no ACL
        known = {}
        if self and not is_new:
            known = pause_model._get_by_ticket(self.ids)
        ended, begun = [], []
        for ticket in self:
            pauses = known.get(ticket.id, [])
            stage = ticket.stage_id
            reason = stage.sla_pause_reason_id
            goes_on = False
            for pause in pauses:
                if pause["end_at"]:
                    continue
                if stage.closed:
                    ended.append(_end_of(pause, at, "resolve"))
                elif not pause["is_by_stage"]:
                    continue
                elif pause["reason_id"] == reason.id and _is_within(pause, at):
                    goes_on = True
                else:
                    ended.append(_end_of(pause, at, "stage"))
            if reason and not stage.closed and not goes_on:
                begun.append(ticket._prepare_pause(reason, at, pauses, stage=stage))
        pause_model._end(ended)
        pause_model._begin(begun)

    # === PAUSES === #

    def _prepare_pause(self, reason, at, pauses, stage=None, note=None):
        """Return the row of a pause that begins.

        :param pauses: earlier pauses of the ticket, as dicts; their wall time is taken
            from the budget of the reason
        """
        self.ensure_one()
        return {
            "ticket_id": self.id,
            "start_at": at,
            "limit_at": _get_limit(reason, at, pauses),
            "reason_id": reason.id,
            "stage_id": stage.id if stage else None,
            "is_by_stage": bool(stage),
            "note": note,
        }

    def _pause_sla(self, reason, note=None):
        """Pause the clocks by hand.

        :param reason: service.sla.pause.reason
        :raises UserError: the ticket is closed or paused, or the budget is used up
        """
        at = self._get_sla_instant()
        tickets = self.sudo()  # facts: no ACL; who writes the ticket may pause it
        pause_model = tickets.env["service.sla.pause"]
        known = pause_model._get_by_ticket(tickets.ids)
        rows = []
        for ticket in tickets:
            pauses = known.get(ticket.id, [])
            ticket._check_may_pause(pauses, at)
            row = ticket._prepare_pause(reason, at, pauses, note=note)
            if row["limit_at"] and row["limit_at"] <= at:
                raise UserError(
                    self.env._(
                        "The pauses of %(ticket)s for “%(reason)s” have used up their "
                        "budget of %(hours)g hours. Choose another reason, or let the "
                        "clock run.",
                        ticket=ticket.display_name,
                        reason=reason.name,
                        hours=reason.budget_hours,
                    )
                )
            rows.append(row)
        pause_model._end(
            [
                _end_of(pause, at, "limit")
                for pauses in known.values()
                for pause in pauses
                if not pause["end_at"]
            ]
        )
        pause_model._begin(rows)
        tickets._sync_sla()

    def _get_pause_limit(self, reason):
        """Return when a pause for a reason, begun now, would end by itself, or None."""
        self.ensure_one()
        pause_model = self.env["service.sla.pause"].sudo()  # facts: no ACL
        pauses = pause_model._get_by_ticket(self.ids).get(self.id, [])
        return _get_limit(reason, self._get_sla_instant(), pauses)

    def _check_may_pause(self, pauses, at):
        if self.stage_id.closed:
            raise UserError(
                self.env._(
                    "%(ticket)s is closed: its clocks stand still already.",
                    ticket=self.display_name,
                )
            )
        if any(not pause["end_at"] and _is_within(pause, at) for pause in pauses):
            raise UserError(
                self.env._(
                    "%(ticket)s is paused already. Resume it first to give another "
                    "reason.",
                    ticket=self.display_name,
                )
            )

    def _resume_sla(self, ended_by="person", reasons=None, at=None):
        """End the pauses of the tickets.

        :param ended_by: stage, reply, limit, resolve or person
        :param reasons: only pauses for these reasons
        :param at: when (naive UTC); now if none is given
        :return: whether any pause was ended
        """
        at = at or self._get_sla_instant()
        if not self or (reasons is not None and not reasons):
            return False
        pause_model = self.env["service.sla.pause"].sudo()  # facts: no ACL
        ended = [
            _end_of(pause, at, ended_by)
            for pauses in pause_model._get_by_ticket(self.ids).values()
            for pause in pauses
            if not pause["end_at"]
            and (reasons is None or pause["reason_id"] in reasons.ids)
        ]
        pause_model._end(ended)
        return bool(ended)

    # === FACTS FOR THE ENGINE === #

    def _get_sla_facts(self, events, pauses, by_stage):
        """Return the facts of a ticket as the engine reads them.

        What happened before the customer asked counts as at that instant.

        :param events: that count, as dicts in order of time
        :param pauses: as dicts in order of time
        :param by_stage: entering a stage may be the first response
        """
        opened_at = self.requested_at
        if not events and not pauses:
            return sla.Facts(opened_at)
        answers = _instants(events, opened_at, "answer", "call")
        responses = answers
        if by_stage:
            stages = [event for event in events if event["is_response"]]
            stages = _instants(stages, opened_at, "stage")
            responses = tuple(sorted((*answers, *stages)))
        stages = [event for event in events if event["kind"] == "stage"]
        return sla.Facts(
            opened_at,
            responses=responses,
            customer_messages=_instants(events, opened_at, "customer"),
            agent_messages=answers,
            pauses=tuple(
                sla.Pause(
                    max(pause["start_at"], opened_at),
                    pause["end_at"] and max(pause["end_at"], opened_at),
                    str(pause["reason_id"]),
                    pause["limit_at"],
                )
                for pause in pauses
            ),
            restored=_stretches(stages, opened_at, "is_restored"),
            resolved=_stretches(stages, opened_at, "is_closed"),
        )


def _end_of(pause, at, ended_by):
    """Return the row that ends a pause; its limit was there first if it is earlier."""
    if not _is_within(pause, at):
        return (pause["id"], pause["limit_at"], "limit")
    return (pause["id"], at, ended_by)


def _is_within(pause, at):
    """Whether the limit of a pause lies ahead."""
    return pause["limit_at"] is None or at < pause["limit_at"]


def _get_limit(reason, at, pauses):
    """Return when a pause for a reason that begins now ends at the latest, or None."""
    limits = []
    if reason.max_hours:
        limits.append(at + timedelta(seconds=round(reason.max_hours * 3600)))
    if reason.budget_hours:
        used = timedelta()
        for pause in pauses:
            if pause["reason_id"] == reason.id:
                end = min(filter(None, (pause["end_at"] or at, pause["limit_at"])))
                used += max(end - pause["start_at"], timedelta())
        left = timedelta(seconds=round(reason.budget_hours * 3600)) - used
        limits.append(at + max(left, timedelta()))
    return min(limits, default=None)


def _instants(events, opened_at, *kinds):
    """Return when events of some kinds happened, from the opening on."""
    return tuple(max(e["at"], opened_at) for e in events if e["kind"] in kinds)


def _stretches(stages, opened_at, flag):
    """Return the stretches in which a flag of the stages holds."""
    found, start = [], None
    for event in stages:
        at = max(event["at"], opened_at)
        if event[flag] and start is None:
            start = at
        elif not event[flag] and start is not None:
            if start < at:
                found.append((start, at))
            start = None
    if start is not None:
        found.append((start, None))
    return tuple(found)
