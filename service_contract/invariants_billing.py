# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What must always be true of billing, as plain SQL; see ``invariants.py``."""

PERIOD_IS_BILLED_ONCE = """
    SELECT period.id,
           format('%s %s is billed by %s too', period.kind, period.period_no, other.id)
      FROM service_billing_period AS period
      JOIN service_billing_period AS other
        ON other.contract_line_id = period.contract_line_id
       AND other.kind = period.kind
       AND other.id > period.id
     WHERE period.state <> 'freed'
       AND other.state <> 'freed'
       AND (
               other.period_no = period.period_no
            OR (
                   period.kind = 'recurring'
               AND other.date_from < period.date_to
               AND period.date_from < other.date_to
               )
           )
"""

PERIOD_IS_ON_ONE_INVOICE = """
    SELECT period.id, format('%s, on %s invoices', period.state, COUNT(move.id))
      FROM service_billing_period AS period
 LEFT JOIN (
               SELECT DISTINCT service_billing_period_id AS period_id, move_id
                 FROM account_move_line
                WHERE service_billing_period_id IS NOT NULL
           ) AS billed ON billed.period_id = period.id
 LEFT JOIN account_move AS move ON move.id = billed.move_id AND move.state <> 'cancel'
  GROUP BY period.id
    HAVING COUNT(move.id) <> CASE period.state WHEN 'billed' THEN 1 ELSE 0 END
"""

BILLABLE_CHARGE_IS_ON_ONE_INVOICE = """
    SELECT charge.id,
           format(
               '%s, %s, invoice line %s',
               charge.kind,
               charge.billing_state,
               COALESCE(line.id::text, 'none')
           )
      FROM service_charge AS charge
 LEFT JOIN account_move_line AS line ON line.id = charge.invoice_line_id
 LEFT JOIN account_move AS move ON move.id = line.move_id
     WHERE (charge.billing_state = 'invoiced') <> (line.id IS NOT NULL)
        OR move.state = 'cancel'
        OR line.service_contract_line_id IS DISTINCT FROM CASE
               WHEN line.id IS NOT NULL THEN charge.contract_line_id
           END
        OR (charge.kind = 'billable') = (charge.billing_state = 'no')
        OR (
               charge.billing_state = 'cancelled'
           AND charge.reversed_charge_id IS NULL
           AND NOT COALESCE(charge.is_reversed, FALSE)
           )
"""

APPROVED_CREDIT_IS_CHARGED = """
    SELECT credit.id,
           format(
               '%s, credit %s, charge %s',
               credit.decision,
               credit.amount,
               charge.amount
           )
      FROM service_sla_credit AS credit
 LEFT JOIN service_charge AS charge
        ON charge.sla_credit_id = credit.id
       AND NOT COALESCE(charge.is_reversed, FALSE)
     WHERE (credit.decision = 'approved') <> (charge.id IS NOT NULL)
        OR charge.amount <> -credit.amount
        OR charge.id <> credit.charge_id
        OR charge.contract_line_id <> credit.contract_line_id
"""

GIVEN_CHARGE_IS_SHOWN_FOR_NOTHING = """
    SELECT charge.id, format('%s on invoice line %s', charge.kind, line.id)
      FROM service_charge AS charge
      JOIN account_move_line AS line ON line.id = charge.courtesy_invoice_line_id
      JOIN account_move AS move ON move.id = line.move_id
     WHERE charge.kind <> 'courtesy'
        OR charge.invoice_line_id IS NOT NULL
        OR move.state = 'cancel'
        OR line.price_subtotal <> 0
        OR line.service_contract_line_id IS DISTINCT FROM charge.contract_line_id
"""

