# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What must always be true of the books, as plain SQL.

Each query returns the rows that break its rule, as (id, detail); no rows is good.
The same queries are run by the tests, by the replay of a log and by an administrator
(``env["service.contract"]._check_invariants()``). They read committed data only
through tables, not through the code they judge.
"""

from dataclasses import dataclass

from .invariants_sla import (
    PAUSE_IS_A_FACT,
    TICKET_SHOWS_ITS_TIMERS,
    TIMER_IS_ITS_TIME,
    VERDICT_IS_ITS_TIME,
)


@dataclass(frozen=True, slots=True)
class Invariant:
    """One rule of the books.

    :param number: of the rule in the architecture document
    :param code: short name
    :param model: model of the ids that the query returns
    :param query: SQL that returns (id, detail) of each offending row
    """

    number: int
    code: str
    model: str
    query: str


COUNTER_IS_LEDGER = """
    SELECT counter.id,
           format(
               'granted %s, drawn %s, remaining %s; ledger %s, %s, %s',
               counter.granted, counter.drawn, counter.remaining,
               COALESCE(ledger.granted, 0),
               COALESCE(ledger.drawn, 0),
               COALESCE(ledger.remaining, 0)
           )
      FROM service_coverage_counter AS counter
 LEFT JOIN (
               SELECT counter_id,
                      SUM(quantity) FILTER (
                          WHERE kind NOT IN ('draw', 'reverse')
                      ) AS granted,
                      -SUM(quantity) FILTER (
                          WHERE kind IN ('draw', 'reverse')
                      ) AS drawn,
                      SUM(quantity) AS remaining
                 FROM service_coverage_entry
             GROUP BY counter_id
           ) AS ledger ON ledger.counter_id = counter.id
     WHERE counter.granted <> COALESCE(ledger.granted, 0)
        OR counter.drawn <> COALESCE(ledger.drawn, 0)
        OR counter.remaining + counter.reserved <> COALESCE(ledger.remaining, 0)
"""

NO_OVERDRAW = """
    SELECT id, format('remaining %s', remaining)
      FROM service_coverage_counter
     WHERE remaining < 0
       AND NOT COALESCE(can_overdraw, FALSE)
"""

USAGE_IS_CHARGED = """
    SELECT usage.id,
           format(
               'delivered %s, charged %s', usage.quantity, COALESCE(charged.quantity, 0)
           )
      FROM service_usage AS usage
 LEFT JOIN (
               SELECT usage_id, SUM(quantity) AS quantity
                 FROM service_charge
             GROUP BY usage_id
           ) AS charged ON charged.usage_id = usage.id
     WHERE usage.state = 'settled'
       AND COALESCE(charged.quantity, 0) <> CASE
               WHEN usage.is_void OR usage.contract_line_id IS NULL THEN 0
               ELSE usage.quantity
           END
"""

LIVE_CHARGE_IS_ON_LINE = """
    SELECT charge.id, format('usage %s is charged elsewhere', usage.id)
      FROM service_charge AS charge
      JOIN service_usage AS usage ON usage.id = charge.usage_id
     WHERE usage.state = 'settled'
       AND NOT COALESCE(charge.is_reversed, FALSE)
       AND charge.reversed_charge_id IS NULL
       AND (
               usage.is_void
            OR charge.contract_line_id IS DISTINCT FROM usage.contract_line_id
            OR charge.event_at <> usage.event_at
            OR charge.unit <> usage.unit
           )
"""

# A draw belongs to one charge of the same usage; a refund to one reversal.
DRAW_IS_CHARGED = """
    SELECT entry.id, format('%s charges', COUNT(charge.id))
      FROM service_coverage_entry AS entry
 LEFT JOIN service_charge AS charge
        ON charge.entry_id = entry.id
       AND charge.usage_id = entry.usage_id
     WHERE entry.kind IN ('draw', 'reverse')
  GROUP BY entry.id
    HAVING COUNT(charge.id) <> 1
"""

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

WAIVED_CHARGE_SAYS_WHY = """
    SELECT id, 'courtesy without a reason'
      FROM service_charge
     WHERE kind = 'courtesy'
       AND reversed_charge_id IS NULL
       AND (COALESCE(reason, '') = '' OR create_uid IS NULL OR create_date IS NULL)
"""

REVERSED_CHARGE_HAS_REVERSAL = """
    SELECT charge.id, format('reversal %s', COALESCE(reversal.id::text, 'missing'))
      FROM service_charge AS charge
 LEFT JOIN service_charge AS reversal ON reversal.reversed_charge_id = charge.id
     WHERE COALESCE(charge.is_reversed, FALSE) <> (reversal.id IS NOT NULL)
        OR reversal.quantity <> -charge.quantity
        OR reversal.amount <> -charge.amount
        OR reversal.usage_id <> charge.usage_id
        OR reversal.contract_line_id <> charge.contract_line_id
        OR (
               reversal.id IS NOT NULL
           AND (charge.entry_id IS NULL) <> (reversal.entry_id IS NULL)
           )
