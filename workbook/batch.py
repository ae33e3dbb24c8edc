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
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import engine
from engine.errors import EngineError, NotAvailable, Problems, WrongKind
from workbook import filenames, manifest
from workbook.customers import Customer, Customers
from workbook.locate import shipped
from workbook.manifest import Record
from workbook.package import COMPRESSOR, write_atomic
from workbook.problems import Problem, problem
from workbook.proposal import Proposals

_UNFINISHED = re.compile(r"\.[0-9a-f]{16}\.tmp")  # as workbook.package.write_atomic names them
CHUNK = 50  # proposals that a worker makes before it reports


@dataclass(frozen=True)
class Job:
    """A proposal to make: whose, from which template, into which file."""

    customer: Customer
    template: str
    file: str
    key: str


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
    """

    written: int
    done: int
    records: tuple[Record, ...]
    problems: tuple[Problem, ...]


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
        try:
            path = _template_path(customer, template)
            if str(path) not in templates:
                templates[str(path)] = Proposals.load(path).data
        except EngineError as error:
            if not customer.template and not customer.language:
                raise
            problems.append(problem(error, customer.row, customer.id, {"template": customer.template}))
            continue
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


def _template_path(customer: Customer, template: Path | None) -> Path:
    """Find the template of a row: beside the given one or shipped by its name, the given one, or by its language."""
    if customer.template:
        if Path(customer.template).name != customer.template or "\\" in customer.template:
            raise WrongKind(f"template {customer.template} is no plain file name; write it without a folder")
        beside = template.parent / customer.template if template else None
        return beside if beside and beside.is_file() else shipped("templates", customer.template)
    if template is not None:
        return template if template.is_file() or template.name != str(template) else shipped("templates", template.name)
    return shipped("templates", f"proposal_{customer.language or 'en'}.xlsx")


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


def run(todo: Plan, out: Path, workers: int | None = None, progress: Callable[[Result], None] | None = None) -> Outcome:
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
    """
    _make_folder(out)
    written: dict[int, Record] = {}
    problems = [*todo.data.problems]
    for results in _results(todo, out, workers):
        manifest.append(out, [r.record for r in results if r.record is not None])
        for result in results:
            problems += result.problems
            if result.record is not None:
                written[result.row] = result.record
            if progress is not None:
                progress(result)
    problems.sort(key=lambda p: p.row)
    records = _in_order(todo, [*todo.done, *written.values()])
    manifest.write(out, records, about())
    if not todo.is_partial:
        manifest.write_failed(out, replace(todo.data, problems=tuple(problems)))
    _write_index(out, records)
    return Outcome(len(written), len(todo.done), tuple(records), tuple(problems))


def _in_order(todo: Plan, records: Sequence[Record]) -> list[Record]:
    rows = {customer.id: customer.row for customer in todo.data.good}
    return sorted(records, key=lambda record: rows[record.id])


def _write_index(out: Path, records: Sequence[Record]) -> None:
    from workbook.index import index_workbook

    write_atomic(out / manifest.INDEX, index_workbook(records))


def _make_folder(out: Path) -> None:
    """Make the folder, and take away what a killed run had not finished writing."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotAvailable(f"{out} is no folder to write to ({error.strerror}); choose another --out") from error
    for unfinished in out.glob(".*.tmp"):
        if _UNFINISHED.fullmatch(unfinished.name):
            unfinished.unlink(missing_ok=True)


def _results(todo: Plan, out: Path, workers: int | None) -> Iterator[list[Result]]:
    """Yield finished chunks: from this process for small work, otherwise from workers as they finish."""
    size = max(1, min(CHUNK, -(-len(todo.jobs) // (4 * (workers or 1)))))
    chunks = [todo.jobs[i : i + size] for i in range(0, len(todo.jobs), size)]
    wanted = workers or min(os.cpu_count() or 1, len(todo.jobs) // CHUNK)
    if wanted <= 1:
        for chunk in chunks:
            yield _make(chunk, out)
        return
    with ProcessPoolExecutor(wanted, mp_context=get_context("spawn"), initializer=_ignore_interrupts) as pool:
        futures = [pool.submit(_make, chunk, out) for chunk in chunks]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            _cancel(futures)
            raise


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


def _make(jobs: Sequence[Job], out: Path) -> list[Result]:
    """Make some proposals; what goes wrong with one does not stop the others."""
    results = []
    for job in jobs:
        try:
            with _whole():
                results.append(Result(job.customer.row, record=_make_one(job, out)))
        except EngineError as error:
            results.append(Result(job.customer.row, problems=_problems(job.customer, error)))
    return results


def _make_one(job: Job, out: Path) -> Record:
    path = out / job.file
    if path.resolve().parent != out.resolve():
        raise WrongKind(f"customer_id: the file {job.file} would leave the folder {out}; choose another id")
    proposal = Proposals.load(job.template).make(job.customer)
    write_atomic(path, proposal.data)
    digest = hashlib.sha256(proposal.data).hexdigest()
    currency = str(job.customer.inputs.currency).upper()
    return Record(
        job.customer.id, job.customer.name, job.file, len(proposal.data), digest, job.key, currency,
        proposal.figures, proposal.warnings,
    )  # fmt: skip


def _problems(customer: Customer, error: EngineError) -> tuple[Problem, ...]:
    errors = error.problems if isinstance(error, Problems) else (error,)
    typed = {name: str(value) for name, value in customer.inputs.typed.items()}
    return tuple(problem(e, customer.row, customer.id, typed) for e in errors)
