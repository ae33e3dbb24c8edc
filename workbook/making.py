"""Proposals made from rows in any process, and put in their place whole: what every worker of a batch does."""

import hashlib
import json
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import engine
from engine.errors import EngineError, WrongKind, each
from workbook import lint, manifest
from workbook.areas import cell_name
from workbook.contents import Contents, contents_of
from workbook.customers import Customer
from workbook.manifest import Record
from workbook.package import COMPRESSOR, write_atomic
from workbook.problems import Problem, problem
from workbook.proposal import Proposals, Source

IN_STEP = 25
"""Proposals for which the engine works at once: more take little less time each, and half a MB of memory."""

Sources = Mapping[str, Source]
"""Templates by their path as the jobs name it."""


@dataclass(frozen=True)
class Job:
    """A proposal to make: whose, from which template, into which file."""

    customer: Customer
    template: str
    file: str
    key: str
    is_linted: bool = True


@dataclass(frozen=True)
class Draft:
    """A proposal that is made and not yet written, or why there is none."""

    record: Record | None = None
    data: bytes = b""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Result:
    """What became of one job."""

    row: int
    record: Record | None = None
    problems: tuple[Problem, ...] = ()


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
    parts = [_hash(template), json.dumps(about(), sort_keys=True), json.dumps(row, sort_keys=True)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _hash(template: bytes) -> str:
    return hashlib.sha256(template).hexdigest()


def write(jobs: Sequence[Job], sources: Sources, out: Path, fail_fast: bool) -> list[Result]:
    """Make and write some proposals; what goes wrong with one stops the others only when that is asked for."""
    results: list[Result] = []
    with manifest.journal(out) as note:
        drafts = drafted(jobs, sources)
        for job in jobs:
            with _whole():
                results.append(stored(job, next(drafts), out, note))
            if fail_fast and results[-1].problems:
                break
    return results


def tried(jobs: Sequence[Job], sources: Sources, fail_fast: bool) -> list[Result]:
    """Make some proposals as `write` does, down to the check of the file, and keep none of them."""
    results: list[Result] = []
    for job, draft in zip(jobs, drafted(jobs, sources), strict=True):
        results.append(Result(job.customer.row, draft.record, draft.problems))
        if fail_fast and draft.problems:
            break
    return results


def drafted(jobs: Sequence[Job], sources: Sources) -> Iterator[Draft]:
    """Make proposals, or say why one cannot be made; the engine works for many of them in one pass."""
    for first in range(0, len(jobs), IN_STEP):
        some = jobs[first : first + IN_STEP]
        for job, says in zip(some, contents_of([job.customer for job in some]), strict=True):
            yield _draft(job, says, sources)


def made(job: Job, sources: Sources) -> Draft:
    """Make one proposal, or say why it cannot be made."""
    return next(drafted([job], sources))


def _draft(job: Job, says: Contents | EngineError, sources: Sources) -> Draft:
    try:
        if isinstance(says, EngineError):
            raise says
        return _made(job, Proposals.of(sources[job.template]), says)
    except EngineError as error:
        return Draft(problems=problems_of(job.customer, error))


def _made(job: Job, proposals: Proposals, says: Contents) -> Draft:
    proposal = proposals.filled(proposals.checked(says))
    if job.is_linted:
        lint.refuse(_template_findings(proposals) or lint.check(proposal.data, job.file, lint.FILLED), job.file)
    digest = hashlib.sha256(proposal.data).hexdigest()
    currency = str(job.customer.inputs.currency).upper()
    record = Record(
        job.customer.id, job.customer.name, job.file, len(proposal.data), digest, job.key, currency,
        proposal.figures, proposal.warnings, Path(job.template).name, _hash(proposals.data),
        _plain(job.customer.inputs.typed), left_blank(proposals),
    )  # fmt: skip
    return Draft(record, proposal.data)


def stored(job: Job, draft: Draft, out: Path, note: Callable[[Record], None]) -> Result:
    """Put a proposal in its place, noted in the journal first: a file that stands there whole is never made again."""
    if draft.record is None:
        return Result(job.customer.row, problems=draft.problems)
    try:
        path = out / job.file
        if path.resolve().parent != out.resolve():
            raise WrongKind(f"customer_id: the file {job.file} would leave the folder {out}; choose another id")
        note(draft.record)
        write_atomic(path, draft.data)
    except EngineError as error:
        return Result(job.customer.row, problems=problems_of(job.customer, error))
    return Result(job.customer.row, record=draft.record)


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


@lru_cache(maxsize=8)
def _template_findings(proposals: Proposals) -> tuple[lint.Finding, ...]:
    """Check a template once in a process: what filling leaves as it is need not be looked at in every proposal."""
    return tuple(lint.check(proposals.data, f"template{proposals.suffix}"))


@lru_cache(maxsize=8)
def left_blank(proposals: Proposals) -> tuple[str, ...]:
    """Name what proposals of a template have no value for: formulas that only Excel can calculate, copies in charts."""
    cells = (f"{sheet}!{cell_name(*at)} ({function})" for (sheet, *at), function in proposals.blank.items())
    return (*cells, *proposals.template.uncached)


def _plain(typed: Mapping[str, object]) -> dict[str, float | str]:
    """Give inputs as JSON takes them, in an order that does not depend on the process."""
    plain = {name: value if isinstance(value, float | int | str) else str(value) for name, value in typed.items()}
    return dict(sorted(plain.items()))


def problems_of(customer: Customer, error: EngineError) -> tuple[Problem, ...]:
    """Say what is wrong with a row, one problem for each sentence of the error."""
    return tuple(problem(e, customer.row, customer.id, customer.inputs.typed) for e in each(error))
