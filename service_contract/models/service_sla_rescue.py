# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..fields import BigInteger

# Verdicts that say nothing about whether a step helped.
MOOT_STATES = ("void", "superseded", "merged")
OUTCOMES = [
    ("open", "Open"),
    ("saved", "Met after it"),
    ("missed", "Missed all the same"),
    ("late", "Taken after the breach"),
    ("moot", "Target replaced or without a verdict"),
]


# Fields without a column: they follow from the timer.
FOLLOWING = ("outcome", "saved", "net")


class ServiceSlaRescue(models.Model):
    """A rescue step that somebody took on a ticket. Never changed.

    Whether it helped, and what it saved, follows from the timer. Of several steps on
    one timer the last that was taken in time saved the credit, so that sums are right.
    """

    _name = "service.sla.rescue"
    _description = "SLA Rescue"
    _order = "done_at desc, id desc"
    _rec_name = "step_name"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", index=True
    )
    timer_id = fields.Many2one(
        "service.sla.timer", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True)
    metric = fields.Selection(related="timer_id.metric", store=True)
    step_id = fields.Many2one(
        "service.sla.rescue.step", ondelete="set null", index="btree_not_null"
    )
    step_name = fields.Char(string="Step Taken", required=True)
    kind = fields.Selection(
        lambda self: self.env["service.sla.rescue.step"]._fields["kind"].selection,
        required=True,
    )
    user_id = fields.Many2one(
        "res.users", string="By", required=True, ondelete="restrict"
    )
    done_at = fields.Datetime(string="At", required=True)
    left_s = BigInteger(
        string="Left (s)",
        help="Open seconds that were left until the target was due; negative after it.",
    )
    left_text = fields.Char(string="Time Left", compute="_compute_left_text")
    result = fields.Text()
    outcome = fields.Selection(
        OUTCOMES, compute="_compute_following", search="_search_outcome"
    )

    # In the currency of the company, so that the sums of customers can be compared
    currency_id = fields.Many2one("res.currency", readonly=True)
    stake = fields.Monetary(
        string="At Stake",
        readonly=True,
        help="Credit that the contract promised for a miss when the step was taken.",
    )
    cost = fields.Monetary(readonly=True, help="What the step cost us.")
    saved = fields.Monetary(
        compute="_compute_following",
        help="The credit at stake, if the target was met after the step. Of several "
        "steps the last one has it. 0 where the contract promises no credit.",
    )
    net = fields.Monetary(compute="_compute_following", help="Saved less the cost.")

    # === COMPUTE METHODS === #

    @api.depends("timer_id.state", "timer_id.breached_at", "left_s", "stake", "cost")
    def _compute_following(self):
        """One rule for screens, searches and sums: that of ``_field_to_sql``."""
        self.env["service.sla.timer"].flush_model(["breached_at", "state"])
        self.flush_model(["cost", "left_s", "stake", "timer_id"])
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT id, %s FROM service_sla_rescue WHERE id IN %s",
                SQL(", ").join(
                    SQL(
                        "%s AS %s",
                        self._field_to_sql(self._table, name),
                        SQL.identifier(name),
                    )
                    for name in FOLLOWING
                ),
                tuple(self.ids) or (0,),
            )
        )
        values = {row["id"]: row for row in rows}
        for rescue in self:
            for name in FOLLOWING:
                rescue[name] = values.get(rescue.id, {}).get(name, False)

    @api.depends("left_s")
    @api.depends_context("lang")
    def _compute_left_text(self):
        for rescue in self:
            hours, minutes = divmod(abs(rescue.left_s) // 60, 60)
            words = {"hours": hours, "minutes": f"{minutes:02d}"}
            if rescue.left_s < 0:
                rescue.left_text = self.env._(
                    "%(hours)s h %(minutes)s too late", **words
                )
            else:
                rescue.left_text = self.env._("%(hours)s h %(minutes)s", **words)

    def _search_outcome(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN %s", model._field_to_sql(alias, "outcome", query), tuple(value)
            )
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        """Group, sort and sum what follows from the timer; it has no column."""
        if field_expr not in FOLLOWING:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        outcome = self._get_outcome_sql(alias)
        if field_expr == "outcome":
            return outcome
        saved = SQL(
            """
            CASE WHEN %(outcome)s = 'saved'
                  AND NOT EXISTS (
                          SELECT 1
                            FROM service_sla_rescue AS later
                           WHERE later.timer_id = %(alias)s.timer_id
                             AND later.left_s >= 0
                             AND later.id > %(alias)s.id
                      )
                 THEN COALESCE(%(alias)s.stake, 0)
                 ELSE 0
             END
            """,
            outcome=outcome,
            alias=SQL.identifier(alias),
        )
        if field_expr == "saved":
            return saved
        return SQL("(%s - COALESCE(%s, 0))", saved, SQL.identifier(alias, "cost"))

    def _get_outcome_sql(self, alias):
        """Return the outcome of a step as SQL, by its timer."""
        return SQL(
            """
            CASE WHEN %(alias)s.left_s < 0 THEN 'late'
                 ELSE (
                     SELECT CASE WHEN timer.state IN %(moot)s THEN 'moot'
                                 WHEN timer.breached_at IS NOT NULL
                                   OR timer.state = 'missed' THEN 'missed'
                                 WHEN timer.state = 'met' THEN 'saved'
                                 ELSE 'open'
                             END
                       FROM service_sla_timer AS timer
                      WHERE timer.id = %(alias)s.timer_id
                 )
             END
            """,
            alias=SQL.identifier(alias),
            moot=MOOT_STATES,
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Rescues are on record and can't be deleted."))
