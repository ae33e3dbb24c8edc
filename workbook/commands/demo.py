"""`llm-tco demo`: the main job on the shipped examples."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbook.commands.batch import read_plan, report, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbook.manifest import Record

OPTIONS = {"onprem": "Own servers", "cloud": "Rented GPUs", "api": "Token API", "seat": "Seats"}
WIDTH = 100  # of the table where no terminal says its own


@click.command("demo", short_help="Write the proposals of the shipped examples.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("proposals"), show_default=True, help="Folder.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes; left out: one for each core.")
def command(out: Path, workers: int | None) -> int:
    """Write one proposal for each of the shipped example customers and show their headline figures."""
    from workbook.locate import shipped

    outcome = write(read_plan(shipped("examples", "customers.csv"), None, out), out, workers)
    _show(outcome.records)
    return report(outcome, out, as_json=False)


def _show(records: "Sequence[Record]") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Total cost of ownership in thousands; below it, of one user and month", box=box.SIMPLE)
    table.add_column("Customer", overflow="fold")
    table.add_column("", no_wrap=True)
    for label in OPTIONS.values():
        table.add_column(label, justify="right", no_wrap=True)
    for record in records:
        cheapest = min(OPTIONS, key=lambda option: record.figures.get(f"{option}_tco", float("inf")))
        cells = [Text(_cost(record, o), style="bold green" if o == cheapest else "") for o in OPTIONS]
        table.add_row(Text(record.name), record.currency, *cells)
    terminal = Console(width=None if sys.stdout.isatty() else WIDTH)
    terminal.print(table)


def _cost(record: "Record", option: str) -> str:
    if f"{option}_tco" not in record.figures:
        return "-"
    thousands = record.figures[f"{option}_tco"] / 1000
    return f"{thousands:,.0f}\n{record.figures[f'{option}_per_user_month']:,.2f}"
