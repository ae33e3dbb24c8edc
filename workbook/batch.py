"""Many customers to a folder of proposals: in parallel, resumable, never a half-written file.

A proposal is named by its key, a hash of everything that decides its bytes. The journal says which keys are done, so
a second run does what is missing, whatever stopped the first.
"""

import difflib
import hashlib
import json
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from multiprocessing import get_context
from pathlib import Path

import engine
from engine.errors import EngineError, NotAvailable, Problems, WrongKind
from workbook import filenames, lint, manifest
from workbook.customers import Customer, Customers
from workbook.lock import alone
from workbook.manifest import Record
from workbook.package import COMPRESSOR, write_atomic
from workbook.problems import Problem, problem
from workbook.proposal import Proposals
from workbook.rowtemplate import template_of

_UNFINISHED = re.compile(r"\.[0-9a-f]{16}\.tmp")  # as workbook.package.write_atomic names them
CHUNK = 50  # proposals that a worker makes before it reports
ALL_LINTED = 1000  # proposals of a run that are checked one by one; of more a sample is
SAMPLE = 10  # one of so many


@dataclass(frozen=True)
class Job:
    """A proposal to make: whose, from which template, into which file."""

    customer: Customer
    template: str
    file: str
    key: str
    is_linted: bool = True


@dataclass(frozen=True)
class Plan:
    """What a run has to do."""

    jobs: tuple[Job, ...]
    done: tuple[Record, ...]
    """Proposals of earlier runs that are still right."""
    templates: Mapping[str, bytes]
    data: Customers
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
    """

    written: int
    done: int
    records: tuple[Record, ...]
    problems: tuple[Problem, ...]
    others: tuple[str, ...] = ()
    not_tried: int = 0
    linted: int = 0


@dataclass(frozen=True)
class Result:
    """What became of one job."""

    row: int
    record: Record | None = None
    problems: tuple[Problem, ...] = ()


def plan(data: Customers, template: Path | None, out: Path, only: Sequence[str] = ()) -> Plan:
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

    Raises
    ------
    EngineError
        When an id of `only` is unknown or a template cannot be used.
    """
    _check_only(data, only)
    names = filenames.assign(dict.fromkeys([c.id for c in data.good]))
    journal = manifest.read_journal(out)
    templates: dict[str, bytes] = {}
    jobs: list[Job] = []
    done: list[Record] = []
    problems = [p for p in data.problems if not only or p.customer_id in only]
    for customer in data.good:
        path = template_of(customer, template)
        if isinstance(path, Problem):
            problems.append(path)
            continue
        if str(path) not in templates:
            templates[str(path)] = Proposals.load(path).data
        file = str(Path(names[customer.id]).with_suffix(Proposals.load(path).suffix))
        job = Job(customer, str(path), file, key_of(customer, templates[str(path)]))
        record = journal.get(customer.id)
        if record is not None and manifest.is_done(out, record, job.key, job.file):
            done.append(record)
        elif not only or customer.id in only:
            jobs.append(job)
    return Plan(tuple(jobs), tuple(done), templates, replace(data, problems=tuple(problems)), bool(only))


