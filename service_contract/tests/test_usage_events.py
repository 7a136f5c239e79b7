# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reading one reported event: exactly, or with a refusal that says what to write."""

import json
from datetime import datetime
from decimal import Decimal

from odoo.tests import BaseCase

from ..importing.events import fingerprint, read_event, write_quantity
from ..importing.refusal import Refusal

NOW = datetime(2025, 1, 15, 9)
GOOD = {
    "external_key": "crm-1",
    "contract": "SC1",
    "unit": "case",
    "quantity": 1,
    "event_at": "2025-01-15T08:00:00Z",
}


def read(**changes):
    return read_event({**GOOD, **changes}, NOW)


def told(refusal):
    """Return the message as it is written in the source; there are no languages."""
    message = refusal.message
    return message._source % message._args if message._args else message._source


class TestReadEvent(BaseCase):
    def assertRefused(self, column, word, **changes):
        with self.assertRaises(Refusal) as caught:
            read(**changes)
        self.assertEqual(caught.exception.column, column)
        text = told(caught.exception)
        self.assertIn(word, text)
        self.assertLess(len(text), 300)

    def test_quantities_are_exact(self):
        for unit, quantity, base in (
            ("case", 3, 3),
            ("case", "3", 3),
            ("case", 3.0, 3),
            ("visit", "2.000", 2),
            ("hour", 0.1, 360),
            ("hour", "1.5", 5400),
            ("hour", "0.7", 2520),
            ("minute", 7, 420),
            ("minute", "0.05", 3),
            ("second", 1, 1),
            ("piece", "2.5", 2500),
            ("km", 12.3, 12300),
            ("hour", 1_000_000_000, 3_600_000_000_000),
        ):
            with self.subTest(unit=unit, quantity=quantity):
                event = read(unit=unit, quantity=quantity)
                self.assertEqual(event.get_base_quantity(2), base)

    def test_an_amount_is_whole_in_its_currency(self):
        event = read(unit="amount", quantity="12.345")
        self.assertEqual(event.get_base_quantity(3), 12345)
        with self.assertRaises(Refusal) as caught:
            event.get_base_quantity(2)
        self.assertEqual(caught.exception.column, "quantity")
        self.assertEqual(read(unit="amount", quantity="7").get_base_quantity(0), 7)

    def test_quantities_that_are_refused(self):
        for quantity in (
            float("inf"),
            float("-inf"),
            float("nan"),
            1e308,
            -1,
            0,
            "0",
            "-0.5",
            10**4000,
            1_000_000_001,
            1e-320,
        ):
            with self.subTest(quantity=str(quantity)[:20]):
                word = "whole" if quantity == 1e-320 else "out of range"
                self.assertRefused("quantity", word, unit="hour", quantity=quantity)
        for quantity in (
            "1,5",
            "1e3",
            "NaN",
            "Infinity",
            "١٢",
            "0x10",
            "1 000",
            "9" * 13,
            True,
            [1],
            {"a": 1},
        ):
            with self.subTest(quantity=quantity):
                self.assertRefused("quantity", "not a number", quantity=quantity)
        self.assertRefused("quantity", "missing", quantity=None)
        self.assertRefused("quantity", "missing", quantity=" ")
        self.assertRefused("quantity", "whole number of cases", quantity=1.5)
        self.assertRefused(
            "quantity", "whole number of seconds", unit="hour", quantity="0.3333"
        )

    def test_units(self):
        for unit in ("hours", "HOUR", "minor", 5, [], {}):
            with self.subTest(unit=unit):
                self.assertRefused("unit", "not known", unit=unit)
        self.assertRefused("unit", "missing", unit="")

    def test_instants(self):
        for text, zone, instant in (
            ("2025-01-15T08:00:00Z", None, (2025, 1, 15, 8)),
            ("2025-01-15T08:00Z", None, (2025, 1, 15, 8)),
            ("2025-01-15 09:00:00+01:00", None, (2025, 1, 15, 8)),
            ("2025-01-15T09:00-0330", None, (2025, 1, 15, 12, 30)),
            ("2025-01-15T03:00:00.999-0500", None, (2025, 1, 15, 8)),
            ("2025-01-15T09:00:00", "Europe/Rome", (2025, 1, 15, 8)),
            # The offset is said, so the zone is not asked.
            ("2025-01-15T08:00:00Z", "Asia/Tokyo", (2025, 1, 15, 8)),
            ("2024-07-01T09:00:00", "Europe/Rome", (2024, 7, 1, 7)),
            ("2025-01-16T08:59:59Z", None, (2025, 1, 16, 8, 59, 59)),
        ):
            with self.subTest(text=text, zone=zone):
                event = read(event_at=text, tz=zone)
                self.assertEqual(event.event_at, datetime(*instant))

    def test_instants_that_are_refused(self):
        for text, word, zone in (
            ("2025-01-15T08:00:00", "has no offset", None),
            ("2025-01-15", "not an instant", None),
            ("2025-W03-3T08:00Z", "not an instant", None),
            ("20250115T080000Z", "not an instant", None),
            ("2025-02-30T08:00:00Z", "not an instant", None),
            ("2025-01-15T24:00:00Z", "not an instant", None),
            ("2025-01-15T08:00:60Z", "not an instant", None),
            ("2025-01-15T08:00:00+99:00", "not an instant", None),
            ("0001-01-01T00:00:00+14:00", "not an instant", None),
            ("٢٠٢٥-01-15T08:00:00Z", "not an instant", None),
            (1736928000, "not an instant", None),
            ("1969-12-31T23:59:59Z", "not between", None),
            ("0001-01-01T00:00:00Z", "not between", None),
            ("9999-12-31T23:59:59Z", "not between", None),
            ("2025-01-16T09:00:01Z", "not between", None),
            # The hour that there is twice, and the one that there is not.
            ("2024-10-27T02:30:00", "clocks", "Europe/Rome"),
            ("2024-03-31T02:30:00", "clocks", "Europe/Rome"),
        ):
            with self.subTest(text=text, zone=zone):
                self.assertRefused("event_at", word, event_at=text, tz=zone)
        for zone in ("Mars", "Europe", "../../etc/passwd", "/etc", 5, "x" * 5000):
            with self.subTest(zone=zone):
                self.assertRefused("tz", "not a time zone", tz=zone)

    def test_the_end_is_not_before_the_beginning(self):
        self.assertRefused(
            "ended_at", "before the event", ended_at="2025-01-15T07:59:59Z"
        )

    def test_timed_work_is_at_most_a_year(self):
        timed = {
            "unit": "hour",
            "event_at": "2024-01-15T08:00:00Z",
            "ended_at": "2025-01-15T08:00:00Z",
        }
        self.assertEqual(read(**{**timed, "quantity": 8784}).quantity, 8784 * 3600)
        self.assertRefused("quantity", "more than 8784", **timed, quantity=8785)

    def test_timed_work_fits_between_its_beginning_and_its_end(self):
        timed = {
            "unit": "hour",
            "event_at": "2025-01-15T09:00:00+01:00",
            "ended_at": "2025-01-15T10:00:00+01:00",
        }
        for unit, quantity, seconds in (
            ("hour", 1, 3600),
            ("hour", "0.75", 2700),  # a break
            ("second", 3600, 3600),
        ):
            event = read(**{**timed, "unit": unit, "quantity": quantity})
            self.assertEqual(event.quantity, seconds)
        for unit, quantity, seconds in (
            ("hour", 10, 36000),
            ("minute", 61, 3660),
            ("second", 3601, 3601),
        ):
            with self.subTest(unit=unit):
                word = f"is {seconds} seconds, but from event_at to ended_at it is 3600"
                self.assertRefused(
                    "quantity", word, **{**timed, "unit": unit, "quantity": quantity}
                )
        # Between these hours of the clocks there are two.
        timed |= {"event_at": "2024-10-27T02:00:00+02:00"}
        timed |= {"ended_at": "2024-10-27T03:00:00+01:00"}
        self.assertEqual(read(**{**timed, "quantity": 2}).quantity, 7200)
        self.assertRefused("quantity", "is 7200 seconds", **timed, quantity=3)
        # Without an end, it is of the day; and not everything takes time.
        self.assertTrue(read(**{**timed, "ended_at": None, "quantity": 10}))
        self.assertTrue(read(**{**timed, "unit": "case", "quantity": 10**6}))

    def test_texts_that_are_refused(self):
        huge = "x" * 10_000_000
        for column in ("external_key", "contract", "description", "evidence"):
            for text, word in (
                (huge, "10000000 characters long"),
                ("a\0b", "U+0000"),
                ("a\ud800b", "U+D800"),
                (5, "not a text"),
                (["a"], "not a text"),
            ):
                with self.subTest(column=column, word=word):
                    self.assertRefused(column, word, **{column: text})
        self.assertRefused("external_key", "missing", external_key="  ")
        self.assertRefused("external_key", "shorten", external_key="k" * 256)

    def test_something_has_to_name_the_line(self):
        self.assertRefused("contract", "missing", contract=None)
        for line_id in (0, -1, 2**31, True, 1.0, "5"):
            with self.subTest(line_id=line_id):
                self.assertRefused("line_id", "not an id", line_id=line_id)

    def test_what_is_not_an_event(self):
        for given in (None, 5, "x", [GOOD]):
            with self.assertRaises(Refusal):
                read_event(given, NOW)
        self.assertRefused("quanttity", "not known", quanttity=1)
        with self.assertRaises(Refusal) as caught:
            read_event({**GOOD, 5: 1}, NOW)
        self.assertEqual(caught.exception.column, "5")


