"""`llm-tco batch`: one proposal for each row of the customers' data."""

import json
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbook.batch import Outcome, Plan
    from workbook.manifest import Record
    from workbook.problems import Problem

SOME_FAILED = 1
LISTED = 10  # files that are named on the screen


@click.command("batch", short_help="Write one proposal for each customer of a file.")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--template", type=click.Path(path_type=Path), help="Template; left out: the shipped one.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("proposals"), show_default=True, help="Folder.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes; left out: one for each core.")
@click.option("--only", multiple=True, metavar="ID", help="Only this customer; can be repeated.")
@click.option("--dry-run", is_flag=True, help="Do everything but write: calculate, fill, check.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first row that fails; DATA is checked before anything.")
@click.option(
    "--lint",
    type=click.Choice(["sample", "all"]),
    default="sample",
    show_default=True,
    help="Which files are checked for what Excel would repair; a sample only above 1,000.",
)
@click.option("--author", default="", help="Author in the properties of the files; left out: none.")
@click.option("--company", default="", help="Company in the properties of the files; left out: none.")
@click.option(
    "--engine",
    type=click.Choice(["local", "dask"]),
    default="local",
    show_default=True,
    help="Processes of this machine, or dask; this process writes the files in either case.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Of dask, tcp://10.0.0.1:8786; left out: workers on this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(
    data: Path,
    template: Path | None,
    out: Path,
    workers: int | None,
    only: tuple[str, ...],
    dry_run: bool,
    fail_fast: bool,
    lint: str,
    author: str,
    company: str,
    engine: str,
    scheduler: str | None,
    as_json: bool,
) -> int:
    """Write one proposal for each row of DATA, a CSV, XLSX or JSON file.

    A second run does what is missing. The folder also gets manifest.csv, manifest.json, index.xlsx and, for rows that
    failed, failed.csv with the reasons: mend it and run it by itself.

    --dry-run makes every proposal and keeps none, which takes as long as the run. --fail-fast writes nothing when a
    row of DATA is bad, because all rows are read first; when one cannot be calculated, what was made before it stays.
    """
    if scheduler and (engine != "dask" or workers):
        raise click.UsageError("--scheduler needs --engine dask, and takes the workers of that cluster: no --workers")
    todo = read_plan(data, template, out, only, properties(author, company))
    if dry_run:
        return _dry_run(todo, workers, fail_fast=fail_fast, lint_all=lint == "all", as_json=as_json)
    address = None if engine == "local" else scheduler or ""
    outcome = write(todo, out, workers, fail_fast=fail_fast, lint_all=lint == "all", scheduler=address)
    return report(outcome, out, as_json=as_json)


def properties(author: str, company: str) -> dict[str, str]:
    """Give the document properties that the options set."""
    from workbook.xmlbytes import checked

    given = {"creator": ("--author", author), "Company": ("--company", company)}
    return {name: checked(text, option) for name, (option, text) in given.items() if text}


def read_plan(
    data: Path,
    template: Path | None,
    out: Path,
    only: "Sequence[str]" = (),
    properties: "Mapping[str, str]" = MappingProxyType({}),
) -> "Plan":
    """Read the data, say what was detected in it, and plan the run."""
    from workbook import batch, customers

    read = customers.read(data)
    for note in read.notes:
        click.echo(note, err=True)
    return batch.plan(read, template, out, only, properties)


def write(
    todo: "Plan",
    out: Path,
    workers: int | None = None,
    *,
    fail_fast: bool = False,
    lint_all: bool = False,
    scheduler: str | None = None,
) -> "Outcome":
    """Write what is planned, with progress on stderr."""
    from workbook import batch
    from workbook.commands.progress import progress

    with progress(len(todo.jobs), "proposals") as advance:
        return batch.run(
            todo,
            out,
            workers,
            lambda result: advance(failed=bool(result.problems)),
            fail_fast=fail_fast,
            lint_all=lint_all,
            scheduler=scheduler,
        )


def report(outcome: "Outcome", out: Path, *, as_json: bool) -> int:
    """Say what was done and what is wrong, and return the exit code."""
    failed = show_problems(outcome.problems)
    if as_json:
        counts = {"written": outcome.written, "up_to_date": outcome.done, "failed": failed}
        counts |= {"not_tried": outcome.not_tried, "linted": outcome.linted}
        problems = [asdict(p) for p in outcome.problems]
        listed = {"out": str(out), **counts, "problems": problems, "not_of_this_run": outcome.others}
        listed["left_blank"] = _left_blank(outcome.records)
        click.echo(json.dumps(listed, ensure_ascii=False, indent=1))
    else:
        again = f", {outcome.done} up to date" if outcome.done else ""
        where = "with --only no failed.csv is written" if outcome.is_partial else f"see {out / 'failed.csv'}"
        mend = f", {failed} failed ({where})" if failed else ""
        click.echo(f"{outcome.written} written{again}{mend}{_stopped(outcome)}: {out}")
        _show_blank(outcome.records)
        _show_others(outcome.others)
    return SOME_FAILED if failed else 0


def _stopped(outcome: "Outcome") -> str:
    """Say what a run that is to fail fast left out."""
    if not outcome.not_tried:
        return ""
    why = "after the first failure" if outcome.is_begun else "because --fail-fast begins nothing while a row is bad"
    return f", {outcome.not_tried} not tried {why}"


def _left_blank(records: "Sequence[Record]") -> "dict[str, Sequence[str]]":
    return {record.template: record.left_blank for record in records if record.left_blank}


def _show_blank(records: "Sequence[Record]") -> None:
    """Name by template what has no value until Excel calculates it; the same for all its proposals."""
    for template, places in _left_blank(records).items():
        more = f" and {len(places) - LISTED} more (see manifest.json)" if len(places) > LISTED else ""
        click.echo(f"{template}: without a value until Excel has opened the file: {', '.join(places[:LISTED])}{more}")


def _show_others(others: "Sequence[str]") -> None:
    """Name the workbooks that stand beside those of the run: nothing is deleted, and nobody shall send them."""
    if others:
        more = f" and {len(others) - LISTED} more (see manifest.json)" if len(others) > LISTED else ""
        click.echo(f"files not of this run, delete them if they are not needed: {', '.join(others[:LISTED])}{more}")


def show_problems(problems: "Sequence[Problem]") -> int:
    """Print problems on stderr and return the number of rows that have any."""
    for problem in problems:
        click.echo(str(problem), err=True)
    return len({problem.row for problem in problems})


def _dry_run(todo: "Plan", workers: int | None, *, fail_fast: bool, lint_all: bool, as_json: bool) -> int:
    from workbook import batch
    from workbook.commands.progress import progress

    with progress(len(todo.jobs), "proposals") as advance:
        outcome = batch.check(
            todo, workers, lambda result: advance(failed=bool(result.problems)), fail_fast=fail_fast, lint_all=lint_all
        )
    failed = show_problems(outcome.problems)
    if as_json:
        counts = {"to_write": outcome.written, "up_to_date": outcome.done, "failed": failed}
        counts |= {"not_tried": outcome.not_tried, "linted": outcome.linted}
        problems = [asdict(p) for p in outcome.problems]
        click.echo(json.dumps({**counts, "problems": problems}, ensure_ascii=False, indent=1))
    else:
        said = f"{outcome.written} to write, {outcome.done} up to date, {failed} with problems{_stopped(outcome)}"
        click.echo(f"{said}; nothing was written")
    return SOME_FAILED if failed else 0
