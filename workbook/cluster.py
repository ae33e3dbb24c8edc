"""Chunks of a batch over dask: workers make the proposals, wherever they are; this process writes the files.

So files appear whole, the journal tells what is there, and no worker needs to see the folder.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from engine.errors import NotAvailable
from workbook import manifest
from workbook.making import Draft, Job, Result, Sources, about, drafted, stored
from workbook.pool import by_template, chunks, have_failed

CHUNK = 100  # proposals of a task: seconds of work, so that scheduling costs nothing, and some ten megabytes to send
AHEAD = 3  # tasks for each worker that are begun or wait: what is made and not yet written fits into memory
PATIENCE = 30  # seconds until a scheduler that does not answer, or has no workers, is given up

_one_at_a_time = threading.Lock()  # a worker may run tasks in several threads; a compiled template serves one


def results(
    jobs: Sequence[Job], sources: Sources, out: Path, workers: int | None, scheduler: str, *, fail_fast: bool
) -> Iterator[list[Result]]:
    """Yield chunks as they are made and written.

    Parameters
    ----------
    workers : int, optional
        Processes of a cluster of its own; left out: one for each core.
    scheduler : str
        Address of a running scheduler, ``tcp://10.0.0.1:8786``; empty: a cluster of its own on this machine.

    Raises
    ------
    NotAvailable
        When dask is missing, the scheduler does not answer, or workers are lost or have another version of llm-tco.
    """
    distributed = _library()
    if not jobs:
        return
    with _client(distributed, workers or os.cpu_count() or 1, scheduler) as client:
        try:
            yield from _results(distributed, client, jobs, sources, out, fail_fast)
        except (
            distributed.CancelledError,
            distributed.scheduler.KilledWorker,
            distributed.comm.CommClosedError,
        ) as error:
            raise NotAvailable(f"dask lost its workers ({error}); what is written stays, run again to go on") from error


def _results(
    distributed: Any,  # noqa: ANN401  the library
    client: Any,  # noqa: ANN401  its client
    jobs: Sequence[Job],
    sources: Sources,
    out: Path,
    fail_fast: bool,
) -> Iterator[list[Result]]:
    import dask

    threads = sum(client.nthreads().values())
    waiting = iter(chunks(by_template(jobs), threads, CHUNK))
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GiB"}):  # a template may have pictures
        shared = client.submit(dict, sources, pure=False)  # a task: done again when the worker that holds it is lost
    begun: dict[Any, Sequence[Job]] = {}

    def begin(chunk: Sequence[Job]) -> Any:  # noqa: ANN401  dask's future
        future = client.submit(_made, chunk, shared, about(), fail_fast, pure=False)
        begun[future] = chunk
        return future

    first = [begin(chunk) for chunk in islice(waiting, AHEAD * threads)]
    finished = distributed.as_completed(first, loop=client.loop)
    try:
        for future in finished:
            yield (written := _written(begun.pop(future), future.result(), out))
            if fail_fast and have_failed(written):
                return
            for chunk in islice(waiting, 1):
                finished.add(begin(chunk))
    finally:
        client.cancel(list(begun))


def _made(jobs: Sequence[Job], sources: Sources, wanted: Mapping[str, str], fail_fast: bool) -> list[Draft]:
    """Make the proposals of a chunk; runs in a worker."""
    if (here := about()) != wanted:
        raise NotAvailable(
            f"a dask worker has llm-tco {_listed(here)}, this machine {_listed(wanted)}: install the same on both, "
            "with the same extras"
        )
    drafts: list[Draft] = []
    with _one_at_a_time:
        for draft in drafted(jobs, sources):
            drafts.append(draft)
            if fail_fast and drafts[-1].problems:
                break
    return drafts


def _written(jobs: Sequence[Job], drafts: Sequence[Draft], out: Path) -> list[Result]:
    with manifest.journal(out) as note:
        return [stored(job, draft, out, note) for job, draft in zip(jobs, drafts, strict=False)]


def dask_setup(worker: object) -> None:  # noqa: ARG001  as dask calls it in every process of the cluster above
    """Leave Ctrl-C to the process that asked: a worker would print where it was interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _listed(what: Mapping[str, str]) -> str:
    return ", ".join(what.values())


def _library() -> Any:  # noqa: ANN401
    try:
        import distributed
    except ImportError as error:
        raise NotAvailable(
            f"--engine dask: {error}; run pip install distributed, or leave --engine out to use local processes"
        ) from None
    return distributed


@contextmanager
def _client(distributed: Any, workers: int, scheduler: str) -> Iterator[Any]:  # noqa: ANN401
    """Open a cluster of our own, or the way to one that runs."""
    if not scheduler:
        with (
            distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                worker_dashboard_address=None,
                silence_logs=logging.CRITICAL,
                preload=[__name__],
            ) as cluster,
            distributed.Client(cluster, set_as_default=False) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise NotAvailable(
            f"--scheduler {scheduler}: no dask scheduler answers ({error}); start one with dask scheduler"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise NotAvailable(
                f"--scheduler {scheduler}: it has no workers; start some with dask worker {scheduler}"
            ) from None
        yield client
