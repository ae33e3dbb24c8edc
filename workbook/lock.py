"""One run at a time in a folder: the operating system holds the lock, so a run that was killed leaves none behind."""

import errno
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from engine.errors import NotAvailable

LOCK = ".llm-tco.lock"
_HELD = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
_FAR = 1 << 20  # the byte that Windows locks: what stands before it stays readable


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder for the time of the block.

    The file alone means nothing: what a killed run left is taken over, and goes with the end of this one.

    Raises
    ------
    NotAvailable
        When another run is writing into the folder.
    """
    path = folder / LOCK
    file = _locked(path)
    try:
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} on {platform.node() or 'this machine'}")
        file.flush()
        yield
    finally:
        if sys.platform == "win32":  # an open file cannot be deleted there, a locked one need not be closed elsewhere
            file.close()
        path.unlink(missing_ok=True)
        file.close()


def _locked(path: Path) -> IO[str]:
    """Open and lock the file; again when the run before took it away in between."""
    while True:
        file = path.open("a+", encoding="utf-8")
        try:
            _lock(file)
        except OSError as error:
            if error.errno not in _HELD:
                return file  # a network folder without locks: nobody can tell
            holder = _holder(path)
            file.close()
            raise NotAvailable(
                f"{path.parent}: another run of llm-tco is writing there ({holder}); wait for its end, or choose "
                "another --out"
            ) from None
        try:
            if os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
        except FileNotFoundError:
            pass
        file.close()


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") or "it has just begun"
    except OSError:
        return "it has just ended"


if sys.platform == "win32":

    def _lock(file: IO[str]) -> None:
        import msvcrt

        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:

    def _lock(file: IO[str]) -> None:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
