"""Many customers to a folder of proposals: in parallel, resumable, never a half-written file.

A proposal is named by its key, a hash of everything that decides its bytes. The journal says which keys are done, so
a second run does what is missing, whatever stopped the first.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from engine.errors import NotAvailable
from workbook import cluster, filenames, lint, manifest, pool
from workbook.customers import PROBLEM, Customer, Customers
from workbook.lock import alone
from workbook.making import Job, Result, about, key_of
from workbook.manifest import Record
from workbook.package import write_atomic
from workbook.problems import Problem
from workbook.proposal import Proposals, Source
from workbook.rowtemplate import template_of

_UNFINISHED = re.compile(r"\.[0-9a-f]{16}\.tmp")  # as workbook.package.write_atomic names them
ALL_LINTED = 1000  # proposals of a run that are checked one by one; of more a sample is
SAMPLE = 10  # one of so many


@dataclass(frozen=True)
class Plan:
    """What a run has to do."""

    jobs: tuple[Job, ...]
    done: tuple[Record, ...]
    """Proposals of earlier runs that are still right."""
    templates: Mapping[str, Source]
    data: Customers
    kept: tuple[Record, ...] = ()
    """Proposals of other customers in the folder, when the data are rows that it gave back to be mended."""
    is_partial: bool = False
    """Whether only some customers are asked for; failed.csv then stays as it is."""


@dataclass(frozen=True)
class Outcome:
    """What a run did; everything in the order of the rows.

    Attributes
    ----------
    written, done : int
        Proposals of this run, and of earlier runs that are still right.
    records : tuple of Record
        Both.
    problems : tuple of Problem
        Of the data, and found while writing.
    others : tuple of str
        Workbooks in the folder that are not of this run.
    not_tried : int
        Proposals left out because a row before them failed.
    linted : int
        Proposals of this run that were checked for what Excel would repair.
    is_begun : bool
        Whether anything was begun: with fail_fast nothing is while the data have a bad row.
    is_partial : bool
        Whether only some customers were asked for, which leaves failed.csv as it is.
    """

    written: int
    done: int
    records: tuple[Record, ...]
    problems: tuple[Problem, ...]
    others: tuple[str, ...] = ()
    not_tried: int = 0
    linted: int = 0
    is_begun: bool = True
    is_partial: bool = False


def plan(
    data: Customers,
    template: Path | None,
    out: Path,
    only: Sequence[str] = (),
    properties: Mapping[str, str] = MappingProxyType({}),
) -> Plan:
    """Find out what there is to do.

    Parameters
    ----------
    data : Customers
        As read from the customers' file.
    template : Path, optional
        For the rows that name none; left out: the shipped template of the row's language.
    out : Path
        The folder of the proposals.
    only : sequence of str
        Ids of the customers to do; empty: all.
    properties : mapping of str to str
        Document properties of the proposals, ``{"creator": "Acme AG"}``; those of people are cleared otherwise.

    Raises
    ------
    EngineError
        When an id of `only` is unknown or a template cannot be used.
    """
    _check_only(data, only)
    names = filenames.assign(dict.fromkeys([c.id for c in data.good]))
    journal = manifest.read_journal(out)
    templates: dict[str, Source] = {}
    jobs: list[Job] = []
    done: list[Record] = []
    problems = [p for p in data.problems if not only or p.customer_id in only]
    kept = _kept(data, journal, out)
    taken = {record.id: record for record in kept}
    for customer in data.good:
        if customer.id in taken and taken[customer.id].name != customer.name:
            problems.append(_taken(customer, taken[customer.id]))
            continue
        path = template_of(customer, template)
        if isinstance(path, Problem):
            problems.append(path)
            continue
        if str(path) not in templates:
            templates[str(path)] = Source.read(path, tuple(properties.items()))
        proposals = Proposals.of(templates[str(path)])
        file = str(Path(names[customer.id]).with_suffix(proposals.suffix))
        job = Job(customer, str(path), file, key_of(customer, proposals.data))
        record = journal.get((job.customer.id, job.key))
        if record is not None and manifest.is_done(out, record, job.file):
            done.append(record)
        elif not only or customer.id in only:
            jobs.append(job)
    again = {*(job.customer.id for job in jobs), *(record.id for record in done)}
    others = tuple(record for record in kept if record.id not in again)
    return Plan(tuple(jobs), tuple(done), templates, replace(data, problems=tuple(problems)), others, bool(only))


def _kept(data: Customers, journal: Mapping[tuple[str, str], Record], out: Path) -> list[Record]:
    """Give what is in the folder already, when the data are the rows that it gave back: they come in addition."""
    if not any(PROBLEM in cells for cells in data.raw.values()):
        return []
    there = {record.id: record for record in journal.values() if manifest.is_done(out, record, record.file)}
    return list(there.values())


def _taken(customer: Customer, record: Record) -> Problem:
    reason = f"has a proposal in the folder already, {record.file} for {record.name}"
    return Problem(customer.row, customer.id, "customer_id", customer.id, reason, "give every customer its own")


def _check_only(data: Customers, only: Sequence[str]) -> None:
    known = [c.id for c in data.good] + [p.customer_id for p in data.problems]
    for customer_id in only:
        if customer_id not in known:
            begun = [k for k in known if customer_id and k.lower().startswith(customer_id.lower())]
            close = [*begun, *difflib.get_close_matches(customer_id, known, 1)]
            hint = f"; did you mean {close[0]}?" if close else ""
            raise NotAvailable(f'--only: no customer "{customer_id[:60]}" in the data{hint}')


def check(
    todo: Plan,
    workers: int | None = None,
    progress: Callable[[Result], None] | None = None,
    *,
    fail_fast: bool = False,
    lint_all: bool = False,
) -> Outcome:
    """Do all that :func:`run` does but write: calculate, fill and look at every proposal; arguments as there.

    Returns
    -------
    Outcome
        `written` counts the proposals that a run would write.
    """
    prepared = _prepared(todo, fail_fast=fail_fast, lint_all=lint_all)
    results = list(_told(pool.results(prepared.jobs, todo.templates, None, workers, fail_fast=fail_fast), progress))
    problems = sorted([*todo.data.problems, *(p for r in results for p in r.problems)], key=lambda p: p.row)
    written, linted = sum(r.record is not None for r in results), sum(job.is_linted for job in prepared.jobs)
    return _ended(todo, prepared, Outcome(written, len(todo.done), (), tuple(problems), linted=linted))


def run(
    todo: Plan,
    out: Path,
    workers: int | None = None,
    progress: Callable[[Result], None] | None = None,
    *,
    fail_fast: bool = False,
    lint_all: bool = False,
    scheduler: str | None = None,
) -> Outcome:
    """Write what the plan says, then the manifest, the index and the rows that failed.

    Parameters
    ----------
    todo : Plan
        From :func:`plan`.
    out : Path
        The folder of the proposals, made if need be.
    workers : int, optional
        Processes; left out: one for each core, and none beside this one for a few proposals.
    progress : callable, optional
        Told of every proposal as it is finished.
    fail_fast : bool
        Whether nothing more is begun after a row that failed; a problem of the data is one.
    lint_all : bool
        Whether every file is checked for what Excel would repair, in large runs too.
    scheduler : str, optional
        Left out: processes of this machine. Empty: dask, with a cluster of `workers` processes of its own. Otherwise
        the address of a dask scheduler.

    Raises
    ------
    NotAvailable
        When another run is writing into the folder, or the cluster cannot be used.
    """
    _make_folder(out)
    with alone(out):
        _clear(out)
        prepared = _prepared(todo, fail_fast=fail_fast, lint_all=lint_all)
        if scheduler is None:
            finished = pool.results(prepared.jobs, todo.templates, out, workers, fail_fast=fail_fast)
        else:
            finished = cluster.results(prepared.jobs, todo.templates, out, workers, scheduler, fail_fast=fail_fast)
        outcome = _run(prepared, out, _told(finished, progress))
    return _ended(todo, prepared, outcome)


def _told(finished: Iterator[list[Result]], progress: Callable[[Result], None] | None) -> Iterator[Result]:
    """Give results as they come, and tell of each."""
    for results in finished:
        for result in results:
            if progress:
                progress(result)
            yield result


def _ended(todo: Plan, prepared: Plan, outcome: Outcome) -> Outcome:
    """Say what of the plan was left."""
    failed = {job.customer.row for job in todo.jobs} & {problem.row for problem in outcome.problems}
    left = len(todo.jobs) - outcome.written - len(failed)
    begun = bool(prepared.jobs) or not todo.jobs
    return replace(outcome, not_tried=left, is_begun=begun, is_partial=todo.is_partial)


def _prepared(todo: Plan, *, fail_fast: bool, lint_all: bool) -> Plan:
    """Leave out all jobs when a row of the data has failed already, and say which files are linted."""
    if fail_fast and todo.data.problems:
        return replace(todo, jobs=())
    if lint_all or len(todo.jobs) <= ALL_LINTED:
        return todo
    jobs = (replace(job, is_linted=int(job.key[:8], 16) % SAMPLE == 0) for job in todo.jobs)
    return replace(todo, jobs=tuple(jobs))


def _run(todo: Plan, out: Path, finished: Iterator[Result]) -> Outcome:
    written: dict[int, Record] = {}
    problems = [*todo.data.problems]
    for result in finished:
        problems += result.problems
        if result.record is not None:
            written[result.row] = result.record
    problems.sort(key=lambda p: p.row)
    records = [*todo.kept, *_in_order(todo, [*todo.done, *written.values()])]
    others = manifest.strangers(out, records)
    manifest.write(out, records, about(), others)
    if not todo.is_partial:
        manifest.write_failed(out, replace(todo.data, problems=tuple(problems)))
    _write_index(out, records)
    linted = sum(job.is_linted for job in todo.jobs)
    return Outcome(len(written), len(todo.done), tuple(records), tuple(problems), others, linted=linted)


def _in_order(todo: Plan, records: Sequence[Record]) -> list[Record]:
    rows = {customer.id: customer.row for customer in todo.data.good}
    return sorted(records, key=lambda record: rows[record.id])


def _write_index(out: Path, records: Sequence[Record]) -> None:
    from workbook.index import index_workbook

    data = index_workbook(records)
    lint.refuse(lint.check(data, manifest.INDEX), manifest.INDEX)
    write_atomic(out / manifest.INDEX, data)


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotAvailable(f"{out} is no folder to write to ({error.strerror}); choose another --out") from error


def _clear(out: Path) -> None:
    """Take away what a killed run had not finished writing."""
    for unfinished in out.glob(".*.tmp"):
        if _UNFINISHED.fullmatch(unfinished.name):
            unfinished.unlink(missing_ok=True)
