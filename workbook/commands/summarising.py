"""`llm-tco summary`: an analyst's workbook calculated anew."""

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.errors import counted

if TYPE_CHECKING:
    from workbook.summary import Summary

LISTED = 20  # changes and errors that are listed one by one
INCOMPLETE = 1


@click.command(name="summary", short_help="Calculate an analyst's workbook anew.")
@click.argument("book", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Day of the run for the log; left out: today.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(book: Path, date: dt.datetime | None, as_json: bool) -> int:
    """Calculate BOOK anew and write what is marked as generated; everything else stays byte for byte.

    Written are the figures of the engine, resolved prices, the price list, a line of the log, and the values of
    formulas and charts. Close BOOK in Excel first. The exit code is 1 when an option could not be computed, a check
    fails or a formula needs Excel.
    """
    from workbook.summary import regenerate

    result = regenerate(book, date=day(date))
    click.echo(_json(result) if as_json else "\n".join(_told(book, result)))
    return INCOMPLETE if result.run.failures or result.kept or result.red else 0


def day(date: dt.datetime | None) -> dt.date:
    """Give the day that was asked for, else today: the log says when somebody ran it, no figure depends on it."""
    return date.date() if date else dt.datetime.now().astimezone().date()


def _told(book: Path, result: "Summary") -> list[str]:
    said = [f"{book}: {_costs(result)}"]
    if result.changes is None:
        said.append("  first run: nothing to compare the inputs with")
    else:
        said += [f"  {change}" for change in result.changes[:LISTED]] or ["  no input changed since the last run"]
        more = len(result.changes) - LISTED
        said += [f"  and {counted(more, 'more input')} changed"] if more > 0 else []
    said += [f"  warning: {warning}" for warning in result.run.warnings]
    said += [f"  check fails: {label}" for label in result.red]
    errors = _causes(result)
    said += errors[:LISTED]
    said += [f"  and {counted(len(errors) - LISTED, 'more error')}"] if len(errors) > LISTED else []
    return said + _kept(result)


def _kept(result: "Summary") -> list[str]:
    from workbook.areas import cell_name

    return [f"  {s}!{cell_name(r, c)} needs Excel and keeps its old value" for s, r, c in result.kept]


def _causes(result: "Summary") -> list[str]:
    """Tell errors once a cause: the first cell that shows it, and how many more do.

    The #N/A with which a program fills the rest of a range, and errors that came in from another cell, are no causes of
    their own as long as there is one.
    """
    from workbook.areas import cell_name
    from workbook.hostvalues import NOT_SAID

    cells: dict[tuple[str, str], list[str]] = {}
    for (sheet, row, column), error in result.errors.items():
        cells.setdefault((error.code, error.message), []).append(f"{sheet}!{cell_name(row, column)}")
    told = {cause: where for cause, where in cells.items() if cause[1] and cause[1] not in NOT_SAID} or cells
    return [
        f"  {where[0]}{f' and {len(where) - 1} more' if len(where) > 1 else ''} {code} {message}".rstrip()
        for (code, message), where in told.items()
    ]


def _costs(result: "Summary") -> str:
    currency = str(result.run.says.inputs.currency).upper()
    costs = ", ".join(f"{r.option.label} {float(r.tco[0]):,.0f}" for r in result.run.says.results.values())
    return f"{costs} {currency}"


def _json(result: "Summary") -> str:
    run = result.run
    return json.dumps(
        {
            "tco": {option: float(r.tco[0]) for option, r in run.says.results.items()},
            "failed": {option: str(error) for option, error in run.failures.items()},
            "changes": None
            if result.changes is None
            else [{"id": c.id, "before": c.before, "after": c.after} for c in result.changes],
            "warnings": run.warnings,
            "errors": len(result.errors),
            "red": result.red,
        },
        ensure_ascii=False,
        indent=1,
    )
