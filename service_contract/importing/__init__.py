# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From the bytes of a file to contracts, and from reported events to usages.

``parse`` turns bytes into rows of raw cells, ``values`` one cell into one typed value,
``rows`` rows into contracts; none of them reads the database. ``lookup`` finds the
records that the file names, ``build`` makes the contracts, ``spreadsheet`` writes
files that are safe to open. ``events`` does for one reported event what ``values``
does for a cell.
"""

from . import build, columns, events, lookup, parse, rows, spreadsheet, values
