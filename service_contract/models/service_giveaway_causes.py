# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models
from odoo.tools import SQL

# Coverage where the time of an answer is what counts, and a case by itself is not.
TIME_COVERAGE = ("hours", "amount", "rates")
# Marks of other addons by which a line at 0 is no giveaway, where they are installed.
FREE_BY_RULE = ("is_delivery", "is_reward_line", "combo_item_id", "is_downpayment")


class ServiceGiveaway(models.Model):
    """Where to look: one query for each kind of cause.

    Each returns ``COLUMNS`` and when the source was recorded, for sources that fulfil a
    condition: the one that looks adds the days, the one that closes asks about what is
    open.
    """

    _inherit = "service.giveaway"

    def _get_causes(self):
        """Return by kind the function of a condition that returns the query."""
        return {
            "time": self._get_time_query,
            "uncharged": self._get_uncharged_query,
            "undecided": self._get_undecided_query,
            "zero_price": self._get_zero_price_query,
            "silent": self._get_silent_query,
            "sale_line": self._get_sale_query,
            "invoice_line": self._get_invoice_query,
        }

    # === WORK === #

    def _get_time_query(self, where):
        """Time on tickets, or on projects of customers with a contract, that nothing
        was recorded of: no contract was found, or it was withdrawn."""
        billed = SQL("TRUE")
        if "so_line" in self.env["account.analytic.line"]._fields:
            billed = SQL("source.so_line IS NULL")  # sale_timesheet bills it
        return SQL(
            """
            SELECT source.id AS res_id, source.company_id,
                   source.create_date AS recorded_at,
                   COALESCE(ticket.commercial_partner_id, payer.commercial_partner_id)
                       AS partner_id,
                   ticket.service_contract_line_id AS contract_line_id,
                   ticket.id AS ticket_id, ticket.team_id, source.user_id,
                   NULL::int AS product_id, source.date AS day,
                   source.name AS description, 'second' AS unit,
                   source.unit_amount::numeric AS quantity,
                   source.product_uom_id AS uom_id,
                   NULL::numeric AS amount, NULL::int AS currency_id
              FROM account_analytic_line AS source
         LEFT JOIN helpdesk_ticket AS ticket ON ticket.id = source.ticket_id
         LEFT JOIN project_project AS project ON project.id = source.project_id
         LEFT JOIN res_partner AS payer
                ON payer.id = COALESCE(source.partner_id, project.partner_id)
             WHERE source.project_id IS NOT NULL
               AND source.unit_amount > 0
               AND ticket.no_decrement IS NOT TRUE
               AND (ticket.commercial_partner_id IS NOT NULL OR %(has_contract)s)
               AND NOT EXISTS (
                       SELECT
                         FROM service_usage AS usage
                        WHERE usage.timesheet_id = source.id
                          AND usage.is_void IS NOT TRUE
                   )
               AND %(billed)s
               AND %(where)s
            """,
            has_contract=self._has_contract("payer", "source", SQL("source.date")),
            billed=billed,
            where=where,
        )

    def _get_silent_query(self, where):
        """Closed tickets on which somebody answered or took notes, without time, or a
        case that counts."""
        return SQL(
            """
            SELECT source.id AS res_id, source.company_id,
                   source.create_date AS recorded_at,
                   source.commercial_partner_id AS partner_id,
                   source.service_contract_line_id AS contract_line_id,
                   source.id AS ticket_id, source.team_id, source.user_id,
                   NULL::int AS product_id, source.closed_date::date AS day,
                   CONCAT(source.number, ' ', source.name) AS description,
                   'second' AS unit,
                   said.times * company.service_answer_minutes / 60.0 AS quantity,
                   NULL::int AS uom_id, NULL::numeric AS amount,
                   NULL::int AS currency_id
              FROM helpdesk_ticket AS source
              JOIN helpdesk_ticket_stage AS stage ON stage.id = source.stage_id
              JOIN res_company AS company ON company.id = source.company_id
        CROSS JOIN LATERAL (
                       SELECT COUNT(*) AS times
                         FROM service_sla_event AS event
                        WHERE event.ticket_id = source.id
                          AND (
                                  event.kind IN ('answer', 'call')
                               OR (event.kind = 'note' AND event.why = 'internal_note')
                              )
                   ) AS said
             WHERE stage.closed
               AND stage.service_is_cancelled IS NOT TRUE
               AND source.closed_date IS NOT NULL
               AND source.commercial_partner_id IS NOT NULL
               AND source.duplicate_id IS NULL
               AND source.no_decrement IS NOT TRUE
               AND said.times > 0
               AND %(is_without_work)s
               AND %(where)s
            """,
            is_without_work=self._is_without_work(),
            where=where,
        )

    def _is_without_work(self):
        """Return SQL: whether a ticket has neither time nor a case that counts."""
        return SQL(
            """
            NOT EXISTS (
                SELECT
                  FROM account_analytic_line AS time
                 WHERE time.ticket_id = source.id
                   AND time.unit_amount > 0
            )
            AND NOT EXISTS (
                SELECT
                  FROM service_usage AS usage
             LEFT JOIN service_contract_line AS line
                    ON line.id = usage.contract_line_id
                 WHERE usage.ticket_id = source.id
                   AND usage.is_void IS NOT TRUE
                   AND NOT (
                           usage.unit = 'case'
                       AND line.coverage_type IN %s
                       )
            )
            """,
            TIME_COVERAGE,
        )

    # === USAGES === #

    def _get_uncharged_query(self, where):
        """What was delivered and has no charge that stands."""
        return SQL(
            """
            SELECT source.id AS res_id, source.company_id,
                   source.create_date AS recorded_at,
                   COALESCE(contract.commercial_partner_id, source.partner_id)
                       AS partner_id,
                   source.contract_line_id, source.ticket_id, ticket.team_id,
                   COALESCE(time.user_id, source.create_uid) AS user_id,
                   NULL::int AS product_id, source.event_at::date AS day,
                   source.description, source.unit,
                   source.quantity::numeric AS quantity,
                   NULL::int AS uom_id, NULL::numeric AS amount,
                   NULL::int AS currency_id
              FROM service_usage AS source
              JOIN res_company AS company ON company.id = source.company_id
         LEFT JOIN service_contract AS contract ON contract.id = source.contract_id
         LEFT JOIN helpdesk_ticket AS ticket ON ticket.id = source.ticket_id
         LEFT JOIN account_analytic_line AS time ON time.id = source.timesheet_id
             WHERE source.is_void IS NOT TRUE
               AND (source.state = 'settled' OR %(is_late)s)
               AND NOT EXISTS (
                       SELECT
                         FROM service_charge AS charge
                        WHERE charge.usage_id = source.id
                          AND charge.is_reversed IS NOT TRUE
                          AND charge.reversed_charge_id IS NULL
                   )
               AND %(where)s
            """,
            is_late=self._is_late(),
            where=where,
        )

    def _get_undecided_query(self, where):
        """What waits for a decision for longer than it should."""
        condition = SQL("charge.kind = 'to_approve' AND %s", self._is_late())
        return self._get_charged_query(condition, where)

    def _get_zero_price_query(self, where):
        """What is billed at 0, since its price is 0."""
        condition = SQL(
            "charge.kind = 'billable' AND charge.amount = 0"
            " AND COALESCE(charge.unit_price, 0) = 0"
        )
        return self._get_charged_query(condition, where)

    def _get_charged_query(self, condition, where):
        """Return the query of usages with charges that stand and fulfil a condition."""
        return SQL(
            """
            SELECT source.id AS res_id, source.company_id,
                   source.create_date AS recorded_at,
                   contract.commercial_partner_id AS partner_id,
                   source.contract_line_id, source.ticket_id, ticket.team_id,
                   COALESCE(time.user_id, source.create_uid) AS user_id,
                   NULL::int AS product_id, source.event_at::date AS day,
                   source.description, source.unit, SUM(charge.quantity) AS quantity,
                   NULL::int AS uom_id, SUM(charge.amount) AS amount,
                   contract.currency_id
              FROM service_usage AS source
              JOIN service_charge AS charge ON charge.usage_id = source.id
              JOIN res_company AS company ON company.id = source.company_id
              JOIN service_contract AS contract ON contract.id = source.contract_id
         LEFT JOIN helpdesk_ticket AS ticket ON ticket.id = source.ticket_id
         LEFT JOIN account_analytic_line AS time ON time.id = source.timesheet_id
             WHERE charge.is_reversed IS NOT TRUE
               AND charge.reversed_charge_id IS NULL
               AND charge.quantity <> 0
               AND %(condition)s
               AND %(where)s
          GROUP BY source.id, contract.id, ticket.id, time.id
            """,
            condition=condition,
            where=where,
        )

    def _is_late(self):
        """Return SQL: whether a usage should have been decided about."""
        return SQL(
            "source.received_at"
            " <= %s - company.service_undecided_days * INTERVAL '1 day'",
            self.env["service.contract"]._service_now(),
        )

    # === PARTS === #

    def _get_sale_query(self, where):
        """Products sold at 0 to customers with a contract."""
        return SQL(
            """
            SELECT source.id AS res_id, source.company_id,
                   source.create_date AS recorded_at,
                   customer.commercial_partner_id AS partner_id,
                   NULL::int AS contract_line_id, NULL::int AS ticket_id,
                   NULL::int AS team_id, sale.user_id, source.product_id,
                   sale.date_order::date AS day,
                   SPLIT_PART(source.name, E'\n', 1) AS description,
                   'piece' AS unit, source.product_uom_qty AS quantity,
                   source.product_uom_id AS uom_id, NULL::numeric AS amount,
                   NULL::int AS currency_id
              FROM sale_order_line AS source
              JOIN sale_order AS sale ON sale.id = source.order_id
              JOIN res_partner AS customer ON customer.id = sale.partner_id
              JOIN product_product AS product ON product.id = source.product_id
              JOIN product_template AS template ON template.id = product.product_tmpl_id
             WHERE sale.state = 'sale'
               AND source.display_type IS NULL
               AND source.product_uom_qty > 0
               AND source.price_subtotal = 0
               AND source.service_topup_id IS NULL
               AND template.service_contract_template_id IS NULL
               AND %(is_worth)s
               AND %(has_contract)s
               AND %(no_rule)s
               AND %(where)s
            """,
            is_worth=self._is_worth_something(),
            has_contract=self._has_contract(
                "customer", "source", SQL("sale.date_order::date")
            ),
            no_rule=self._is_free_by_no_rule("sale.order.line"),
            where=where,
        )

    def _get_invoice_query(self, where):
        """Products invoiced at 0 to customers with a contract, unless they were sold at
        0, which is found there."""
        return SQL(
            """
            SELECT source.id AS res_id, source.company_id,
                   source.create_date AS recorded_at,
                   customer.commercial_partner_id AS partner_id,
                   NULL::int AS contract_line_id, NULL::int AS ticket_id,
                   NULL::int AS team_id, move.invoice_user_id AS user_id,
                   source.product_id, move.invoice_date AS day,
                   SPLIT_PART(source.name, E'\n', 1) AS description,
                   'piece' AS unit, source.quantity,
                   source.product_uom_id AS uom_id, NULL::numeric AS amount,
                   NULL::int AS currency_id
              FROM account_move_line AS source
              JOIN account_move AS move ON move.id = source.move_id
              JOIN res_partner AS customer ON customer.id = move.partner_id
              JOIN product_product AS product ON product.id = source.product_id
              JOIN product_template AS template ON template.id = product.product_tmpl_id
             WHERE move.move_type = 'out_invoice'
               AND move.state = 'posted'
               AND source.display_type = 'product'
               AND source.quantity > 0
               AND source.price_subtotal = 0
               AND source.service_contract_id IS NULL
               AND source.service_topup_id IS NULL
               AND %(is_worth)s
               AND %(has_contract)s
               AND %(no_rule)s
               AND NOT EXISTS (
                       SELECT
                         FROM sale_order_line_invoice_rel AS link
                         JOIN sale_order_line AS sold ON sold.id = link.order_line_id
                        WHERE link.invoice_line_id = source.id
                          AND sold.price_subtotal = 0
                   )
               AND %(where)s
            """,
            is_worth=self._is_worth_something(),
            has_contract=self._has_contract(
                "customer", "source", SQL("move.invoice_date")
            ),
            no_rule=self._is_free_by_no_rule("account.move.line"),
            where=where,
        )

    # === CONDITIONS === #

    def _has_contract(self, partner, source, day):
        """Return SQL: whether a contract with a customer, or one that is shared with
        him, is in force on a day.

        :param partner, source: aliases of a partner and of a row with a company
        """
        return SQL(
            """
            EXISTS (
                SELECT
                  FROM (
                           SELECT own.id
                             FROM service_contract AS own
                            WHERE own.commercial_partner_id = %(partner)s
                        UNION ALL
                           SELECT share.service_contract_id
                             FROM service_contract_beneficiary_rel AS share
                            WHERE share.res_partner_id = %(partner)s
                       ) AS theirs
                  JOIN service_contract AS agreed ON agreed.id = theirs.id
                 WHERE agreed.company_id = %(company)s
                   AND agreed.confirmed_at IS NOT NULL
                   AND agreed.date_start <= %(day)s
                   AND COALESCE(agreed.date_end >= %(day)s, TRUE)
                   AND COALESCE(agreed.date_cancelled > %(day)s, TRUE)
            )
            """,
            partner=SQL.identifier(partner, "commercial_partner_id"),
            company=SQL.identifier(source, "company_id"),
            day=day,
        )

    def _is_worth_something(self):
        """Return SQL: whether a product is a thing or a service with a price."""
        return SQL("template.type IN ('consu', 'service') AND template.list_price > 0")

    def _is_free_by_no_rule(self, model):
        """Return SQL: whether no other addon says why a line is free."""
        marks = [
            SQL(
                "%s IS NOT TRUE" if field.type == "boolean" else "%s IS NULL",
                SQL.identifier("source", name),
            )
            for name in FREE_BY_RULE
            if (field := self.env[model]._fields.get(name)) and field.store
        ]
        return SQL(" AND ").join([SQL("TRUE"), *marks])
