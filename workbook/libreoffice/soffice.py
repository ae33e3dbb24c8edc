"""LibreOffice as a program: a private profile, hard recalculation, conversion, the add-in installed.

Every start has a profile of its own, because a second LibreOffice on the same profile only hands its files over to the
first one, and because the user's own profile and windows are none of our business.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbook.libreoffice.names import to_calc, to_excel
from workbook.libreoffice.oxt import unpack

TIMEOUT = 180  # seconds; a start with one workbook takes 1-2 s

_FORMATS = {
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
    "xlsm": "xlsm:Calc MS Excel 2007 VBA XML",
    "pdf": "pdf",
    "ods": "ods",
}

# 0 = always: LibreOffice otherwise shows the cached values of a file that says it comes from Excel.
_SETTINGS = (
    ("/org.openoffice.Office.Calc/Formula/Load", "OOXMLRecalcMode", "0"),
    ("/org.openoffice.Office.Calc/Formula/Load", "ODFRecalcMode", "0"),
    ("/org.openoffice.Setup/Office", "ooSetupInstCompleted", "true"),
    ("/org.openoffice.Office.Common/Save/Document", "WarnAlienFormat", "false"),  # a save keeps Excel's format
    ("/org.openoffice.Office.Common/Misc", "ShowTipOfTheDay", "false"),
)


class LibreOfficeError(RuntimeError):
    """LibreOffice is missing, does not answer, or did not write what it was asked for."""


def find_soffice() -> Path | None:
    """Return the program ``soffice``, or None when LibreOffice is not installed."""
    on_path = shutil.which("soffice")
    usual = (
        [Path(os.environ.get(v, "")) / "LibreOffice/program/soffice.com" for v in ("PROGRAMFILES", "PROGRAMFILES(X86)")]
        if sys.platform == "win32"
        else [Path("/usr/bin/soffice"), Path("/Applications/LibreOffice.app/Contents/MacOS/soffice")]
    )
    return Path(on_path) if on_path else next((p for p in usual if p.is_file()), None)


@dataclass
class LibreOffice:
    """LibreOffice with a profile of its own, in `folder`.

    Attributes
    ----------
    folder : Path
        Holds the profile, the results of every conversion and the add-in. Nothing is deleted.
    oxt : bytes or None
        An extension to start with: it is unpacked where LibreOffice expects the extensions that come with it, which
        needs no installer (``unopkg`` refuses to run as root). Conversions then map the function names there and back.
    """

    folder: Path
    oxt: bytes | None = None
    timeout: float = TIMEOUT
    program: Path = field(init=False)

    def __post_init__(self) -> None:
        program = find_soffice()
        if program is None:
            msg = "LibreOffice is not installed: the program soffice was not found on PATH"
            raise LibreOfficeError(msg)
        self.program = program
        self.folder = self.folder.resolve()
        _write_settings(self.profile)
        if self.oxt is not None:
            unpack(self.oxt, self.folder / "extensions" / "llm-tco.oxt")

    @property
    def profile(self) -> Path:
        """Folder of the private profile."""
        return self.folder / "profile"

    def recalculate(self, path: Path) -> Path:
        """Return a copy of the workbook in which LibreOffice has calculated every formula anew.

        The cached values of the file are not used.
        """
        return self.recalculate_many([path])[0]

    def recalculate_many(self, paths: Sequence[Path]) -> list[Path]:
        """Recalculate several workbooks in one start of LibreOffice."""
        return self.convert(paths, "xlsx")

    def to_pdf(self, path: Path) -> Path:
        """Return the workbook printed to PDF, recalculated."""
        return self.convert([path], "pdf")[0]

    def convert(self, paths: Sequence[Path], target: str) -> list[Path]:
        """Convert workbooks to ``xlsx``, ``xlsm``, ``pdf`` or ``ods``; results come in the order of `paths`.

        Raises
        ------
        LibreOfficeError
            When a file was not written: LibreOffice itself ends with code 0 then.
        """
        work = Path(tempfile.mkdtemp(prefix="convert-", dir=self.folder))
        source, out = work / "in", work / "out"
        source.mkdir()
        # LibreOffice writes into one folder by name only, so equal names get a number
        names = [path.name for path in paths]  # kept where they differ: footers print them
        if len({name.lower() for name in names}) < len(names):
            names = [f"{i:04d}_{name}" for i, name in enumerate(names)]
        copies = [source / name for name in names]
        for path, copy in zip(paths, copies, strict=True):
            if self.oxt is None:
                shutil.copyfile(path, copy)
            else:
                to_calc(path, copy)
        output = self.run("--convert-to", _FORMATS[target], "--outdir", str(out), *map(str, copies))
        results = [out / f"{copy.stem}.{target}" for copy in copies]
        missing = [str(p) for p, r in zip(paths, results, strict=True) if not r.is_file()]
        if missing:
            msg = f"LibreOffice did not convert {', '.join(missing)} to {target}; it said: {output.strip()}"
            raise LibreOfficeError(msg)
        if self.oxt is not None and target in {"xlsx", "xlsm"}:
            results = [_with_excel_names(result) for result in results]
        return results

    def command(self, *arguments: str, window: bool = False) -> list[str]:
        """Return the command line of a start on the private profile, headless or with a window."""
        return [
            str(self.program),
            *([] if window else ["--headless"]),
            "--norestore",
            "--nolockcheck",
            f"-env:UserInstallation={self.profile.as_uri()}",
            *([f"-env:BUNDLED_EXTENSIONS={(self.folder / 'extensions').as_uri()}"] if self.oxt is not None else []),
            *arguments,
        ]

    def run(self, *arguments: str) -> str:
        """Start LibreOffice headless, wait for its end and return what it printed."""
        return run(self.command(*arguments), self.timeout)


def run(command: Sequence[str], timeout: float = TIMEOUT, variables: dict[str, str] | None = None) -> str:
    """Run `command` in a clean environment and return its output; on timeout end it with all its children.

    Raises
    ------
    LibreOfficeError
        On timeout or an exit code other than 0.
    """
    # output goes to a file: a child that outlives its parent would keep a pipe open, and us waiting
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S603  the program found by find_soffice
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=clean_environment() | (variables or {}),
            start_new_session=True,
        )
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            end(process)
            code = None
        output.seek(0)
        text = output.read().decode(errors="replace")
    if code != 0:
        how = f"did not end within {timeout:g} s" if code is None else f"ended with code {code}"
        msg = f"{Path(command[0]).name} {how}; it said: {text.strip()[-2000:]}"
        raise LibreOfficeError(msg)
    return text


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process started with its own session, and its children: soffice is only a starter of soffice.bin."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], check=False, capture_output=True)  # noqa: S603, S607
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def clean_environment() -> dict[str, str]:
    """Return our environment without what breaks the Python inside LibreOffice.

    An active virtual environment first on PATH makes that Python look for its library there, and every Calc add-in
    written in Python fails to load.
    """
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}}
    if sys.platform != "win32":
        kept["PATH"] = "/usr/bin:/bin"
    return kept


def _with_excel_names(path: Path) -> Path:
    renamed = path.with_name(f"excel_{path.name}")
    to_excel(path, renamed)
    return renamed.replace(path)


def _write_settings(profile: Path) -> None:
    items = "".join(
        f'<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _SETTINGS
    )
    target = profile / "user" / "registrymodifications.xcu"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{items}</oor:items>\n",
        encoding="utf-8",
    )
