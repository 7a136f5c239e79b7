# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Pure calculations of service contracts: values in, values out.

Modules here import the standard library and dateutil only. They never read the
clock, the database or the user's settings: today, time zones and rules are
arguments, so that a preview and the real run cannot differ.
"""
