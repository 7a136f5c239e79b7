# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Vocabulary shared by several models."""

COVERAGE_TYPES = [
    ("none", "Nothing (billing only)"),
    ("unlimited", "Unlimited"),
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
]
SECONDS_PER_HOUR = 3600
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
