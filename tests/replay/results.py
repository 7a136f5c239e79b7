# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the database holds after the replay, read by plain SQL.

Nothing here looks at the log: counts come from tickets, usages, charges and the ledger,
amounts from the lines of posted invoices. Only the names of customer and tier are those
of the log.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from .cases import read_cases, sum_up_cases
from .effort_results import EFFORT_RECONCILIATION, read_effort

# The columns of a contract, each a query that returns (contract id, value).
CONTRACT_QUERIES = {
    # Tickets that found this contract
    "cases": """
        SELECT service_contract_id, COUNT(*)
          FROM helpdesk_ticket
         WHERE service_contract_id IN %(contracts)s
      GROUP BY service_contract_id
    """,
    # Granted by the ledger
    "promised": """
        SELECT contract_id, SUM(quantity)
          FROM service_coverage_entry
         WHERE contract_id IN %(contracts)s AND kind NOT IN ('draw', 'reverse')
           AND counter_id IN (
                   SELECT id FROM service_coverage_counter WHERE unit = 'case'
               )
      GROUP BY contract_id
    """,
    # Recorded and not withdrawn
    "delivered": """
        SELECT contract_id, SUM(quantity)
          FROM service_usage
         WHERE contract_id IN %(contracts)s AND unit = 'case'
           AND NOT COALESCE(is_void, FALSE)
      GROUP BY contract_id
    """,
    # Drawn by the ledger
    "covered": """
        SELECT contract_id, -SUM(quantity)
          FROM service_coverage_entry
         WHERE contract_id IN %(contracts)s AND kind IN ('draw', 'reverse')
           AND counter_id IN (
                   SELECT id FROM service_coverage_counter WHERE unit = 'case'
               )
      GROUP BY contract_id
    """,
    # On lines of posted invoices, or done with because they cost nothing
    "overage": """
        SELECT charge.contract_id, SUM(charge.quantity)
          FROM service_charge AS charge
     LEFT JOIN account_move_line AS line ON line.id = charge.invoice_line_id
         WHERE charge.contract_id IN %(contracts)s AND charge.kind = 'billable'
           AND charge.unit = 'case'
           AND (line.parent_state = 'posted' OR charge.amount = 0)
      GROUP BY charge.contract_id
    """,
    # Billed on posted invoices, or done with because they cost nothing
    "months": """
        SELECT period.contract_id, COUNT(*)
          FROM service_billing_period AS period
     LEFT JOIN account_move AS move ON move.id = period.move_id
         WHERE period.contract_id IN %(contracts)s AND period.kind = 'recurring'
           AND (period.state = 'skipped'
                OR (period.state = 'billed' AND move.state = 'posted'))
      GROUP BY period.contract_id
    """,
    "recurring": """
        SELECT period.contract_id, SUM(-line.balance)
          FROM account_move_line AS line
          JOIN service_billing_period AS period
            ON period.id = line.service_billing_period_id
         WHERE period.contract_id IN %(contracts)s
           AND period.kind IN ('recurring', 'once')
           AND line.parent_state = 'posted'
      GROUP BY period.contract_id
    """,
    "overage_amount": """
        SELECT period.contract_id, SUM(-line.balance)
          FROM account_move_line AS line
          JOIN service_billing_period AS period
            ON period.id = line.service_billing_period_id
         WHERE period.contract_id IN %(contracts)s
           AND period.kind NOT IN ('recurring', 'once')
           AND period.contract_line_id IN (
                   SELECT id FROM service_contract_line WHERE coverage_type = 'cases'
               )
           AND line.parent_state = 'posted'
      GROUP BY period.contract_id
    """,
    # To bill, and on no posted invoice yet
    "open_amount": """
        SELECT charge.contract_id, SUM(charge.amount)
          FROM service_charge AS charge
     LEFT JOIN account_move_line AS line ON line.id = charge.invoice_line_id
         WHERE charge.contract_id IN %(contracts)s
           AND charge.billing_state IN ('to_invoice', 'invoiced')
           AND COALESCE(line.parent_state, '') <> 'posted'
      GROUP BY charge.contract_id
    """,
}
# Each query returns one row of two numbers that must be the same.
RECONCILIATION = {
    "cases on tickets = cases recorded": """
        SELECT (SELECT COUNT(*) FROM helpdesk_ticket
                 WHERE service_contract_id IN %(contracts)s),
               (SELECT COALESCE(SUM(quantity), 0) FROM service_usage
                 WHERE contract_id IN %(contracts)s AND unit = 'case'
                   AND NOT COALESCE(is_void, FALSE))
    """,
    "recorded = covered + billable + given away + waiting": """
        SELECT (SELECT COALESCE(SUM(quantity), 0) FROM service_usage
                 WHERE contract_id IN %(contracts)s
                   AND NOT COALESCE(is_void, FALSE)),
               (SELECT COALESCE(SUM(quantity), 0) FROM service_charge
                 WHERE contract_id IN %(contracts)s)
    """,
    "covered charges = draws in the ledger": """
        SELECT (SELECT COALESCE(SUM(quantity), 0) FROM service_charge
                 WHERE contract_id IN %(contracts)s AND kind = 'covered'),
               (SELECT COALESCE(-SUM(entry.quantity), 0)
                  FROM service_coverage_entry AS entry
                  JOIN service_coverage_counter AS lot ON lot.id = entry.counter_id
                 WHERE entry.contract_id IN %(contracts)s
                   AND entry.kind IN ('draw', 'reverse')
                   AND lot.kind <> 'courtesy')
    """,
    "promised - drawn = left on the counters": """
        SELECT (SELECT COALESCE(SUM(quantity), 0) FROM service_coverage_entry
                 WHERE contract_id IN %(contracts)s),
               (SELECT COALESCE(SUM(remaining), 0) FROM service_coverage_counter
                 WHERE contract_id IN %(contracts)s)
    """,
    "billable charges = overage on posted invoices": """
        SELECT (SELECT COALESCE(SUM(amount), 0) FROM service_charge
                 WHERE contract_id IN %(contracts)s AND kind = 'billable'),
               (SELECT COALESCE(SUM(-line.balance), 0)
                  FROM account_move_line AS line
                  JOIN service_billing_period AS period
                    ON period.id = line.service_billing_period_id
                 WHERE period.contract_id IN %(contracts)s
                   AND period.kind IN ('overage', 'correction')
                   AND line.parent_state = 'posted')
    """,
    "billing periods = lines of posted invoices": """
        SELECT (SELECT COALESCE(SUM(amount), 0) FROM service_billing_period
                 WHERE contract_id IN %(contracts)s AND state = 'billed'),
               (SELECT COALESCE(SUM(-line.balance), 0)
                  FROM account_move_line AS line
                  JOIN service_billing_period AS period
                    ON period.id = line.service_billing_period_id
                 WHERE period.contract_id IN %(contracts)s
                   AND line.parent_state = 'posted')
    """,
    "lines of posted invoices = totals of the invoices": """
        SELECT (SELECT COALESCE(SUM(-line.balance), 0)
                  FROM account_move_line AS line
                  JOIN service_billing_period AS period
                    ON period.id = line.service_billing_period_id
                 WHERE period.contract_id IN %(contracts)s
                   AND line.parent_state = 'posted'),
               (SELECT COALESCE(SUM(move.amount_untaxed_signed), 0)
                  FROM account_move AS move
                 WHERE move.state = 'posted'
                   AND move.id IN (SELECT move_id FROM service_billing_period
                                    WHERE contract_id IN %(contracts)s))
    """,
    "left to bill = 0": """
        SELECT (SELECT COUNT(*) FROM service_charge
                 WHERE contract_id IN %(contracts)s
                   AND billing_state = 'to_invoice' AND amount <> 0)
             + (SELECT COUNT(*) FROM service_usage
                 WHERE contract_id IN %(contracts)s AND state = 'pending')
             + (SELECT COUNT(*) FROM service_contract_line
                 WHERE contract_id IN %(contracts)s
                   AND next_bill_date IS NOT NULL),
               0
    """,
}


