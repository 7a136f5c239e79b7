# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Plays the log in time order; time is passed in, nothing is frozen."""

import time
from datetime import timedelta

from . import effort
from .database import transaction
from .log import add_months

# Events that are committed together.
CHUNK = 50


class Player:
    """Plays the events of a log, and at each midnight what the server does by itself.

    Each event is one call, as from the web client: ``create`` for an opening, ``write``
    for a change of state. Its tracked changes are noted at once; the events of a day
    are committed in groups.

    :param registry: of the database
    :param log: the log
    :param records: see ``prepare``
    :param crew: does the billing, see ``BillingCrew``
    :param advance: called with a number of events when they were played
    """

    def __init__(self, registry, log, records, crew, advance):
        self.registry = registry
        self.log = log
        self.records = records
        self.crew = crew
        self.advance = advance
        self.events_played = 0
        self.billing_seconds = 0.0
        self.alarm_seconds = 0.0
        self._known = {}
        self._stays = {}
        self._clock = None

    def play(self):
        """Play everything: the first day's midnight up to the last invoice."""
        days = self._group_by_day()
        if not days:
            return
        last = max([*days, *self._get_last_days()])
        day = min(days).replace(day=1)
        end = add_months(last.replace(day=1), 1)
        while day <= end:
            self._run_midnight(day)
            self._play_events(days.get(day, ()))
            day += timedelta(days=1)

    def _play_events(self, events):
        for start in range(0, len(events), CHUNK):
            chunk = events[start : start + CHUNK]
            with transaction(self.registry) as env:
                for event in chunk:
                    self._play_event(env, event)
            self.advance(len(chunk))

    def _group_by_day(self):
        days = {}
        for event in self.log.events:
            days.setdefault(self.log.local_day(event.at), []).append(event)
        return days

    def _get_last_days(self):
        with transaction(self.registry) as env:
            ids = self.records.contracts.values()
            return env["service.contract"].browse(ids).mapped("date_end")

    # What the server does by itself

    def _run_midnight(self, day):
        """Start and end contracts, grant allotments, tell what is late; bill on the
        first of a month."""
        instant = self.log.day_start(day)
        with transaction(self.registry, instant) as env:
            env["service.contract"]._cron_sync_states()
            env["service.contract.line"]._cron_open_lots()
        self._run_alarms(instant)
        if day.day == 1:
            start = time.monotonic()
            self.crew.run(self.records.company, day, instant)
            self.billing_seconds += time.monotonic() - start

    def _run_alarms(self, instant):
        """Tell the thresholds and breaches of the day before."""
        start = time.monotonic()
        with transaction(self.registry, instant) as env:
            env["service.sla.timer"]._cron_alarms()
        self.alarm_seconds += time.monotonic() - start

    # What people do

    def _play_event(self, env, event):
        """Create or change the ticket as the log's agent."""
        context = {**env.context, "service_contract_now": event.at}
        tickets = env(user=self.records.agent, context=context)["helpdesk.ticket"]
        vals = self._prepare_change(event)
        if event.is_open:
            vals = {**self._prepare_ticket(event), **vals}
            self.records.tickets[event.case] = tickets.create(vals).id
        else:
            known = self._known[event.case]
            # Entering the state it is in already is an event all the same.
            changed = {
                name: value
                for name, value in vals.items()
                if name == "stage_id" or known.get(name) != value
            }
            tickets.browse(self.records.tickets[event.case]).write(changed)
        self._known.setdefault(event.case, {}).update(vals)
        self._log_work(env, event)
        # Tracked changes are noted when a request ends; this is the end of one.
        env.cr.flush()
        self.events_played += 1

    def _log_work(self, env, event):
        """Type the time of the stay that this event ends, as the log's agent.

        Of cases whose tier has an hourly rate: nobody says what other time is worth.
        """
        stay = self._stays.get(event.case)
        if not stay and not (event.is_open and event.tier in self.records.rates):
            return
        self._stays[event.case] = effort.enter(self.log, event)
        if not (stay and stay.is_work):
            return
        if self._clock is None:
            calendar = env["resource.calendar"].browse(self.records.promises.calendar)
            self._clock = calendar._get_clock()
        env["account.analytic.line"].create(
            [
                {
                    "name": f"Work on {event.case}",
                    "ticket_id": self.records.tickets[event.case],
                    "employee_id": self.records.employee,
                    "date": self.log.local_day(start),
                    "service_started_at": start,
                    "unit_amount": seconds / 3600,
                }
                for start, seconds in effort.get_work(self._clock, stay, event.at)
            ]
        )

    def _prepare_ticket(self, event):
        """Return the values of a new ticket."""
        records = self.records
        return {
            "name": event.case,
            "description": event.case,
            "requested_at": event.at,
            "partner_id": records.customers.get(event.customer, False),
            "category_id": records.categories.get(event.tier, False),
            "company_id": records.company,
            "team_id": records.teams.get(self.log.name, False),
        }

    def _prepare_change(self, event):
        """Return the values that an event states; what it leaves empty stays."""
        records = self.records
        found = {
            "stage_id": records.stages.get(event.state),
            "team_id": records.teams.get(event.team),
            "product_id": records.products.get(event.product),
            "priority": event.priority,
        }
        return {name: value for name, value in found.items() if value}
