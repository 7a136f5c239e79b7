# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Runs a recorded ticket log through the addon and compares the totals.

``log`` reads the folder, ``plan`` derives the contracts: both without a database.
``prepare`` makes the records that the log presupposes, ``player`` plays the log,
``results`` reads what the database holds afterwards, ``compare`` and ``screen``
compare and show it.
"""
