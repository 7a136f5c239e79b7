# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.balance import reached
from ..fields import BigInteger
from ..transactions import RACE_LOST

_logger = logging.getLogger(__name__)


class ServiceBalanceAlert(models.Model):
    """A threshold that the balance of a line has passed, told once.

    Measured on the lots that are valid now, all together, as the coverage bar shows
    them; kept with the newest of them. It is open, and not told again, until more is
    granted and the balance is below the threshold by that: with the next allotment,
    a top-up, or an adjustment. Work that is taken back and done again tells nothing.
    """

    _name = "service.balance.alert"
    _description = "Low Balance"
    _order = "id desc"
    _check_company_auto = True

    contract_line_id = fields.Many2one(
        "service.contract.line", required=True, ondelete="cascade", index=True
    )
    contract_id = fields.Many2one(
        related="contract_line_id.contract_id", store=True, index=True
    )
    company_id = fields.Many2one(related="contract_line_id.company_id", store=True)
    partner_id = fields.Many2one(related="contract_id.partner_id")
    counter_id = fields.Many2one(
        "service.coverage.counter", required=True, ondelete="restrict", index=True
    )
    percent = fields.Integer(string="Threshold (%)", required=True, aggregator=None)
    granted = BigInteger(
        required=True, help="What all lots granted together, in base units."
    )
    passed_at = fields.Datetime(required=True)
    is_open = fields.Boolean(
        default=True,
        help="Not told again while this is set, however often it is passed.",
    )

    _once = models.UniqueIndex(
        "(counter_id, percent) WHERE is_open", "This threshold was told already."
    )

    @api.depends("contract_line_id.display_name", "percent")
    def _compute_display_name(self):
        for alert in self:
            alert.display_name = self.env._(
                "%(line)s: %(percent)s %% used",
                line=alert.contract_line_id.display_name,
                percent=alert.percent,
            )

    # === FINDING === #

    @api.model
    def _watch(self, left_by_line):
        """Have the scheduled action come where draws pass a threshold.

        Called before the draws are posted, so that the counters in memory still say
        what was used before; nothing is read.

        :param left_by_line: by line and counter id, what is left after the draws
        """
        now = self.env["service.contract"]._service_now()
        counter_model = self.env["service.coverage.counter"]
        for line, left_after in left_by_line.items():
            percents = line._get_thresholds()
            counters = counter_model.browse(left_after).filtered(
                lambda counter: counter.kind != "courtesy" and counter._is_valid_at(now)
            )
            granted = sum(counter.granted for counter in counters)
            left = sum(counter.remaining for counter in counters)
            after = sum(left_after[counter.id] for counter in counters)
            before = reached(granted, granted - left, percents)
            if before != reached(granted, granted - after, percents):
                cron = self.env.ref("service_contract.ir_cron_low_balance", False)
                if cron:
                    cron.sudo()._trigger()  # users may not write scheduled actions
                return

    @api.model
    def _get_balances(self):
        """Return SQL of what the lots valid now grant together, one row per line."""
        return SQL(
            """
            SELECT lot.contract_line_id AS line_id,
                   SUM(lot.granted) AS granted,
                   SUM(lot.granted - lot.remaining) AS used,
                   (ARRAY_AGG(lot.id ORDER BY lot.valid_from DESC, lot.id DESC))[1]
                       AS counter_id
              FROM service_coverage_counter AS lot
             WHERE lot.kind != 'courtesy'
               AND lot.valid_from <= %(now)s
               AND (lot.valid_to IS NULL OR lot.valid_to > %(now)s)
          GROUP BY lot.contract_line_id
            HAVING SUM(lot.granted) > 0
            """,
            now=self.env["service.contract"]._service_now(),
        )

    @api.model
    def _rearm(self):
        """Close what is below its threshold again since more was granted."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH balance AS (%s)
                UPDATE service_balance_alert AS alert
                   SET is_open = FALSE
                  FROM balance
                 WHERE balance.line_id = alert.contract_line_id
                   AND alert.is_open
                   AND balance.used * 100 < balance.granted * alert.percent
                   AND (
                           balance.granted > alert.granted
                        OR balance.counter_id <> alert.counter_id
                       )
                """,
                self._get_balances(),
            )
        )
        self.invalidate_model(["is_open"], flush=False)

    @api.model
    def _find_passed(self):
        """Return values of the alerts that are due, by line id."""
        # SQL: compares sums with the numbers in a text; as many rows as lines are low.
        rows = self.env.execute_query(
            SQL(
                """
                WITH balance AS (%(balances)s)
                SELECT balance.line_id, balance.counter_id, threshold.percent,
                       balance.granted
                  FROM balance
                  JOIN service_contract_line AS line ON line.id = balance.line_id
            CROSS JOIN LATERAL UNNEST(
                           STRING_TO_ARRAY(
                               REGEXP_REPLACE(line.balance_thresholds, '\\s', '', 'g'),
                               ','
                           )::int[]
                       ) AS threshold (percent)
                 WHERE balance.used * 100 >= balance.granted * threshold.percent
                   AND NOT EXISTS (
                           SELECT
                             FROM service_balance_alert AS alert
                             JOIN service_coverage_counter AS lot
                               ON lot.id = alert.counter_id
                            WHERE alert.contract_line_id = balance.line_id
                              AND alert.percent = threshold.percent
                              AND alert.is_open
                              AND (lot.valid_to IS NULL OR lot.valid_to > %(now)s)
                       )
              ORDER BY balance.line_id, threshold.percent
                """,
                balances=self._get_balances(),
                now=self.env["service.contract"]._service_now(),
            )
        )
        found = {}
        for line_id, counter_id, percent, granted in rows:
            found.setdefault(line_id, []).append(
                {
                    "contract_line_id": line_id,
                    "counter_id": counter_id,
                    "percent": percent,
                    "granted": int(granted),
                }
            )
        return found

    @api.model
    def _cron_warn(self):
        """Tell of the balances that have passed a threshold, line by line."""
        cron = self.env["ir.cron"]
        self._rearm()
        found = self._find_passed()
        cron._commit_progress(remaining=len(found))
        for line_id, vals_list in found.items():
            try:
                with self.env.cr.savepoint():
                    self._tell(vals_list)
            except RACE_LOST as error:
                _logger.info("Line %s is told of later: %s", line_id, error)
            except Exception:
                # Whatever it is, as in a mail template that was changed: the other
                # lines go on, and the next run tries it again.
                _logger.exception("Low balance of line %s can't be told", line_id)
            if not cron._commit_progress(1):
                break

    # === TELLING === #

    @api.model
    def _tell(self, vals_list):
        """Keep what a line has passed and tell the highest of it.

        :param vals_list: values of the alerts of one line, ascending
        """
        now = self.env["service.contract"]._service_now()
        alerts = self.create([{**vals, "passed_at": now} for vals in vals_list])
        highest = alerts[-1]
        line = highest.contract_line_id
        thresholds = line._get_thresholds()
        if line.topup_auto != "no" and thresholds[-1] in alerts.mapped("percent"):
            line._top_up_by_itself()
        highest._tell_customer()
        highest._tell_responsible()

    def _tell_responsible(self):
        """Schedule an activity that leads to the line and its Top Up button."""
        line, contract = self.contract_line_id, self.contract_id
        contract.activity_schedule(
            "service_contract.mail_activity_type_low_balance",
            note=self.env._(
                "%(line)s: %(balance)s. Open it to top up.",
                line=line._get_html_link(title=line.name.split("\n")[0]),
                balance=self._get_balance_text(),
            ),
            user_id=(contract.user_id or self.env.user).id,
        )

    def _get_balance_text(self):
        """Return the balance in words, and what of it lapses soon."""
        line = self.contract_line_id
        if not line.lapse_text:
            return line.coverage_text
        return self.env._(
            "%(balance)s; what is left lapses soon: %(lapses)s",
            balance=line.coverage_text,
            lapses=line.lapse_text,
        )

    def _tell_customer(self):
        """Owe the customer a mail where the contract says so."""
        contract = self.contract_id
        if not contract.low_balance_mail:
            return
        partners = contract.partner_id | contract.invoice_partner_id
        partner = partners.filtered("email")[:1]
        if not partner:
            contract.message_post(
                body=self.env._(
                    "The balance is low, but the customer has no e-mail address."
                )
            )
            return
        self.env["service.outbox"]._queue(
            self,
            "low_balance",
            partner,
            f"{self.counter_id.id}/{self.percent}",
            self.env.ref("service_contract.mail_template_low_balance"),
        )