def _check_only(data: Customers, only: Sequence[str]) -> None:
    known = [c.id for c in data.good] + [p.customer_id for p in data.problems]
    for customer_id in only:
        if customer_id not in known:
            close = difflib.get_close_matches(customer_id, known, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise NotAvailable(f'--only: no customer "{customer_id[:60]}" in the data{hint}')


def about() -> dict[str, str]:
    """Say what, beside the inputs, decides the bytes of a proposal."""
    from engine.prices import PRICE_BOOK_DATE

    return {
        "version": engine.__version__,
        "compressor": COMPRESSOR,
        "price_book": PRICE_BOOK_DATE.isoformat(),
    }


def key_of(customer: Customer, template: bytes) -> str:
    """Hash everything that decides the bytes of a proposal."""
    row = {
        "id": customer.id,
        "name": customer.name,
        "date": customer.proposal_date.isoformat(),
        "language": customer.language,
        "fields": dict(customer.fields),
        "inputs": {name: str(value) for name, value in customer.inputs.typed.items()},
    }
    parts = [_template_hash(template), json.dumps(about(), sort_keys=True), json.dumps(row, sort_keys=True)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _template_hash(template: bytes) -> str:
    return hashlib.sha256(template).hexdigest()


def check(todo: Plan) -> tuple[Problem, ...]:
    """Calculate every proposal without writing it, and return the problems of the data and of the calculation."""
    found = [*todo.data.problems]
    for job in todo.jobs:
        try:
            Proposals.load(job.template).contents(job.customer)
        except EngineError as error:
            found += _problems(job.customer, error)
    return tuple(sorted(found, key=lambda p: p.row))


def run(
    todo: Plan,
    out: Path,
    workers: int | None = None,
    progress: Callable[[Result], None] | None = None,
    *,
    fail_fast: bool = False,
    lint_all: bool = False,
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

    Raises
    ------
    NotAvailable
        When another run is writing into the folder.
    """
    _make_folder(out)
    with alone(out):
        _clear(out)
        prepared = _prepared(todo, fail_fast=fail_fast, lint_all=lint_all)
        outcome = _run(prepared, out, workers, progress, fail_fast)
    tried = {*(r.id for r in outcome.records), *(p.customer_id for p in outcome.problems)}
    return replace(outcome, not_tried=sum(job.customer.id not in tried for job in todo.jobs))


def _prepared(todo: Plan, *, fail_fast: bool, lint_all: bool) -> Plan:
    """Leave out all jobs when a row of the data has failed already, and say which files are linted."""
    if fail_fast and todo.data.problems:
        return replace(todo, jobs=())
    if lint_all or len(todo.jobs) <= ALL_LINTED:
        return todo
    jobs = (replace(job, is_linted=int(job.key[:8], 16) % SAMPLE == 0) for job in todo.jobs)
    return replace(todo, jobs=tuple(jobs))


def _run(
    todo: Plan, out: Path, workers: int | None, progress: Callable[[Result], None] | None, fail_fast: bool
) -> Outcome:
    written: dict[int, Record] = {}
    problems = [*todo.data.problems]
    for results in _results(todo, out, workers, fail_fast):
        manifest.append(out, [r.record for r in results if r.record is not None])
        for result in results:
            problems += result.problems
            if result.record is not None:
                written[result.row] = result.record
            if progress is not None:
                progress(result)
    problems.sort(key=lambda p: p.row)
    records = _in_order(todo, [*todo.done, *written.values()])
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


def _results(todo: Plan, out: Path, workers: int | None, fail_fast: bool) -> Iterator[list[Result]]:
    """Yield finished chunks: from this process for small work, otherwise from workers as they finish."""
    size = max(1, min(CHUNK, -(-len(todo.jobs) // (4 * (workers or 1)))))
    chunks = [todo.jobs[i : i + size] for i in range(0, len(todo.jobs), size)]
    wanted = workers or min(os.cpu_count() or 1, len(todo.jobs) // CHUNK)
    if wanted <= 1:
        for chunk in chunks:
            yield (results := _make(chunk, out, fail_fast))
            if fail_fast and _have_failed(results):
                return
        return
    with ProcessPoolExecutor(wanted, mp_context=get_context("spawn"), initializer=_ignore_interrupts) as pool:
        futures = [pool.submit(_make, chunk, out, fail_fast) for chunk in chunks]
        try:
            for future in as_completed(futures):
                if future.cancelled():
                    continue
                yield (results := future.result())
                if fail_fast and _have_failed(results):
                    _cancel(futures)  # what has begun comes to its end and into the manifest
        except BaseException:
            _cancel(futures)
            raise


def _have_failed(results: Sequence[Result]) -> bool:
    return any(result.problems for result in results)


def _cancel(futures: Sequence[Future[list[Result]]]) -> None:
    for future in futures:
        future.cancel()


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the main process: a worker finishes its chunk, whose files are then complete."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _whole() -> Iterator[None]:
    """Hold Ctrl-C back while a proposal is made: inside the calculation it would become an error value of a cell."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if held:
        raise KeyboardInterrupt


def _make(jobs: Sequence[Job], out: Path, fail_fast: bool) -> list[Result]:
    """Make some proposals; what goes wrong with one stops the others only when that is asked for."""
    results: list[Result] = []
    for job in jobs:
        try:
            with _whole():
                results.append(Result(job.customer.row, record=_make_one(job, out)))
        except EngineError as error:
            results.append(Result(job.customer.row, problems=_problems(job.customer, error)))
            if fail_fast:
                break
    return results


def _make_one(job: Job, out: Path) -> Record:
    path = out / job.file
    if path.resolve().parent != out.resolve():
        raise WrongKind(f"customer_id: the file {job.file} would leave the folder {out}; choose another id")
    proposals = Proposals.load(job.template)
    proposal = proposals.make(job.customer)
    if job.is_linted:
        lint.refuse(_template_findings(proposals) or lint.check(proposal.data, job.file, lint.FILLED), job.file)
    write_atomic(path, proposal.data)
    digest = hashlib.sha256(proposal.data).hexdigest()
    currency = str(job.customer.inputs.currency).upper()
    return Record(
        job.customer.id, job.customer.name, job.file, len(proposal.data), digest, job.key, currency,
        proposal.figures, proposal.warnings, Path(job.template).name, _template_hash(proposals.data),
        _plain(job.customer.inputs.typed),
    )  # fmt: skip


@lru_cache(maxsize=8)
def _template_findings(proposals: Proposals) -> tuple[lint.Finding, ...]:
    """Check a template once in a process: what filling leaves as it is need not be looked at in every proposal."""
    return tuple(lint.check(proposals.data, f"template{proposals.suffix}"))


def _plain(typed: Mapping[str, object]) -> dict[str, float | str]:
    """Give inputs as JSON takes them, in an order that does not depend on the process."""
    plain = {name: value if isinstance(value, float | int | str) else str(value) for name, value in typed.items()}
    return dict(sorted(plain.items()))


def _problems(customer: Customer, error: EngineError) -> tuple[Problem, ...]:
    errors = error.problems if isinstance(error, Problems) else (error,)
    typed = {name: str(value) for name, value in customer.inputs.typed.items()}
    return tuple(problem(e, customer.row, customer.id, typed) for e in errors)
