# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What must always be true of the books, as plain SQL.

Each query returns the rows that break its rule, as (id, detail); no rows is good.
The same queries are run by the tests, by the replay of a log and by an administrator
(``env["service.contract"]._check_invariants()``). They read committed data only
through tables, not through the code they judge.
"""

from dataclasses import dataclass

from odoo.tools import LazyTranslate
from odoo.tools.translate import LazyGettext

from .invariants_billing import (
    APPROVED_CREDIT_IS_CHARGED,
    BILLABLE_CHARGE_IS_ON_ONE_INVOICE,
    GIVEN_CHARGE_IS_SHOWN_FOR_NOTHING,
    PERIOD_IS_BILLED_ONCE,
    PERIOD_IS_ITS_LINES,
    PERIOD_IS_ON_ONE_INVOICE,
    PERIOD_IS_WITHIN_PRICE,
    PREVIEW_IS_BILLED,
    SPLIT_PERIOD_IS_WITHIN_PRICE,
)
from .invariants_pools import (
    COUNTER_IS_LEDGER,
    QUOTA_IS_KEPT,
    RESERVATION_IS_LEDGER,
    RESERVED_IS_PLANNED,
)
from .invariants_sla import (
    PAUSE_IS_A_FACT,
    TICKET_SHOWS_ITS_TIMERS,
    TIMER_IS_ITS_TIME,
    VERDICT_IS_ITS_TIME,
)

_lt = LazyTranslate(__name__)


@dataclass(frozen=True, slots=True)
class Invariant:
    """One rule of the books.

    :param number: of the rule in the architecture document
    :param code: short name
    :param model: model of the ids that the query returns
    :param query: SQL that returns (id, detail) of each offending row
    :param label: the rule in words
    """

    number: int
    code: str
    model: str
    query: str
    label: LazyGettext


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
            OR charge.event_at <> COALESCE(charge.started_at, usage.event_at)
            OR charge.started_at < usage.event_at
            OR charge.started_at >= usage.ended_at
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

# Who draws goodwill gives something away; nothing else does.
COURTESY_IS_ONE_LOT = """
    SELECT courtesy.id,
           format('%s, %s lots, %s', courtesy.state, COUNT(counter.id),
                  STRING_AGG(DISTINCT charge.kind, ', '))
      FROM service_courtesy AS courtesy
 LEFT JOIN service_coverage_counter AS counter ON counter.courtesy_id = courtesy.id
 LEFT JOIN service_coverage_entry AS entry ON entry.counter_id = counter.id
 LEFT JOIN service_charge AS charge ON charge.entry_id = entry.id
  GROUP BY courtesy.id
    HAVING COUNT(DISTINCT counter.id) <> CASE
               WHEN courtesy.granted_at IS NULL THEN 0
               ELSE 1
           END
        OR BOOL_OR(charge.kind <> 'courtesy')
        OR BOOL_OR(
               counter.contract_line_id <> courtesy.contract_line_id
            OR counter.unit <> courtesy.unit
           )
"""

WAIVED_CHARGE_SAYS_WHY = """
    SELECT id, 'courtesy without a reason'
      FROM service_charge
     WHERE kind = 'courtesy'
       AND reversed_charge_id IS NULL
       AND (COALESCE(reason, '') = '' OR create_uid IS NULL OR create_date IS NULL)
"""

# Nobody works outside of what was agreed for nothing, or for money, unasked.
EXTRA_WORK_IS_AGREED = """
    SELECT charge.id, format('%s without a decision', charge.kind)
      FROM service_charge AS charge
      JOIN service_usage AS usage ON usage.id = charge.usage_id
     WHERE charge.kind IN ('billable', 'courtesy', 'covered')
       AND NOT COALESCE(charge.is_reversed, FALSE)
       AND charge.reversed_charge_id IS NULL
       AND (
               charge.explanation @> '[{"code": "excluded_task"}]'
            OR charge.explanation @> '[{"code": "task_not_included"}]'
           )
       AND usage.ruling IS NULL
       AND NOT COALESCE(charge.is_decided, FALSE)
"""

DECISION_IS_ON_RECORD = """
    SELECT id, format('%s, decided at %s', state, COALESCE(decided_at::text, '-'))
      FROM service_approval
     WHERE (state = 'pending') <> (decided_at IS NULL)
        OR (state = 'approved' AND COALESCE(decision, '') = '')
        OR decided_at < requested_at
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

