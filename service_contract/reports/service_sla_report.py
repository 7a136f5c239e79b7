# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import fields, models
from odoo.tools import SQL

from ..models.service_sla_timer import LIVE_STATES, TIMER_STATES

VERDICTS = [("met", "Met"), ("missed", "Missed")]


class ServiceSlaReport(models.Model):
    """Verdicts on targets: one row for each timer that ended, or that passed its
    target and goes on.

    Read from the timers whenever it is asked for; nothing is stored. What was
    superseded or goes on elsewhere has no verdict and is left out.
    """

    _name = "service.sla.report"
    _description = "SLA Analysis"
    _auto = False
    _order = "decided_at desc, id desc"
    _depends = {
        "helpdesk.ticket": [
            "category_id",
            "commercial_partner_id",
            "number",
            "priority",
            "service_contract_id",
            "team_id",
            "user_id",
        ],
        "res.company": ["currency_id"],
        "service.contract": ["currency_id", "tier_id"],
        "service.sla.credit": ["amount", "decision", "timer_id"],
        "service.sla.pause": [
            "end_at",
            "limit_at",
            "reason_id",
            "start_at",
            "ticket_id",
        ],
        "service.sla.rescue": ["cost", "left_s", "stake", "timer_id"],
        "service.sla.timer": [
            "breached_at",
            "company_id",
            "counted_s",
            "due_at",
            "evaluated_at",
            "metric",
            "paused_s",
            "policy_id",
            "started_at",
            "state",
            "stopped_at",
            "target_key",
            "target_seconds",
            "ticket_id",
            "version_id",
        ],
        "service.sla.version": ["terms"],
    }

    # What was promised
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    # Contract users need not be allowed to read the ticket, whose name is longer.
    name = fields.Char(string="Ticket Number", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    policy_id = fields.Many2one("service.sla.policy", readonly=True)
    version_id = fields.Many2one("service.sla.version", readonly=True)
    metric = fields.Selection(
        lambda self: self.env["service.sla.timer"]._fields["metric"].selection,
        string="Promise",
        readonly=True,
    )
    target_hours = fields.Float(
        string="Target (h)",
        readonly=True,
        aggregator="avg",
        help="Open hours; of working days, those until their end.",
    )

    # To whom, and who did it
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contract_id = fields.Many2one("service.contract", readonly=True)
    tier_id = fields.Many2one("service.tier", readonly=True)
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    category_id = fields.Many2one("helpdesk.ticket.category", readonly=True)
    user_id = fields.Many2one("res.users", string="Assignee", readonly=True)
    priority = fields.Selection(
        lambda self: self.env["helpdesk.ticket"]._fields["priority"].selection,
        readonly=True,
    )

    # Verdict
    state = fields.Selection(TIMER_STATES, readonly=True)
    verdict = fields.Selection(VERDICTS, readonly=True)
    started_at = fields.Datetime(readonly=True)
    decided_at = fields.Datetime(
        readonly=True,
        help="When the target was passed, or met: the week it counts in.",
    )
    due_at = fields.Datetime(string="Due", readonly=True)
    breached_at = fields.Datetime(string="Missed At", readonly=True)
    stopped_at = fields.Datetime(readonly=True)
    hit_rate = fields.Float(
        string="Hit Rate (%)",
        readonly=True,
        aggregator="avg",
        help="Targets met of all that were met or missed.",
    )
    met_count = fields.Integer(string="Targets Met", readonly=True)
    missed_count = fields.Integer(string="Targets Missed", readonly=True)
    pause_reason_id = fields.Many2one(
        "service.sla.pause.reason",
        readonly=True,
        help="The reason that paused this target longest.",
    )
    is_met_by_pause = fields.Boolean(
        string="Met Thanks to Pauses",
        readonly=True,
        help="Met, and would have been missed had the clock not been paused.",
    )
    met_by_pause_count = fields.Integer(
        string="Targets Met Thanks to Pauses", readonly=True
    )
    rescue_count = fields.Integer(
        string="Rescue Steps",
        readonly=True,
        help="Steps taken before the target was due.",
    )
    is_rescued = fields.Boolean(
        string="Rescued",
        readonly=True,
        help="Met after a rescue step that was taken in time.",
    )
    rescued_count = fields.Integer(string="Targets Rescued", readonly=True)
    rescue_saved = fields.Monetary(
        string="Saved by Rescues",
        currency_field="company_currency_id",
        readonly=True,
        help="Credits that the contracts promised for targets that were met after a "
        "rescue step. 0 where none is promised: the number of targets rescued tells.",
    )
    rescue_cost = fields.Monetary(
        string="Cost of Rescues", currency_field="company_currency_id", readonly=True
    )
    rescue_net = fields.Monetary(
        string="Net of Rescues",
        currency_field="company_currency_id",
        readonly=True,
        help="Saved by rescue steps, less what they cost.",
    )
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    credit_amount = fields.Monetary(
        string="SLA Credit",
        readonly=True,
        help="What the customer gets back for the miss, proposed or approved.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)

    # How long it took
    open_hours = fields.Float(
        string="Open Time (h)",
        readonly=True,
        aggregator="avg",
        help="Open hours that counted. While a missed target goes on: up to now as far "
        "as it was last looked at.",
    )
    median_open_hours = fields.Float(
        string="Median Open Time (h)",
        readonly=True,
        aggregator="median",
        help="Half of the targets took less. Of what is in the group, never the "
        "average of other medians.",
    )
    paused_hours = fields.Float(string="Paused (h)", readonly=True, aggregator="avg")
    late_hours = fields.Float(
        string="Late By (h)",
        readonly=True,
        aggregator="avg",
        help="Open hours beyond the target; empty where it was met.",
    )

    # === QUERY === #

    @property
    def _table_query(self):
        """SQL: the report reads 2 to 4 rows a ticket, grouped by the database.

        What is looked up stands in the list of columns, so that the database does it
        only where it is asked for.
        """
        return SQL(
            "SELECT %s FROM service_sla_timer AS timer %s WHERE %s",
            SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in self._get_columns().items()
            ),
            self._get_joins(),
            SQL(
                "timer.state IN ('met', 'missed')"
                " OR (timer.state IN %s AND timer.breached_at IS NOT NULL)",
                LIVE_STATES,
            ),
        )

    def _get_joins(self):
        """Return the tables beside that of the timers, as SQL. To be extended."""
        return SQL(
            """
            JOIN helpdesk_ticket AS ticket ON ticket.id = timer.ticket_id
            LEFT JOIN service_contract AS contract
                   ON contract.id = ticket.service_contract_id
            """
        )

    def _get_columns(self):
        """Return the SQL expression of each field. To be extended."""
        timer_columns = (
            "id ticket_id company_id policy_id version_id metric state started_at "
            "due_at breached_at stopped_at"
        )
        ticket_columns = "team_id category_id user_id priority"
        return {
            **{n: SQL.identifier("timer", n) for n in timer_columns.split()},
            **{n: SQL.identifier("ticket", n) for n in ticket_columns.split()},
            "name": SQL("ticket.number"),
            "partner_id": SQL("ticket.commercial_partner_id"),
            "contract_id": SQL("contract.id"),
            "tier_id": SQL("contract.tier_id"),
            "target_hours": SQL("timer.target_seconds / 3600.0"),
            **self._get_verdict_columns(),
            "credit_amount": SQL(
                "(SELECT credit.amount FROM service_sla_credit AS credit"
                " WHERE credit.timer_id = timer.id"
                " AND credit.decision IN ('proposed', 'approved'))"
            ),
            "currency_id": SQL("contract.currency_id"),
            "open_hours": SQL("timer.counted_s / 3600.0"),
            "median_open_hours": SQL("timer.counted_s / 3600.0"),
            "paused_hours": SQL("timer.paused_s / 3600.0"),
        }

    def _get_verdict_columns(self):
        """Return the verdict in words and numbers, and what it owes to what."""
        is_met = SQL("(timer.state = 'met')")
        is_met_by_pause = SQL(
            "(timer.state = 'met'"
            " AND timer.counted_s + timer.paused_s > timer.target_seconds)"
        )
        return {
            "verdict": SQL("CASE WHEN %s THEN 'met' ELSE 'missed' END", is_met),
            "decided_at": SQL("COALESCE(timer.breached_at, timer.stopped_at)"),
            "hit_rate": SQL("CASE WHEN %s THEN 100.0 ELSE 0.0 END", is_met),
            "met_count": SQL("%s::int", is_met),
            "missed_count": SQL("(NOT %s)::int", is_met),
            "pause_reason_id": self._get_pause_reason(),
            "is_met_by_pause": SQL("COALESCE(%s, FALSE)", is_met_by_pause),
            "met_by_pause_count": SQL("COALESCE(%s, FALSE)::int", is_met_by_pause),
            **self._get_rescue_columns(is_met),
            "late_hours": SQL(
                "CASE WHEN NOT %s AND timer.counted_s >= timer.target_seconds"
                " THEN (timer.counted_s - timer.target_seconds) / 3600.0 END",
                is_met,
            ),
        }

    def _get_rescue_columns(self, is_met):
        """Return what the steps taken in time came to, as in ``service.sla.rescue``."""
        steps = SQL(
            "(SELECT COUNT(*) FROM service_sla_rescue AS rescue"
            " WHERE rescue.timer_id = timer.id AND rescue.left_s >= 0)"
        )
        saved = SQL(
            "CASE WHEN %s THEN COALESCE((SELECT rescue.stake"
            " FROM service_sla_rescue AS rescue"
            " WHERE rescue.timer_id = timer.id AND rescue.left_s >= 0"
            " ORDER BY rescue.id DESC LIMIT 1), 0) ELSE 0 END",
            is_met,
        )
        cost = SQL(
            "COALESCE((SELECT SUM(rescue.cost) FROM service_sla_rescue AS rescue"
            " WHERE rescue.timer_id = timer.id), 0)"
        )
        return {
            "rescue_count": steps,
            "is_rescued": SQL("(%s AND %s > 0)", is_met, steps),
            "rescued_count": SQL("(%s AND %s > 0)::int", is_met, steps),
            "rescue_saved": saved,
            "rescue_cost": cost,
            "rescue_net": SQL("%s - %s", saved, cost),
            "company_currency_id": SQL(
                "(SELECT company.currency_id FROM res_company AS company"
                " WHERE company.id = timer.company_id)"
            ),
        }

    def _get_pause_reason(self):
        """Return the reason of the longest pause by the wall clock, as SQL.

        Of the reasons that pause this target by the terms of its version, and not
        beyond the limit of the reason.
        """
        until = SQL("COALESCE(timer.stopped_at, timer.evaluated_at)")
        end = SQL(
            "LEAST(COALESCE(pause.end_at, %(until)s), pause.limit_at, %(until)s)",
            until=until,
        )
        return SQL(
            """
            CASE WHEN timer.paused_s > 0 THEN (
                SELECT pause.reason_id
                  FROM service_sla_pause AS pause
                 WHERE pause.ticket_id = timer.ticket_id
                   AND pause.start_at < %(until)s
                   AND %(end)s > timer.started_at
                   AND EXISTS (
                           SELECT 1
                             FROM service_sla_version AS version,
                                  jsonb_array_elements(version.terms -> 'targets')
                                      AS target
                            WHERE version.id = timer.version_id
                              AND target ->> 'key' = timer.target_key
                              AND (
                                      target -> 'pauses' = 'null'
                                   OR target -> 'pauses' @> TO_JSONB(pause.reason_id)
                                  )
                       )
              GROUP BY pause.reason_id
              ORDER BY SUM(%(end)s - GREATEST(pause.start_at, timer.started_at)) DESC,
                       pause.reason_id
                 LIMIT 1
            ) END
            """,
            until=until,
            end=end,
        )

    def _read_group_select(self, aggregate_spec, query):
        """Add the aggregate "median", which Odoo does not have."""
        name, _colon, function = aggregate_spec.partition(":")
        if function != "median" or name not in self._fields:
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %s)",
            self._field_to_sql(self._table, name, query),
        )

    # === ACTIONS === #

    def action_view_ticket(self):
        """Open the ticket of a verdict."""
        self.ensure_one()
        return self.ticket_id._get_records_action()
