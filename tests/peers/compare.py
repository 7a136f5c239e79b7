# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Is an answer the expected one?"""

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

# Ratios are compared as the floats or the 9 decimals that the cases carry.
RATIO_TOLERANCE = Decimal("1e-9")


def mismatch(expected, alternatives, actual, tolerance_s=0):
    """Return why ``actual`` is wrong, or an empty string.

    :param expected: the keys asserted, and their values
    :param alternatives: partial ``expected``; each, laid over it, is right as well
    :param tolerance_s: seconds by which an instant may differ
    """
    reason = _first_difference(expected, actual, tolerance_s)
    for alternative in alternatives:
        if not reason:
            break
        if not _first_difference({**expected, **alternative}, actual, tolerance_s):
            return ""
    return reason


def _first_difference(expected, actual, tolerance_s):
    for key, value in expected.items():
        if key not in actual:
            return f"no answer for {key}"
        if not same(value, actual[key], tolerance_s):
            return f"{key}: expected {value!r}, got {actual[key]!r}"
    return ""


def same(expected, actual, tolerance_s=0):
    if isinstance(expected, list) and isinstance(actual, list | tuple):
        return len(expected) == len(actual) and all(
            same(one, other, tolerance_s)
            for one, other in zip(expected, actual, strict=True)
        )
    if expected is None or actual is None or isinstance(expected, bool):
        return expected is actual
    for parse, tolerance in (
        (_number, RATIO_TOLERANCE),
        (_instant, timedelta(seconds=tolerance_s)),
    ):
        one, other = parse(expected), parse(actual)
        if one is not None and other is not None:
            return abs(one - other) <= tolerance
    return expected == actual


def _number(value):
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _instant(value):
    text = str(value)
    if "T" not in text:
        return None
    try:
        instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return instant if instant.tzinfo else None
