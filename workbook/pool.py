"""Chunks of a batch over the processes of this machine: each makes its proposals and writes them itself."""

import os
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context, parent_process
from operator import attrgetter
from pathlib import Path

from workbook.making import Job, Result, Sources, tried, write

CHUNK = 50  # proposals that a worker makes before it reports


def results(
    jobs: Sequence[Job], sources: Sources, out: Path | None, workers: int | None, *, fail_fast: bool
) -> Iterator[list[Result]]:
    """Yield finished chunks: from this process for small work, otherwise from workers as they finish.

    Parameters
    ----------
    out : Path, optional
        Left out: proposals are made and not written.
    workers : int, optional
        Processes; left out: one for each core, and none beside this one for a few proposals.
    """
    todo = chunks(by_template(jobs), workers or 1, CHUNK)
    wanted = workers or min(os.cpu_count() or 1, len(jobs) // CHUNK)
    if wanted <= 1:
        for chunk in todo:
            yield (finished := _done(chunk, sources, out, fail_fast))
            if fail_fast and have_failed(finished):
                return
        return
    with ProcessPoolExecutor(wanted, mp_context=get_context("spawn"), initializer=_begin) as pool:
        futures = [pool.submit(_done, chunk, sources, out, fail_fast) for chunk in todo]
        try:
            for future in as_completed(futures):
                if future.cancelled():
                    continue
                yield (finished := future.result())
                if fail_fast and have_failed(finished):
                    _cancel(futures)  # what has begun comes to its end and into the manifest
        except BaseException:
            _cancel(futures)
            raise


def _done(jobs: Sequence[Job], sources: Sources, out: Path | None, fail_fast: bool) -> list[Result]:
    return write(jobs, sources, out, fail_fast) if out else tried(jobs, sources, fail_fast)


def by_template(jobs: Iterable[Job]) -> list[Job]:
    """Put the jobs of a template one after the other: a process has the formulas of one template in memory."""
    return sorted(jobs, key=attrgetter("template"))


def chunks(jobs: Sequence[Job], workers: int, largest: int) -> list[Sequence[Job]]:
    """Cut the work into pieces: four for each worker, or more of the largest size.

    >>> [len(chunk) for chunk in chunks(range(10), 2, 50)], len(chunks(range(10_000), 2, 50))
    ([2, 2, 2, 2, 2], 200)
    """
    size = max(1, min(largest, -(-len(jobs) // (4 * workers))))
    return [jobs[i : i + size] for i in range(0, len(jobs), size)]


def have_failed(finished: Sequence[Result]) -> bool:
    """Whether one of these proposals could not be made or written."""
    return any(result.problems for result in finished)


def _cancel(futures: Sequence[Future[list[Result]]]) -> None:
    for future in futures:
        future.cancel()


def _begin() -> None:
    """Leave Ctrl-C to the main process, so that a worker finishes its chunk; end with it when it is killed.

    Workers would wait for ever otherwise, and write files that the next run writes too.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_main, daemon=True).start()


def _end_with_main() -> None:
    main = parent_process()
    assert main  # noqa: S101  a worker has one
    main.join()
    os._exit(1)
