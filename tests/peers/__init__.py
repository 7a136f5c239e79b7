# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tests of other products expect, asked of our engine.

``python -m tests.peers FILE…`` runs files of cases; each case has a kind, an
operation, an input and the answer that the other product's own test expects.
"""
