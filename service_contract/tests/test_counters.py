# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from datetime import date, datetime

from psycopg2 import errors

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import ServiceContractCommon

HOUR = 3600


class CountersCommon(ServiceContractCommon):
    def lots(self, line, kind="allotment"):
        return (
            line.sudo()
            .counter_ids.filtered(lambda lot: lot.kind == kind)
            .sorted("period_no")
        )

    def open_lots(self, line, instant):
        line.sudo()._open_lots(datetime.fromisoformat(instant))
        return self.lots(line)

    def draw(self, line, quantity, event_at, unit="case", key=None):
        """Deliver something on a line; return the usage."""
        self.number = getattr(self, "number", 0) + 1
        return self.env["service.usage"]._capture(
            [
                {
                    "company_id": line.company_id.id,
                    "source": "api",
                    "external_key": key or f"event {line.id} {self.number}",
                    "unit": unit,
                    "quantity": quantity,
                    "event_at": datetime.fromisoformat(event_at),
                    "contract_line_id": line.id,
                }
            ]
        )

    def tearDown(self):
        self.assertEqual(self.env["service.contract"]._check_invariants(), {})
        super().tearDown()


@tagged("post_install", "-at_install")
class TestGrants(CountersCommon):
    """Each period of a line grants its allotment at local midnight, once."""

    def test_each_coverage_type_and_period(self):
        base = {"cases": 6, "visits": 6, "hours": 6 * HOUR, "amount": 600}
        ends = {
            "month": "2025-01-31 23:00:00",
            "quarter": "2025-03-31 22:00:00",
            "half_year": "2025-06-30 22:00:00",
            "year": "2025-12-31 23:00:00",
            "term": "2026-06-30 22:00:00",
        }
        for coverage, granted in base.items():
            for period, end in ends.items():
                with self.subTest(coverage=coverage, period=period):
                    line = self.make_contract(
                        [self.line_values(coverage, 6, coverage_period=period)],
                        date_end=date(2026, 6, 30),
                    ).line_ids
                    lot = self.lots(line)
                    self.assertEqual(lot.granted, granted)
                    self.assertEqual(lot.remaining, granted)
                    self.assertEqual(lot.valid_from, datetime(2024, 12, 31, 23))
                    self.assertEqual(lot.valid_to, datetime.fromisoformat(end))
                    self.assertEqual(lot.entry_ids.mapped("kind"), ["grant"])

    def test_uncounted_lines_have_no_counter(self):
        for coverage in ("none", "unlimited"):
            line = self.make_contract([self.line_values(coverage, 0)]).line_ids
            self.assertFalse(self.lots(line))
            self.assertFalse(line.next_lot_at)

    def test_open_end_of_a_term_allotment(self):
        line = self.make_contract(
            [self.line_values(coverage_period="term")], date_end=False
        ).line_ids
        self.assertFalse(self.lots(line).valid_to)

    def test_periods_are_half_open_at_local_midnight(self):
        line = self.make_contract().line_ids
        january, february = self.open_lots(line, "2025-02-15 00:00:00")
        self.assertEqual(january.valid_to, february.valid_from)
        self.draw(line, 1, "2025-01-31 22:59:59")
        self.draw(line, 1, "2025-01-31 23:00:00")
        self.assertEqual((january.drawn, february.drawn), (1, 1))

    def test_anchor_of_the_line(self):
        """31 January, 28 February, 31 March: the anchor comes back."""
        line = self.make_contract(date_start=date(2025, 1, 31)).line_ids
        days = [
            line.contract_id._local_day(lot.valid_from)
            for lot in self.open_lots(line, "2025-04-30 12:00:00")
        ]
        self.assertEqual(
            days,
            [
                date(2025, 1, 31),
                date(2025, 2, 28),
                date(2025, 3, 31),
                date(2025, 4, 30),
            ],
        )

    def test_last_period_ends_with_the_contract(self):
        line = self.make_contract(date_end=date(2025, 2, 10)).line_ids
        lots = self.open_lots(line, "2025-03-31 00:00:00")
        self.assertEqual(lots[-1].valid_to, datetime(2025, 2, 10, 23))
        self.assertEqual(len(lots), 2)
        self.assertFalse(line.next_lot_at)

    def test_missed_runs_grant_every_period_once(self):
        line = self.make_contract().line_ids
        for _run in range(2):
            self.run_cron(
                "service.contract.line", "_cron_open_lots", "2025-05-10 00:00:00"
            )
        self.assertEqual(self.lots(line).mapped("period_no"), [0, 1, 2, 3, 4])
        self.assertEqual(line.next_lot_at, datetime(2025, 5, 31, 22))

    def test_nothing_is_granted_before_the_start(self):
        contract = self.make_contract(date_start=date(2025, 3, 1))
        self.run_cron("service.contract.line", "_cron_open_lots", "2025-02-28 22:59:59")
        self.assertFalse(self.lots(contract.line_ids))
        self.run_cron("service.contract.line", "_cron_open_lots", "2025-02-28 23:00:00")
        self.assertEqual(len(self.lots(contract.line_ids)), 1)

    def test_many_lines_in_small_batches(self):
        lines = self.env["service.contract.line"].union(
            *(self.make_contract().line_ids for _number in range(5))
        )
        self.run_cron(
            "service.contract.line", "_cron_open_lots", "2025-02-10 00:00:00", limit=2
        )
        self.assertEqual([len(self.lots(line)) for line in lines], [2] * 5)

    def test_first_draw_of_a_period_opens_its_lot(self):
        line = self.make_contract().line_ids
        self.draw(line, 1, "2025-03-10 09:00:00")
        self.assertEqual(self.lots(line).mapped("drawn"), [0, 0, 1])

    def test_nothing_granted_is_used_up(self):
        line = self.make_contract([self.line_values("cases", 0)]).line_ids
        self.assertEqual(line.coverage_level, "used_up")
        self.assertEqual(line.coverage_percent, 0)


