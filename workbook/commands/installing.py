"""`llm-tco install` and `llm-tco doctor`: the functions in Excel on Windows, and why they do not work."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from workbook.install import Finding

WRONG = 1
ELSEWHERE = (
    "Excel runs the functions on Windows only; Excel for Mac and for the web are not supported yet. "
    "Here: llm-tco calc BOOK opens a workbook in LibreOffice, llm-tco recalc BOOK calculates it without a program."
)


@click.command("install", short_help="Put the functions into Excel (Windows).")
@click.option("--locked-down", is_flag=True, help="Excel may not start programs: the Start menu gets the engine.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, write nothing.")
def install(locked_down: bool, dry_run: bool) -> int:
    """Check this machine, put the add-in into Excel's start folder, write the settings, say which clicks are left.

    Without internet: on a machine that has it run `pip download llm-tco -d wheels`, carry the folder over, and there
    `pip install --no-index --find-links wheels llm-tco`.
    """
    from workbook import facts as machine
    from workbook.install import findings, installed, plan

    facts = machine.collect()
    if facts.system != "win32":
        raise click.ClickException(ELSEWHERE)
    todo = plan(facts, locked_down=locked_down)
    left = findings(installed(facts, todo))
    _say(left)
    if any(f.stops for f in left):
        return WRONG
    for path, text in todo.texts.items():
        _write(Path(path), text.encode("mbcs"), dry_run=dry_run)
    from workbook.build import addin

    _write(Path(todo.addin), addin(), dry_run=dry_run)
    click.echo("\n".join(f"{number}. {click_}" for number, click_ in enumerate(todo.clicks, 1)))
    return 0


@click.command("doctor", short_help="Say why the functions do not work, and the remedy.")
def doctor() -> int:
    """Check Python, xlwings, Excel, macros, settings and LibreOffice on this machine; exit code 1 when one is wrong."""
    from workbook import facts as machine
    from workbook.install import findings

    facts = machine.collect()
    if facts.system != "win32":
        click.echo(ELSEWHERE)
    click.echo(f"Python {facts.python}: {facts.executable}")
    click.echo(f"LibreOffice: {f'with Python {facts.office_python}' if facts.office_python else 'not found'}")
    found = findings(facts)
    _say(found)
    if not found:
        click.echo("nothing wrong")
    return WRONG if found else 0


def _say(found: "list[Finding]") -> None:
    for finding in found:
        click.echo(finding)


def _write(path: Path, data: bytes, *, dry_run: bool) -> None:
    from workbook.package import write_atomic

    click.echo(path)
    if not dry_run:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)
