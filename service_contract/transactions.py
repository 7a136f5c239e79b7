# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Work that may lose a race against another transaction, or fail on one record."""

from psycopg2 import OperationalError

from odoo.exceptions import ConcurrencyError

# Another transaction was faster, or the database gives up. What this one has read is
# too old: a savepoint does not help, only a new transaction does.
RACE_LOST = (OperationalError, ConcurrencyError)


def each_alone(records, work, on_error):
    """Do work with records at once; if that fails, with each of them alone.

    Each attempt has its savepoint, so that nothing is half-done and one bad record
    does not hold up the others.

    :param work: function of records
    :param on_error: function of a record that fails alone and of the error; it is
        called where the traceback can still be logged
    :return: the records that failed alone
    :raises OperationalError, ConcurrencyError: see ``RACE_LOST``
    """
    try:
        with records.env.cr.savepoint():
            work(records)
    except RACE_LOST:
        raise
    except Exception as error:  # noqa: BLE001 - told to on_error
        # Anything: it depends on the data of one of the records.
        if len(records) > 1:
            failed = (each_alone(record, work, on_error) for record in records)
            return records.browse().concat(*failed)
        on_error(records, error)
        return records
    return records.browse()