class TestFingerprint(BaseCase):
    def fingerprint(self, **changes):
        return fingerprint(read(**changes).get_payload())

    def test_the_same_facts_written_otherwise_are_the_same(self):
        first = self.fingerprint(unit="hour", quantity=1.5)
        for changes in (
            {"unit": "minute", "quantity": "90.0"},
            {"unit": "second", "quantity": 5400},
            {
                "unit": "hour",
                "quantity": "1.50",
                "event_at": "2025-01-15T09:00:00+01:00",
            },
            {
                "unit": "hour",
                "quantity": 1.5,
                "event_at": "2025-01-15 09:00",
                "tz": "Europe/Rome",
            },
            {"unit": "hour", "quantity": 1.5, "description": "  "},
            {"unit": "hour", "quantity": 1.5, "contract": " SC1 "},
            {"unit": "hour", "quantity": 1.5, "external_key": "other"},
        ):
            with self.subTest(changes):
                self.assertEqual(self.fingerprint(**changes), first)

    def test_each_fact_counts(self):
        first = self.fingerprint()
        for changes in (
            {"quantity": 2},
            {"unit": "visit"},
            {"event_at": "2025-01-15T08:00:01Z"},
            {"ended_at": "2025-01-15T08:30:00Z"},
            {"contract": "SC2"},
            {"contract_key": "SC1"},
            {"line_id": 7},
            {"ticket": "HT1"},
            {"task_code": "A"},
            {"employee_id": 7},
            {"visit_key": "A"},
            {"description": "A"},
            {"evidence": "A"},
        ):
            with self.subTest(changes):
                self.assertNotEqual(self.fingerprint(**changes), first)

    def test_payload_is_json(self):
        payload = read(description="Ünï\u2028code").get_payload()
        self.assertEqual(json.loads(json.dumps(payload)), payload)


class TestWriteQuantity(BaseCase):
    def test_exact_texts(self):
        for unit, base, places, wanted in (
            ("second", 5400, 2, ("second", "5400")),
            ("minor", 1234, 2, ("amount", "12.34")),
            ("minor", 5, 2, ("amount", "0.05")),
            ("minor", 5, 0, ("amount", "5")),
            ("minor", -1234, 3, ("amount", "-1.234")),
            ("case", 3, 2, ("case", "3")),
            ("piece", 2500, 2, ("piece", "2.500")),
            ("metre", 12300, 2, ("km", "12.300")),
        ):
            with self.subTest(unit=unit, base=base):
                self.assertEqual(write_quantity(unit, base, places), wanted)
        self.assertEqual(Decimal("0.05"), Decimal(write_quantity("minor", 5, 2)[1]))
