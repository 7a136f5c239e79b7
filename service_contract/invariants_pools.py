# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What must always be true of lots and of what is planned on them.

Each query returns (id, detail) of the rows that break its rule; see ``invariants``.
"""

COUNTER_IS_LEDGER = """
    SELECT counter.id,
           format(
               'granted %s, drawn %s, reserved %s, remaining %s; ledger %s, %s, %s, %s',
               counter.granted, counter.drawn, counter.reserved, counter.remaining,
               COALESCE(ledger.granted, 0),
               COALESCE(ledger.drawn, 0),
               COALESCE(ledger.reserved, 0),
               COALESCE(ledger.remaining, 0)
           )
      FROM service_coverage_counter AS counter
 LEFT JOIN (
               SELECT counter_id,
                      SUM(quantity) FILTER (
                          WHERE kind NOT IN ('draw', 'reverse', 'reserve', 'release')
                      ) AS granted,
                      -SUM(quantity) FILTER (
                          WHERE kind IN ('draw', 'reverse')
                      ) AS drawn,
                      -SUM(quantity) FILTER (
                          WHERE kind IN ('reserve', 'release')
                      ) AS reserved,
                      SUM(quantity) AS remaining
                 FROM service_coverage_entry
             GROUP BY counter_id
           ) AS ledger ON ledger.counter_id = counter.id
     WHERE counter.granted <> COALESCE(ledger.granted, 0)
        OR counter.drawn <> COALESCE(ledger.drawn, 0)
        OR counter.reserved <> COALESCE(ledger.reserved, 0)
        OR counter.remaining <> COALESCE(ledger.remaining, 0)
"""

# Nobody holds units behind a plan that is over, and no plan holds none of a lot's.
RESERVED_IS_PLANNED = """
    SELECT counter.id,
           format('reserved %s, planned %s', counter.reserved, COALESCE(plans.held, 0))
      FROM service_coverage_counter AS counter
 LEFT JOIN (
               SELECT entry.counter_id, -SUM(entry.quantity) AS held
                 FROM service_coverage_entry AS entry
                 JOIN service_coverage_reservation AS plan
                   ON plan.id = entry.reservation_id
                  AND plan.state = 'reserved'
             GROUP BY entry.counter_id
           ) AS plans ON plans.counter_id = counter.id
     WHERE counter.reserved <> COALESCE(plans.held, 0)
"""

RESERVATION_IS_LEDGER = """
    SELECT plan.id,
           format(
               'planned %s, used %s, reserved %s; ledger %s',
               plan.quantity, plan.used, plan.reserved, COALESCE(ledger.held, 0)
           )
      FROM service_coverage_reservation AS plan
 LEFT JOIN (
               SELECT reservation_id, -SUM(quantity) AS held
                 FROM service_coverage_entry
                WHERE kind IN ('reserve', 'release')
             GROUP BY reservation_id
           ) AS ledger ON ledger.reservation_id = plan.id
     WHERE plan.reserved <> COALESCE(ledger.held, 0)
        OR plan.used + plan.reserved > plan.quantity
"""
