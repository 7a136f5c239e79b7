# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The bars that a benchmark is held against."""

import operator

SIGNS = {">=": operator.ge, "<=": operator.le, "<": operator.lt}


def print_bars(summary, bars):
    """Print each figure beside its bar, and whether it holds.

    :param bars: by name of the figure: sign and bar
    """
    print()
    for name, (sign, bar) in bars.items():
        value = summary[name]
        mark = "ok" if SIGNS[sign](value, bar) else "MISSED"
        print(f"{name:<24}{value:>10}   {sign} {bar:<5} {mark}")
