"""`llm-tco compare`: which quotes moved between two runs of a batch, and why."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from workbook.runs import Comparison, Move

SAME, MOVED = 0, 1
WIDTH = 140  # of the table where no terminal says its own
SPELT = 6  # causes that a row of the table spells out


def _share(_ctx: click.Context, _param: click.Parameter, text: str) -> float:
    """Read a share as an analyst types it: 2% or 0.02."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        msg = f"{text} is no share from 0 to 1; write 2% or 0.02"
        raise click.BadParameter(msg)
    return share


@click.command("compare", short_help="Show which quotes moved between two runs of a batch, and why.")
@click.argument("run_a", type=click.Path(exists=True, path_type=Path))
@click.argument("run_b", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--threshold", callback=_share, default="2%", show_default=True, help="What moved by no more is left out."
)
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def command(run_a: Path, run_b: Path, threshold: float, as_json: bool) -> int:
    """Compare the manifests of RUN_A and RUN_B, two folders written by llm-tco batch.

    A quote that moved is shown with the inputs, version and price book that differ. The exit code is 1 when quotes
    moved, came or went, 0 when none did.
    """
    from workbook import runs

    found = runs.compare(runs.read_run(run_a), runs.read_run(run_b), threshold)
    if as_json:
        told = {"compared": found.compared, "threshold": threshold, "causes": [asdict(c) for c in found.causes]}
        click.echo(json.dumps({**told, "moves": [asdict(m) for m in found.moves]}, ensure_ascii=False, indent=1))
    else:
        _print(found, threshold)
    return MOVED if found.moves else SAME


def _print(found: "Comparison", threshold: float) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE)
    for header in ("Customer", "Figure", "Before", "After", "Change", "Why"):
        table.add_column(
            header, overflow="fold", justify="right" if header in {"Before", "After", "Change"} else "left"
        )
    for move in found.moves:
        table.add_row(*map(Text, _row(move)))
    if found.moves:
        Console(width=None if sys.stdout.isatty() else WIDTH).print(table)
    counts = {status: sum(move.status == status for move in found.moves) for status in ("moved", "new", "gone")}
    said = f"{counts['moved']} of {found.compared} quotes moved by more than {100 * threshold:.12g} %"
    click.echo(f"{said}, {counts['new']} new, {counts['gone']} gone")


def _row(move: "Move") -> list[str]:
    change = "" if move.change is None else f"{move.change:+.1%}"
    return [f"{move.name} ({move.id})", move.figure, _amount(move.before), _amount(move.after), change, _why(move)]


def _amount(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}"


def _why(move: "Move") -> str:
    if move.status != "moved":
        return {"new": "only in the second run", "gone": "only in the first run"}[move.status]
    more = f"; and {len(move.causes) - SPELT} more" if len(move.causes) > SPELT else ""
    return ("; ".join(map(str, move.causes[:SPELT])) + more) or "nothing that the manifests record differs"
