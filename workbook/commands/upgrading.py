"""`llm-tco upgrade`: an older workbook's inputs in the workbook of this version."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from workbook.cells import Scalar
    from workbook.upgrade import Upgrade


@click.command(name="upgrade", short_help="Carry the inputs of an older workbook over into a new one.")
@click.argument("book", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write; left out: beside BOOK, with the version in its name.",
)
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Day of the run for the log; left out: today.")
def command(book: Path, out: Path | None, date: dt.datetime | None) -> int:
    """Write a workbook of this version with the inputs of BOOK; BOOK itself stays as it is.

    Values, low and high, sources and notes are taken over. Ids that are new, renamed or gone are listed, and so are
    sheets of your own: move them in Excel (Move or Copy).
    """
    import engine
    from workbook import lint
    from workbook.commands.summarising import day
    from workbook.package import write_atomic
    from workbook.upgrade import upgrade

    target = out or book.with_name(f"{book.stem}_{engine.__version__}.xlsx")
    if target.exists():
        msg = f"{target} is there already; delete it or give another name with -o"
        raise click.UsageError(msg)
    done = upgrade(book, date=day(date))
    lint.refuse(lint.check(done.summary.data, target.name), target.name)
    write_atomic(target, done.summary.data)
    click.echo("\n".join(_told(book, target, done)))
    return 1 if done.summary.run.failures or done.summary.red else 0


def _said(value: "Scalar") -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _told(book: Path, target: Path, done: "Upgrade") -> list[str]:
    lists = (
        ("new, with their default", done.new),
        ("renamed", [f"{before} -> {now}" for before, now in done.renamed.items()]),
        ("gone", [f"{id_} (was {_said(value)})" for id_, value in done.gone.items()]),
        ("held a formula, value taken over", [f"{id_} ({cell})" for id_, cell in done.formulas.items()]),
        ("sheets left in the old workbook", done.left_behind),
        ("comments left in the old workbook", done.comments),
    )
    said = [f"{target}: inputs of {book.name}, written by llm-tco {done.written_by or 'of unknown version'}"]
    said += [f"  {what}: {', '.join(items)}" for what, items in lists if items]
    said += [f"  check fails: {label}" for label in done.summary.red]
    return said + [f"  warning: {warning}" for warning in done.summary.run.warnings]
