"""`llm-tco pdf`: workbooks printed to PDF by LibreOffice."""

import tempfile
from collections import Counter
from pathlib import Path

import click

BATCH = 20  # workbooks of one start of LibreOffice: a start takes a second, a workbook half of one


@click.command("pdf", short_help="Print workbooks to PDF with LibreOffice.")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@click.option("--out", type=click.Path(path_type=Path), help="Folder; left out: beside each workbook.")
def command(files: tuple[Path, ...], out: Path | None) -> int:
    """Print every FILE to a PDF of the same name, recalculated, with the page set-up of the workbook."""
    from engine.errors import NotAvailable
    from workbook.commands.progress import progress
    from workbook.functions import FUNCTIONS
    from workbook.libreoffice import oxt
    from workbook.libreoffice.soffice import LibreOffice, LibreOfficeError

    targets = _targets(files, out)
    try:
        with tempfile.TemporaryDirectory(prefix="llm-tco-") as folder, progress(len(files), "PDF files") as advance:
            office = LibreOffice(Path(folder), oxt.build(FUNCTIONS))  # TCO_ functions are calculated, not #NAME?
            for start in range(0, len(files), BATCH):
                printed = office.convert(files[start : start + BATCH], "pdf")
                for pdf, target in zip(printed, targets[start : start + BATCH], strict=True):
                    _place(pdf, target)
                    advance(failed=False)
    except LibreOfficeError as error:
        raise NotAvailable(f"{error}; llm-tco pdf needs LibreOffice 7.4 or later (libreoffice.org)") from None
    for target in targets:
        click.echo(str(target))
    return 0


def _targets(files: tuple[Path, ...], out: Path | None) -> list[Path]:
    """Say where the PDF files go, and refuse what cannot be printed before LibreOffice starts."""
    from engine.errors import NotAvailable, WrongKind
    from workbook.package import Package

    for path in files:
        if not path.is_file():
            raise NotAvailable(f"{path} does not exist; check the folder and the spelling")
        if path.suffix.lower() in {".xlsx", ".xlsm"}:
            Package.read(path)  # refuses what is hostile
    targets = [(out or path.parent) / f"{path.stem}.pdf" for path in files]
    same = [str(target) for target, count in Counter(targets).items() if count > 1]
    if same:
        raise WrongKind(f"several of the files would become {', '.join(same)}; print them into different folders")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    return targets


def _place(pdf: Path, target: Path) -> None:
    """Move a finished PDF to its place in one step; the folder may lie on another disk than the temporary files."""
    from workbook.package import write_atomic

    write_atomic(target, pdf.read_bytes())
