# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Vocabulary shared by several models."""

COVERAGE_TYPES = [
    ("none", "Nothing (billing only)"),
    ("unlimited", "Unlimited"),
    ("rates", "Nothing, all at rates"),
    ("cases", "Cases"),
    ("hours", "Hours"),
    ("visits", "Visits"),
    ("amount", "Amount"),
]
# Coverage types that are counted, and the unit of usage that draws them directly.
UNIT_OF_COVERAGE = {
    "cases": "case",
    "hours": "second",
    "visits": "visit",
    "amount": "minor",
}
UNITS = [
    ("case", "Cases"),
    ("second", "Hours"),
    ("visit", "Visits"),
    ("minor", "Amount"),
    ("piece", "Pieces"),
    ("metre", "Kilometres"),
]
# How numbers are written in a file that somebody imports
DECIMAL_MARKS = [("auto", "Detect"), ("dot", "1234.56"), ("comma", "1234,56")]
SECONDS_PER_HOUR = 3600
# How the quantities of a unit are shown, see ``tools.format_units``.
COVERAGE_OF_UNIT = {
    **{unit: coverage for coverage, unit in UNIT_OF_COVERAGE.items()},
    "piece": "pieces",
    "metre": "kilometres",
}
# Base units of one unit as people count it, where it is not one; of amounts it depends
# on the currency.
BASE_PER_SHOWN = {"second": SECONDS_PER_HOUR, "piece": 1000, "metre": 1000}
# Hours, visits, pieces … of one delivered thing: more is a slip, and so are more hours
# of work whose start is known.
MAX_DELIVERED = 10**9
MAX_TIMED_HOURS = 366 * 24
CONTRACT_STATES = [
    ("draft", "Draft"),
    ("invoiced", "Invoiced"),
    ("active", "Active"),
    ("on_hold", "On hold"),
    ("expired", "Expired"),
    ("cancelled", "Cancelled"),
]
# Rows stop taking turns in a batch after a failure: 2, 4, 8 … minutes, at most this.
MAX_BACKOFF_MINUTES = 360
