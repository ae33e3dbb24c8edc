"""`llm-tco diff`: what differs between two workbook files."""

import datetime as dt
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.errors import counted

if TYPE_CHECKING:
    from workbook.cells import Scalar
    from workbook.difference import Change

SAME, DIFFERENT = 0, 1
WIDTH = 140  # of the table where no terminal says its own


@click.command("diff", short_help="Show what differs between two workbooks: cells, formulas, names, parts.")
@click.argument("before", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def command(before: Path, after: Path, as_json: bool) -> int:
    """Compare BEFORE and AFTER cell by cell, name by name, part by part. The exit code is 1 when they differ."""
    from workbook.difference import compare

    changes = compare(before.read_bytes(), after.read_bytes(), (before.name, after.name))
    if as_json:
        listed = [asdict(c) | {"before": shown(c.before), "after": shown(c.after)} for c in changes]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=1))
    elif changes:
        _print(changes, before.name, after.name)
    else:
        click.echo("no difference")
    return DIFFERENT if changes else SAME


def shown(value: "Scalar") -> float | str | bool | None:
    """Give a cell value as JSON and a reader take it: errors by their code, dates as 2026-11-21."""
    from workbook.cells import CellError

    if isinstance(value, CellError):
        return value.code
    return value.isoformat() if isinstance(value, dt.date) else value


def as_text(value: "Scalar") -> str:
    """Write a cell value for a table: 100, not 100.0.

    >>> as_text(100.0), as_text(None), as_text(0.1)
    ('100', '', '0.1')
    """
    plain = shown(value)
    if isinstance(plain, float):
        return f"{plain:.15g}"
    return "" if plain is None else str(plain)


def _print(changes: "list[Change]", before: str, after: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE)
    for header in ("", "Where", before, after):
        table.add_column(header, overflow="fold")
    for change in changes:
        table.add_row(change.kind, *map(Text, (change.where, as_text(change.before), as_text(change.after))))
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)
    click.echo(counted(len(changes), "difference"), err=True)