@tagged("post_install", "-at_install")
class TestRollover(CountersCommon):
    """Unused units lapse, or are carried over with an end of their own."""

    def make_line(self, policy, **values):
        return self.make_contract(
            [self.line_values(rollover_policy=policy, **values)]
        ).line_ids

    def test_none(self):
        line = self.make_line("none")
        self.draw(line, 2, "2025-01-10 09:00:00")
        self.open_lots(line, "2025-02-10 00:00:00")
        self.assertFalse(self.lots(line, "rollover"))
        self.assertEqual(self.lots(line).mapped("remaining"), [3, 5])

    def test_all(self):
        line = self.make_line("all")
        self.draw(line, 2, "2025-01-10 09:00:00")
        self.open_lots(line, "2025-02-10 00:00:00")
        carried = self.lots(line, "rollover")
        self.assertEqual(self.lots(line).mapped("remaining"), [0, 5])
        self.assertEqual(carried.remaining, 3)
        self.assertEqual(carried.valid_from, datetime(2025, 1, 31, 23))
        self.assertEqual(carried.valid_to, datetime(2025, 2, 28, 23))
        self.assertEqual(self.at(line, "2025-02-10 00:00:00").remaining_quantity, 8)

    def test_capped(self):
        line = self.make_line("capped", rollover_cap=2)
        self.open_lots(line, "2025-02-10 00:00:00")
        self.assertEqual(self.lots(line, "rollover").remaining, 2)
        self.assertEqual(self.lots(line).mapped("remaining"), [3, 5])

    def test_cap_of_hours_is_in_hours(self):
        line = self.make_contract(
            [self.line_values("hours", 10, rollover_policy="capped", rollover_cap=1.5)]
        ).line_ids
        self.open_lots(line, "2025-02-10 00:00:00")
        self.assertEqual(self.lots(line, "rollover").remaining, 1.5 * HOUR)

    def test_carried_units_are_drawn_first_and_lapse(self):
        line = self.make_line("all")
        self.open_lots(line, "2025-02-10 00:00:00")
        carried = self.lots(line, "rollover")
        self.draw(line, 4, "2025-02-15 09:00:00")
        self.assertEqual(carried.remaining, 1)
        self.open_lots(line, "2025-03-10 00:00:00")
        march = self.lots(line, "rollover")[-1]
        self.assertEqual(march.remaining, 5, "The one that was carried lapsed.")
        self.assertEqual(carried.remaining, 1)

    def test_carried_for_several_periods(self):
        line = self.make_line("all", rollover_periods=2)
        self.open_lots(line, "2025-03-10 00:00:00")
        first, second = self.lots(line, "rollover")
        self.assertEqual(first.valid_to, datetime(2025, 3, 31, 22))
        self.assertEqual(second.valid_to, datetime(2025, 4, 30, 22))
        self.assertEqual(self.at(line, "2025-03-10 00:00:00").remaining_quantity, 15)

    def test_carried_to_the_end_of_the_contract(self):
        line = self.make_line("all", rollover_periods=0)
        self.open_lots(line, "2025-02-10 00:00:00")
        self.assertEqual(
            self.lots(line, "rollover").valid_to, datetime(2025, 12, 31, 23)
        )

    def test_several_idle_periods_at_once(self):
        """As if the scheduled action had run each month."""
        missed = self.make_line("capped", rollover_cap=3, rollover_periods=2)
        steady = self.make_line("capped", rollover_cap=3, rollover_periods=2)
        self.open_lots(missed, "2025-06-10 00:00:00")
        for month in range(1, 7):
            self.open_lots(steady, f"2025-{month:02d}-10 00:00:00")
        for kind in ("allotment", "rollover"):
            self.assertEqual(
                [
                    (lot.period_no, lot.granted, lot.remaining, lot.valid_to)
                    for lot in self.lots(missed, kind)
                ],
                [
                    (lot.period_no, lot.granted, lot.remaining, lot.valid_to)
                    for lot in self.lots(steady, kind)
                ],
            )

    def test_late_work_draws_what_was_carried_out_of_its_period(self):
        line = self.make_line("all")
        self.draw(line, 2, "2025-01-10 09:00:00")
        self.open_lots(line, "2025-02-10 00:00:00")
        usage = self.draw(line, 4, "2025-01-31 09:00:00")
        self.assertEqual(self.lots(line, "rollover").remaining, 0)
        self.assertEqual(self.lots(line).mapped("remaining"), [0, 5])
        self.assertEqual(
            sorted((charge.kind, charge.quantity) for charge in usage.charge_ids),
            [("billable", 1), ("covered", 3)],
        )

    def test_what_was_carried_is_not_drawn_by_older_work(self):
        line = self.make_line("all", rollover_periods=0)
        self.open_lots(line, "2025-03-10 00:00:00")
        february, march = self.lots(line, "rollover")
        self.draw(line, 7, "2025-01-20 09:00:00")
        self.assertEqual((february.remaining, march.remaining), (0, 5))

    def test_reversed_work_returns_to_the_lot_it_came_from(self):
        line = self.make_line("all")
        usage = self.draw(line, 2, "2025-01-10 09:00:00")
        self.open_lots(line, "2025-02-10 00:00:00")
        usage._redirect(None)
        usage._settle()
        self.assertEqual(self.lots(line).mapped("remaining"), [2, 5])
        self.assertEqual(self.lots(line, "rollover").remaining, 3)


