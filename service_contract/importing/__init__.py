# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From the bytes of a file to contracts, and from reported events to usages.

``parse`` turns bytes into rows of raw cells, ``values`` one cell into one typed value,
``rows`` rows into contracts; none of them reads the database. ``lookup`` finds the
records that the file names, ``build`` makes the contracts, ``spreadsheet`` writes
files that are safe to open. Rate cards take the same way: ``rate_mapping`` says what
the columns of somebody else's list mean, ``rate_rows`` and ``rate_same`` make prices of
rows, ``rate_known`` and ``rate_build`` bring them to the database. ``events`` does for
one reported event what ``values`` does for a cell.
"""

from . import (
    build,
    columns,
    events,
    lookup,
    parse,
    rate_build,
    rate_columns,
    rate_known,
    rate_mapping,
    rate_rows,
    rate_same,
    rows,
    spreadsheet,
    values,
)
