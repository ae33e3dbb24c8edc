"""`llm-tco calc`: a workbook of Excel in LibreOffice Calc, with the functions."""

from pathlib import Path

import click

from engine.errors import counted


@click.command("calc", short_help="Open a workbook in LibreOffice, with the functions.")
@click.argument("book", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(book: Path) -> int:
    """Open a copy of BOOK in LibreOffice Calc with the TCO functions; each save there is written back to BOOK.

    LibreOffice writes the whole file anew: what only Excel knows, such as
    some charts and formats, is lost then, so keep a copy of a workbook that others designed.
    """
    import tempfile

    from workbook.functions import FUNCTIONS
    from workbook.libreoffice import oxt
    from workbook.libreoffice.editing import CalcCopy, edit
    from workbook.libreoffice.soffice import LibreOffice, LibreOfficeError
    from workbook.package import Package

    Package.read(book)  # refuses what is hostile
    with tempfile.TemporaryDirectory(prefix="llm-tco-", ignore_cleanup_errors=True) as folder:
        try:
            calc = LibreOffice(Path(folder) / "office", oxt.build(FUNCTIONS))
            copy = CalcCopy.of(book.resolve(), Path(folder))
            saves = edit(calc, copy, lambda path: click.echo(f"saved: {path}", err=True))
        except LibreOfficeError as error:
            raise click.ClickException(str(error)) from None
    click.echo(f"{book}: saved {counted(saves, 'time')}" if saves else f"{book}: not changed", err=True)
    return 0
