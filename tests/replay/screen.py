# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a person sees: progress while it runs, tables at the end."""

import sys
from contextlib import contextmanager

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
COLUMNS = {
    "contracts": "Contracts",
    "months": "Months",
    "promised": "Promised cases",
    "delivered": "Delivered cases",
    "covered": "Covered",
    "overage": "Overage",
    "recurring": "Fees invoiced",
    "overage_amount": "Overage invoiced",
    "open_amount": "Open",
}
AMOUNTS = ("recurring", "overage_amount", "open_amount")
# So many differences are printed; the file has all of them.
SHOWN_DIFFERENCES = 40


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
    table = Table(title=f"{log.name}: promised, delivered, invoiced")
    table.add_column("Tier")
    for title in COLUMNS.values():
        table.add_column(title, justify="right")
    by_tier = {tier: [] for tier in log.tiers}
    for contract in results.contracts:
        by_tier[contract["tier"]].append(contract)
    for tier, contracts in by_tier.items():
        table.add_row(tier, *_sum_columns(contracts))
    table.add_section()
    table.add_row("Total", *_sum_columns(results.contracts), style="bold")
    console.print(table)


def _sum_columns(contracts):
    for name in COLUMNS:
        if name == "contracts":
            yield f"{len(contracts):,}"
        elif name in AMOUNTS:
            yield f"{sum(contract[name] for contract in contracts):,.2f}"
        else:
            yield f"{sum(contract[name] for contract in contracts):,}"


def print_checks(console, results):
    """Print each reconciliation with its two numbers, each invariant with a count."""
    table = Table(title="Reconciliation", show_header=False)
    table.add_column("Rule")
    table.add_column("Numbers", justify="right")
    table.add_column("Verdict")
    for name, (left, right) in results.reconciliation.items():
        verdict = "agree" if left == right else "[red]DIFFER[/red]"
        table.add_row(name, f"{left:,} = {right:,}", verdict)
    console.print(table)
    table = Table(title="Invariants, by plain SQL", show_header=False)
    for name, offenders in results.invariants.items():
        style = "red" if offenders else None
        table.add_row(name, f"{len(offenders)} offenders", style=style)
        for model, id_, detail in offenders[:3]:
            table.add_row("", f"{model} {id_}: {detail}", style=style)
    console.print(table)


def print_comparison(console, comparison):
    """Print whether the results are what was expected, and where they are not."""
    differences = comparison["differences"]
    if differences:
        console.print(
            f"[red]{len(differences)} differences from what is expected:[/red]"
        )
        for difference in differences[:SHOWN_DIFFERENCES]:
            console.print(f"  {difference}", markup=False)
    elif comparison["compared"] == "all":
        console.print("Equal to what is expected: the totals and every contract.")
    elif comparison["compared"] == "these customers":
        console.print("Equal to what is expected: every contract of these customers.")
    if comparison["left_out"]:
        names = ", ".join(comparison["left_out"])
        console.print(f"  not compared: {names}", markup=False)


def print_verdict(console, results, report):
    """Print in two lines whether the books agree, and what the run took."""
    totals = results.totals
    offenders = sum(len(rows) for rows in results.invariants.values())
    agree = sum(left == right for left, right in results.reconciliation.values())
    console.print(
        f"{totals['cases']:,} cases and {totals['events']:,} events played. "
        f"{agree} of {len(results.reconciliation)} reconciliations agree, "
        f"{offenders} offenders in {len(results.invariants)} invariants."
    )
    phases = ", ".join(f"{name} {took} s" for name, took in report["seconds"].items())
    console.print(f"Time: {phases}. Peak memory: {report['peak_mb']} MB.")
