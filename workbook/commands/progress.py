"""Progress on stderr: a bar on a terminal, plain lines otherwise."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS = 2.0  # between two plain lines


@contextmanager
def progress(total: int, what: str) -> Iterator[Callable[..., None]]:
    """Give a function to call, with ``failed=``, for every finished item.

    Parameters
    ----------
    total : int
        Number of items.
    what : str
        Their name, in the plural.
    """
    with (_bar if sys.stderr.isatty() else _lines)(total, what) as advance:
        yield advance


@contextmanager
def _bar(total: int, what: str) -> Iterator[Callable[..., None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[bad]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(what, total=total, bad="")
        failures = 0

        def advance(*, failed: bool = False) -> None:
            nonlocal failures
            failures += failed
            bars.update(task, advance=1, bad=f"{failures} failed" if failures else "")

        yield advance


@contextmanager
def _lines(total: int, what: str) -> Iterator[Callable[..., None]]:
    start = said = time.monotonic()
    done = failures = 0

    def advance(*, failed: bool = False) -> None:
        nonlocal said, done, failures
        done, failures = done + 1, failures + failed
        now = time.monotonic()
        if done == total or now - said >= SECONDS:
            said = now
            bad = f", {failures} failed" if failures else ""
            rate = done / max(now - start, 1e-9)
            sys.stderr.write(f"{done} of {total} {what}{bad}, {rate:.0f} a second\n")

    yield advance