@tagged("post_install", "-at_install")
class TestLedger(CountersCommon):
    """The balance is the ledger; neither can be changed behind its back."""

    def setUp(self):
        super().setUp()
        self.line = self.make_contract().line_ids
        self.usage = self.draw(self.line, 2, "2025-01-10 09:00:00")
        self.lot = self.lots(self.line)
        self.env.flush_all()

    def refused(self, query, *args, error=errors.CheckViolation):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(error),
            self.cr.savepoint(),
        ):
            self.cr.execute(SQL(query, *args))

    def test_remaining_is_the_sum_of_the_ledger(self):
        self.lot._adjust(3, "Goodwill")
        self.assertEqual(sum(self.lot.entry_ids.mapped("quantity")), 6)
        self.assertEqual(self.lot.remaining, 6)
        self.assertEqual((self.lot.granted, self.lot.drawn), (8, 2))

    def test_every_change_raises_the_version(self):
        version = self.lot.version
        self.lot._adjust(3, "Goodwill")
        self.draw(self.line, 1, "2025-01-11 09:00:00")
        self.assertEqual(self.lot.version, version + 2)

    def test_adjustment_needs_a_reason(self):
        for reason in (None, "", "  "):
            with self.subTest(reason), self.assertRaisesRegex(UserError, "reason"):
                self.lot._adjust(1, reason)
        self.assertEqual(self.lot._adjust(1, "Goodwill").reason, "Goodwill")

    def test_adjustment_takes_no_more_than_is_left(self):
        with self.assertRaisesRegex(ValidationError, "3 are left"):
            self.lot._adjust(-4, "Too much")
        self.lot._adjust(-3, "All of it")
        self.assertEqual(self.lot.remaining, 0)

    def test_negative_policy_goes_below_zero(self):
        line = self.make_contract(
            [self.line_values(exhaustion_policy="negative")]
        ).line_ids
        usage = self.draw(line, 8, "2025-01-10 09:00:00")
        self.assertEqual(self.lots(line).remaining, -3)
        self.assertEqual(set(usage.charge_ids.mapped("kind")), {"covered"})

    def test_checks_of_the_database(self):
        for changes in (
            "drawn = 9",
            "remaining = 9",
            "drawn = 9, remaining = granted - 9",
            "drawn = -1, remaining = granted + 1",
            "granted = -1, remaining = -3, can_overdraw = TRUE",
            "reserved = -1, remaining = granted - drawn + 1",
        ):
            with self.subTest(changes):
                self.refused(
                    f"UPDATE service_coverage_counter SET {changes} WHERE id = %s",
                    self.lot.id,
                )

    def test_period_is_granted_once(self):
        self.refused(
            "INSERT INTO service_coverage_counter (contract_line_id, unit, kind,"
            " period_no, valid_from, granted, drawn, reserved, remaining, version)"
            " SELECT contract_line_id, unit, kind, period_no, valid_from, 0, 0, 0, 0, 0"
            " FROM service_coverage_counter WHERE id = %s",
            self.lot.id,
            error=errors.UniqueViolation,
        )

    def test_triggers_refuse_updates_and_deletes(self):
        entry, charge = self.lot.entry_ids[0], self.usage.charge_ids
        for record, column, value in (
            (entry, "quantity", 1),
            (entry, "kind", "adjust"),
            (entry, "counter_id", None),
            (entry, "event_at", datetime(2025, 1, 1)),
            (charge, "quantity", 1),
            (charge, "amount", 1),
            (charge, "kind", "courtesy"),
            (charge, "entry_id", None),
            (self.usage, "quantity", 1),
            (self.usage, "event_at", datetime(2025, 1, 1)),
            (self.usage, "external_key", "another"),
        ):
            with self.subTest(f"{record}.{column}"):
                self.refused(
                    "UPDATE %s SET %s = %s WHERE id = %s",
                    SQL.identifier(record._table),
                    SQL.identifier(column),
                    value,
                    record.id,
                    error=errors.RestrictViolation,
                )
        for record in (entry, charge, self.usage):
            with self.subTest(f"delete {record}"):
                self.refused(
                    "DELETE FROM %s WHERE id = %s",
                    SQL.identifier(record._table),
                    record.id,
                    error=errors.RestrictViolation,
                )

    def test_ledger_is_not_unlinked(self):
        records = (self.lot.entry_ids, self.usage.charge_ids, self.usage, self.lot)
        for record in records:
            with self.subTest(record), self.assertRaises(UserError):
                record.sudo().unlink()

    def test_entry_is_reversed_once(self):
        self.draw(self.line, 2, "2025-01-10 09:00:00")
        entry = self.usage.charge_ids.entry_id
        values = {
            "counter_id": self.lot.id,
            "kind": "reverse",
            "quantity": 2,
            "event_at": entry.event_at,
            "usage_id": self.usage.id,
            "reversed_entry_id": entry.id,
        }
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            self.lot._post_entries([values])
            self.lot._post_entries([values])
            self.env.flush_all()

    def test_balance_is_read_fresh_after_a_draw(self):
        """The balance is written by SQL; what was read before is forgotten."""
        self.assertEqual((self.lot.remaining, self.line.remaining_quantity), (3, 3))
        self.draw(self.line, 2, "2025-01-12 09:00:00")
        self.assertEqual((self.lot.remaining, self.line.remaining_quantity), (1, 1))
        self.assertEqual(self.line.coverage_level, "nearly")
        self.draw(self.line, 1, "2025-01-12 09:00:00")
        self.assertEqual(self.line.coverage_level, "used_up")
        self.assertEqual(len(self.line.contract_id.usage_ids), 3)

    def test_no_query_grows_with_the_ledger(self):
        """Balances are stored: two entries or two hundred, they cost the same."""

        def count_queries():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            line = self.line.with_user(self.user_contract)
            self.assertTrue(line.coverage_text and line.contract_id.coverage_text)
            return self.cr.sql_log_count - before

        count_queries()
        few = count_queries()
        for number in range(100):
            self.lot._adjust(1 if number % 2 else -1, "Back and forth")
        self.assertEqual(count_queries(), few)