INVARIANTS = (
    Invariant(
        1,
        "counter_is_ledger",
        "service.coverage.counter",
        COUNTER_IS_LEDGER,
        _lt("A counter is the sum of its ledger."),
    ),
    Invariant(
        1,
        "reserved_is_planned",
        "service.coverage.counter",
        RESERVED_IS_PLANNED,
        _lt("What a counter reserves is held by visits to come."),
    ),
    Invariant(
        1,
        "reservation_is_ledger",
        "service.coverage.reservation",
        RESERVATION_IS_LEDGER,
        _lt("What a planned visit holds is the sum of its ledger entries."),
    ),
    Invariant(
        1,
        "quota_is_kept",
        "service.coverage.quota",
        QUOTA_IS_KEPT,
        _lt("Nothing is covered beyond a quota without an approval."),
    ),
    Invariant(
        1,
        "no_overdraw",
        "service.coverage.counter",
        NO_OVERDRAW,
        _lt("A counter is not below zero unless its line allows it."),
    ),
    Invariant(
        1,
        "draw_is_charged",
        "service.coverage.entry",
        DRAW_IS_CHARGED,
        _lt("A draw in the ledger belongs to one charge."),
    ),
    Invariant(
        1,
        "courtesy_is_one_lot",
        "service.courtesy",
        COURTESY_IS_ONE_LOT,
        _lt("A courtesy that was granted is one lot, which pays for courtesies alone."),
    ),
    Invariant(
        2,
        "usage_is_charged",
        "service.usage",
        USAGE_IS_CHARGED,
        _lt("The charges of a usage sum to what was delivered."),
    ),
    Invariant(
        2,
        "live_charge_is_on_line",
        "service.charge",
        LIVE_CHARGE_IS_ON_LINE,
        _lt("A charge is on the line of its usage."),
    ),
    Invariant(
        3,
        "period_is_billed_once",
        "service.billing.period",
        PERIOD_IS_BILLED_ONCE,
        _lt("A period of a line is billed once."),
    ),
    Invariant(
        3,
        "period_is_on_one_invoice",
        "service.billing.period",
        PERIOD_IS_ON_ONE_INVOICE,
        _lt("A billed period is on one invoice."),
    ),
    Invariant(
        4,
        "billable_charge_is_on_one_invoice",
        "service.charge",
        BILLABLE_CHARGE_IS_ON_ONE_INVOICE,
        _lt("A billable charge is on one invoice line."),
    ),
    Invariant(
        4,
        "given_charge_is_shown_for_nothing",
        "service.charge",
        GIVEN_CHARGE_IS_SHOWN_FOR_NOTHING,
        _lt("What was given away is on one invoice line at most, for nothing."),
    ),
    Invariant(
        4,
        "approved_credit_is_charged",
        "service.sla.credit",
        APPROVED_CREDIT_IS_CHARGED,
        _lt("Each approved SLA credit is one charge, and no other one is."),
    ),
    Invariant(
        4,
        "waived_charge_says_why",
        "service.charge",
        WAIVED_CHARGE_SAYS_WHY,
        _lt("A charge that was given away says why."),
    ),
    Invariant(
        4,
        "extra_work_is_agreed",
        "service.charge",
        EXTRA_WORK_IS_AGREED,
        _lt("Work out of scope is billed, covered or given away by a decision only."),
    ),
    Invariant(
        4,
        "decision_is_on_record",
        "service.approval",
        DECISION_IS_ON_RECORD,
        _lt("A request that is decided says what was decided, and when."),
    ),
    Invariant(
        5,
        "reversed_charge_has_reversal",
        "service.charge",
        REVERSED_CHARGE_HAS_REVERSAL,
        _lt("A reversed charge has its reversal."),
    ),
    Invariant(
        5,
        "reversed_entry_is_returned",
        "service.coverage.entry",
        REVERSED_ENTRY_IS_RETURNED,
        _lt("A reversal returns what was drawn."),
    ),
    Invariant(
        5,
        "ledgers_are_guarded",
        "ir.model",
        LEDGERS_ARE_GUARDED,
        _lt("The database refuses changes of the ledgers."),
    ),
    Invariant(
        6,
        "timer_is_its_time",
        "service.sla.timer",
        TIMER_IS_ITS_TIME,
        _lt("The seconds of an SLA timer add up to its time from start to stop."),
    ),
    Invariant(
        6,
        "verdict_is_its_time",
        "service.sla.timer",
        VERDICT_IS_ITS_TIME,
        _lt("An SLA timer is missed if, and only if, its time was used up."),
    ),
    Invariant(
        6,
        "pause_is_a_fact",
        "service.sla.timer",
        PAUSE_IS_A_FACT,
        _lt("What an SLA timer was paused is in the pauses of its ticket."),
    ),
    Invariant(
        6,
        "ticket_shows_its_timers",
        "helpdesk.ticket",
        TICKET_SHOWS_ITS_TIMERS,
        _lt("A ticket shows the earliest deadline of its running timers."),
    ),
    Invariant(
        7,
        "period_is_its_lines",
        "service.billing.period",
        PERIOD_IS_ITS_LINES,
        _lt("The price of a period is what its invoice line says."),
    ),
    Invariant(
        7,
        "period_is_within_price",
        "service.billing.period",
        PERIOD_IS_WITHIN_PRICE,
        _lt("A part of a period costs no more than the whole."),
    ),
    Invariant(
        7,
        "split_period_is_within_price",
        "service.billing.period",
        SPLIT_PERIOD_IS_WITHIN_PRICE,
        _lt("The parts of a period on two lines cost no more than the whole."),
    ),
    Invariant(
        8,
        "event_is_recorded_once",
        "service.usage",
        EVENT_IS_RECORDED_ONCE,
        _lt("An event is recorded once."),
    ),
    Invariant(
        8,
        "source_counts_once",
        "service.usage",
        SOURCE_COUNTS_ONCE,
        _lt("A ticket or time entry counts once."),
    ),
    Invariant(
        9,
        "preview_is_billed",
        "service.billing.run.line",
        PREVIEW_IS_BILLED,
        _lt("A billing run bills what its preview shows, or marks it as changed."),
    ),
)
