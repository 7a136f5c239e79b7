# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What became of effort, per customer, by plain SQL."""

# Hours and amounts of the charges less reversals: what the allotment covers, what is
# billed, what was given away, and what nobody has decided about.
EFFORT = """
    SELECT partner.name,
           SUM(charge.quantity) AS seconds,
           SUM(charge.quantity) FILTER (WHERE charge.kind = 'covered') AS covered,
           SUM(charge.quantity) FILTER (WHERE charge.kind = 'billable') AS overage,
           SUM(charge.amount) FILTER (WHERE charge.kind = 'billable') AS billed,
           SUM(charge.quantity) FILTER (WHERE charge.kind = 'courtesy') AS given,
           SUM(charge.amount) FILTER (WHERE charge.kind = 'courtesy') AS given_value,
           SUM(charge.quantity) FILTER (WHERE charge.kind = 'to_approve') AS waiting,
           SUM(charge.amount) FILTER (WHERE charge.kind = 'to_approve')
               AS waiting_value
      FROM service_charge AS charge
      JOIN res_partner AS partner ON partner.id = charge.partner_id
     WHERE charge.contract_id IN %(contracts)s AND charge.unit = 'second'
  GROUP BY partner.name
  ORDER BY partner.name
"""
# Keys of the report, after the name of the customer; the first are seconds.
KEYS = (
    "effort_s",
    "covered_s",
    "overage_s",
    "overage_amount",
    "given_away_s",
    "given_away_value",
    "waiting_s",
    "waiting_value",
)
# Each query returns one row of two numbers that must be the same.
EFFORT_RECONCILIATION = {
    "seconds on timesheets = seconds recorded": """
        SELECT (SELECT COALESCE(SUM(ROUND(line.unit_amount * 3600)), 0)
                  FROM account_analytic_line AS line
                  JOIN helpdesk_ticket AS ticket ON ticket.id = line.ticket_id
                 WHERE ticket.service_contract_id IN %(contracts)s),
               (SELECT COALESCE(SUM(quantity), 0) FROM service_usage
                 WHERE contract_id IN %(contracts)s AND unit = 'second'
                   AND NOT COALESCE(is_void, FALSE))
    """,
    "covered effort = hours drawn in the ledger": """
        SELECT (SELECT COALESCE(SUM(quantity), 0) FROM service_charge
                 WHERE contract_id IN %(contracts)s AND unit = 'second'
                   AND kind = 'covered'),
               (SELECT COALESCE(-SUM(entry.quantity), 0)
                  FROM service_coverage_entry AS entry
                  JOIN service_coverage_counter AS lot ON lot.id = entry.counter_id
                 WHERE entry.contract_id IN %(contracts)s AND lot.unit = 'second'
                   AND entry.kind IN ('draw', 'reverse'))
    """,
    "value given away = drawn from courtesy credits": """
        SELECT (SELECT COALESCE(SUM(amount), 0) FROM service_charge
                 WHERE contract_id IN %(contracts)s AND kind = 'courtesy'),
               (SELECT COALESCE(-SUM(entry.quantity), 0) / 100.0
                  FROM service_coverage_entry AS entry
                  JOIN service_coverage_counter AS lot ON lot.id = entry.counter_id
                 WHERE entry.contract_id IN %(contracts)s AND lot.kind = 'courtesy'
                   AND entry.kind IN ('draw', 'reverse'))
    """,
    "effort beyond the allotment = effort on posted invoices": """
        SELECT (SELECT COALESCE(SUM(amount), 0) FROM service_charge
                 WHERE contract_id IN %(contracts)s AND unit = 'second'
                   AND kind = 'billable'),
               (SELECT COALESCE(SUM(-line.balance), 0)
                  FROM account_move_line AS line
                  JOIN service_billing_period AS period
                    ON period.id = line.service_billing_period_id
                  JOIN service_contract_line AS own
                    ON own.id = period.contract_line_id
                 WHERE period.contract_id IN %(contracts)s AND own.takes_time
                   AND line.parent_state = 'posted')
    """,
}


def read_effort(env, records):
    """Return what became of the work for each customer; nothing where none was played.

    :param records: see ``prepare``
    """
    ids = tuple(records.contracts.values())
    if not (records.rates and ids):
        return []
    env.cr.execute(EFFORT, {"contracts": ids})
    return [
        {"customer": name, **dict(zip(KEYS, map(_plain, values), strict=True))}
        for name, *values in env.cr.fetchall()
    ]


def _plain(value):
    """Return a number of the database as JSON shows it."""
    value = value or 0
    return int(value) if value == int(value) else float(value)
