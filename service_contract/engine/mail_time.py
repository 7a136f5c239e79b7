# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When was a mail written, as far as its headers can be believed?

A mail may wait for hours until it is fetched. What the customer wrote counts from when
he sent it; what one of us answers counts from when our mail server got it, since the
clock of one's own PC is easily wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

# Mail servers try for five days at most (RFC 5321, 4.5.4.1); what is older was not on
# its way, but in a folder.
MAX_AGE = timedelta(days=5)


def parse_date(text: str | None) -> datetime | None:
    """Return the instant of a Date header (naive UTC, whole seconds), None if there is
    none in it. Without a zone it is UTC."""
    try:
        at = parsedate_to_datetime(str(text))
        if at.tzinfo is not None:
            at = at.astimezone(timezone.utc).replace(tzinfo=None)
    except (IndexError, OverflowError, TypeError, ValueError):
        return None  # anything may stand there
    return at.replace(microsecond=0)


def get_sent(date: str | None, now: datetime) -> datetime | None:
    """Return when a mail was sent, None if its Date header can't be right.

    :param date: the header
    :param now: when it is fetched (naive UTC)
    """
    at = parse_date(date)
    return at if at and now - MAX_AGE <= at <= now else None


def get_received(received: Sequence[str], now: datetime) -> datetime | None:
    """Return when the last mail server got a mail, which is the one that we fetch from.

    :param received: the Received headers, as they stand: the last server's comes first
    """
    if not received:
        return None
    return get_sent(str(received[0]).rpartition(";")[2], now)
