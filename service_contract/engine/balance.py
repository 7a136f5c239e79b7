# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""At which shares of an allotment somebody is warned."""

import re
from collections.abc import Iterable


def parse_percents(text: str | None) -> tuple[int, ...]:
    """Return thresholds such as "80, 95" as whole percentages, ascending.

    :param text: numbers from 1 to 100, separated by commas; empty for none
    :raises ValueError: for anything else
    """
    if not (text or "").strip():
        return ()
    numbers = text.split(",")
    if not all(re.fullmatch(r"\s*[0-9]{1,3}\s*", number) for number in numbers):
        raise ValueError(f"not a list of percentages: {text}")
    percents = tuple(sorted({int(number) for number in numbers}))
    if percents[0] < 1 or percents[-1] > 100:
        raise ValueError(f"not from 1 to 100: {text}")
    return percents


def reached(granted: int, used: int, percents: Iterable[int]) -> list[int]:
    """Return the thresholds that a balance has reached; none of nothing granted.

    :param granted: base units
    :param used: drawn and reserved, in base units; may be more than was granted
    """
    return [
        percent
        for percent in percents
        if granted > 0 and used * 100 >= granted * percent
    ]
