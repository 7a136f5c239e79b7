# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reading what came over the wire."""

MAX_ID = 2**31 - 1


def parse_id(raw):
    """Return a record id typed by anybody as an integer, 0 for anything else."""
    text = str(raw or "")
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        return 0
    number = int(text)
    return number if number <= MAX_ID else 0


def parse_token(raw):
    """Return an access token, None for what can't be one.

    ``consteq`` raises on text outside ASCII.
    """
    text = parse_text(raw)
    return text if text.isascii() else None


def parse_text(raw):
    """Return text that the database takes; a file sent instead of text is none."""
    return raw.replace("\0", "") if isinstance(raw, str) else ""