@tagged("post_install", "-at_install")
class TestShownQuantities(CountersCommon):
    """Base units as people read them."""

    def test_balance_in_words(self):
        for coverage, quantity, used, unit, text in (
            ("cases", 5, 2, "case", "2 of 5 cases used"),
            ("visits", 5, 2, "visit", "2 of 5 visits used"),
            ("hours", 10, 2.5 * HOUR, "second", "2:30 of 10:00 h used"),
        ):
            with self.subTest(coverage):
                line = self.make_contract(
                    [self.line_values(coverage, quantity)]
                ).line_ids
                self.draw(line, int(used), "2025-01-10 09:00:00", unit)
                self.assertIn(text, line.coverage_text)

    def test_sums_of_reports_equal_the_records(self):
        lines = self.make_contract(
            [self.line_values("hours", 10), self.line_values("amount", 99.5)]
        ).line_ids
        self.draw(lines[0], 5400, "2025-01-10 09:00:00", "second")
        lots = lines.sudo().counter_ids
        for name in ("granted_quantity", "used_quantity", "remaining_quantity"):
            ((total,),) = lots._read_group(
                [("id", "in", lots.ids)], [], [f"{name}:sum"]
            )
            self.assertAlmostEqual(total, sum(lots.mapped(name)), msg=name)
        self.assertEqual(sum(lots.mapped("granted_quantity")), 109.5)
