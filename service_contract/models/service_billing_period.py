# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, mute_logger

KINDS = [
    ("recurring", "Recurring"),
    ("once", "One-off"),
    ("overage", "Overage"),
    ("correction", "Correction"),
    ("courtesy", "Courtesy"),
]


class ServiceBillingPeriod(models.Model):
    """Days of a contract line that were billed, or skipped for good.

    Made by the billing together with the invoice line, and the only thing that may
    make a recurring one. The database holds at most one that is not freed for each
    line, kind and period. A cancelled invoice or a deleted line frees its periods:
    they are due again.
    """

    _name = "service.billing.period"
    _description = "Billing Period"
    _inherit = ["service.insert.mixin"]
    _order = "date_from desc, contract_line_id, kind, period_no"
    _check_company_auto = True

    contract_line_id = fields.Many2one(
        "service.contract.line", required=True, ondelete="restrict", index=True
    )
    contract_id = fields.Many2one(
        "service.contract", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True)
    currency_id = fields.Many2one(related="contract_id.currency_id", store=True)
    kind = fields.Selection(KINDS, required=True)
    period_no = fields.Integer(
        string="Number",
        required=True,
        help="Number of the period of the line; of corrections and courtesies, a "
        "running number.",
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(
        string="Before", required=True, help="First day that is not billed."
    )
    date_last = fields.Date(
        string="To", compute="_compute_date_last", help="Last day that is billed."
    )
    amount = fields.Monetary(help="Untaxed, as planned.")
    state = fields.Selection(
        [("billed", "Billed"), ("skipped", "Nothing to bill"), ("freed", "Freed")],
        required=True,
        help="Nothing to bill: on hold, or free. Freed: the invoice was cancelled or "
        "deleted, and the period is due again.",
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", ondelete="set null", index="btree_not_null"
    )
    invoice_line_ids = fields.One2many(
        "account.move.line", "service_billing_period_id", string="Invoice Lines"
    )
    run_id = fields.Many2one(
        "service.billing.run",
        string="Billing Run",
        ondelete="set null",
        index="btree_not_null",
    )

    _billed_once = models.UniqueIndex(
        "(contract_line_id, kind, period_no) WHERE state != 'freed'",
        "This period of the contract line is billed already.",
    )
    _dates_order = models.Constraint(
        "CHECK (date_to > date_from)", "A billing period has at least one day."
    )

    def init(self):
        """Let the database refuse recurring periods that overlap."""
        if self._has_btree_gist():
            self._add_exclusion()
        else:
            self._add_overlap_trigger()

    # === COMPUTE METHODS === #

    @api.depends("date_to")
    def _compute_date_last(self):
        for period in self:
            period.date_last = period.date_to and period.date_to - timedelta(days=1)

    @api.depends("contract_line_id", "date_from", "date_to")
    def _compute_display_name(self):
        for period in self:
            period.display_name = self.env._(
                "%(line)s, %(start)s to %(end)s",
                line=period.contract_line_id.name,
                start=format_date(self.env, period.date_from),
                end=format_date(self.env, period.date_last),
            )

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Billing periods are kept; cancel the invoice to free this one.")
        )

    # === DATABASE === #

    def _has_btree_gist(self):
        """Whether the database can exclude overlapping ranges of one line."""
        try:
            with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                self.env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        except psycopg2.Error:
            return False
        return True

    def _add_exclusion(self):
        self.env.cr.execute(
            "SELECT FROM pg_constraint WHERE conname = 'service_billing_period_overlap'"
        )
        if not self.env.cr.rowcount:
            self.env.cr.execute(
                """
                ALTER TABLE service_billing_period
                ADD CONSTRAINT service_billing_period_overlap EXCLUDE USING gist (
                    contract_line_id WITH =,
                    daterange(date_from, date_to) WITH &&
                ) WHERE (state != 'freed' AND kind = 'recurring')
                """
            )

    def _add_overlap_trigger(self):
        """Do the same by a trigger, where the extension can't be installed."""
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION service_billing_period_no_overlap()
            RETURNS trigger AS $$
            BEGIN
                IF NEW.kind = 'recurring' AND NEW.state != 'freed' AND EXISTS (
                    SELECT FROM service_billing_period AS other
                     WHERE other.contract_line_id = NEW.contract_line_id
                       AND other.kind = NEW.kind
                       AND other.id != NEW.id
                       AND other.state != 'freed'
                       AND other.date_from < NEW.date_to
                       AND NEW.date_from < other.date_to
                ) THEN
                    RAISE EXCEPTION USING
                        ERRCODE = 'exclusion_violation',
                        MESSAGE = 'billing periods of a contract line overlap';
                END IF;
                RETURN NEW;
            END
            $$ LANGUAGE plpgsql;
            DROP TRIGGER IF EXISTS service_billing_period_no_overlap
                ON service_billing_period;
            CREATE TRIGGER service_billing_period_no_overlap
                BEFORE INSERT OR UPDATE ON service_billing_period
                FOR EACH ROW EXECUTE FUNCTION service_billing_period_no_overlap()
            """
        )

    # === BUSINESS METHODS === #

    @api.model
    def _get_billed_numbers(self, lines):
        """Return the numbers of the periods that are billed and still matter.

        :return: by contract line id and kind, a set of numbers: of recurring and
            one-off periods those from the line's first unbilled one on, of overage,
            corrections and courtesies all
        """
        self.flush_model()
        lines.flush_recordset(["next_billing_period"])
        # SQL, since each line has its own first number: a handful of rows a line.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT period.contract_line_id, period.kind,
                       array_agg(period.period_no)
                  FROM service_billing_period AS period
                  JOIN service_contract_line AS line
                    ON line.id = period.contract_line_id
                 WHERE line.id IN %s
                   AND period.state != 'freed'
                   AND (period.kind IN ('overage', 'correction', 'courtesy')
                        OR period.period_no >= COALESCE(line.next_billing_period, 0))
              GROUP BY period.contract_line_id, period.kind
                """,
                tuple(lines.ids) or (0,),
            )
        )
        return {(line_id, kind): set(numbers) for line_id, kind, numbers in rows}

    def _free(self):
        """Make the periods due again: their invoice line is cancelled or deleted."""
        freed = self.filtered(lambda period: period.state != "freed")
        freed.write({"state": "freed"})
        for line, periods in (
            freed.filtered(lambda period: period.kind in ("recurring", "once"))
            .grouped("contract_line_id")
            .items()
        ):
            line._set_progress(
                next_billing_period=min(
                    line.next_billing_period, *periods.mapped("period_no")
                )
            )
