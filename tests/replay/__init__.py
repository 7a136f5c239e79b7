# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Runs a recorded ticket log through the addon and compares what comes of it.

``log`` reads the folder, ``plan`` derives the contracts: both without a database.
``prepare`` and ``promises`` make the records that the log presupposes, ``player`` plays
the log,
``results`` and ``cases`` read what the database holds afterwards, ``compare`` and
``screen`` compare and show it.
"""