"""

REVERSED_ENTRY_IS_RETURNED = """
    SELECT reversal.id, format('entry %s', entry.id)
      FROM service_coverage_entry AS reversal
 LEFT JOIN service_coverage_entry AS entry ON entry.id = reversal.reversed_entry_id
     WHERE reversal.kind = 'reverse'
       AND (
               entry.id IS NULL
            OR reversal.quantity <> -entry.quantity
            OR reversal.counter_id <> entry.counter_id
            OR reversal.usage_id IS DISTINCT FROM entry.usage_id
           )
"""

LEDGERS_ARE_GUARDED = """
    SELECT relation.oid::bigint, relation.relname || ' may be changed'
      FROM pg_class AS relation
      JOIN pg_namespace AS namespace
        ON namespace.oid = relation.relnamespace
       AND namespace.nspname = current_schema()
 LEFT JOIN pg_trigger AS guard
        ON guard.tgrelid = relation.oid
       AND guard.tgname = relation.relname || '_append_only'
       AND guard.tgenabled IN ('O', 'A')
     WHERE relation.relname IN (
               'service_coverage_entry', 'service_usage', 'service_charge',
               'service_sla_event', 'service_sla_version'
           )
       AND relation.relkind = 'r'
       AND guard.oid IS NULL
"""

EVENT_IS_RECORDED_ONCE = """
    SELECT MIN(id), format('%s %s: %s times', source, external_key, COUNT(*))
      FROM service_usage
  GROUP BY company_id, source, external_key
    HAVING COUNT(*) > 1
"""

SOURCE_COUNTS_ONCE = """
    SELECT MIN(id),
           format('ticket %s, time %s: %s usages', ticket_id, timesheet_id, COUNT(*))
      FROM service_usage
     WHERE NOT COALESCE(is_void, FALSE)
       AND (
               (source = 'ticket' AND ticket_id IS NOT NULL)
            OR (source = 'timesheet' AND timesheet_id IS NOT NULL)
           )
  GROUP BY source,
           timesheet_id,
           CASE WHEN source = 'ticket' THEN ticket_id END,
           ticket_id
    HAVING COUNT(*) > 1
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

INVARIANTS = (
    Invariant(1, "counter_is_ledger", "service.coverage.counter", COUNTER_IS_LEDGER),
    Invariant(1, "no_overdraw", "service.coverage.counter", NO_OVERDRAW),
    Invariant(1, "draw_is_charged", "service.coverage.entry", DRAW_IS_CHARGED),
    Invariant(2, "usage_is_charged", "service.usage", USAGE_IS_CHARGED),
    Invariant(2, "live_charge_is_on_line", "service.charge", LIVE_CHARGE_IS_ON_LINE),
    Invariant(
        3, "period_is_billed_once", "service.billing.period", PERIOD_IS_BILLED_ONCE
    ),
    Invariant(
        3,
        "period_is_on_one_invoice",
        "service.billing.period",
        PERIOD_IS_ON_ONE_INVOICE,
    ),
    Invariant(
        4,
        "billable_charge_is_on_one_invoice",
        "service.charge",
        BILLABLE_CHARGE_IS_ON_ONE_INVOICE,
    ),
    Invariant(
        4,
        "approved_credit_is_charged",
        "service.sla.credit",
        APPROVED_CREDIT_IS_CHARGED,
    ),
    Invariant(4, "waived_charge_says_why", "service.charge", WAIVED_CHARGE_SAYS_WHY),
    Invariant(
        5,
        "reversed_charge_has_reversal",
        "service.charge",
        REVERSED_CHARGE_HAS_REVERSAL,
    ),
    Invariant(
        5,
        "reversed_entry_is_returned",
        "service.coverage.entry",
        REVERSED_ENTRY_IS_RETURNED,
    ),
    Invariant(5, "ledgers_are_guarded", "ir.model", LEDGERS_ARE_GUARDED),
    Invariant(6, "timer_is_its_time", "service.sla.timer", TIMER_IS_ITS_TIME),
    Invariant(6, "verdict_is_its_time", "service.sla.timer", VERDICT_IS_ITS_TIME),
    Invariant(6, "pause_is_a_fact", "service.sla.timer", PAUSE_IS_A_FACT),
    Invariant(6, "ticket_shows_its_timers", "helpdesk.ticket", TICKET_SHOWS_ITS_TIMERS),
    Invariant(7, "period_is_its_lines", "service.billing.period", PERIOD_IS_ITS_LINES),
    Invariant(
        7, "period_is_within_price", "service.billing.period", PERIOD_IS_WITHIN_PRICE
    ),
    Invariant(
        7,
        "split_period_is_within_price",
        "service.billing.period",
        SPLIT_PERIOD_IS_WITHIN_PRICE,
    ),
    Invariant(8, "event_is_recorded_once", "service.usage", EVENT_IS_RECORDED_ONCE),
    Invariant(8, "source_counts_once", "service.usage", SOURCE_COUNTS_ONCE),
    Invariant(9, "preview_is_billed", "service.billing.run.line", PREVIEW_IS_BILLED),
)
