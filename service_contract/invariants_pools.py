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

# Work that somebody has approved is left out, and what was drawn before the quota was
# set is no breach of it. A quantity is meant for the lots of a period together.
QUOTA_IS_KEPT = """
    WITH lot AS (
        SELECT quota.id AS quota_id,
               counter.id AS counter_id,
               CASE
                   WHEN quota.kind = 'quantity'
                    AND counter.kind IN ('allotment', 'rollover')
                   THEN 'period ' || counter.period_no
                   ELSE 'lot ' || counter.id
               END AS place,
               CASE
                   WHEN quota.kind = 'quantity' THEN quota.base_quantity
                   ELSE quota.percent * (
                       SELECT COALESCE(SUM(entry.quantity), 0)
                         FROM service_coverage_entry AS entry
                        WHERE entry.counter_id = counter.id
                          AND entry.quantity > 0
                          AND entry.kind NOT IN (
                                  'draw', 'reverse', 'reserve', 'release'
                              )
                   ) / 100
               END AS allowed
          FROM service_coverage_quota AS quota
          JOIN service_coverage_counter AS counter
            ON counter.contract_line_id = quota.contract_line_id
           AND counter.kind IN ('allotment', 'rollover', 'topup')
    )
    SELECT quota.id,
           format(
               '%s: drawn %s of %s',
               lot.place, -SUM(entry.quantity), MAX(lot.allowed)
           )
      FROM service_coverage_quota AS quota
      JOIN lot ON lot.quota_id = quota.id
      JOIN service_coverage_entry AS entry
        ON entry.counter_id = lot.counter_id
       AND entry.kind IN ('draw', 'reverse')
      JOIN service_usage AS usage
        ON usage.id = entry.usage_id
       AND quota.partner_id IN (usage.site_id, usage.partner_id)
       AND usage.ruling IS DISTINCT FROM 'cover'
       AND usage.state = 'settled'
  GROUP BY quota.id, lot.place
    HAVING -SUM(entry.quantity) > GREATEST(
               MAX(lot.allowed),
               -SUM(entry.quantity) FILTER (WHERE entry.id <= quota.since_entry)
           )
"""
