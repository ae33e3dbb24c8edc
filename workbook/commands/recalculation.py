"""`llm-tco recalc`: the values of a workbook's formulas without Excel."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.errors import counted

if TYPE_CHECKING:
    from workbook.recalc import Recalculated

LISTED = 20  # errors that are listed one by one


@click.command("recalc", short_help="Write the values of all formulas into a workbook.")
@click.argument("book", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to write; BOOK itself when left out."
)
@click.option(
    "--with",
    "calculator",
    type=click.Choice(["engine", "libreoffice"]),
    default="engine",
    show_default=True,
    help="What calculates.",
)
def command(book: Path, out: Path | None, calculator: str) -> int:
    """Recalculate BOOK, TCO formulas included; everything else in the file is kept.

    Cells with functions that only Excel has keep their value; they are listed, and the exit code is 1.
    """
    from workbook import lint
    from workbook.areas import cell_name
    from workbook.package import write_atomic
    from workbook.recalc import recalculate

    data = book.read_bytes()
    result = recalculate(data, book.name) if calculator == "engine" else _in_libreoffice(data, book.name)
    target = out or book
    lint.refuse(lint.added(data, result.data, book.name), target.name)
    write_atomic(target, result.data)
    click.echo(
        f"{target}: {counted(result.formulas, 'cell')} calculated, {counted(len(result.errors), 'error')}", err=True
    )
    for (sheet, row, column), error in list(result.errors.items())[:LISTED]:
        click.echo(f"  {sheet}!{cell_name(row, column)} {error.code} {error.message}", err=True)
    if len(result.errors) > LISTED:
        click.echo(f"  and {len(result.errors) - LISTED} more", err=True)
    for sheet, row, column in result.kept:
        click.echo(f"  {sheet}!{cell_name(row, column)} needs Excel and keeps its old value", err=True)
    return 1 if result.kept else 0


def _in_libreoffice(data: bytes, name: str) -> "Recalculated":
    import tempfile

    from workbook.functions import FUNCTIONS
    from workbook.libreoffice import oxt
    from workbook.libreoffice.recalculation import recalculate
    from workbook.libreoffice.soffice import LibreOffice, LibreOfficeError

    with tempfile.TemporaryDirectory(prefix="llm-tco-", ignore_cleanup_errors=True) as folder:
        try:
            return recalculate(data, name, LibreOffice(Path(folder), oxt.build(FUNCTIONS)))
        except LibreOfficeError as error:
            raise click.ClickException(str(error)) from None