# As the plan computed it: untaxed, or with the taxes that the prices include.
PERIOD_IS_ITS_LINES = """
    SELECT period.id, format('planned %s, invoiced %s', period.amount, billed.amount)
      FROM service_billing_period AS period
      JOIN (
               SELECT line.service_billing_period_id AS period_id,
                      SUM(
                          CASE WHEN EXISTS (
                              SELECT
                                FROM account_move_line_account_tax_rel AS rel
                           LEFT JOIN account_tax_filiation_rel AS child
                                  ON child.parent_tax = rel.account_tax_id
                                JOIN account_tax AS tax
                                  ON tax.id IN (rel.account_tax_id, child.child_tax)
                                JOIN res_company AS company
                                  ON company.id = tax.company_id
                               WHERE rel.account_move_line_id = line.id
                                 AND COALESCE(
                                         tax.price_include_override,
                                         company.account_price_include
                                     ) = 'tax_included'
                          )
                          THEN ROUND(
                              line.quantity * line.price_unit
                              * (1 - COALESCE(line.discount, 0) / 100),
                              currency.decimal_places
                          )
                          ELSE line.price_subtotal
                          END
                      ) AS amount
                 FROM account_move_line AS line
                 JOIN res_currency AS currency ON currency.id = line.currency_id
                WHERE line.service_billing_period_id IS NOT NULL
             GROUP BY line.service_billing_period_id
           ) AS billed ON billed.period_id = period.id
     WHERE period.state = 'billed'
       AND period.kind IN ('recurring', 'once')
       AND period.amount <> billed.amount
"""

# The price of a whole period of each line, in its currency.
WHOLE_PRICE = """
    SELECT line.*,
           currency.decimal_places,
           ROUND(
               line.quantity * COALESCE(line.price_unit, 0)
               * (1 - COALESCE(line.discount, 0) / 100),
               currency.decimal_places
           ) AS price
      FROM service_contract_line AS line
      JOIN res_currency AS currency ON currency.id = line.currency_id
"""

PERIOD_IS_WITHIN_PRICE = f"""
    SELECT period.id, format('%s of %s', period.amount, line.price)
      FROM service_billing_period AS period
      JOIN ({WHOLE_PRICE}) AS line ON line.id = period.contract_line_id
     WHERE period.state = 'billed'
       AND period.kind IN ('recurring', 'once')
       AND (
               period.amount * line.price < 0
            OR ABS(period.amount) > ABS(line.price)
            OR (
                   (period.kind = 'once' OR line.proration = 'whole')
               AND period.amount <> line.price
               )
           )
"""

# One line ends within a period of the calendar, and another at the same price goes
# on. Each part is rounded once, so two of them are off by a cent at most.
SPLIT_PERIOD_IS_WITHIN_PRICE = f"""
      WITH part AS (
               SELECT period.id, period.amount, period.date_from, period.date_to,
                      period.contract_id, period.contract_line_id,
                      line.product_id, line.price, line.billing_unit, line.proration,
                      POWER(10, -line.decimal_places) AS cent,
                      DATE_TRUNC(line.billing_unit, period.date_from) AS whole
                 FROM service_billing_period AS period
                 JOIN ({WHOLE_PRICE}) AS line ON line.id = period.contract_line_id
                WHERE period.state = 'billed'
                  AND period.kind = 'recurring'
                  AND line.billing_unit IN ('week', 'month', 'quarter', 'year')
                  AND line.billing_interval = 1
                  AND line.billing_alignment = 'calendar'
                  AND line.proration <> 'whole'
           )
    SELECT rest.id,
           format('%s and %s of %s', part.amount, rest.amount, part.price)
      FROM part
      JOIN part AS rest
        ON rest.contract_id = part.contract_id
       AND rest.contract_line_id <> part.contract_line_id
       AND rest.date_from = part.date_to
       AND rest.whole = part.whole
       AND rest.product_id IS NOT DISTINCT FROM part.product_id
       AND rest.price = part.price
       AND rest.billing_unit = part.billing_unit
       AND rest.proration = part.proration
     WHERE ABS(part.amount + rest.amount) > ABS(part.price) + part.cent
"""

# Of a contract whose invoice was cancelled since, nothing is left to compare.
PREVIEW_IS_BILLED = """
    SELECT preview.id,
           format(
               'previewed %s on %s lines, billed %s',
               preview.amount, preview.invoice_lines_count, billed.amount
           )
      FROM service_billing_run_line AS preview
      JOIN service_billing_run AS run ON run.id = preview.run_id
      JOIN (
               SELECT run_id, contract_id, SUM(amount) AS amount,
                      BOOL_OR(state = 'billed') AS is_invoiced
                 FROM service_billing_period
                WHERE run_id IS NOT NULL
             GROUP BY run_id, contract_id
               HAVING BOOL_AND(state <> 'freed')
           ) AS billed
        ON billed.run_id = preview.run_id
       AND billed.contract_id = preview.contract_id
     WHERE run.state = 'done'
       AND NOT COALESCE(preview.is_changed, FALSE)
       AND (
               preview.amount <> billed.amount
            OR (preview.invoice_lines_count > 0) <> billed.is_invoiced
           )
"""
