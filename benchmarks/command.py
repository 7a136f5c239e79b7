# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What all benchmarks take from the command line, and leave behind."""

import argparse
import json
from pathlib import Path


def make_parser(name, description):
    """Return a parser of what ``./dev bench`` passes on; add what is special."""
    parser = argparse.ArgumentParser(
        prog=f"./dev bench {name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", required=True, help="has the addon installed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report")
    return parser


def write_report(path, summary):
    """Write the summary as JSON, if a file was named."""
    if path:
        path.write_text(json.dumps(summary, indent=1) + "\n")
