"""`llm-tco catalog`: care of the prices behind the results."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.errors import counted
from workbook.commands.formulaoptions import catalog_option

if TYPE_CHECKING:
    from workbook.catalogcare.checks import Finding
    from workbook.catalogcare.difference import Change

MOST_SHOWN = 40
_DATE = click.DateTime(["%Y-%m-%d"])


@click.group("catalog", short_help="Check, import and compare prices.")
def command() -> None:
    """Take care of the catalogue. Nothing here changes the shipped one."""


@command.command("check")
@click.option("--max-age", default=365, show_default=True, help="Days after which a figure is stale.")
@click.option("--as-of", type=_DATE, help="The day of the check; left out: today.")
@catalog_option
@click.option("--strict", is_flag=True, help="Fail on stale and doubtful figures too.")
@click.option("--all", "every", is_flag=True, help="List every doubtful figure.")
@click.option("--json", "as_json", is_flag=True, help="Every finding as JSON.")
def check(
    *, max_age: int, as_of: dt.datetime | None, place: Path | None, strict: bool, every: bool, as_json: bool
) -> int:
    """Find figures without source or date, out of range, stale or doubtful; exit code 1 when one is wrong."""
    from workbook.catalogcare import checks
    from workbook.catalogcare.place import catalogue

    day = as_of.date() if as_of else dt.date.today()  # noqa: DTZ011  the age of a price is a matter of the reader's day
    with catalogue(place):
        findings = checks.check(day, max_age)
    wrong = sum(finding.severity == checks.WRONG for finding in findings)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        _show_findings(findings, wrong, day, every=every)
    return 1 if wrong or (strict and findings) else 0


def _show_findings(findings: "Sequence[Finding]", wrong: int, day: dt.date, *, every: bool) -> None:
    _show([finding.sentence for finding in findings], len(findings) if every else max(wrong, MOST_SHOWN), "--all")
    click.echo(f"on {day}: {wrong} wrong, {len(findings) - wrong} stale or doubtful")


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as-of", type=_DATE, required=True, help="The day of these prices: such files do not carry it.")
@click.option("--provider", default="", help="Provider of a SkyPilot catalogue: aws, oci, lambda, ...")
@click.option("--source", default="", help="Where the prices come from; left out: format and file name.")
@click.option("--table", default="", help="Table of a plain CSV whose columns fit several.")
@click.option("--only-known", is_flag=True, help="Only ids that the catalogue has already.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the whole table, updated, here.")
@click.option("--json", "as_json", is_flag=True, help="The changes as JSON.")
def import_(
    *, file: Path, as_of: dt.datetime, provider: str, source: str, table: str, only_known: bool, out: Path | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Read prices of a SkyPilot catalogue (CSV), litellm's list (JSON) or a plain CSV, and say what they change.

    With --out the updated table is written; name its folder in `catalog diff` or wherever it shall count.
    """
    from workbook.catalogcare import difference, importing

    day = as_of.date().isoformat()
    imported = importing.read(file, as_of=day, provider=provider, source=source, table=table)
    if only_known:
        imported = importing.known_only(imported)
    changes = difference.of_import(imported)
    if out:
        importing.write(importing.merged(imported), out)
    if as_json:
        click.echo(_json(table=imported.table, rows=len(imported.rows), notes=imported.notes, changes=changes))
        return 0
    _show([change.sentence for change in changes], MOST_SHOWN, "--json")
    for note in imported.notes:
        click.echo(note)
    click.echo(
        f"{counted(len(imported.rows), 'row')} of table {imported.table}, "
        f"{counted(len(changes), 'difference')} to the one in use"
    )
    click.echo(f"written: {out}" if out else "nothing written; --out FILE writes the updated table")
    return 0


@command.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Customers; the examples.")
@click.option("--measure", default="tco", show_default=True, help="Result compared.")
@click.option("--json", "as_json", is_flag=True, help="All changes as JSON.")
def diff(*, old: str, new: str, data: Path | None, measure: str, as_json: bool) -> int:
    """Show what an update changes: figures of two catalogues, and the customers' results with each.

    OLD and NEW are folders of tables, files of one table, or `shipped`.
    """
    from workbook import customers
    from workbook.catalogcare import difference
    from workbook.locate import shipped

    read = customers.read(data or shipped("examples", "customers.csv"))
    figures = difference.of_tables(old, new)
    results, same = difference.of_results(read.good, old, new, measure)
    if as_json:
        click.echo(_json(figures=figures, results=results, unchanged_results=same))
        return 0
    _show([change.sentence for change in figures], MOST_SHOWN, "--json")
    _show([change.sentence for change in results], len(results), "")
    click.echo(f"{counted(len(figures), 'figure')} changed; {counted(len(results), 'result')} changed, {same} did not")
    if read.problems:
        click.echo(f"{counted(len(read.problems), 'problem')} in rows of the data, which were left out", err=True)
    return 0


def _show(sentences: Sequence[str], most: int, option: str) -> None:
    for sentence in sentences[:most]:
        click.echo(sentence)
    if len(sentences) > most:
        click.echo(f"... and {len(sentences) - most} more; {option} lists them")


def _json(**parts: Any) -> str:  # noqa: ANN401  whatever JSON holds
    def plain(change: "Change") -> dict[str, Any]:
        return {**asdict(change), "relative": change.relative}

    return json.dumps(parts, default=plain, ensure_ascii=False, indent=1)