@dataclass(frozen=True, slots=True)
class Results:
    """What the replay left in the database.

    :param contracts: one dict per contract; the keys of ``expected.json`` and more
    :param totals: the keys of ``expected.json``
    :param reconciliation: by name, the two numbers that must agree
    :param invariants: by code, what breaks it: (model, id, detail)
    :param cases: by name, what the clocks of a case say: the keys of ``expected.json``
    :param effort: what became of the work, a dict per customer; see ``effort_results``
    """

    contracts: list[dict]
    totals: dict[str, int]
    reconciliation: dict[str, tuple[Decimal, Decimal]]
    invariants: dict[str, list[tuple[str, int, str]]]
    cases: dict[str, dict] = field(default_factory=dict)
    effort: list[dict] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether the books agree with themselves."""
        return not any(self.invariants.values()) and all(
            left == right for left, right in self.reconciliation.values()
        )


def read_results(env, records, events_played) -> Results:
    """Read everything.

    :param env: of a superuser, in a new transaction
    :param records: see ``prepare``
    :param events_played: calls that the player made
    """
    contracts = _read_contracts(env, records)
    cases = read_cases(env, records)
    return Results(
        contracts=contracts,
        totals={
            **_sum_up(env, records, contracts, events_played),
            **sum_up_cases(cases),
        },
        reconciliation=_reconcile(env, records),
        invariants=_check_invariants(env),
        cases=cases,
        effort=read_effort(env, records),
    )


def _read_contracts(env, records):
    columns = {
        name: dict(_fetch(env, records, query))
        for name, query in CONTRACT_QUERIES.items()
    }
    starts = dict(
        _fetch(
            env,
            records,
            "SELECT id, date_start FROM service_contract WHERE id IN %(contracts)s",
        )
    )
    return [
        {
            "customer": customer,
            "tier": tier,
            "start": starts[id_].isoformat(),
            **{name: _plain(column.get(id_, 0)) for name, column in columns.items()},
        }
        for (customer, tier), id_ in sorted(records.contracts.items())
    ]


def _sum_up(env, records, contracts, events_played):
    def total(name):
        return sum(contract[name] for contract in contracts)

    return {
        "cases": _count_tickets(env, records),
        "events": events_played,
        "billing_contracts": len(contracts),
        "billing_months": total("months"),
        "billing_covered": total("covered"),
        "billing_overage": total("overage"),
        "billing_recurring_cents": to_cents(total("recurring")),
        "billing_overage_cents": to_cents(total("overage_amount")),
    }


def _count_tickets(env, records):
    """Tickets of the log, with a contract or without."""
    env.cr.execute(
        "SELECT COUNT(*) FROM helpdesk_ticket WHERE create_uid = %s", (records.agent,)
    )
    return env.cr.fetchone()[0]


def _reconcile(env, records):
    return {
        name: tuple(
            # Odoo reads numerics as floats; their shortest text is exact again.
            Decimal(str(value))
            for value in next(iter(_fetch(env, records, query)), (0, 0))
        )
        for name, query in {
            **RECONCILIATION,
            **(EFFORT_RECONCILIATION if records.rates else {}),
        }.items()
    }


def _check_invariants(env):
    """Return each invariant with its offenders, also where there is none."""
    # Importable only once Odoo's configuration says where the addons are.
    from odoo.addons.service_contract.invariants import INVARIANTS

    offenders = env["service.contract"]._check_invariants()
    return {
        f"{invariant.number} {invariant.code}": offenders.get(invariant.code, [])
        for invariant in INVARIANTS
    }


def _fetch(env, records, query):
    ids = tuple(records.contracts.values())
    if not ids:
        return []
    env.cr.execute(query, {"contracts": ids})
    return env.cr.fetchall()


def to_cents(amount) -> int:
    """Return an amount in cents; exact, as invoices have no fractions of a cent."""
    return int((Decimal(str(amount)) * 100).to_integral_value())


def _plain(value):
    """Return a number of the database as JSON shows it: 3 and not 3.00."""
    return int(value) if value == int(value) else float(value)
