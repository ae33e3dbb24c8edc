"""One run at a time in a folder: the operating system holds the lock, so a run that was killed leaves none behind."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import NotAvailable

LOCK = ".llm-tco.lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder for the time of the block.

    The file alone means nothing: what a killed run left is taken over, and goes with the end of this one.

    Raises
    ------
    NotAvailable
        When another run is writing into the folder.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise NotAvailable(
            f"{folder}: another run of llm-tco is writing there; wait for its end, or choose another --out"
        ) from None
    try:
        yield
    finally:
        lock.release()
        with suppress(OSError):  # the next run may hold it already
            (folder / LOCK).unlink(missing_ok=True)
