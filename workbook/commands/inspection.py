"""`llm-tco inspect`: what is in a workbook file, and what its author may not want to send along."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.errors import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from workbook.inspection import Inspection

CONCERNS = 1
REMEDY = "in Excel: File, Info, Check for Issues, Inspect Document; or --allow a name"
WIDTH = 140  # of tables where no terminal says its own


@click.command("inspect", short_help="Show names, inputs, formulas, parts and personal data of a workbook.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--strict", is_flag=True, help="Exit code 1 when something should not leave the house.")
@click.option("--allow", multiple=True, metavar="NAME", help="A name that may stand in the file; can be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(file: Path, strict: bool, allow: tuple[str, ...], as_json: bool) -> int:
    """Show what is in FILE: sheets, names, inputs, formulas, parts, links to other files, macros, personal data.

    With --strict, personal data, hidden sheets, links to other files, data connections, embedded files, comments with
    their writers and copies of the source of pivot tables are refused.
    """
    from workbook.commands.difference import shown
    from workbook.inspection import concerns, inspect

    found = inspect(file.read_bytes(), file.name)
    if as_json:
        listed = asdict(found) | {"inputs": [asdict(i) | {"value": shown(i.value)} for i in found.inputs]}
        click.echo(json.dumps(listed, ensure_ascii=False, indent=1))
    else:
        _print(found)
    refused = concerns(found, allow) if strict else ()
    for concern in refused:
        click.echo(f"{file.name}, {concern}", err=True)
    if refused:
        click.echo(f"{file.name}: {counted(len(refused), 'thing')} that should not leave the house; {REMEDY}", err=True)
    return CONCERNS if refused else 0


def _print(found: "Inspection") -> None:
    from rich.console import Console

    from workbook.commands.difference import as_text

    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    hidden = [f"{title} ({state})" for title, state in found.sheets.items() if state != "visible"]
    lines = {
        "Sheets": ", ".join(found.sheets),
        "Hidden sheets": ", ".join(hidden),
        "Formulas": f"{sum(found.formulas.values()):,}",
        "Placeholders": ", ".join(found.fields),
        "Out of reach": ", ".join(found.unfilled),
        "Links": ", ".join(found.links),
        "Macros": found.macros and f"SHA-256 {found.macros}",
    }
    _table(console, found.file, ("", ""), [(label, text) for label, text in lines.items() if text])
    _table(
        console,
        counted(len(found.inputs), "input"),
        ("Name", "Cell", "Value", ""),
        [(i.name, i.cell, as_text(i.value), "hidden" if i.hidden else "") for i in found.inputs],
    )
    inputs = {i.name for i in found.inputs}
    others = [(name, refers) for name, refers in found.names.items() if name not in inputs]
    _table(console, counted(len(others), "other name"), ("Name", "Refers to"), others)
    special = [(p.name, f"{p.size:,}", p.kind) for p in found.parts if p.kind]
    _table(console, f"{counted(len(found.parts), 'part')}, of which to note", ("Part", "Bytes", ""), special)
    people = [(p.what, p.value, p.where) for p in found.personal]
    _table(console, "Personal data", ("", "", "Part"), people)


def _table(console: "Console", title: str, headers: "Sequence[str]", rows: "Sequence[Sequence[str]]") -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    table = Table(title=title, title_justify="left", box=box.SIMPLE, show_header=any(headers))
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))  # Text: what stands in a file is no markup
    console.print(table)
