"""A workbook of Excel edited in Calc: a copy in Calc's names is opened, and what is saved comes back in Excel's."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workbook.libreoffice.names import to_calc, to_excel
from workbook.libreoffice.soffice import LibreOffice, LibreOfficeError, clean_environment
from workbook.package import write_atomic

LOOK = 1.0  # seconds between two looks at the copy
SETTLED = 0.5  # seconds for which a file that is being written stands still before it is whole
_FORMATS = {".xlsx", ".xlsm"}


@dataclass
class CalcCopy:
    """A workbook and its copy for Calc.

    Attributes
    ----------
    book : Path
        The workbook as Excel knows it.
    path : Path
        The copy.
    seen : bytes
        What the workbook held when the copy was made, or last came back.
    saved : float
        When the copy was last written.
    """

    book: Path
    path: Path
    seen: bytes
    saved: float

    @classmethod
    def of(cls, book: Path, folder: Path) -> "CalcCopy":
        """Make the copy in a folder, under the workbook's own name.

        Raises
        ------
        LibreOfficeError
            When it is no workbook that can come back.
        """
        if book.suffix.lower() not in _FORMATS:
            raise LibreOfficeError(f"{book.name} is no .xlsx or .xlsm file; open it in LibreOffice itself")
        path = folder / book.name
        to_calc(book, path)
        return cls(book, path, book.read_bytes(), path.stat().st_mtime)

    def changed(self) -> bool:
        """Whether Calc has saved it, and is done with it."""
        try:
            written = self.path.stat().st_mtime
        except FileNotFoundError:  # between the old and the new file
            return False
        return written != self.saved and time.time() - written > SETTLED

    def bring_back(self) -> Path:
        """Write what Calc saved in Excel's names; beside the workbook when another program has changed it meanwhile."""
        self.saved = self.path.stat().st_mtime
        named = self.path.with_name(f"excel_{self.path.name}")
        to_excel(self.path, named)
        data = named.read_bytes()
        untouched = self.book.is_file() and self.book.read_bytes() == self.seen
        target = self.book if untouched else self.book.with_name(f"{self.book.stem} from Calc{self.book.suffix}")
        write_atomic(target, data)
        if untouched:
            self.seen = data
        return target


def edit(calc: LibreOffice, copy: CalcCopy, said: Callable[[Path], None], *arguments: str) -> int:
    """Open the copy in Calc and bring back every save until Calc is closed; return how often it was saved.

    Parameters
    ----------
    calc : LibreOffice
        With the add-in.
    said : callable
        Is told where each save went.
    arguments : str
        Further arguments for soffice.
    """
    saves = 0
    command = calc.command("--nologo", *arguments, str(copy.path), window=True)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=clean_environment())  # noqa: S603  soffice
    while True:
        closed = _closed(process)
        if copy.changed() or (closed and copy.path.is_file() and copy.path.stat().st_mtime != copy.saved):
            said(copy.bring_back())
            saves += 1
        if closed:
            return saves


def _closed(process: "subprocess.Popen[bytes]") -> bool:
    try:
        process.wait(LOOK)
    except subprocess.TimeoutExpired:
        return False
    return True
