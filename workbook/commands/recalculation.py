"""`llm-tco recalc`: the values of a workbook's formulas without Excel."""

from pathlib import Path

import click

LISTED = 20  # errors that are listed one by one


@click.command(name="recalc")
@click.argument("book", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to write; BOOK itself when left out."
)
def command(book: Path, out: Path | None) -> int:
    """Recalculate BOOK, TCO formulas included; everything else in the file is kept.

    Cells with functions that only Excel has keep their value; they are listed, and the exit code is 1.
    """
    from workbook.areas import cell_name
    from workbook.package import write_atomic
    from workbook.recalc import recalculate

    result = recalculate(book.read_bytes(), book.name)
    target = out or book
    write_atomic(target, result.data)
    click.echo(f"{target}: {result.formulas} cells calculated, {len(result.errors)} show an error", err=True)
    for (sheet, row, column), error in list(result.errors.items())[:LISTED]:
        click.echo(f"  {sheet}!{cell_name(row, column)} {error.code} {error.message}", err=True)
    if len(result.errors) > LISTED:
        click.echo(f"  and {len(result.errors) - LISTED} more", err=True)
    for sheet, row, column in result.kept:
        click.echo(f"  {sheet}!{cell_name(row, column)} needs Excel and keeps its old value", err=True)
    return 1 if result.kept else 0
