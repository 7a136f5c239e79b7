# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# What the browsers that show the board subscribe to, and the type of the messages.
BOARD_CHANNEL = "service_contract.sla_board"
# Changes of a ticket that the board shows.
BOARD_FIELDS = {
    "active",
    "company_id",
    "partner_id",
    "priority",
    "sla_due_at",
    "sla_state",
    "stage_id",
    "team_id",
    "user_id",
}
MISSED_BAND = "1_breached"
PAUSED_BAND = "6_paused"
# In the context of a creation, which tells the boards itself, in the end. A context
# from outside can't hold it.
_SILENT = object()


class HelpdeskTicket(models.Model):
    """The board *At risk*: which ticket is due next, live on everybody's screen.

    A band follows from ``sla_due_at`` and the present, so nothing is stored: time
    alone moves a ticket into the next band. What is due at a closing is missed when the
    next opening begins, and not before.
    """

    _inherit = "helpdesk.ticket"

    sla_band = fields.Selection(
        [
            (MISSED_BAND, "Missed"),
            ("2_hour", "Under 1 hour"),
            ("3_four_hours", "Under 4 hours"),
            ("4_today", "Today"),
            ("5_later", "Later"),
            (PAUSED_BAND, "Paused"),
        ],
        string="Time Left",
        compute="_compute_sla_band",
        search="_search_sla_band",
        group_expand=True,
        groups="base.group_user",
        help="How soon the next target of this ticket is due, by the clock on the "
        "wall. Missed: a target is missed and its work goes on, or pauses; what is due "
        "at a closing is missed at the next opening. Paused: no target runs.",
    )
    service_tier_id = fields.Many2one(
        related="service_contract_id.tier_id", groups="base.group_user"
    )

    # === COMPUTE METHODS === #

    @api.depends("sla_due_at", "sla_state")
    @api.depends_context("tz", "uid", "service_contract_now")
    def _compute_sla_band(self):
        bounds = self._get_sla_band_bounds()
        missed = self._filter_missed()
        for ticket in self:
            due_at = ticket.sla_due_at
            if ticket in missed:
                ticket.sla_band = MISSED_BAND
            elif due_at:
                ticket.sla_band = next(
                    band for band, until in bounds if not until or due_at < until
                )
            else:
                ticket.sla_band = ticket.sla_state == "paused" and PAUSED_BAND

    def _filter_missed(self):
        """Return the tickets that miss a target, also if no alarm has told it yet."""
        now = self.env["service.contract"]._service_now()
        tickets_sudo = self.sudo()  # clocks: the ticket's own fields say it
        overdue = tickets_sudo.filtered(
            lambda ticket: ticket.sla_due_at and ticket.sla_due_at < now
        )
        told = tickets_sudo.filtered(lambda ticket: ticket.sla_state == "breached")
        untold = overdue - told
        return told | untold.filtered_domain(self._get_sla_missed_domain(now))

    @api.model
    def _get_sla_missed_domain(self, now):
        """Return the domain of tickets whose first target is missed at an instant.

        A timer whose deadline is over waits for its last alarm, the breach.
        """
        overdue = Domain(
            [
                ("state", "=", "running"),
                ("due_at", "<", now),
                ("next_alarm_at", "<=", now),
            ]
        )
        return Domain("sla_state", "=", "breached") | (
            Domain("sla_due_at", "<", now) & Domain("sla_timer_ids", "any!", overdue)
        )

    @api.model
    def _get_sla_band_bounds(self):
        """Return each band of a due ticket with the instant before which its due
        instants lie (naive UTC, None for the last band), but for what is missed.

        The day ends at midnight in the user's zone. In the last hours of a day no
        ticket is due "today": the earlier bands have it all.
        """
        now = self.env["service.contract"]._service_now()
        local = pytz.utc.localize(now).astimezone(self.env.tz)
        midnight = datetime.combine(local.date() + timedelta(days=1), time())
        day_end = self.env.tz.localize(midnight).astimezone(pytz.utc)
        return [
            ("2_hour", now + timedelta(hours=1)),
            ("3_four_hours", now + timedelta(hours=4)),
            ("4_today", day_end.replace(tzinfo=None)),
            ("5_later", None),
        ]

    def _search_sla_band(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = self.env["service.contract"]._service_now()
        missed = self._get_sla_missed_domain(now)
        paused = Domain("sla_due_at", "=", False) & Domain("sla_state", "=", "paused")
        by_band = {MISSED_BAND: missed, PAUSED_BAND: paused}
        since = None
        for band, until in self._get_sla_band_bounds():
            by_band[band] = self._get_sla_due_domain(since, until) & ~missed
            # Late in the evening the day ends before the four hours do
            since = max(filter(None, (since, until)), default=None)
        found = [domain for band, domain in by_band.items() if band in value]
        if False in value:
            live = ("breached", "paused")
            found.append(
                Domain("sla_due_at", "=", False) & Domain("sla_state", "not in", live)
            )
        return Domain.OR(found)

    @staticmethod
    def _get_sla_due_domain(since, until):
        """Return the domain of due instants in a half-open stretch, None = no bound."""
        domain = Domain("sla_due_at", "!=", False)
        if since:
            domain &= Domain("sla_due_at", ">=", since)
        if until:
            domain &= Domain("sla_due_at", "<", until)
        return domain

    def _field_to_sql(self, alias, field_expr, query=None):
        """Group and sort by band in SQL; the field itself has no column."""
        if field_expr != "sla_band":
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields["sla_band"], "read")
        due_at = super()._field_to_sql(alias, "sla_due_at", query)
        state = super()._field_to_sql(alias, "sla_state", query)
        now = self.env["service.contract"]._service_now()
        missed = self._get_sla_missed_domain(now).optimize_full(self)
        by_due = SQL(" ").join(
            SQL("WHEN %s < %s THEN %s", due_at, until, band)
            for band, until in self._get_sla_band_bounds()
            if until
        )
        return SQL(
            """
            CASE WHEN %(missed)s THEN %(missed_band)s
                 %(by_due)s
                 WHEN %(due_at)s IS NOT NULL THEN '5_later'
                 WHEN %(state)s = 'paused' THEN %(paused_band)s
            END
            """,
            missed=missed._to_sql(self, alias, query),
            missed_band=MISSED_BAND,
            by_due=by_due,
            due_at=due_at,
            state=state,
            paused_band=PAUSED_BAND,
        )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        # Told once, in the end: a savepoint on the way would send what is known then.
        silent = self.with_context(service_contract_silent_board=_SILENT)
        tickets = super(HelpdeskTicket, silent).create(vals_list).with_env(self.env)
        tickets._notify_sla_board()
        return tickets

    def write(self, vals):
        # A ticket that changes company leaves a board, too
        companies = self.company_id if "company_id" in vals else None
        result = super().write(vals)
        if vals.keys() & BOARD_FIELDS:
            self._notify_sla_board(companies)
        return result

    # === ACTIONS === #

    def action_assign_to_me(self):
        """Take the tickets: all of them, or none.

        :raise UserError: if the user is not in the team of one of them
        """
        foreign = self.filtered(
            lambda ticket: (
                ticket.team_id and self.env.user not in ticket.team_id.user_ids
            )
        )
        if foreign:
            raise UserError(
                self.env._(
                    "You are not in the team of %(tickets)s. Choose other tickets, or "
                    "have yourself added to the team.",
                    tickets=", ".join(foreign.mapped("display_name")),
                )
            )
        self.write({"user_id": self.env.uid})
        return True

    # === BUSINESS METHODS: LIVE BOARD === #

    def _notify_sla_board(self, companies=None):
        """Tell the boards of the tickets' companies that something moved.

        The message holds ids only, goes to who subscribed (``ir.websocket`` checks
        who may), and is one per company and transaction however many tickets moved.

        :param companies: further companies to tell
        """
        if self.env.context.get("service_contract_silent_board") is _SILENT:
            return
        data = self.env.cr.precommit.data
        moved = data.get(BOARD_CHANNEL)
        if moved is None:
            moved = data[BOARD_CHANNEL] = {}
            self.env.cr.precommit.add(self._send_sla_board_messages)
        tickets_sudo = self.sudo()  # ids only: who moves a ticket tells all boards
        for company, tickets in tickets_sudo.grouped("company_id").items():
            moved.setdefault(company.id, set()).update(tickets.ids)
        for company in companies or ():
            moved.setdefault(company.id, set()).update(self.ids)

    @api.model
    def _send_sla_board_messages(self):
        """Send what was collected in this transaction (hook before the commit)."""
        moved = self.env.cr.precommit.data.pop(BOARD_CHANNEL, {})
        for company_id, ticket_ids in moved.items():
            self.env["bus.bus"]._sendone(
                (self.env["res.company"].browse(company_id), BOARD_CHANNEL),
                BOARD_CHANNEL,
                {"ids": sorted(ticket_ids)},
            )
