# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a person sees: progress while it runs, tables at the end."""

import sys
from contextlib import contextmanager

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

# Width of the tables where the output is not a terminal.
PLAIN_WIDTH = 100
# Columns of the table: title, keys that are summed up, whether they are an amount.
COLUMNS = [
    ("Contracts", ("contracts",), False),
    ("Promised", ("promised",), False),
    ("Delivered", ("delivered",), False),
    ("Covered", ("covered",), False),
    ("Overage", ("overage",), False),
    ("Invoiced", ("recurring", "overage_amount"), True),
    ("Open", ("open_amount",), True),
]
# So many differences are printed; the file has all of them.
SHOWN_DIFFERENCES = 40
# So many customers are in the table of effort by name.
SHOWN_CUSTOMERS = 15


def make_console():
    """Return the console of the tables, on standard output."""
    if sys.stdout.isatty():
        return Console()
    return Console(width=PLAIN_WIDTH, highlight=False)


@contextmanager
def show_progress(text, total):
    """Show a bar on standard error; gives a function that takes what was done.

    Where nobody watches, a line is printed for each tenth.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _PlainProgress(text, total)
        return
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(text, total=total)
        yield lambda count: progress.advance(task, count)


class _PlainProgress:
    def __init__(self, text, total):
        self.text = text
        self.total = total
        self.done = 0

    def __call__(self, count):
        before = self.done * 10 // max(self.total, 1)
        self.done += count
        if self.done * 10 // max(self.total, 1) > before:
            print(f"  {self.text}: {self.done} of {self.total}", file=sys.stderr)


def print_summary(console, log, results):
    """Print what was promised, covered, billed and is open, by tier and in total."""
    table = Table(title=f"{log.name}: cases and amounts", box=SIMPLE)
    table.add_column("Tier")
    for title, _keys, _is_amount in COLUMNS:
        table.add_column(title, justify="right")
    by_tier = {tier: [] for tier in log.tiers}
    for contract in results.contracts:
        by_tier[contract["tier"]].append({**contract, "contracts": 1})
    for tier, contracts in by_tier.items():
        table.add_row(tier, *_sum_columns(contracts))
    table.add_section()
    everything = [contract for tier in by_tier.values() for contract in tier]
    table.add_row("Total", *_sum_columns(everything), style="bold")
    console.print(table)


def _sum_columns(contracts):
    for _title, keys, is_amount in COLUMNS:
        total = sum(contract[key] for contract in contracts for key in keys)
        yield f"{total:,.2f}" if is_amount else f"{total:,}"


def print_effort(console, results, is_short):
    """Print what became of the work, by customer; those with most of it first."""
    if not results.effort:
        return
    table = Table(title="Effort, rated", box=SIMPLE)
    table.add_column("Customer")
    for title in ("Hours", "Covered", "Overage", "Billed", "Given away", "Undecided"):
        table.add_column(title, justify="right")
    rows = sorted(results.effort, key=lambda row: -row["effort_s"])
    for row in rows[: 0 if is_short else SHOWN_CUSTOMERS]:
        table.add_row(row["customer"], *_show_effort([row]))
    if not is_short and len(rows) > SHOWN_CUSTOMERS:
        rest = rows[SHOWN_CUSTOMERS:]
        table.add_row(f"{len(rest)} others", *_show_effort(rest))
    table.add_section()
    table.add_row("Total", *_show_effort(rows), style="bold")
    console.print(table)


def _show_effort(rows):
    """Yield hours and amounts of customers together."""
    for key in ("effort_s", "covered_s", "overage_s"):
        yield f"{sum(row[key] for row in rows) / 3600:,.1f}"
    for key in ("overage_amount", "given_away_value", "waiting_value"):
        yield f"{sum(row[key] for row in rows):,.2f}"


def print_checks(console, results):
    """Print each reconciliation with its two numbers, each invariant with a count."""
    table = Table(title="Reconciliation", show_header=False, box=SIMPLE)
    for name, (left, right) in results.reconciliation.items():
        verdict = "agree" if left == right else "[red]DIFFER[/red]"
        table.add_row(name, _show_number(left), _show_number(right), verdict)
    console.print(table)
    table = Table(title="Invariants, by plain SQL", show_header=False, box=SIMPLE)
    for name, offenders in results.invariants.items():
        style = "red" if offenders else None
        table.add_row(name, f"{len(offenders)} offenders", style=style)
        for model, id_, detail in offenders[:3]:
            table.add_row("", f"{model} {id_}: {detail}", style=style)
    console.print(table)


def _show_number(number):
    return f"{number.normalize():,f}"


def print_comparison(console, comparison):
    """Print whether the results are what was expected, and where they are not."""
    differences = comparison["differences"]
    cases = (
        f" and every of {comparison['cases']:,} cases" if comparison["cases"] else ""
    )
    if differences:
        console.print(
            f"[red]{len(differences)} differences from what is expected:[/red]"
        )
        for difference in differences[:SHOWN_DIFFERENCES]:
            console.print(f"  {difference}", markup=False)
    elif comparison["compared"] == "all":
        console.print(f"Equal to what is expected: totals, every contract{cases}.")
    elif comparison["compared"] == "these customers":
        console.print(
            f"Equal to what is expected: every contract{cases} of these customers."
        )
    if comparison["left_out"]:
        names = ", ".join(comparison["left_out"])
        console.print(f"  not compared: {names}", markup=False)


def print_read_otherwise(console, otherwise):
    """Print the rules by which cases are read otherwise, and name the cases."""
    by_rule = {}
    for name, reading in otherwise.items():
        by_rule.setdefault((reading["key"], reading["rule"]), []).append(name)
    for (key, rule), names in by_rule.items():
        console.print(f"{key} of {len(names)} cases is read otherwise: {rule}.")
        console.print(f"  {', '.join(names)}", markup=False)


def print_verdict(console, results, report):
    """Print in a few lines what was played, whether the books agree, what it took."""
    totals = results.totals
    fees, overage = (
        f"{totals[f'billing_{kind}_cents'] / 100:,.2f}"
        for kind in ("recurring", "overage")
    )
    offenders = sum(len(rows) for rows in results.invariants.values())
    agree = sum(left == right for left, right in results.reconciliation.values())
    phases = ", ".join(f"{name} {took} s" for name, took in report["seconds"].items())
    console.print(
        f"{totals['cases']:,} cases in {totals['events']:,} events; "
        f"{totals['billing_contracts']:,} contracts over "
        f"{totals['billing_months']:,} months: fees {fees}, overage {overage}."
    )
    console.print(
        f"{agree} of {len(results.reconciliation)} reconciliations agree; "
        f"{offenders} offenders in {len(results.invariants)} invariants."
    )
    console.print(f"Time: {phases}. Peak memory: {report['peak_mb']} MB.")
